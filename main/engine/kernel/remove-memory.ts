/** remove_memory() and offline_and_remove_memory(). mm/memory_hotplug.c, v6.1. */
import { ERRNO } from '../errors.ts'
import { bug, call, fail, fill, get, KERN_ERR, KERN_WARNING, lock, op, print, scan, unlock, warn } from '../executors/step.ts'
import { MEM, MMOP } from '../state/block.ts'
import { pageZone } from '../state/page.ts'
import { ZONE } from '../state/zone.ts'
import { lockDeviceHotplug, memHotplugBegin, memHotplugDone, unlockDeviceHotplug } from './hotplug-locks.ts'
import { releaseMemoryResource } from './mem-region.ts'
import { removeMemoryBlocksAndAltmaps } from './add-memory.ts'
import { offlineRunEnd } from './block-runs.ts'
import { deviceOffline, deviceOnline, nextBlock, removeMemoryBlockDevices } from './memory-block.ts'
import { tryOfflineNode } from './node-online.ts'
import { livePgmaps, pfnToOnlinePage } from './online-page.ts'
import { archRemoveMemory } from './sections.ts'

/** check_memblock_offlined_cb() over the range: -EBUSY and a line for the first block that is not offline. */
const checkBlocksOffline = op('check_memblock_offlined_cb', 'mm/memory_hotplug.c, v6.1', function* (k, start: number, end: number) {
  const online = yield scan([k.blockState], start, end, k.pagesPerBlock, (state) => state !== MEM.none && state !== MEM.offline)
  if (online < 0) return 0
  const address = (pfn: number): string => '0x' + (pfn * k.pageSize).toString(16).padStart(16, '0')
  const last = '0x' + ((online + k.pagesPerBlock) * k.pageSize - 1).toString(16).padStart(16, '0')
  yield print(KERN_WARNING, `removing memory fails, because memory [${address(online)}-${last}] is onlined`)
  return yield fail(ERRNO.EBUSY, `memory block ${k.blockOf(online)} is online`)
})

/**
 * try_remove_memory(): needs device_hotplug_lock. -EBUSY (a BUG until v5.2) while a block is not offline; self-hosted blocks go one at a time
 * (-EINVAL). A range without blocks or sections "succeeds" with WARNs. Misaligned is a BUG in the kernel; -EINVAL here names it.
 */
export const tryRemoveMemory = op('try_remove_memory', 'mm/memory_hotplug.c, v6.1', function* (k, start: number, size: number) {
  if (size === 0 || start % k.blockBytes !== 0 || size % k.blockBytes !== 0)
    return yield fail(ERRNO.EINVAL, 'BUG: the range is not made of whole memory blocks (check_hotplug_memory_range)')
  const pfn = start / k.pageSize
  const nr = size / k.pageSize
  const { blockDevices, removeOnline, resourceRelease } = k.profile.decisions
  const checkedInside = blockDevices === 'with-each-section' || blockDevices === 'all-inside-lock'
  if (checkedInside) yield call(memHotplugBegin)
  const err = yield call(checkBlocksOffline, pfn, pfn + nr)
  if (err) {
    if (removeOnline === 'bug') return yield bug('kernel BUG at mm/memory_hotplug.c: remove_memory() of a memory block that is not offline')
    if (checkedInside) yield call(memHotplugDone)
    return err
  }
  // the node of the last block seen
  const lastBlock = yield scan([k.blockState], pfn + nr - k.pagesPerBlock, pfn, -k.pagesPerBlock, (state) => state !== MEM.none)
  const nid = lastBlock < 0 ? -1 : (yield get(k.blockNode, lastBlock)) - 1
  const eachBlock = k.profile.decisions.memmapOnMemory === 'each-block'
  const selfHosted = k.memmapOnMemory !== 'off' && (yield scan([k.blockVmemmapPages], pfn, pfn + nr, k.pagesPerBlock, (n) => n !== 0)) >= 0
  if (selfHosted && !eachBlock && size !== k.blockBytes) {
    yield print(KERN_WARNING, `Refuse to remove 0x${start.toString(16)} - 0x${(start + size).toString(16)},wrong granularity`)
    return yield fail(ERRNO.EINVAL, 'blocks that hold their own memmap are removed one at a time')
  }
  if (blockDevices === 'removed-before-lock') yield call(removeMemoryBlockDevices, pfn, nr)
  if (!checkedInside) yield call(memHotplugBegin)
  const known = nid < 0 ? undefined : nid
  if (selfHosted && eachBlock) {
    // memory_blocks_have_altmaps(): all of them or none
    if ((yield scan([k.blockVmemmapPages], pfn, pfn + nr, k.pagesPerBlock, (n) => n === 0)) >= 0) {
      yield warn('', 'memory_blocks_have_altmaps')
      yield call(memHotplugDone)
      return yield fail(ERRNO.EINVAL, 'some of the blocks hold their own memmap, some do not')
    }
    yield call(removeMemoryBlocksAndAltmaps, pfn, nr, known)
  } else {
    if (blockDevices === 'removed-inside-lock' || blockDevices === 'all-inside-lock') yield call(removeMemoryBlockDevices, pfn, nr)
    yield call(archRemoveMemory, pfn, nr, 0, known)
  }
  // the RAM is gone, and what the user had marked on it
  yield fill(k.mark, pfn, pfn + nr, 0)
  yield fill(k.subblock, pfn, pfn + nr, 0)
  if (resourceRelease === 'remove-memory') yield call(releaseMemoryResource, start, size)
  const node = k.nodes.get(nid)
  if (node) yield call(tryOfflineNode, node)
  yield call(memHotplugDone)
  return 0
})

export const removeMemory = op('remove_memory', 'mm/memory_hotplug.c, v6.1', function* (k, start: number, size: number) {
  yield* lockDeviceHotplug(k)
  const ret = yield call(tryRemoveMemory, start, size)
  yield* unlockDeviceHotplug(k)
  return ret
})

/** try_offline_memory_block(): MMOP of the zone it was in when it went offline now, MMOP.offline otherwise, or -errno. */
const tryOfflineMemoryBlock = op('try_offline_memory_block', 'mm/memory_hotplug.c, v6.1', function* (k, block: number, end: number) {
  let type: number = MMOP.onlineKernel
  const flags = yield get(k.sectionFlags, block)
  const bit = yield get(k.subsectionMap, block)
  const pgmap = yield get(k.pgmapIndex, block)
  const live = yield* livePgmaps(k)
  if (pfnToOnlinePage(flags, bit, pgmap, live) && pageZone(yield get(k.page, block)) === ZONE.MOVABLE) type = MMOP.onlineMovable
  const ret = yield call(deviceOffline, block, end)
  if (ret < 0) return ret
  return ret === 0 ? type : MMOP.offline
})

/**
 * offline_and_remove_memory(): offlines block by block; a refusal re-onlines what it had taken, each to the kind of zone
 * it was in.
 */
export const offlineAndRemoveMemory = op('offline_and_remove_memory', 'mm/memory_hotplug.c, v6.1', function* (k, start: number, size: number) {
  if (size === 0 || start % k.blockBytes !== 0 || size % k.blockBytes !== 0)
    return yield fail(ERRNO.EINVAL, 'start and size must be multiples of the memory block size')
  const pfn = start / k.pageSize
  const end = (start + size) / k.pageSize
  const taken: { readonly block: number; readonly stop: number; readonly type: number }[] = []
  let ret = 0
  yield lock(k.deviceHotplugLock)
  let block = yield call(nextBlock, pfn, end)
  while (block >= 0) {
    const stop = yield call(offlineRunEnd, block, end)
    const type = yield call(tryOfflineMemoryBlock, block, stop)
    if (type < 0) {
      ret = type
      break
    }
    if (type !== MMOP.offline) taken.push({ block, stop, type })
    block = yield call(nextBlock, stop, end)
  }
  if (!ret) {
    ret = yield call(tryRemoveMemory, start, size)
    if (ret) yield print(KERN_ERR, `offline_and_remove_memory: Failed to remove memory: ${ret}`)
  }
  if (ret)
    for (const { block: first, stop: last, type } of taken)
      for (let at = first; at < last; ) {
        yield fill(k.blockOnlineType, at, at + k.pagesPerBlock, type)
        const stop = at + k.pagesPerBlock
        const rc = yield call(deviceOnline, at, stop)
        if (rc < 0) yield print(KERN_WARNING, `try_reonline_memory_block: Failed to re-online memory: ${rc}`)
        at = stop
      }
  yield unlock(k.deviceHotplugLock)
  return ret
})
