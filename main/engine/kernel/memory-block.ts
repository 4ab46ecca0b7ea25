/**
 * Memory blocks: the devices behind /sys/devices/system/memory/memoryN. drivers/base/memory.c and core.c, v6.1. Blocks are
 * named by their first pfn.
 */
import { ERRNO } from '../errors.ts'
import { call, extent, fail, fill, get, lock, op, scan, unlock, warn } from '../executors/step.ts'
import { MEM, MMOP, ONLINE_TYPE_TEXT } from '../state/block.ts'
import { MARK } from '../state/kernel.ts'
import { PAGE, packPage } from '../state/page.ts'
import { zoneIdIndex, zoneIdNode } from '../state/zone.ts'
import { alignDown, alignUp } from '../units.ts'
import { blockFields } from './block-devices.ts'
import { beginInside, beginOutside, doneInside, doneOutside } from './hotplug-locks.ts'
import { memoryNotify } from './notifier.ts'
import { offlinePages } from './offline-pages.ts'
import { onlinePages } from './online-pages.ts'
import { offlineMemSections, onlineMemSections } from './sections.ts'
import { zoneForPfnRange } from './zone-choice.ts'
import { removePfnRangeFromZone } from './zone-shrink.ts'
import { adjustPresentPageCount, movePfnRangeToZone } from './zone-span.ts'

export { blockFields } from './block-devices.ts'

/** mhp_init_memmap_on_memory(): the pages that hold the block's own memmap enter the zone, reserved, or (v6.11+) without any mark. v5.14+. */
const mhpInitMemmapOnMemory = op('mhp_init_memmap_on_memory', 'mm/memory_hotplug.c, v6.1', function* (k, start: number, nr: number, zone: number) {
  yield call(movePfnRangeToZone, k.zone(zoneIdNode(zone), zoneIdIndex(zone)), start, nr)
  if (k.profile.decisions.addedPages === 'offline') yield fill(k.page, start, start + nr, packPage(PAGE.initialised, zoneIdNode(zone), zoneIdIndex(zone), false))
  if (nr >= k.pagesPerSection) yield call(onlineMemSections, start, alignDown(start + nr, k.pagesPerSection))
  return 0
})

const mhpDeinitMemmapOnMemory = op('mhp_deinit_memmap_on_memory', 'mm/memory_hotplug.c, v6.1', function* (k, start: number, nr: number, zone: number) {
  if (nr >= k.pagesPerSection) yield call(offlineMemSections, start, alignDown(start + nr, k.pagesPerSection))
  yield call(removePfnRangeFromZone, k.zone(zoneIdNode(zone), zoneIdIndex(zone)), start, nr)
  return 0
})

/** memory_block_online(), for a run of alike blocks: chooses the zone before it takes the hotplug lock (v5.14+), or with it held. */
const memoryBlockOnline = op('memory_block_online', 'drivers/base/memory.c, v6.1', function* (k, block: number, end: number) {
  const nr = end - block
  const vmemmap = yield get(k.blockVmemmapPages, block)
  const group = yield get(k.blockGroup, block)
  const node = (yield get(k.blockNode, block)) - 1
  const onlineType = yield get(k.blockOnlineType, block)
  // memblk_nr_poison()
  if (k.profile.decisions.hwpoisonOnline === 'refused') {
    const poisoned = yield scan([k.mark], block, end, 1, (mark) => mark === MARK.hwpoison)
    if (poisoned >= 0) return yield fail(ERRNO.EHWPOISON, `pfn 0x${poisoned.toString(16)} is hardware-poisoned`)
  }
  const chosenInside = k.profile.decisions.zoneChoicePlace === 'inside-hotplug-lock'
  if (chosenInside) yield* beginInside(k)
  const zid = yield call(zoneForPfnRange, onlineType, node, group, block, k.pagesPerBlock)
  const zone = k.zone(zoneIdNode(zid), zoneIdIndex(zid))
  if (!chosenInside) yield* beginInside(k)
  const prepares = k.profile.decisions.prepareNotifier === 'sent'
  const veto = prepares ? yield call(memoryNotify, 'MEM_PREPARE_ONLINE') : 0
  if (veto) {
    yield* doneInside(k)
    return veto
  }
  if (vmemmap) yield call(mhpInitMemmapOnMemory, block, vmemmap, zid)
  const err = yield call(onlinePages, block + vmemmap, nr - vmemmap, zone, group)
  if (err) {
    if (vmemmap) yield call(mhpDeinitMemmapOnMemory, block, vmemmap, zid)
    if (prepares) yield call(memoryNotify, 'MEM_FINISH_OFFLINE')
  } else {
    if (vmemmap) yield call(adjustPresentPageCount, block, zone, group, vmemmap)
    yield fill(k.blockZone, block, block + nr, zid)
  }
  yield* doneInside(k)
  return err
})

/**
 * memory_block_offline(), for a run of alike blocks: -EINVAL for a block of several zones (block.zone NULL). Kernels whose blocks know no zone
 * find it in offline_pages(); memory_block.zone is kept for them as well, and nobody reads it here.
 */
const memoryBlockOffline = op('memory_block_offline', 'drivers/base/memory.c, v6.1', function* (k, block: number, end: number) {
  const nr = end - block
  const zid = yield get(k.blockZone, block)
  if (k.profile.decisions.blockZone !== 'remembered') {
    yield* beginInside(k)
    const err = yield call(offlinePages, block, nr, undefined, 0)
    if (!err) yield fill(k.blockZone, block, block + nr, 0)
    yield* doneInside(k)
    return err
  }
  if (zid === 0) return yield fail(ERRNO.EINVAL, 'the block spans several zones or nodes (block.zone is NULL)')
  const vmemmap = yield get(k.blockVmemmapPages, block)
  const group = yield get(k.blockGroup, block)
  const zone = k.zone(zoneIdNode(zid), zoneIdIndex(zid))
  yield* beginInside(k)
  if (vmemmap) yield call(adjustPresentPageCount, block, zone, group, -vmemmap)
  const err = yield call(offlinePages, block + vmemmap, nr - vmemmap, zone, group)
  if (err) {
    if (vmemmap) yield call(adjustPresentPageCount, block, zone, group, vmemmap)
  } else {
    if (vmemmap) yield call(mhpDeinitMemmapOnMemory, block, vmemmap, zid)
    yield fill(k.blockZone, block, block + nr, 0)
    if (k.profile.decisions.prepareNotifier === 'sent') yield call(memoryNotify, 'MEM_FINISH_OFFLINE')
  }
  yield* doneInside(k)
  return err
})

/** device_online(), for one block or a run of alike ones: 0, 1 when it is online already, or what onlining answers. drivers/base/core.c. */
export const deviceOnline = op('device_online', 'drivers/base/core.c and memory.c, v6.1', function* (k, block: number, end: number) {
  yield lock(k.deviceLock)
  if ((yield get(k.blockState, block)) !== MEM.offline) {
    yield unlock(k.deviceLock)
    return 1
  }
  // memory_subsys_online
  if ((yield get(k.blockOnlineType, block)) === MMOP.offline) yield fill(k.blockOnlineType, block, end, MMOP.online)
  const err = yield call(memoryBlockOnline, block, end)
  if (!err) yield fill(k.blockState, block, end, MEM.online)
  yield fill(k.blockOnlineType, block, end, MMOP.offline)
  yield unlock(k.deviceLock)
  return err
})

/**
 * device_offline(), for one block or a run of alike ones: 0, 1 when it is offline already, or what offlining answers; a refused
 * block is online as before.
 */
export const deviceOffline = op('device_offline', 'drivers/base/core.c and memory.c, v6.1', function* (k, block: number, end: number) {
  yield lock(k.deviceLock)
  if ((yield get(k.blockState, block)) === MEM.offline) {
    yield unlock(k.deviceLock)
    return 1
  }
  // memory_block_change_state
  yield fill(k.blockState, block, end, MEM.goingOffline)
  const err = yield call(memoryBlockOffline, block, end)
  yield fill(k.blockState, block, end, err ? MEM.online : MEM.offline)
  yield unlock(k.deviceLock)
  return err
})

/** state_store(): a word written to memoryN/state. An unknown word, or a state the block is in already: -EINVAL. */
export const stateStore = op('state_store', 'drivers/base/memory.c, v6.1', function* (k, block: number, word: string) {
  const type = ONLINE_TYPE_TEXT.indexOf(word.replace(/\n$/, '') as (typeof ONLINE_TYPE_TEXT)[number])
  if (type < 0) return yield fail(ERRNO.EINVAL, `"${word}" is not a state`)
  yield lock(k.deviceHotplugLock, 'retry')
  yield* beginOutside(k)
  let ret: number
  if (type === MMOP.offline) ret = yield call(deviceOffline, block, block + k.pagesPerBlock)
  else {
    // kept even when the block turns out to be online already
    yield fill(k.blockOnlineType, block, block + k.pagesPerBlock, type)
    ret = yield call(deviceOnline, block, block + k.pagesPerBlock)
  }
  yield* doneOutside(k)
  yield unlock(k.deviceHotplugLock)
  if (ret > 0) return yield fail(ERRNO.EINVAL, `block is already ${type === MMOP.offline ? 'offline' : 'online'}`)
  return ret
})

/**
 * online_store(): a truth value written to memoryN/online, the attribute that every device which can go offline has. Until v4.19 nobody
 * takes mem_hotplug_lock for it (onlineFile). A block that is so already is no error here.
 */
export const onlineStore = op('online_store', 'drivers/base/core.c, v4.13+', function* (k, block: number, text: string) {
  const on = /^(?:[yY1]|[oO][nN])/.test(text)
  if (!on && !/^(?:[nN0]|[oO][fF])/.test(text)) return yield fail(ERRNO.EINVAL, `"${text}" is no truth value`)
  yield lock(k.deviceHotplugLock, 'retry')
  const locked = k.profile.decisions.onlineFile === 'hotplug-lock'
  if (locked) yield* beginOutside(k)
  const ret = on ? yield call(deviceOnline, block, block + k.pagesPerBlock) : yield call(deviceOffline, block, block + k.pagesPerBlock)
  if (locked) yield* doneOutside(k)
  yield unlock(k.deviceHotplugLock)
  return ret < 0 ? ret : 0
})

/** First block that exists of those that [pfn, end) touches; -1 for none. For walk_memory_blocks(). */
export const nextBlock = op('walk_memory_blocks', 'drivers/base/memory.c, v6.1', function* (k, pfn: number, end: number) {
  return yield scan([k.blockState], alignDown(pfn, k.pagesPerBlock), alignUp(end, k.pagesPerBlock), k.pagesPerBlock, (state) => state !== MEM.none)
})

/** create_memory_block_devices(): one offline block a block size; -EEXIST removes again what it made. */
export const createMemoryBlockDevices = op('create_memory_block_devices', 'drivers/base/memory.c, v6.1', function* (k, nid: number, start: number, nr: number, vmemmap: number, group: number) {
  const end = start + nr
  const taken = yield call(nextBlock, start, end)
  if (taken >= 0) return yield fail(ERRNO.EEXIST, `memory block ${k.blockOf(taken)} exists`)
  for (let block = start; block < end; ) {
    const cut = yield extent([k.blockState], block, end, k.pagesPerBlock)
    yield lock(k.deviceLock)
    yield fill(k.blockState, block, cut, MEM.offline)
    if (k.profile.decisions.blockNid === 'at-creation') yield fill(k.blockNode, block, cut, nid + 1)
    yield fill(k.blockVmemmapPages, block, cut, vmemmap)
    yield fill(k.blockGroup, block, cut, group)
    yield unlock(k.deviceLock)
    block = cut
  }
  return 0
})

/** remove_memory_block_devices(): a block that does not exist gets a WARN (once) and is passed over. */
export const removeMemoryBlockDevices = op('remove_memory_block_devices', 'drivers/base/memory.c, v6.1', function* (k, start: number, nr: number) {
  const end = start + nr
  for (let block = start; block < end; ) {
    const cut = yield extent([k.blockState], block, end, k.pagesPerBlock)
    if ((yield get(k.blockState, block)) === MEM.none) yield warn('', 'remove_memory_block_devices')
    else {
      yield lock(k.deviceLock)
      for (const field of blockFields(k)) yield fill(field, block, cut, 0)
      yield unlock(k.deviceLock)
    }
    block = cut
  }
  return 0
})

/** register_memory_blocks_under_node(MEMINIT_HOTPLUG): block.nid and the sysfs links. */
export const registerMemoryBlocksUnderNode = op('register_memory_blocks_under_node', 'drivers/base/node.c, v6.1', function* (k, node: number, start: number, nr: number) {
  const end = start + nr
  // a section that was there already brought no block (sectionCollision)
  for (let block = yield call(nextBlock, start, end); block >= 0; ) {
    const none = yield scan([k.blockState], block, end, k.pagesPerBlock, (state) => state === MEM.none)
    const cut = none < 0 ? end : none
    if (k.profile.decisions.blockNid === 'at-link') yield fill(k.blockNode, block, cut, node + 1)
    yield fill(k.blockNodes, block, cut, k.nodeSet([node]))
    block = none < 0 ? -1 : yield call(nextBlock, cut, end)
  }
  return 0
})

