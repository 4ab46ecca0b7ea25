/** Zone sizes at boot: free_area_init() and find_zone_movable_pfns_for_nodes(). mm/page_alloc.c, v6.1. Pfns throughout. */
import type { MachineDescription } from '../machine/description.ts'
import { MAX_NR_ZONES, ZONE } from '../state/zone.ts'
import { alignUp } from '../units.ts'
import type { BootParameters } from './cmdline.ts'
import { absentPages, type MemRange } from './memory-map.ts'

export interface BootZone { readonly node: number; readonly index: number; readonly start: number; readonly spanned: number; readonly present: number }

export interface ZoneSizes {
  readonly zones: readonly BootZone[]
  /** Lowest and highest possible pfn of each zone index; equal where the zone is empty. */
  readonly limits: readonly { readonly low: number; readonly high: number }[]
  /** zone_movable_pfn: node -> first Movable pfn. */
  readonly movable: ReadonlyMap<number, number>
}

/** arch_zone_lowest/highest_possible_pfn: each zone starts where the one before ended. */
function zoneLimits(description: MachineDescription, memory: readonly MemRange[]): { low: number; high: number }[] {
  const page = 2 ** description.constants.pageShift
  const first = memory[0]?.start ?? 0
  const last = memory[memory.length - 1]?.end ?? 0
  const { dma, dma32 } = description.zoneLimits
  const top = [dma === undefined ? 0 : Math.min(Math.floor(dma / page), last), dma32 === undefined ? 0 : Math.min(Math.floor(dma32 / page), last), last, 0, 0]
  const limits: { low: number; high: number }[] = []
  let start = first
  for (let i = 0; i < MAX_NR_ZONES; i++) {
    if (i === ZONE.MOVABLE) {
      limits.push({ low: 0, high: 0 })
      continue
    }
    const end = Math.max(top[i]!, start)
    limits.push({ low: start, high: end })
    start = end
  }
  return limits
}

/** find_zone_movable_pfns_for_nodes(): first pfn of ZONE_MOVABLE on each node that has one. */
function movableStarts(
  description: MachineDescription, memory: readonly MemRange[], p: BootParameters, limits: readonly { low: number; high: number }[], nodeIds: readonly number[],
): Map<number, number> {
  const movable = new Map<number, number>()
  const page = 2 ** description.constants.pageShift
  const maxOrderPages = 2 ** (description.constants.maxOrder - 1)
  const withMemory = nodeIds.filter((id) => memory.some((m) => m.node === id))
  const lower = (node: number, pfn: number): void => {
    const before = movable.get(node)
    movable.set(node, before === undefined ? pfn : Math.min(before, pfn))
  }
  if (p.movableNode) {
    // memory of the node that the kernel itself was loaded to is never hot-pluggable (numa_clear_kernel_node_hotplug)
    const kernelNode = memory.find((m) => m.end > (16 * 2 ** 20) / page)?.node
    for (const m of memory) if (m.hotplug && m.node !== kernelNode) lower(m.node, m.start)
  } else if (p.kernelcore === 'mirror') {
    // without a mirror map no memory is mirrored
    for (const m of memory) if (m.start >= 2 ** 32 / page) lower(m.node, m.start)
  } else {
    const total = memory.reduce((n, m) => n + m.end - m.start, 0)
    const pages = (c: typeof p.movablecore): number =>
      c === undefined ? 0 : 'percent' in c ? Math.floor((total * 100 * c.percent) / 10000) : Math.floor(c.bytes / page)
    let required = pages(p.kernelcore)
    const wanted = pages(p.movablecore)
    if (wanted) required = Math.max(required, total - Math.min(total, alignUp(wanted, maxOrderPages)))
    if (!required || required >= total) return movable
    let usable = 0
    for (let z = MAX_NR_ZONES - 1; z >= 0; z--)
      if (z !== ZONE.MOVABLE && limits[z]!.high > limits[z]!.low) {
        usable = limits[z]!.low
        break
      }
    let nodes = withMemory.length
    for (;;) {
      let perNode = Math.floor(required / nodes)
      for (const node of withMemory) {
        if (required < perNode) perNode = Math.floor(required / nodes)
        let remaining = perNode
        for (const m of memory) {
          if (m.node !== node) continue
          let start = Math.max(m.start, movable.get(node) ?? 0)
          if (start >= m.end) continue
          if (start < usable) {
            const kernelPages = Math.min(m.end, usable) - start
            remaining -= Math.min(kernelPages, remaining)
            required -= Math.min(kernelPages, required)
            if (m.end <= usable) {
              movable.set(node, m.end)
              continue
            }
            start = usable
          }
          const size = Math.min(m.end - start, remaining)
          movable.set(node, start + size)
          required -= Math.min(required, size)
          remaining -= size
          if (!remaining) break
        }
      }
      nodes--
      if (!(nodes && required > nodes)) break
    }
  }
  for (const [node, pfn] of movable) {
    const rounded = alignUp(pfn, maxOrderPages)
    const end = memory.reduce((e, m) => (m.node === node ? Math.max(e, m.end) : e), 0)
    if (rounded === 0 || rounded >= end) movable.delete(node)
    else movable.set(node, rounded)
  }
  return movable
}

/** calculate_node_totalpages() for each node: start, spanned (holes included) and present of every zone with a span. */
export function zoneSizes(description: MachineDescription, memory: readonly MemRange[], p: BootParameters, nodeIds: readonly number[]): ZoneSizes {
  const limits = zoneLimits(description, memory)
  const movable = movableStarts(description, memory, p, limits, nodeIds)
  const highest = limits.findLastIndex((l, i) => i !== ZONE.MOVABLE && l.high > l.low)
  const clamp = (n: number, low: number, high: number): number => Math.min(Math.max(n, low), high)
  const zones: BootZone[] = []
  for (const node of nodeIds) {
    const own = memory.filter((m) => m.node === node)
    if (own.length === 0) continue
    const nodeStart = Math.min(...own.map((m) => m.start))
    const nodeEnd = Math.max(...own.map((m) => m.end))
    const movablePfn = movable.get(node) ?? 0
    for (let index = 0; index < MAX_NR_ZONES; index++) {
      const { low, high } = limits[index]!
      let start = clamp(nodeStart, low, high)
      let end = clamp(nodeEnd, low, high)
      if (movablePfn) {
        if (index === ZONE.MOVABLE) {
          start = movablePfn
          end = Math.min(nodeEnd, limits[highest]!.high)
        } else if (p.kernelcore !== 'mirror' && start < movablePfn && end > movablePfn) end = movablePfn
        else if (start >= movablePfn) start = end
      }
      if (end < nodeStart || start > nodeEnd) continue
      end = Math.min(end, nodeEnd)
      start = Math.max(start, nodeStart)
      if (end <= start) continue
      const spanned = end - start
      // kernelcore=mirror: pages that belong to Movable count as absent from the Normal that spans them; without a mirror map that is all
      const mirrored = p.kernelcore === 'mirror' && movablePfn !== 0 && index === ZONE.NORMAL
      zones.push({ node, index, start, spanned, present: mirrored ? 0 : spanned - absentPages(own, start, end) })
    }
  }
  return { zones, limits, movable }
}
