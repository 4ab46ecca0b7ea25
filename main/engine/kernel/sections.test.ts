import { describe, expect, test } from 'vitest'
import { BLOCK, Rig, SECTION_PAGES, machine, smallGuest } from '../../../test/golden/machine.ts'
import { changed, type Profile } from '../profiles/profile.ts'
import { PROFILES, RFC_2018_08, V4_18, V5_0, V5_2, V5_3, V5_5, V6_1 } from '../profiles/profiles.ts'
import { PAGE_STATES, pageState } from '../state/page.ts'
import { GiB, MiB } from '../units.ts'
import { archAddMemory, archRemoveMemory } from './sections.ts'

const page = (rig: Rig, address: number) => PAGE_STATES[pageState(rig.engine.booted.store.at(rig.engine.booted.kernel.page, address / 4096))]
const run = (rig: Rig) => rig.engine.booted.executor
const sections = (rig: Rig, from: number) => rig.engine.snapshot().sections.filter((s) => s.last >= from / BLOCK).map((s) => [s.first, s.last, s.flags, s.subsections])

describe('early sections', () => {
  test.each(['v4.18', 'v5.2'])('%s does not know which sections are from boot, and all of a section is there', (id) => {
    const rig = new Rig(machine({ ram: [{ start: 0, end: 1000 * MiB }] }), undefined, PROFILES.get(id)!)
    expect(sections(rig, 0)).toEqual([[0, 7, 1 + 2 + 4, 'full']])
  })
  test.each(['v5.3', 'v6.1'])('%s marks them, and the hole behind the last RAM is missing from the map', (id) => {
    const rig = new Rig(machine({ ram: [{ start: 0, end: 1000 * MiB }] }), undefined, PROFILES.get(id)!)
    expect(sections(rig, 0).map((s) => [s[0], s[2]])).toEqual([[0, 15], [7, 15]])
  })
})

describe('device memory in the hole of an early section comes and goes (kernel-behaviour B16)', () => {
  const HOLE = 1000 * MiB
  const [start, nr] = [HOLE / 4096, (24 * MiB) / 4096]
  const play = (profile: Profile, cmdline = '') => {
    const rig = new Rig(machine({ ram: [{ start: 0, end: HOLE }], cmdline, observed: { reserved: [] } }), undefined, profile)
    expect(run(rig).run(archAddMemory, 0, start, nr, 0).ret).toBe(0)
    run(rig).run(archRemoveMemory, start, nr, 0)
    return rig
  }
  test('v5.5: with PSE the part\'s struct pages stay mapped, filled with 0xFD; a second add finds them', () => {
    const rig = play(V5_5)
    expect([page(rig, HOLE), page(rig, HOLE - 4096)]).toEqual(['garbage', 'online'])
    expect(run(rig).run(archAddMemory, 0, start, nr, 0).ret).toBe(0)
  })
  test('v5.5 on a CPU without PSE: they are unmapped, nothing maps them again, and pfn_valid() says that they are there', () => {
    const rig = play(V5_5, 'clearcpuid=3')
    expect([page(rig, HOLE), page(rig, HOLE - 4096)]).toEqual(['absent', 'online'])
    expect(run(rig).run(archAddMemory, 0, start, nr, 0).ret).toBe(0)
    expect(page(rig, HOLE)).toBe('absent')
    expect(rig.breaches.some((b) => b.startsWith('I5'))).toBe(true)
  })
  test.each([V6_1, PROFILES.get('v5.10')!])('$id keeps the boot memmap, whatever the CPU', (profile) => {
    for (const cmdline of ['', 'clearcpuid=pse']) expect(page(play(profile, cmdline), HOLE)).toBe('initialised')
  })
  test('without PSE no memmap comes from an altmap', () => {
    const rig = new Rig(smallGuest({ cmdline: 'clearcpuid=pse' }))
    const { booted } = rig.engine
    const pgmap = { id: 7, type: 'fs-dax', ranges: [{ start: 0x200000, end: 0x208000 }], node: 0, owner: 'x', live: true, vmemmapShift: 0, altmap: { basePfn: 0x200000, reserve: 0, free: 1024, align: 0, alloc: 0 } } as const
    booted.store.setRef(booted.kernel.pgmaps, [pgmap])
    expect(run(rig).run(archAddMemory, 0, 0x200000, 0x8000, 7)).toMatchObject({ ret: -12, reason: expect.stringContaining('without PSE') })
  })
})

test('a section that was early, left, came back and leaves again: v5.3 frees boot memory as slab, a BUG; others keep the usage', () => {
  for (const [profile, errno] of [[V5_3, 'BUG'], [V5_5, undefined], [V6_1, undefined], [V5_2, undefined]] as const) {
    const rig = new Rig(machine({ ram: [{ start: 0, end: 2 * GiB }], observed: { reserved: [] } }), undefined, profile)
    const at = GiB
    expect(rig.block(at, 'offline').ret).toBe(0)
    expect(rig.run({ op: 'remove_memory', start: at, size: BLOCK }).errno).toBe(undefined)
    expect(rig.add(at, BLOCK).errno).toBe(undefined)
    rig.block(at, 'online')
    rig.block(at, 'offline')
    expect([profile.id, rig.run({ op: 'remove_memory', start: at, size: BLOCK }).errno]).toEqual([profile.id, errno])
  }
})

describe('a section is there already', () => {
  const AT = 8 * GiB / 4096
  test.each([V4_18, V5_2])('$id: -EEXIST counts as success; two owners share a memmap, and the first to leave takes it (kernel-behaviour B12)', (profile) => {
    const rig = new Rig(smallGuest(), undefined, profile)
    expect(run(rig).run(archAddMemory, 0, AT, SECTION_PAGES, 0).ret).toBe(0)
    expect(run(rig).run(archAddMemory, 0, AT, 2 * SECTION_PAGES, 0).ret).toBe(0)
    expect(sections(rig, 8 * GiB)).toEqual([[64, 65, 3, 'full']])
    run(rig).run(archRemoveMemory, AT, SECTION_PAGES, 0)
    expect(page(rig, 8 * GiB)).toBe('absent')
  })
  test('v5.3 reports it, and what was added before stays', () => {
    const rig = new Rig(smallGuest(), undefined, V5_3)
    run(rig).run(archAddMemory, 0, AT + SECTION_PAGES, SECTION_PAGES, 0)
    expect(run(rig).run(archAddMemory, 0, AT, 2 * SECTION_PAGES, 0).ret).toBe(-17)
    expect(sections(rig, 8 * GiB)).toEqual([[64, 65, 3, 'full']])
  })
  test('RAM that is a device\'s memory already gets no memory block: its sections are nobody\'s', () => {
    const rig = new Rig(smallGuest(), undefined, V4_18)
    const { booted } = rig.engine
    booted.store.setRef(booted.kernel.pgmaps, [{ id: 1, type: 'fs-dax', ranges: [{ start: AT, end: AT + SECTION_PAGES }], node: 0, owner: 'x', live: true, vmemmapShift: 0, altmap: undefined }])
    run(rig).run(archAddMemory, 0, AT, SECTION_PAGES, 1)
    rig.ok({ op: 'add_memory', node: 0, start: 8 * GiB, size: 2 * BLOCK })
    expect(rig.engine.snapshot().blocks.map((b) => [b.first, b.last]).at(-1)).toEqual([65, 65])
  })
})

test('a device range is taken in whole sections until v5.2, and has to be whole sub-sections after', () => {
  const start = (8 * GiB + 16 * MiB) / 4096
  const old = new Rig(smallGuest(), undefined, V5_2)
  expect(run(old).run(archAddMemory, 0, start, (16 * MiB) / 4096, 1).ret).toBe(0)
  expect(sections(old, 8 * GiB)).toEqual([[64, 64, 3, 'full']])
  const now = new Rig(smallGuest(), undefined, V5_3)
  expect(run(now).run(archAddMemory, 0, start, (16 * MiB) / 4096, 1).ret).toBe(0)
  expect(sections(now, 8 * GiB).map((s) => s[3])).toEqual(['0xff00'])
  expect(run(now).run(archAddMemory, 0, start + 1, 512, 1).ret).toBe(-22)
})

describe('a section that is not there is removed', () => {
  const AT = 8 * GiB / 4096
  const twice = (profile: Profile) => {
    const rig = new Rig(smallGuest(), undefined, profile)
    run(rig).run(archAddMemory, 0, AT + SECTION_PAGES, SECTION_PAGES, 0)
    return { rig, out: run(rig).run(archRemoveMemory, AT, 2 * SECTION_PAGES, 0) }
  }
  test('rfc-2018-08, which asks no struct page: the removal stops there, and what is behind stays', () => {
    const { rig, out } = twice(RFC_2018_08)
    expect([out.stopped, out.log.filter((l) => l.splat === 'WARN').at(-1)?.text, sections(rig, 8 * GiB).length]).toEqual([undefined, 'WARNING: at arch_remove_memory', 1])
  })
  test('v4.18 asks its struct page first: a page fault', () => {
    expect(twice(V4_18).out).toMatchObject({ stopped: 'bug', reason: expect.stringContaining('is not mapped') })
  })
  test('v5.5 warns and goes on', () => {
    const { rig, out } = twice(V5_5)
    expect([out.log.at(-1)?.text, sections(rig, 8 * GiB)]).toEqual(['WARNING: at __remove_section', []])
  })
})

describe('what locks a BUG leaves behind', () => {
  const locks = (rig: Rig) => rig.engine.snapshot().heldForEver.map((l) => l.lock)
  test('remove_memory() of an online block: a BUG inside mem_hotplug_lock until v5.2, -EBUSY since', () => {
    for (const [profile, held] of [
      [V4_18, ['cpu_hotplug_lock', 'mem_hotplug_lock']], [V5_0, ['device_hotplug_lock', 'cpu_hotplug_lock', 'mem_hotplug_lock']], [V5_2, ['device_hotplug_lock', 'cpu_hotplug_lock', 'mem_hotplug_lock']],
    ] as const) {
      const rig = new Rig(smallGuest(), undefined, profile)
      rig.add(8 * GiB, BLOCK)
      rig.block(8 * GiB, 'online')
      expect(rig.run({ op: 'remove_memory', start: 8 * GiB, size: BLOCK }).errno).toBe('BUG')
      expect(locks(rig)).toEqual(held)
    }
    for (const profile of [V5_3, V5_5, V6_1]) {
      const rig = new Rig(smallGuest(), undefined, profile)
      rig.add(8 * GiB, BLOCK)
      rig.block(8 * GiB, 'online')
      expect(rig.run({ op: 'remove_memory', start: 8 * GiB, size: BLOCK }).errno).toBe('EBUSY')
      expect(locks(rig)).toEqual([])
    }
  })
  test('a shrink that meets a poisoned page holds the node\'s lock and the zone\'s', () => {
    const debug = changed(V5_3, { id: 'v5.3-debug', title: 'v5.3 with DEBUG_VM', date: V5_3.date }, { debugVm: 'on' })
    const rig = new Rig(smallGuest(), undefined, debug)
    rig.add(8 * GiB, 3 * BLOCK)
    rig.block(8 * GiB, 'online_movable')
    rig.block(8 * GiB + 2 * BLOCK, 'online_movable')
    rig.block(8 * GiB, 'offline')
    // block 65 was never online: the search for a new start of Movable reads it
    expect(rig.run({ op: 'remove_memory', start: 8 * GiB, size: BLOCK })).toMatchObject({ errno: 'BUG', reason: expect.stringContaining('find_smallest_section_pfn') })
    expect(locks(rig)).toEqual(['device_hotplug_lock', 'cpu_hotplug_lock', 'mem_hotplug_lock', 'node 0 node_size_lock', 'zone 0/Movable span_seqlock'])
  })
  test('rfc-2018-08 removes by the node that it is told: NODE_DATA(-1) is a page fault (kernel-behaviour B7f)', () => {
    const rig = new Rig(smallGuest(), undefined, RFC_2018_08)
    run(rig).run(archAddMemory, 0, 8 * GiB / 4096, SECTION_PAGES, 1)
    expect(run(rig).run(archRemoveMemory, 8 * GiB / 4096, SECTION_PAGES, 1, -1)).toMatchObject({ stopped: 'bug', reason: expect.stringContaining('NODE_DATA(-1)') })
  })
})

describe('blocks that come online by themselves', () => {
  test.each(['v4.18', 'v4.20', 'v6.1'])('%s: all of them', (id) => {
    const rig = new Rig(smallGuest(), undefined, PROFILES.get(id)!)
    rig.ok({ op: 'policy', name: 'auto_online_blocks', value: 'online' })
    rig.ok({ op: 'add_memory', node: 0, start: 8 * GiB, size: 2 * BLOCK })
    expect(rig.engine.snapshot().blocks.at(-1)).toMatchObject({ last: 65, state: 'online' })
    expect(rig.engine.snapshot().heldForEver).toEqual([])
  })
})
