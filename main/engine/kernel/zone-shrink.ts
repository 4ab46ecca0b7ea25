/**
 * How zone and node spans shrink when pages leave a zone. mm/memory_hotplug.c. When that is (at hot-remove or at offline), what counts as
 * still there and under which locks is the profile's; the functions keep the names that they have in the kernels that have them.
 */
import { call, choose, cost, extent, fill, get, lock, op, read, scan, unlock, write, type Predicate, type Step } from '../executors/step.ts'
import { UNINITIALISED, type Kernel } from '../state/kernel.ts'
import type { Node } from '../state/node.ts'
import { PAGE, pageIn, pageInitialised, pageNode, pageState } from '../state/page.ts'
import { SECTION } from '../state/section.ts'
import { ZONE, type Zone } from '../state/zone.ts'
import { alignDown } from '../units.ts'
import { livePgmaps, onlinePageFields, onlinePageOf, pfnToOnlinePage, pfnValid } from './online-page.ts'
import { pageUnreadable } from './struct-page.ts'
import { clearZoneContiguous, setZoneContiguous } from './zone-contiguous.ts'

/** How far apart the pages are that a scan tests. */
const unitOf = (k: Kernel): number => (k.profile.decisions.shrinkUnit === 'section' ? k.pagesPerSection : k.pagesPerSubsection)

/** What a scan found out on its way: index into UNINITIALISED of what the garbage that it met says, -1 while it met none. */
interface Scan { garbage: number }

/**
 * The first unit in [start, end), or downwards from end-1, that counts as still there: its page passes shrinkTest and is of the node and, where
 * one is given, of the zone; -1 for none. Kernels before v5.4 read the page whoever initialised it: a poisoned or absent one ends the
 * thread, garbage says what it likes (the same for all that one scan meets).
 */
function* findUnit(k: Kernel, node: Node, zone: Zone | undefined, start: number, end: number, down: boolean, met: Scan): Generator<Step, number, number> {
  const stride = unitOf(k)
  const mine = (page: number): boolean => (zone ? pageIn(page, node.id, zone.index) : pageInitialised(page) && pageNode(page) === node.id)
  const { shrinkTest } = k.profile.decisions
  const device = zone?.index === ZONE.DEVICE
  if (shrinkTest === 'online-page' || (shrinkTest === 'online-or-device' && !device)) {
    const live = yield* livePgmaps(k)
    const test: Predicate = zone ? onlinePageOf(zone, live) : (page, flags, bit, pgmap) => pfnToOnlinePage(flags, bit, pgmap, live) && mine(page)
    return yield down ? scan(onlinePageFields(k), end - 1, start, -stride, test) : scan(onlinePageFields(k), start, end, stride, test)
  }
  const there = (flags: number, bit: number): boolean =>
    shrinkTest === 'valid-section' ? (flags & SECTION.valid) !== 0 : shrinkTest === 'online-section' ? (flags & SECTION.online) !== 0 : pfnValid(k, flags, bit)
  /** Pages that the kernel would read without getting past them, or that may be the zone's. */
  const stops = (page: number, flags: number, bit: number, nid: number): boolean => {
    if (!there(flags, bit)) return false
    if (pageInitialised(page)) return mine(page)
    const state = pageState(page)
    if (state === PAGE.poisoned) return shrinkTest !== 'online-or-device'
    return state === PAGE.absent || met.garbage < 0 || garbageIsMine(met.garbage, nid - 1, node, zone)
  }
  const fields = [k.page, k.sectionFlags, k.subsectionMap, k.sectionNode] as const
  for (let from = down ? end - 1 : start; ; ) {
    const at = yield down ? scan(fields, from, start, -stride, stops) : scan(fields, from, end, stride, stops)
    if (at < 0) return -1
    const page = yield get(k.page, at)
    if (pageInitialised(page)) return at
    yield* pageUnreadable(page, at)
    if (met.garbage < 0) met.garbage = yield choose(k.uninitialised, UNINITIALISED.length)
    if (garbageIsMine(met.garbage, (yield get(k.sectionNode, at)) - 1, node, zone)) return at
    from = down ? at - stride : at + stride
    if (down ? from < start : from >= end) return -1
  }
}

/** Would a page pass for one of node and zone that says `garbage` in a section of node `nid`? */
const garbageIsMine = (garbage: number, nid: number, node: Node, zone: Zone | undefined): boolean =>
  nid === node.id && UNINITIALISED[garbage] !== 'wild' && (zone === undefined || zone.index === (UNINITIALISED[garbage] === 'device' ? ZONE.DEVICE : ZONE.DMA))

/** find_smallest_section_pfn(): 0 for none (a zone that really starts at pfn 0 is misread, as in the kernel). Without a zone: for the node. */
const findSmallestSectionPfn = op('find_smallest_section_pfn', 'mm/memory_hotplug.c', function* (k, node: Node, zone: Zone | undefined, start: number, end: number) {
  const found = yield* findUnit(k, node, zone, start, end, false, { garbage: -1 })
  yield cost('shrink scan', Math.ceil(Math.max(0, (found < 0 ? end : found + 1) - start) / unitOf(k)))
  return found < 0 ? 0 : found
})

/** find_biggest_section_pfn(): the same downwards, testing the last page of each unit below `end`. */
const findBiggestSectionPfn = op('find_biggest_section_pfn', 'mm/memory_hotplug.c', function* (k, node: Node, zone: Zone | undefined, start: number, end: number) {
  const found = yield* findUnit(k, node, zone, start, end, true, { garbage: -1 })
  yield cost('shrink scan', Math.ceil(Math.max(0, end - (found < 0 ? start : found)) / unitOf(k)))
  return found < 0 ? 0 : found
})

/** Any unit of [start, end) still there but for the range [gone, goneEnd) that leaves? It is read all the same. */
function* anythingLeft(k: Kernel, node: Node, zone: Zone | undefined, start: number, end: number, gone: number, goneEnd: number): Generator<Step, boolean, number> {
  const stride = unitOf(k)
  const met: Scan = { garbage: -1 }
  let at = start
  while (at < end) {
    const found = yield* findUnit(k, node, zone, at, end, false, met)
    yield cost('shrink scan', Math.ceil(((found < 0 ? end : found + 1) - at) / stride))
    if (found < 0) return false
    if (found < gone || found >= goneEnd) return true
    at = found + Math.ceil((goneEnd - found) / stride) * stride
  }
  return false
}

function* spanLock(k: Kernel, zone: Zone): Generator<Step, void, number> {
  if (k.profile.decisions.spanLocks !== 'none') yield lock(zone.spanSeqlock)
}
function* spanUnlock(k: Kernel, zone: Zone): Generator<Step, void, number> {
  if (k.profile.decisions.spanLocks !== 'none') yield unlock(zone.spanSeqlock)
}
/** pgdat_resize_lock(), where span changes take it. */
export function* pgdatResizeLock(k: Kernel, node: Node): Generator<Step, void, number> {
  if (k.profile.decisions.spanLocks !== 'none') yield lock(node.sizeLock)
}
export function* pgdatResizeUnlock(k: Kernel, node: Node): Generator<Step, void, number> {
  if (k.profile.decisions.spanLocks !== 'none') yield unlock(node.sizeLock)
}

/** zone_start_pfn and spanned_pages, in the order in which the kernel writes them. */
function* writeSpan(k: Kernel, zone: Zone, start: number, spanned: number): Generator<Step, void, number> {
  const startFirst = k.profile.decisions.shrinkWrites === 'start-first'
  if (startFirst) yield write(zone.startPfn, start)
  yield write(zone.spanned, spanned)
  if (!startFirst) yield write(zone.startPfn, start)
}
function* emptySpan(zone: Zone): Generator<Step, void, number> {
  yield write(zone.startPfn, 0)
  yield write(zone.spanned, 0)
}

/**
 * shrink_zone_span(): a range at the start or at the end of the span moves it; one in the middle leaves a hole. Kernels that rescan
 * (holesRescan) look whether anything is left at all, wherever the range was.
 */
export const shrinkZoneSpan = op('shrink_zone_span', 'mm/memory_hotplug.c', function* (k, zone: Zone, start: number, end: number) {
  const { holesRescan } = k.profile.decisions
  const { node } = zone
  const zoneStart = yield read(zone.startPfn)
  const zoneEnd = zoneStart + (yield read(zone.spanned))
  yield* spanLock(k, zone)
  if (zoneStart === start) {
    const pfn = yield call(findSmallestSectionPfn, node, zone, end, zoneEnd)
    if (pfn) yield* writeSpan(k, zone, pfn, zoneEnd - pfn)
    else if (holesRescan !== 'yes') yield* emptySpan(zone)
  } else if (zoneEnd === end) {
    const pfn = yield call(findBiggestSectionPfn, node, zone, zoneStart, start)
    if (pfn) yield write(zone.spanned, pfn - zoneStart + 1)
    else if (holesRescan !== 'yes') yield* emptySpan(zone)
  }
  if (holesRescan === 'yes') {
    if (!(yield* anythingLeft(k, node, zone, zoneStart, zoneEnd, start, end))) yield* emptySpan(zone)
  } else if (holesRescan === 'shrinks-again') yield call(shrinkFurther, zone)
  yield* spanUnlock(k, zone)
  return 0
})

/** "Due to false positives in previous shrink attempts": both ends of what the span is now. Series of 2019-08-29, patch 5. */
const shrinkFurther = op('shrink_zone_span', 'mm/memory_hotplug.c, [PATCH v3 05/11] of 2019-08-29', function* (k, zone: Zone) {
  const spanned = yield read(zone.spanned)
  if (spanned === 0) return 0
  const start = yield read(zone.startPfn)
  const end = start + spanned
  const first = yield call(findSmallestSectionPfn, zone.node, zone, start, end)
  if (first) {
    yield* writeSpan(k, zone, first, end - first)
    const last = yield call(findBiggestSectionPfn, zone.node, zone, first, end)
    if (last) {
      yield write(zone.spanned, last - first + 1)
      return 0
    }
  }
  yield* emptySpan(zone)
  return 0
})

/** shrink_pgdat_span(): as for a zone, over everything of the node. Until v5.3. */
const shrinkPgdatSpan = op('shrink_pgdat_span', 'mm/memory_hotplug.c, until v5.3', function* (k, node: Node, start: number, end: number) {
  const nodeStart = yield read(node.startPfn)
  const nodeEnd = nodeStart + (yield read(node.spanned))
  if (nodeStart === start) {
    const pfn = yield call(findSmallestSectionPfn, node, undefined, end, nodeEnd)
    if (pfn) {
      yield write(node.startPfn, pfn)
      yield write(node.spanned, nodeEnd - pfn)
    }
  } else if (nodeEnd === end) {
    const pfn = yield call(findBiggestSectionPfn, node, undefined, nodeStart, start)
    if (pfn) yield write(node.spanned, pfn - nodeStart + 1)
  }
  if (yield* anythingLeft(k, node, undefined, nodeStart, nodeEnd, start, end)) return 0
  yield write(node.startPfn, 0)
  yield write(node.spanned, 0)
  return 0
})

/** update_pgdat_span(): the node spans from the lowest zone start to the highest zone end, ZONE_DEVICE included. v5.4+. */
const updatePgdatSpan = op('update_pgdat_span', 'mm/memory_hotplug.c, v5.4+', function* (_k, node: Node) {
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

/** Zone, then node, for a range that the functions of the profile's age take in one go. Under node_size_lock where there is one. */
function* shrinkSpans(k: Kernel, zone: Zone, start: number, end: number): Generator<Step, void, number> {
  yield call(shrinkZoneSpan, zone, start, end)
  if (k.profile.decisions.nodeSpan === 'scan') yield call(shrinkPgdatSpan, zone.node, start, end)
  else yield call(updatePgdatSpan, zone.node)
}

/** __remove_zone(): a section, or a part of one, leaves the spans at hot-remove. Until v5.4; ZONE_DEVICE does not shrink in v5.4. */
export const removeZone = op('__remove_zone', 'mm/memory_hotplug.c, until v5.4', function* (k, zone: Zone, start: number, nr: number) {
  if (zone.index === ZONE.DEVICE && k.profile.decisions.deviceSpanShrinks !== 'yes') return 0
  yield* pgdatResizeLock(k, zone.node)
  yield* shrinkSpans(k, zone, start, start + nr)
  yield* pgdatResizeUnlock(k, zone.node)
  return 0
})

/** page_init_poison() of what leaves a zone. Without DEBUG_VM it does nothing: RAM's pages are as good as garbage, device pages keep what they said. */
function* poisonLeaving(k: Kernel, zone: Zone, start: number, nr: number): Generator<Step, void, number> {
  const { debugVm, poisonOnLeave } = k.profile.decisions
  if (poisonOnLeave === 'no') return
  if (debugVm === 'on') yield fill(k.page, start, start + nr, PAGE.poisoned)
  else if (zone.index !== ZONE.DEVICE) yield fill(k.page, start, start + nr, PAGE.garbage)
}

/**
 * remove_pfn_range_from_zone(): poisons the struct pages, then shrinks zone and node. Called by a successful offline, by a failed
 * online, for self-hosted memmap pages and, before their removal, for device memory. v5.5+.
 */
export const removePfnRangeFromZone = op('remove_pfn_range_from_zone', 'mm/memory_hotplug.c, v5.5+', function* (k, zone: Zone, start: number, nr: number) {
  yield* poisonLeaving(k, zone, start, nr)
  if (zone.index === ZONE.DEVICE && k.profile.decisions.deviceSpanShrinks !== 'yes') return 0
  yield call(clearZoneContiguous, zone)
  yield* pgdatResizeLock(k, zone.node)
  yield* shrinkSpans(k, zone, start, start + nr)
  yield* pgdatResizeUnlock(k, zone.node)
  yield call(setZoneContiguous, zone)
  return 0
})

/**
 * How far a removal may go in one go from pfn: sections that are alike, up to where a span of the zone or its node begins or ends. The last
 * of them goes by itself: only there a scan gets past pages that are alike (and may meet one that cannot be read).
 */
export function* sectionsAlike(k: Kernel, zone: Zone, pfn: number, end: number): Generator<Step, number, number> {
  const section = k.pagesPerSection
  let cut = yield extent([k.page, k.sectionFlags, k.sectionUsage, k.subsectionMap, k.sectionNode], pfn, end, Math.min(section, end - pfn))
  for (const owner of [zone, zone.node]) {
    const start = yield read(owner.startPfn)
    for (const edge of [start, start + (yield read(owner.spanned))]) {
      const at = alignDown(edge, section)
      if (at > pfn && at < cut) cut = at
    }
  }
  return cut - pfn > section ? alignDown(cut - 1, section) : cut
}

/**
 * __shrink_pages() of rfc-2018-08: section by section. The node's present pages sink by `leaving`; for device memory its shrink_pages() says
 * `nr`, though it was never present (kernel-behaviour B7c).
 */
export const shrinkPages = op('__shrink_pages', 'mm/memory_hotplug.c, [RFC PATCH 2/3] of 2018-08-07', function* (k, zone: Zone, start: number, nr: number, leaving?: number) {
  const { node } = zone
  const end = start + nr
  yield* poisonLeaving(k, zone, start, nr)
  yield call(clearZoneContiguous, zone)
  yield* pgdatResizeLock(k, node)
  for (let pfn = start; pfn < end; ) {
    const cut = yield* sectionsAlike(k, zone, pfn, end)
    yield* shrinkSpans(k, zone, pfn, cut)
    pfn = cut
  }
  yield write(node.present, (yield read(node.present)) - (leaving ?? nr))
  yield* pgdatResizeUnlock(k, node)
  yield call(setZoneContiguous, zone)
  return 0
})
