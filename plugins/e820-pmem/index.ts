/** Legacy persistent memory: a range that the memory map calls type 12, or that memmap=nn!ss took from RAM. drivers/nvdimm/e820.c, v6.1. */
import { ERRNO, defineDeviceType, findResource, kernel, param } from '../sdk/index.ts'
import type { MachineView, ResourceView } from '../sdk/index.ts'
import { describeRegion, disableRegion, enableRegion, memregionAlloc, namespaceActions, ndRegion, numaMapToOnlineNode, ramInTheWay, regionOf } from '../sdk/nvdimm/index.ts'

const IOMEM = 'Persistent Memory (legacy)'

/** Ranges that no driver has yet. */
const free = (machine: MachineView): readonly ResourceView[] => machine.resources.filter((r) => r.name === IOMEM && !r.busy && r.children.length === 0)

export default defineDeviceType({
  id: 'e820-pmem',
  title: 'Persistent memory (legacy, e820)',
  doc: 'Memory that the memory map calls persistent (type 12), made by firmware before NFIT or by memmap=nn!ss on the command line. Its raw namespace has struct pages (fsdax) as soon as the driver binds, which is at boot. Several ranges, and RAM, may share a section.',
  since: 'v4.18',
  params: {
    at: param.optionalAddress({ doc: 'An address in the range; nothing: the first "Persistent Memory (legacy)" that no driver has.' }),
  },
  memory: 'fs-dax',
  mapping: 'linear',
  granularity: 'subsection',
  resource: { name: 'namespaceN.0', release: 'driver' },

  *onPlug({ params, machine }) {
    const resource = params.at === undefined ? free(machine)[0] : findResource(machine.resources, IOMEM, params.at)
    if (!resource) return yield kernel.fail(ERRNO.ENXIO, `no "${IOMEM}"${params.at === undefined ? ' without a driver' : ' there'}: boot with memmap=nn!ss, or with a memory map of type persistent-legacy`)
    if (resource.children.length > 0) return yield kernel.fail(ERRNO.EBUSY, `"${resource.children[0]?.name ?? ''}" is in that range already`)
    // e820_register_one(): a region with ND_REGION_PAGEMAP; no NVDIMM behind it, so nobody knows how writes become persistent
    const node = machine.physToTargetNode(resource.start)
    const r = ndRegion({
      region: memregionAlloc(machine), start: resource.start, end: resource.end, numaNode: numaMapToOnlineNode(machine, node), targetNode: node, pagemap: true, flush: false,
    })
    return yield* enableRegion(r, machine)
  },

  mayUnplug: ({ device, machine }) => ramInTheWay(regionOf(device), machine),

  *onUnplug({ device, machine }) {
    // e820_pmem_remove()
    const r = regionOf(device)
    return r.regionActive ? yield* disableRegion(r, machine) : 0
  },

  describe: ({ device, machine }) => describeRegion(regionOf(device), machine),
  actions: namespaceActions(),

  // nd_e820 is loaded by itself and registers every such range, in the order of addresses
  atBoot: (machine) => free(machine).map((r, i) => ({ name: `pmem${i}`, params: { at: r.start } })),
})
