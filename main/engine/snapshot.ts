/** Makes a Snapshot: reads the store of the run executor, joins equal neighbours, asks the model for valid_zones. */
import type { RunExecutor } from './executors/run.ts'
import { zoneForPfnRange } from './kernel/zone-choice.ts'
import { zoneOfOnlineBlock } from './kernel/zone-of-block.ts'
import type { ZoneName } from './machine/description.ts'
import type { BlockRun, ListedRun, NodeSnapshot, PageRun, ResourceSnapshot, SectionRun, Snapshot } from './snapshot-types.ts'
import { MEM, MMOP, ONLINE_TYPE_TEXT } from './state/block.ts'
import type { Kernel } from './state/kernel.ts'
import { PAGE, PAGE_STATES, pageIdleRefs, pageInitialised, pageNode, pagePgmap, pageReserved, pageState, pageZone } from './state/page.ts'
import type { RangeStore } from './state/range-store.ts'
import type { Resource } from './state/resource-tree.ts'
import { ZONE_NAMES, zoneIdIndex } from './state/zone.ts'
import { alignDown, alignUp } from './units.ts'

export function makeSnapshot(k: Kernel, store: RangeStore, executor: RunExecutor): Snapshot {
  const top = k.pluggableEnd / k.pageSize
  return {
    arch: k.description.arch,
    constants: {
      pageSize: k.pageSize, sectionSize: k.pagesPerSection * k.pageSize, subsectionSize: k.pagesPerSubsection * k.pageSize, blockSize: k.blockBytes,
    },
    maxPfn: store.cell(k.maxPfn),
    highestPresentSection: store.cell(k.highestPresentSection),
    heldForEver: store.ref(k.heldForEver).map(({ lock, mode, by }) => ({ lock: lock.name, mode, by })),
    autoOnline: ONLINE_TYPE_TEXT[store.cell(k.autoOnline)] ?? 'offline',
    nodes: nodesOf(k, store),
    sections: sectionsOf(k, store, top),
    pages: pagesOf(k, store, top),
    blocks: blocksOf(k, store, executor, top),
    iomem: store.ref(k.iomem).children.map(resourceOf),
    pgmaps: store.ref(k.pgmaps).filter((p) => p.live).map(({ live: _live, ...p }) => p),
    listed: listedOf(k, store, top),
    devices: store.ref(k.devices).map(({ name, type, node, params, pgmaps, data }) => ({ name, type, node, params, pgmaps, data })),
    directMap: directMapOf(k, store, top),
  }
}

const nodesOf = (k: Kernel, store: RangeStore): NodeSnapshot[] =>
  k.nodeIds.map((id) => {
    const n = k.node(id)
    return {
      id,
      hasData: store.cell(n.hasData) === 1,
      online: store.cell(n.online) === 1,
      hasCpu: n.cpus > 0,
      hasMemory: store.cell(n.hasMemory) === 1,
      hasNormalMemory: store.cell(n.hasNormalMemory) === 1,
      startPfn: store.cell(n.startPfn),
      spanned: store.cell(n.spanned),
      present: store.cell(n.present),
      zones: n.zones.map((z) => ({
        name: z.name, index: z.index, startPfn: store.cell(z.startPfn), spanned: store.cell(z.spanned), present: store.cell(z.present),
        presentEarly: store.cell(z.presentEarly), managed: store.cell(z.managed), contiguous: store.cell(z.contiguous) === 1, initialized: store.cell(z.initialized) === 1,
      })),
    }
  })

/** The 64-bit map of one section as hex; bit 0 is the lowest sub-section. */
function subsectionHex(k: Kernel, store: RangeStore, start: number): string {
  let bits = 0n
  store.eachRun([k.subsectionMap], start, start + k.pagesPerSection, (s, e, bit) => {
    if (!bit) return
    const first = (s - start) / k.pagesPerSubsection
    const n = (e - s) / k.pagesPerSubsection
    bits |= ((1n << BigInt(n)) - 1n) << BigInt(first)
  })
  return '0x' + bits.toString(16)
}

export function sectionsOf(k: Kernel, store: RangeStore, top: number): SectionRun[] {
  const out: SectionRun[] = []
  const size = k.pagesPerSection
  const push = (first: number, last: number, flags: number, node: number, subsections: string): void => {
    const prev = out[out.length - 1]
    if (prev && prev.last + 1 === first && prev.flags === flags && prev.node === node && prev.subsections === subsections && !subsections.startsWith('0x'))
      out[out.length - 1] = { ...prev, last }
    else out.push({ first, last, flags, node, subsections })
  }
  store.eachRun([k.sectionFlags, k.sectionNode], 0, top, (s, e, flags, node) => {
    if (!flags) {
      // a thread that ended between section_activate() and sparse_init_one_section() leaves bits of a section that is not there
      for (let pfn = store.scan([k.subsectionMap], s, e, k.pagesPerSubsection, (bit) => bit !== 0); pfn >= 0; ) {
        const start = alignDown(pfn, size)
        push(start / size, start / size, 0, (node ?? 0) - 1, subsectionHex(k, store, start))
        pfn = start + size >= e ? -1 : store.scan([k.subsectionMap], start + size, e, k.pagesPerSubsection, (bit) => bit !== 0)
      }
      return
    }
    let at = s
    while (at < e) {
      const end = store.endOf(k.subsectionMap, at)
      const whole = Math.min(e, at + Math.floor((end - at) / size) * size)
      if (whole > at) {
        push(at / size, whole / size - 1, flags, (node ?? 0) - 1, store.at(k.subsectionMap, at) ? 'full' : 'empty')
        at = whole
      } else {
        push(at / size, at / size, flags, (node ?? 0) - 1, subsectionHex(k, store, at))
        at += size
      }
    }
  })
  return out
}

const pagesOf = (k: Kernel, store: RangeStore, top: number): PageRun[] => {
  const out: PageRun[] = []
  store.eachRun([k.page], 0, top, (start, end, page) => {
    if (page === undefined || page === 0) return
    const says = pageInitialised(page)
    out.push({
      start, end, state: PAGE_STATES[pageState(page)]!, node: says ? pageNode(page) : -1,
      zone: says ? (ZONE_NAMES[pageZone(page)] ?? 'none') : 'none', reserved: pageReserved(page),
      pgmap: says ? pagePgmap(page) : 0,
      refcount: pageState(page) === PAGE.initialised || pageState(page) === PAGE.device ? pageIdleRefs(page) : undefined,
    })
  })
  return out
}

function listedOf(k: Kernel, store: RangeStore, top: number): ListedRun[] {
  const live = new Set(store.ref(k.pgmaps).flatMap((p) => (p.live ? [p.id] : [])))
  const out: ListedRun[] = []
  store.eachRun([k.pgmapIndex], 0, top, (start, end, pgmap = 0) => {
    if (live.has(pgmap)) out.push({ start, end, pgmap })
  })
  return out
}

function directMapOf(k: Kernel, store: RangeStore, top: number): Snapshot['directMap'] {
  const out: { start: number; end: number }[] = []
  store.eachRun([k.directMap], 0, top, (start, end, mapped) => {
    if (mapped) out.push({ start, end })
  })
  return out
}

/** zoneId of the zone that an online block is in; 0 for none or several. */
const zoneOf = (k: Kernel, store: RangeStore, executor: RunExecutor, block: number): number =>
  k.profile.decisions.blockZone === 'remembered' ? store.at(k.blockZone, block) : store.observe(() => executor.run(zoneOfOnlineBlock, block).ret)

/** Block borders around every change of struct pages in [start, end): between two of them blocks look alike to whoever walks their pages. */
function pageCuts(k: Kernel, store: RangeStore, start: number, end: number): number[] {
  const cuts = new Set([start, end])
  store.eachRun([k.page], start, end, (s) => {
    cuts.add(alignDown(s, k.pagesPerBlock))
    cuts.add(Math.min(end, alignUp(s, k.pagesPerBlock)))
    cuts.add(Math.min(end, alignDown(s, k.pagesPerBlock) + k.pagesPerBlock))
  })
  return [...cuts].sort((a, b) => a - b)
}

/** valid_zones_show(): an online block's zone or "none"; an offline block's default zone, then the other possible one. */
export function validZones(k: Kernel, store: RangeStore, executor: RunExecutor, block: number): string {
  const state = store.at(k.blockState, block)
  const zid = zoneOf(k, store, executor, block)
  if (state === MEM.online) return zid === 0 ? 'none' : ZONE_NAMES[zoneIdIndex(zid)]!
  const node = store.at(k.blockNode, block) - 1
  if (!k.nodes.has(node)) return 'none'
  const ask = (type: number): number => store.observe(() => executor.run(zoneForPfnRange, type, node, store.at(k.blockGroup, block), block, k.pagesPerBlock).ret)
  const first = ask(MMOP.online)
  const names = [first, ...[ask(MMOP.onlineKernel), ask(MMOP.onlineMovable)].filter((z) => z !== first)]
  return names.map((z) => ZONE_NAMES[zoneIdIndex(z)]!).join(' ')
}

function blocksOf(k: Kernel, store: RangeStore, executor: RunExecutor, top: number): BlockRun[] {
  const out: BlockRun[] = []
  const fields = [k.blockState, k.blockZone, k.blockNode, k.blockNodes, k.blockOnlineType, k.blockVmemmapPages, k.blockGroup]
  // where the default zone of an offline block may change: at the ends of the zones' spans
  const edges = [...new Set(k.nodeIds.flatMap((id) => k.node(id).zones.flatMap((z) => {
    const start = store.cell(z.startPfn)
    const end = start + store.cell(z.spanned)
    return end > start ? [start, end].flatMap((pfn) => [Math.floor(pfn / k.pagesPerBlock), Math.ceil(pfn / k.pagesPerBlock)].map((b) => b * k.pagesPerBlock)) : []
  })))].sort((a, b) => a - b)
  const push = (run: BlockRun): void => {
    const prev = out[out.length - 1]
    const same = prev && prev.last + 1 === run.first && prev.state === run.state && prev.zone === run.zone && prev.validZones === run.validZones &&
      prev.onlineType === run.onlineType && prev.vmemmapPages === run.vmemmapPages && prev.nodes === run.nodes
    if (prev && same) out[out.length - 1] = { ...prev, last: run.last }
    else out.push(run)
  }
  store.eachRun(fields, 0, top, (start, end, state, zid, _nid, links, type, vmemmap) => {
    if (!state) return
    const walked = state === MEM.online && k.profile.decisions.blockZone !== 'remembered'
    const cuts = state === MEM.offline ? [start, ...edges.filter((e) => e > start && e < end), end] : walked ? pageCuts(k, store, start, end) : [start, end]
    for (let i = 0; i + 1 < cuts.length; i++)
      push({
        first: cuts[i]! / k.pagesPerBlock, last: cuts[i + 1]! / k.pagesPerBlock - 1,
        state: state === MEM.online ? 'online' : state === MEM.offline ? 'offline' : 'going-offline',
        nodes: k.nodeSets[links ?? 0]!,
        zone: state === MEM.offline ? undefined : zoneName(walked ? zoneOf(k, store, executor, cuts[i]!) : (zid ?? 0)),
        validZones: validZones(k, store, executor, cuts[i]!),
        onlineType: ONLINE_TYPE_TEXT[type ?? 0] ?? 'offline', vmemmapPages: vmemmap ?? 0,
      })
  })
  return out
}

const zoneName = (zid: number): ZoneName | 'none' => (zid ? ZONE_NAMES[zoneIdIndex(zid)]! : 'none')

const resourceOf = (r: Resource): ResourceSnapshot => ({
  start: r.start, end: r.end, name: r.name, busy: r.busy, sysram: r.sysram, children: r.children.map(resourceOf),
})
