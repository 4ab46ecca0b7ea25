/** mem_hotplug_begin/done: cpu_hotplug_lock for reading, then mem_hotplug_lock for writing. mm/memory_hotplug.c, v4.13+. */
import { lock, op, unlock } from '../executors/step.ts'

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
