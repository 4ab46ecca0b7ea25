/** Zones and nodes as numbers: spans, counts, the contiguous flag. I2, I3, I6, I8, I12, I21, I27. */
import type { Kernel } from '../state/kernel.ts'
import { pageIn } from '../state/page.ts'
import { SECTION } from '../state/section.ts'
import { ZONE, zoneId, type Zone } from '../state/zone.ts'
import { alignUp, hex } from '../units.ts'
import { bootSpans } from './boot-spans.ts'
import { cutPages } from './cut-pages.ts'
import { foundOnline, livePgmaps } from './pfn-walkers.ts'
import { HOLDS, type Check, type Verdict } from './result.ts'
import { pfns, zoneName } from './wording.ts'

const allZones = (k: Kernel): Zone[] => k.nodeIds.flatMap((id) => [...k.node(id).zones])

/** The first zone that `judge` finds fault with. */
const eachZone = (k: Kernel, judge: (zone: Zone) => string | undefined): Verdict => {
  for (const zone of allZones(k)) {
    const broken = judge(zone)
    if (broken !== undefined) return { broken }
  }
  return HOLDS
}

/** I2 */
export const counts: Check = (k, store) => {
  for (const id of k.nodeIds) {
    const node = k.node(id)
    const sum = node.zones.reduce((n, z) => n + store.cell(z.present), 0)
    if (store.cell(node.present) !== sum) return { broken: `node ${id} has node_present_pages ${store.cell(node.present)}, its zones have ${sum} present pages` }
  }
  let byDesign: string | undefined
  const { broken } = eachZone(k, (zone) => {
    const [spanned, present, early, managed] = [zone.spanned, zone.present, zone.presentEarly, zone.managed].map((c) => store.cell(c)) as [number, number, number, number]
    if (present > spanned) {
      const cut = cutPages(k, store, zone)
      const fault = `${zoneName(zone)} has ${present} present pages in a span of ${spanned}`
      if (present > spanned + cut) return fault
      byDesign ??= `${fault}: a shrink steps by sub-sections and cut ${cut} pages off`
    }
    if (managed > present) return `${zoneName(zone)} manages ${managed} pages of ${present} present`
    if (k.profile.decisions.presentEarly === 'counted' && early > present) return `${zoneName(zone)} has ${early} present_early_pages of ${present} present`
    return undefined
  })
  return { broken, byDesign }
}

/** I3 */
export const nodeSpan: Check = (k, store) => {
  let byDesign: string | undefined
  for (const id of k.nodeIds) {
    const node = k.node(id)
    const spans = node.zones.filter((z) => store.cell(z.spanned) > 0)
    const start = store.cell(node.startPfn)
    const end = start + store.cell(node.spanned)
    if (spans.length === 0) {
      if (end > start) return { broken: `node ${id} spans ${pfns(start, end)}, and none of its zones spans anything` }
      continue
    }
    const low = Math.min(...spans.map((z) => store.cell(z.startPfn)))
    const high = Math.max(...spans.map((z) => store.cell(z.startPfn) + store.cell(z.spanned)))
    if (start > low || end < high) {
      const fault = `node ${id} spans ${pfns(start, end)}, its zones ${pfns(low, high)}`
      if (start !== 0 || store.cell(node.zones[ZONE.DEVICE]!.spanned) === 0) return { broken: fault }
      byDesign ??= `${fault}: hotadd_init_pgdat() put the start to 0 and left the span that ZONE_DEVICE had kept; the next offline is right again`
      continue
    }
    if (start < low || end > high) byDesign ??= `node ${id} spans ${pfns(start, end)}, its zones only ${pfns(low, high)}: boot adds up the zones' spans, and only an offline recomputes the node's`
  }
  return { byDesign }
}

/** I6 */
export const noNegativeCounter: Check = (k, store) => {
  // -1 stands for "none" there: no section yet, ULONG_MAX
  const none = new Set([k.highestPresentSection, ...k.nodeIds.map((id) => k.node(id).firstDeferredPfn)])
  for (const cell of k.allCells)
    if (store.cell(cell) < 0 && !none.has(cell)) return { broken: `${cell.name} is ${store.cell(cell)}` }
  for (const g of store.ref(k.groups))
    if (g.presentKernel < 0 || g.presentMovable < 0) return { broken: `memory group ${g.id} has ${g.presentKernel} kernel and ${g.presentMovable} movable pages` }
  return eachZone(k, (zone) => {
    const isolated = store.cell(zone.nrIsolatePageblock)
    return isolated === 0 ? undefined : `${zoneName(zone)} has nr_isolate_pageblock ${isolated} with no operation running`
  })
}

/** I8. A pageblock counts by its first and last page, as __pageblock_pfn_to_page() looks at it. */
export const contiguousFlag: Check = (k, store) => {
  const live = livePgmaps(k, store)
  return eachZone(k, (zone) => {
    if (store.cell(zone.contiguous) === 0) return undefined
    // of a zone that spans nothing the flag says nothing: set_zone_contiguous() finds no pageblock against it
    if (zone.index === ZONE.DEVICE) return store.cell(zone.spanned) === 0 ? undefined : `${zoneName(zone)} says contiguous`
    const start = store.cell(zone.startPfn)
    const end = start + store.cell(zone.spanned)
    const size = k.pageblockPages
    let offender: string | undefined
    store.eachRun([k.page, k.sectionFlags, k.subsectionMap, k.pgmapIndex], start, end, (s, e, page = 0, flags = 0, bit = 0, pgmap = 0) => {
      const mine = pageIn(page, zone.node.id, zone.index) && (flags & SECTION.valid) !== 0
      if (mine && foundOnline(k, flags, bit, pgmap, live)) return true
      const firstOfBlock = s === start ? s : alignUp(s, size)
      const lastOfBlock = e === end ? e - 1 : alignUp(s + 1, size) - 1
      if (firstOfBlock < e) offender = `${zoneName(zone)} says contiguous, and the pageblock at ${pfns(firstOfBlock, firstOfBlock + 1)} is ${mine ? 'not online' : 'not of this zone'}`
      else if (!mine && lastOfBlock < e) offender = `${zoneName(zone)} says contiguous, and the pageblock that ends at ${pfns(lastOfBlock, lastOfBlock + 1)} is not of this zone`
      return offender === undefined
    })
    return offender
  })
}

/** I12, what a state at rest shows of it. */
export const initialisedZones: Check = (k, store) => {
  let byDesign: string | undefined
  const { broken } = eachZone(k, (zone) => {
    const spanned = store.cell(zone.spanned)
    if (spanned === 0) return undefined
    if (store.cell(zone.initialized) !== 1) return `${zoneName(zone)} spans ${spanned} pages and was never initialised`
    const nr = store.cell(zone.node.nrZones)
    if (nr > zone.index) return undefined
    const fault = `${zoneName(zone)} spans ${spanned} pages and node ${zone.node.id} has nr_zones ${nr}`
    if (zone.index !== ZONE.DEVICE) return fault
    byDesign ??= `${fault}: hotadd_init_pgdat() put it to 0 while device memory was there`
    return undefined
  })
  return { broken, byDesign }
}

/**
 * I21. Only the ends of a span can be wrong at rest. An end is a page that is online in the zone, or where boot put it; anything
 * else was left by a failed online or by a shrink that missed it. Where RAM leaves its zone when it is removed (up to v5.4), an end may also
 * be a page that is offline and still names the zone.
 */
export const spanEnds: Check = (k, store) => {
  const boot = bootSpans(k)
  return eachZone(k, (zone) => {
    const spanned = store.cell(zone.spanned)
    if (spanned === 0 || zone.index === ZONE.DEVICE) return undefined
    const start = store.cell(zone.startPfn)
    const atBoot = boot.get(zoneId(zone.node.id, zone.index))
    const wrong = (pfn: number): string | undefined => {
      const flags = store.at(k.sectionFlags, pfn)
      const stays = (flags & (k.profile.decisions.ramSpanShrinks === 'at-remove' ? SECTION.valid : SECTION.online)) !== 0
      if (stays && pageIn(store.at(k.page, pfn), zone.node.id, zone.index)) return undefined
      return flags === 0 ? 'a hole' : 'memory that is not online in it'
    }
    const first = start === atBoot?.start ? undefined : wrong(start)
    if (first !== undefined) return `${zoneName(zone)} starts at pfn ${hex(start)}, which is ${first}`
    const last = start + spanned === atBoot?.end ? undefined : wrong(start + spanned - 1)
    if (last !== undefined) return `${zoneName(zone)} ends at pfn ${hex(start + spanned - 1)}, which is ${last}`
    return undefined
  })
}

/** I27 */
export const deviceZoneCounts: Check = (k, store) =>
  eachZone(k, (zone) => {
    if (zone.index !== ZONE.DEVICE) return undefined
    const [present, managed] = [store.cell(zone.present), store.cell(zone.managed)]
    return present === 0 && managed === 0 ? undefined : `${zoneName(zone)} has ${present} present and ${managed} managed pages`
  })
