/**
 * Zone and node spans: how they grow when pages enter a zone. mm/memory_hotplug.c. All inside mem_hotplug_lock (but for the blind shot of
 * 2018-09-28); the finer locks are the profile's. How they shrink: zone-shrink.ts.
 */
import { add, call, cost, fill, get, lock, op, read, unlock, write } from '../executors/step.ts'
import type { Node } from '../state/node.ts'
import { PAGE, packPage } from '../state/page.ts'
import { altmapOffset, type Altmap } from '../state/pgmap.ts'
import { SECTION } from '../state/section.ts'
import { ZONE, type Zone } from '../state/zone.ts'
import { adjustGroup } from './memory-group.ts'
import { faultOnUnmapped } from './struct-page.ts'
import { clearZoneContiguous, setZoneContiguous } from './zone-contiguous.ts'
import { pgdatResizeLock, pgdatResizeUnlock } from './zone-shrink.ts'

/** init_currently_empty_zone(): zone_start_pfn = start, spanned stays 0; free lists are reset. Always inside mem_hotplug_lock in a release. */
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
 * memmap_init_zone(MEMMAP_HOTPLUG), memmap_init_range() later: zone, node, refcount 1, PG_reserved for each page of [start, start+nr). Of
 * ZONE_DEVICE only the pages that hold an altmap's memmap, the rest follows outside mem_hotplug_lock; until v4.19 all but the
 * reserve, without their page map. Where one pass does it all (devicePageInit under-lock), nothing is left to do here.
 */
export const memmapInitRange = op('memmap_init_range', 'mm/page_alloc.c', function* (k, zone: Zone, start: number, nr: number, altmap: Altmap | undefined) {
  const { devicePageInit } = k.profile.decisions
  let from = start
  let to = start + nr
  const device = zone.index === ZONE.DEVICE
  if (device) {
    if (altmap && start === altmap.basePfn) from += altmap.reserve
    if (devicePageInit === 'under-lock') return 0
    if (devicePageInit !== 'twice') to = altmap ? altmap.basePfn + altmapOffset(altmap) : start
  }
  if (to <= from) return 0
  yield* faultOnUnmapped(k, from, to)
  yield cost(device && devicePageInit === 'twice' ? 'device struct page init' : 'struct page init', to - from, zone.node.id, altmap ? 'device' : 'ram')
  const offline = !device && k.profile.decisions.addedPages === 'offline'
  yield fill(k.page, from, to, packPage(offline ? PAGE.offline : PAGE.initialised, zone.node.id, zone.index, !offline))
  return 0
})

/**
 * move_pfn_range_to_zone(): grows zone and node over [start, start+nr) and initialises its struct pages, all reserved. Between the growth
 * and the initialisation the span has pages that say nothing.
 */
export const movePfnRangeToZone = op('move_pfn_range_to_zone', 'mm/memory_hotplug.c, v4.13+', function* (k, zone: Zone, start: number, nr: number, altmap?: Altmap) {
  const { emptyZoneInit, spanLocks, taint } = k.profile.decisions
  if (emptyZoneInit === 'before-span-locks' && (yield read(zone.spanned)) === 0) yield call(initCurrentlyEmptyZone, zone, start)
  yield call(clearZoneContiguous, zone)
  yield* pgdatResizeLock(k, zone.node)
  if (spanLocks !== 'none') yield lock(zone.spanSeqlock)
  if (emptyZoneInit === 'inside-span-locks' && (yield read(zone.spanned)) === 0) yield call(initCurrentlyEmptyZone, zone, start)
  yield call(resizeZoneRange, zone, start, nr)
  if (spanLocks !== 'none') yield unlock(zone.spanSeqlock)
  yield call(resizePgdatRange, zone.node, start, nr)
  yield* pgdatResizeUnlock(k, zone.node)
  if (zone.index === ZONE.DEVICE && taint === 'edges') {
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

/** adjust_present_page_count(): zone, early part, node, and the block's group. */
export const adjustPresentPageCount = op('adjust_present_page_count', 'mm/memory_hotplug.c, v5.15+', function* (k, pfn: number, zone: Zone, groupId: number, delta: number) {
  if (k.profile.decisions.presentEarly === 'counted' && (yield get(k.sectionFlags, pfn)) & SECTION.early) yield add(zone.presentEarly, delta)
  yield add(zone.present, delta)
  yield* pgdatResizeLock(k, zone.node)
  yield add(zone.node.present, delta)
  yield* pgdatResizeUnlock(k, zone.node)
  if (groupId !== 0) yield call(adjustGroup, groupId, zone.index === ZONE.MOVABLE, delta)
  return 0
})
