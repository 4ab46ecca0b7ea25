/**
 * How far a walk over memory blocks may go in one go. The kernel walks block by block; where the next blocks are alike and
 * nothing can tell them apart on the way, doing them at once ends in the same state (test/property/grain.test.ts holds it
 * against one block at a time). Each answers the end of the run, at least one block further.
 */
import { extent, get, op, read, readRef } from '../executors/step.ts'
import { MEM } from '../state/block.ts'
import { ONLINE_POLICY, type Kernel } from '../state/kernel.ts'
import { pageReserved } from '../state/page.ts'
import { systemRamBytes } from '../state/resource-tree.ts'
import { alignDown, alignUp } from '../units.ts'
import { blockFields } from './memory-block.ts'

/** Everything by which onlining or offlining could treat two blocks differently. */
const telling = (k: Kernel) => [...blockFields(k), k.page, k.sectionFlags, k.subsectionMap, k.pgmapIndex, k.mark, k.subblock]

/**
 * Onlining a run: the zone is chosen for each block by the spans at that moment, so a run ends where a span of the node begins or
 * ends; auto-movable counts pages and goes block by block.
 */
export const onlineRunEnd = op('walk_memory_blocks', 'drivers/base/memory.c, v6.1', function* (k, block: number, end: number) {
  const one = block + k.pagesPerBlock
  if ((yield get(k.blockVmemmapPages, block)) || (yield read(k.onlinePolicy)) === ONLINE_POLICY.autoMovable) return one
  // a veto ends the walk at the first block
  if ((yield* readRef(k.notifiers)).some((n) => n.event !== 'MEM_GOING_OFFLINE' && n.event !== 'NODE_REMOVING_LAST_MEMORY')) return one
  let cut = yield extent(telling(k), block, alignUp(end, k.pagesPerBlock), k.pagesPerBlock)
  const node = k.nodes.get((yield get(k.blockNode, block)) - 1)
  for (const zone of node?.zones ?? []) {
    const start = yield read(zone.startPfn)
    const spanned = yield read(zone.spanned)
    if (spanned === 0) continue
    for (const edge of [start, start + spanned]) if (edge > block && edge < cut) cut = Math.max(one, alignDown(edge, k.pagesPerBlock))
  }
  return cut
})

/** Offlining a run: only where no block can refuse for a reason of its own. */
export const offlineRunEnd = op('walk_memory_blocks', 'drivers/base/memory.c, v6.1', function* (k, block: number, end: number) {
  const one = block + k.pagesPerBlock
  const cut = yield extent(telling(k), block, alignUp(end, k.pagesPerBlock), k.pagesPerBlock)
  if (cut === one || (yield get(k.blockState, block)) === MEM.offline) return cut
  const alone =
    (yield get(k.blockVmemmapPages, block)) !== 0 || (yield get(k.blockZone, block)) === 0 || (yield get(k.mark, block)) !== 0 ||
    pageReserved(yield get(k.page, block)) || (yield read(k.signalPending)) !== 0
  if (alone || (yield* readRef(k.notifiers)).some((n) => n.event === 'MEM_GOING_OFFLINE' || n.event === 'NODE_REMOVING_LAST_MEMORY')) return one
  const ram = systemRamBytes(yield* readRef(k.iomem), block * k.pageSize, cut * k.pageSize, k.pageSize) / k.pageSize
  return ram === cut - block ? cut : one
})
