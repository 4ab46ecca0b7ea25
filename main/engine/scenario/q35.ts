/**
 * The friendly machine: a PC with so much memory in so many nodes, laid out as QEMU's q35 machine lays it out (memory
 * map, SRAT, windows and devices in /proc/iomem), so that `memory: 1GiB` gives what a guest of that size sees.
 */
import { asBytes, GiB, KiB, MiB, alignUp } from '../units.ts'
import type { AffinityRange, FirmwareRange, MachineDescription, ObservedAtBoot, ResourceDescription } from '../machine/description.ts'
import { X86_64, X86_64_ZONES } from '../machine/description.ts'

export interface FriendlyNode { readonly id: number; readonly memory: number; readonly cpus: number }

export interface FriendlyMachine {
  readonly title: string
  readonly nodes: readonly FriendlyNode[]
  readonly slots: number
  /** Most memory, DIMMs included; default memory + 32 GiB. */
  readonly maxmem?: number
  readonly physicalBits?: number
  readonly cmdline: string
}

const END_OF_LOW = 4 * GiB
/** The last 128 KiB below the low memory's end hold the ACPI tables. */
const ACPI_TABLES = 128 * KiB
const MMCONFIG = { start: 0xb0000000, end: 0xc0000000 }
/** Firmware keeps this from guests whose CPU has 40 address bits. */
const HYPERTRANSPORT = 0xfd00000000
const KERNEL = { start: 16 * MiB, end: 68 * MiB }

/** Where the range kept for DIMMs starts: above 4 GiB and all RAM, on a GiB. Also the default address of the first DIMM. */
export const dimmBase = (endOfRam: number): number => alignUp(Math.max(END_OF_LOW, endOfRam), GiB)

export function q35(machine: FriendlyMachine): MachineDescription {
  const memory = machine.nodes.reduce((sum, node) => sum + node.memory, 0)
  const low = memory < 0xb0000000 ? memory : 2 * GiB
  const endOfRam = memory > low ? END_OF_LOW + (memory - low) : low
  const dimms = { start: dimmBase(endOfRam), end: 0 }
  dimms.end = dimms.start + Math.max(0, (machine.maxmem ?? memory + 32 * GiB) - memory) + machine.slots * GiB
  const pci64 = { start: dimms.end, end: dimms.end + 32 * GiB }
  const physicalBits = machine.physicalBits ?? (pci64.end <= HYPERTRANSPORT ? 40 : pci64.end <= 2 ** 46 ? 46 : 52)
  const iomemEnd = 2 ** physicalBits

  const ram = (start: number, end: number): FirmwareRange => ({ start, end, type: 'usable' })
  const kept = (start: number, end: number): FirmwareRange => ({ start, end, type: 'reserved' })
  const firmware = [
    ram(0, 0x9fc00),
    kept(0x9fc00, MiB),
    ram(MiB, low - ACPI_TABLES),
    kept(low - ACPI_TABLES, low),
    kept(MMCONFIG.start, MMCONFIG.end),
    kept(0xfed1c000, 0xfed20000),
    kept(0xfffc0000, END_OF_LOW),
    ...(endOfRam > END_OF_LOW ? [ram(END_OF_LOW, endOfRam)] : []),
    ...(physicalBits === 40 ? [kept(HYPERTRANSPORT, iomemEnd)] : []),
  ]

  return {
    title: machine.title,
    arch: 'x86_64',
    constants: physicalBits > X86_64.maxPhysmemBits ? { ...X86_64, maxPhysmemBits: 52 } : X86_64,
    zoneLimits: X86_64_ZONES,
    firmware,
    affinity: affinity(machine.nodes, low, dimms),
    nodes: machine.nodes.map(({ id, cpus }) => ({ id, cpus })),
    cmdline: machine.cmdline,
    resources: resources(low, pci64),
    iomemEnd: asBytes(iomemEnd),
    hypervisor: true,
    observed: kernelImage,
  }
}

/** The SRAT: node after node from address 0, cut at the holes below 1 MiB and below 4 GiB; the DIMMs' range goes to the last. */
function affinity(nodes: readonly FriendlyNode[], low: number, dimms: { start: number; end: number }): AffinityRange[] {
  const ranges: AffinityRange[] = []
  let at = 0
  for (const node of nodes) {
    let left = node.memory
    for (const [start, end, next] of [[0, 640 * KiB, MiB], [MiB, low, END_OF_LOW], [END_OF_LOW, Infinity, Infinity]] as const) {
      if (left <= 0 || at >= end) continue
      const first = Math.max(at, start)
      const stop = Math.min(first + left, end)
      if (stop > first) ranges.push({ start: first, end: stop, node: node.id })
      // what lies behind the hole below 1 MiB counts as if the hole were memory
      left -= (end === 640 * KiB && stop === end ? MiB : stop) - first
      at = stop === end ? next : stop
    }
  }
  const last = nodes.at(-1)
  if (last && dimms.end > dimms.start) ranges.push({ start: dimms.start, end: dimms.end, node: last.id, hotplug: true })
  return ranges
}

/** What such a guest shows in /proc/iomem beside its memory map. */
function resources(low: number, pci64: { start: number; end: number }): ResourceDescription[] {
  const entry = (start: number, end: number, name: string, children?: readonly ResourceDescription[]): ResourceDescription =>
    children ? { start, end, name, children } : { start, end, name }
  return [
    entry(0xa0000, 0xc0000, 'PCI Bus 0000:00'),
    entry(0xc0000, 0xc8000, 'Video ROM'),
    entry(0xf0000, 0x100000, 'System ROM'),
    entry(KERNEL.start, 0x1e01d32, 'Kernel code'),
    entry(0x2000000, 0x28eb000, 'Kernel rodata'),
    entry(0x2a00000, 0x2c48980, 'Kernel data'),
    entry(0x3310000, KERNEL.end, 'Kernel bss'),
    entry(low, MMCONFIG.start, 'PCI Bus 0000:00'),
    entry(MMCONFIG.start, MMCONFIG.end, 'PCI MMCONFIG 0000 [bus 00-ff]', [
      entry(MMCONFIG.start, MMCONFIG.end, 'Reserved', [entry(MMCONFIG.start, MMCONFIG.end, 'pnp 00:05')]),
    ]),
    entry(MMCONFIG.end, 0xfec00000, 'PCI Bus 0000:00', [entry(0xfebff000, 0xfec00000, '0000:00:1f.2')]),
    entry(0xfec00000, 0xfec00400, 'IOAPIC 0'),
    entry(0xfed00000, 0xfed00400, 'HPET 0', [entry(0xfed00000, 0xfed00400, 'PNP0103:00')]),
    entry(0xfee00000, 0xfee01000, 'Local APIC'),
    entry(pci64.start, pci64.end, 'PCI Bus 0000:00'),
  ]
}

const kernelImage: ObservedAtBoot = { reserved: [KERNEL] }
