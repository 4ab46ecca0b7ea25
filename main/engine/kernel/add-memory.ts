/** add_memory(): RAM appears. Zones and spans do not change here; that is online's work. mm/memory_hotplug.c, v6.1. */
import { ERRNO } from '../errors.ts'
import { call, fail, fill, KERN_ERR, KERN_WARNING, lock, op, print, read, readRef, unlock, warn, write, writeRef } from '../executors/step.ts'
import { MMOP } from '../state/block.ts'
import { mergeSystemRam, releaseResource, requestRegion, requestResource } from '../state/resource-tree.ts'
import type { Kernel } from '../state/kernel.ts'
import { alignUp, hex } from '../units.ts'
import { lockDeviceHotplug, memHotplugBegin, memHotplugDone, unlockDeviceHotplug } from './hotplug-locks.ts'
import { warnUnaddressable } from './mem-region.ts'
import { onlineRunEnd } from './block-runs.ts'
import { createMemoryBlockDevices, deviceOnline, nextBlock, registerMemoryBlocksUnderNode, removeMemoryBlockDevices } from './memory-block.ts'
import { tryOnlineNode } from './node-online.ts'
import { archAddMemory, archRemoveMemory } from './sections.ts'

/**
 * register_memory_resource(): -E2BIG outside what can be mapped (an empty range counts as outside) where anybody asks at this point, -EEXIST on a
 * busy overlap, or on any as long as RAM does not nest.
 */
const registerMemoryResource = op('register_memory_resource', 'mm/memory_hotplug.c', function* (k, start: number, size: number, name: string) {
  const { ramNesting, rangeLimit } = k.profile.decisions
  // mhp_range_allowed
  if (rangeLimit === 'pluggable' && (size === 0 || start + size > k.pluggableEnd)) {
    yield print(KERN_WARNING, `Hotplug memory [${hex(start)}-${hex(start + size)}] exceeds maximum addressable range [0x0-${hex(k.pluggableEnd - 1)}]`)
    return yield fail(ERRNO.E2BIG, size === 0 ? 'size is 0' : `range ends beyond ${hex(k.pluggableEnd)}`)
  }
  yield lock(k.resourceLock, 'write')
  const tree = yield* readRef(k.iomem)
  const { root, conflict } = ramNesting === 'allowed' ? requestRegion(tree, start, start + size, name, true) : requestResource(tree, start, start + size, name, true)
  if (root) yield writeRef(k.iomem, root)
  yield unlock(k.resourceLock)
  if (!root) {
    if (ramNesting === 'allowed') yield* warnUnaddressable(conflict, start, size)
    const what = conflict === tree ? `the range is not inside /proc/iomem, which ends at ${hex(tree.end)}` : conflict ? `"${conflict.name}" ${hex(conflict.start)}-${hex(conflict.end - 1)} is in the way` : 'the range is taken'
    return yield fail(ERRNO.EEXIST, what)
  }
  return 0
})

/** check_hotplug_memory_range(): start and size are multiples of the block size. */
const checkHotplugMemoryRange = op('check_hotplug_memory_range', 'mm/memory_hotplug.c, v4.17+', function* (k, start: number, size: number) {
  if (size !== 0 && start % k.blockBytes === 0 && size % k.blockBytes === 0) return 0
  yield print(KERN_ERR, `Block size [${hex(k.blockBytes)}] unaligned hotplug range: start ${hex(start)}, size ${hex(size)}`)
  return yield fail(ERRNO.EINVAL, `start and size must be multiples of the memory block size ${hex(k.blockBytes)}`)
})

/** memory_block_memmap_on_memory_pages(): pages at the start of a block that hold its memmap; with `force`, whole pageblocks of them. */
const memmapOnMemoryPages = (k: Kernel): number => {
  const pages = Math.ceil((k.pagesPerBlock * k.constants.structPageSize) / k.pageSize)
  return k.memmapOnMemory === 'force' ? alignUp(pages, k.pageblockPages) : pages
}

/**
 * mhp_supports_memmap_on_memory(): the feature is on, whole PMDs of memmap, whole pageblocks for the rest; as long as a range has one memmap
 * (v5.14 … v6.7), exactly one block.
 */
export const mhpSupportsMemmapOnMemory = (k: Kernel, size: number): boolean => {
  const memmap = k.pagesPerBlock * k.constants.structPageSize
  const pmd = k.pageSize * (k.pageSize / 8)
  const oneBlock = k.profile.decisions.memmapOnMemory === 'each-block' || size === k.blockBytes
  const pages = memmapOnMemoryPages(k)
  return k.memmapOnMemory !== 'off' && oneBlock && memmap % pmd === 0 && pages % k.pageblockPages === 0 && pages < k.pagesPerBlock
}

/** MHP_MEMMAP_ON_MEMORY and MHP_MERGE_RESOURCE. */
export interface MhpFlags { readonly memmapOnMemory?: boolean | undefined; readonly merge?: boolean | undefined }

/** add_memory_resource(), after the resource is there. */
const addMemoryResource = op('add_memory_resource', 'mm/memory_hotplug.c, v6.1', function* (k, nid: number, start: number, size: number, group: number, { memmapOnMemory, merge }: MhpFlags, name: string) {
  let err = yield call(checkHotplugMemoryRange, start, size)
  if (err) return err
  const node = k.nodes.get(nid)
  if (!node) {
    yield warn(`node ${nid} was absent from the node_possible_map`)
    return yield fail(ERRNO.EINVAL, `node ${nid} is not possible`)
  }
  const pfn = start / k.pageSize
  const nr = size / k.pageSize
  yield call(memHotplugBegin)
  const newNode = yield call(tryOnlineNode, node, pfn)
  const { blockDevices, hotplugLockPlace, memmapOnMemory: feature, nodeOnline } = k.profile.decisions
  if (newNode && nodeOnline === 'before-sections') yield write(node.online, 1)
  // kernels that never heard of the flag, or that have one memmap a block, ignore it where it cannot be
  const selfHosted = memmapOnMemory === true && feature !== 'none' && (feature === 'one-block' || mhpSupportsMemmapOnMemory(k, size))
  if (selfHosted && !mhpSupportsMemmapOnMemory(k, size)) {
    yield call(memHotplugDone)
    return yield fail(ERRNO.EINVAL, 'memmap_on_memory is not possible for this range')
  }
  if (selfHosted && feature === 'each-block') err = yield call(createAltmapsAndMemoryBlocks, nid, pfn, nr, group)
  else {
    err = yield call(archAddMemory, nid, pfn, nr, 0)
    // until v5.2 blocks came with their sections
    if (!err && blockDevices !== 'with-each-section') {
      err = yield call(createMemoryBlockDevices, nid, pfn, nr, selfHosted ? memmapOnMemoryPages(k) : 0, group)
      if (err) yield call(archRemoveMemory, pfn, nr, 0, nid)
    }
  }
  if (err) {
    if (newNode && nodeOnline === 'before-sections') yield write(node.online, 0)
    yield call(memHotplugDone)
    return err
  }
  if (newNode && nodeOnline === 'after-blocks') yield write(node.online, 1)
  yield call(registerMemoryBlocksUnderNode, nid, pfn, nr)
  if (hotplugLockPlace === 'caller') yield call(onlineAddedBlocks, pfn, nr)
  yield call(memHotplugDone)
  if (merge) {
    yield lock(k.resourceLock, 'write')
    yield writeRef(k.iomem, mergeSystemRam(yield* readRef(k.iomem), start, start + size, name))
    yield unlock(k.resourceLock)
  }
  if (hotplugLockPlace !== 'caller') yield call(onlineAddedBlocks, pfn, nr)
  return 0
})

/** create_altmaps_and_memory_blocks(): each block with a memmap of its own, one after the other; an error takes those before away again. */
const createAltmapsAndMemoryBlocks = op('create_altmaps_and_memory_blocks', 'mm/memory_hotplug.c, v6.8+', function* (k, nid: number, pfn: number, nr: number, group: number) {
  for (let block = pfn; block < pfn + nr; block += k.pagesPerBlock) {
    let err = yield call(archAddMemory, nid, block, k.pagesPerBlock, 0)
    if (!err) {
      err = yield call(createMemoryBlockDevices, nid, block, k.pagesPerBlock, memmapOnMemoryPages(k), group)
      if (err) yield call(archRemoveMemory, block, k.pagesPerBlock, 0, nid)
    }
    if (err) {
      if (block > pfn) yield call(removeMemoryBlocksAndAltmaps, pfn, block - pfn, nid)
      return err
    }
  }
  return 0
})

/** remove_memory_blocks_and_altmaps(): the device and the sections of one block after the other. */
export const removeMemoryBlocksAndAltmaps = op('remove_memory_blocks_and_altmaps', 'mm/memory_hotplug.c, v6.8+', function* (k, pfn: number, nr: number, nid: number | undefined) {
  for (let block = pfn; block < pfn + nr; block += k.pagesPerBlock) {
    yield call(removeMemoryBlockDevices, block, k.pagesPerBlock)
    yield call(archRemoveMemory, block, k.pagesPerBlock, 0, nid)
  }
  return 0
})

/** walk_memory_blocks(online_memory_block) by the policy; an error ends the walk and does not matter. Until v4.19 still inside mem_hotplug_lock. */
const onlineAddedBlocks = op('walk_memory_blocks', 'mm/memory_hotplug.c, v4.13+', function* (k, pfn: number, nr: number) {
  const policy = yield read(k.autoOnline)
  if (policy === MMOP.offline) return 0
  let block = yield call(nextBlock, pfn, pfn + nr)
  while (block >= 0) {
    const end = yield call(onlineRunEnd, block, pfn + nr)
    yield fill(k.blockOnlineType, block, end, policy)
    if (yield call(deviceOnline, block, end)) break
    block = yield call(nextBlock, end, pfn + nr)
  }
  return 0
})

/** __add_memory(): needs device_hotplug_lock. A failure gives the resource back. */
export const addMemoryLocked = op('__add_memory', 'mm/memory_hotplug.c, v6.1', function* (k, node: number, start: number, size: number, group: number, flags: MhpFlags, name: string) {
  const err = yield call(registerMemoryResource, start, size, name)
  if (err) return err
  const ret = yield call(addMemoryResource, node, start, size, group, flags, name)
  if (ret < 0) {
    yield lock(k.resourceLock, 'write')
    const tree = yield* readRef(k.iomem)
    yield writeRef(k.iomem, releaseResource(tree, start, start + size, name))
    yield unlock(k.resourceLock)
  }
  return ret
})

/** add_memory(): takes device_hotplug_lock itself (v4.20+). */
export const addMemory = op('add_memory', 'mm/memory_hotplug.c, v6.1', function* (k, node: number, start: number, size: number, flags: MhpFlags) {
  yield* lockDeviceHotplug(k)
  const ret = yield call(addMemoryLocked, node, start, size, 0, flags, 'System RAM')
  yield* unlockDeviceHotplug(k)
  return ret
})

/**
 * add_memory_driver_managed(): RAM that a driver found; `name` is "System RAM (DRIVER)". `group` is a memory group's id, 0 for none.
 */
export const addMemoryDriverManaged = op('add_memory_driver_managed', 'mm/memory_hotplug.c, v5.8+', function* (k, node: number, start: number, size: number, name: string, group: number, merge: boolean) {
  if (!/^System RAM \(.+\)$/.test(name)) return yield fail(ERRNO.EINVAL, `"${name}" is not of the form "System RAM (DRIVER)"`)
  yield lock(k.deviceHotplugLock)
  const ret = yield call(addMemoryLocked, node, start, size, group, { merge }, name)
  yield unlock(k.deviceHotplugLock)
  return ret
})
