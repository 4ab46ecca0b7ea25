/** An NVDIMM as NFIT describes it: a region with one label-less namespace over all of it. drivers/acpi/nfit, drivers/nvdimm, drivers/dax, v6.1. */
import { ERRNO, defineDeviceType, findResource, kernel, param } from '../sdk/index.ts'
import { describeRegion, disableRegion, enableRegion, memregionAlloc, namespaceActions, namespaceName, NAMESPACE_MODES, ndRegion, noteRegion, numaMapToOnlineNode, pfnInit, ramInTheWay, regionOf, supportedAlignments } from '../sdk/nvdimm/index.ts'

const IOMEM = 'Persistent Memory'

export default defineDeviceType({
  id: 'pmem',
  title: 'Persistent memory (NVDIMM)',
  doc: 'An NVDIMM with one label-less namespace, which is raw (a block device without struct pages), fsdax (a block device with them) or devdax (a character device, which daxctl can give to the kernel as RAM). Interleaved and labelled regions are not modelled; in 6.1 no single NVDIMM can be unplugged, so removing one stands for unbinding nfit.',
  since: 'v4.18',
  params: {
    at: param.address({ doc: 'Where its range starts.' }),
    size: param.bytes({ default: '512MiB', min: '4KiB', multipleOf: '4KiB', doc: 'Size of its range.' }),
    node: param.node({ doc: 'Its proximity domain: the node that it belongs to as RAM. As device memory it is on the nearest node that is online.' }),
    mode: param.choice({ choices: NAMESPACE_MODES, default: 'raw', doc: 'What its info block says when it comes; raw when it has none.' }),
    map: param.choice({ choices: ['dev', 'mem'], default: 'dev', doc: 'By the info block: struct pages on the device (dev) or in RAM (mem).' }),
    align: param.choice({ choices: ['4K', '2M', '1G'], default: '2M', doc: 'By the info block: alignment of mappings.', advanced: true }),
  },
  memory: ({ mode }) => (mode === 'raw' ? 'none' : mode === 'fsdax' ? 'fs-dax' : 'generic'),
  mapping: 'linear',
  granularity: 'subsection',
  resource: { name: 'namespaceN.0', release: 'driver' },

  *onPlug({ params, machine }) {
    const { at, size, node, mode, map, align } = params
    const end = at + size
    // acpi_nfit_insert_resource(): nothing to do where firmware's memory map has the range as persistent memory already
    const known = findResource(machine.resources, IOMEM, at)
    const inserted = known === undefined || known.end < end
    if (inserted) {
      const err = yield kernel.insertResource(at, end, IOMEM, false)
      if (err < 0) {
        yield kernel.print(4, `nfit ACPI0012:00: failed to insert pmem resource to iomem: ${err}`)
        yield kernel.print(3, 'nfit ACPI0012:00: failed to register spa range')
        return err
      }
    }
    const r = ndRegion({ region: memregionAlloc(machine), start: at, end, numaNode: numaMapToOnlineNode(machine, node), targetNode: node, inserted })
    if (mode !== 'raw') {
      // the info block that somebody wrote once
      const [page = 0, pmd = 0, pud = 0] = supportedAlignments(machine)
      const info = pfnInit({ start: at, end, name: namespaceName(r) }, mode === 'fsdax' ? 'pfn' : 'dax', map, align === '4K' ? page : align === '2M' ? pmd : pud, machine)
      if ('errno' in info) {
        if (inserted) yield kernel.removeResource(at, end, IOMEM)
        return yield kernel.fail(info.errno, `no namespace of mode ${mode} fits: ${info.reason}`)
      }
      Object.assign(r, { info: info.kind, infoMap: info.map, infoAlign: info.align, dataoff: info.dataoff, endTrunc: info.endTrunc })
    }
    // nvdimm_pmem_region_create
    return yield* enableRegion(r, machine)
  },

  mayUnplug: ({ device, machine }) => ramInTheWay(regionOf(device), machine),

  *onUnplug({ device, machine }) {
    const r = regionOf(device)
    if (r.regionActive) {
      const err = yield* disableRegion(r, machine)
      if (err < 0) return err
    }
    // acpi_nfit_remove_resource
    if (r.inserted && (yield kernel.removeResource(r.start, r.end, IOMEM)) < 0) return yield kernel.fail(ERRNO.EINVAL, `"${IOMEM}" is not there any more`)
    r.inserted = false
    yield* noteRegion(r)
    return 0
  },

  describe: ({ device, machine }) => describeRegion(regionOf(device), machine),
  actions: namespaceActions(),
  samples: [
    { title: 'raw', params: { at: '0x140000000', size: '512MiB' } },
    { title: 'fsdax with struct pages on the device', params: { at: '0x140000000', size: '512MiB', mode: 'fsdax' } },
    { title: 'devdax with struct pages in RAM', params: { at: '0x140000000', size: '512MiB', mode: 'devdax', map: 'mem' } },
  ],

  // NFIT is not part of the machine; persistent ranges of firmware's memory map stand for what it would list
  atBoot: (machine) => machine.resources.filter((r) => r.name === IOMEM && !r.busy && r.children.length === 0)
    .map((r, i) => ({ name: `nvdimm${i}`, params: { at: r.start, size: r.end - r.start, node: Math.max(0, machine.physToTargetNode(r.start)) } })),
})
