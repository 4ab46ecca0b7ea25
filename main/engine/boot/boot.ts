/**
 * Boot: from a machine description to a running kernel's state, kernel-behaviour 3h. What boot does is fixed by the
 * description, so it writes to the store directly and leaves an empty journal: history starts after it.
 */
import { InputErrors } from '../errors.ts'
import { RunExecutor, type Grain } from '../executors/run.ts'
import { setZoneContiguous } from '../kernel/zone-contiguous.ts'
import type { MachineDescription } from '../machine/description.ts'
import type { Profile } from '../profiles/profile.ts'
import { MEM, MMOP } from '../state/block.ts'
import { Kernel, ONLINE_POLICY } from '../state/kernel.ts'
import { PAGE, packPage } from '../state/page.ts'
import { RangeMap } from '../state/range-map.ts'
import { RangeStore } from '../state/range-store.ts'
import { SECTION, USAGE } from '../state/section.ts'
import { ZONE, zoneId } from '../state/zone.ts'
import { alignDown, alignUp } from '../units.ts'
import { adopt } from './adopt.ts'
import { memoryBlockSize } from './block-size.ts'
import { bootReserved } from './boot-reserved.ts'
import { bootResources } from './boot-resources.ts'
import { parseCmdline, type BootParameters } from './cmdline.ts'
import { checkDescription } from './check-description.ts'
import { absentPages, bootMemoryMap, memblockOf, type MemRange } from './memory-map.ts'
import { numaLayout } from './numa.ts'
import { zoneSizes, type ZoneSizes } from './zone-sizes.ts'

export interface Booted {
  readonly kernel: Kernel
  readonly store: RangeStore
  readonly executor: RunExecutor
  /** What the kernel would have grumbled about, and parameters that it could not read. */
  readonly warnings: readonly string[]
  /** Zones whose managed count is an estimate, as "0/Normal". */
  readonly estimated: readonly string[]
  readonly memory: readonly MemRange[]
  readonly zoneSizes: ZoneSizes
}

export function boot(description: MachineDescription, profile: Profile, grain: Grain = 'coarse'): Booted {
  checkDescription(description)
  const p = parseCmdline(description.cmdline)
  const map = bootMemoryMap(description, p)
  const page = 2 ** description.constants.pageShift
  const ram = memblockOf(map, page)
  if (ram.length === 0)
    throw new InputErrors([{ code: 'ZL-MACHINE-NO-RAM', file: description.title, field: 'firmware', found: 'no usable memory after mem= and memmap=', expected: 'at least one whole page of usable RAM' }])
  const maxPfn = ram[ram.length - 1]!.end
  const { memory, meminfo, nodes, warnings } = numaLayout(description, ram, p, profile.decisions.numaFake)
  const blockBytes = memoryBlockSize(description, maxPfn, profile.decisions)
  const kernel = new Kernel(description, profile, { blockBytes, nodes, meminfo, movableNode: p.movableNode, memmapOnMemory: memmapMode(p, profile), pse: p.pse })
  // every set that hotplug may need later, so that the numbers of sets do not depend on the order of adds
  for (const id of kernel.nodeIds) kernel.nodeSet([id])
  const store = new RangeStore()
  store.cells.push(...kernel.cellInit)
  store.refs.push(...kernel.refInit)
  for (let i = 0; i < kernel.allFields.length; i++) store.fields.push(new RangeMap())

  const sizes = zoneSizes(description, memory, p, kernel.nodeIds)
  bootNodes(kernel, store, memory, sizes)
  bootSections(kernel, store, memory)
  bootMemmap(kernel, store, memory, sizes)
  store.setCell(kernel.maxPfn, maxPfn)
  store.setRef(kernel.iomem, bootResources(description, map))
  const estimated = bootReserved(kernel, store, memory)

  const executor = new RunExecutor(kernel, store, grain)
  // page_alloc_init_late
  for (const node of kernel.nodes.values())
    for (const zone of node.zones) if (store.cell(zone.present) > 0) executor.run(setZoneContiguous, zone)

  bootBlocks(kernel, store, memory)
  const anyWord = profile.decisions.autoOnlineWords === 'any' || p.defaultOnline <= MMOP.online
  store.setCell(kernel.autoOnline, anyWord ? p.defaultOnline : MMOP.offline)
  store.setCell(kernel.onlinePolicy, p.autoMovable && profile.decisions.autoMovable === 'ratio' ? ONLINE_POLICY.autoMovable : ONLINE_POLICY.contigZones)
  if (p.autoMovableRatio !== undefined) store.setCell(kernel.autoMovableRatio, p.autoMovableRatio)
  store.setCell(kernel.autoMovableNumaAware, p.autoMovableNumaAware ? 1 : 0)
  if (description.adopted) adopt(kernel, store, executor, description.adopted)

  store.journal.entries.length = 0
  store.journal.applied = 0
  return {
    kernel, store, executor, estimated, memory, zoneSizes: sizes,
    warnings: [...warnings, ...p.ignored.map((w) => `command line: "${w}" cannot be read and is ignored`)],
  }
}

/** The parameter as the profile's kernel reads it: older ones have none, or none that can be forced. */
function memmapMode(p: BootParameters, profile: Profile): Kernel['memmapOnMemory'] {
  const { memmapOnMemory } = profile.decisions
  if (memmapOnMemory === 'each-block' && p.memmapOnMemoryForce) return 'force'
  return memmapOnMemory !== 'none' && p.memmapOnMemory ? 'on' : 'off'
}

/** Zones, nodes and node masks (free_area_init_node). */
function bootNodes(k: Kernel, store: RangeStore, memory: readonly MemRange[], sizes: ZoneSizes): void {
  for (const z of sizes.zones) {
    const zone = k.zone(z.node, z.index)
    store.setCell(zone.startPfn, z.start)
    store.setCell(zone.spanned, z.spanned)
    store.setCell(zone.present, z.present)
    if (k.profile.decisions.presentEarly === 'counted') store.setCell(zone.presentEarly, z.present)
    store.setCell(zone.initialized, 1)
    store.setCell(zone.node.nrZones, Math.max(store.cell(zone.node.nrZones), z.index + 1))
  }
  for (const node of k.nodes.values()) {
    const own = memory.filter((m) => m.node === node.id)
    const pages = own.reduce((n, m) => n + m.end - m.start, 0)
    // numa_register_memblks() and init_cpu_to_node(); 6.1.192 knows no smallest node (earlier kernels: 4 MiB)
    if (pages > 0 || node.cpus > 0) store.setCell(node.online, 1)
    if (pages > 0 || node.cpus > 0 || k.profile.decisions.nodeData === 'at-boot') store.setCell(node.hasData, 1)
    if (pages === 0) continue
    store.setCell(node.startPfn, Math.min(...own.map((m) => m.start)))
    // v6.1: the sum of the zones' spans, which may differ from the hull
    store.setCell(node.spanned, node.zones.reduce((n, z) => n + store.cell(z.spanned), 0))
    store.setCell(node.present, node.zones.reduce((n, z) => n + store.cell(z.present), 0))
    store.setCell(node.hasMemory, 1)
    if (node.zones.some((z) => z.index <= ZONE.NORMAL && store.cell(z.present) > 0)) store.setCell(node.hasNormalMemory, 1)
  }
}

/**
 * memory_present(), sparse_init() and subsection_map_init(): early, online sections with a complete memmap. Without a sub-section map (until
 * v5.2) all of a section is there.
 */
function bootSections(k: Kernel, store: RangeStore, memory: readonly MemRange[]): void {
  const { earlySections, pfnValid } = k.profile.decisions
  const flags = SECTION.present | SECTION.valid | SECTION.online | (earlySections === 'marked' ? SECTION.early : 0)
  for (const m of memory) {
    const start = alignDown(m.start, k.pagesPerSection)
    const end = alignUp(m.end, k.pagesPerSection)
    store.setField(k.sectionFlags, start, end, flags)
    store.setField(k.sectionUsage, start, end, USAGE.boot)
    // the first range to touch a section gives it its node
    store.eachRun([k.sectionNode], start, end, (s, e, node) => {
      if (node === 0) store.setField(k.sectionNode, s, e, m.node + 1)
    })
    if (pfnValid === 'section') store.setField(k.subsectionMap, start, end, 1)
    else store.setField(k.subsectionMap, m.start, m.end, 1)
    store.setField(k.directMap, m.start, m.end, 1)
    store.setField(k.bootMemory, m.start, m.end, 1)
    store.setCell(k.highestPresentSection, Math.max(store.cell(k.highestPresentSection), end / k.pagesPerSection - 1))
  }
}

/**
 * memmap_init(): struct pages of boot memory, zone by zone; holes in its sections are initialised as reserved pages of the
 * zone that the next range above belongs to, what trails behind the last range as the last zone's.
 */
function bootMemmap(k: Kernel, store: RangeStore, memory: readonly MemRange[], sizes: ZoneSizes): void {
  const hole = (start: number, end: number, node: number, zone: number): void => {
    if (start >= end) return
    store.eachRun([k.sectionFlags], start, end, (s, e, flags) => {
      if (flags) store.setField(k.page, s, e, packPage(PAGE.initialised, node, zone, true))
    })
  }
  let holePfn = 0
  let last: { node: number; zone: number } | undefined
  for (const m of memory)
    for (const z of sizes.zones) {
      if (z.node !== m.node || z.present === 0) continue
      const start = Math.max(m.start, z.start)
      const end = Math.min(m.end, z.start + z.spanned)
      if (start >= end) continue
      store.setField(k.page, start, end, packPage(PAGE.online, z.node, z.index, false))
      hole(holePfn, start, z.node, z.index)
      holePfn = end
      last = { node: z.node, zone: z.index }
    }
  if (last) hole(holePfn, alignUp(holePfn, k.pagesPerSection), last.node, last.zone)
}

/** Memory blocks of boot memory: online; the zone is known where exactly one zone of one node meets the block. */
function bootBlocks(k: Kernel, store: RangeStore, memory: readonly MemRange[]): void {
  // a block exists where a section is present
  store.eachRun([k.sectionFlags], 0, alignUp(store.cell(k.maxPfn), k.pagesPerBlock), (s, e, flags) => {
    if (flags) store.setField(k.blockState, alignDown(s, k.pagesPerBlock), alignUp(e, k.pagesPerBlock), MEM.online)
  })
  const firstOnline = k.nodeIds.find((id) => store.cell(k.node(id).online)) ?? 0
  for (const id of k.nodeIds) {
    const node = k.node(id)
    if (!store.cell(node.online)) continue
    const start = store.cell(node.startPfn)
    const end = start + store.cell(node.spanned)
    if (end === start) continue
    // register_mem_block_under_node_early: a page's node is that of its memblock range, and of none: the first online node
    const mine = memory.filter((m) => m.node === id).map((m) => ({ start: m.start, end: m.end }))
    const claimed = mine.flatMap((m) => [{ start: alignDown(m.start, k.pagesPerBlock), end: alignUp(m.end, k.pagesPerBlock) }])
    if (id === firstOnline) claimed.push(...holesInSections(k, memory))
    const from = alignDown(start, k.pagesPerBlock)
    const to = alignUp(end, k.pagesPerBlock)
    for (const c of joined(claimed)) {
      const s = Math.max(c.start, from)
      const e = Math.min(c.end, to)
      if (e <= s) continue
      registerUnder(k, store, id, s, e)
    }
  }
}

/** Blocks with pages in present sections that no memblock range covers, as block-aligned ranges. */
function holesInSections(k: Kernel, memory: readonly MemRange[]): { start: number; end: number }[] {
  const out: { start: number; end: number }[] = []
  const spans = joined(memory.map((m) => ({ start: alignDown(m.start, k.pagesPerSection), end: alignUp(m.end, k.pagesPerSection) })))
  const sorted = memory.map((m) => ({ start: m.start, end: m.end }))
  for (const s of spans) {
    if (absentPages(sorted, s.start, s.end) === 0) continue
    let at = s.start
    for (const m of [...sorted, { start: s.end, end: s.end }]) {
      if (m.end < s.start || m.start > s.end) continue
      if (m.start > at) out.push({ start: alignDown(at, k.pagesPerBlock), end: alignUp(m.start, k.pagesPerBlock) })
      at = Math.max(at, m.end)
    }
  }
  return out
}

/** Sorted, overlapping and touching ranges joined. */
function joined(ranges: readonly { start: number; end: number }[]): { start: number; end: number }[] {
  const out: { start: number; end: number }[] = []
  for (const r of [...ranges].sort((a, b) => a.start - b.start)) {
    const last = out[out.length - 1]
    if (last && r.start <= last.end) last.end = Math.max(last.end, r.end)
    else out.push({ ...r })
  }
  return out
}

/** do_register_memory_block_under_node(MEMINIT_EARLY) with memory_block_add_nid(), for the blocks of [start, end). */
function registerUnder(k: Kernel, store: RangeStore, node: number, start: number, end: number): void {
  const populated = k.node(node).zones.filter((z) => store.cell(z.present) > 0)
  const borders = new Set<number>([start, end])
  for (const z of populated)
    for (const edge of [store.cell(z.startPfn), store.cell(z.startPfn) + store.cell(z.spanned)])
      for (const b of [alignDown(edge, k.pagesPerBlock), alignUp(edge, k.pagesPerBlock)]) if (b > start && b < end) borders.add(b)
  const cuts = [...borders].sort((a, b) => a - b)
  for (let i = 0; i + 1 < cuts.length; i++)
    store.eachRun([k.blockState, k.blockNode, k.blockNodes], cuts[i]!, cuts[i + 1]!, (s, e, state, nid, links) => {
      if (!state) return
      if ((nid ?? 0) !== node + 1) {
        let zid = 0
        if (nid === 0) {
          const meets = populated.filter((z) => {
            const zs = store.cell(z.startPfn)
            return s < zs + store.cell(z.spanned) && zs < s + k.pagesPerBlock
          })
          if (meets.length === 1) zid = zoneId(node, meets[0]!.index)
        }
        store.setField(k.blockZone, s, e, zid)
      }
      store.setField(k.blockNode, s, e, node + 1)
      const set = k.nodeSets[links ?? 0]!
      if (!set.includes(node)) store.setField(k.blockNodes, s, e, k.nodeSet([...set, node].sort((a, b) => a - b)))
    })
}
