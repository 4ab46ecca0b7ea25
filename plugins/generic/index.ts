/** Generic (devm): a range that a driver maps for itself. Needs no hook. */
import { defineDeviceType, devm, param } from '../sdk/index.ts'

export default defineDeviceType({
  id: 'generic',
  title: 'Generic (devm)',
  doc: 'Device memory that a driver maps with devm_memremap_pages (MEMORY_DEVICE_GENERIC), such as a device-dax region, or as memory for a DAX file system (MEMORY_DEVICE_FS_DAX): with its struct pages in RAM or, with an altmap, on the device itself.',
  since: 'v4.18',
  params: {
    size: param.bytes({ default: '128MiB', min: '4KiB', doc: 'Size of the range.' }),
    memory: param.choice({ choices: ['generic', 'fs-dax'], default: 'generic', doc: 'Kind of device memory: MEMORY_DEVICE_GENERIC or MEMORY_DEVICE_FS_DAX.' }),
    ...devm.params,
  },
  ...devm.policies,
  memory: ({ memory }) => memory,
  mapping: 'linear',
  granularity: 'subsection',
  samples: [
    { title: 'one section', params: { at: '0x140000000', size: '128MiB' } },
    { title: 'struct pages on the device', params: { at: '0x140000000', size: '256MiB', reserve: 2, free: 2046 } },
  ],
})
