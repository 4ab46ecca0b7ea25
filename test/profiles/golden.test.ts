/**
 * The golden cases under every kernel and patch that they can happen in. Those of spans, vetoes and removals (G1, G16, G18, G20), of HMM (G4) and of odd
 * releases (G8) are scenarios, which test/conformance runs under all profiles; G9 stands beside the resource tree, G10 beside the block size.
 */
import { describe, expect, test } from 'vitest'
import type { Command } from '../../main/engine/command.ts'
import { deferredGrowZone } from '../../main/engine/kernel/deferred-init.ts'
import { PROFILES } from '../../main/engine/profiles/profiles.ts'
import { PAGE, pageState } from '../../main/engine/state/page.ts'
import { deferStructPages } from '../../main/engine/timing/boot-threads.ts'
import { GiB, MiB } from '../../main/engine/units.ts'
import { knownTypes } from '../../main/plugins/known-types.ts'
import { BLOCK, machine, Rig, smallGuest } from '../golden/machine.ts'
import { BY_SECTION, BY_SUBSECTION, under, underAll } from './under.ts'

const types = knownTypes()
const generic = (name: string, at: number, size: number, more: Readonly<Record<string, string | number | boolean>> = {}): Command => ({ op: 'add_device', name, type: 'generic', params: { at, size, node: 0, ...more } })
const section = (rig: Rig, nr: number) => rig.engine.snapshot().sections.find((s) => s.first <= nr && nr <= s.last)
const text = (result: { readonly log: readonly { readonly text: string }[] }): string => result.log.map((l) => l.text).join('\n')

const PRESENT_VALID = 1 + 2
const EARLY_ONLINE = 1 + 2 + 4 + 8

describe('G2: pmem ends in the section where RAM goes on', () => {
  const mixed = machine({ ram: [{ start: 0, end: 2 * GiB }, { start: 4 * GiB, end: 0x200000000 }, { start: 0x2fc000000, end: 0x300000000 }] })
  const add = generic('pmem', 0x200000000, 0xfc000000)

  test.each(under({ [BY_SECTION]: 'ENXIO' }))('%s refuses it: expanded to sections, the range is RAM in part', (_id, profile, errno) => {
    const rig = new Rig(mixed, types, profile)
    const result = rig.run(add)
    expect([result.errno, text(result)]).toEqual([errno, expect.stringContaining('attempted on mixed region')])
    expect(section(rig, 0x5e)).toBeUndefined()
  })
  test.each(under({ 'v5.3 … v5.10, v3-2019-08': EARLY_ONLINE, 'v6.1 on': EARLY_ONLINE + 16 }))('%s gives it sub-sections 0 to 31 of the last section', (_id, profile, flags) => {
    const rig = new Rig(mixed, types, profile)
    expect(section(rig, 0x5f)).toMatchObject({ subsections: '0xffffffff00000000', flags: EARLY_ONLINE })
    expect(rig.run(add)).toMatchObject({ ret: 0, log: [] })
    expect([section(rig, 0x5f), section(rig, 0x5e)]).toMatchObject([{ subsections: 'full', flags }, { subsections: 'full', flags: PRESENT_VALID }])
  })
})

describe('G3: legacy pmem between RAM and RAM', () => {
  const base = machine({ ram: [{ start: 0, end: 0x200000000 }, { start: 0x304000000, end: 0x400000000 }] })
  const description = { ...base, firmware: [...base.firmware, { start: 0x200000000, end: 0x304000000, type: 'persistent-legacy' as const }] }

  test.each(under({ [BY_SECTION]: 0 }))('%s cannot map it: the section that it shares is RAM in part', (_id, profile, maps) => {
    const { sections, pgmaps } = new Rig(description, types, profile).engine.snapshot()
    expect([pgmaps.length, sections.some((s) => s.first <= 0x40 && 0x40 <= s.last)]).toEqual([maps, false])
  })
  test.each(under({ 'v5.3 … v5.10, v3-2019-08': EARLY_ONLINE, 'v6.1 on': EARLY_ONLINE + 16 }))('%s shares section 0x60: bits 0 to 31 are its own, 32 to 63 early RAM', (_id, profile, flags) => {
    const rig = new Rig(description, types, profile)
    expect(section(rig, 0x60)).toMatchObject({ subsections: 'full', flags })
    const { kernel: k, store } = rig.engine.booted
    expect(store.at(k.memmapHome, 0x300000)).toBe(0)
  })
})

describe('G5, G6: 128 GiB of pmem with its struct pages on itself', () => {
  const at = 64 * GiB
  const first = at / 4096
  const runs = (rig: Rig) => rig.engine.snapshot().pages.filter((p) => p.start < first + 33554432 && first < p.end).map((p) => [p.start - first, p.end - first, p.state, p.zone, p.pgmap !== 0])

  test.each(underAll({ 'v4.18 on, rfc-2018-08, blind-2018-09': false, 'v3-2019-08': true }))('%s: 2 pages never initialised, 524798 hold struct pages, 33029632 are the device\'s', (_id, profile, havePageMap) => {
    const rig = new Rig(smallGuest(), types, profile)
    rig.ok({ op: 'add_device', name: 'nv', type: 'pmem', params: { at, size: '128GiB', node: 0, mode: 'fsdax', map: 'dev', align: '2M' } })
    const { devices, pgmaps } = rig.engine.snapshot()
    expect([devices[0]?.data['dataoff'], pgmaps[0]?.altmap]).toEqual([2149580800, { basePfn: first, reserve: 2, free: 524798, alloc: 524288, align: 510 }])
    expect(runs(rig)).toEqual([[0, 2, 'garbage', 'none', false], [2, 524800, 'initialised', 'Device', havePageMap], [524800, 33554432, 'device', 'Device', true]])
  })
})

describe('G7: the middle of hot-added RAM is removed', () => {
  test.each(underAll({ 'v4.18 on, rfc-2018-08, blind-2018-09, v3-2019-08': [[8, 9], [10, 12]] }))('%s cuts its resource in two', (_id, profile, parts) => {
    const rig = new Rig(smallGuest(), types, profile)
    rig.add(8 * GiB, 4 * GiB)
    rig.ok({ op: 'remove_memory', start: 9 * GiB, size: GiB })
    expect(rig.engine.snapshot().iomem.filter((r) => r.start >= 8 * GiB && r.busy).map((r) => [r.start / GiB, r.end / GiB, r.name])).toEqual(parts.map((p) => [...p, 'System RAM']))
  })
})

describe('G11, G12: struct pages of Normal that boot leaves for later', () => {
  const deferred = machine({ ram: [{ start: 0, end: 2 * GiB }, { start: 4 * GiB, end: 0x1100000000 }] })

  test.each([...PROFILES])('%s initialises one section up front, and an allocation of order 9 brings the next', (_id, profile) => {
    const { booted } = new Rig(deferred, types, profile).engine
    const { kernel: k, store, executor } = booted
    deferStructPages(booted)
    const normal = k.zone(0, 2)
    const first = (): number => store.cell(k.node(0).firstDeferredPfn)
    const states = (...pfns: readonly number[]): readonly number[] => pfns.map((pfn) => pageState(store.at(k.page, pfn)))
    expect([first(), ...states(0x100000, 0x107fff, 0x108000)]).toEqual([0x108000, PAGE.online, PAGE.online, PAGE.garbage])
    const managed = store.cell(normal.managed)
    expect(executor.run(deferredGrowZone, normal, 9).ret).toBe(1)
    expect([first(), ...states(0x108000, 0x10ffff, 0x110000)]).toEqual([0x110000, PAGE.online, PAGE.online, PAGE.garbage])
    expect(store.cell(normal.managed) - managed).toBe(32768)
  })
})

describe('G13: a plain online of a range that meets no zone', () => {
  test.each(underAll({ 'v4.18 on, rfc-2018-08, blind-2018-09, v3-2019-08': 0x108000 }))('%s puts it into Normal, which grows over the hole', (_id, profile, spanned) => {
    const rig = new Rig(smallGuest(), types, profile)
    rig.add(8 * GiB, BLOCK)
    rig.ok({ op: 'block', block: 64, state: 'online' })
    expect(rig.zone('Normal')).toMatchObject({ startPfn: 0x100000, spanned, present: 0x80000 + 32768, contiguous: false })
  })
})

describe('G14: an add of 127 MiB', () => {
  test.each(underAll({ 'v4.18 on, rfc-2018-08, blind-2018-09, v3-2019-08': 'EINVAL' }))('%s refuses it for RAM', (_id, profile, errno) => {
    const rig = new Rig(smallGuest(), types, profile)
    const before = rig.engine.snapshot()
    expect(rig.add(8 * GiB, 127 * MiB).errno).toBe(errno)
    expect(rig.engine.snapshot()).toEqual(before)
  })
  test.each(underAll({ [BY_SECTION]: 'full', [BY_SUBSECTION]: '0xfffffffffffffffe' }))('%s takes a device of 126 MiB at a 2 MiB boundary', (_id, profile, subsections) => {
    const rig = new Rig(smallGuest(), types, profile)
    rig.ok(generic('d', 8 * GiB + 2 * MiB, 126 * MiB))
    expect(section(rig, 64)).toMatchObject({ subsections })
  })
})

describe('G15: an add whose middle meets one sub-section of another device', () => {
  test.each(under({ [BY_SUBSECTION]: 'EEXIST' }))('%s: the section in front stays added, without an owner', (_id, profile, errno) => {
    const rig = new Rig(smallGuest(), types, profile)
    rig.ok(generic('small', 8 * GiB + BLOCK + 64 * MiB, 2 * MiB))
    const result = rig.run(generic('around', 8 * GiB, 3 * BLOCK, { claim: false }))
    expect([result.errno, text(result).includes('Conflicting')]).toEqual([errno, false])
    expect([section(rig, 64)?.subsections, section(rig, 65)?.subsections, section(rig, 66)]).toEqual(['full', '0x100000000', undefined])
  })
})

describe('G17: two devices of 2 MiB in one section, the first goes', () => {
  test.each(under({ [BY_SUBSECTION]: '0x8' }))('%s: the second keeps section, map bit, usage and struct pages', (_id, profile, subsections) => {
    const rig = new Rig(smallGuest(), types, profile)
    const { kernel: k, store } = rig.engine.booted
    rig.ok(generic('a', 8 * GiB, 2 * MiB))
    rig.ok(generic('b', 8 * GiB + 6 * MiB, 2 * MiB))
    rig.ok({ op: 'remove_device', name: 'a' })
    expect(section(rig, 64)).toMatchObject({ subsections })
    expect(store.at(k.sectionUsage, 0x200000)).toBe(1)
    rig.ok({ op: 'remove_device', name: 'b' })
    expect([section(rig, 64), store.at(k.sectionUsage, 0x200000)]).toEqual([undefined, 0])
  })
})

describe('G19: offline of a block that holds one reserved page', () => {
  test.each(underAll({ 'v4.18 on, rfc-2018-08, blind-2018-09, v3-2019-08': 'EBUSY' }))('%s is -EBUSY at isolation', (_id, profile, errno) => {
    const rig = new Rig(smallGuest({ observed: { reserved: [{ start: 4 * GiB + 5 * MiB, end: 4 * GiB + 5 * MiB + 4096 }] } }), types, profile)
    expect(rig.block(4 * GiB, 'offline').errno).toBe(errno)
    expect(rig.block(4 * GiB + BLOCK, 'offline').ret).toBe(0)
  })
})
