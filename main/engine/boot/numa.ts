/** Which node each piece of memory belongs to: SRAT, numa=fake, or one node for all. arch/x86/mm/numa.c, numa_emulation.c, v6.1. */
import type { MachineDescription } from '../machine/description.ts'
import type { Decisions } from '../profiles/profile.ts'
import { alignDown, alignUp, MiB } from '../units.ts'
import { memparse, type BootParameters } from './cmdline.ts'
import { absentPages, type MemRange } from './memory-map.ts'

interface MemBlk { start: number; end: number; readonly node: number; readonly hotplug: boolean }

export interface NumaLayout {
  /** memblock.memory with nodes, sorted by address, pfns. */
  readonly memory: readonly MemRange[]
  /** numa_meminfo with numa_reserved_meminfo behind it: which node an address belongs to, RAM or not. Bytes; the first that contains it counts. */
  readonly meminfo: readonly { readonly start: number; readonly end: number; readonly node: number }[]
  /** node_possible_map with CPUs per node, ascending. */
  readonly nodes: readonly { readonly id: number; readonly cpus: number }[]
  readonly warnings: readonly string[]
}

/** Smallest fake node: 32 MiB, also their granularity. */
const FAKE_NODE_MIN_SIZE = 32 * MiB
const MAX_NUMNODES = 1024

/** numa_cleanup_meminfo(): clipped to `low` and RAM's end, ranges without RAM dropped, one node's ranges joined where no other node lies between. */
function cleanup(blocks: readonly MemBlk[], ram: readonly { start: number; end: number }[], low: number, high: number, page: number): MemBlk[] | undefined {
  const blks: MemBlk[] = []
  for (const b of blocks) {
    const start = Math.max(b.start, low)
    const end = Math.min(b.end, high)
    const overlapsRam = ram.some((r) => r.start * page < b.end && b.start < r.end * page)
    if (overlapsRam && start < end) blks.push({ ...b, start, end })
  }
  for (let i = 0; i < blks.length; i++)
    for (let j = i + 1; j < blks.length; j++) {
      const a = blks[i]!
      const b = blks[j]!
      if (a.end > b.start && a.start < b.end && a.node !== b.node) return undefined
      if (a.node !== b.node) continue
      const start = Math.min(a.start, b.start)
      const end = Math.max(a.end, b.end)
      if (blks.some((k) => k.node !== a.node && start < k.end && end > k.start)) continue
      a.start = start
      a.end = end
      blks.splice(j, 1)
      j--
    }
  return blks
}

/** split_nodes_interleave() and split_nodes_size_interleave(): fake nodes cut from physical ones in turn. */
function emulate(text: string, phys: readonly MemBlk[], hole: (start: number, end: number) => number, maxAddr: number, page: number): MemBlk[] | undefined {
  const pi = phys.map((b) => ({ ...b }))
  const ei: MemBlk[] = []
  const dma32End = 4 * 1024 * MiB
  const take = (blk: MemBlk, node: number, size: number): void => {
    ei.push({ start: blk.start, end: blk.start + size, node, hotplug: false })
    blk.start += size
    if (blk.start >= blk.end) pi.splice(pi.indexOf(blk), 1)
  }
  const bySize = /[MG]/.test(text) && !text.includes('U')
  if (text.includes('U')) {
    const n = Number.parseInt(text, 10)
    if (!(n > 0)) return undefined
    let node = 0
    for (const id of [...new Set(phys.map((b) => b.node))].sort((a, b) => a - b)) {
      const blk = pi.find((b) => b.node === id)
      if (!blk) continue
      let size = alignDown(Math.floor(Math.floor((blk.end - blk.start) / page) / n) * page, FAKE_NODE_MIN_SIZE)
      size = Math.max(size, FAKE_NODE_MIN_SIZE)
      const before = node
      while (pi.includes(blk)) {
        let end = blk.start + size
        if (end < dma32End && dma32End - end - hole(end, dma32End) < FAKE_NODE_MIN_SIZE) end = dma32End
        take(blk, node++ % MAX_NUMNODES, Math.min(end, blk.end) - blk.start)
      }
      if (node - before < n) return undefined
    }
    return ei
  }
  let size: number
  let big = 0
  let count = MAX_NUMNODES
  if (bySize) {
    const parsed = memparse(text)
    if (!parsed) return undefined
    const min = alignUp(Math.max(Math.floor(Math.floor((maxAddr - hole(0, maxAddr)) / page) / MAX_NUMNODES) * page, FAKE_NODE_MIN_SIZE), FAKE_NODE_MIN_SIZE)
    size = alignDown(Math.max(parsed.value, min), FAKE_NODE_MIN_SIZE)
  } else {
    count = Math.min(Number.parseInt(text, 10), MAX_NUMNODES)
    if (!(count > 0)) return undefined
    size = Math.floor(Math.floor((maxAddr - hole(0, maxAddr)) / page) / count) * page
    // nodes that take one unit more, from what is left over
    big = Math.floor(((size % FAKE_NODE_MIN_SIZE) * count) / FAKE_NODE_MIN_SIZE)
    size = alignDown(size, FAKE_NODE_MIN_SIZE)
    if (size === 0) return undefined
  }
  let node = 0
  const physIds = [...new Set(phys.map((b) => b.node))].sort((a, b) => a - b)
  while (pi.length > 0)
    for (const id of physIds) {
      const blk = pi.find((b) => b.node === id)
      if (!blk) continue
      const { start } = blk
      const limit = blk.end
      let end = start + size
      if (!bySize && node < big) end += FAKE_NODE_MIN_SIZE
      while (end - start - hole(start, end) < size) {
        end += FAKE_NODE_MIN_SIZE
        if (end > limit) {
          end = limit
          break
        }
      }
      if (end < dma32End && dma32End - end - hole(end, dma32End) < FAKE_NODE_MIN_SIZE) end = dma32End
      if (limit - end - hole(end, limit) < size) end = limit
      take(blk, node++ % count, Math.min(end, limit) - start)
    }
  return ei
}

/**
 * Nodes of memblock.memory. Memory that no affinity range covers goes to the lowest node when it is less than 1 MiB; more
 * than that and the kernel does not believe the SRAT: one node for all.
 */
export function numaLayout(description: MachineDescription, ram: readonly { start: number; end: number }[], p: BootParameters, numaFake: Decisions['numaFake'] = 'from-zero'): NumaLayout {
  const page = 2 ** description.constants.pageShift
  const warnings: string[] = []
  const maxPfn = ram.length ? ram[ram.length - 1]!.end : 0
  const high = maxPfn * page
  // every range starts there at the lowest, so that faked nodes are counted from there
  const low = numaFake === 'from-first-ram' ? (ram[0]?.start ?? 0) * page : 0
  const cpusOf = new Map(description.nodes.map((n) => [n.id, n.cpus]))
  const hole = (start: number, end: number): number => absentPages(ram, Math.floor(start / page), Math.floor(end / page)) * page

  let blocks: MemBlk[] | undefined
  let believed = false
  let possible = new Map<number, number>(cpusOf)
  if (!p.numaOff && description.affinity.length > 0) {
    for (const a of description.affinity) if (!possible.has(a.node)) possible.set(a.node, 0)
    blocks = cleanup(description.affinity.map((a) => ({ start: a.start, end: a.end, node: a.node, hotplug: a.hotplug ?? false })), ram, low, high, page)
    if (!blocks) warnings.push('affinity ranges of two nodes overlap: not used')
    else {
      const covered = blocks.reduce((n, b) => n + (b.end - b.start - hole(b.start, b.end)), 0)
      const all = high - hole(0, high)
      if (all - covered >= MiB) {
        warnings.push(`NUMA: nodes only cover ${Math.floor(covered / MiB)}MB of your ${Math.floor(all / MiB)}MB RAM. Not used.`)
        blocks = undefined
      }
    }
  }
  // memblock_mark_hotplug() is undone when the SRAT is not believed
  const hotRanges = blocks && blocks.length > 0 ? description.affinity.filter((a) => a.hotplug) : []
  if (blocks && blocks.length > 0) believed = true
  else {
    const keep = description.affinity.length === 0 && description.nodes.length > 0 && !p.numaOff
    const first = keep ? Math.min(...cpusOf.keys()) : 0
    if (!keep) possible = new Map([[0, Math.max(1, ...cpusOf.values())]])
    blocks = [{ start: low, end: high, node: first, hotplug: false }]
  }
  if (p.numaFake !== undefined) {
    const cut = emulate(p.numaFake, blocks, hole, high, page)
    const fake = cut && cleanup(cut, ram, low, high, page)
    if (!cut || !fake) warnings.push(`numa=fake=${p.numaFake} cannot be done: ignored`)
    else {
      // a CPU is mapped to every fake node of the physical node that it sits on; a fake node may hold pieces of several
      const physOf = (b: MemBlk): number => blocks!.find((r) => r.start <= b.start && b.start < r.end)?.node ?? 0
      const owner = new Map<number, number>()
      for (const b of cut) if (!owner.has(b.node)) owner.set(b.node, physOf(b))
      possible = new Map([...owner].map(([id, phys]) => [id, cpusOf.get(phys) ?? 1]))
      blocks = fake
    }
  }
  const lowest = Math.min(...blocks.map((b) => b.node))
  const sorted = [...blocks].sort((a, b) => a.start - b.start)
  const memory: MemRange[] = []
  const push = (start: number, end: number, node: number, hotplug: boolean): void => {
    if (end <= start) return
    const last = memory[memory.length - 1]
    if (last && last.end === start && last.node === node && last.hotplug === hotplug) memory[memory.length - 1] = { ...last, end }
    else memory.push({ start, end, node, hotplug })
  }
  const hotEdges = [...new Set(hotRanges.flatMap((a) => [a.start, a.end]))].map((edge) => Math.floor(edge / page)).sort((a, b) => a - b)
  const isHot = (start: number): boolean => hotRanges.some((a) => a.start <= start * page && start * page < a.end)
  for (const r of ram) {
    let at = r.start
    for (const b of sorted) {
      const s = Math.max(at, Math.floor(b.start / page))
      const e = Math.min(r.end, Math.floor(b.end / page))
      if (e <= s) continue
      push(at, s, lowest, false)
      const cuts = [s, ...hotEdges.filter((edge) => edge > s && edge < e), e]
      for (let i = 0; i + 1 < cuts.length; i++) push(cuts[i]!, cuts[i + 1]!, b.node, isHot(cuts[i]!))
      at = e
    }
    push(at, r.end, lowest, false)
  }
  for (const b of blocks) if (!possible.has(b.node)) possible.set(b.node, 0)
  const nodes = [...possible].map(([id, cpus]) => ({ id, cpus })).sort((a, b) => a.id - b.id)
  const meminfo = [...blocks, ...(believed ? description.affinity : [])].map(({ start, end, node }) => ({ start, end, node }))
  return { memory, meminfo, nodes, warnings }
}
