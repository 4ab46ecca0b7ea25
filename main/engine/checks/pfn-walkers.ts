/** What pfn_valid(), pfn_to_online_page() and get_dev_pagemap() would find, judged from the state. */
import type { Field } from '../state/handles.ts'
import type { Kernel } from '../state/kernel.ts'
import type { Pgmap } from '../state/pgmap.ts'
import type { Reader } from '../state/reader.ts'
import { SECTION, USAGE } from '../state/section.ts'

/** Page maps that are not being released, by id. */
export const livePgmaps = (k: Kernel, store: Reader): ReadonlyMap<number, Pgmap> => new Map(store.ref(k.pgmaps).filter((p) => p.live).map((p) => [p.id, p]))

/** Whether a section is from boot. Kernels that do not mark it (up to v5.2) still know where its usage lives. */
export const fromBoot = (k: Kernel, flags: number, usage: number): boolean => (k.profile.decisions.earlySections === 'marked' ? (flags & SECTION.early) !== 0 : usage === USAGE.boot)

/** pfn_valid() of the kernel's age. */
export const valid = (k: Kernel, flags: number, bit: number): boolean =>
  (flags & SECTION.valid) !== 0 && (k.profile.decisions.pfnValid === 'section' || (flags & SECTION.early) !== 0 || bit !== 0)

/**
 * pfn_to_online_page() of the kernel's age. Up to v5.11 an online section is all that it asks for; later also the bit and, where device
 * memory shares the section, that no live page map is listed.
 */
export const foundOnline = (k: Kernel, flags: number, bit: number, pgmap: number, live: ReadonlyMap<number, Pgmap>): boolean =>
  (flags & SECTION.online) !== 0 && (k.profile.decisions.onlinePageTest === 'section' || (bit !== 0 && ((flags & SECTION.taint) === 0 || !live.has(pgmap))))

/** Visits runs of pfns in which none of the fields changes until `judge` names an offender. */
export function firstFault(k: Kernel, store: Reader, fields: readonly Field[], judge: (start: number, end: number, ...values: number[]) => string | undefined): { readonly broken?: string } {
  let broken: string | undefined
  store.eachRun(fields, 0, k.pluggableEnd / k.pageSize, (start, end, ...values) => {
    broken = judge(start, end, ...values)
    return broken === undefined
  })
  return { broken }
}
