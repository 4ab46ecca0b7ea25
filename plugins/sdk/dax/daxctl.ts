/**
 * What daxctl does with a device-dax instance: sysfs reads and writes around the drivers' own steps. Order, checks and refusals are
 * those of daxctl 76. Answers 0 or a negative errno; -EALREADY where daxctl ends with a status of 1 because there was nothing to do.
 */
import type { MachineView } from '../device-type.ts'
import { ERRNO, kernel, type Steps } from '../steps.ts'
import { daxUnbind, devDaxKmemProbe, devDaxProbe, type DevDax } from './dev-dax.ts'

/** daxctl_dev_get_memory(): it is there while kmem is bound. */
const hasMemory = (d: DevDax): boolean => d.daxDriver === 'kmem'

/** First and last block of a device as daxctl counts them: one that begins right behind the device as well, when it is on the same node. */
const blocksOf = (d: DevDax, machine: MachineView): readonly [first: number, last: number] => [Math.ceil(d.daxStart / machine.blockSize), Math.floor(d.daxEnd / machine.blockSize)]

/** How many blocks there are, and how many of them are online: daxctl_memory_num_sections() and _is_online(). */
export function* countBlocks(d: DevDax, machine: MachineView, count: { all: number; online: number }): Steps {
  const blocks = blocksOf(d, machine)
  count.all = yield kernel.countBlocks(...blocks, { node: d.targetNode })
  count.online = yield kernel.countBlocks(...blocks, { node: d.targetNode, online: true })
  return 0
}

/** daxctl online-memory: each block that is not online yet, into Movable or where a plain `online` puts it. The first refusal ends it. */
export function* onlineMemory(d: DevDax, movable: boolean, machine: MachineView): Steps {
  if (!hasMemory(d)) return yield kernel.fail(ERRNO.ENXIO, `${d.daxName} is not in system-ram mode`)
  const count = { all: 0, online: 0 }
  yield* countBlocks(d, machine, count)
  if (count.online === count.all) return yield kernel.fail(ERRNO.EALREADY, `all memory blocks (${count.all}) of ${d.daxName} are online already`)
  const err = yield kernel.writeBlockStates(...blocksOf(d, machine), movable ? 'online_movable' : 'online', d.targetNode)
  return err < 0 ? err : 0
}

/** daxctl offline-memory: each block that is online. The first refusal ends it; blocks taken before stay offline. */
export function* offlineMemory(d: DevDax, machine: MachineView): Steps {
  if (!hasMemory(d)) return yield kernel.fail(ERRNO.ENXIO, `${d.daxName} is not in system-ram mode`)
  const count = { all: 0, online: 0 }
  yield* countBlocks(d, machine, count)
  if (count.online === 0) return yield kernel.fail(ERRNO.EALREADY, `all memory blocks (${count.all}) of ${d.daxName} are offline already`)
  const err = yield kernel.writeBlockStates(...blocksOf(d, machine), 'offline', d.targetNode)
  return err < 0 ? err : 0
}

export interface ReconfigureOptions {
  readonly mode: 'devdax' | 'system-ram'
  /** To system-ram: online the blocks as well (without --no-online), into Movable (without --no-movable). */
  readonly online: boolean
  readonly movable: boolean
  /** --force: to devdax: offline the blocks first. */
  readonly force: boolean
}

/** daxctl reconfigure-device --mode=… */
export function* reconfigureDevice(d: DevDax, options: ReconfigureOptions, machine: MachineView): Steps {
  return options.mode === 'system-ram' ? yield* reconfigModeSystemRam(d, options, machine) : yield* reconfigModeDevdax(d, options, machine)
}

function* reconfigModeSystemRam(d: DevDax, { online, movable, force }: ReconfigureOptions, machine: MachineView): Steps {
  if ((!online || movable) && !force && machine.autoOnline !== 'offline')
    return yield kernel.fail(ERRNO.EBUSY, `daxctl gives up: the kernel would online the blocks by itself (auto_online_blocks is "${machine.autoOnline}")`)
  if (!hasMemory(d)) {
    // daxctl_dev_disable, daxctl_dev_enable_ram
    yield* daxUnbind(d)
    const err = yield* devDaxKmemProbe(d, machine)
    if (err < 0) return err
  }
  if (!online) return 0
  const err = yield* onlineMemory(d, movable, machine)
  return err === -ERRNO.EALREADY ? 0 : err
}

function* reconfigModeDevdax(d: DevDax, { force }: ReconfigureOptions, machine: MachineView): Steps {
  if (d.daxDriver === 'device_dax') return 0
  if (hasMemory(d)) {
    if (force) {
      const err = yield* offlineMemory(d, machine)
      if (err < 0 && err !== -ERRNO.EALREADY) return err
    }
    const count = { all: 0, online: 0 }
    yield* countBlocks(d, machine, count)
    if (count.online > 0) return yield kernel.fail(ERRNO.EBUSY, `${count.online} of ${count.all} memory blocks of ${d.daxName} are online`)
    // daxctl_dev_disable
    yield* daxUnbind(d)
  }
  return yield* devDaxProbe(d, machine)
}

/** daxctl disable-device: for devdax mode only. */
export function* disableDevice(d: DevDax): Steps {
  if (hasMemory(d)) return yield kernel.fail(ERRNO.ENXIO, `${d.daxName} is in system-ram mode`)
  return yield* daxUnbind(d)
}

/** daxctl enable-device: binds device_dax. */
export function* enableDevice(d: DevDax, machine: MachineView): Steps {
  if (hasMemory(d)) return yield kernel.fail(ERRNO.ENXIO, `${d.daxName} is in system-ram mode`)
  return d.daxDriver === 'device_dax' ? 0 : yield* devDaxProbe(d, machine)
}
