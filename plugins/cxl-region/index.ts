/** A CXL region: a piece of a CXL window that memory devices decode together. drivers/cxl/acpi.c, core/region.c, pmem.c, v6.1. */
import { ERRNO, defineDeviceType, kernel, param } from '../sdk/index.ts'
import type { DeviceView, ResourceView, Steps } from '../sdk/index.ts'
import { describeRegion, disableRegion, enableRegion, memregionAlloc, namespaceActions, ndRegion, ramInTheWay, regionOf, type NdRegion } from '../sdk/nvdimm/index.ts'

const SZ_256M = 2 ** 28
const PMEM = 'Persistent Memory'
const WINDOW = /^CXL Window (\d+)$/

/** A pmem region with the window that it lies in. */
interface CxlRegion extends NdRegion {
  window: string
  /** The window came with a device of this type, and goes with the last. */
  windowInserted: boolean
}
const cxlOf = (device: DeviceView): CxlRegion => regionOf(device) as CxlRegion

const windowsOf = (resources: readonly ResourceView[]): readonly ResourceView[] => resources.flatMap((r) => [...(WINDOW.test(r.name) ? [r] : []), ...windowsOf(r.children)])

/** cxl_acpi numbers windows in the order of the CEDT: here, in the order in which they come. */
function freeWindowName(windows: readonly ResourceView[]): string {
  let n = 0
  while (windows.some((w) => w.name === `CXL Window ${n}`)) n++
  return `CXL Window ${n}`
}

export default defineDeviceType({
  id: 'cxl-region',
  title: 'CXL region',
  doc: 'Physical address space from a CXL window, which memory devices decode together, with a pmem region (libnvdimm) below: its labelled namespace takes all of it. 6.1 makes persistent regions only: volatile ones came with v6.3, and volatile memory that firmware set up is System RAM or soft reserved (type dax-kmem). Not modelled: host bridges, switches and decoders, their programming order, the devices\' own memory (DPA), labels, and several namespaces in a region.',
  since: 'v6.0',
  params: {
    window: param.address({ doc: 'Where the window starts; one that is there already is used.' }),
    windowSize: param.bytes({ default: '4GiB', min: '256MiB', multipleOf: '256MiB', doc: 'Size of the window, where it is not there yet. It grows over what it partly overlaps.' }),
    size: param.bytes({ default: '1GiB', min: '256MiB', doc: 'Size of the region: a multiple of 256 MiB for each interleaved device.' }),
    ways: param.choice({ choices: ['1', '2', '3', '4', '6', '8', '12', '16'], default: '1', doc: 'Devices that it is interleaved over.' }),
    mode: param.choice({ choices: ['pmem', 'ram'], default: 'pmem', doc: 'Kind of region. 6.1 refuses ram.' }),
    node: param.node({ default: -1, doc: 'Target node; -1 for the node that firmware names for the address, else that of the first RAM.' }),
  },
  memory: 'none',
  mapping: 'linear',
  granularity: 'section',
  resource: { name: 'regionN', release: 'driver' },

  *onPlug({ params, machine }) {
    const { window, windowSize, size, mode } = params
    // cxl_acpi_cfmws_verify()
    if (window % SZ_256M !== 0) return yield kernel.fail(ERRNO.EINVAL, 'a CXL window starts at a multiple of 256 MiB')
    const windows = windowsOf(machine.resources)
    const there = windows.find((w) => w.start <= window && window < w.end)
    const name = there?.name ?? freeWindowName(windows)
    const windowInserted = there ? machine.devices.some((d) => d.data['window'] === name && d.data['windowInserted'] === true) : true
    // add_cxl_resources()
    if (!there) yield kernel.insertResourceExpandToFit(window, window + windowSize, name)
    const region = memregionAlloc(machine)
    const start = yield* allocHpa(`region${region}`, { name, at: window }, size, Number(params.ways))
    if (start < 0) {
      if (!there) yield kernel.removeResource(window, undefined, name)
      return start
    }
    // cxl_region_probe()
    const err = mode === 'ram' ? yield kernel.fail(ERRNO.ENXIO, 'cxl_region_probe(): 6.1 knows regions of persistent memory only; volatile ones came with v6.3') : yield kernel.insertResource(start, start + size, PMEM, false)
    if (err < 0) {
      yield kernel.removeResource(start, start + size, `region${region}`)
      if (!there) yield kernel.removeResource(window, undefined, name)
      return err
    }
    // cxl_pmem_region_probe(): memory_add_physaddr_to_nid() and phys_to_target_node()
    const numaNode = Math.max(0, machine.physToTargetNode(0))
    const target = params.node >= 0 ? params.node : machine.physToTargetNode(start)
    const r: CxlRegion = {
      ...ndRegion({ region, start, end: start + size, numaNode, targetNode: target < 0 ? numaNode : target, labelled: true, inserted: true }),
      window: name, windowInserted,
    }
    return yield* enableRegion(r, machine)
  },

  mayUnplug: ({ device, machine }) => ramInTheWay(regionOf(device), machine),

  *onUnplug({ device, machine }) {
    const r = cxlOf(device)
    if (r.regionActive) {
      const err = yield* disableRegion(r, machine)
      if (err < 0) return err
    }
    // cxlr_pmem_remove_resource(), cxl_region_iomem_release()
    yield kernel.removeResource(r.start, r.end, PMEM)
    yield kernel.removeResource(r.start, r.end, `region${r.region}`)
    const others = machine.devices.some((d) => d.name !== device.name && d.data['window'] === r.window)
    // remove_cxl_resources()
    if (r.windowInserted && !others) yield kernel.removeResource(r.start, undefined, r.window)
    return 0
  },

  describe: ({ device, machine }) => [{ name: 'window', value: cxlOf(device).window }, ...describeRegion(regionOf(device), machine)],
  actions: namespaceActions(),
  samples: [
    { title: 'one device', params: { window: '0x400000000', size: '1GiB' } },
    { title: 'two devices interleaved', params: { window: '0x400000000', size: '1GiB', ways: '2' } },
  ],
})

/** alloc_hpa(): the lowest free place of the window. Answers its address. */
function* allocHpa(region: string, window: { readonly name: string; readonly at: number }, size: number, ways: number): Steps {
  if (size % (SZ_256M * ways) !== 0) return yield kernel.fail(ERRNO.EINVAL, `the size of a region over ${ways} device${ways === 1 ? '' : 's'} is a multiple of ${(SZ_256M * ways) / 2 ** 20} MiB`)
  const at = yield kernel.allocFreeMemRegion(window, size, SZ_256M, region)
  return at < 0 ? at : at * SZ_256M
}
