/**
 * Runs a device type's hook: each step that it yields becomes the kernel operation it names, and gets that operation's
 * answer back. The hook is frozen data and numbers; everything shared is touched here, through the model's own steps.
 */
import type { AltmapPages, DeviceMemo, KernelStep, Steps as HookSteps } from '../../../plugins/sdk/index.ts'
import { ERRNO } from '../errors.ts'
import { call, cost, fail, lock, op, print, unlock, updateRef, type Operation } from '../executors/step.ts'
import type { Device } from '../state/device.ts'
import type { Kernel } from '../state/kernel.ts'
import { alignDown } from '../units.ts'
import { addMemory, addMemoryDriverManaged } from './add-memory.ts'
import { allocFreeMemRegion, insertRegion, insertRegionExpandToFit, releaseMemRegion, setRegionFlags, removeRegion, requestFreeMemRegion, requestMemRegion } from './mem-region.ts'
import { countBlocks, writeBlockStates } from './block-files.ts'
import { memoryGroupRegisterStatic, memoryGroupUnregister } from './memory-group.ts'
import { memremapPages, memunmapPages } from './memremap-pages.ts'
import { offlineAndRemoveMemory, removeMemory } from './remove-memory.ts'
import { abandonSubblocks, memoryBlockZone, setSubblocks } from './subblocks.ts'

/** Any operation, for the table below. */
type AnyOperation = Operation<readonly never[]>
const invoke = (operation: unknown, ...args: readonly unknown[]) => call(operation as AnyOperation, ...(args as readonly never[]))

/** A hook that waits for something that never comes: nothing behind it happens, and whoever ran it undoes what it had done. */
export class NeverReturns extends Error {}

/** Replaces what is noted about a device. */
const remember = op('remember', 'device type', function* (k, name: string, memo: Partial<DeviceMemo>) {
  yield updateRef(k.devices, (all) => all.map((d): Device => (d.name === name ? { ...d, ...memo } : d)))
  return 0
})

/**
 * The altmap as the profile's drivers fill it in: it begins where the range begins, or, as long as device memory comes in whole sections, at the section
 * border in front, which makes the reserve larger (init_altmap_base(), init_altmap_reserve() of nvdimm).
 */
function driversAltmap(k: Kernel, { reserve, free, base }: AltmapPages, start: number): { readonly basePfn: number; readonly reserve: number; readonly free: number } {
  if (base !== undefined) return { basePfn: base, reserve, free }
  const basePfn = k.profile.decisions.deviceGranularity === 'section' ? alignDown(start, k.pagesPerSection) : start
  return { basePfn, reserve: reserve + start - basePfn, free }
}

/** What a driver calls for RAM that it found: add_memory_driver_managed(), add_memory() before v5.8; before v5.1 no driver did. */
const addDriversRam = op('add_memory_driver_managed', 'drivers', function* (k, node: number, start: number, size: number, name: string, group: number, merge: boolean) {
  switch (k.profile.decisions.driverManaged) {
    case 'none': return yield fail(ERRNO.ENODEV, 'no driver of this kernel gives memory of a device to the kernel as RAM')
    case 'plain': return yield call(addMemory, node, start, size, {})
    case 'named': return yield call(addMemoryDriverManaged, node, start, size, name, group, merge)
  }
})

/** remove_memory() as a driver that is unbound calls it, where it takes its RAM back at all. */
const removeDriversRam = op('remove_memory', 'drivers', function* (k, start: number, size: number) {
  if (k.profile.decisions.driverRamRemoval === 'never') return yield fail(ERRNO.EBUSY, 'the driver has no remove function: its RAM stays until the next boot')
  return yield call(removeMemory, start, size)
})

/** Carries out a hook on behalf of device `name`. Answers what the hook returns. `begin` begins it anew each time. */
export const runHook = op('device type hook', 'plugin', function* (k, name: string, begin: () => HookSteps) {
  const hook = begin()
  let answer = 0
  for (;;) {
    const { value, done } = hook.next(answer)
    if (done) return value
    const s: KernelStep = value
    switch (s.do) {
      case 'request_mem_region': answer = yield invoke(requestMemRegion, s.start, s.size, s.name); break
      case 'release_mem_region': answer = yield invoke(releaseMemRegion, s.start, s.size); break
      case 'request_free_mem_region': answer = yield invoke(requestFreeMemRegion, s.size, s.name); break
      case 'insert_resource':
        answer = yield invoke(insertRegion, { start: s.start, end: s.end, name: s.name, busy: s.busy, sysram: s.sysram ?? false, ...(s.desc ? { desc: s.desc } : {}), children: [] })
        break
      case 'remove_resource': answer = yield invoke(removeRegion, s.start, s.end, s.name); break
      case 'insert_resource_expand_to_fit':
        answer = yield invoke(insertRegionExpandToFit, { start: s.start, end: s.end, name: s.name, busy: false, sysram: false, children: [] })
        break
      case 'set_resource_flags': answer = yield invoke(setRegionFlags, s.start, s.end, s.name, s.busy, s.sysram); break
      case 'alloc_free_mem_region': answer = yield invoke(allocFreeMemRegion, s.base, s.at, s.size, s.align, s.name); break
      case 'memremap_pages': {
        // PHYS_PFN() of start and length
        const start = Math.floor(s.start / k.pageSize)
        const end = start + Math.floor(s.size / k.pageSize)
        answer = yield invoke(memremapPages, {
          type: s.type, ranges: [{ start, end }], node: s.node, owner: name, vmemmapShift: s.vmemmapShift ?? 0,
          ...(s.altmap ? { altmap: driversAltmap(k, s.altmap, start) } : {}),
        })
        break
      }
      case 'memunmap_pages':
        answer = yield invoke(memunmapPages, s.pgmap)
        if (answer === -ERRNO.EINTR) {
          hook.return(answer)
          throw new NeverReturns(`a page of page map ${s.pgmap} is still referenced: memunmap_pages() would wait for ever`)
        }
        break
      case 'add_memory_driver_managed': answer = yield invoke(addDriversRam, s.node, s.start, s.size, s.name, s.group ?? 0, s.merge ?? false); break
      case 'remove_memory': answer = yield invoke(removeDriversRam, s.start, s.size); break
      case 'offline_and_remove_memory': answer = yield invoke(offlineAndRemoveMemory, s.start, s.size); break
      case 'memory_group_register': answer = yield invoke(memoryGroupRegisterStatic, s.node, Math.ceil(s.size / k.pageSize), s.dynamic ?? false); break
      case 'memory_group_unregister': answer = yield invoke(memoryGroupUnregister, s.group); break
      case 'write_block_states': answer = yield invoke(writeBlockStates, s.first, s.last, s.word, s.node ?? -1); break
      case 'count_blocks': answer = yield invoke(countBlocks, s.first, s.last, s.node ?? -1, s.online); break
      case 'memory_block_zone': answer = yield invoke(memoryBlockZone, Math.floor(s.start / k.blockBytes) * k.pagesPerBlock); break
      case 'set_subblocks': answer = yield invoke(setSubblocks, s.start, s.size, s.plugged); break
      case 'abandon_subblocks': answer = yield invoke(abandonSubblocks, s.start, s.size); break
      case 'print': yield print(s.level, s.text); answer = 0; break
      case 'cost': yield cost(s.name, s.units); answer = 0; break
      case 'lock': yield lock(k.pluginLock(s.lock)); answer = 0; break
      case 'unlock': yield unlock(k.pluginLock(s.lock)); answer = 0; break
      case 'fail': answer = yield fail(s.errno, s.reason); break
      case 'remember': answer = yield invoke(remember, name, s.device); break
    }
  }
})
