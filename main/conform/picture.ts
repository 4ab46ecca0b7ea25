/**
 * The picture of a machine: every fact that is held against the kernel, by name. Two pictures, one of the recording and one
 * of the model, are compared name by name; so what is compared is exactly what is listed here.
 */
import type { ResourceDescription } from '../engine/machine/description.ts'
import { nodeMasks, sectionFlags } from '../engine/scenario/expect.ts'
import type { PageRun, SectionRun, Snapshot } from '../engine/snapshot-types.ts'
import { hex } from '../engine/units.ts'
import type { Probe, ProbeRun } from './probe.ts'
import type { Capture } from './recording.ts'

/** Fact name to its text, e.g. `zone 0/Movable spanned` to `32768`. */
export type Picture = Map<string, string>

/** Pages managed by each zone at step 00, by `node/zone`: `managed` is compared as the change from there. */
export type Managed = ReadonlyMap<string, number>

export const managedOf = (zones: readonly { readonly node: number; readonly zone: string; readonly managed: number }[]): Managed =>
  new Map(zones.map((zone) => [`${zone.node}/${zone.zone}`, zone.managed]))

export const snapshotZones = (snapshot: Snapshot): { node: number; zone: string; managed: number }[] =>
  snapshot.nodes.flatMap((node) => node.zones.map((zone) => ({ node: node.id, zone: zone.name, managed: zone.managed })))

const MASKS = ['possible', 'online', 'has_cpu', 'has_memory', 'has_normal_memory'] as const

export function recordedPicture(capture: Capture, atBoot: Managed): Picture {
  const facts: Picture = new Map()
  const { probe } = capture
  for (const node of probe.nodes) nodeFacts(facts, node)
  for (const zone of probe.zones) zoneFacts(facts, zone, atBoot)
  for (const section of probe.sections) {
    const runs = section.runs.map((run) => ({ ...run, says: run.says.replace('/offline', '') }))
    sectionFacts(facts, section.nr, section.flags, section.subsections === 'none' ? '0x0000000000000000' : section.subsections, joined(runs))
  }
  for (const block of capture.blocks) blockFacts(facts, block)
  for (const name of MASKS) {
    const mask = capture.masks[name]
    if (mask !== undefined) facts.set(`mask ${name}`, mask)
  }
  iomemFacts(facts, capture.iomem)
  if (probe.maxPfn !== undefined) facts.set('max_pfn', hex(probe.maxPfn))
  if (probe.highestPresentSection !== undefined) facts.set('highest_present_section', String(probe.highestPresentSection))
  if (capture.autoOnline !== undefined) facts.set('auto_online_blocks', capture.autoOnline)
  return facts
}

export function modelPicture(snapshot: Snapshot, atBoot: Managed): Picture {
  const facts: Picture = new Map()
  for (const node of snapshot.nodes) {
    nodeFacts(facts, node)
    for (const zone of node.zones) zoneFacts(facts, { ...zone, node: node.id, zone: zone.name }, atBoot)
  }
  const perSection = snapshot.constants.sectionSize / snapshot.constants.subsectionSize
  for (const run of snapshot.sections) {
    const map = bitmap(run.subsections, perSection)
    for (let nr = run.first; nr <= run.last; nr++) {
      sectionFacts(facts, nr, sectionFlags(run.flags) || 'absent', `0x${map.toString(16).padStart(16, '0')}`, pageRuns(snapshot, run, nr, map, perSection))
    }
  }
  for (const run of snapshot.blocks) {
    for (let block = run.first; block <= run.last; block++) blockFacts(facts, { ...run, block })
  }
  for (const [name, mask] of Object.entries(nodeMasks(snapshot))) facts.set(`mask ${name}`, mask)
  iomemFacts(facts, snapshot.iomem)
  facts.set('max_pfn', hex(snapshot.maxPfn))
  facts.set('highest_present_section', String(snapshot.highestPresentSection))
  facts.set('auto_online_blocks', snapshot.autoOnline)
  return facts
}

function nodeFacts(facts: Picture, node: Probe['nodes'][number]): void {
  facts.set(`node ${node.id} online`, String(node.online))
  facts.set(`node ${node.id} start_pfn`, hex(node.startPfn))
  facts.set(`node ${node.id} spanned`, String(node.spanned))
  facts.set(`node ${node.id} present`, String(node.present))
}

function zoneFacts(facts: Picture, zone: Probe['zones'][number], atBoot: Managed): void {
  const name = `${zone.node}/${zone.zone}`
  facts.set(`zone ${name} start_pfn`, hex(zone.startPfn))
  facts.set(`zone ${name} spanned`, String(zone.spanned))
  facts.set(`zone ${name} present`, String(zone.present))
  if (zone.presentEarly !== undefined) facts.set(`zone ${name} present_early`, String(zone.presentEarly))
  if (zone.contiguous !== undefined) facts.set(`zone ${name} contiguous`, zone.contiguous ? '1' : '0')
  const change = zone.managed - (atBoot.get(name) ?? 0)
  facts.set(`zone ${name} managed since boot`, change >= 0 ? `+${change}` : String(change))
}

function sectionFacts(facts: Picture, nr: number, flags: string, map: string, pages: string): void {
  facts.set(`section ${nr} flags`, flags)
  facts.set(`section ${nr} sub-sections`, map)
  facts.set(`section ${nr} struct pages`, pages)
}

function blockFacts(facts: Picture, block: { readonly block: number; readonly state: string; readonly validZones: string; readonly nodes: readonly number[] }): void {
  facts.set(`block ${block.block} state`, block.state)
  facts.set(`block ${block.block} valid_zones`, block.validZones)
  facts.set(`block ${block.block} nodes`, [...block.nodes].sort((a, b) => a - b).join(','))
}

/** One fact a resource: its place in the tree. Two with the same place are told apart by a count. */
function iomemFacts(facts: Picture, resources: readonly ResourceDescription[], parents: readonly string[] = []): void {
  for (const resource of resources) {
    const line = `${address(resource.start)}-${address(resource.end - 1)} : ${resource.name}`
    const under = parents.length === 0 ? '' : ` (in ${parents.join(', in ')})`
    let name = `iomem ${line}${under}`
    for (let n = 2; facts.has(name); n++) name = `iomem ${line}${under} (${n})`
    facts.set(name, 'there')
    iomemFacts(facts, resource.children ?? [], [line, ...parents])
  }
}
const address = (n: number): string => n.toString(16).padStart(8, '0')

// -------------------------------------------------------------------------------------------------------- struct pages

const joined = (runs: readonly ProbeRun[]): string => {
  const out: { first: number; last: number; says: string }[] = []
  for (const run of runs) {
    const last = out.at(-1)
    if (last && last.says === run.says && last.last + 1 === run.first) last.last = run.last
    else out.push({ ...run })
  }
  return out.map((run) => `${run.first}-${run.last}:${run.says}`).join(';')
}

const ONLINE = 4
const EARLY = 8
const TAINT = 16

export function bitmap(subsections: string, perSection: number): bigint {
  if (subsections === 'empty') return 0n
  if (subsections === 'full') return (1n << BigInt(perSection)) - 1n
  return BigInt(subsections)
}

/**
 * What the first struct page of each sub-section says, as the recordings' probe reads it: `none` without a memmap, `unread`
 * where the section is not online (its struct pages mean nothing), else node, zone and marks.
 */
function pageRuns(snapshot: Snapshot, section: SectionRun, nr: number, map: bigint, perSection: number): string {
  const { pageSize, sectionSize, subsectionSize } = snapshot.constants
  const perSubsection = subsectionSize / pageSize
  const firstPfn = (nr * sectionSize) / pageSize
  const readable = (section.flags & (ONLINE | TAINT)) !== 0
  const runs: ProbeRun[] = []
  for (let i = 0; i < perSection; i++) {
    const bit = ((map >> BigInt(i)) & 1n) === 1n
    const valid = bit || (section.flags & EARLY) !== 0
    let says: string
    if (!valid || !readable) says = bit ? 'unread' : 'none'
    else {
      const page = pageAt(snapshot.pages, firstPfn + i * perSubsection)
      const online = bit && (section.flags & ONLINE) !== 0
      says = page && page.node >= 0
        ? `n${page.node}/${page.zone}${bit ? '' : '/nobit'}${page.reserved ? '/reserved' : ''}${online ? '/online' : ''}`
        : `${page?.state ?? 'absent'}${bit ? '' : '/nobit'}`
    }
    runs.push({ first: i, last: i, says })
  }
  return joined(runs)
}

function pageAt(runs: readonly PageRun[], pfn: number): PageRun | undefined {
  let low = 0
  let high = runs.length - 1
  while (low <= high) {
    const middle = (low + high) >> 1
    const run = runs[middle]
    if (run === undefined) return undefined
    if (pfn < run.start) high = middle - 1
    else if (pfn >= run.end) low = middle + 1
    else return run
  }
  return undefined
}
