/**
 * What a command comes to: a kernel operation with its arguments, for any executor, or a refusal before kernel code runs (a device that
 * is not there, a parameter that is wrong, a file that cannot be opened).
 */
import { ERRNO } from './errors.ts'
import type { Booted } from './boot/boot.ts'
import type { Command, CommandResult } from './command.ts'
import { refuse } from './command-result.ts'
import { absentFrom, checkParams, type DeviceTypes } from './devices.ts'
import { call, op, type Operation } from './executors/step.ts'
import { acpiMemoryDeviceAdd, acpiScanHotRemove } from './kernel/acpi-memory.ts'
import { addMemory } from './kernel/add-memory.ts'
import { addDevice, deviceAction, removeDevice } from './kernel/device.ts'
import { releaseMemRegion, requestMemRegion } from './kernel/mem-region.ts'
import { onlineStore, stateStore } from './kernel/memory-block.ts'
import { offlineAndRemoveMemory, removeMemory } from './kernel/remove-memory.ts'
import { markPages, registerNotifier, setPolicy, setSignal } from './kernel/user.ts'
import { MEM } from './state/block.ts'

/** An operation with its arguments: `repeatable` operations of the executors are called so. */
export interface Bound {
  readonly operation: Operation<readonly unknown[]>
  readonly args: readonly unknown[]
  /** The device type and hook that the operation runs, for what is said when a hook throws. */
  readonly hook?: { readonly type: string; readonly name: string }
}

export type OperationOf = { readonly ok: true; readonly bound: Bound } | { readonly ok: false; readonly refused: CommandResult }

/** An operation and arguments that fit it. */
export function bind<A extends readonly unknown[]>(operation: Operation<A>, ...args: A): Bound {
  return { operation: operation as unknown as Operation<readonly unknown[]>, args }
}

const of = (bound: Bound): OperationOf => ({ ok: true, bound })
const no = (errno: number, reason: string): OperationOf => ({ ok: false, refused: refuse(errno, reason) })

/** A signal ends what would not end by itself. */
const stateStoreSignalled = op('state_store', 'drivers/base/memory.c, v6.1, with a signal', function* (_k, block: number, word: string) {
  yield call(setSignal, true)
  const ret = yield call(stateStore, block, word)
  yield call(setSignal, false)
  return ret
})

export function operationOf(booted: Booted, types: DeviceTypes, command: Command): OperationOf {
  const { kernel: k, store } = booted
  switch (command.op) {
    case 'add_memory': return of(bind(addMemory, command.node, command.start, command.size, command))
    case 'remove_memory': return of(bind(removeMemory, command.start, command.size))
    case 'offline_and_remove_memory': return of(bind(offlineAndRemoveMemory, command.start, command.size))
    case 'plug_dimm': {
      const taken = store.ref(k.dimms).some((d) => d.id === command.id)
      if (taken) return no(ERRNO.EEXIST, `a DIMM "${command.id}" is plugged already`)
      if (command.size <= 0 || command.start % k.pageSize !== 0 || command.size % k.pageSize !== 0) return no(ERRNO.EINVAL, 'a DIMM covers whole pages')
      return of(bind(acpiMemoryDeviceAdd, command.id, command.start, command.size, command.node))
    }
    case 'unplug_dimm': return of(bind(acpiScanHotRemove, command.id))
    case 'block': {
      const pfn = command.block * k.pagesPerBlock
      // open(2) of a file that is not there
      if (store.at(k.blockState, pfn) === MEM.none) return no(ERRNO.ENOENT, `memory block ${command.block} does not exist`)
      if (command.file === 'online') return of(bind(onlineStore, pfn, command.state))
      return of(bind(command.signal ? stateStoreSignalled : stateStore, pfn, command.state))
    }
    case 'add_device':
    case 'remove_device':
    case 'device_action': return deviceOperationOf(booted, types, command)
    case 'request_region': return of(bind(requestMemRegion, command.start, command.size, command.name))
    case 'release_region': return of(bind(releaseMemRegion, command.start, command.size))
    case 'mark': return of(bind(markPages, command.start, command.size, command.as))
    case 'policy': return of(bind(setPolicy, command.name, command.value))
    case 'notifier': return of(bind(registerNotifier, command.name, command.event, command.answer === 'veto'))
  }
}

type DeviceCommand = Extract<Command, { op: 'add_device' | 'remove_device' | 'device_action' }>

/** Finds the type and checks the parameters. */
function deviceOperationOf(booted: Booted, types: DeviceTypes, command: DeviceCommand): OperationOf {
  const { kernel: k, store } = booted
  if (command.op === 'add_device') {
    const type = types.get(command.type)
    if (!type) return no(ERRNO.ENODEV, `no device type "${command.type}"; there are ${types.ids.join(', ') || 'none'}`)
    const absent = absentFrom(type, k.profile)
    if (absent) return no(ERRNO.EOPNOTSUPP, `${type.id}: ${absent}`)
    const checked = checkParams(type.params, command.params)
    if (!checked.ok) return no(ERRNO.EINVAL, `${command.type}: ${checked.problems.join('; ')}`)
    const params = checked.values as never
    // they nest in the order in which the type lists them, whichever it takes first
    for (const lock of type.locks ?? []) k.pluginLock(lock)
    const node = typeof checked.values['node'] === 'number' ? checked.values['node'] : -1
    const device = { name: command.name, type: type.id, params: checked.values, node, regions: [], pgmaps: [], ram: [], data: {} }
    return of({ ...bind(addDevice, device, (machine) => type.plug({ name: command.name, params, machine })), hook: { type: type.id, name: 'onPlug' } })
  }
  const device = store.ref(k.devices).find((d) => d.name === command.name)
  if (!device) return no(ERRNO.ENODEV, `no device "${command.name}"`)
  const type = types.get(device.type)
  if (!type) return no(ERRNO.ENODEV, `device type "${device.type}" of "${device.name}" is not there`)
  const context = { name: device.name, params: device.params as never }
  if (command.op === 'remove_device') return of({ ...bind(removeDevice, device.name, (machine, seen) => type.unplug({ ...context, machine, device: seen })), hook: { type: type.id, name: 'onUnplug' } })
  const action = Object.hasOwn(type.actions ?? {}, command.action) ? type.actions?.[command.action] : undefined
  if (!action) return no(ERRNO.EOPNOTSUPP, `${type.id} has no action "${command.action}"; there are ${Object.keys(type.actions ?? {}).join(', ') || 'none'}`)
  const args = checkParams(action.params, command.params)
  if (!args.ok) return no(ERRNO.EINVAL, `${type.id} ${command.action}: ${args.problems.join('; ')}`)
  return of({ ...bind(deviceAction, device.name, (machine, seen) => action.run({ ...context, machine, device: seen, args: args.values })), hook: { type: type.id, name: command.action } })
}
