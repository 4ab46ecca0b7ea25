/** start_isolate_page_range(): takes the pageblocks of a range out of the allocator's reach. mm/page_isolation.c, v6.1. */
import { ERRNO } from '../errors.ts'
import { add, call, cost, fail, get, KERN_WARNING, lock, op, print, scan, unlock } from '../executors/step.ts'
import { MARK } from '../state/kernel.ts'
import { pageReserved } from '../state/page.ts'
import { ZONE, type Zone } from '../state/zone.ts'

/**
 * has_unmovable_pages(): the first page of [start, end) that cannot move away; -1 for none. A reserved page never can; in
 * ZONE_MOVABLE everything else is taken to be movable; elsewhere what the user marked unmovable is not.
 */
const hasUnmovablePages = op('has_unmovable_pages', 'mm/page_isolation.c, v6.1', function* (k, zone: Zone, start: number, end: number) {
  const movable = zone.index === ZONE.MOVABLE
  return yield scan([k.page, k.mark], start, end, 1, (page, mark) => pageReserved(page) || (!movable && mark === MARK.unmovable))
})

/** dump_page(), the lines that do not depend on addresses of the running kernel; those are printed as (____ptrval____). */
const dumpPage = op('dump_page', 'mm/debug.c, v6.1', function* (k, pfn: number, zone: Zone, why: string) {
  const reserved = pageReserved(yield get(k.page, pfn))
  yield print(KERN_WARNING, `page:${k.profile.decisions.pageDump === 'pointer' ? '(____ptrval____)' : ''} refcount:1 mapcount:0 mapping:0000000000000000 index:0x0 pfn:0x${pfn.toString(16)}`)
  yield print(KERN_WARNING, `flags: (${reserved ? 'reserved|' : ''}node=${zone.node.id}|zone=${zone.index})`)
  yield print(KERN_WARNING, `page dumped because: ${why}`)
  return 0
})

/**
 * Isolates [start, end) of one zone; the first pageblock, then the last, then those between (v5.19+). On an unmovable
 * page nothing stays isolated: -EBUSY and a dump of the page.
 */
export const startIsolatePageRange = op('start_isolate_page_range', 'mm/page_isolation.c, v5.19+', function* (k, zone: Zone, start: number, end: number) {
  const block = k.pageblockPages
  const last = Math.max(start, end - block)
  let pfn = yield call(hasUnmovablePages, zone, start, Math.min(start + block, end))
  if (pfn < 0) pfn = yield call(hasUnmovablePages, zone, last, end)
  if (pfn < 0 && start + block < last) pfn = yield call(hasUnmovablePages, zone, start + block, last)
  if (pfn >= 0) {
    yield call(dumpPage, pfn, zone, 'unmovable page')
    return yield fail(ERRNO.EBUSY, `failure to isolate range: unmovable page, pfn 0x${pfn.toString(16)}`)
  }
  yield lock(zone.lock)
  yield add(zone.nrIsolatePageblock, (end - start) / block)
  yield unlock(zone.lock)
  yield cost('isolate', (end - start) / block)
  return 0
})

/** undo_isolate_page_range() */
export const undoIsolatePageRange = op('undo_isolate_page_range', 'mm/page_isolation.c, v6.1', function* (k, zone: Zone, start: number, end: number) {
  yield lock(zone.lock)
  yield add(zone.nrIsolatePageblock, -(end - start) / k.pageblockPages)
  yield unlock(zone.lock)
  return 0
})
