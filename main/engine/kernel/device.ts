/** Devices coming and going: what the lab's commands for device types come to. */
import type { Steps as HookSteps } from '../../../plugins/sdk/index.ts'
import { ERRNO } from '../errors.ts'
import { call, fail, op, readRef, updateRef } from '../executors/step.ts'
import type { Device } from '../state/device.ts'
import { runHook } from './plugin-steps.ts'

/** Notes the device, then lets its type plug it; a failure forgets it again. */
export const addDevice = op('add_device', 'device type', function* (k, device: Device, plug: HookSteps) {
  const devices = yield* readRef(k.devices)
  if (devices.some((d) => d.name === device.name)) return yield fail(ERRNO.EEXIST, `a device "${device.name}" is there already`)
  yield updateRef(k.devices, (all) => [...all, device])
  const ret = yield call(runHook, device.name, plug)
  if (ret < 0) yield call(forgetDevice, device.name)
  return ret < 0 ? ret : 0
})

/** Lets its type unplug it; a refusal leaves it. */
export const removeDevice = op('remove_device', 'device type', function* (_k, name: string, unplug: HookSteps) {
  const ret = yield call(runHook, name, unplug)
  if (ret < 0) return ret
  yield call(forgetDevice, name)
  return 0
})

export const deviceAction = op('device action', 'device type', function* (_k, name: string, steps: HookSteps) {
  const ret = yield call(runHook, name, steps)
  return ret < 0 ? ret : 0
})

const forgetDevice = op('forget_device', 'device type', function* (k, name: string) {
  yield updateRef(k.devices, (all) => all.filter((d) => d.name !== name))
  return 0
})
