/** Plugging and unplugging in big-block mode. drivers/virtio/virtio_mem.c, v6.1: virtio_mem_bbm_*. */
import { ERRNO, kernel, type Steps } from '../sdk/index.ts'
import { addHolder, addressOf, couldAdd, offlineIn, removed, type Vm } from './device.ts'
import { meets, minus, plus } from './runs.ts'
import type { Wanted } from './sub-block-mode.ts'

const MOVABLE = 4

/** virtio_mem_bbm_plug_request(): unused big blocks, from the lowest on. 0, -ENOSPC, or why adding failed. */
export function* plugRequest(vm: Vm, wanted: Wanted): Steps {
  for (let block = 0; wanted.units > 0; block++) {
    if (meets(vm.added, block, block + 1)) continue
    if (block >= vm.holders) return yield kernel.fail(ERRNO.ENOSPC, 'no usable big block is left in the region')
    if (!couldAdd(vm, vm.holder)) return yield kernel.fail(ERRNO.ENOSPC, `${vm.offlineSize / 2 ** 20} MiB are added and not online: more is added once some of it is onlined`)
    vm.plugged = plus(vm.plugged, block, block + 1)
    const rc = yield* addHolder(vm, block)
    if (rc < 0) {
      vm.plugged = minus(vm.plugged, block, block + 1)
      return rc
    }
    wanted.units--
  }
  return 0
}

/** virtio_mem_bbm_unplug_request(): big blocks that are offline, then those that are offline or Movable, then all, from the highest down. 0 or -EBUSY. */
export function* unplugRequest(vm: Vm, wanted: Wanted): Steps {
  for (const pass of ['offline', 'movable', 'any'] as const) {
    for (const block of vm.added.flatMap(([a, b]) => Array.from({ length: b - a }, (_, i) => a + i)).reverse()) {
      if (pass !== 'any' && !(yield* isIn(vm, block, pass))) continue
      if ((yield* offlineRemoveAndUnplug(vm, block)) === 0) wanted.units--
      if (wanted.units === 0) return 0
    }
  }
  return yield kernel.fail(ERRNO.EBUSY, `${(wanted.units * vm.unit) / 2 ** 20} MiB stay plugged: their pages cannot move`)
}

const blocksIn = (vm: Vm, block: number): number[] => Array.from({ length: vm.holder / vm.memoryBlock }, (_, i) => addressOf(vm, block) + i * vm.memoryBlock)

/** virtio_mem_bbm_bb_is_offline() and _is_movable(): 1 or 0. */
function* isIn(vm: Vm, block: number, state: 'offline' | 'movable'): Steps {
  for (const at of blocksIn(vm, block)) {
    const zone = yield kernel.memoryBlockZone(at)
    if (zone > 0 && (state === 'offline' || zone !== MOVABLE)) return 0
  }
  return 1
}

/** virtio_mem_bbm_offline_remove_and_unplug_bb(): everything online is made fake-offline first; a page that cannot move undoes it. 0 or -EBUSY. */
function* offlineRemoveAndUnplug(vm: Vm, block: number): Steps {
  const offline = yield* offlineIn(vm, block)
  const taken: number[] = []
  let rc = 0
  for (const at of blocksIn(vm, block)) {
    rc = yield kernel.setSubblocks(at, vm.memoryBlock, false)
    if (rc < 0) break
    taken.push(at)
  }
  if (rc === 0) rc = yield kernel.offlineAndRemoveMemory(addressOf(vm, block), vm.holder)
  if (rc < 0) {
    for (const at of taken) yield kernel.setSubblocks(at, vm.memoryBlock, true)
    return -ERRNO.EBUSY
  }
  vm.plugged = minus(vm.plugged, block, block + 1)
  // what was online is counted as offline by the notifier on the way
  vm.offlineSize -= offline
  removed(vm, block)
  return 0
}
