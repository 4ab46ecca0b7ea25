/**
 * Persistent and soft-reserved memory to which a driver had bound: devices of the model. Which range has a driver, and what its info block
 * said at boot, /proc/iomem and the struct pages tell; the ranges and nodes are those of NFIT, the memory map and the SRAT.
 */
import type { Command } from '../engine/command.ts'
import type { AffinityRange, BootDevice, ResourceDescription } from '../engine/machine/description.ts'
import { MiB } from '../engine/units.ts'
import type { Capture, RecordedStep } from './recording.ts'
import type { Translation } from './translate.ts'

/** What a driver puts below its range. */
const CLAIMED = /^(?:namespace|dax)(\d+)\.0$/
const RANGES = new Set(['Persistent Memory', 'Persistent Memory (legacy)', 'Soft Reserved'])

interface Bound { readonly region: number | undefined; readonly range: ResourceDescription }

/** Ranges of these kinds at any depth, each with the number that its driver's entries carry. */
const ranges = (tree: readonly ResourceDescription[]): Bound[] =>
  tree.flatMap((r) => {
    if (!RANGES.has(r.name)) return ranges(r.children ?? [])
    const claim = r.children?.map((c) => CLAIMED.exec(c.name)).find((m) => m !== null && m !== undefined)
    return [{ region: claim ? Number(claim[1]) : undefined, range: r }]
  })

/**
 * Ranges that a driver knows, in the order of their regions. A driver that has one range of a kind has registered all of them, in the order of
 * addresses; to one that is not fit for it (misaligned) no namespace driver binds, and yet its region has a number.
 */
function registered(tree: readonly ResourceDescription[]): { readonly region: number; readonly range: ResourceDescription }[] {
  const all = ranges(tree)
  const kinds = new Set(all.filter((b) => b.region !== undefined).map((b) => b.range.name))
  const known = all.filter((b) => kinds.has(b.range.name))
  const taken = new Set(known.flatMap((b) => (b.region === undefined ? [] : [b.region])))
  let next = 0
  const free = (): number => {
    while (taken.has(next)) next++
    taken.add(next)
    return next
  }
  return known.map(({ region, range }) => ({ region: region ?? free(), range })).sort((a, b) => a.region - b.region)
}

/** Devices of step 00 in the order of their regions, and /proc/iomem without what they put there. */
export function bootDevices(first: Capture, affinity: readonly AffinityRange[]): { readonly devices: readonly BootDevice[]; readonly iomem: readonly ResourceDescription[] } {
  const bound = registered(first.iomem)
  return { devices: bound.map((b) => deviceOf(b.region, b.range, affinity, first)), iomem: without(first.iomem, new Set(bound.map((b) => b.range))) }
}

const without = (tree: readonly ResourceDescription[], gone: ReadonlySet<ResourceDescription>): ResourceDescription[] =>
  tree.flatMap((r) => (gone.has(r) ? [] : r.children ? [{ ...r, children: without(r.children, gone) }] : [r]))

function deviceOf(region: number, range: ResourceDescription, affinity: readonly AffinityRange[], first: Capture): BootDevice {
  const name = `region${region}`
  if (range.name === 'Persistent Memory (legacy)') return { name, type: 'e820-pmem', params: { at: range.start } }
  const node = affinity.find((a) => a.start <= range.start && range.start < a.end)?.node ?? 0
  if (range.name === 'Soft Reserved') return { name, type: 'dax-kmem', params: { at: range.start, node, mode: 'devdax' } }
  return { name, type: 'pmem', params: { at: range.start, size: range.end - range.start, node, ...infoBlock(range, first) } }
}

/** A namespace that had an info block before boot. */
function infoBlock(range: ResourceDescription, first: Capture): Readonly<Record<string, string>> {
  const dax = range.children?.find((c) => c.name.startsWith('dax'))
  if (dax) return { mode: 'devdax', map: dax.start - range.start > 2 * MiB ? 'dev' : 'mem' }
  const section = first.probe.sections.find((s) => s.nr === Math.floor(range.start / (128 * MiB)))
  if (!section?.runs.some((run) => run.says.endsWith('/fsdax'))) return {}
  return { mode: 'fsdax', map: section.runs.every((run) => run.says.endsWith('/fsdax') || run.says === 'none') ? 'mem' : 'dev' }
}

/** An NVDIMM appears: nfit finds its range, and nd_pmem binds. Its region's number is read from what the kernel put there, and compared as every name is. */
export function plugNvdimm(step: RecordedStep): Translation {
  const id = String(step.args['id'])
  const size = Number(step.args['size'])
  const device = step.result.memory_devices?.find((d) => d.id === id)
  const at = device?.addr ?? (typeof step.args['addr'] === 'number' ? step.args['addr'] : undefined)
  if (at === undefined) return { kind: 'unmodelled', what: `plug-nvdimm ${id}: its address is not told` }
  const bound = ranges(step.capture?.iomem ?? []).find((b) => b.range.start === at && b.region !== undefined)
  const failed = step.capture?.dmesg.some((line) => /failed to register spa range/.test(line)) ?? false
  if (!bound && !failed) return { kind: 'unmodelled', what: `plug-nvdimm ${id}: no driver takes it` }
  const command: Command = { op: 'add_device', name: `region${bound?.region ?? id}`, type: 'pmem', params: { at, size, node: device?.node ?? Number(step.args['node'] ?? 0) } }
  return { kind: 'actions', actions: [{ command, answer: failed ? 'refused' : 'ok' }] }
}
