/**
 * Taking over a machine that was already running when it was seen: its blocks and zones are set as the text said, on top
 * of what boot derived from the same text. mm state that no text shows (struct pages inside a block) follows from them.
 */
import type { RunExecutor } from '../executors/run.ts'
import { setZoneContiguous } from '../kernel/zone-span.ts'
import type { Adopted } from '../machine/description.ts'
import { MEM } from '../state/block.ts'
import type { Kernel } from '../state/kernel.ts'
import { PAGE, packPage } from '../state/page.ts'
import type { RangeStore } from '../state/range-store.ts'
import { SECTION, USAGE } from '../state/section.ts'
import { reserveShortfall } from './boot-reserved.ts'
import { ZONE, ZONE_NAMES, zoneId } from '../state/zone.ts'

export function adopt(k: Kernel, store: RangeStore, executor: RunExecutor, seen: Adopted): void {
  for (const z of seen.zones ?? []) {
    const index = ZONE_NAMES.indexOf(z.zone)
    const node = k.nodes.get(z.node)
    if (index < 0 || !node) continue
    const zone = node.zones[index]!
    store.setCell(zone.startPfn, z.startPfn)
    store.setCell(zone.spanned, z.spanned)
    store.setCell(zone.present, z.present)
    store.setCell(zone.presentEarly, Math.min(store.cell(zone.presentEarly), z.present))
    store.setCell(zone.managed, z.managed)
    store.setCell(zone.initialized, z.spanned > 0 ? 1 : store.cell(zone.initialized))
    if (z.present > 0) store.setCell(node.online, 1)
  }
  // Where zones of one node overlap, Movable lies over the kernel zones: a block that names its zone decides, else the order of index.
  for (const b of seen.blocks ?? []) {
    const start = b.block * k.pagesPerBlock
    const end = start + k.pagesPerBlock
    const known = store.at(k.blockState, start) !== MEM.none
    const node = b.node ?? store.at(k.blockNode, start) - 1
    const online = b.state !== 'offline'
    store.setField(k.blockState, start, end, online ? MEM.online : MEM.offline)
    if (!known) {
      store.setField(k.sectionFlags, start, end, SECTION.present | SECTION.valid)
      store.setField(k.sectionUsage, start, end, USAGE.slab)
      store.setField(k.sectionNode, start, end, node + 1)
      store.setField(k.subsectionMap, start, end, 1)
      store.setField(k.page, start, end, PAGE.garbage)
      store.setField(k.directMap, start, end, 1)
      store.setCell(k.maxPfn, Math.max(store.cell(k.maxPfn), end))
      store.setCell(k.highestPresentSection, Math.max(store.cell(k.highestPresentSection), end / k.pagesPerSection - 1))
    }
    if (node >= 0 && k.nodes.has(node) && !known) {
      store.setField(k.blockNode, start, end, node + 1)
      store.setField(k.blockNodes, start, end, k.nodeSet([node]))
      store.setCell(k.node(node).online, 1)
    }
    if (!online) {
      store.mapField(k.sectionFlags, start, end, (flags) => flags & ~SECTION.online)
      store.setField(k.page, start, end, PAGE.garbage)
      store.setField(k.blockZone, start, end, 0)
      continue
    }
    store.mapField(k.sectionFlags, start, end, (flags) => flags | SECTION.online)
    const nodes = b.nodes?.filter((id) => k.nodes.has(id)) ?? []
    if (nodes.length > 1) store.setField(k.blockNodes, start, end, k.nodeSet([...nodes].sort((x, y) => x - y)))
    if (b.zone === 'none') store.setField(k.blockZone, start, end, 0)
    if (!b.zone || b.zone === 'none' || node < 0 || !k.nodes.has(node)) continue
    const index = ZONE_NAMES.indexOf(b.zone)
    if (index < 0) continue
    store.setField(k.blockZone, start, end, zoneId(node, index))
    if (!known) store.setField(k.page, start, end, packPage(PAGE.online, node, index, false))
  }
  for (const node of k.nodes.values()) {
    const spans = node.zones.filter((z) => store.cell(z.spanned) > 0)
    if (seen.zones && spans.length > 0) {
      const start = Math.min(...spans.map((z) => store.cell(z.startPfn)))
      const end = Math.max(...spans.map((z) => store.cell(z.startPfn) + store.cell(z.spanned)))
      store.setCell(node.startPfn, start)
      store.setCell(node.spanned, end - start)
      store.setCell(node.present, node.zones.reduce((n, z) => n + store.cell(z.present), 0))
    }
    store.setCell(node.hasMemory, store.cell(node.present) > 0 ? 1 : 0)
    store.setCell(node.hasNormalMemory, node.zones.some((z) => z.index <= ZONE.NORMAL && store.cell(z.present) > 0) ? 1 : 0)
    for (const zone of spans) if (store.cell(zone.present) > 0) {
      if (seen.zones) reserveShortfall(k, store, zone)
      store.setCell(zone.contiguous, 0)
      executor.run(setZoneContiguous, zone)
    }
  }
}
