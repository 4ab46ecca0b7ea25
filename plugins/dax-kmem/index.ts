/** Soft-reserved memory as device-dax, given to the kernel as RAM. drivers/dax/hmem, device.c, kmem.c, v6.1. */
import { ERRNO, defineDeviceType, findResource, kernel, param } from '../sdk/index.ts'
import type { DeviceView, MachineView, ResourceView, Steps } from '../sdk/index.ts'
import { daxActionsOn, daxUnbind, devDax, devDaxKmemProbe, devDaxProbe, heldByDax, onlineMemory, type DevDax } from '../sdk/dax/index.ts'
import { memregionAlloc, numaMapToOnlineNode, ramInTheWay, supportedAlignments } from '../sdk/nvdimm/index.ts'

const IOMEM = 'Soft Reserved'

interface Hmem extends DevDax {
  region: number
  /** The resource "Soft Reserved" is its own, put in when it came. */
  inserted: boolean
}
const hmemOf = (device: DeviceView): Hmem => ({ ...(device.data as unknown as Hmem) })

function* note(d: Hmem): Steps {
  return yield kernel.remember({ ...heldByDax(d), node: d.daxDriver === 'kmem' ? d.targetNode : d.numaNode, data: { ...d } })
}

/** Soft-reserved ranges that no driver has yet. */
const free = (machine: MachineView): readonly ResourceView[] => machine.resources.filter((r) => r.name === IOMEM && !r.busy && r.children.length === 0)

export default defineDeviceType({
  id: 'dax-kmem',
  title: 'Device DAX as RAM (kmem)',
  doc: 'Memory that firmware sets aside for a purpose (soft reserved: high-bandwidth or CXL memory). dax_hmem makes a device-dax instance of it, and kmem gives its whole memory blocks to the kernel as RAM of a node of its own. The dax device of a pmem namespace does the same: there it is the action daxctl reconfigure-device.',
  since: 'v5.1',
  params: {
    at: param.optionalAddress({ doc: 'Where the range starts. In a "Soft Reserved" range it stands for all of it; nothing: the first that no driver has.' }),
    size: param.bytes({ default: '1GiB', min: '2MiB', doc: 'Size of the range, where firmware has set none aside at that place: then this type does.' }),
    node: param.node({ default: -1, doc: 'Target node of the RAM; -1 for the node that firmware names for the address.' }),
    mode: param.choice({ choices: ['system-ram', 'devdax'], default: 'system-ram', doc: 'What it is made: RAM (kmem), or a character device with struct pages (device_dax), which is how the kernel leaves it at boot.' }),
    online: param.bool({ default: false, doc: 'RAM: online its blocks into Movable, as daxctl does. Otherwise they come as the policy says.' }),
  },
  memory: ({ mode }) => (mode === 'devdax' ? 'generic' : 'none'),
  mapping: 'linear',
  granularity: 'block',
  resource: { name: 'daxN.0', release: 'driver' },

  *onPlug({ params, machine }) {
    const reserved = params.at === undefined ? free(machine)[0] : findResource(machine.resources, IOMEM, params.at)
    const start = reserved?.start ?? params.at
    if (start === undefined) return yield kernel.fail(ERRNO.ENXIO, `no "${IOMEM}" range without a driver: give an address, or a memory map of type soft-reserved`)
    const end = reserved?.end ?? start + params.size
    if (!reserved) {
      const err = yield kernel.insertResource(start, end, IOMEM, false)
      if (err < 0) return err
    }
    const target = params.node >= 0 ? params.node : machine.physToTargetNode(start)
    const region = memregionAlloc(machine)
    const [, pmd = 1] = supportedAlignments(machine)
    const d: Hmem = { ...devDax(`dax${region}.0`, { start, end }, pmd, { numa: numaMapToOnlineNode(machine, target), target }), region, inserted: !reserved }
    const err = yield* plug(d, params, machine)
    if (err < 0) {
      yield* daxUnbind(d)
      if (d.inserted) yield kernel.removeResource(start, end, IOMEM)
      return err
    }
    return yield* note(d)
  },

  mayUnplug: ({ device, machine }) => ramInTheWay(hmemOf(device), machine),

  *onUnplug({ device }) {
    const d = hmemOf(device)
    yield* daxUnbind(d)
    if (d.inserted) yield kernel.removeResource(d.daxStart, d.daxEnd, IOMEM)
    return yield* note(d)
  },

  describe: ({ device }) => {
    const d = hmemOf(device)
    return [
      { name: 'dax device', value: `${d.daxName}, ${d.daxDriver === 'kmem' ? 'system-ram (kmem)' : d.daxDriver === 'device_dax' ? 'devdax' : 'no driver'}` },
      { name: 'numa_node', value: String(d.numaNode), doc: 'Where its struct pages as device memory belong: the nearest node that was online when it came.' },
      { name: 'target_node', value: String(d.targetNode), doc: 'Where it belongs as RAM.' },
    ]
  },
  actions: daxActionsOn(hmemOf, note, (d) => d.daxName !== ''),
  samples: [
    { title: 'RAM of node 0', params: { at: '0x140000000', size: '1GiB', node: 0 } },
    { title: 'a character device', params: { at: '0x140000000', size: '1GiB', node: 0, mode: 'devdax' } },
  ],

  // dax_hmem is loaded by itself; device_dax binds before anybody asks for kmem
  atBoot: (machine) => free(machine).map((r, i) => ({ name: `hmem${i}`, params: { at: r.start, mode: 'devdax' } })),
})

function* plug(d: Hmem, { mode, online }: { readonly mode: 'system-ram' | 'devdax'; readonly online: boolean }, machine: MachineView): Steps {
  // alloc_dax_region
  if (d.daxStart % d.daxAlign !== 0 || d.daxEnd % d.daxAlign !== 0) return yield kernel.fail(ERRNO.ENOMEM, `the range is not aligned to 0x${d.daxAlign.toString(16)}`)
  let err = yield* devDaxProbe(d, machine)
  if (err < 0 || mode === 'devdax') return err
  yield* daxUnbind(d)
  err = yield* devDaxKmemProbe(d, machine)
  if (err < 0 || !online) return err
  err = yield* onlineMemory(d, true, machine)
  return err === -ERRNO.EALREADY ? 0 : err
}
