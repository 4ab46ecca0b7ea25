/** HMM public memory: coherent device memory as v4.14 to v5.2 had it. mm/hmm.c, hmm_devmem_add_resource(). */
import { defineDeviceType, kernel, param } from '../sdk/index.ts'

export default defineDeviceType({
  id: 'hmm-public',
  title: 'HMM public',
  doc: 'Device memory that the CPU reaches coherently (MEMORY_DEVICE_PUBLIC, hmm_devmem_add_resource): struct pages and a linear map, over a region that platform code describes (IORES_DESC_DEVICE_PUBLIC_MEMORY) and keeps. Nobody used it, and v5.3 removed it.',
  since: 'v4.14',
  until: 'v5.2',
  successor: 'HMM coherent (hmm-coherent, v6.0)',
  params: {
    at: param.address({ doc: 'Where the range starts.' }),
    size: param.bytes({ default: '1GiB', min: '4KiB', doc: 'Size of the device memory.' }),
    node: param.node(),
  },
  memory: 'public',
  mapping: 'linear',
  granularity: 'section',
  // hmm_devmem_remove() gives the region back only when it is not public: this one is the platform's, and is there when the next device comes
  resource: { name: (name) => name, release: 'keep' },

  *onPlug({ params: { at, size, node }, name, machine }) {
    const end = at + size
    const there = machine.resources.find((r) => r.start === at && r.end === end)
    if (!there) {
      const err = yield kernel.insertResource(at, end, name, true, false, 'device-public')
      if (err < 0) return err
    }
    const pgmap = yield kernel.memremapPages({ type: 'public', start: at, size, node })
    if (pgmap < 0) {
      if (!there) yield kernel.removeResource(at, end, name)
      return pgmap
    }
    yield kernel.remember({ pgmaps: pgmap === 0 ? [] : [pgmap], regions: [{ start: at, end, name: there?.name ?? name, release: 'keep' }], node })
    return 0
  },

  *onUnplug({ device }) {
    for (const pgmap of device.pgmaps) {
      const err = yield kernel.memunmapPages(pgmap)
      if (err < 0) return err
    }
    return yield kernel.remember({ pgmaps: [] })
  },
  samples: [{ title: 'one section', params: { at: '0x140000000', size: '128MiB' } }],
})
