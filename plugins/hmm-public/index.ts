/** HMM public memory: coherent device memory as v4.14 to v5.2 had it. Needs no hook. */
import { defineDeviceType, param } from '../sdk/index.ts'

export default defineDeviceType({
  id: 'hmm-public',
  title: 'HMM public',
  doc: 'Device memory that the CPU reaches coherently (MEMORY_DEVICE_PUBLIC, hmm_devmem_add_resource): struct pages and a linear map, over a range that platform code describes and keeps. Nobody used it, and v5.3 removed it.',
  since: 'v4.14',
  until: 'v5.2',
  successor: 'HMM coherent (hmm-coherent, v6.0)',
  params: {
    at: param.address({ doc: 'Where the range starts.' }),
    size: param.bytes({ default: '1GiB', min: '4KiB', doc: 'Size of the device memory.' }),
    node: param.node(),
  },
  placement: ({ at, size }) => ({ at: 'fixed', start: at, size }),
  memory: 'public',
  mapping: 'linear',
  granularity: 'section',
  // hmm_devmem_remove() gives the region back only when it is not public: this one is the platform's
  resource: { name: (name) => name, release: 'keep' },
  samples: [{ title: 'one section', params: { at: '0x140000000', size: '128MiB' } }],
})
