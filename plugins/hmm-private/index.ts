/** HMM private memory: a free region near the top of the physical space, or a given place. Needs no hook. */
import { defineDeviceType, devm, param } from '../sdk/index.ts'

export default defineDeviceType({
  id: 'hmm-private',
  title: 'HMM private',
  doc: 'Device memory that the CPU cannot reach (MEMORY_DEVICE_PRIVATE): struct pages without a linear map, so that pages can migrate to a GPU. Until v4.20 HMM added it with code of its own (hmm_devmem_add). Idle pages have no reference since v6.1.',
  since: 'v4.14',
  params: { size: param.bytes({ default: '1GiB', min: '4KiB', doc: 'Size of the device memory.' }), ...devm.params },
  ...devm.policies,
  memory: 'private',
  mapping: 'none',
  granularity: 'subsection',
  samples: [{ title: 'two sections in a free region', params: { size: '256MiB' } }],
})
