/** A machine as a folded strip for lists: widths in equal units, terabytes of nothing as one fold. */
import type { StripPart, ZoneKey } from '../../preload/contract.ts'
import { MEM } from '../engine/state/block.ts'
import type { Engine } from '../engine/engine.ts'
import { zoneKeyOfBlock } from './zone-key.ts'

export function strip(engine: Engine): StripPart[] {
  const { kernel: k, store } = engine.booted
  const out: StripPart[] = []
  let end = 0
  store.eachRun([k.blockState, k.blockZone], 0, k.pluggableEnd / k.pageSize, (s, e, state, zid) => {
    if (!state) return
    if (s > end && s - end > 2 * k.pagesPerBlock && out.length) out.push({ kind: 'fold', hidden: (s - end) * k.pageSize })
    const blocks = (e - s) / k.pagesPerBlock
    const zone: ZoneKey = zoneKeyOfBlock(zid ?? 0, state !== MEM.offline)
    out.push({ kind: 'run', zone: zone === 'several' ? firstZone(engine, s) : zone, state: state === MEM.offline ? 'offline' : 'online', weight: blocks, blocks })
    end = e
  })
  return out
}

/** A block of several zones is drawn as the zone that most of its pages are in. */
function firstZone(engine: Engine, pfn: number): ZoneKey {
  const { kernel: k, store } = engine.booted
  const pages = new Map<number, number>()
  store.eachRun([k.page], pfn, pfn + k.pagesPerBlock, (s, e, page) => {
    if (page) pages.set((page >> 4) & 7, (pages.get((page >> 4) & 7) ?? 0) + e - s)
  })
  const best = [...pages].sort((a, b) => b[1] - a[1])[0]
  return best ? zoneKeyOfBlock(best[0] + 1, true) : 'several'
}
