/** Plugging and unplugging in sub-block mode. drivers/virtio/virtio_mem.c, v6.1: virtio_mem_sbm_*. */
import { ERRNO, kernel, type Steps } from '../sdk/index.ts'
import { addHolder, addressOf, couldAdd, removed, unitsPerHolder, type Vm } from './device.ts'
import { covers, meets, minus, plus, within } from './runs.ts'

/** VIRTIO_MEM_SBM_MB_*: where the block is online, and whether all of it is plugged. */
type State = 'offline' | 'offline-partial' | 'kernel' | 'kernel-partial' | 'movable' | 'movable-partial'
const MOVABLE = 4

/** Sub-blocks that are wanted, counted down as they come or go. */
export interface Wanted { units: number }

const unitsOf = (vm: Vm, block: number): readonly [number, number] => [block * unitsPerHolder(vm), (block + 1) * unitsPerHolder(vm)]
const fullyPlugged = (vm: Vm, block: number): boolean => covers(vm.plugged, ...unitsOf(vm, block))
const fullyUnplugged = (vm: Vm, block: number): boolean => !meets(vm.plugged, ...unitsOf(vm, block))
const blocksOf = (vm: Vm): number[] => vm.added.flatMap(([a, b]) => Array.from({ length: b - a }, (_, i) => a + i))

/** Is a block in this state now? Answers 1 or 0. */
function* isIn(vm: Vm, block: number, state: State): Steps {
  if (fullyPlugged(vm, block) === state.endsWith('-partial')) return 0
  const zone = yield kernel.memoryBlockZone(addressOf(vm, block))
  const where = zone === 0 ? 'offline' : zone === MOVABLE ? 'movable' : 'kernel'
  return zone >= 0 && state.startsWith(where) ? 1 : 0
}

/** Blocks in a state, as a loop over them finds them: each is asked when its turn comes. */
function* eachBlock(vm: Vm, state: State, reverse: boolean, visit: (block: number) => Steps): Steps {
  const blocks = blocksOf(vm)
  for (const block of reverse ? blocks.reverse() : blocks) {
    if (!(yield* isIn(vm, block, state))) continue
    const rc = yield* visit(block)
    if (rc) return rc
  }
  return 0
}
/** Ends a loop without an error. */
const ENOUGH = 1

/** virtio_mem_sbm_plug_request(): partly plugged blocks first, then new ones, from the lowest on. 0, -ENOSPC, or why adding failed. */
export function* plugRequest(vm: Vm, wanted: Wanted): Steps {
  for (const state of ['kernel-partial', 'movable-partial', 'offline-partial'] as const) {
    const rc = yield* eachBlock(vm, state, false, function* (block) {
      yield* plugAnySubblocks(vm, block, wanted)
      return wanted.units === 0 ? ENOUGH : 0
    })
    if (rc === ENOUGH) return 0
  }
  for (let block = 0; wanted.units > 0; block++) {
    if (meets(vm.added, block, block + 1)) continue
    if (block >= vm.holders) return yield kernel.fail(ERRNO.ENOSPC, 'no usable memory block is left in the region')
    if (!couldAdd(vm, vm.holder)) return yield kernel.fail(ERRNO.ENOSPC, `${vm.offlineSize / 2 ** 20} MiB are added and not online: more is added once some of it is onlined`)
    const rc = yield* plugAndAdd(vm, block, wanted)
    if (rc < 0) return rc
  }
  return 0
}

/** virtio_mem_sbm_plug_any_sb(): fills the gaps of a block from its start; pages of an online block go to the buddy allocator. */
function* plugAnySubblocks(vm: Vm, block: number, wanted: Wanted): Steps {
  const [first, end] = unitsOf(vm, block)
  for (let unit = first; unit < end && wanted.units > 0; ) {
    if (covers(vm.plugged, unit, unit + 1)) {
      unit++
      continue
    }
    let count = 1
    while (count < wanted.units && unit + count < end && !covers(vm.plugged, unit + count, unit + count + 1)) count++
    vm.plugged = plus(vm.plugged, unit, unit + count)
    yield kernel.setSubblocks(vm.first + unit * vm.unit, count * vm.unit, true)
    wanted.units -= count
    unit += count
  }
  return 0
}

/** virtio_mem_sbm_plug_and_add_mb(): plugs first, so that onlining finds what is plugged. */
function* plugAndAdd(vm: Vm, block: number, wanted: Wanted): Steps {
  const [first, end] = unitsOf(vm, block)
  const count = Math.min(wanted.units, end - first)
  vm.plugged = plus(vm.plugged, first, first + count)
  if (first + count < end) yield kernel.setSubblocks(vm.first + (first + count) * vm.unit, (end - first - count) * vm.unit, false)
  const rc = yield* addHolder(vm, block)
  if (rc < 0) {
    vm.plugged = minus(vm.plugged, first, first + count)
    yield kernel.setSubblocks(addressOf(vm, block), vm.holder, true)
    return rc
  }
  wanted.units -= count
  return 0
}

/** virtio_mem_sbm_unplug_request(): offline blocks first, then Movable before kernel zones, partly plugged before full, from the highest down. 0 or -EBUSY. */
export function* unplugRequest(vm: Vm, wanted: Wanted): Steps {
  for (const state of ['offline-partial', 'offline', 'movable-partial', 'kernel-partial', 'movable', 'kernel'] as const) {
    const rc = yield* eachBlock(vm, state, true, function* (block) {
      if (state.startsWith('offline')) yield* unplugOffline(vm, block, wanted)
      else yield* unplugOnline(vm, block, wanted)
      return wanted.units === 0 ? ENOUGH : 0
    })
    if (rc === ENOUGH) return 0
  }
  return yield kernel.fail(ERRNO.EBUSY, `${(wanted.units * vm.unit) / 2 ** 20} MiB stay plugged: their pages cannot move`)
}

/** virtio_mem_sbm_unplug_any_sb_offline(): from the end of the block; without a plugged sub-block it is removed. */
function* unplugOffline(vm: Vm, block: number, wanted: Wanted): Steps {
  const runs = within(vm.plugged, ...unitsOf(vm, block))
  for (const [a, b] of [...runs].reverse()) {
    const count = Math.min(wanted.units, b - a)
    if (count === 0) break
    vm.plugged = minus(vm.plugged, b - count, b)
    yield kernel.setSubblocks(vm.first + (b - count) * vm.unit, count * vm.unit, false)
    wanted.units -= count
  }
  if (!fullyUnplugged(vm, block)) return 0
  const rc = yield kernel.removeMemory(addressOf(vm, block), vm.holder)
  if (rc < 0) return rc
  vm.offlineSize -= vm.holder
  removed(vm, block)
  return 0
}

/** virtio_mem_sbm_unplug_any_sb_online(): the whole block if that will do, else sub-blocks from its end, busy ones skipped; then offline and remove. */
function* unplugOnline(vm: Vm, block: number, wanted: Wanted): Steps {
  const [first, end] = unitsOf(vm, block)
  const per = end - first
  const unplug = function* (unit: number, count: number): Steps {
    const rc = yield kernel.setSubblocks(vm.first + unit * vm.unit, count * vm.unit, false)
    if (rc < 0) return rc
    vm.plugged = minus(vm.plugged, unit, unit + count)
    wanted.units -= count
    return 0
  }
  const whole = wanted.units >= per && fullyPlugged(vm, block) && (yield* unplug(first, per)) === 0
  if (!whole) for (let unit = end - 1; unit >= first && wanted.units > 0; unit--) if (covers(vm.plugged, unit, unit + 1)) yield* unplug(unit, 1)
  if (fullyUnplugged(vm, block) && (yield kernel.offlineAndRemoveMemory(addressOf(vm, block), vm.holder)) === 0) removed(vm, block)
  return 0
}

/** virtio_mem_deinit_hotplug(): offline blocks that are partly plugged go, since nobody would keep the rest of them from being onlined. */
export function* removePartialOffline(vm: Vm): Steps {
  return yield* eachBlock(vm, 'offline-partial', false, function* (block) {
    const rc = yield kernel.removeMemory(addressOf(vm, block), vm.holder)
    if (rc === 0) removed(vm, block)
    return rc
  })
}
