/**
 * Memory block devices that come and go with each section. drivers/base/memory.c, until v5.2. Later kernels make and remove all blocks of a
 * range at once (memory-block.ts).
 */
import { fill, lock, op, scan, unlock } from '../executors/step.ts'
import { MEM } from '../state/block.ts'
import type { Kernel } from '../state/kernel.ts'
import { SECTION } from '../state/section.ts'
import { alignDown, alignUp } from '../units.ts'

/** All fields that say something of a block, for loops over alike blocks. */
export const blockFields = (k: Kernel) =>
  [k.blockState, k.blockZone, k.blockNode, k.blockNodes, k.blockOnlineType, k.blockVmemmapPages, k.blockGroup] as const

/**
 * hotplug_memory_register(), for the sections of [pfn, end): an offline block for each that has none yet; a section of a block that is there
 * joins it, whatever its state.
 */
export const hotplugMemoryRegister = op('hotplug_memory_register', 'drivers/base/memory.c, until v5.2', function* (k, node: number, pfn: number, end: number) {
  const last = alignUp(end, k.pagesPerBlock)
  for (let block = alignDown(pfn, k.pagesPerBlock); block < last; ) {
    const there = yield scan([k.blockState], block, last, k.pagesPerBlock, (state) => state !== MEM.none)
    const cut = there === block ? block + k.pagesPerBlock : there < 0 ? last : there
    if (there !== block) {
      yield lock(k.deviceLock)
      yield fill(k.blockState, block, cut, MEM.offline)
      yield unlock(k.deviceLock)
      yield fill(k.blockNode, block, cut, node + 1)
    }
    block = cut
  }
  return 0
})

/** unregister_memory_section(), for the sections of [pfn, end): a block goes with the last of its sections. Sections without one are passed over. */
export const unregisterMemorySection = op('unregister_memory_section', 'drivers/base/memory.c, until v5.2', function* (k, pfn: number, end: number) {
  const last = alignUp(end, k.pagesPerBlock)
  for (let block = alignDown(pfn, k.pagesPerBlock); block < last; ) {
    const whole = block >= pfn && block + k.pagesPerBlock <= end
    const cut = whole ? alignDown(end, k.pagesPerBlock) : block + k.pagesPerBlock
    const left = (from: number, to: number) => scan([k.sectionFlags], from, to, k.pagesPerSection, (flags) => (flags & SECTION.present) !== 0)
    const others = !whole && ((yield left(block, Math.max(block, pfn))) >= 0 || (yield left(Math.min(cut, end), cut)) >= 0)
    if (!others && (yield scan([k.blockState], block, cut, k.pagesPerBlock, (state) => state !== MEM.none)) >= 0) {
      yield lock(k.deviceLock)
      for (const field of blockFields(k)) yield fill(field, block, cut, 0)
      yield unlock(k.deviceLock)
    }
    block = cut
  }
  return 0
})
