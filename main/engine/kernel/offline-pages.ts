/** offline_pages(): takes a range away from the buddy allocator and out of its zone. mm/memory_hotplug.c, v6.1. */
import { ERRNO } from '../errors.ts'
import { add, call, cost, count, fail, get, KERN_INFO, lock, map, op, print, read, readRef, scan, unlock, warn, write } from '../executors/step.ts'
import { inUse } from '../state/kernel.ts'
import { PAGE, packPage, pageIn, pageNode, pageState, pageZone } from '../state/page.ts'
import { systemRamBytes } from '../state/resource-tree.ts'
import { ZONE, zoneIdIndex, zoneIdNode, type Zone } from '../state/zone.ts'
import { memoryNotify, nodeNotify } from './notifier.ts'
import { startIsolatePageRange, undoIsolatePageRange } from './page-isolation.ts'
import { offlineMemSections } from './sections.ts'
import { fakeOfflineGoingOffline, referencedOfflinePage } from './subblocks.ts'
import { testPagesInAZone } from './zone-of-block.ts'
import { removePfnRangeFromZone, shrinkPages } from './zone-shrink.ts'
import { adjustPresentPageCount } from './zone-span.ts'

/**
 * The migrate loop of offline_pages(): there is no retry limit, so a page that cannot move away (pinned, or a kernel
 * allocation that sits in ZONE_MOVABLE) keeps it going until a signal. Answers 0, or -EINTR.
 */
const migrateUntilEmpty = op('do_migrate_range', 'mm/memory_hotplug.c, v6.1', function* (k, start: number, nr: number) {
  if (yield read(k.signalPending)) return yield fail(ERRNO.EINTR, 'signal backoff')
  const referenced = yield call(referencedOfflinePage, start, start + nr)
  if (referenced >= 0) return yield fail(ERRNO.EBUSY, `unmovable page: pfn 0x${referenced.toString(16)} is PageOffline with a reference, and its driver is gone`)
  yield cost('migrate', nr)
  const stuck = yield scan([k.mark], start, start + nr, 1, inUse)
  if (stuck < 0) return 0
  return yield fail(
    ERRNO.EINTR,
    `signal backoff: pfn 0x${stuck.toString(16)} cannot be migrated, the loop has no retry limit; only a signal ends it`,
  )
})

/** The checks that need no undo: alignment, holes, one zone where the caller knows which. Answers how many pages are RAM, or -errno. */
const checkOfflineRange = op('offline_pages', 'mm/memory_hotplug.c, v6.1', function* (k, start: number, nr: number, zone: Zone | undefined) {
  if (nr === 0 || start % k.pageblockPages !== 0 || (start + nr) % k.pagesPerSection !== 0) {
    yield warn('', 'offline_pages alignment')
    return yield fail(ERRNO.EINVAL, 'start must be a pageblock, end a section border')
  }
  yield lock(k.resourceLock, 'read')
  const tree = yield* readRef(k.iomem)
  yield unlock(k.resourceLock)
  const ram = systemRamBytes(tree, start * k.pageSize, (start + nr) * k.pageSize, k.pageSize) / k.pageSize
  if (ram !== nr && k.profile.decisions.offlineHoles === 'refused') return yield fail(ERRNO.EINVAL, `memory holes: ${nr - ram} of ${nr} pages are not System RAM`)
  if (zone === undefined) return ram
  const first = yield get(k.page, start)
  const last = yield get(k.page, start + nr - 1)
  if (!pageIn(first, zone.node.id, zone.index) || !pageIn(last, zone.node.id, zone.index)) {
    yield warn('', 'offline_pages multizone')
    return yield fail(ERRNO.EINVAL, 'multizone range')
  }
  return ram
})

/** What __offline_isolated_pages() makes of struct pages that nobody poisons later: they go on naming their zone, reserved until v5.4. */
const offlineIsolatedPages = op('__offline_isolated_pages', 'mm/page_alloc.c, v4.13+', function* (k, start: number, end: number) {
  const { poisonOnLeave, offlinedPages } = k.profile.decisions
  if (poisonOnLeave === 'yes') return 0
  const reserved = offlinedPages === 'reserved'
  yield map(k.page, start, end, (page) => (pageState(page) === PAGE.online ? packPage(PAGE.initialised, pageNode(page), pageZone(page), reserved) : page))
  return 0
})

/** offline_pages(): 0; -EINVAL, -EBUSY, -EPERM, -EINTR, each leaving the range online. */
export const offlinePages = op('offline_pages', 'mm/memory_hotplug.c, v6.1', function* (k, start: number, nr: number, known: Zone | undefined, groupId: number) {
  const end = start + nr
  const offlined = yield call(checkOfflineRange, start, nr, known)
  if (offlined < 0) return offlined
  const zid = known ? 0 : yield call(testPagesInAZone, start, end)
  if (!known && zid === 0) return yield fail(ERRNO.EINVAL, 'multizone range')
  const zone = known ?? k.zone(zoneIdNode(zid), zoneIdIndex(zid))
  const { node } = zone

  const busy = yield call(startIsolatePageRange, zone, start, end)
  if (busy) return busy

  // node_states_check_changes_offline
  let presentNormal = 0
  for (let z = 0; z <= ZONE.NORMAL; z++) presentNormal += yield read(node.zones[z]!.present)
  const losesNormal = zone.index <= ZONE.NORMAL && nr >= presentNormal
  const losesMemory = nr >= presentNormal + (yield read(node.zones[ZONE.MOVABLE]!.present))

  const { nodeNotifiers, maskClearing } = k.profile.decisions
  const nodeChain = losesMemory && nodeNotifiers === 'own'
  let err = nodeChain ? yield call(nodeNotify, 'NODE_REMOVING_LAST_MEMORY') : 0
  if (!err) err = yield call(memoryNotify, 'MEM_GOING_OFFLINE')
  if (!err) {
    yield call(fakeOfflineGoingOffline, zone, start, end, 1)
    err = yield call(migrateUntilEmpty, start, nr)
    if (err) yield call(fakeOfflineGoingOffline, zone, start, end, -1)
  }
  if (err) {
    yield call(undoIsolatePageRange, zone, start, end)
    yield call(memoryNotify, 'MEM_CANCEL_OFFLINE')
    if (nodeChain) yield call(nodeNotify, 'NODE_CANCEL_REMOVING_LAST_MEMORY')
    return err
  }
  // __offline_isolated_pages: sections first, then the free lists
  yield call(offlineMemSections, start, end)
  // each block of a run says so
  if (k.profile.decisions.offlinedText === 'info') for (let left = offlined; left > 0; left -= k.pagesPerBlock) yield print(KERN_INFO, `Offlined Pages ${Math.min(left, k.pagesPerBlock)}`)
  const already = k.profile.decisions.offlineManaged === 'not-offline' ? yield count([k.page], start, end, (page) => pageState(page) === PAGE.offline) : 0
  yield call(offlineIsolatedPages, start, end)
  yield lock(zone.lock)
  yield add(zone.nrIsolatePageblock, -nr / k.pageblockPages)
  yield unlock(zone.lock)

  yield add(zone.managed, already - offlined)
  const { ramSpanShrinks, shrinkUnit } = k.profile.decisions
  // before remove_pfn_range_from_zone() was: rfc-2018-08
  const shrinksBySection = ramSpanShrinks === 'at-offline' && shrinkUnit === 'section'
  if (shrinksBySection) {
    yield add(zone.present, -offlined)
    yield call(shrinkPages, zone, start, nr, offlined)
  } else yield call(adjustPresentPageCount, start, zone, groupId, -offlined)
  const empty = (yield read(zone.present)) === 0
  if (empty && maskClearing === 'after-zonelists') yield cost('build_all_zonelists', 1)
  // node_states_clear_node
  if (losesNormal) yield write(node.hasNormalMemory, 0)
  if (losesMemory) yield write(node.hasMemory, 0)
  if (empty && maskClearing === 'before-zonelists') yield cost('build_all_zonelists', 1)
  if (nodeChain) yield call(nodeNotify, 'NODE_REMOVED_LAST_MEMORY')
  yield call(memoryNotify, 'MEM_OFFLINE')
  if (ramSpanShrinks === 'at-offline' && !shrinksBySection) yield call(removePfnRangeFromZone, zone, start, nr)
  return 0
})
