/** Who owns an address: the device of a page map, a device that made RAM of it, System RAM, or nobody although struct pages exist. */
import { PAGE, pageState, pageZone } from '../engine/state/page.ts'
import { altmapOffset, type Pgmap } from '../engine/state/pgmap.ts'
import { ZONE } from '../engine/state/zone.ts'
import type { Document } from './document.ts'

/** A page map's range in pfns; `first` is the first page that the driver gets, in front of it lies the altmap. */
export interface PgmapRange { readonly start: number; readonly end: number; readonly first: number; readonly pgmap: Pgmap }

/** Ranges of all page maps by address. Live ones never overlap. */
export function pgmapRanges(doc: Document): readonly PgmapRange[] {
  return doc.store.ref(doc.kernel.pgmaps)
    .flatMap((pgmap) => pgmap.ranges.map((r, i): PgmapRange => ({ ...r, first: r.start + (i === 0 ? Math.min(altmapOffset(pgmap.altmap), r.end - r.start) : 0), pgmap })))
    .sort((a, b) => a.start - b.start)
}

/** The range that holds a pfn; `ranges` by address. */
export function rangeAt<R extends { readonly start: number; readonly end: number }>(ranges: readonly R[], pfn: number): R | undefined {
  let lo = 0
  let hi = ranges.length
  while (lo < hi) {
    const mid = (lo + hi) >> 1
    if (ranges[mid]!.end <= pfn) lo = mid + 1
    else hi = mid
  }
  const r = ranges[lo]
  return r && r.start <= pfn ? r : undefined
}

/** RAM that devices brought (kmem, virtio-mem), in pfns. */
export const deviceRam = (doc: Document): readonly { readonly start: number; readonly end: number; readonly device: string }[] =>
  doc.store.ref(doc.kernel.devices)
    .flatMap((d) => d.ram.map((r) => ({ start: r.start / doc.kernel.pageSize, end: r.end / doc.kernel.pageSize, device: d.name })))
    .sort((a, b) => a.start - b.start)

export interface Owner {
  readonly start: number
  readonly end: number
  /** "System RAM", a device's name, or "nobody". */
  readonly name: string
  readonly device?: string
}

export const NOBODY = 'nobody'

/** Owners of the struct pages of [start, end), pfns; equal neighbours joined. Where there are no struct pages nobody is named. */
export function owners(doc: Document, start: number, end: number): Owner[] {
  const { kernel: k, store } = doc
  const maps = pgmapRanges(doc)
  const ram = deviceRam(doc)
  const out: Owner[] = []
  store.eachRun([k.page, k.subsectionMap, k.blockState], start, end, (s, e, page, bit, block) => {
    for (let at = s; at < e; ) {
      const map = rangeAt(maps, at)
      const brought = map ? undefined : rangeAt(ram, at)
      const next = Math.min(e, map?.end ?? brought?.end ?? nextStart(maps, ram, at))
      const device = map?.pgmap.owner ?? brought?.device
      const name = device ?? unowned(page ?? 0, bit ?? 0, block ?? 0)
      const last = out[out.length - 1]
      if (name !== undefined) {
        if (last && last.end === at && last.name === name && last.device === device) out[out.length - 1] = { ...last, end: next }
        else out.push({ start: at, end: next, name, ...(device === undefined ? {} : { device }) })
      }
      at = next
    }
  })
  return out
}

const nextStart = (...args: readonly [readonly { readonly start: number }[], readonly { readonly start: number }[], number]): number => {
  const [a, b, at] = args
  let next = Infinity
  for (const list of [a, b]) for (const r of list) if (r.start > at) { next = Math.min(next, r.start); break }
  return next
}

/** What a struct page that belongs to no device is: RAM by its zone or its block, a leftover, or nothing to speak of. */
function unowned(page: number, bit: number, block: number): string | undefined {
  const state = pageState(page)
  if (state >= PAGE.initialised && pageZone(page) === ZONE.DEVICE) return NOBODY
  if (!bit) return undefined
  return state === PAGE.online || state === PAGE.offline || state === PAGE.initialised || block ? 'System RAM' : NOBODY
}
