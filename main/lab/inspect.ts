/** The inspector: what a selected thing is, in the kernel's field names, why, and what can be done to it. */
import type { Inspection, InspectorCell, Selection } from '../../preload/contract.ts'
import { decisionOf, type DecisionName } from '../engine/profiles/decisions.ts'
import { MEM, ONLINE_TYPE_TEXT } from '../engine/state/block.ts'
import { UNINITIALISED } from '../engine/state/kernel.ts'
import type { Node } from '../engine/state/node.ts'
import { PAGE, pageInitialised, pageNode, pageReserved, pageState, pageZone } from '../engine/state/page.ts'
import { eachResource, type Resource } from '../engine/state/resource-tree.ts'
import { SECTION, USAGE } from '../engine/state/section.ts'
import { ZONE_NAMES, zoneIdIndex, zoneIdNode, type Zone } from '../engine/state/zone.ts'
import { validZones } from '../engine/snapshot.ts'
import { formatSize, hex } from '../engine/units.ts'
import { actionsFor } from './actions.ts'
import { blockers } from './blockers.ts'
import type { Document } from './document.ts'
import { finish, flagRow, pagesRow, pfnRow, type Row, type RowGroup } from './fields.ts'
import { notesOnBlock, notesOnNode, notesOnZone } from './notes.ts'
import { gone, type Body } from './inspect-body.ts'
import { device } from './inspect-device.ts'
import { NOBODY, owners, pgmapRanges, rangeAt, type Owner, type PgmapRange } from './owners.ts'
import { kernelName, profileInfo } from './profiles.ts'
import { MARK_LABEL, PAGE_LABEL, mapStateOfPage, sectionLetters, zoneKeyOfPage } from './zone-key.ts'

/** Selections whose addresses could be removed: they are told what stops that. */
const REMOVABLE: ReadonlySet<Selection['kind']> = new Set(['page', 'subsection', 'section', 'block', 'blocks', 'range', 'device', 'resource'])

export function inspect(doc: Document, selection: Selection): Inspection {
  const body = describe(doc, selection)
  const asked = body.range && REMOVABLE.has(selection.kind)
  return {
    ...body, selection, groups: finish(doc, body.groups), actions: actionsFor(doc, selection),
    ...(asked && body.range ? { blockers: blockers(doc, body.range.start, body.range.end) } : {}),
  }
}

/** What a thing is, without what can be done to it. */
export function inspectFields(doc: Document, selection: Selection): Pick<Inspection, 'path' | 'title' | 'range' | 'groups'> {
  const { path, title, range, groups } = describe(doc, selection)
  return { path, title, ...(range ? { range } : {}), groups: finish(doc, groups) }
}

function describe(doc: Document, s: Selection): Body {
  const { kernel: k } = doc
  switch (s.kind) {
    case 'machine': return machine(doc)
    case 'node': return k.nodes.has(s.node) ? node(doc, k.node(s.node)) : gone(`Node ${s.node}`)
    case 'zone': {
      const z = k.nodes.get(s.node)?.zones.find((x) => x.name === s.zone)
      return z ? zone(doc, z) : gone(`Node ${s.node}, zone ${s.zone}`)
    }
    case 'block': return block(doc, s.block)
    case 'blocks': return s.first === s.last ? block(doc, s.first) : blocks(doc, s.first, s.last)
    case 'section': return section(doc, s.section)
    case 'subsection': return subsection(doc, s.subsection)
    case 'resource': return resource(doc, s.start, s.end, s.name)
    case 'page': return page(doc, s.pfn)
    case 'dimm': return dimm(doc, s.id)
    case 'device': return device(doc, s.name)
    case 'range': return range(doc, s.start, s.end)
  }
}

function machine(doc: Document): Body {
  const { kernel: k, store } = doc
  const c = k.constants
  const rows: Row[] = [
    { name: 'block_size_bytes', raw: hex(k.blockBytes), human: formatSize(k.blockBytes), doc: 'Unit of online and offline: the size of a memory block.' },
    { name: 'PAGE_SIZE', raw: String(k.pageSize), human: formatSize(k.pageSize) },
    { name: 'SECTION_SIZE_BITS', raw: String(c.sectionShift), human: formatSize(2 ** c.sectionShift) },
    { name: 'SUBSECTION_SHIFT', raw: String(c.subsectionShift), human: formatSize(2 ** c.subsectionShift) },
    { name: 'MAX_PHYSMEM_BITS', raw: String(c.maxPhysmemBits), human: formatSize(2 ** c.maxPhysmemBits) },
    { name: 'sizeof(struct page)', raw: String(c.structPageSize) },
    { name: 'max_pfn', raw: hex(store.cell(k.maxPfn)), human: formatSize(store.cell(k.maxPfn) * k.pageSize), doc: 'End of the highest RAM ever added; never goes down.', watch: k.maxPfn },
    { name: 'highest present section', raw: hex(Math.max(0, store.cell(k.highestPresentSection))), doc: '__highest_present_section_nr; never goes down.', watch: k.highestPresentSection },
  ]
  const policy: Row[] = [
    { name: 'auto_online_blocks', raw: ONLINE_TYPE_TEXT[store.cell(k.autoOnline)] ?? 'offline', doc: 'What happens to a block as soon as it is added.', watch: k.autoOnline },
    { name: 'online_policy', raw: store.cell(k.onlinePolicy) ? 'auto-movable' : 'contig-zones', doc: 'How a plain online chooses the zone.', watch: k.onlinePolicy },
    { name: 'auto_movable_ratio', raw: String(store.cell(k.autoMovableRatio)), doc: 'Most Movable memory for each 100 of early kernel memory.', watch: k.autoMovableRatio },
    { name: 'auto_movable_numa_aware', raw: store.cell(k.autoMovableNumaAware) ? 'Y' : 'N', watch: k.autoMovableNumaAware },
    { name: 'memmap_on_memory', raw: { off: 'N', on: 'Y', force: 'force' }[k.memmapOnMemory], doc: 'Hot-added memory carries its own struct pages.' },
    { name: 'uninitialised_pages', raw: UNINITIALISED[store.cell(k.uninitialised)] ?? 'zone-0', doc: 'What a struct page says that nobody initialised, where the kernel asks it: zone 0 or ZONE_DEVICE of the right node, or anything (wild: following it is a page fault).', watch: k.uninitialised },
    ...store.ref(k.notifiers).map((n): Row => ({ name: n.name, raw: `NOTIFY_BAD to ${n.event}`, watch: k.notifiers })),
  ]
  const held = store.ref(k.heldForEver)
  const stuck = [...new Set(held.map(({ lock }) => lock))].map((lock): Row => {
    const its = held.filter((h) => h.lock === lock)
    return {
      name: lock.name, raw: `by ${its.map(({ by }) => `${by}()`).join(', ')}`, ...(its.every(({ mode }) => mode === 'read') ? { human: 'for reading' } : {}),
      doc: 'Its holder is gone: a BUG ended it, or it waits for such a lock itself. Whoever needs the lock waits for ever.', watch: k.heldForEver,
    }
  })
  const p = doc.engine.profile
  const { kind, changes } = profileInfo(p)
  const kernel: Row[] = [
    { name: 'profile', raw: kernelName(p), ...(p.title === kernelName(p) ? {} : { human: p.title }), ...(p.source === undefined ? {} : { doc: p.source }) },
    ...(kind === 'release' || kind === 'between' ? [] : changes.map(({ name, from, to }): Row => ({ name, raw: to, human: `not ${from}`, doc: decisionOf(name as DecisionName).doc }))),
  ]
  return {
    path: 'Machine', title: doc.description.title,
    groups: [...(stuck.length > 0 ? [{ title: 'locks held for ever', rows: stuck }] : []), { title: k.description.arch, rows }, { title: 'kernel', rows: kernel }, { title: 'policies', rows: policy }],
    notes: [...doc.engine.booted.estimated.length ? [`managed of ${doc.engine.booted.estimated.join(', ')} is an estimate at boot: no source says how much the kernel took.`] : [], ...doc.warnings],
  }
}

const nodeRows = (doc: Document, n: Node): Row[] => [
  pfnRow(doc, 'node_start_pfn', n.startPfn, 'First pfn the node spans; 0 when it spans nothing.'),
  pagesRow(doc, 'node_spanned_pages', n.spanned, 'From the lowest zone start to the highest zone end, holes and other nodes included.'),
  pagesRow(doc, 'node_present_pages', n.present, 'Sum of present pages of its RAM zones.'),
]

function node(doc: Document, n: Node): Body {
  const { store, kernel: k } = doc
  const start = store.cell(n.startPfn) * k.pageSize
  const spanned = store.cell(n.spanned) * k.pageSize
  return {
    path: 'Machine', title: `Node ${n.id}`, ...(spanned ? { range: { start, end: start + spanned } } : {}),
    groups: [
      { title: `struct pglist_data ${n.id}`, rows: [...nodeRows(doc, n), { name: 'nr_zones', raw: String(store.cell(n.nrZones)), doc: 'Index + 1 of the highest zone ever initialised.', watch: n.nrZones }] },
      {
        title: 'node states',
        rows: [
          flagRow(doc, 'N_ONLINE', n.online, 'The node is visible under /sys/devices/system/node.'),
          flagRow(doc, 'N_MEMORY', n.hasMemory, 'The node has online memory.'),
          flagRow(doc, 'N_NORMAL_MEMORY', n.hasNormalMemory, 'The node has online memory in a kernel zone.'),
          { name: 'CPUs', raw: String(n.cpus), doc: 'A CPU keeps its node online.' },
        ],
      },
    ],
    notes: notesOnNode(doc, n),
  }
}

const zoneRows = (doc: Document, z: Zone): Row[] => [
  pfnRow(doc, 'zone_start_pfn', z.startPfn, 'First pfn the zone spans; 0 when it spans nothing.'),
  pagesRow(doc, 'spanned_pages', z.spanned, 'From the first to the last page of the zone, holes included.'),
  pagesRow(doc, 'present_pages', z.present, 'Pages that exist and are online.'),
  ...(doc.engine.profile.decisions.presentEarly === 'counted' ? [pagesRow(doc, 'present_early_pages', z.presentEarly, 'The part of present that existed at boot.')] : []),
  {
    ...pagesRow(doc, 'managed_pages', z.managed, 'Pages given to the buddy allocator.'),
    ...(doc.engine.booted.estimated.includes(`${z.node.id}/${z.name}`) ? { doc: 'Pages given to the buddy allocator. The boot part is an estimate: no source says how much the kernel took.' } : {}),
  },
  flagRow(doc, 'contiguous', z.contiguous, 'No hole in the span: walkers need not test every pageblock.'),
  flagRow(doc, 'initialized', z.initialized, 'init_currently_empty_zone has run for it.'),
]

function zone(doc: Document, z: Zone): Body {
  const { store, kernel: k } = doc
  const start = store.cell(z.startPfn) * k.pageSize
  const spanned = store.cell(z.spanned) * k.pageSize
  return {
    path: `Node ${z.node.id}`, title: `Zone ${z.node.id}/${z.name}`, ...(spanned ? { range: { start, end: start + spanned } } : {}),
    groups: [{ title: `struct zone ${z.node.id}/${z.name}`, rows: zoneRows(doc, z) }, { title: `struct pglist_data ${z.node.id}`, rows: nodeRows(doc, z.node) }],
    notes: notesOnZone(doc, z),
  }
}

function blockRows(doc: Document, nr: number): Row[] {
  const { kernel: k, store } = doc
  const pfn = nr * k.pagesPerBlock
  const state = store.at(k.blockState, pfn)
  const zid = store.at(k.blockZone, pfn)
  const where = (field: typeof k.blockState) => ({ field, start: pfn, end: pfn + 1 })
  const nodes = k.nodeSets[store.at(k.blockNodes, pfn)] ?? []
  const group = store.at(k.blockGroup, pfn)
  return [
    { name: 'start_section_nr', raw: hex((nr * k.pagesPerBlock) / k.pagesPerSection), human: `block ${nr}`, watch: where(k.blockState) },
    { name: 'state', raw: state === MEM.online ? 'MEM_ONLINE' : state === MEM.offline ? 'MEM_OFFLINE' : 'MEM_GOING_OFFLINE', human: String(state), watch: where(k.blockState) },
    { name: 'zone', raw: zid ? `${zoneIdNode(zid)}/${ZONE_NAMES[zoneIdIndex(zid)]!}` : 'NULL', doc: 'The single zone of an online block; NULL when it spans several, which makes offlining fail with -EINVAL.', watch: where(k.blockZone) },
    { name: 'valid_zones', raw: validZones(k, store, doc.executor, pfn), doc: 'Online: its zone. Offline: the zone a plain online would choose, then the other one possible.' },
    { name: 'nid', raw: String(store.at(k.blockNode, pfn) - 1), ...(nodes.length > 1 ? { human: `nodes ${nodes.join(', ')}` } : {}), watch: where(k.blockNode) },
    { name: 'online_type', raw: ONLINE_TYPE_TEXT[store.at(k.blockOnlineType, pfn)] ?? '', doc: 'The word that a pending online will use; offline when none is pending.', watch: where(k.blockOnlineType) },
    { name: 'nr_vmemmap_pages', raw: String(store.at(k.blockVmemmapPages, pfn)), doc: 'Pages of the block that hold its own struct pages (memmap_on_memory).', watch: where(k.blockVmemmapPages) },
    ...(group ? [{ name: 'group', raw: String(group), human: store.ref(k.dimms).find((d) => d.group === group)?.id, doc: 'Memory group: the blocks of one DIMM.', watch: where(k.blockGroup) } satisfies Row] : []),
  ]
}

function block(doc: Document, nr: number): Body {
  const { kernel: k, store } = doc
  const pfn = nr * k.pagesPerBlock
  if (store.at(k.blockState, pfn) === MEM.none) return gone(`Memory block ${nr}`)
  const zid = store.at(k.blockZone, pfn)
  const nid = store.at(k.blockNode, pfn) - 1
  const z = zid ? k.zone(zoneIdNode(zid), zoneIdIndex(zid)) : undefined
  const groups: RowGroup[] = [{ title: 'struct memory_block', rows: blockRows(doc, nr) }]
  if (z) groups.push({ title: `struct zone ${z.node.id}/${z.name}`, rows: zoneRows(doc, z) })
  if (k.nodes.has(nid)) groups.push({ title: `struct pglist_data ${nid}`, rows: nodeRows(doc, k.node(nid)) })
  const sectionNr = pfn / k.pagesPerSection
  return {
    path: [`Node ${nid}`, ...(z ? [z.name] : []), `section ${hex(sectionNr)}`].join(' › '),
    title: `Memory block ${nr}`, range: { start: pfn * k.pageSize, end: (pfn + k.pagesPerBlock) * k.pageSize }, groups, notes: notesOnBlock(doc, nr),
  }
}

function blocks(doc: Document, first: number, last: number): Body {
  const { kernel: k, store } = doc
  const counts = new Map<string, number>()
  store.eachRun([k.blockState, k.blockZone], first * k.pagesPerBlock, (last + 1) * k.pagesPerBlock, (s, e, state, zid) => {
    if (!state) return
    const key = state === MEM.offline ? 'offline' : `online · ${zid ? ZONE_NAMES[zoneIdIndex(zid)] : 'several zones'}`
    counts.set(key, (counts.get(key) ?? 0) + (e - s) / k.pagesPerBlock)
  })
  return {
    path: 'Machine', title: `Memory blocks ${first}–${last}`, range: { start: first * k.blockBytes, end: (last + 1) * k.blockBytes },
    groups: [{ title: `${last - first + 1} blocks of ${formatSize(k.blockBytes)}`, rows: [...counts].map(([name, n]) => ({ name, raw: String(n), human: formatSize(n * k.blockBytes) })) }], notes: [],
  }
}

const FLAG_TEXT: readonly (readonly [number, string, string])[] = [
  [SECTION.present, 'SECTION_MARKED_PRESENT', 'The section was registered.'], [SECTION.valid, 'SECTION_HAS_MEM_MAP', 'It has struct pages.'],
  [SECTION.online, 'SECTION_IS_ONLINE', 'It belongs to onlined RAM.'], [SECTION.early, 'SECTION_IS_EARLY', 'It existed at boot; its memmap is complete.'],
  [SECTION.taint, 'SECTION_TAINT_ZONE_DEVICE', 'It holds, or may hold, device pages beside RAM.'],
]

const ownersRow = (doc: Document, start: number, end: number): Row[] => {
  const { kernel: k } = doc
  const pages = owners(doc, Math.floor(start / k.pageSize), Math.ceil(end / k.pageSize))
  const rows: Row[] = pages.slice(0, 12).map((o) => ({
    name: 'struct pages', raw: o.name, ...(pages.length > 1 ? { human: `${hex(o.start * k.pageSize)}-${hex(o.end * k.pageSize - 1)}` } : {}),
    doc: o.device ? 'Device that its page map, or its RAM, belongs to.' : o.name === NOBODY ? 'Struct pages exist, and no device and no RAM block has them.' : 'Ordinary RAM.',
  }))
  eachResource(doc.store.ref(doc.kernel.iomem), (r, depth) => {
    if (r.start < end && start < r.end) rows.push({ name: `${'  '.repeat(depth)}${r.name}`, raw: `${hex(r.start)}-${hex(r.end - 1)}`, human: r.busy ? 'busy' : 'not busy' })
  })
  return rows
}

/** For a pfn in an altmap the page map's range: its pages up to `first` are not the driver's. */
function altmaps(doc: Document): (pfn: number) => PgmapRange | undefined {
  const ranges = pgmapRanges(doc)
  return (pfn) => {
    const range = rangeAt(ranges, pfn)
    return range && pfn < range.first ? range : undefined
  }
}

/** Owners of [start, end) as a cell names them. */
function whose(all: readonly Owner[], start: number, end: number): { owner?: string; device?: string } {
  const here = all.filter((o) => o.start < end && start < o.end)
  if (here.length === 0) return {}
  const names = [...new Set(here.map((o) => o.name))]
  const devices = [...new Set(here.flatMap((o) => (o.device === undefined ? [] : [o.device])))]
  return { owner: names.join(' + '), ...(devices.length === 1 ? { device: devices[0]! } : {}) }
}

function section(doc: Document, nr: number): Body {
  const { kernel: k, store } = doc
  const pfn = nr * k.pagesPerSection
  const end = pfn + k.pagesPerSection
  const flags = store.at(k.sectionFlags, pfn)
  if (!flags) return gone(`Section ${hex(nr)}`)
  const usage = store.at(k.sectionUsage, pfn)
  const at = { start: pfn, end }
  const rows: Row[] = [
    { name: 'section_mem_map', raw: sectionLetters(flags), doc: 'P present, M memmap, O online, E early, D device taint.', watch: { field: k.sectionFlags, ...at } },
    ...FLAG_TEXT.map(([bit, name, text]): Row => ({ name, raw: flags & bit ? '1' : '0', doc: text, watch: { field: k.sectionFlags, ...at } })),
    { name: 'nid', raw: String(store.at(k.sectionNode, pfn) - 1), watch: { field: k.sectionNode, ...at } },
    { name: 'usage', raw: usage === USAGE.boot ? 'boot memory' : usage === USAGE.slab ? 'slab' : 'NULL', doc: 'Where sub-section map and pageblock flags live; boot memory is kept for re-use.', watch: { field: k.sectionUsage, ...at } },
  ]
  const step = k.pagesPerSubsection
  const owned = owners(doc, pfn, end)
  const kept = altmaps(doc)
  const cells: InspectorCell[] = []
  for (let i = 0; i < k.pagesPerSection / step; i++) {
    const from = pfn + i * step
    const p = store.at(k.page, from)
    const bit = store.at(k.subsectionMap, from)
    const own = whose(owned, from, from + step)
    const altmap = kept(from) && kept(from + step - 1)
    cells.push({
      first: i, last: i, zone: altmap ? 'Device' : zoneKeyOfPage(p), state: altmap ? 'altmap' : mapStateOfPage(p), ...own,
      label: `sub-section ${i}: ${bit ? 'bit set' : 'bit clear'}, ${altmap ? 'altmap' : (PAGE_LABEL[pageState(p)] ?? 'no struct page')}${own.owner === undefined ? '' : `, ${own.owner}`}`,
    })
  }
  return {
    path: `Block ${k.blockOf(pfn)}`, title: `Section ${hex(nr)}`, range: { start: pfn * k.pageSize, end: end * k.pageSize },
    groups: [{ title: 'struct mem_section', rows }, { title: 'who owns this address', rows: ownersRow(doc, pfn * k.pageSize, end * k.pageSize) }], notes: [], cells,
  }
}

function subsection(doc: Document, nr: number): Body {
  const { kernel: k, store } = doc
  const step = k.pagesPerSubsection
  const pfn = nr * step
  const flags = store.at(k.sectionFlags, pfn)
  if (!flags) return gone(`Sub-section ${nr}`)
  const sectionNr = Math.floor(pfn / k.pagesPerSection)
  const owned = owners(doc, pfn, pfn + step)
  const kept = altmaps(doc)
  const cells: InspectorCell[] = []
  store.eachRun([k.page, k.mark], pfn, pfn + step, (s, e, p = 0, mark = 0) => {
    for (let from = s; from < e; ) {
      const altmap = kept(from)
      const to = altmap ? Math.min(e, altmap.first) : e
      const says = !altmap ? (PAGE_LABEL[pageState(p)] ?? 'no struct page')
        : from < altmap.start + (altmap.pgmap.altmap?.reserve ?? 0) ? 'altmap, reserve' : 'altmap, free'
      cells.push({
        ...whose(owned, from, to), first: from - pfn, last: to - pfn - 1, zone: altmap ? 'Device' : zoneKeyOfPage(p), state: altmap ? 'altmap' : mapStateOfPage(p),
        label: [says, MARK_LABEL[mark] ?? ''].filter(Boolean).join(' · '),
      })
      from = to
    }
  })
  return {
    path: `Block ${k.blockOf(pfn)} › section ${hex(sectionNr)}`, title: `Sub-section ${nr - (sectionNr * k.pagesPerSection) / step}`,
    range: { start: pfn * k.pageSize, end: (pfn + step) * k.pageSize },
    groups: [
      { title: 'who owns this address', rows: ownersRow(doc, pfn * k.pageSize, (pfn + step) * k.pageSize) },
      { title: `${step} struct pages from pfn ${hex(pfn)}`, rows: [
        { name: 'subsection_map bit', raw: String(store.at(k.subsectionMap, pfn)), watch: { field: k.subsectionMap, start: pfn, end: pfn + step } },
        ...cells.map((c): Row => ({ name: c.first === c.last ? `page ${c.first}` : `pages ${c.first}–${c.last}`, raw: c.label, human: c.zone === 'none' ? undefined : c.zone, watch: { field: k.page, start: pfn + c.first, end: pfn + c.last + 1 } })),
      ] },
    ],
    notes: [], cells,
  }
}

function page(doc: Document, pfn: number): Body {
  const { kernel: k, store } = doc
  const value = store.at(k.page, pfn)
  const flags = store.at(k.sectionFlags, pfn)
  const says = pageInitialised(value)
  const at = { field: k.page, start: pfn, end: pfn + 1 }
  const sectionNr = Math.floor(pfn / k.pagesPerSection)
  return {
    path: `Section ${hex(sectionNr)} › sub-section ${Math.floor((pfn % k.pagesPerSection) / k.pagesPerSubsection)}`, title: `Page ${hex(pfn)}`,
    range: { start: pfn * k.pageSize, end: (pfn + 1) * k.pageSize },
    groups: [
      { title: 'struct page', rows: [
        { name: 'state', raw: flags ? (pageState(value) === PAGE.absent ? 'absent' : PAGE_LABEL[pageState(value)] ?? '') : 'no section', watch: at },
        { name: 'page_to_nid', raw: says ? String(pageNode(value)) : 'says nothing', watch: at },
        { name: 'page_zonenum', raw: says ? `${pageZone(value)} ${ZONE_NAMES[pageZone(value)] ?? ''}` : 'says nothing', watch: at },
        { name: 'PG_reserved', raw: says ? (pageReserved(value) ? '1' : '0') : 'says nothing', watch: at },
        { name: 'your mark', raw: MARK_LABEL[store.at(k.mark, pfn)] || 'none', watch: { field: k.mark, start: pfn, end: pfn + 1 } },
      ] },
      { title: 'who owns this address', rows: ownersRow(doc, pfn * k.pageSize, (pfn + 1) * k.pageSize) },
    ],
    notes: says || !flags ? [] : ['This struct page was never initialised, or left its zone: its zone and node bits mean nothing.'],
  }
}

function resource(doc: Document, start: number, end: number, name: string): Body {
  let found: Resource | undefined
  const trail: string[] = []
  eachResource(doc.store.ref(doc.kernel.iomem), (r, depth) => {
    if (found) return
    trail.length = depth
    if (r.start === start && r.end === end && r.name === name) found = r
    else trail.push(r.name)
  })
  if (!found) return gone(name)
  return {
    path: ['Resources', ...trail].join(' › '), title: name, range: { start, end },
    groups: [{ title: 'struct resource', rows: [
      { name: 'start', raw: hex(start), human: formatSize(start), watch: doc.kernel.iomem }, { name: 'end', raw: hex(end - 1), human: formatSize(end - start) },
      { name: 'IORESOURCE_BUSY', raw: found.busy ? '1' : '0', doc: 'A driver claims it: a request that meets it fails. Otherwise a request nests inside.' },
      { name: 'IORESOURCE_SYSRAM', raw: found.sysram ? '1' : '0', doc: 'System RAM.' }, { name: 'children', raw: String(found.children.length) },
    ] }],
    notes: [],
  }
}

function dimm(doc: Document, id: string): Body {
  const { kernel: k, store } = doc
  const d = store.ref(k.dimms).find((x) => x.id === id)
  if (!d) return gone(id)
  const group = store.ref(k.groups).find((g) => g.id === d.group)
  return {
    path: 'Devices', title: id, range: { start: d.start, end: d.start + d.size },
    groups: [
      { title: 'ACPI memory device', rows: [
        { name: 'start', raw: hex(d.start), human: formatSize(d.start), watch: k.dimms }, { name: 'length', raw: hex(d.size), human: formatSize(d.size) },
        { name: 'node', raw: String(d.node) }, { name: 'enabled', raw: d.enabled ? '1' : '0', doc: 'add_memory succeeded or answered -EEXIST, so the driver is bound.' },
        { name: 'memory blocks', raw: `${d.start / k.blockBytes}–${(d.start + d.size) / k.blockBytes - 1}` },
      ] },
      ...(group ? [{ title: 'struct memory_group', rows: [
        { name: 'max_pages', raw: String(group.maxPages), human: formatSize(group.maxPages * k.pageSize) },
        { name: 'present_kernel_pages', raw: String(group.presentKernel), human: formatSize(group.presentKernel * k.pageSize), watch: k.groups },
        { name: 'present_movable_pages', raw: String(group.presentMovable), human: formatSize(group.presentMovable * k.pageSize), watch: k.groups },
      ] } satisfies RowGroup] : []),
    ],
    notes: [],
  }
}

function range(doc: Document, start: number, end: number): Body {
  const { kernel: k, store } = doc
  const rows: Row[] = []
  store.eachRun([k.page, k.blockState], Math.floor(start / k.pageSize), Math.ceil(end / k.pageSize), (s, e, value) => {
    if (value && rows.length < 40) rows.push({ name: `${hex(s)}–${hex(e - 1)}`, raw: PAGE_LABEL[pageState(value)] ?? '', human: formatSize((e - s) * k.pageSize), watch: { field: k.page, start: s, end: e } })
  })
  return {
    path: 'Range', title: formatSize(end - start), range: { start, end },
    groups: [{ title: 'struct pages', rows }, { title: 'who owns these addresses', rows: ownersRow(doc, start, end) }].filter((g) => g.rows.length > 0),
    notes: [],
  }
}
