/** Memory blocks of a machine that is taken over: their sections and struct pages as their state and zone demand. */
import type { AdoptedBlock } from '../machine/description.ts'
import { MEM } from '../state/block.ts'
import type { Kernel } from '../state/kernel.ts'
import { PAGE, packPage, pageInitialised, pageReserved, pageState } from '../state/page.ts'
import type { RangeStore } from '../state/range-store.ts'
import { requestRegion, systemRamBytes } from '../state/resource-tree.ts'
import { SECTION, USAGE } from '../state/section.ts'
import { ZONE, ZONE_NAMES, zoneId } from '../state/zone.ts'
import type { ToldZone } from './adopt-zones.ts'

/** Brings blocks into the state that was seen; neighbours that were seen alike at once. */
export function adoptBlocks(k: Kernel, store: RangeStore, blocks: readonly AdoptedBlock[], told: readonly ToldZone[]): void {
  const alike = (a: AdoptedBlock, b: AdoptedBlock): boolean => a.state === b.state && a.node === b.node && a.zone === b.zone && (a.nodes ?? []).join() === (b.nodes ?? []).join()
  for (let i = 0; i < blocks.length; ) {
    let last = i
    while (last + 1 < blocks.length && blocks[last + 1]!.block === blocks[last]!.block + 1 && alike(blocks[i]!, blocks[last + 1]!)) last++
    store.eachRun([k.blockState, k.blockNode], blocks[i]!.block * k.pagesPerBlock, (blocks[last]!.block + 1) * k.pagesPerBlock, (s, e, state, nid) =>
      adoptAlike(k, store, s, e, blocks[i]!, state !== MEM.none, (nid ?? 0) - 1, told))
    i = last + 1
  }
}

/** Blocks that boot does not know (not `known`) were hot-added. `derived` is the node that boot gave them, or -1. */
function adoptAlike(k: Kernel, store: RangeStore, start: number, end: number, b: AdoptedBlock, known: boolean, derived: number, told: readonly ToldZone[]): void {
  const seen = b.node !== undefined && k.nodes.has(b.node) ? b.node : undefined
  const node = seen ?? (known && k.nodes.has(derived) ? derived : (k.nodeIds[0] ?? 0))
  if (!known) hotAdd(k, store, start, end, node)
  if (!known || seen !== undefined) {
    store.setField(k.blockNode, start, end, node + 1)
    store.setField(k.blockNodes, start, end, k.nodeSet([node]))
  }
  const several = b.nodes?.filter((id) => k.nodes.has(id)) ?? []
  if (several.length > 1) store.setField(k.blockNodes, start, end, k.nodeSet([...several].sort((x, y) => x - y)))
  if (b.state === 'offline') {
    takeOffline(k, store, start, end)
    return
  }
  store.setField(k.blockState, start, end, MEM.online)
  store.mapField(k.sectionFlags, start, end, (flags) => (flags & SECTION.present ? flags | SECTION.online : flags))
  const zone = b.zone === 'none' ? 0 : zoneOf(b, node)
  if (zone !== undefined) setZone(k, store, start, end, zone)
  // blocks that boot knows keep the zone that it gave them
  else if (!known) for (let at = start; at < end; at += k.pagesPerBlock) setZone(k, store, at, at + k.pagesPerBlock, likelyZone(k, at, at + k.pagesPerBlock, node, told))
}

function setZone(k: Kernel, store: RangeStore, start: number, end: number, zone: number): void {
  store.setField(k.blockZone, start, end, zone)
  if (zone !== 0) putInZone(k, store, start, end, zone)
}

const zoneOf = (b: AdoptedBlock, node: number): number | undefined => {
  const index = b.zone === undefined || b.zone === 'none' ? -1 : ZONE_NAMES.indexOf(b.zone)
  return index < 0 ? undefined : zoneId(node, index)
}

/** The zone of a hot-added block that is online and names none: one of its node whose told span covers it, kernel zones first, else the kernel zone by address. */
function likelyZone(k: Kernel, start: number, end: number, node: number, told: readonly ToldZone[]): number {
  const covering = told.filter((z) => z.node === node && z.start <= start && z.end >= end)
  if (covering.length > 0) return zoneId(node, Math.min(...covering.map((z) => z.index)))
  const { dma, dma32 } = k.description.zoneLimits
  const address = start * k.pageSize
  return zoneId(node, dma !== undefined && address < dma ? ZONE.DMA : dma32 !== undefined && address < dma32 ? ZONE.DMA32 : ZONE.NORMAL)
}

/** What add_memory() had made of a block: sections that are not early, with a memmap that says nothing yet. */
function hotAdd(k: Kernel, store: RangeStore, start: number, end: number, node: number): void {
  store.setField(k.sectionFlags, start, end, SECTION.present | SECTION.valid)
  store.setField(k.sectionUsage, start, end, USAGE.slab)
  store.setField(k.sectionNode, start, end, node + 1)
  store.setField(k.subsectionMap, start, end, 1)
  store.setField(k.page, start, end, PAGE.garbage)
  store.setField(k.directMap, start, end, 1)
  store.setCell(k.maxPfn, Math.max(store.cell(k.maxPfn), end))
  store.setCell(k.highestPresentSection, Math.max(store.cell(k.highestPresentSection), end / k.pagesPerSection - 1))
}

/** A block that is offline: its sections are, its struct pages mean nothing, it is in no zone. */
export function takeOffline(k: Kernel, store: RangeStore, start: number, end: number): void {
  store.setField(k.blockState, start, end, MEM.offline)
  store.setField(k.blockZone, start, end, 0)
  store.mapField(k.sectionFlags, start, end, (flags) => flags & ~SECTION.online)
  store.mapField(k.page, start, end, (page) => (pageState(page) === PAGE.absent ? page : PAGE.garbage))
}

/** All struct pages of [start, end) name a zone; those of a hot-added block are handed to the buddy allocator. */
export function putInZone(k: Kernel, store: RangeStore, start: number, end: number, zone: number): void {
  const [node, index] = [(zone - 1) >> 3, (zone - 1) & 7]
  store.mapField(k.page, start, end, (page) => {
    if (pageState(page) === PAGE.absent) return page
    return pageInitialised(page) ? packPage(pageState(page), node, index, pageReserved(page)) : packPage(PAGE.online, node, index, false)
  })
}

/** Hot-added memory whose resource no text shows gets one: neighbours of one node together, since nothing tells them apart. */
export function claimHotAdded(k: Kernel, store: RangeStore): void {
  const bare: { start: number; end: number; node: number }[] = []
  store.eachRun([k.sectionFlags, k.blockNode], 0, k.pluggableEnd / k.pageSize, (s, e, flags, node) => {
    if (((flags ?? 0) & (SECTION.present | SECTION.early)) !== SECTION.present) return
    const [start, end] = [s * k.pageSize, e * k.pageSize]
    if (systemRamBytes(store.ref(k.iomem), start, end, k.pageSize) > 0) {
      // some of it is told: block by block
      for (let at = start; at < end; at += k.blockBytes) if (systemRamBytes(store.ref(k.iomem), at, at + k.blockBytes, k.pageSize) === 0) push(at, at + k.blockBytes, node ?? 0)
    } else push(start, end, node ?? 0)
  })
  function push(start: number, end: number, node: number): void {
    const last = bare[bare.length - 1]
    if (last && last.end === start && last.node === node) last.end = end
    else bare.push({ start, end, node })
  }
  for (const r of bare) {
    const { root } = requestRegion(store.ref(k.iomem), r.start, r.end, 'System RAM', true)
    if (root) store.setRef(k.iomem, root)
  }
}
