/** Commands about devices: finds the type, checks the parameters, runs its hook; a hook that throws leaves no trace. */
import type { Command, CommandResult } from './command.ts'
import { refuse, result } from './command-result.ts'
import { absentFrom, checkParams, type DeviceTypes } from './devices.ts'
import { ERRNO } from './errors.ts'
import type { RunOutcome } from './executors/run.ts'
import type { Booted } from './boot/boot.ts'
import { addDevice, deviceAction, removeDevice } from './kernel/device.ts'
import { deviceView, machineView } from './machine-view.ts'

type DeviceCommand = Extract<Command, { op: 'add_device' | 'remove_device' | 'device_action' }>

export function executeDevice(booted: Booted, types: DeviceTypes, command: DeviceCommand): CommandResult {
  const { kernel: k, store, executor } = booted
  const machine = machineView(k, store)
  if (command.op === 'add_device') {
    const type = types.get(command.type)
    if (!type) return refuse(ERRNO.ENODEV, `no device type "${command.type}"; there are ${types.ids.join(', ') || 'none'}`)
    const absent = absentFrom(type, booted.kernel.profile)
    if (absent) return refuse(ERRNO.EOPNOTSUPP, `${type.id}: ${absent}`)
    const checked = checkParams(type.params, command.params)
    if (!checked.ok) return refuse(ERRNO.EINVAL, `${command.type}: ${checked.problems.join('; ')}`)
    const params = checked.values as never
    const node = typeof checked.values['node'] === 'number' ? checked.values['node'] : -1
    const device = { name: command.name, type: type.id, params: checked.values, node, regions: [], pgmaps: [], ram: [], data: {} }
    return guarded(booted, type.id, 'onPlug', () => executor.run(addDevice, device, type.plug({ name: command.name, params, machine })))
  }
  const device = store.ref(k.devices).find((d) => d.name === command.name)
  if (!device) return refuse(ERRNO.ENODEV, `no device "${command.name}"`)
  const type = types.get(device.type)
  if (!type) return refuse(ERRNO.ENODEV, `device type "${device.type}" of "${device.name}" is not there`)
  const context = { name: device.name, params: device.params as never, machine, device: deviceView(device) }
  if (command.op === 'remove_device') return guarded(booted, type.id, 'onUnplug', () => executor.run(removeDevice, device.name, type.unplug(context)))
  const action = Object.hasOwn(type.actions ?? {}, command.action) ? type.actions?.[command.action] : undefined
  if (!action) return refuse(ERRNO.EOPNOTSUPP, `${type.id} has no action "${command.action}"; there are ${Object.keys(type.actions ?? {}).join(', ') || 'none'}`)
  const args = checkParams(action.params, command.params)
  if (!args.ok) return refuse(ERRNO.EINVAL, `${type.id} ${command.action}: ${args.problems.join('; ')}`)
  return guarded(booted, type.id, command.action, () => executor.run(deviceAction, device.name, action.run({ ...context, args: args.values })))
}

/** Runs a hook; when it throws, everything it did is undone and the error names type, hook and place. */
function guarded(booted: Booted, type: string, hook: string, run: () => RunOutcome): CommandResult {
  const { store } = booted
  const from = store.journal.applied
  try {
    return result(run())
  } catch (e) {
    store.travel(from)
    store.journal.entries.length = from
    const error = e instanceof Error ? e : new Error(String(e))
    return { ...refuse(ERRNO.EIO, `device type ${type}, ${hook}${placeOf(error)}: ${error.message}`), hookError: true }
  }
}

/** " at file:line" of the innermost frame that is not the engine's, when the stack says. */
function placeOf(error: Error): string {
  const frame = /\(?((?:[\w.@-]+[\\/])*plugins[\\/][^():\s]+):(\d+):\d+\)?/.exec(error.stack ?? '')
  return frame ? ` at ${frame[1]}:${frame[2]}` : ''
}
