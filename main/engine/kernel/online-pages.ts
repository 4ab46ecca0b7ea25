/** online_pages(): gives a hot-added range to a zone and to the buddy allocator. mm/memory_hotplug.c, v6.1. */
import { ERRNO } from '../errors.ts'
import { add, call, cost, fail, lock, op, read, unlock, warn, write } from '../executors/step.ts'
import { ZONE, type Zone } from '../state/zone.ts'
import { memoryNotify, nodeNotify } from './notifier.ts'
import { onlineMemSections } from './sections.ts'
import { onlinePageCallback } from './subblocks.ts'
import { removePfnRangeFromZone } from './zone-shrink.ts'
import { adjustPresentPageCount, movePfnRangeToZone } from './zone-span.ts'

/**
 * online_pages_range(): hands the pages to the online callback, which frees them to the buddy and raises managed; then
 * marks the sections online.
 */
const onlinePagesRange = op('online_pages_range', 'mm/memory_hotplug.c, v6.1', function* (k, zone: Zone, start: number, nr: number) {
  yield cost(k.profile.decisions.onlineFree === 'order-0' ? 'page free order 0' : 'page free', nr)
  yield call(onlinePageCallback, zone, start, start + nr)
  yield call(onlineMemSections, start, start + nr)
  return 0
})

/** online_pages(): 0, -EINVAL for a misaligned range, -EPERM for a veto (failedOnline says what the spans are then). */
export const onlinePages = op('online_pages', 'mm/memory_hotplug.c, v6.1', function* (k, start: number, nr: number, zone: Zone, groupId: number) {
  const { node } = zone
  if (nr === 0 || start % k.pageblockPages !== 0 || (start + nr) % k.pagesPerSection !== 0) {
    yield warn('', 'online_pages')
    return yield fail(ERRNO.EINVAL, 'start must be a pageblock, end a section border')
  }
  yield call(movePfnRangeToZone, zone, start, nr)

  // node_states_check_changes_online
  const gainsMemory = (yield read(node.hasMemory)) === 0
  const gainsNormal = zone.index <= ZONE.NORMAL && (yield read(node.hasNormalMemory)) === 0

  const nodeChain = gainsMemory && k.profile.decisions.nodeNotifiers === 'own'
  let veto = nodeChain ? yield call(nodeNotify, 'NODE_ADDING_FIRST_MEMORY') : 0
  if (!veto) veto = yield call(memoryNotify, 'MEM_GOING_ONLINE')
  if (veto) {
    yield call(memoryNotify, 'MEM_CANCEL_ONLINE')
    if (nodeChain) yield call(nodeNotify, 'NODE_CANCEL_ADDING_FIRST_MEMORY')
    if (k.profile.decisions.failedOnline === 'restores-spans') yield call(removePfnRangeFromZone, zone, start, nr)
    return veto
  }
  yield lock(zone.lock)
  yield add(zone.nrIsolatePageblock, nr / k.pageblockPages)
  yield unlock(zone.lock)
  const rebuild = (yield read(zone.present)) === 0

  yield call(onlinePagesRange, zone, start, nr)
  yield call(adjustPresentPageCount, start, zone, groupId, nr)

  if (gainsNormal) yield write(node.hasNormalMemory, 1)
  if (gainsMemory) yield write(node.hasMemory, 1)
  if (rebuild) yield cost('build_all_zonelists', 1)

  // undo_isolate_page_range: from here the pages can be allocated
  yield lock(zone.lock)
  yield add(zone.nrIsolatePageblock, -nr / k.pageblockPages)
  yield unlock(zone.lock)
  if (nodeChain) yield call(nodeNotify, 'NODE_ADDED_FIRST_MEMORY')
  yield call(memoryNotify, 'MEM_ONLINE')
  return 0
})
