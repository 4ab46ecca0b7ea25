/**
 * Tools at work on memory blocks: reading and writing the state files of several, in the order in which a folder of sysfs lists them. What
 * a block answers is state_store()'s affair (memory-block.ts).
 */
import { call, fill, get, op, lock, scan, unlock } from '../executors/step.ts'
import { MEM, MMOP, ONLINE_TYPE_TEXT } from '../state/block.ts'
import type { Kernel } from '../state/kernel.ts'
import { offlineRunEnd, onlineRunEnd } from './block-runs.ts'
import { beginOutside, doneOutside } from './hotplug-locks.ts'
import { deviceOffline, deviceOnline, stateStore } from './memory-block.ts'
import { readdirOrder } from './readdir-order.ts'

export type StateWord = 'offline' | 'online' | 'online_kernel' | 'online_movable'

/** Does a node's folder list the block? -1: /sys/devices/system/memory, which lists every one. */
const linked = (k: Kernel, links: number, node: number): boolean => node < 0 || (k.nodeSets[links] ?? []).includes(node)

/** How many of the blocks first … last there are, of a node (-1: any), in that state (undefined: any). */
export const countBlocks = op('readdir', 'drivers/base/memory.c, v6.1', function* (k, first: number, last: number, node: number, online: boolean | undefined) {
  const end = (last + 1) * k.pagesPerBlock
  let count = 0
  for (let at = first * k.pagesPerBlock; at < end; ) {
    const state = yield get(k.blockState, at)
    const links = yield get(k.blockNodes, at)
    const other = yield scan([k.blockState, k.blockNodes], at, end, k.pagesPerBlock, (s, l) => s !== state || l !== links)
    const to = other < 0 ? end : other
    if (state !== MEM.none && linked(k, links, node) && (online === undefined || (state === MEM.online) === online)) count += (to - at) / k.pagesPerBlock
    at = to
  }
  return count
})

/**
 * Writes `word` to each of the blocks first … last (of a node, or of any: -1) that is not so already, as readdir(3) lists them; the first refusal
 * ends it. Answers how many were written. Where the order cannot matter, runs of alike blocks are done at once.
 */
export const writeBlockStates = op('write', 'drivers/base/memory.c, v6.1', function* (k, first: number, last: number, word: StateWord, node: number) {
  const type = ONLINE_TYPE_TEXT.indexOf(word)
  const from = type === MMOP.offline ? MEM.online : MEM.offline
  const end = (last + 1) * k.pagesPerBlock
  const runs: { readonly start: number; readonly end: number }[] = []
  const next = (at: number) => scan([k.blockState, k.blockNodes], at, end, k.pagesPerBlock, (s, l) => s === from && linked(k, l, node))
  for (let at = yield next(first * k.pagesPerBlock); at >= 0; ) {
    const stop = yield call(type === MMOP.offline ? offlineRunEnd : onlineRunEnd, at, end)
    runs.push({ start: at, end: stop })
    at = stop >= end ? -1 : yield next(stop)
  }
  const blocks = runs.reduce((n, r) => n + (r.end - r.start) / k.pagesPerBlock, 0)
  // a block for itself may refuse, and where a plain online puts a block hangs on those before it
  const anyOrder = runs.length === 1 || (runs.every((r) => r.end - r.start > k.pagesPerBlock) && (word === 'online_movable' || word === 'offline'))
  if (anyOrder) {
    for (const r of runs) {
      yield lock(k.deviceHotplugLock)
      yield* beginOutside(k)
      if (type !== MMOP.offline) yield fill(k.blockOnlineType, r.start, r.end, type)
      const err = type === MMOP.offline ? yield call(deviceOffline, r.start, r.end) : yield call(deviceOnline, r.start, r.end)
      yield* doneOutside(k)
      yield unlock(k.deviceHotplugLock)
      if (err < 0) return err
    }
    return blocks
  }
  const each = runs.flatMap((r) => Array.from({ length: (r.end - r.start) / k.pagesPerBlock }, (_, i) => r.start + i * k.pagesPerBlock))
  for (const block of readdirOrder(each, (pfn) => `memory${k.blockOf(pfn)}`)) {
    const err = yield call(stateStore, block, word)
    if (err < 0) return err
  }
  return blocks
})
