import { expect, test } from 'vitest'
import { GiB, MiB } from '../../main/engine/units.ts'
import { Machine } from './machine.ts'

test('memmap=nn!ss: the raw namespace has struct pages from boot on', () => {
  const m = new Machine('{memory: 1GiB, cmdline: "memmap=256M!512M"}')
  expect(m.engine.snapshot().devices).toMatchObject([{ name: 'pmem0', type: 'e820-pmem' }])
  expect(m.pgmap('pmem0')).toMatchObject({ type: 'fs-dax', altmap: undefined, ranges: [{ start: 0x20000, end: 0x30000 }] })
  expect(m.iomem(512 * MiB, 768 * MiB)).toEqual(['20000000-2fffffff : Persistent Memory (legacy)', '  20000000-2fffffff : namespace0.0'])
  expect(m.engine.position()).toBe(0)
  expect(m.engine.booted.warnings).toEqual([])
})

test('fsdax with its struct pages in RAM is what a legacy namespace is anyway: no info block, no pfn device', () => {
  const m = new Machine('{memory: 1GiB, cmdline: "memmap=256M!512M"}')
  expect(m.act('pmem0', 'create-namespace', { mode: 'fsdax', map: 'mem' })).toBe('ok')
  expect(m.data('pmem0')['info']).toBe('none')
  expect(m.act('pmem0', 'create-namespace', { mode: 'raw' })).toBe('ok')
  expect(m.pgmap('pmem0')?.type).toBe('fs-dax')
  expect(m.act('pmem0', 'create-namespace', { mode: 'fsdax', map: 'dev' })).toBe('ok')
  expect(m.pgmap('pmem0')).toMatchObject({ altmap: { reserve: 2, free: 1534 } })
  expect(m.data('pmem0')['infoAlign']).toBe(4096)
})

test('nobody knows how writes become persistent, and the driver says so each time', () => {
  const m = new Machine('{memory: 1GiB, cmdline: "memmap=256M!512M"}')
  m.act('pmem0', 'disable-namespace')
  expect(m.act('pmem0', 'enable-namespace')).toBe('ok')
  expect(m.log).toEqual(['nd_pmem namespace0.0: unable to guarantee persistence of writes'])
})

test('a range that does not end at a sub-section cannot be mapped, and is there without a driver', () => {
  const m = new Machine('{memory: 2GiB, cmdline: "memmap=33M!1G"}')
  expect(m.iomem(GiB, GiB + 33 * MiB)).toEqual(['40000000-420fffff : Persistent Memory (legacy)'])
  expect(m.act('pmem0', 'enable-namespace')).toBe('EOPNOTSUPP')
  expect(m.log).toEqual(['nd_pmem namespace0.0: [mem 0x40000000-0x420fffff flags 0x200] misaligned, unable to map'])
})

test('in an early section removal leaves the struct pages: valid, zone Device, of nobody; RAM beside them is untouched', () => {
  const m = new Machine('{memory: 2GiB, cmdline: "memmap=32M!1G"}')
  const dma32 = m.zone(0, 'DMA32')
  expect(m.remove('pmem0')).toBe('ok')
  const { pages, sections, listed } = m.engine.snapshot()
  expect(pages.find((p) => p.start === 0x40000)).toMatchObject({ end: 0x42000, state: 'device', zone: 'Device', reserved: true })
  expect(listed).toEqual([])
  expect(sections.find((s) => s.first === 8)).toMatchObject({ flags: 31, subsections: '0xffffffffffff0000' })
  expect(m.zone(0, 'DMA32')).toEqual(dma32)
  expect(m.add('again', 'e820-pmem', { at: GiB })).toBe('ok')
})

test('without such memory, or with all of it taken, there is nothing to bind to', () => {
  const m = new Machine()
  expect(m.add('p', 'e820-pmem')).toBe('ENXIO')
  const with1 = new Machine('{memory: 1GiB, cmdline: "memmap=64M!512M"}')
  expect(with1.add('p', 'e820-pmem')).toBe('ENXIO')
  expect(with1.add('p', 'e820-pmem', { at: 512 * MiB })).toBe('EBUSY')
})

test('a machine whose description names its devices has those and no others', () => {
  expect(new Machine('{memory: 1GiB, cmdline: "memmap=256M!512M", devices: []}').engine.snapshot().devices).toEqual([])
  const odd = new Machine('{memory: 1GiB, devices: [{name: p, type: e820-pmem}, {name: q, type: nothing-like-it}]}')
  expect(odd.engine.booted.warnings).toHaveLength(2)
  expect(odd.engine.booted.warnings[0]).toMatch(/^device "p" \(e820-pmem\) is not there after boot: no "Persistent Memory \(legacy\)"/)
})
