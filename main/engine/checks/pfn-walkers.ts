/** What pfn_valid(), pfn_to_online_page() and get_dev_pagemap() would find, judged from the state. */
import type { Field } from '../state/handles.ts'
import type { Kernel } from '../state/kernel.ts'
import type { Pgmap } from '../state/pgmap.ts'
import type { Reader } from '../state/reader.ts'
import { SECTION } from '../state/section.ts'

/** Page maps that are not being released, by id. */
export const livePgmaps = (k: Kernel, store: Reader): ReadonlyMap<number, Pgmap> => new Map(store.ref(k.pgmaps).filter((p) => p.live).map((p) => [p.id, p]))

export const valid = (flags: number, bit: number): boolean => (flags & SECTION.valid) !== 0 && ((flags & SECTION.early) !== 0 || bit !== 0)

/** Online section, bit set, and where device memory shares the section no live page map listed. */
export const foundOnline = (flags: number, bit: number, pgmap: number, live: ReadonlyMap<number, Pgmap>): boolean =>
  (flags & SECTION.online) !== 0 && bit !== 0 && ((flags & SECTION.taint) === 0 || !live.has(pgmap))

/** Visits runs of pfns in which none of the fields changes until `judge` names an offender. */
export function firstFault(k: Kernel, store: Reader, fields: readonly Field[], judge: (start: number, end: number, ...values: number[]) => string | undefined): { readonly broken?: string } {
  let broken: string | undefined
  store.eachRun(fields, 0, k.pluggableEnd / k.pageSize, (start, end, ...values) => {
    broken = judge(start, end, ...values)
    return broken === undefined
  })
  return { broken }
}
