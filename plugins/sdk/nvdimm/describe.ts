/** Inspector rows of a pmem region. */
import type { DeviceTypeSpec, MachineView } from '../device-type.ts'
import type { Params } from '../params.ts'
import { modeOf, namespaceName, type NdRegion } from './namespace.ts'
import { infoBlockReserve } from './pfn.ts'

type Rows = ReturnType<NonNullable<DeviceTypeSpec<Params>['describe']>>

const hex = (n: number): string => `0x${n.toString(16)}`
const MiB = 2 ** 20
const size = (bytes: number): string => (bytes % MiB === 0 ? `${bytes / MiB} MiB` : `${bytes / 1024} KiB`)

export function describeRegion(r: NdRegion, machine: MachineView): Rows {
  const state = !r.regionActive ? 'region disabled' : !r.exists ? 'no namespace' : r.active ? 'enabled' : 'disabled'
  return [
    { name: 'region', value: `region${r.region}`, doc: 'Numbers are shared by NVDIMM, CXL and soft-reserved regions.' },
    { name: 'namespace', value: `${namespaceName(r)}, ${modeOf(r)}, ${state}` },
    ...(r.info === 'none' ? [] : [
      { name: 'map', value: r.infoMap, doc: 'Struct pages live in RAM (mem) or on the device (dev).' },
      { name: 'dataoff', value: `${hex(r.dataoff)} (${size(r.dataoff)})`, doc: `Where the data begins: behind the info block of ${size(infoBlockReserve(machine))} and, with map=dev, the struct pages.` },
      { name: 'align', value: size(r.infoAlign) },
      ...(r.endTrunc ? [{ name: 'end_trunc', value: size(r.endTrunc), doc: 'Cut off so that the end is aligned.' }] : []),
    ]),
    { name: 'numa_node', value: String(r.numaNode), doc: 'Where its struct pages as device memory belong: the nearest node that was online when it came.' },
    { name: 'target_node', value: String(r.targetNode), doc: 'Where it belongs as RAM.' },
    ...(r.daxName ? [{ name: 'dax device', value: `${r.daxName}, ${r.daxDriver === 'kmem' ? 'system-ram (kmem)' : r.daxDriver === 'device_dax' ? 'devdax' : 'no driver'}` }] : []),
    ...(r.kmemEnd && r.daxDriver !== 'kmem' ? [{ name: 'left behind', value: `${hex(r.kmemStart)}-${hex(r.kmemEnd - 1)}`, doc: 'RAM that could not be removed when kmem was unbound; until the next boot.' }] : []),
  ]
}
