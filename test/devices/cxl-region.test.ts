import { expect, test } from 'vitest'
import { GiB } from '../../main/engine/units.ts'
import { Machine } from './machine.ts'

const W = 16 * GiB
const region = (m: Machine, name: string, params: Readonly<Record<string, string | number>> = {}): string => m.add(name, 'cxl-region', { window: W, windowSize: '4GiB', size: '1GiB', ...params })

test('regions take the lowest free place of their window, and "Persistent Memory" goes around each', () => {
  const m = new Machine()
  expect([region(m, 'a'), region(m, 'b', { size: '512MiB' }), region(m, 'c')]).toEqual(['ok', 'ok', 'ok'])
  // c: 1 GiB at 0x440000000 meets b, so the next step of its own size
  expect(m.iomem(W, W + 4 * GiB)).toEqual([
    '400000000-4ffffffff : CXL Window 0',
    '  400000000-43fffffff : Persistent Memory', '    400000000-43fffffff : region0',
    '  440000000-45fffffff : Persistent Memory', '    440000000-45fffffff : region1',
    '  480000000-4bfffffff : Persistent Memory', '    480000000-4bfffffff : region2',
  ])
  expect(region(m, 'd', { size: '2GiB' })).toBe('ERANGE')
  m.remove('a')
  expect(region(m, 'e')).toBe('ok')
  expect(m.iomem(W, W + GiB)).toContain('    400000000-43fffffff : region0')
})

test('the window goes with its last region, and numbers follow windows', () => {
  const m = new Machine()
  region(m, 'a')
  expect(m.add('b', 'cxl-region', { window: 192 * GiB, size: '1GiB' })).toBe('ok')
  expect(m.iomem(192 * GiB, 193 * GiB)[0]).toBe('3000000000-30ffffffff : CXL Window 1')
  m.remove('a')
  expect(m.iomem(W, W + 4 * GiB)).toEqual([])
  m.remove('b')
  expect(m.iomem(192 * GiB, 196 * GiB)).toEqual([])
})

test('sizes come in 256 MiB for each device that it is interleaved over', () => {
  const m = new Machine()
  expect(region(m, 'a', { size: 384 * 2 ** 20 })).toBe('EINVAL')
  expect(region(m, 'a', { size: '1GiB', ways: '3' })).toBe('EINVAL')
  expect(region(m, 'a', { size: '1536MiB', ways: '3' })).toBe('ok')
})

test('6.1 makes no volatile regions, and leaves no trace of the attempt', () => {
  const m = new Machine()
  const before = m.engine.snapshot()
  expect(region(m, 'a', { mode: 'ram' })).toBe('ENXIO')
  expect(m.reason).toContain('v6.3')
  expect(m.engine.snapshot()).toEqual(before)
})

test('a labelled namespace over the region is made, given to the kernel as RAM, and gone when it is destroyed', () => {
  const m = new Machine()
  region(m, 'a')
  expect(m.act('a', 'enable-namespace')).toBe('ENXIO')
  expect(m.act('a', 'create-namespace', { mode: 'devdax', map: 'mem' })).toBe('ok')
  expect(m.iomem(W, W + GiB)).toEqual([
    '400000000-4ffffffff : CXL Window 0', '  400000000-43fffffff : Persistent Memory', '    400000000-43fffffff : region0', '      400000000-4001fffff : namespace0.0', '      400200000-43fffffff : dax0.0',
  ])
  expect(m.act('a', 'reconfigure-device', { mode: 'system-ram' })).toBe('ok')
  expect(m.zone(0, 'Movable')).toMatchObject({ present: 7 * 32768 })
  expect(m.remove('a')).toBe('EBUSY')
  expect(m.act('a', 'reconfigure-device', { mode: 'devdax', force: true })).toBe('ok')
  expect(m.act('a', 'destroy-namespace')).toBe('ok')
  expect(m.act('a', 'enable-namespace')).toBe('ENXIO')
  expect(m.remove('a')).toBe('ok')
})

test('a window grows over soft-reserved memory that sticks out of it, and regions keep clear of that', () => {
  const m = new Machine('{firmware: [{start: 0x100000, end: 0x40000000, type: usable}, {start: 0x3f0000000, end: 0x410000000, type: soft-reserved}]}')
  expect(region(m, 'a')).toBe('ok')
  expect(m.iomem(W - GiB, W + 4 * GiB)).toEqual([
    '3f0000000-4ffffffff : CXL Window 0', '  3f0000000-40fffffff : Soft Reserved', '    3f0000000-40fffffff : dax0.0', '  430000000-46fffffff : Persistent Memory', '    430000000-46fffffff : region1',
  ])
  m.remove('a')
  expect(m.iomem(W - GiB, W + 4 * GiB)).toEqual(['3f0000000-40fffffff : Soft Reserved', '  3f0000000-40fffffff : dax0.0'])
})
