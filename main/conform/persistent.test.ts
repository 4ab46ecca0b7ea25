import { describe, expect, test } from 'vitest'
import type { ResourceDescription } from '../engine/machine/description.ts'
import { bootDevices, plugNvdimm } from './persistent.ts'
import type { Capture, RecordedStep } from './recording.ts'

const capture = (iomem: readonly ResourceDescription[], runs = ''): Capture => ({
  iomem, blocks: [], masks: {}, dmesg: [],
  probe: { devices: [], nodes: [], zones: [], sections: runs === '' ? [] : [{ nr: 32, flags: 'present,valid', subsections: '0xffffffffffffffff', runs: [{ first: 0, last: 63, says: runs }] }] } as unknown as Capture['probe'],
})
const range = (name: string, start: number, end: number, ...children: ResourceDescription[]): ResourceDescription => ({ name, start, end, ...(children.length > 0 ? { children } : {}) })
const AT = 0x100000000
const nvdimm = (...children: ResourceDescription[]): ResourceDescription => range('Persistent Memory', AT, AT + 0x20000000, ...children)
const namespace = range('namespace0.0', AT, AT + 0x20000000)

describe('drivers that had bound at step 00', () => {
  test('an NVDIMM with a namespace is a device of the node that the SRAT names, and its entries are its own', () => {
    const { devices, iomem } = bootDevices(capture([range('Reserved', 0, 4096), nvdimm(namespace)]), [{ start: AT, end: AT + 0x20000000, node: 1 }])
    expect(devices).toEqual([{ name: 'region0', type: 'pmem', params: { at: AT, size: 0x20000000, node: 1 } }])
    expect(iomem).toEqual([range('Reserved', 0, 4096)])
  })
  test('a range that no driver has stays an entry of /proc/iomem', () => {
    expect(bootDevices(capture([nvdimm()]), [])).toEqual({ devices: [], iomem: [nvdimm()] })
  })
  test('what its info block says shows in the struct pages and in where the dax device begins', () => {
    const params = (first: Capture) => bootDevices(first, []).devices[0]?.params
    expect(params(capture([nvdimm(namespace)], 'n0/Device/reserved/fsdax'))).toMatchObject({ mode: 'fsdax', map: 'mem' })
    expect(params(capture([nvdimm(range('namespace0.0', AT, AT + 0xa00000), range('dax0.0', AT + 0xa00000, AT + 0x20000000))]))).toMatchObject({ mode: 'devdax', map: 'dev' })
  })
  test('a range that cannot be mapped has a region all the same, when its driver is there', () => {
    const legacy = (start: number, size: number, ...children: ResourceDescription[]): ResourceDescription => range('Persistent Memory (legacy)', start, start + size, ...children)
    const { devices } = bootDevices(capture([legacy(0x40000000, 0x2100000), legacy(0x48000000, 0x2000000, range('namespace1.0', 0x48000000, 0x4a000000))]), [])
    expect(devices).toEqual([{ name: 'region0', type: 'e820-pmem', params: { at: 0x40000000 } }, { name: 'region1', type: 'e820-pmem', params: { at: 0x48000000 } }])
  })
  test('devices come in the order of their regions, whatever their addresses', () => {
    const legacy = range('Persistent Memory (legacy)', 0x40000000, 0x42000000, range('namespace1.0', 0x40000000, 0x42000000))
    const soft = range('Soft Reserved', 0x200000000, 0x240000000, range('dax2.0', 0x200000000, 0x240000000))
    expect(bootDevices(capture([soft, legacy, nvdimm(namespace)]), []).devices.map((d) => `${d.name} ${d.type}`)).toEqual(['region0 pmem', 'region1 e820-pmem', 'region2 dax-kmem'])
  })
})

test('an NVDIMM that is plugged takes the name of the region that the kernel made', () => {
  const step = (iomem: readonly ResourceDescription[], dmesg: readonly string[] = []): RecordedStep => ({
    n: 1, name: 'plug', op: 'plug-nvdimm', args: { id: 'nv7', size: 0x20000000 }, folder: '01-plug', capture: { ...capture(iomem), dmesg },
    result: { ok: true, memory_devices: [{ id: 'nv7', addr: AT, size: 0x20000000, node: 0 }] },
  })
  const command = { op: 'add_device', name: 'region3', type: 'pmem', params: { at: AT, size: 0x20000000, node: 0 } }
  expect(plugNvdimm(step([nvdimm(range('namespace3.0', AT, AT + 0x20000000))]))).toEqual({ kind: 'actions', actions: [{ command, answer: 'ok' }] })
  expect(plugNvdimm(step([nvdimm()])).kind).toBe('unmodelled')
  expect(plugNvdimm(step([], ['nfit ACPI0012:00: failed to register spa range 2']))).toMatchObject({ actions: [{ answer: 'refused' }] })
})
