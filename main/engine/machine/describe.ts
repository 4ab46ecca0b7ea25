/**
 * From facts to a machine that boots. A boot log gives what firmware and command line said, and boot derives the rest; what
 * a running machine showed (/proc/zoneinfo, memory blocks) is adopted on top. Whatever had to be assumed is a warning.
 */
import type { Checked, InputError } from '../errors.ts'
import { alignUp, formatSize, MiB } from '../units.ts'
import type { Adopted, AdoptedBlock, AdoptedZone, MachineConstants, MachineDescription, NodeDescription, ZoneLimits } from './description.ts'
import type { MachineFacts, Warning } from './facts.ts'
import { archFacts, iomemEndFor, physmemBits } from './arch.ts'
import type { ArchFacts } from './arch.ts'
import { affinityOf } from './describe-affinity.ts'
import { firmwareOf, isLimited } from './describe-firmware.ts'
import { resourcesOf } from './describe-resources.ts'
import { zoneNameOf } from '../text/zone-names.ts'

export interface Described { readonly description: MachineDescription; readonly warnings: readonly Warning[] }

/** Ids that a kernel can have (MAX_NUMNODES of the largest configurations). */
const MAX_NODE = 1023

export function describe(facts: MachineFacts): Checked<Described> {
  const title = facts.title ?? 'imported machine'
  const warnings: Warning[] = []
  const warn = (text: string): void => void warnings.push({ file: title, text })
  const wrong = (code: string, field: string, found: string, expected: string): Checked<Described> => ({ ok: false, errors: [{ code, file: title, field, found, expected } satisfies InputError] })

  const arch = facts.arch ?? 'x86_64'
  if (facts.arch === undefined) warn('nothing tells the architecture: x86-64 is assumed')
  const known = archFacts(arch, facts.constants.pageShift, facts.kernelVersion)
  if (facts.constants.pageShift === undefined) warn(`nothing tells the page size: ${formatSize(2 ** known.constants.pageShift)}, usual on ${arch}, is assumed`)

  const pageSize = 2 ** known.constants.pageShift
  const firmware = firmwareOf(facts, pageSize, warn)
  if (!firmware.some((r) => r.type === 'usable')) {
    return wrong('ZL-IMPORT-NO-RAM', 'memory', 'no text that says where RAM is', 'a boot log, /proc/iomem read as root, lsmem, memory blocks with their size, or /proc/zoneinfo with start_pfn')
  }
  const affinity = affinityOf(facts, firmware, pageSize, warn)
  const nodes = nodesOf(facts, affinity.map((a) => a.node))
  const bad = nodes.find((n) => n.id > MAX_NODE)
  if (bad) return wrong('ZL-IMPORT-NODE', 'nodes', `node ${bad.id}`, `node numbers up to ${MAX_NODE}`)

  const highest = Math.max(...firmware.map((r) => r.end), ...affinity.map((r) => r.end), ...(facts.blocks ?? []).slice(-1).map((b) => b.start + b.size), ...(facts.resources ?? []).map((r) => r.end))
  const ramEnd = Math.max(...firmware.map((r) => (r.type === 'usable' ? r.end : 0)), ...(facts.blocks ?? []).slice(-1).map((b) => b.start + b.size))
  const blockSize = facts.blockSize ?? known.blockSize
  const constants = constantsOf(known, facts, blockSize, ramEnd)
  const adopted = adoptedOf(facts, warn)
  const bare: MachineDescription = {
    title: facts.title ?? titleOf(arch, nodes.length, firmware), arch, constants,
    zoneLimits: zoneLimitsOf(arch, known.zoneLimits, facts, pageSize),
    firmware, affinity, nodes,
    cmdline: isLimited(facts) ? withoutLimits(facts.cmdline ?? '') : (facts.cmdline ?? ''),
    resources: [],
    iomemEnd: facts.iomemEnd ?? Math.min(iomemEndFor(highest), 2 ** 52),
    ...(facts.hypervisor === undefined ? {} : { hypervisor: facts.hypervisor }),
    ...(blockSize === undefined ? {} : { blockSize }),
    ...(adopted ? { adopted } : {}),
  }
  return { ok: true, value: { description: { ...bare, resources: resourcesOf(bare, facts.resources ?? [], warn) }, warnings } }
}

/** "x86_64, 2 nodes, 6 GiB": RAM to the next 64 MiB, since firmware always keeps a little. */
function titleOf(arch: string, nodes: number, firmware: MachineDescription['firmware']): string {
  const ram = firmware.reduce((sum, r) => sum + (r.type === 'usable' ? r.end - r.start : 0), 0)
  return `${arch}, ${nodes} node${nodes === 1 ? '' : 's'}, ${formatSize(alignUp(ram, 64 * MiB))}`
}

/** Section and block sizes that fit what the text says: a block is never smaller than a section. */
function constantsOf(known: ArchFacts, facts: MachineFacts, blockSize: number | undefined, ramEnd: number): MachineConstants {
  const c = { ...known.constants, ...facts.constants }
  const sectionShift = blockSize === undefined ? c.sectionShift : Math.min(c.sectionShift, Math.log2(blockSize))
  return {
    ...c,
    sectionShift,
    pageblockOrder: Math.min(c.pageblockOrder, sectionShift - c.pageShift),
    maxPhysmemBits: physmemBits(c.maxPhysmemBits, ramEnd),
  }
}

/** x86-64's limits are fixed; elsewhere the log's zone ranges tell them, or where ZONE_DMA was seen to reach. */
function zoneLimitsOf(arch: string, usual: ZoneLimits, facts: MachineFacts, pageSize: number): ZoneLimits {
  if (arch === 'x86_64') return usual
  const ranges = facts.zoneRanges
  if (ranges) {
    const dma = ranges.find((z) => z.zone === 'DMA')
    const dma32 = ranges.find((z) => z.zone === 'DMA32')
    return { ...(dma ? { dma: dma.end } : {}), ...(dma32 ? { dma32: Math.max(dma32.end, dma?.end ?? 0) } : {}) }
  }
  const seen = (zone: 'DMA' | 'DMA32'): number =>
    Math.max(
      0,
      ...(facts.nodes ?? []).flatMap((n) => n.zones.filter((z) => z.name === zone && z.spanned).map((z) => ((z.startPfn ?? 0) + (z.spanned ?? 0)) * pageSize)),
      ...(facts.blocks ?? []).filter((b) => b.zones?.length === 1 && b.zones[0] === zone).slice(-1).map((b) => b.start + b.size),
    )
  const limit = (zone: 'DMA' | 'DMA32', usually: number | undefined): number | undefined => (seen(zone) > (usually ?? 0) ? seen(zone) : usually)
  const dma = limit('DMA', usual.dma)
  const dma32 = limit('DMA32', usual.dma32)
  return { ...(dma === undefined ? {} : { dma }), ...(dma32 === undefined ? {} : { dma32: Math.max(dma32, dma ?? 0) }) }
}

/** All nodes that any text names. CPUs that no text tells sit on the nodes that have memory. */
function nodesOf(facts: MachineFacts, withMemory: readonly number[]): NodeDescription[] {
  const cpus = facts.nodeCpus && new Map(facts.nodeCpus.map((n) => [n.id, n.cpus]))
  const memory = new Set([...withMemory, ...(facts.earlyRanges ?? []).map((r) => r.node), ...(facts.nodes ?? []).map((n) => n.id)])
  const ids = new Set([
    ...(facts.nodeCpus ?? []).map((n) => n.id), ...memory, ...(facts.initmem ?? []).map((r) => r.node),
    ...(facts.blocks ?? []).flatMap((b) => b.nodes ?? (b.node === undefined ? [] : [b.node])),
  ])
  if (ids.size === 0) ids.add(0)
  return [...ids].sort((a, b) => a - b).map((id) => ({ id, cpus: cpus ? (cpus.get(id) ?? 0) : memory.has(id) || ids.size === 1 ? 1 : 0 }))
}

function adoptedOf(facts: MachineFacts, warn: (text: string) => void): Adopted | undefined {
  const zones: AdoptedZone[] = []
  for (const node of facts.nodes ?? []) {
    for (const z of node.zones) {
      const name = `node ${node.id}, zone ${z.name}`
      if (z.name === 'HighMem') {
        if (z.spanned) warn(`${name}: highmem is not modelled`)
        continue
      }
      if (z.spanned === undefined || z.present === undefined) {
        warn(`${name}: its span or its pages are not told; they are derived`)
        continue
      }
      const start = z.startPfn ?? (z.spanned === 0 ? 0 : undefined)
      if (start === undefined) warn(`${name}: spans ${z.spanned} pages from a start that is not told; it is left out`)
      else zones.push({ node: node.id, zone: z.name, startPfn: start, spanned: z.spanned, present: z.present, managed: z.managed ?? z.present })
    }
    if (node.zones.some((z) => (z.present ?? 0) > 0 && z.managed === undefined)) warn(`node ${node.id}: managed pages are not told; all present ones are taken as managed`)
  }
  const unknown = (facts.blocks ?? []).filter((b) => b.state === undefined).length
  if (unknown > 0) warn(`the state of ${unknown} memory blocks is not told; they are taken as online`)
  const blocks = facts.blocks?.map((b): AdoptedBlock => {
    const state = b.state ?? 'online'
    const zone = state === 'offline' ? undefined : b.zones?.length === 0 ? 'none' : b.zones?.length === 1 ? zoneNameOf(b.zones[0]!) : undefined
    const several = b.nodes && b.nodes.length > 1 ? b.nodes : undefined
    return { block: b.block, state, ...(b.node === undefined ? {} : { node: b.node }), ...(several ? { nodes: several } : {}), ...(zone === undefined ? {} : { zone }) }
  })
  if (zones.length === 0 && !blocks) return undefined
  return { ...(zones.length > 0 ? { zones } : {}), ...(blocks ? { blocks } : {}) }
}

const withoutLimits = (cmdline: string): string => cmdline.split(/\s+/).filter((word) => !/^(mem|memmap)=/.test(word)).join(' ')
