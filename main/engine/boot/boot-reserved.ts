/**
 * What boot keeps from the buddy allocator, and so the managed counts. The memory map does not say how much the kernel
 * takes; where the description knows it (observed), that is used, else what can be derived: each node's memmap, which
 * sparse_init_nid() allocates from the top of the node in one piece, and the kernel image where /proc/iomem names it.
 */
import type { ResourceDescription } from '../machine/description.ts'
import type { Kernel } from '../state/kernel.ts'
import { PAGE, pageIn, pageReserved } from '../state/page.ts'
import type { RangeStore } from '../state/range-store.ts'
import { ZONE_NAMES, type Zone } from '../state/zone.ts'
import { alignDown } from '../units.ts'
import type { MemRange } from './memory-map.ts'

/** Marks what memblock had reserved, sets managed, and answers the zones whose count is an estimate, as "0/Normal". */
export function bootReserved(k: Kernel, store: RangeStore, memory: readonly MemRange[]): string[] {
  const seen = k.description.observed
  if (seen?.reserved) for (const r of seen.reserved) reserve(k, store, Math.floor(r.start / k.pageSize), Math.ceil(r.end / k.pageSize))
  else {
    for (const id of k.nodeIds) reserveMemmap(k, store, memory.filter((m) => m.node === id))
    for (const r of kernelImage(k.description.resources)) reserve(k, store, Math.floor(r.start / k.pageSize), Math.ceil(r.end / k.pageSize))
  }
  const estimated: string[] = []
  for (const node of k.nodes.values())
    for (const zone of node.zones) {
      const present = store.cell(zone.present)
      if (present === 0) continue
      const observed = seen?.managed?.find((m) => m.node === node.id && m.zone === zone.name)
      if (observed) {
        store.setCell(zone.managed, observed.pages)
        if (!seen?.reserved) reserveShortfall(k, store, zone)
      } else {
        estimated.push(`${node.id}/${ZONE_NAMES[zone.index]!}`)
        store.setCell(zone.managed, managedPages(k, store, zone))
      }
    }
  return estimated
}

/** Marks as many pages reserved at the zone's top as its managed count lacks: those that took them sit there, as a rule. */
export function reserveShortfall(k: Kernel, store: RangeStore, zone: Zone): void {
  let lacking = managedPages(k, store, zone) - store.cell(zone.managed)
  const start = store.cell(zone.startPfn)
  const runs: { start: number; end: number }[] = []
  store.eachRun([k.page], start, start + store.cell(zone.spanned), (s, e, page) => {
    if (inZone(page ?? 0, zone) && ((page ?? 0) & 7) === PAGE.online) runs.push({ start: s, end: e })
  })
  for (const r of runs.reverse()) {
    if (lacking <= 0) return
    const pages = Math.min(lacking, r.end - r.start)
    reserve(k, store, r.end - pages, r.end)
    lacking -= pages
  }
}

const inZone = (page: number, zone: Zone): boolean => pageIn(page, zone.node.id, zone.index)

/** Pages of the zone that are not reserved. */
function managedPages(k: Kernel, store: RangeStore, zone: Zone): number {
  const start = store.cell(zone.startPfn)
  return store.count([k.page], start, start + store.cell(zone.spanned), (page) => inZone(page, zone) && (page & 7) === PAGE.online && !pageReserved(page))
}

/** Boot pages of [start, end) become reserved; holes and what is reserved already stay. */
function reserve(k: Kernel, store: RangeStore, start: number, end: number): void {
  store.eachRun([k.page], start, end, (s, e, page) => {
    if (((page ?? 0) & 7) === PAGE.online) store.setField(k.page, s, e, (page ?? 0) - PAGE.online + PAGE.initialised + 8)
  })
}

/** sparse_buffer_init(): the node's whole memmap in one piece, aligned to a section's memmap, as high in the node as it fits. */
function reserveMemmap(k: Kernel, store: RangeStore, own: readonly MemRange[]): void {
  const perSection = Math.ceil((k.pagesPerSection * k.constants.structPageSize) / k.pageSize)
  let count = 0
  let last = -1
  for (const m of own) {
    const first = Math.max(last + 1, Math.floor(m.start / k.pagesPerSection))
    last = Math.max(last, Math.ceil(m.end / k.pagesPerSection) - 1)
    count += Math.max(0, last - first + 1)
  }
  const size = count * perSection
  for (const m of [...own].reverse()) {
    const start = alignDown(m.end - size, perSection)
    if (size > 0 && start >= m.start) {
      reserve(k, store, start, start + size)
      return
    }
  }
}

function kernelImage(resources: readonly ResourceDescription[]): ResourceDescription[] {
  return resources.flatMap((r) => [...(/^Kernel (code|rodata|data|bss)$/.test(r.name) ? [r] : []), ...kernelImage(r.children ?? [])])
}
