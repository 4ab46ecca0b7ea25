/** mem_hotplug_begin/done: cpu_hotplug_lock for reading, then mem_hotplug_lock for writing. mm/memory_hotplug.c, v4.13+. */
import { call, lock, op, unlock, type Step } from '../executors/step.ts'
import type { Kernel } from '../state/kernel.ts'

export const memHotplugBegin = op('mem_hotplug_begin', 'mm/memory_hotplug.c, v4.13+', function* (k) {
  yield lock(k.cpuHotplugLock, 'read')
  yield lock(k.memHotplugLock, 'write')
  return 0
})

export const memHotplugDone = op('mem_hotplug_done', 'mm/memory_hotplug.c, v4.13+', function* (k) {
  yield unlock(k.memHotplugLock)
  yield unlock(k.cpuHotplugLock)
  return 0
})

type Locking = Generator<Step, void, number>

/** mem_hotplug_begin() of online_pages() and offline_pages(), in kernels where they take it themselves (hotplugLockPlace). */
export function* beginInside(k: Kernel): Locking {
  if (k.profile.decisions.hotplugLockPlace === 'online-pages') yield call(memHotplugBegin)
}
export function* doneInside(k: Kernel): Locking {
  if (k.profile.decisions.hotplugLockPlace === 'online-pages') yield call(memHotplugDone)
}

/** mem_hotplug_begin() of their callers, in kernels where those take it. */
export function* beginOutside(k: Kernel): Locking {
  if (k.profile.decisions.hotplugLockPlace === 'caller') yield call(memHotplugBegin)
}
export function* doneOutside(k: Kernel): Locking {
  if (k.profile.decisions.hotplugLockPlace === 'caller') yield call(memHotplugDone)
}

/** device_hotplug_lock of add_memory() and remove_memory(), in kernels where they take it themselves. */
export function* lockDeviceHotplug(k: Kernel): Locking {
  if (k.profile.decisions.deviceHotplugLock === 'itself') yield lock(k.deviceHotplugLock)
}
export function* unlockDeviceHotplug(k: Kernel): Locking {
  if (k.profile.decisions.deviceHotplugLock === 'itself') yield unlock(k.deviceHotplugLock)
}
