/**
 * Zone and node spans: how they grow when pages enter a zone and shrink when pages leave it. mm/memory_hotplug.c, v6.1: no
 * span locks since v5.14, mem_hotplug_lock serialises; RAM shrinks at offline, ZONE_DEVICE never.
 */
import { add, call, cost, fill, get, op, read, scan, write } from '../executors/step.ts'
import type { Node } from '../state/node.ts'
import { PAGE, packPage } from '../state/page.ts'
import { altmapOffset, type Altmap } from '../state/pgmap.ts'
import { SECTION } from '../state/section.ts'
import { ZONE, type Zone } from '../state/zone.ts'
import { alignUp } from '../units.ts'
import { adjustGroup } from './memory-group.ts'
import { livePgmaps, notInPageblockOf, onlinePageFields, onlinePageOf } from './online-page.ts'

export const clearZoneContiguous = op('clear_zone_contiguous', 'mm/page_alloc.c, v4.6+', function* (_k, zone: Zone) {
  yield write(zone.contiguous, 0)
  return 0
})

/**
 * set_zone_contiguous(): true when every pageblock of the span has a valid, online first page in this zone and a last page
 * of the same zone. An empty span is contiguous (the loop finds nothing against it).
 */
export const setZoneContiguous = op('set_zone_contiguous', 'mm/page_alloc.c, v6.1', function* (k, zone: Zone) {
  const start = yield read(zone.startPfn)
  const end = start + (yield read(zone.spanned))
  const fields = onlinePageFields(k)
  const block = k.pageblockPages
  if (end > start) {
    const live = yield* livePgmaps(k)
    const bad = notInPageblockOf(zone, live, false)
    const secondBlock = Math.min(alignUp(start + 1, block), end)
    // first pages: the first block may start anywhere, the rest are aligned
    let at = yield scan(fields, start, start + 1, 1, bad)
    if (at < 0) at = yield scan(fields, secondBlock, end, block, bad)
    // last pages: those of whole blocks, then that of the last, which may be cut
    const badEnd = notInPageblockOf(zone, live, true)
    if (at < 0) at = yield scan(fields, secondBlock - 1, end, block, badEnd)
    if (at < 0) at = yield scan(fields, end - 1, end, 1, badEnd)
    // the first pageblock that says no ends it
    yield cost('contiguous scan', Math.ceil(((at < 0 ? end : at + 1) - start) / block))
    if (at >= 0) return 0
  }
  yield write(zone.contiguous, 1)
  return 0
})

/** init_currently_empty_zone(): zone_start_pfn = start, spanned stays 0; free lists are reset. v5.0+ inside mem_hotplug_lock. */
export const initCurrentlyEmptyZone = op('init_currently_empty_zone', 'mm/page_alloc.c, v6.1', function* (_k, zone: Zone, start: number) {
  if ((yield read(zone.node.nrZones)) < zone.index + 1) yield write(zone.node.nrZones, zone.index + 1)
  yield write(zone.startPfn, start)
  yield write(zone.initialized, 1)
  return 0
})

/** resize_zone_range(): the span only grows. */
export const resizeZoneRange = op('resize_zone_range', 'mm/memory_hotplug.c, v6.1', function* (_k, zone: Zone, start: number, nr: number) {
  const zoneStart = yield read(zone.startPfn)
  const spanned = yield read(zone.spanned)
  const oldEnd = zoneStart + spanned
  let newStart = zoneStart
  if (spanned === 0 || start < zoneStart) {
    newStart = start
    yield write(zone.startPfn, start)
  }
  yield write(zone.spanned, Math.max(start + nr, oldEnd) - newStart)
  return 0
})

/** resize_pgdat_range(): as for the zone, with the node's fields. */
export const resizePgdatRange = op('resize_pgdat_range', 'mm/memory_hotplug.c, v6.1', function* (_k, node: Node, start: number, nr: number) {
  const nodeStart = yield read(node.startPfn)
  const spanned = yield read(node.spanned)
  const oldEnd = nodeStart + spanned
  let newStart = nodeStart
  if (spanned === 0 || start < nodeStart) {
    newStart = start
    yield write(node.startPfn, start)
  }
  yield write(node.spanned, Math.max(start + nr, oldEnd) - newStart)
  return 0
})

/**
 * memmap_init_range(MEMINIT_HOTPLUG): zone, node, refcount 1, PG_reserved for each page of [start, start+nr). For
 * ZONE_DEVICE only the pages that hold an altmap's memmap; the rest follows outside the lock.
 */
export const memmapInitRange = op('memmap_init_range', 'mm/page_alloc.c, v4.20+', function* (k, zone: Zone, start: number, nr: number, altmap: Altmap | undefined) {
  let from = start
  let to = start + nr
  if (zone.index === ZONE.DEVICE) {
    if (!altmap) return 0
    if (start === altmap.basePfn) from += altmap.reserve
    to = altmap.basePfn + altmapOffset(altmap)
  }
  if (to <= from) return 0
  yield cost('struct page init', to - from, zone.node.id, altmap ? 'device' : 'ram')
  yield fill(k.page, from, to, packPage(PAGE.initialised, zone.node.id, zone.index, true))
  return 0
})

/**
 * move_pfn_range_to_zone(): grows zone and node over [start, start+nr) and initialises its struct pages, all reserved. Under
 * mem_hotplug_lock. v5.14+: no span locks; the empty-zone initialisation sits just before the growth.
 */
export const movePfnRangeToZone = op('move_pfn_range_to_zone', 'mm/memory_hotplug.c, v5.14+', function* (k, zone: Zone, start: number, nr: number, altmap?: Altmap) {
  yield call(clearZoneContiguous, zone)
  if ((yield read(zone.spanned)) === 0) yield call(initCurrentlyEmptyZone, zone, start)
  yield call(resizeZoneRange, zone, start, nr)
  yield call(resizePgdatRange, zone.node, start, nr)
  if (zone.index === ZONE.DEVICE) {
    if (start % k.pagesPerSection !== 0) yield call(sectionTaintZoneDevice, start)
    if ((start + nr) % k.pagesPerSection !== 0) yield call(sectionTaintZoneDevice, start + nr)
  }
  yield call(memmapInitRange, zone, start, nr, altmap)
  yield call(setZoneContiguous, zone)
  return 0
})

/** section_taint_zone_device(): the section holds RAM and device pages, or may. v5.12+. */
const sectionTaintZoneDevice = op('section_taint_zone_device', 'mm/memory_hotplug.c, v5.12+', function* (k, pfn: number) {
  const flags = yield get(k.sectionFlags, pfn)
  yield fill(k.sectionFlags, pfn, pfn + 1, flags | SECTION.taint)
  return 0
})

/**
 * find_smallest_section_pfn(): the first sub-section step from `start` whose page is online, of the node and of the
 * zone; 0 for none (a zone that really starts at pfn 0 is misread, as in the kernel).
 */
const findSmallestSectionPfn = op('find_smallest_section_pfn', 'mm/memory_hotplug.c, v5.4+', function* (k, zone: Zone, start: number, end: number) {
  const live = yield* livePgmaps(k)
  const found = yield scan(onlinePageFields(k), start, end, k.pagesPerSubsection, onlinePageOf(zone, live))
  yield cost('shrink scan', Math.ceil(Math.max(0, (found < 0 ? end : found + 1) - start) / k.pagesPerSubsection))
  return found < 0 ? 0 : found
})

/** find_biggest_section_pfn(): the same downwards, testing the last page of each sub-section step below `end`. */
const findBiggestSectionPfn = op('find_biggest_section_pfn', 'mm/memory_hotplug.c, v5.4+', function* (k, zone: Zone, start: number, end: number) {
  const live = yield* livePgmaps(k)
  const found = yield scan(onlinePageFields(k), end - 1, start, -k.pagesPerSubsection, onlinePageOf(zone, live))
  yield cost('shrink scan', Math.ceil(Math.max(0, end - (found < 0 ? start : found)) / k.pagesPerSubsection))
  return found < 0 ? 0 : found
})

/** shrink_zone_span(): only a range at the start or the end of the span moves it; a hole in the middle does not. v5.6+. */
export const shrinkZoneSpan = op('shrink_zone_span', 'mm/memory_hotplug.c, v5.6+', function* (_k, zone: Zone, start: number, end: number) {
  const zoneStart = yield read(zone.startPfn)
  const zoneEnd = zoneStart + (yield read(zone.spanned))
  if (zoneStart === start) {
    const pfn = yield call(findSmallestSectionPfn, zone, end, zoneEnd)
    if (pfn) {
      yield write(zone.spanned, zoneEnd - pfn)
      yield write(zone.startPfn, pfn)
    } else {
      yield write(zone.startPfn, 0)
      yield write(zone.spanned, 0)
    }
  } else if (zoneEnd === end) {
    const pfn = yield call(findBiggestSectionPfn, zone, zoneStart, start)
    if (pfn) yield write(zone.spanned, pfn - zoneStart + 1)
    else {
      yield write(zone.startPfn, 0)
      yield write(zone.spanned, 0)
    }
  }
  return 0
})

/** update_pgdat_span(): the node spans from the lowest zone start to the highest zone end, ZONE_DEVICE included. v5.4+. */
export const updatePgdatSpan = op('update_pgdat_span', 'mm/memory_hotplug.c, v5.4+', function* (_k, node: Node) {
  let start = 0
  let end = 0
  for (const zone of node.zones) {
    const spanned = yield read(zone.spanned)
    if (spanned === 0) continue
    const zoneStart = yield read(zone.startPfn)
    const zoneEnd = zoneStart + spanned
    if (end === 0) {
      start = zoneStart
      end = zoneEnd
      continue
    }
    if (zoneEnd > end) end = zoneEnd
    if (zoneStart < start) start = zoneStart
  }
  yield write(node.startPfn, start)
  yield write(node.spanned, end - start)
  return 0
})

/**
 * remove_pfn_range_from_zone(): poisons the struct pages, then shrinks zone and node. ZONE_DEVICE stops after the
 * poisoning. Called by a successful offline, by a failed online, for self-hosted memmap pages. v5.6+.
 */
export const removePfnRangeFromZone = op('remove_pfn_range_from_zone', 'mm/memory_hotplug.c, v5.6+', function* (k, zone: Zone, start: number, nr: number) {
  // without DEBUG_VM page_init_poison() does nothing: RAM's pages are as good as garbage, device pages keep what they said
  if (k.profile.decisions.debugVm === 'on') yield fill(k.page, start, start + nr, PAGE.poisoned)
  else if (zone.index !== ZONE.DEVICE) yield fill(k.page, start, start + nr, PAGE.garbage)
  if (zone.index === ZONE.DEVICE) return 0
  yield call(clearZoneContiguous, zone)
  yield call(shrinkZoneSpan, zone, start, start + nr)
  yield call(updatePgdatSpan, zone.node)
  yield call(setZoneContiguous, zone)
  return 0
})

/** adjust_present_page_count(): zone, early part, node, and the block's group. */
export const adjustPresentPageCount = op('adjust_present_page_count', 'mm/memory_hotplug.c, v5.15+', function* (k, pfn: number, zone: Zone, groupId: number, delta: number) {
  if ((yield get(k.sectionFlags, pfn)) & SECTION.early) yield add(zone.presentEarly, delta)
  yield add(zone.present, delta)
  yield add(zone.node.present, delta)
  if (groupId !== 0) yield call(adjustGroup, groupId, zone.index === ZONE.MOVABLE, delta)
  return 0
})
