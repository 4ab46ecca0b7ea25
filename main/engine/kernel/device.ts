/** Devices coming and going: what the lab's commands for device types come to. */
import type { DeviceView, MachineView, Steps as HookSteps } from '../../../plugins/sdk/index.ts'
import { ERRNO } from '../errors.ts'
import { atomic, call, fail, op, updateRef } from '../executors/step.ts'
import { deviceView, seeMachine, viewOf, type Seen } from '../machine-view.ts'
import type { Device } from '../state/device.ts'
import { runHook } from './plugin-steps.ts'

/** A device type's hook, begun anew for each run: what it sees is the machine, and the device, when it starts. */
export type HookStart = (machine: MachineView, device: DeviceView) => HookSteps

/** Notes the device, then lets its type plug it; a failure forgets it again. */
export const addDevice = op('add_device', 'device type', function* (k, device: Device, plug: HookStart) {
  const machine = viewOf(k, (yield atomic(seeMachine)) as unknown as Seen)
  if (machine.devices.some((d) => d.name === device.name)) return yield fail(ERRNO.EEXIST, `a device "${device.name}" is there already`)
  yield updateRef(k.devices, (all) => [...all, device])
  const ret = yield call(runHook, device.name, () => plug(machine, deviceView(device)))
  if (ret < 0) yield call(forgetDevice, device.name)
  return ret < 0 ? ret : 0
})

/** Lets its type unplug it; a refusal leaves it. */
export const removeDevice = op('remove_device', 'device type', function* (_k, name: string, unplug: HookStart) {
  const ret = yield call(hookOf, name, unplug)
  if (ret < 0) return ret
  yield call(forgetDevice, name)
  return 0
})

export const deviceAction = op('device action', 'device type', function* (_k, name: string, action: HookStart) {
  const ret = yield call(hookOf, name, action)
  return ret < 0 ? ret : 0
})

/** A hook of a device that is there. */
const hookOf = op('device type', 'device type', function* (k, name: string, hook: HookStart) {
  const machine = viewOf(k, (yield atomic(seeMachine)) as unknown as Seen)
  const device = machine.devices.find((d) => d.name === name)
  if (!device) return yield fail(ERRNO.ENODEV, `no device "${name}"`)
  return yield call(runHook, name, () => hook(machine, device))
})

const forgetDevice = op('forget_device', 'device type', function* (k, name: string) {
  yield updateRef(k.devices, (all) => all.filter((d) => d.name !== name))
  return 0
})
