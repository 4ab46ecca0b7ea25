/** A machine as a folded strip for lists: widths in equal units, terabytes of nothing as one fold. */
import type { StripPart, ZoneKey } from '../../preload/contract.ts'
import { MEM } from '../engine/state/block.ts'
import type { Engine } from '../engine/engine.ts'
import { zoneKeyOfBlock } from './zone-key.ts'

/** A run in pfns; `seams`: it is made of memory blocks. */
interface Piece { readonly start: number; readonly end: number; readonly zone: ZoneKey; readonly state: 'online' | 'offline' | 'reserved'; readonly seams: boolean }

export function strip(engine: Engine): StripPart[] {
  const { kernel: k } = engine.booted
  const out: StripPart[] = []
  let end = 0
  for (const p of pieces(engine)) {
    if (p.start > end && p.start - end > 2 * k.pagesPerBlock && out.length) out.push({ kind: 'fold', hidden: (p.start - end) * k.pageSize })
    const weight = (p.end - p.start) / k.pagesPerBlock
    out.push({ kind: 'run', zone: p.zone, state: p.state, weight, blocks: p.seams ? Math.max(1, Math.round(weight)) : 1 })
    end = p.end
  }
  return out
}

/** How much a strip has to tell: first all that is there, then how varied it is. Of a scenario's moments the one that tells most is shown. */
export const stripTells = (parts: readonly StripPart[]): number =>
  parts.reduce((sum, part) => sum + (part.kind === 'run' ? part.weight : 0), 0) * 1000 + parts.length

/** Memory blocks by zone, and the page maps of devices: these may lie between blocks, or inside one. By address, none overlapping. */
function pieces(engine: Engine): Piece[] {
  const { kernel: k, store } = engine.booted
  const out: Piece[] = []
  const maps = store.ref(k.pgmaps).flatMap((p) => p.ranges.map((r): Piece => ({ start: r.start, end: r.end, zone: 'Device', state: 'reserved', seams: false }))).sort((a, b) => a.start - b.start)
  store.eachRun([k.blockState, k.blockZone], 0, k.pluggableEnd / k.pageSize, (s, e, state, zid) => {
    if (!state) return
    const key = zoneKeyOfBlock(zid ?? 0, state !== MEM.offline)
    const block = { zone: key === 'several' ? firstZone(engine, s) : key, state: state === MEM.offline ? 'offline' as const : 'online' as const, seams: true }
    let at = s
    for (const map of maps) {
      if (map.end <= at || map.start >= e) continue
      if (map.start > at) out.push({ ...block, start: at, end: map.start })
      at = Math.max(at, map.end)
    }
    if (at < e) out.push({ ...block, start: at, end: e })
  })
  return [...out, ...maps].sort((a, b) => a.start - b.start)
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
