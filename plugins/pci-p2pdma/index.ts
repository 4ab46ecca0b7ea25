/** PCI peer-to-peer: a range of a BAR, mapped; an altmap where asked for. Needs no hook. */
import { defineDeviceType, devm, param } from '../sdk/index.ts'

export default defineDeviceType({
  id: 'pci-p2pdma',
  title: 'PCI peer-to-peer',
  doc: 'A piece of a PCI BAR that other devices may reach (MEMORY_DEVICE_PCI_P2PDMA), mapped uncached.',
  since: 'v4.20',
  params: { size: param.bytes({ default: '2MiB', min: '4KiB', doc: 'Size of the range.' }), ...devm.params },
  ...devm.policies,
  memory: 'pci-p2pdma',
  mapping: 'linear',
  granularity: 'subsection',
  samples: [{ title: 'one section', params: { at: '0x140000000', size: '128MiB' } }],
})
