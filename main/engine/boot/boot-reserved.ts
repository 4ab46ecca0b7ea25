/**
 * What boot keeps from the buddy allocator, and so the managed counts. The memory map does not say how much the kernel
 * takes; where the description knows it (observed), that is used, else what can be derived: each node's memmap, which
 * sparse_init_nid() allocates from the top of the node in one piece, and the kernel image where /proc/iomem names it.
 */
import type { ResourceDescription } from '../machine/description.ts'
import type { Kernel } from '../state/kernel.ts'
import { PAGE, pageIn, pageNode, pageReserved, pageState, pageZone } from '../state/page.ts'
import type { RangeStore } from '../state/range-store.ts'
import { ZONE, ZONE_NAMES, type Zone } from '../state/zone.ts'
import { alignDown } from '../units.ts'
import type { MemRange } from './memory-map.ts'

/** Marks what memblock had reserved, sets managed, and answers the zones whose count is an estimate, as "0/Normal". */
export function bootReserved(k: Kernel, store: RangeStore, memory: readonly MemRange[]): string[] {
  const seen = k.description.observed
  if (seen?.reserved) for (const r of seen.reserved) reserve(k, store, Math.floor(r.start / k.pageSize), Math.ceil(r.end / k.pageSize))
  else {
    for (const id of k.nodeIds) reserveMemmap(k, store, memory.filter((m) => m.node === id))
    reserveKernelImage(k, store)
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

/** Takes back what bootReserved() only guessed, for a machine of which more is known than boot knew. */
export function forgetReserved(k: Kernel, store: RangeStore): void {
  store.eachRun([k.page, k.bootMemory], 0, k.pluggableEnd / k.pageSize, (s, e, page, memory) => {
    if (memory && pageReserved(page ?? 0)) store.setField(k.page, s, e, (page ?? 0) - PAGE.initialised + PAGE.online - 8)
  })
}

/** The guess once more, with each node's memmap at the top of what it has in kernel zones. */
export function guessReserved(k: Kernel, store: RangeStore): void {
  const own = new Map<number, { start: number; end: number }[]>()
  store.eachRun([k.page, k.bootMemory], 0, k.pluggableEnd / k.pageSize, (s, e, page, memory) => {
    if (!memory || pageState(page ?? 0) !== PAGE.online || pageZone(page ?? 0) > ZONE.NORMAL) return
    const ranges = own.get(pageNode(page ?? 0)) ?? []
    const last = ranges[ranges.length - 1]
    if (last && last.end === s) last.end = e
    else ranges.push({ start: s, end: e })
    own.set(pageNode(page ?? 0), ranges)
  })
  for (const ranges of own.values()) reserveMemmap(k, store, ranges)
  reserveKernelImage(k, store)
}

export function reserveKernelImage(k: Kernel, store: RangeStore): void {
  for (const r of kernelImage(k.description.resources)) reserve(k, store, Math.floor(r.start / k.pageSize), Math.ceil(r.end / k.pageSize))
}

/**
 * Marks as many pages reserved as the zone's managed count lacks: at the top of its boot memory, where those that took them
 * sit as a rule, and only then of what was hot-added.
 */
export function reserveShortfall(k: Kernel, store: RangeStore, zone: Zone): void {
  let lacking = managedPages(k, store, zone) - store.cell(zone.managed)
  const start = store.cell(zone.startPfn)
  const runs: { start: number; end: number; boot: number }[] = []
  store.eachRun([k.page, k.bootMemory], start, start + store.cell(zone.spanned), (s, e, page, memory) => {
    if (inZone(page ?? 0, zone) && pageState(page ?? 0) === PAGE.online) runs.push({ start: s, end: e, boot: memory ?? 0 })
  })
  for (const r of runs.sort((a, b) => b.boot - a.boot || b.start - a.start)) {
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
function reserveMemmap(k: Kernel, store: RangeStore, own: readonly { readonly start: number; readonly end: number }[]): void {
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
