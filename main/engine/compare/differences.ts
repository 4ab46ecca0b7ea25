/** In what two machines differ: every field of their snapshots, in the kernel's words, in a fixed order. */
import type { InvariantResult } from '../checks/result.ts'
import { sectionFlags } from '../scenario/expect.ts'
import type { BlockRun, NodeSnapshot, PageRun, PgmapSnapshot, ResourceSnapshot, SectionRun, Snapshot, ZoneSnapshot } from '../snapshot-types.ts'
import { hex } from '../units.ts'
import type { Difference, Part, SideOutcome } from './comparison.ts'
import { printedLines } from './outcome.ts'
import { differingRuns, type DifferingRun, type Run } from './runs.ts'
import type { Sight } from './side.ts'

/** A difference at one moment; when it began is for compare.ts to say. */
export type Differing = Omit<Difference, 'since'>

/** What differs after a step. Invariants are judged by what a kernel means to keep: they are told only where the machines differ. */
export function differencesOf(a: Sight, b: Sight): readonly Differing[] {
  const state = snapshotDifferences(a.snapshot, b.snapshot)
  return [...outcomeDifferences(a.outcome, b.outcome), ...state, ...(state.length === 0 ? [] : invariantDifferences(a.invariants, b.invariants))]
}

export const isOutcome = (d: Differing): boolean => d.part === 'result' || d.part === 'reason' || d.part === 'log'

export function outcomeDifferences(a: SideOutcome, b: SideOutcome): readonly Differing[] {
  const out: Differing[] = []
  const say = scalar(out)
  say('result', 'result', a.result, b.result)
  if (a.result !== 'ok' && b.result !== 'ok') say('reason', 'reason', a.reason, b.reason)
  const [la, lb] = [printedLines(a), printedLines(b)]
  const alone = onlyIn(la, lb)
  const moved = alone.length > 0 ? -1 : la.findIndex((line, i) => line !== lb[i])
  if (moved >= 0) say('log', 'log order', la[moved], lb[moved])
  for (const [text, side] of alone) out.push({ part: 'log', path: 'log', field: `log ${text}`, a: side === 'a' ? text : undefined, b: side === 'b' ? text : undefined })
  return out
}

/** Entries that only one of two lists has, as often as it has them more. */
function onlyIn(a: readonly string[], b: readonly string[]): (readonly [text: string, side: 'a' | 'b'])[] {
  const more = new Map<string, number>()
  for (const text of a) more.set(text, (more.get(text) ?? 0) + 1)
  for (const text of b) more.set(text, (more.get(text) ?? 0) - 1)
  return [...more].flatMap(([text, n]) => Array.from({ length: Math.abs(n) }, () => [text, n > 0 ? 'a' : 'b'] as const))
}

/** Adds a difference of a field that is not on the map. */
const scalar = (out: Differing[]) => (part: Part, path: string, a: unknown, b: unknown, pfns?: Difference['pfns']): void => {
  if (a === b) return
  const text = (value: unknown): string | undefined => (value === undefined ? undefined : String(value))
  out.push({ part, path, field: path, a: text(a), b: text(b), ...(pfns ? { pfns } : {}) })
}

export function snapshotDifferences(a: Snapshot, b: Snapshot): readonly Differing[] {
  const out: Differing[] = []
  const say = scalar(out)
  const locks = (s: Snapshot): readonly string[] => s.heldForEver.map(({ lock, mode, by }) => `${lock} held for ever${mode === 'read' ? ', for reading' : ''}, since ${by}()`)
  for (const [text, side] of onlyIn(locks(a), locks(b))) out.push({ part: 'lock', path: 'lock', field: `lock ${text}`, a: side === 'a' ? text : undefined, b: side === 'b' ? text : undefined })
  say('machine', 'memory block size', a.constants.blockSize, b.constants.blockSize)
  say('machine', 'max_pfn', hex(a.maxPfn), hex(b.maxPfn))
  say('machine', '__highest_present_section_nr', a.highestPresentSection, b.highestPresentSection)
  say('machine', 'auto_online_blocks', a.autoOnline, b.autoOnline)
  nodes(a, b, out)
  const page = a.constants.pageSize
  const labels = [pgmapLabels(a), pgmapLabels(b)] as const
  blocks(a, b, out)
  sections(a, b, out)
  pages(a, b, labels, out)
  for (const d of differingRuns(a.directMap, b.directMap, 1, () => ['mapped'])[0]!) onMap(out, 'linear map', 'linear map', d, '')
  iomem(a.iomem, b.iomem, page, out)
  pageMaps(a, b, labels, out)
  devices(a, b, out)
  return out
}

function nodes(a: Snapshot, b: Snapshot, out: Differing[]): void {
  const say = scalar(out)
  const ids = [...new Set([...a.nodes, ...b.nodes].map((n) => n.id))].sort((x, y) => x - y)
  for (const id of ids) {
    const [na, nb] = [a.nodes.find((n) => n.id === id), b.nodes.find((n) => n.id === id)]
    if (!na || !nb) {
      say('node', `node ${id}`, na ? 'possible' : undefined, nb ? 'possible' : undefined)
      continue
    }
    for (const [field, name] of NODE_FIELDS) say('node', `node ${id} ${name}`, shown(field, na[field]), shown(field, nb[field]), SPAN_FIELDS.has(field) ? hull(na, nb) : undefined)
    for (const [i, za] of na.zones.entries()) {
      const zb = nb.zones[i]
      if (zb) zone(`zone ${id}/${za.name}`, za, zb, say)
    }
  }
}

/** Every field of a node and of a zone has a name here: a new one does not compile without. */
const NODE_NAMES: { readonly [K in Exclude<keyof NodeSnapshot, 'id' | 'zones'>]: string } = {
  hasData: 'pglist_data', online: 'N_ONLINE', hasCpu: 'N_CPU', hasMemory: 'N_MEMORY', hasNormalMemory: 'N_NORMAL_MEMORY',
  startPfn: 'node_start_pfn', spanned: 'node_spanned_pages', present: 'node_present_pages',
}
const ZONE_NAMES: { readonly [K in Exclude<keyof ZoneSnapshot, 'name' | 'index'>]: string } = {
  startPfn: 'zone_start_pfn', spanned: 'spanned_pages', present: 'present_pages', presentEarly: 'present_early_pages', managed: 'managed_pages',
  contiguous: 'contiguous', initialized: 'initialized',
}
const NODE_FIELDS = Object.entries(NODE_NAMES) as [keyof typeof NODE_NAMES, string][]
const ZONE_FIELDS = Object.entries(ZONE_NAMES) as [keyof typeof ZONE_NAMES, string][]
/** Those that are about a stretch of memory. */
const SPAN_FIELDS: ReadonlySet<string> = new Set(['startPfn', 'spanned', 'present', 'presentEarly', 'managed', 'contiguous', 'initialized'])
const shown = (field: string, value: number | boolean): string | number | boolean => (field === 'startPfn' && typeof value === 'number' ? hex(value) : value)

function zone(name: string, a: ZoneSnapshot, b: ZoneSnapshot, say: ReturnType<typeof scalar>): void {
  for (const [field, kernel] of ZONE_FIELDS) say('zone', `${name} ${kernel}`, shown(field, a[field]), shown(field, b[field]), hull(a, b))
}

/** Where two spans are together; nowhere when both are empty. */
function hull(a: { readonly startPfn: number; readonly spanned: number }, b: { readonly startPfn: number; readonly spanned: number }): Difference['pfns'] {
  const spans = [a, b].filter((s) => s.spanned > 0)
  return spans.length === 0 ? undefined : { start: Math.min(...spans.map((s) => s.startPfn)), end: Math.max(...spans.map((s) => s.startPfn + s.spanned)) }
}

const onMap = (out: Differing[], part: Part, what: string, d: DifferingRun, field: string, scale = 1): void => void out.push({
  part, path: `${what} ${range(d, scale)}${field === '' ? '' : ` ${field}`}`, field: field === '' ? what : `${what} ${field}`, a: d.a, b: d.b, pfns: { start: d.start * scale, end: d.end * scale },
})
/** pfns in hex, numbers of blocks and sections in decimal. */
const range = ({ start, end }: Run, scale: number): string =>
  scale === 1 ? `${hex(start)}-${hex(end - 1)}` : start === end - 1 ? `${start}` : `${start}-${end - 1}`

const byNumber = <R extends { readonly first: number; readonly last: number }>(runs: readonly R[]): readonly (R & Run)[] => runs.map((r) => ({ ...r, start: r.first, end: r.last + 1 }))

const BLOCK_FIELDS = ['state', 'nodes', 'zone', 'valid_zones', 'online_type', 'nr_vmemmap_pages'] as const
function blocks(a: Snapshot, b: Snapshot, out: Differing[]): void {
  if (a.constants.blockSize !== b.constants.blockSize) return
  const scale = a.constants.blockSize / a.constants.pageSize
  const fieldsOf = (r: BlockRun): readonly string[] => [r.state, r.nodes.join(), r.zone ?? 'unknown', r.validZones, r.onlineType, String(r.vmemmapPages)]
  const found = differingRuns(byNumber(a.blocks), byNumber(b.blocks), BLOCK_FIELDS.length, fieldsOf)
  for (const [i, field] of BLOCK_FIELDS.entries()) for (const d of found[i]!) onMap(out, 'block', 'blocks', d, field, scale)
}

const SECTION_FIELDS = ['flags', 'nid', 'subsection_map'] as const
function sections(a: Snapshot, b: Snapshot, out: Differing[]): void {
  const scale = a.constants.sectionSize / a.constants.pageSize
  const fieldsOf = (r: SectionRun): readonly string[] => [sectionFlags(r.flags), String(r.node), r.subsections]
  const found = differingRuns(byNumber(a.sections), byNumber(b.sections), SECTION_FIELDS.length, fieldsOf)
  for (const [i, field] of SECTION_FIELDS.entries()) for (const d of found[i]!) onMap(out, 'section', 'sections', d, field, scale)
}

const PAGE_FIELDS = ['state', 'nid', 'zone', 'PG_reserved', 'pgmap', 'refcount'] as const
/** Ids of page maps differ between machines without meaning anything: they are called by their owner. */
type Labels = ReadonlyMap<number, string>
function pages(a: Snapshot, b: Snapshot, labels: readonly [Labels, Labels], out: Differing[]): void {
  const known = new Map<PageRun, readonly string[]>()
  const fieldsOf = (side: 0 | 1) => (r: PageRun): readonly string[] => [
    r.state, String(r.node), r.zone, String(r.reserved), r.pgmap === 0 ? 'none' : (labels[side].get(r.pgmap) ?? 'gone'), r.refcount === undefined ? 'unknown' : String(r.refcount),
  ]
  for (const r of a.pages) known.set(r, fieldsOf(0)(r))
  for (const r of b.pages) known.set(r, fieldsOf(1)(r))
  const found = differingRuns(a.pages, b.pages, PAGE_FIELDS.length, (r) => known.get(r)!)
  for (const [i, field] of PAGE_FIELDS.entries()) for (const d of found[i]!) onMap(out, 'page', 'pages', d, field)
  const listed = (s: Snapshot, side: 0 | 1) => s.listed.map((r) => ({ ...r, label: labels[side].get(r.pgmap) ?? 'gone' }))
  for (const d of differingRuns(listed(a, 0), listed(b, 1), 1, (r) => [r.label])[0]!) onMap(out, 'page map', 'pgmap_array', d, '')
}

/** "pmem0", or "pmem0 #2" for its second. */
function pgmapLabels(s: Snapshot): Labels {
  const seen = new Map<string, number>()
  return new Map(s.pgmaps.map((p) => {
    const nth = (seen.get(p.owner) ?? 0) + 1
    seen.set(p.owner, nth)
    return [p.id, nth === 1 ? p.owner : `${p.owner} #${nth}`]
  }))
}

function pageMaps(a: Snapshot, b: Snapshot, labels: readonly [Labels, Labels], out: Differing[]): void {
  const say = scalar(out)
  const named = (s: Snapshot, of: Labels): ReadonlyMap<string, PgmapSnapshot> => new Map(s.pgmaps.map((p) => [of.get(p.id)!, p]))
  const [ma, mb] = [named(a, labels[0]), named(b, labels[1])]
  const where = (p: PgmapSnapshot | undefined): string | undefined => p?.ranges.map((r) => `${hex(r.start)}-${hex(r.end - 1)}`).join(', ')
  for (const name of new Set([...ma.keys(), ...mb.keys()])) {
    const [pa, pb] = [ma.get(name), mb.get(name)]
    const first = (pa ?? pb)!.ranges[0]
    const pfns = first && { start: first.start, end: first.end }
    say('page map', `page map ${name} range`, where(pa), where(pb), pfns)
    if (!pa || !pb) continue
    say('page map', `page map ${name} type`, pa.type, pb.type, pfns)
    say('page map', `page map ${name} nid`, pa.node, pb.node, pfns)
    say('page map', `page map ${name} vmemmap_shift`, pa.vmemmapShift, pb.vmemmapShift, pfns)
    const altmap = (p: PgmapSnapshot): string =>
      p.altmap ? `base_pfn ${hex(p.altmap.basePfn)} reserve ${p.altmap.reserve} free ${p.altmap.free} align ${p.altmap.align} alloc ${p.altmap.alloc}` : 'none'
    say('page map', `page map ${name} altmap`, altmap(pa), altmap(pb), pfns)
  }
}

function devices(a: Snapshot, b: Snapshot, out: Differing[]): void {
  const say = scalar(out)
  for (const name of new Set([...a.devices, ...b.devices].map((d) => d.name))) {
    const [da, db] = [a.devices.find((d) => d.name === name), b.devices.find((d) => d.name === name)]
    say('device', `device ${name}`, da?.type, db?.type)
    if (!da || !db) continue
    say('device', `device ${name} node`, da.node, db.node)
    const keys = (of: 'params' | 'data'): readonly string[] => [...new Set([...Object.keys(da[of]), ...Object.keys(db[of])])]
    for (const key of keys('params')) say('device', `device ${name} ${key}`, da.params[key], db.params[key])
    for (const key of keys('data')) say('device', `device ${name} ${key}`, da.data[key], db.data[key])
  }
}

interface FlatResource { readonly line: string; readonly busy: boolean; readonly start: number; readonly end: number }
/** Lines of /proc/iomem with those that they are inside of, so that a line that moved is one that differs. */
const flat = (entries: readonly ResourceSnapshot[], inside = ''): readonly FlatResource[] =>
  entries.flatMap((r) => {
    const line = `${inside}${address(r.start)}-${address(r.end - 1)} : ${r.name}`
    return [{ line, busy: r.busy, start: r.start, end: r.end }, ...flat(r.children, `${line} / `)]
  })
const address = (n: number): string => n.toString(16).padStart(8, '0')

function iomem(a: readonly ResourceSnapshot[], b: readonly ResourceSnapshot[], page: number, out: Differing[]): void {
  const [fa, fb] = [flat(a), flat(b)]
  const [ka, kb] = [new Map(fa.map((r) => [r.line, r])), new Map(fb.map((r) => [r.line, r]))]
  const add = (r: FlatResource, field: string, x: string | undefined, y: string | undefined): void => void out.push({
    part: 'iomem', path: `iomem ${r.line}${field}`, field: `iomem ${r.line}${field}`, a: x, b: y, pfns: { start: Math.floor(r.start / page), end: Math.ceil(r.end / page) },
  })
  for (const r of fa) {
    const other = kb.get(r.line)
    if (!other) add(r, '', 'there', undefined)
    else if (other.busy !== r.busy) add(r, ' IORESOURCE_BUSY', String(r.busy), String(other.busy))
  }
  for (const r of fb) if (!ka.has(r.line)) add(r, '', undefined, 'there')
}

function invariantDifferences(a: readonly InvariantResult[], b: readonly InvariantResult[]): readonly Differing[] {
  const out: Differing[] = []
  const said = (r: InvariantResult): string => (r.holds ? 'holds' : `broken: ${r.detail ?? r.title}`)
  for (const ra of a) {
    const rb = b.find((r) => r.id === ra.id)
    if (rb && ra.holds !== rb.holds) out.push({ part: 'invariant', path: `${ra.id} ${ra.title}`, field: ra.id, a: said(ra), b: said(rb) })
  }
  return out
}
