/** Struct pages of a machine that is taken over against the zones that were seen: each RAM page that is online lies in a zone that covers it. */
import type { AdoptedBlock } from '../machine/description.ts'
import { MEM } from '../state/block.ts'
import type { Kernel } from '../state/kernel.ts'
import { pageInitialised, pageNode, pageZone } from '../state/page.ts'
import type { RangeStore } from '../state/range-store.ts'
import { zoneId, zoneIdNode } from '../state/zone.ts'
import { alignDown, alignUp } from '../units.ts'
import { putInZone, takeOffline } from './adopt-blocks.ts'
import { isRam, ramPagesOf, type ToldZone } from './adopt-zones.ts'

/**
 * Moves pages that boot put elsewhere into the told zone that spans them, and takes blocks offline that no told zone spans, or that a
 * told zone has no present pages for. Blocks whose state or zone was told are left as they are.
 */
export function placePages(k: Kernel, store: RangeStore, told: readonly ToldZone[], blocks: readonly AdoptedBlock[]): void {
  const stateTold = new Set(blocks.map((b) => b.block))
  const zoneTold = new Set(blocks.filter((b) => b.zone !== undefined && b.zone !== 'none').map((b) => b.block))
  const edges = [...new Set(told.flatMap((z) => [z.start, z.end]))].sort((a, b) => a - b)
  const bare: { start: number; end: number }[] = []
  const moves: { start: number; end: number; zone: number }[] = []
  eachRamRun(k, store, (s, e, page) => {
    const cuts = [s, ...edges.filter((edge) => edge > s && edge < e), e]
    for (let i = 0; i + 1 < cuts.length; i++) {
      const [start, end] = [cuts[i]!, cuts[i + 1]!]
      const zone = zoneFor(page, start, end, told)
      if (zone === undefined) bare.push({ start, end })
      else if (zone !== zoneId(pageNode(page), pageZone(page))) moves.push({ start, end, zone })
    }
  })
  for (const m of moves) eachBlock(k, m.start, m.end, (start, end, block) => {
    if (!zoneTold.has(block)) putInZone(k, store, start, end, m.zone)
  })
  for (const r of bare) eachBlock(k, alignUp(r.start, k.pagesPerBlock), alignDown(r.end, k.pagesPerBlock), (start, end, block) => {
    if (!stateTold.has(block)) takeOffline(k, store, start, end)
  })
  for (const z of told) takeSurplusOffline(k, store, z, stateTold)
  nameZones(k, store, zoneTold)
}

/** The zone of a page of [start, end): its own where that spans it or nobody told of it, else a told one that does, of its node and among kernel zones first. */
function zoneFor(page: number, start: number, end: number, told: readonly ToldZone[]): number | undefined {
  const covering = told.filter((z) => z.start <= start && z.end >= end)
  const own = covering.find((z) => z.node === pageNode(page) && z.index === pageZone(page))
  if (own) return zoneId(own.node, own.index)
  const best = covering.toSorted((a, b) => Number(b.node === pageNode(page)) - Number(a.node === pageNode(page)) || a.index - b.index)[0]
  return best && zoneId(best.node, best.index)
}

/** Nobody said which blocks of the zone are offline: those inside its span, from the top, as its ends are online. */
function takeSurplusOffline(k: Kernel, store: RangeStore, z: ToldZone, stateTold: ReadonlySet<number>): void {
  let surplus = ramPagesOf(k, store, z.node, z.index) - z.present
  const top = alignDown(z.end - 1, k.pagesPerBlock) - k.pagesPerBlock
  for (let start = top; start > z.start && surplus >= k.pagesPerBlock; start -= k.pagesPerBlock) {
    if (stateTold.has(k.blockOf(start)) || store.at(k.blockState, start) !== MEM.online) continue
    const own = store.count([k.page], start, start + k.pagesPerBlock, (page) => pageInitialised(page) && pageNode(page) === z.node && pageZone(page) === z.index)
    if (own !== k.pagesPerBlock) continue
    takeOffline(k, store, start, start + k.pagesPerBlock)
    surplus -= k.pagesPerBlock
  }
}

/** block.zone of online blocks that nobody told: the one zone that their RAM names, or none. */
function nameZones(k: Kernel, store: RangeStore, zoneTold: ReadonlySet<number>): void {
  const zones = new Map<number, number>()
  eachRamRun(k, store, (s, e, page) =>
    eachBlock(k, s, e, (_start, _end, block) => {
      const zone = zoneId(pageNode(page), pageZone(page))
      zones.set(block, zones.has(block) && zones.get(block) !== zone ? 0 : zone)
    }))
  for (const [block, zone] of zones) {
    const start = block * k.pagesPerBlock
    if (zoneTold.has(block) || store.at(k.blockState, start) !== MEM.online) continue
    // boot knows more of blocks on a border than the pages of RAM show
    if (zone !== 0 && store.at(k.blockZone, start) === 0) continue
    store.setField(k.blockZone, start, start + k.pagesPerBlock, zone)
    if (zone === 0) continue
    store.setField(k.blockNode, start, start + k.pagesPerBlock, zoneIdNode(zone) + 1)
    store.setField(k.blockNodes, start, start + k.pagesPerBlock, k.nodeSet([zoneIdNode(zone)]))
  }
}

function eachRamRun(k: Kernel, store: RangeStore, visit: (start: number, end: number, page: number) => void): void {
  store.eachRun([k.page, k.bootMemory, k.sectionFlags], 0, k.pluggableEnd / k.pageSize, (s, e, page, boot, flags) => {
    if (pageInitialised(page ?? 0) && isRam(boot ?? 0, flags ?? 0)) visit(s, e, page ?? 0)
  })
}

function eachBlock(k: Kernel, start: number, end: number, visit: (start: number, end: number, block: number) => void): void {
  for (let at = start; at < end; ) {
    const next = Math.min(end, alignDown(at, k.pagesPerBlock) + k.pagesPerBlock)
    visit(at, next, k.blockOf(at))
    at = next
  }
}
