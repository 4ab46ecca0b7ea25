/** Generic (devm): a given range, mapped; an altmap where asked for. Needs no hook. */
import { defineDeviceType, param } from '../sdk/index.ts'

export default defineDeviceType({
  id: 'generic',
  title: 'Generic (devm)',
  doc: 'Device memory that a driver maps with devm_memremap_pages (MEMORY_DEVICE_GENERIC), such as a device-dax region: at a given place, with its struct pages in RAM or, with an altmap, on the device itself.',
  since: 'v4.18',
  params: {
    at: param.address({ doc: 'Where the range starts.' }),
    size: param.bytes({ default: '128MiB', min: '4KiB', doc: 'Size of the range.' }),
    node: param.node(),
    claim: param.bool({ default: true, doc: 'Claim the range first, as every careful driver does.' }),
    reserve: param.optionalInt({ min: 0, doc: 'Altmap: leading pages kept for the driver.' }),
    free: param.optionalInt({ min: 0, doc: 'Altmap: pages set aside for the struct pages.' }),
    base: param.optionalInt({ min: 0, doc: 'Altmap: base pfn, when it is not the first of the range (which is refused).' }),
    shift: param.int({ default: 0, min: 0, max: 18, doc: 'log2 of pages in a compound device page; 0 for base pages.' }),
  },
  placement: ({ at, size }) => ({ at: 'fixed', start: at, size }),
  memory: 'generic',
  mapping: 'linear',
  granularity: 'subsection',
  altmap: ({ reserve, free, base }) =>
    reserve === undefined && free === undefined ? undefined : { reserve: reserve ?? 0, free: free ?? 0, ...(base === undefined ? {} : { base }) },
  vmemmapShift: ({ shift }) => shift,
  resource: { name: (name) => name, claim: ({ claim }) => claim, release: 'driver' },
  samples: [{ title: 'one section', params: { at: '0x140000000', size: '128MiB' } }],
})
