/**
 * The picture of a machine: every fact that is held against the kernel, by name. Two pictures, one of the recording and one
 * of the model, are compared name by name; so what is compared is exactly what is listed here.
 */
import type { ResourceDescription } from '../engine/machine/description.ts'
import { nodeMasks, sectionFlags } from '../engine/scenario/expect.ts'
import type { DeviceSnapshot, Snapshot } from '../engine/snapshot-types.ts'
import { hex } from '../engine/units.ts'
import type { Probe } from './probe.ts'
import type { Capture } from './recording.ts'
import { bitmap, joined, pageRuns, typeName } from './struct-pages.ts'
import type { Seen } from './struct-pages.ts'

/** Fact name to its text, e.g. `zone 0/Movable spanned` to `32768`. */
export type Picture = Map<string, string>

/** What is compared as the change from step 00: pages managed by each zone, by `node/zone`, and the size of the linear map. */
export interface AtBoot {
  readonly managed: ReadonlyMap<string, number>
  /** Bytes; absent where the recording does not tell. */
  readonly directMap?: number
}

const managedBy = (zones: readonly { readonly node: number; readonly zone: string; readonly managed: number }[]): AtBoot['managed'] =>
  new Map(zones.map((zone) => [`${zone.node}/${zone.zone}`, zone.managed]))

export const recordedAtBoot = (first: Capture): AtBoot => ({ managed: managedBy(first.probe.zones), ...(first.directMap === undefined ? {} : { directMap: first.directMap }) })

export const modelAtBoot = (snapshot: Snapshot): AtBoot => ({
  managed: managedBy(snapshot.nodes.flatMap((node) => node.zones.map((zone) => ({ node: node.id, zone: zone.name, managed: zone.managed })))),
  directMap: directMapBytes(snapshot),
})

const MASKS = ['possible', 'online', 'has_cpu', 'has_memory', 'has_normal_memory'] as const

export function recordedPicture(capture: Capture, atBoot: AtBoot): Picture {
  const facts: Picture = new Map()
  const { probe } = capture
  for (const node of probe.nodes) nodeFacts(facts, node)
  for (const zone of probe.zones) zoneFacts(facts, zone, atBoot)
  for (const section of probe.sections) {
    sectionFacts(facts, section.nr, section.flags, section.subsections === 'none' ? '0x0000000000000000' : section.subsections, joined(section.runs))
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
  for (const device of probe.devices) facts.set(`dev ${device.id}`, device.text)
  if (capture.directMap !== undefined && atBoot.directMap !== undefined) facts.set('direct map since boot', kilobytes(capture.directMap - atBoot.directMap))
  return facts
}

export function modelPicture(snapshot: Snapshot, atBoot: AtBoot, seen: Seen): Picture {
  const facts: Picture = new Map()
  for (const node of snapshot.nodes) {
    if (!node.hasData) continue
    nodeFacts(facts, node)
    for (const zone of node.zones) zoneFacts(facts, { ...zone, node: node.id, zone: zone.name }, atBoot)
  }
  const perSection = snapshot.constants.sectionSize / snapshot.constants.subsectionSize
  for (const run of snapshot.sections) {
    const map = bitmap(run.subsections, perSection)
    for (let nr = run.first; nr <= run.last; nr++) {
      sectionFacts(facts, nr, sectionFlags(run.flags) || 'absent', `0x${map.toString(16).padStart(16, '0')}`, pageRuns(snapshot, run, nr, map, perSection, seen))
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
  for (const device of snapshot.devices) {
    const id = PROBE_DEVICE.exec(device.name)?.[1]
    if (id !== undefined) facts.set(`dev ${id}`, deviceText(snapshot, device))
  }
  facts.set('direct map since boot', kilobytes(directMapBytes(snapshot) - (atBoot.directMap ?? 0)))
  return facts
}

/** Names that devices of the recordings' probe have in the model. */
export const probeDevice = (id: string): string => `zoneprobe${id}`
const PROBE_DEVICE = /^zoneprobe(\d+)$/

/** A line of device memory as the probe prints it. */
function deviceText(snapshot: Snapshot, device: DeviceSnapshot): string {
  const map = snapshot.pgmaps.find((p) => device.pgmaps.includes(p.id))
  const { start = 0, size = 0 } = device.data
  const where = `type=${map ? typeName(map.type) : 'none'} start=${hex(Number(start))} size=${hex(Number(size))} nid=${device.node}`
  if (!map?.altmap) return where
  const { basePfn, reserve, free, align, alloc } = map.altmap
  return `${where} altmap base_pfn=${hex(basePfn)} reserve=${reserve} free=${free} align=${align} alloc=${alloc}`
}

const kilobytes = (bytes: number): string => `${bytes >= 0 ? '+' : ''}${bytes / 1024} kB`
const directMapBytes = (snapshot: Snapshot): number => snapshot.directMap.reduce((sum, run) => sum + run.end - run.start, 0) * snapshot.constants.pageSize

function nodeFacts(facts: Picture, node: Probe['nodes'][number]): void {
  facts.set(`node ${node.id} online`, String(node.online))
  facts.set(`node ${node.id} start_pfn`, hex(node.startPfn))
  facts.set(`node ${node.id} spanned`, String(node.spanned))
  facts.set(`node ${node.id} present`, String(node.present))
}

function zoneFacts(facts: Picture, zone: Probe['zones'][number], atBoot: AtBoot): void {
  const name = `${zone.node}/${zone.zone}`
  facts.set(`zone ${name} start_pfn`, hex(zone.startPfn))
  facts.set(`zone ${name} spanned`, String(zone.spanned))
  facts.set(`zone ${name} present`, String(zone.present))
  if (zone.presentEarly !== undefined) facts.set(`zone ${name} present_early`, String(zone.presentEarly))
  if (zone.contiguous !== undefined) facts.set(`zone ${name} contiguous`, zone.contiguous ? '1' : '0')
  const change = zone.managed - (atBoot.managed.get(name) ?? 0)
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
