/** The golden cases of device memory on v6.1 (the columns of v5.3, v5.4 and later). */
import { describe, expect, test } from 'vitest'
import type { Command } from '../../main/engine/command.ts'
import type { MachineDescription } from '../../main/engine/machine/description.ts'
import type { PageRun } from '../../main/engine/snapshot-types.ts'
import { GiB, MiB } from '../../main/engine/units.ts'
import { knownTypes } from '../../main/plugins/known-types.ts'
import { BLOCK, machine, Rig, SECTION_PAGES, smallGuest } from './machine.ts'

const rigOf = (description: MachineDescription): Rig => new Rig(description, knownTypes())
const generic = (name: string, at: number, size: number, more: Readonly<Record<string, string | number | boolean>> = {}): Command => ({ op: 'add_device', name, type: 'generic', params: { at, size, node: 0, ...more } })
const section = (rig: Rig, nr: number) => rig.engine.snapshot().sections.find((s) => s.first <= nr && nr <= s.last)
const pages = (rig: Rig, start: number, end: number): PageRun[] => rig.engine.snapshot().pages.filter((p) => p.start < end && start < p.end)
const warnings = (log: readonly { readonly text: string; readonly splat?: string }[]): string[] => log.filter((l) => l.splat).map((l) => l.text)

const TAINTED_EARLY_ONLINE = 1 + 2 + 4 + 8 + 16

describe('G2: pmem ends in the section where RAM goes on, the warning of the 2019 thread', () => {
  // 0x5f is the section of pfn 0x2f8000; RAM has its upper half
  const rig = rigOf(machine({ ram: [{ start: 0, end: 2 * GiB }, { start: 4 * GiB, end: 0x200000000 }, { start: 0x2fc000000, end: 0x300000000 }] }))

  test('before, the last section has only the sub-sections of RAM', () => {
    expect(section(rig, 0x5f)).toMatchObject({ subsections: '0xffffffff00000000', flags: 1 + 2 + 4 + 8 })
  })
  test('adding [0x200000000, 0x2fbffffff] works, and fills sub-sections 0 to 31', () => {
    expect(rig.run(generic('pmem', 0x200000000, 0xfc000000))).toMatchObject({ ret: 0, log: [] })
    expect(section(rig, 0x5f)).toMatchObject({ subsections: 'full', flags: TAINTED_EARLY_ONLINE })
    expect(section(rig, 0x5e)).toMatchObject({ subsections: 'full', flags: 1 + 2 })
    expect(pages(rig, 0x2f8000, 0x300000).map((p) => [p.start <= 0x2f8000, p.end, p.zone])).toEqual([[true, 0x2fc000, 'Device'], [false, 0x300000, 'Normal']])
  })
  test('removing it leaves the section to RAM, tainted for ever', () => {
    rig.ok({ op: 'remove_device', name: 'pmem' })
    expect(section(rig, 0x5f)).toMatchObject({ subsections: '0xffffffff00000000', flags: TAINTED_EARLY_ONLINE })
    expect(section(rig, 0x5e)).toBeUndefined()
    expect(rig.breaches).toEqual([])
  })
})

describe('G3: legacy pmem between RAM and RAM', () => {
  const base = machine({ ram: [{ start: 0, end: 0x200000000 }, { start: 0x304000000, end: 0x400000000 }] })
  const rig = rigOf({ ...base, firmware: [...base.firmware, { start: 0x200000000, end: 0x304000000, type: 'persistent-legacy' }] })

  test('shares section 0x60: bits 0 to 31 are its own, 32 to 63 early RAM', () => {
    expect(rig.engine.snapshot().devices.map((d) => d.type)).toEqual(['e820-pmem'])
    expect(section(rig, 0x60)).toMatchObject({ subsections: 'full', flags: TAINTED_EARLY_ONLINE })
    const [own, ram] = pages(rig, 0x300000, 0x308000)
    expect([own?.end, own?.state, own?.zone, ram?.start, ram?.state, ram?.zone]).toEqual([0x304000, 'device', 'Device', 0x304000, 'online', 'Normal'])
  })
  test('used the boot memmap there: no struct pages of that section are its own', () => {
    const { kernel: k, store } = rig.engine.booted
    expect([store.at(k.memmapHome, 0x300000), store.at(k.sectionUsage, 0x300000), store.at(k.sectionUsage, 0x200000)]).toEqual([0, 2, 1])
  })
})

describe('G4: 512 MiB of HMM memory on 46 bits', () => {
  const top = machine({ ram: [{ start: 0, end: 2 * GiB }], iomemEnd: 2 ** 46 })
  const add: Command = { op: 'add_device', name: 'gpu', type: 'hmm-private', params: { size: '512MiB', node: 0 } }

  test('lies at the very top, in four sections', () => {
    const rig = rigOf(top)
    rig.ok(add)
    expect(rig.engine.snapshot().iomem.at(-1)).toMatchObject({ name: 'gpu', start: 0x3fffe0000000, end: 0x400000000000 })
    expect(rig.engine.snapshot().sections.at(-1)).toMatchObject({ first: 0x3fffe0000000 / BLOCK, last: 0x3fffe0000000 / BLOCK + 3 })
    expect(rig.engine.booted.store.ref(rig.engine.booted.kernel.iomem).children.at(-1)?.desc).toBe('device-private')
    const private4k = rig.run({ op: 'request_region', start: 0x3fffffff0000, size: 4096, name: 'other' })
    expect([private4k.errno, private4k.log.map((l) => l.text)]).toEqual(['EBUSY', ['resource: Unaddressable device gpu [mem 0x3fffe0000000-0x3fffffffffff] conflicts with [mem 0x3fffffff0000-0x3fffffff0fff]']])
  })
  test('goes a whole step of its own size down when one byte is taken', () => {
    const rig = rigOf(top)
    rig.ok({ op: 'request_region', start: 0x3fffffffffff, size: 1, name: 'one byte' })
    rig.ok(add)
    expect(rig.engine.snapshot().iomem.find((r) => r.name === 'gpu')).toMatchObject({ start: 0x3fffc0000000, end: 0x3fffe0000000 })
  })
})

describe('G5 and G6: 128 GiB of pmem with its struct pages on itself', () => {
  const at = 64 * GiB
  const rig = rigOf(smallGuest())
  rig.ok({ op: 'add_device', name: 'nv', type: 'pmem', params: { at, size: '128GiB', node: 0, mode: 'fsdax', map: 'dev', align: '2M' } })
  const { devices, pgmaps } = rig.engine.snapshot()
  const first = at / 4096

  test('the data begins behind the struct pages, which fit exactly', () => {
    expect(devices[0]?.data['dataoff']).toBe(2149580800)
    expect(pgmaps[0]?.altmap).toEqual({ basePfn: first, reserve: 2, free: 524798, alloc: 524288, align: 510 })
  })
  test('two struct pages are never initialised, those of the struct pages belong to nobody, 33029632 to the device', () => {
    const runs = pages(rig, first, first + 33554432).map((p) => [p.start - first, p.end - first, p.state, p.zone, p.pgmap !== 0])
    expect(runs).toEqual([[0, 2, 'garbage', 'none', false], [2, 524800, 'initialised', 'Device', false], [524800, 33554432, 'device', 'Device', true]])
    expect(33554432 - 524800).toBe(33029632)
  })
  test('nothing is left when it goes, but the span', () => {
    rig.ok({ op: 'remove_device', name: 'nv' })
    expect([pages(rig, first, first + 33554432), rig.engine.snapshot().pgmaps, rig.span('Device')]).toEqual([[], [], [first, 33554432, 0]])
    expect(rig.breaches).toEqual([])
  })
})

describe('G14: an add of 127 MiB', () => {
  test('of device memory is -EINVAL with a WARN, and leaves its linear map', () => {
    const rig = rigOf(smallGuest())
    const result = rig.run(generic('d', 8 * GiB, 127 * MiB))
    expect([result.errno, warnings(result.log).slice(0, 3)]).toEqual(['EINVAL', ['------------[ cut here ]------------', 'Misaligned __add_pages start: 0x200000 end: #207eff', 'WARNING: at __add_pages']])
    expect(rig.engine.snapshot().sections.some((s) => s.last >= 64)).toBe(false)
    expect(rig.engine.snapshot().directMap.at(-1)).toEqual({ start: 0x200000, end: 0x207f00 })
    expect(rig.engine.snapshot().iomem.some((r) => r.name === 'd')).toBe(false)
  })
  test('126 MiB at a 2 MiB boundary are taken', () => {
    const rig = rigOf(smallGuest())
    rig.ok(generic('d', 8 * GiB + 2 * MiB, 126 * MiB))
    expect(section(rig, 64)).toMatchObject({ subsections: '0xfffffffffffffffe', flags: 1 + 2 + 16 })
  })
})

describe('G15: an add whose middle meets one sub-section of another device', () => {
  const rig = rigOf(smallGuest())
  rig.ok(generic('small', 8 * GiB + BLOCK + 64 * MiB, 2 * MiB))

  test('passes the conflict test, which looks at the ends, and is -EEXIST from the section map', () => {
    const result = rig.run(generic('around', 8 * GiB, 3 * BLOCK, { claim: false }))
    expect([result.errno, result.reason]).toEqual(['EEXIST', expect.stringContaining('sub-section of pfn 0x20c000')])
    expect(result.log.some((l) => l.text.includes('Conflicting'))).toBe(false)
  })
  test('the section in front of it stays added, without an owner; the one behind never came', () => {
    expect([section(rig, 64)?.subsections, section(rig, 65)?.subsections, section(rig, 66)]).toEqual(['full', '0x100000000', undefined])
    expect(rig.run(generic('again', 8 * GiB, BLOCK)).errno).toBe('EEXIST')
  })
  test('and the other device is no longer listed, so that its pages are found by nobody; it can still be removed', () => {
    expect(rig.engine.snapshot().listed).toEqual([])
    expect(pages(rig, 0x20c000, 0x20c200).map((p) => [p.zone, p.pgmap !== 0])).toEqual([['Device', true]])
    rig.ok({ op: 'remove_device', name: 'small' })
    expect(section(rig, 65)).toBeUndefined()
  })
})

describe('G17: two devices of 2 MiB in one section', () => {
  test('the first goes, and the second keeps section, map bit and usage', () => {
    const rig = rigOf(smallGuest())
    const { kernel: k, store } = rig.engine.booted
    rig.ok(generic('a', 8 * GiB, 2 * MiB))
    rig.ok(generic('b', 8 * GiB + 6 * MiB, 2 * MiB))
    rig.ok({ op: 'remove_device', name: 'a' })
    expect(section(rig, 64)).toMatchObject({ subsections: '0x8', flags: 1 + 2 + 16 })
    expect([store.at(k.sectionUsage, 0x200000), pages(rig, 0x200000, 0x208000).map((p) => [p.start, p.end])]).toEqual([1, [[0x200600, 0x200800]]])
    rig.ok({ op: 'remove_device', name: 'b' })
    expect([section(rig, 64), store.at(k.sectionUsage, 0x200000)]).toEqual([undefined, 0])
  })
})

describe('G18: ZONE_DEVICE with two ranges, one released', () => {
  const [a, b, n] = [8 * GiB, 16 * GiB, 2 * BLOCK]
  const span = [a / 4096, (b + n - a) / 4096, 0]

  test('the span is the hull of all that ever was, whichever goes', () => {
    for (const order of [['b', 'a'], ['a', 'b']]) {
      const rig = rigOf(smallGuest())
      rig.ok(generic('a', a, n))
      expect(rig.span('Device')).toEqual([a / 4096, 2 * SECTION_PAGES, 0])
      rig.ok(generic('b', b, n))
      expect(rig.span('Device')).toEqual(span)
      for (const name of order) {
        rig.ok({ op: 'remove_device', name })
        expect(rig.span('Device')).toEqual(span)
        expect(rig.node()).toMatchObject({ startPfn: 1, spanned: (b + n) / 4096 - 1 })
      }
      expect(rig.breaches).toEqual([])
    }
  })
})
