/** /proc/iomem after boot: what the memory map gives, and below, above and between it what the description adds. */
import type { FirmwareRange, FirmwareType, MachineDescription, ResourceDescription } from '../machine/description.ts'
import { InputErrors } from '../errors.ts'
import { insertResource, iomemRoot, type Resource } from '../state/resource-tree.ts'
import { hex, MiB } from '../units.ts'

const NAMES: Record<FirmwareType, string> = {
  usable: 'System RAM', reserved: 'Reserved', 'acpi-data': 'ACPI Tables', 'acpi-nvs': 'ACPI Non-volatile Storage',
  unusable: 'Unusable memory', persistent: 'Persistent Memory', 'persistent-legacy': 'Persistent Memory (legacy)', 'soft-reserved': 'Soft Reserved',
}

/**
 * Is an entry of this name busy, when nobody says? /proc/iomem does not show the flag. Reserved and bus windows are claimed
 * by nobody, so that drivers can nest in them; everything else in the text is taken to be claimed.
 */
const busyByName = (name: string): boolean => !/^(Reserved|Soft Reserved|Persistent Memory.*|PCI Bus .*|PCI (MMCONFIG|ECAM).*|CXL Window.*|RAM buffer)$/i.test(name) && !/^[0-9a-f]{4}:[0-9a-f]{2}:[0-9a-f]{2}\.[0-7]$/i.test(name)

const fromFirmware = (r: FirmwareRange): Resource => ({
  start: r.start, end: r.end, name: NAMES[r.type], sysram: r.type === 'usable', children: [],
  busy: r.type === 'usable' || r.type === 'acpi-data' || r.type === 'acpi-nvs' || r.type === 'unusable' || r.start < MiB,
})

const fromDescription = (r: ResourceDescription): Resource => ({
  start: r.start, end: r.end, name: r.name, sysram: r.name.startsWith('System RAM'),
  busy: r.busy ?? (r.name === 'Reserved' && r.start < MiB ? true : busyByName(r.name)), children: (r.children ?? []).map(fromDescription),
})

/** The tree. Described entries that cannot be placed (they partly overlap) are an error that names both ends. */
export function bootResources(description: MachineDescription, map: readonly FirmwareRange[]): Resource {
  let root = iomemRoot(description.iomemEnd)
  const described = new Set<string>()
  const collect = (r: ResourceDescription): void => {
    described.add(`${r.start}-${r.end}-${r.name}`)
    r.children?.forEach(collect)
  }
  description.resources.forEach(collect)
  const key = (r: Resource): string => `${r.start}-${r.end}-${r.name}`
  const fail = (r: { start: number; end: number; name: string }): never => {
    throw new InputErrors([{
      code: 'ZL-MACHINE-RESOURCE', file: description.title, field: 'resources',
      found: `"${r.name}" ${hex(r.start)}-${hex(r.end - 1)} partly overlaps another resource or ends beyond ${hex(description.iomemEnd)}`,
      expected: 'resources that nest or are disjoint',
    }])
  }
  const put = (r: Resource): void => {
    // children go in one by one, so that they land below what is there already
    const next = insertResource(root, { ...r, children: [] })
    root = next ?? fail(r)
    r.children.forEach(put)
  }
  const top = map.filter((r) => r.start < description.iomemEnd).map((r) => (r.end > description.iomemEnd ? { ...r, end: description.iomemEnd } : r))
  for (const r of top) if (!described.has(key(fromFirmware(r)))) put(fromFirmware(r))
  for (const r of description.resources) put(fromDescription(r))
  return root
}
