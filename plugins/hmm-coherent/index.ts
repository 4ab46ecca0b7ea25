/** HMM coherent memory: a free region near the top of the physical space, or a given place. Needs no hook. */
import { defineDeviceType, devm, param } from '../sdk/index.ts'

export default defineDeviceType({
  id: 'hmm-coherent',
  title: 'HMM coherent',
  doc: 'Device memory that CPU and device share coherently (MEMORY_DEVICE_COHERENT), put where the kernel finds room. Idle pages have no reference.',
  since: 'v6.0',
  params: { size: param.bytes({ default: '1GiB', min: '4KiB', doc: 'Size of the device memory.' }), ...devm.params },
  ...devm.policies,
  memory: 'coherent',
  mapping: 'linear',
  granularity: 'subsection',
  samples: [{ title: 'two sections in a free region', params: { size: '256MiB' } }],
})
