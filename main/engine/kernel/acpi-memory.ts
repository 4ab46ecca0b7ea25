/** ACPI memory devices: plugging and ejecting a DIMM. drivers/acpi/acpi_memhotplug.c and scan.c, v6.1. */
import { ERRNO } from '../errors.ts'
import { call, fail, KERN_ERR, KERN_WARNING, lock, op, print, readRef, unlock, writeRef } from '../executors/step.ts'
import { addMemoryLocked, mhpSupportsMemmapOnMemory } from './add-memory.ts'
import { offlineRunEnd, onlineRunEnd } from './block-runs.ts'
import { deviceOffline, deviceOnline, nextBlock } from './memory-block.ts'
import { memoryGroupRegisterStatic, memoryGroupUnregister } from './memory-group.ts'
import { tryRemoveMemory } from './remove-memory.ts'
import { alignDown, alignUp } from '../units.ts'

/**
 * acpi_memory_device_add(): one static group a device, add_memory for its range, memmap on memory where that is possible.
 * -EEXIST of add_memory counts as success (firmware had the range in its map); any other error leaves the device unbound.
 */
export const acpiMemoryDeviceAdd = op('acpi_memory_device_add', 'drivers/acpi/acpi_memhotplug.c, v6.1', function* (k, id: string, start: number, size: number, node: number) {
  yield lock(k.deviceHotplugLock)
  // groups came with auto-movable
  const group = k.profile.decisions.autoMovable === 'none' ? 0 : yield call(memoryGroupRegisterStatic, node, Math.ceil(size / k.pageSize))
  let ret = group < 0 ? group : 0
  if (group >= 0) {
    ret = yield call(addMemoryLocked, node, start, size, group, { memmapOnMemory: mhpSupportsMemmapOnMemory(k, size) }, 'System RAM')
    const enabled = ret === 0 || ret === -ERRNO.EEXIST
    if (!enabled) {
      yield print(KERN_ERR, `acpi PNP0C80: add_memory failed`)
      yield print(KERN_ERR, `acpi PNP0C80: acpi_memory_enable_device() error`)
      if (group > 0) yield call(memoryGroupUnregister, group)
    }
    const dimms = yield* readRef(k.dimms)
    yield writeRef(k.dimms, [...dimms, { id, start, size, node, group: enabled ? group : 0, enabled }])
  }
  yield unlock(k.deviceHotplugLock)
  return ret
})

/**
 * acpi_scan_hot_remove(): offlines the device's blocks one by one, errors ignored; with an error a second pass over those
 * still online; if one refuses again, all that were taken come back with a plain `online` and the eject fails with -EBUSY.
 */
export const acpiScanHotRemove = op('acpi_scan_hot_remove', 'drivers/acpi/scan.c, v6.1', function* (k, id: string) {
  const dimms = yield* readRef(k.dimms)
  const dimm = dimms.find((d) => d.id === id)
  if (!dimm) return yield fail(ERRNO.ENODEV, `no memory device "${id}"`)
  // walk_memory_blocks() when the blocks were bound: every block that the range touches
  const first = alignDown(dimm.start / k.pageSize, k.pagesPerBlock)
  const end = alignUp((dimm.start + dimm.size) / k.pageSize, k.pagesPerBlock)
  // runs of blocks that were taken, by their first pfn
  const putOnline = new Map<number, number>()
  yield lock(k.deviceHotplugLock)
  let refused = -1
  if (dimm.enabled)
    for (const pass of [1, 2]) {
      if (pass === 2 && refused < 0) break
      refused = -1
      let block = yield call(nextBlock, first, end)
      while (block >= 0) {
        let stop = putOnline.get(block)
        if (stop === undefined) {
          stop = yield call(offlineRunEnd, block, end)
          const ret = yield call(deviceOffline, block, stop)
          if (ret === 0) putOnline.set(block, stop)
          else if (ret < 0) {
            refused = block
            if (pass === 2) break
          }
        }
        block = yield call(nextBlock, stop, end)
      }
    }
  if (refused >= 0) {
    yield print(KERN_WARNING, `memory memory${k.blockOf(refused)}: Offline failed.`)
    for (const [first, last] of [...putOnline].sort((a, b) => a[0] - b[0]))
      for (let at = first; at < last; ) {
        const stop = yield call(onlineRunEnd, at, last)
        yield call(deviceOnline, at, stop)
        at = stop
      }
    yield unlock(k.deviceHotplugLock)
    return yield fail(ERRNO.EBUSY, `memory block ${k.blockOf(refused)} cannot go offline; blocks taken before came back with a plain online`)
  }
  if (dimm.enabled) {
    // __remove_memory(): an error is a BUG, which ends the eject. Only firmware's own range (add_memory had said -EEXIST) can be misaligned
    const err = yield call(tryRemoveMemory, dimm.start, dimm.size)
    if (err) {
      yield unlock(k.deviceHotplugLock)
      return err
    }
    if (dimm.group > 0) yield call(memoryGroupUnregister, dimm.group)
  }
  yield writeRef(k.dimms, (yield* readRef(k.dimms)).filter((d) => d.id !== id))
  yield unlock(k.deviceHotplugLock)
  return 0
})
