/**
 * The machine of a recording, from its boot inputs: the boot log (memory map, SRAT, command line) and the emulator's arguments
 * (nodes, CPUs). What boot cannot derive is read from step 00 and named.
 */
import type { Checked } from '../engine/errors.ts'
import type { MachineDescription, NodeDescription, ResourceDescription, ZoneName } from '../engine/machine/description.ts'
import { X86_64, X86_64_ZONES } from '../engine/machine/description.ts'
import { parseBootLog } from '../engine/text/bootlog.ts'
import { isZoneName } from '../engine/text/zone-names.ts'
import { bootDevices } from './persistent.ts'
import type { Capture, Recording } from './recording.ts'
import { virtioMemDevices } from './virtio-mem.ts'

export interface BootInputs {
  readonly description: MachineDescription
  /** What was read from step 00, in words: "end of /proc/iomem", "managed of 2 zones". */
  readonly fromStep00: readonly string[]
}

export function bootInputs(recording: Recording, first: Capture): Checked<BootInputs> {
  const log = parseBootLog(recording.bootLog, `${recording.dir}/steps/${recording.steps[0]?.folder ?? ''}/dmesg.txt`)
  if (!log.ok) return log
  const { firmware, affinity } = log.value
  if (!firmware) return { ok: false, errors: [{ code: 'ZL-CONFORM-BOOT', file: log.value.file, found: 'no memory map of the firmware', expected: 'the BIOS-e820 lines of the boot log' }] }
  const persistent = bootDevices(first, affinity)
  const virtio = virtioMemDevices(recording, persistent.iomem)
  const devices = [...persistent.devices, ...virtio.devices]
  const resources = beside(virtio.iomem)
  const managed = first.probe.zones.flatMap((z) => (z.managed > 0 && isZoneName(z.zone) ? [{ node: z.node, zone: z.zone as ZoneName, pages: z.managed }] : []))
  const reserved = reservedRuns(first, X86_64.sectionShift, X86_64.subsectionShift)
  const description: MachineDescription = {
    title: recording.id,
    arch: 'x86_64',
    constants: X86_64,
    zoneLimits: X86_64_ZONES,
    firmware: firmware.ranges,
    affinity: affinity.map(({ start, end, node, hotplug }) => ({ start, end, node, ...(hotplug ? { hotplug } : {}) })),
    nodes: emulatedNodes(recording.qemuArgs),
    cmdline: recording.cmdline,
    resources,
    iomemEnd: first.probe.iomemEnd ?? 2 ** 40,
    // an emulated CPU has the hypervisor bit unless it is taken away; the size of memory blocks is left to the rule
    hypervisor: !recording.qemuArgs.some((arg) => /[,]-hypervisor\b|hypervisor=off/.test(arg)),
    observed: { managed, reserved },
    devices,
  }
  return {
    ok: true,
    value: {
      description,
      fromStep00: [
        'the end of /proc/iomem',
        `${count(resources)} resources of devices, firmware and the kernel image`,
        `managed of ${managed.length} zones`,
        `${reserved.length} reserved runs of struct pages`,
        ...(devices.length > 0 ? [`${devices.length} devices to which a driver had bound`] : []),
      ],
    },
  }
}

/** Nodes and their CPUs, as the emulator was told: memoryless ones are named nowhere else. */
export function emulatedNodes(args: readonly string[]): NodeDescription[] {
  const valueOf = (name: string): string[] => args.flatMap((arg, i) => (arg === name ? [args[i + 1] ?? ''] : []))
  const cpus = Number.parseInt(/^(?:cpus=)?(\d+)/.exec(valueOf('-smp')[0] ?? '1')?.[1] ?? '1', 10)
  const nodes = valueOf('-numa').flatMap((text): NodeDescription[] => {
    const id = /^node\b.*\bnodeid=(\d+)/.exec(text)?.[1]
    if (id === undefined) return []
    const lists = [...text.matchAll(/\bcpus=(\d+)(?:-(\d+))?/g)]
    return [{ id: Number(id), cpus: lists.reduce((sum, m) => sum + (m[2] === undefined ? 1 : Number(m[2]) - Number(m[1]) + 1), 0) }]
  })
  if (nodes.length === 0) return [{ id: 0, cpus }]
  // without a word about CPUs the emulator deals them out in turn
  return nodes.some((node) => node.cpus > 0) ? nodes : nodes.map((node, i) => ({ ...node, cpus: Math.ceil((cpus - i) / nodes.length) }))
}

/**
 * Entries of /proc/iomem that boot does not make of the memory map itself. "System RAM", and top-level "Reserved", come from
 * the map; what sits inside them does not.
 */
function beside(tree: readonly ResourceDescription[]): ResourceDescription[] {
  return tree.flatMap((entry) => (entry.name === 'System RAM' || entry.name === 'Reserved' ? beside(entry.children ?? []) : [entry]))
}

const count = (tree: readonly ResourceDescription[]): number => tree.reduce((n, entry) => n + 1 + count(entry.children ?? []), 0)

/** Runs of sub-sections of boot memory whose first struct page is reserved: how much kernel and firmware took is not a rule. */
function reservedRuns(first: Capture, sectionShift: number, subsectionShift: number): { start: number; end: number }[] {
  const runs: { start: number; end: number }[] = []
  const section = 2 ** sectionShift
  const subsection = 2 ** subsectionShift
  for (const { nr, runs: said } of first.probe.sections) {
    for (const run of said) {
      if (!run.says.includes('/reserved') || run.says.includes('/nobit')) continue
      const start = nr * section + run.first * subsection
      const end = nr * section + (run.last + 1) * subsection
      const last = runs.at(-1)
      if (last?.end === start) last.end = end
      else runs.push({ start, end })
    }
  }
  return runs
}
