/** Zones of a machine that is taken over: as they were told, or as the struct pages of online blocks have them. */
import type { Adopted } from '../machine/description.ts'
import type { Kernel } from '../state/kernel.ts'
import { PAGE, pageInitialised, pageNode, pageState, pageZone } from '../state/page.ts'
import type { RangeStore } from '../state/range-store.ts'
import { SECTION } from '../state/section.ts'
import { ZONE, ZONE_NAMES, zoneId, type Zone } from '../state/zone.ts'
import { reserveShortfall } from './boot-reserved.ts'

/** A zone that a text told of; `end` is exclusive, an empty zone has start = end. */
export interface ToldZone { readonly node: number; readonly index: number; readonly start: number; readonly end: number; readonly present: number; readonly managed: number }

export const toldZones = (k: Kernel, seen: Adopted): readonly ToldZone[] =>
  (seen.zones ?? []).flatMap((z) => {
    const index = ZONE_NAMES.indexOf(z.zone)
    return index < 0 || !k.nodes.has(z.node) ? [] : [{ node: z.node, index, start: z.startPfn, end: z.startPfn + z.spanned, present: z.present, managed: z.managed }]
  })

/** Boot brought it, or add_memory did: not a hole that only has a struct page. */
export const isRam = (bootMemory: number, sectionFlags: number): boolean => bootMemory !== 0 || (sectionFlags & (SECTION.present | SECTION.early)) === SECTION.present

/** RAM pages whose struct page names the zone. */
export const ramPagesOf = (k: Kernel, store: RangeStore, node: number, index: number): number =>
  store.count([k.page, k.bootMemory, k.sectionFlags], 0, k.pluggableEnd / k.pageSize, (page, boot, flags) => isRam(boot, flags) && pageInitialised(page) && pageNode(page) === node && pageZone(page) === index)

interface Span { readonly start: number; readonly end: number }

/** zoneId -> the span that boot gave it. */
export function bootSpansOf(k: Kernel, store: RangeStore): ReadonlyMap<number, Span> {
  const spans = new Map<number, Span>()
  for (const node of k.nodes.values())
    for (const zone of node.zones) {
      const start = store.cell(zone.startPfn)
      spans.set(zoneId(node.id, zone.index), { start, end: start + store.cell(zone.spanned) })
    }
  return spans
}

/** What the struct pages say of one zone. */
interface Counted { first: number; last: number; present: number; early: number; managed: number }

export function adoptZones(k: Kernel, store: RangeStore, told: readonly ToldZone[], boot: ReadonlyMap<number, Span>): void {
  const counted = new Map<number, Counted>()
  store.eachRun([k.page, k.bootMemory, k.sectionFlags], 0, k.pluggableEnd / k.pageSize, (s, e, page = 0, memory = 0, flags = 0) => {
    if (!pageInitialised(page) || !isRam(memory, flags)) return
    const id = zoneId(pageNode(page), pageZone(page))
    const c = counted.get(id) ?? { first: s, last: e, present: 0, early: 0, managed: 0 }
    c.last = e
    c.present += e - s
    if ((flags & SECTION.early) !== 0) c.early += e - s
    if (pageState(page) === PAGE.online) c.managed += e - s
    counted.set(id, c)
  })
  for (const node of k.nodes.values())
    for (const zone of node.zones) {
      const seen = told.find((z) => z.node === node.id && z.index === zone.index)
      if (zone.index === ZONE.DEVICE) {
        // what device memory left behind; its pages are not taken over
        if (seen) set(k, store, zone, seen, 0, 0, 0)
        continue
      }
      const id = zoneId(node.id, zone.index)
      const pages = counted.get(id) ?? { first: 0, last: 0, present: 0, early: 0, managed: 0 }
      if (seen) {
        set(k, store, zone, seen.end > seen.start ? seen : { start: 0, end: 0 }, seen.present, Math.min(pages.early, seen.present), seen.managed)
        reserveShortfall(k, store, zone)
      } else {
        const before = boot.get(id) ?? { start: 0, end: 0 }
        set(k, store, zone, pages.present === 0 ? emptied(k, store, before) : stretched(k, store, pages, before), pages.present, pages.early, pages.managed)
      }
    }
}

function set(k: Kernel, store: RangeStore, zone: Zone, span: Span, present: number, early: number, managed: number): void {
  store.setCell(zone.startPfn, span.start)
  store.setCell(zone.spanned, span.end - span.start)
  store.setCell(zone.present, present)
  if (k.profile.decisions.presentEarly === 'counted') store.setCell(zone.presentEarly, early)
  store.setCell(zone.managed, managed)
  if (span.end > span.start) store.setCell(zone.initialized, 1)
}

/** From the first to the last page, and on to where boot had an end when only a hole lies between. */
function stretched(k: Kernel, store: RangeStore, pages: Counted, boot: Span): Span {
  const hole = (from: number, to: number): boolean => store.count([k.bootMemory, k.sectionFlags], from, to, isRam) === 0
  return {
    start: boot.start < pages.first && boot.end > boot.start && hole(boot.start, pages.first) ? boot.start : pages.first,
    end: boot.end > pages.last && hole(pages.last, boot.end) ? boot.end : pages.last,
  }
}

/** A zone without pages spans what it did at boot where that was a hole from the start, and nothing else. */
const emptied = (k: Kernel, store: RangeStore, boot: Span): Span =>
  boot.end > boot.start && store.count([k.bootMemory], boot.start, boot.end, (memory) => memory !== 0) === 0 ? boot : { start: 0, end: 0 }
