/** What the driver keeps about one device (struct virtio_mem), and how it becomes the notes of a device and back. */
import { kernel, type DeviceView, type KernelStep, type MachineView, type Steps } from '../sdk/index.ts'
import { minus, parseRuns, plus, runsText, sizeOf, type Runs } from './runs.ts'

/** Fixed when the driver binds. Bytes. */
export interface Geometry {
  /** dev_name(): "virtio0". */
  readonly name: string
  readonly start: number
  readonly end: number
  readonly node: number
  readonly deviceBlock: number
  readonly memoryBlock: number
  /** SBM: a memory block holds several sub-blocks, each plugged or not. BBM: a big block is one or more memory blocks. */
  readonly mode: 'SBM' | 'BBM'
  /** Sub-block, or big block. */
  readonly unit: number
  /** What is added to Linux at once: a memory block (SBM), a big block (BBM). */
  readonly holder: number
  /** Address of the first holder, and how many are usable: both ends are rounded inwards. */
  readonly first: number
  readonly holders: number
  /** Most memory that may be added and not be online. */
  readonly offlineThreshold: number
}

/** What changes. */
export interface Vm extends Geometry {
  group: number
  /** Units that are plugged, counted from `first`. */
  plugged: Runs
  /** Holders that are added to Linux. */
  added: Runs
  requested: number
  broken: boolean
  /** Memory that is added and not online; counted when a run of the driver's work starts. */
  offlineSize: number
  /** Something was removed, so that work is queued again. */
  again: boolean
}

const GIB = 2 ** 30

/** virtio_mem_init_hotplug(): mode and sizes. */
export function geometry(name: string, params: { readonly at: number; readonly size: number; readonly block: number; readonly node: number }, machine: MachineView): Geometry {
  const { at, size, block, node } = params
  const memoryBlock = machine.blockSize
  const subBlock = Math.max(machine.contigSize, block)
  const mode = subBlock < memoryBlock ? 'SBM' : 'BBM'
  const holder = mode === 'SBM' ? memoryBlock : Math.max(block, memoryBlock)
  const first = Math.ceil(at / holder) * holder
  const last = Math.floor(Math.min(at + size, machine.pluggableEnd) / holder) * holder
  return {
    name, start: at, end: at + size, node, deviceBlock: block, memoryBlock, mode, unit: mode === 'SBM' ? subBlock : holder, holder, first,
    holders: Math.max(0, (last - first) / holder), offlineThreshold: Math.max(2 * holder, 2 * memoryBlock, GIB),
  }
}

export const unitsPerHolder = (vm: Geometry): number => vm.holder / vm.unit
export const addressOf = (vm: Geometry, holder: number): number => vm.first + holder * vm.holder
export const pluggedSize = (vm: Vm): number => sizeOf(vm.plugged) * vm.unit

export const fresh = (g: Geometry): Vm => ({ ...g, group: 0, plugged: [], added: [], requested: 0, broken: false, offlineSize: 0, again: false })

/** From the notes of a device. */
export function load(device: DeviceView, machine: MachineView): Vm {
  const { params, data } = device
  const number = (value: unknown): number => (typeof value === 'number' ? value : 0)
  const g = geometry(String(data['name']), { at: number(params['at']), size: number(params['size']), block: number(params['block']), node: number(params['node']) }, machine)
  return {
    ...g, group: number(data['group']), plugged: parseRuns(String(data['units'])), added: parseRuns(String(data['added'])), requested: number(data['requested']),
    broken: data['broken'] === true, offlineSize: 0, again: false,
  }
}

/** To the notes of a device. */
export const note = (vm: Vm): KernelStep => kernel.remember({
  ram: vm.added.map(([a, b]) => ({ start: addressOf(vm, a), end: addressOf(vm, b) })),
  data: {
    name: vm.name, mode: vm.mode, unit: vm.unit, group: vm.group, requested: vm.requested, plugged: pluggedSize(vm), units: runsText(vm.plugged), added: runsText(vm.added),
    broken: vm.broken,
  },
})

export const info = (vm: Geometry, text: string): KernelStep => kernel.print(6, `virtio_mem ${vm.name}: ${text}`)
export const warning = (vm: Geometry, text: string): KernelStep => kernel.print(4, `virtio_mem ${vm.name}: ${text}`)

/** Memory of a holder that is not online. Answers bytes. */
export function* offlineIn(vm: Vm, holder: number): Steps {
  let bytes = 0
  for (let at = addressOf(vm, holder); at < addressOf(vm, holder + 1); at += vm.memoryBlock) if ((yield kernel.memoryBlockZone(at)) === 0) bytes += vm.memoryBlock
  return bytes
}

/** Counts vm->offline_size anew, which the driver keeps up to date by its notifier. */
export function* countOffline(vm: Vm): Steps {
  vm.offlineSize = 0
  for (const [a, b] of vm.added) for (let holder = a; holder < b; holder++) vm.offlineSize += yield* offlineIn(vm, holder)
  return 0
}

/** virtio_mem_could_add_memory() */
export const couldAdd = (vm: Vm, size: number): boolean => vm.offlineSize + size <= vm.offlineThreshold

/** virtio_mem_add_memory(): adds a holder; it may be onlined at once. 0, or what add_memory_driver_managed() answers. */
export function* addHolder(vm: Vm, holder: number): Steps {
  const rc = yield kernel.addMemoryDriverManaged(vm.node, addressOf(vm, holder), vm.holder, 'System RAM (virtio_mem)', vm.group, true)
  if (rc < 0) {
    yield warning(vm, `adding memory failed: ${rc}`)
    return rc
  }
  vm.added = plus(vm.added, holder, holder + 1)
  vm.offlineSize += yield* offlineIn(vm, holder)
  return 0
}

/** After a holder was removed from Linux: work is queued again, since memory has become free. */
export function removed(vm: Vm, holder: number): void {
  vm.added = minus(vm.added, holder, holder + 1)
  vm.again = true
}
