/** Commands about devices: finds the type, checks the parameters, runs its hook; a hook that throws leaves no trace. */
import type { Command, CommandResult } from './command.ts'
import { refuse, result } from './command-result.ts'
import { absentFrom, checkParams, HookError, type DeviceTypes } from './devices.ts'
import { ERRNO } from './errors.ts'
import type { RunOutcome } from './executors/run.ts'
import type { Booted } from './boot/boot.ts'
import { addDevice, deviceAction, removeDevice } from './kernel/device.ts'
import { NeverReturns } from './kernel/plugin-steps.ts'
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
    // they nest in the order in which the type lists them, whichever it takes first
    for (const lock of type.locks ?? []) k.pluginLock(lock)
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

/**
 * What drivers queued while a command ran: a memory block went online, and the device that it belongs to has work to do. Its log
 * lines and steps are added to the command's; the command's answer stays.
 */
export function withQueuedWork(booted: Booted, types: DeviceTypes, block: { readonly start: number; readonly end: number }, answer: CommandResult): CommandResult {
  const { kernel: k, store, executor } = booted
  let all = answer
  for (const device of store.ref(k.devices)) {
    const type = types.get(device.type)
    const { onOnline } = type ?? {}
    if (!type || !onOnline || !device.regions.some((r) => r.start <= block.start && block.end <= r.end)) continue
    const context = { name: device.name, params: device.params as never, machine: machineView(k, store), device: deviceView(device), block }
    const work = guarded(booted, type.id, 'onOnline', () => executor.run(deviceAction, device.name, onOnline(context)))
    all = { ...all, log: [...all.log, ...work.log], steps: all.steps + work.steps, ...(work.hookError && work.reason !== undefined ? { hookError: true, reason: work.reason } : {}) }
  }
  return all
}

/**
 * Runs a hook; when it throws, everything it did is undone and the error names type, hook and place. A hook that waits for a page which
 * nobody gives back would never return: it is undone as well, and answers -EINTR.
 */
function guarded(booted: Booted, type: string, hook: string, run: () => RunOutcome): CommandResult {
  const { store } = booted
  const from = store.journal.applied
  const undo = (): void => {
    store.travel(from)
    store.journal.entries.length = from
  }
  try {
    return result(run())
  } catch (e) {
    undo()
    if (e instanceof NeverReturns) return refuse(ERRNO.EINTR, e.message)
    const error = e instanceof Error ? e : new Error(String(e))
    if (error instanceof HookError) {
      const inner = error.fn === undefined || error.fn === hook ? '' : ` (${error.fn})`
      return { ...refuse(ERRNO.EIO, `plugin ${error.plugin}: device type ${type}, ${hook}${error.place === undefined ? '' : ` at ${error.place}`}${inner}: ${error.message}`), hookError: true }
    }
    return { ...refuse(ERRNO.EIO, `device type ${type}, ${hook}${placeOf(error)}: ${error.message}`), hookError: true }
  }
}

/** " at file:line" of the innermost frame that is not the engine's, when the stack says. */
function placeOf(error: Error): string {
  const frame = /\(?((?:[\w.@-]+[\\/])*plugins[\\/][^():\s]+):(\d+):\d+\)?/.exec(error.stack ?? '')
  return frame ? ` at ${frame[1]}:${frame[2]}` : ''
}
