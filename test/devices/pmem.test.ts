import { describe, expect, test } from 'vitest'
import { GiB, MiB } from '../../main/engine/units.ts'
import { Machine } from './machine.ts'

const AT = 4 * GiB
const nvdimm = (params: Readonly<Record<string, string | number | boolean>> = {}, form?: string): Machine => {
  const m = new Machine(form)
  expect(m.add('nv0', 'pmem', { at: AT, size: '512MiB', node: 0, ...params })).toBe('ok')
  return m
}

describe('an NVDIMM comes and goes', () => {
  test('raw has no struct pages: no section, no page map, only a claim in /proc/iomem', () => {
    const m = nvdimm()
    expect(m.iomem(AT, 5 * GiB)).toEqual(['100000000-11fffffff : Persistent Memory', '  100000000-11fffffff : namespace0.0'])
    expect(m.pgmap('nv0')).toBeUndefined()
    expect(m.engine.snapshot().sections.some((s) => s.first >= 32)).toBe(false)
    expect(m.remove('nv0')).toBe('ok')
    expect(m.iomem(AT, 5 * GiB)).toEqual([])
  })
  test('an info block that it brings decides what it becomes', () => {
    expect(nvdimm({ mode: 'fsdax' }).pgmap('nv0')).toMatchObject({ type: 'fs-dax', altmap: { reserve: 2, free: 2558, alloc: 2048 } })
    const devdax = nvdimm({ mode: 'devdax', map: 'mem' })
    expect(devdax.pgmap('nv0')).toMatchObject({ type: 'generic', altmap: undefined, vmemmapShift: 9 })
    expect(devdax.iomem(AT, 5 * GiB)).toEqual(['100000000-11fffffff : Persistent Memory', '  100000000-1001fffff : namespace0.0', '  100200000-11fffffff : dax0.0'])
  })
  test('over RAM it is refused, with nfit\'s two lines', () => {
    const m = new Machine()
    expect(m.add('nv0', 'pmem', { at: 512 * MiB, size: '1GiB' })).toBe('EBUSY')
    expect(m.log).toEqual(['nfit ACPI0012:00: failed to insert pmem resource to iomem: -16', 'nfit ACPI0012:00: failed to register spa range'])
    expect(m.engine.snapshot().devices).toEqual([])
  })
  test('where the memory map has the range as persistent, that resource is used and stays', () => {
    const m = new Machine('{firmware: [{start: 0x100000, end: 0x40000000, type: usable}, {start: 0x100000000, end: 0x120000000, type: persistent}]}')
    expect(m.engine.snapshot().devices).toMatchObject([{ name: 'nvdimm0', type: 'pmem' }])
    expect(m.iomem(AT, 5 * GiB)).toEqual(['100000000-11fffffff : Persistent Memory', '  100000000-11fffffff : namespace0.0'])
    expect(m.remove('nvdimm0')).toBe('ok')
    expect(m.iomem(AT, 5 * GiB)).toEqual(['100000000-11fffffff : Persistent Memory'])
  })
  test('regions take the lowest free number, and keep it', () => {
    const m = nvdimm()
    m.add('nv1', 'pmem', { at: 6 * GiB, size: '256MiB' })
    m.remove('nv0')
    m.add('nv2', 'pmem', { at: 7 * GiB, size: '256MiB' })
    expect([m.data('nv1')['region'], m.data('nv2')['region']]).toEqual([1, 0])
    expect(m.iomem(6 * GiB, 8 * GiB).map((line) => line.split(' : ')[1])).toEqual(['Persistent Memory', 'namespace1.0', 'Persistent Memory', 'namespace0.0'])
  })
})

describe('ndctl', () => {
  test('a namespace that is disabled keeps its info block; one that is destroyed does not', () => {
    const m = nvdimm()
    expect(m.act('nv0', 'create-namespace', { mode: 'devdax', map: 'dev' })).toBe('ok')
    expect(m.act('nv0', 'disable-namespace')).toBe('ok')
    expect(m.iomem(AT, 5 * GiB)).toEqual(['100000000-11fffffff : Persistent Memory'])
    expect(m.act('nv0', 'enable-namespace')).toBe('ok')
    expect(m.pgmap('nv0')?.type).toBe('generic')
    expect(m.act('nv0', 'destroy-namespace')).toBe('ok')
    expect(m.act('nv0', 'enable-namespace')).toBe('ok')
    expect(m.pgmap('nv0')).toBeUndefined()
  })
  test('without --force an active namespace is left alone', () => {
    const m = nvdimm({ mode: 'fsdax' })
    const before = m.engine.snapshot()
    expect(m.act('nv0', 'create-namespace', { mode: 'raw', force: false })).toBe('EBUSY')
    expect(m.act('nv0', 'destroy-namespace', { force: false })).toBe('EBUSY')
    expect(m.engine.snapshot()).toEqual(before)
  })
  test('what it refuses before it touches anything', () => {
    const m = nvdimm()
    expect(m.act('nv0', 'create-namespace', { mode: 'raw', map: 'mem' })).toBe('EINVAL')
    expect(m.act('nv0', 'create-namespace', { mode: 'raw', align: '2M' })).toBe('ENXIO')
    expect(m.act('nv0', 'create-namespace', { mode: 'fsdax', align: '1G' })).toBe('EINVAL')
    expect(m.reason).toContain('not a multiple of the alignment 0x40000000')
    expect(m.add('odd', 'pmem', { at: 6 * GiB, size: 40 * MiB })).toBe('ok')
    expect(m.act('odd', 'create-namespace', { mode: 'fsdax' })).toBe('EINVAL')
    expect(m.add('tiny', 'pmem', { at: 7 * GiB, size: 8 * MiB })).toBe('ok')
    expect(m.act('tiny', 'create-namespace', { mode: 'devdax' })).toBe('EINVAL')
    expect(m.reason).toContain('16 MiB at least')
    m.act('nv0', 'disable-region')
    expect(m.act('nv0', 'create-namespace', { mode: 'fsdax' })).toBe('EAGAIN')
    expect(m.act('nv0', 'enable-namespace')).toBe('ENXIO')
  })
  test('a start that is not at 16 MiB wants --force', () => {
    const m = new Machine()
    m.add('nv0', 'pmem', { at: AT + 2 * MiB, size: '512MiB' })
    m.act('nv0', 'disable-namespace')
    expect(m.act('nv0', 'create-namespace', { mode: 'fsdax', force: false })).toBe('EINVAL')
    expect(m.act('nv0', 'create-namespace', { mode: 'fsdax', map: 'mem', force: true })).toBe('ok')
    expect(m.engine.snapshot().sections.find((s) => s.first === 32)).toMatchObject({ flags: 1 | 2 | 16, subsections: '0xfffffffffffffffe' })
  })
  test('a start within a sub-section is the kernel\'s to refuse; the namespace stays disabled and raw', () => {
    const m = new Machine()
    m.add('nv0', 'pmem', { at: AT + MiB, size: '512MiB' })
    expect(m.act('nv0', 'create-namespace', { mode: 'fsdax', align: '4K' })).toBe('EINVAL')
    expect(m.log).toContain('nd_pmem pfn0.0: namespace0.0: start 0x0000000100100000 misaligned to 0x200000')
    expect(m.iomem(AT, 5 * GiB)).toEqual(['100100000-1200fffff : Persistent Memory'])
    expect(m.act('nv0', 'enable-namespace')).toBe('ok')
  })
  test('somebody else\'s claim in the range keeps the driver out until it is given back', () => {
    const m = nvdimm({ mode: 'fsdax' })
    m.act('nv0', 'disable-namespace')
    m.run({ op: 'request_region', start: AT + 64 * MiB, size: MiB, name: 'squatter' })
    expect(m.act('nv0', 'enable-namespace')).toBe('EBUSY')
    expect(m.log).toContain('nd_pmem pfn0.0: could not reserve region [mem 0x100000000-0x11fffffff]')
    expect(m.iomem(AT, 5 * GiB)).toEqual(['100000000-11fffffff : Persistent Memory', '  104000000-1040fffff : squatter'])
    m.run({ op: 'release_region', start: AT + 64 * MiB, size: MiB })
    expect(m.act('nv0', 'enable-namespace')).toBe('ok')
  })
})

describe('nodes', () => {
  const two = '{nodes: [{memory: 1GiB, cpus: 1}, {}]}'
  test('device memory is on the nearest node that was online when the region came, RAM on the node of its own', () => {
    const m = nvdimm({ node: 1, mode: 'devdax', map: 'mem' }, two)
    expect(m.pgmap('nv0')?.node).toBe(0)
    expect(m.act('nv0', 'reconfigure-device', { mode: 'system-ram' })).toBe('ok')
    expect(m.zone(1, 'Movable')).toMatchObject({ present: 98304 })
    // node 1 is online now, and yet the region remembers node 0
    m.act('nv0', 'offline-memory')
    m.act('nv0', 'reconfigure-device', { mode: 'devdax' })
    expect(m.pgmap('nv0')?.node).toBe(0)
  })
  test('a second region of that node comes while it is online', () => {
    const m = nvdimm({ node: 1, mode: 'devdax', map: 'mem' }, two)
    m.act('nv0', 'reconfigure-device', { mode: 'system-ram', online: false })
    m.add('nv1', 'pmem', { at: 6 * GiB, size: '256MiB', node: 1, mode: 'fsdax' })
    expect(m.pgmap('nv1')?.node).toBe(1)
  })
})

test('a region that goes through all modes leaves what a single mapping would: no page map, and ZONE_DEVICE\'s span', () => {
  const m = nvdimm()
  for (const mode of ['fsdax', 'devdax', 'raw', 'fsdax'] as const)
    for (const map of ['mem', 'dev'] as const) expect(m.act('nv0', 'create-namespace', mode === 'raw' ? { mode } : { mode, map })).toBe('ok')
  expect(m.remove('nv0')).toBe('ok')
  expect(m.engine.snapshot().pgmaps).toEqual([])
  expect(m.zone(0, 'Device')).toMatchObject({ startPfn: AT / 4096, spanned: 131072 })
})
