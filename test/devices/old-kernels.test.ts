/** Device memory as kernels from v4.18 to v5.4 had it, and as the patches of the threads would have it. */
import { describe, expect, test } from 'vitest'
import type { Profile } from '../../main/engine/profiles/profile.ts'
import { BLIND_2018_09, RFC_2018_08, V3_2019_08, V4_18, V4_20, V5_0, V5_2, V5_3, V5_4, V5_5 } from '../../main/engine/profiles/profiles.ts'
import { GiB, MiB } from '../../main/engine/units.ts'
import { Machine, type DeviceParams } from './machine.ts'

const SECTION = 128 * MiB
const PAGES = SECTION / 4096
const AT = 8 * GiB
const on = (profile: Profile, form?: string): Machine => new Machine(form, profile)
const pfn = (address: number): number => address / 4096
const page = (m: Machine, at: number) => m.engine.snapshot().pages.find((p) => p.start <= at && at < p.end)
const section = (m: Machine, at: number) => m.engine.snapshot().sections.find((s) => s.first <= Math.floor(at / PAGES) && Math.floor(at / PAGES) <= s.last)
const device = (m: Machine): [number, number] => [m.zone(0, 'Device')?.startPfn ?? -1, m.zone(0, 'Device')?.spanned ?? -1]
const generic = (m: Machine, name: string, at: number, size: number, more: DeviceParams = {}): string => m.add(name, 'generic', { at, size, ...more })
const SECTIONS = [V4_18, RFC_2018_08, BLIND_2018_09, V4_20, V5_0, V5_2]

describe('a range comes in whole sections until v5.2', () => {
  test('4 MiB inside a section: memmap, linear map and span are the section\'s, and from v5.3 on the range\'s', () => {
    for (const profile of SECTIONS) {
      const m = on(profile)
      expect([profile.id, generic(m, 'd', AT + 4 * MiB, 4 * MiB)]).toEqual([profile.id, 'ok'])
      expect(section(m, pfn(AT))?.subsections).toBe('full')
      expect(device(m)).toEqual([pfn(AT), PAGES])
      expect(m.engine.snapshot().directMap.some((r) => r.start <= pfn(AT) && pfn(AT) + PAGES <= r.end)).toBe(true)
    }
    const m = on(V5_3)
    expect(generic(m, 'd', AT + 4 * MiB, 4 * MiB)).toBe('ok')
    expect([section(m, pfn(AT))?.subsections, device(m)]).toEqual(['0xc', [pfn(AT) + 1024, 1024]])
  })

  test('G14: 127 MiB is taken whole until v5.2, and is -EINVAL with a WARN from v5.3 on', () => {
    for (const profile of SECTIONS) expect(generic(on(profile), 'd', AT, 127 * MiB)).toBe('ok')
    const m = on(V5_3)
    expect(generic(m, 'd', AT, 127 * MiB)).toBe('EINVAL')
    expect(m.log.some((l) => l.includes('Misaligned __add_pages'))).toBe(true)
    expect(generic(on(V5_3), 'd', AT, 126 * MiB)).toBe('ok')
  })

  test('what the section has around the range: zone Device without a page map in v4.18, with it from v4.20 on', () => {
    const of = (profile: Profile): (readonly [string | undefined, number | undefined])[] => {
      const m = on(profile)
      generic(m, 'd', AT + 4 * MiB, 4 * MiB)
      return [pfn(AT), pfn(AT) + 1024, pfn(AT) + 2048].map((at) => [page(m, at)?.zone, page(m, at)?.pgmap] as const)
    }
    expect(of(V4_18)).toEqual([['Device', 0], ['Device', 1], ['Device', 0]])
    for (const profile of [V4_20, V5_0, V5_2]) expect(of(profile)).toEqual([['Device', 1], ['Device', 1], ['Device', 1]])
  })

  test('B12: two devices in one section share its memmap; the first to go takes it away under the other', () => {
    const m = on(V4_20)
    expect(generic(m, 'a', AT, 4 * MiB)).toBe('ok')
    // neither end of the section is a's: the last page is nobody's, the first is a's
    expect(generic(m, 'b', AT + 8 * MiB, 4 * MiB)).toBe('ENOMEM')
    expect(generic(m, 'c', AT + SECTION + 4 * MiB, 4 * MiB)).toBe('ok')
    expect(generic(m, 'd', AT + SECTION + 16 * MiB, 4 * MiB)).toBe('ok')
    expect(page(m, pfn(AT + SECTION) + 1024)?.pgmap).toBe(m.pgmap('d')?.id)
    expect(m.remove('c')).toBe('ok')
    expect(page(m, pfn(AT + SECTION) + 4096)?.state ?? 'absent').toBe('absent')
    // put_page() of pages that are gone
    expect(m.remove('d')).toBe('BUG')
  })
})

describe('System RAM in the same section, or throughout', () => {
  // RAM to 1000 MiB: the hole in its last section is free
  const form = '{memory: 1000MiB}'
  test('G2: "attempted on mixed region" until v5.2; the exact range is free from v5.3 on', () => {
    for (const profile of [V4_18, V4_20, V5_0, V5_2]) {
      const m = on(profile, form)
      expect(generic(m, 'd', 1000 * MiB, 8 * MiB)).toBe('ENXIO')
      expect(m.log).toContain('devm_memremap_pages attempted on mixed region [mem 0x3e800000-0x3effffff flags 0x200]')
    }
    for (const profile of [V5_3, V5_4, V5_5]) expect(generic(on(profile, form), 'd', 1000 * MiB, 8 * MiB)).toBe('ok')
  })

  test('a driver that maps without claiming is told success over RAM until v4.20, and nothing is mapped', () => {
    for (const profile of [V4_18, V4_20]) {
      const m = on(profile)
      const before = m.engine.snapshot()
      expect(generic(m, 'd', 512 * MiB, 128 * MiB, { claim: false })).toBe('ok')
      expect(m.engine.snapshot()).toEqual({ ...before, devices: [expect.objectContaining({ name: 'd', pgmaps: [] })] })
      expect(m.remove('d')).toBe('ok')
    }
    expect(generic(on(V5_0), 'd', 512 * MiB, 128 * MiB, { claim: false })).toBe('ENXIO')
  })
})

describe('the table of page maps', () => {
  const inside = (profile: Profile): [string, Machine] => {
    const m = on(profile)
    generic(m, 'small', AT + SECTION + 8 * MiB, 4 * MiB)
    return [generic(m, 'around', AT, 3 * SECTION, { claim: false }), m]
  }
  test('a radix tree refuses what is strictly inside, at the first page in the way, and forgets what it had entered', () => {
    for (const profile of [V4_18, V4_20]) {
      const [result, m] = inside(profile)
      expect(result).toBe('EEXIST')
      expect(m.log).toContain('devm_memremap_pages: failed: -17')
      expect(m.engine.snapshot().listed).toEqual([{ start: pfn(AT + SECTION) + 2048, end: pfn(AT + SECTION) + 3072, pgmap: m.pgmap('small')?.id }])
      expect(device(m)).toEqual([pfn(AT + SECTION), PAGES])
    }
  })
  test('an XArray is overwritten, -EEXIST of the section is swallowed, and two page maps have one memmap', () => {
    for (const profile of [V5_0, V5_2]) {
      const [result, m] = inside(profile)
      expect(result).toBe('ok')
      expect(m.engine.snapshot().listed).toEqual([{ start: pfn(AT), end: pfn(AT) + 3 * PAGES, pgmap: m.pgmap('around')?.id }])
      expect(device(m)).toEqual([pfn(AT), 3 * PAGES])
    }
  })
  test('G15: from v5.3 on the section map says -EEXIST; the erased entries and the sections before it are what is left', () => {
    const [result, m] = inside(V5_3)
    expect(result).toBe('EEXIST')
    expect(m.engine.snapshot().listed).toEqual([])
    expect([section(m, pfn(AT))?.subsections, section(m, pfn(AT + 2 * SECTION))]).toEqual(['full', undefined])
  })
})

describe('struct pages with an altmap: 2 MiB of reserve and map in front', () => {
  const states = (profile: Profile): string[] => {
    const m = on(profile)
    expect(generic(m, 'd', AT, 2 * SECTION, { reserve: 2, free: 1534 })).toBe('ok')
    const at = (offset: number): string => {
      const p = page(m, pfn(AT) + offset)
      return `${p?.state} ${p?.zone} ${p?.pgmap}`
    }
    return [0, 2, 1536, 2 * PAGES - 1].map(at)
  }
  test('the reserve is never initialised; the pages that hold the map have no page map, but in the series of 2019-08-29', () => {
    for (const profile of [V4_18, RFC_2018_08, BLIND_2018_09, V4_20, V5_0, V5_3, V5_4])
      expect([profile.id, ...states(profile)]).toEqual([profile.id, 'garbage none 0', 'initialised Device 0', 'device Device 1', 'device Device 1'])
    expect(states(V3_2019_08)).toEqual(['garbage none 0', 'initialised Device 1', 'device Device 1', 'device Device 1'])
  })
  test('a range that begins inside a section has its altmap begin at the section: so much larger is the reserve', () => {
    const m = on(V4_20)
    expect(generic(m, 'd', AT + 2 * MiB, 2 * SECTION - 2 * MiB, { reserve: 2, free: 1534 })).toBe('ok')
    expect(m.pgmap('d')?.altmap).toMatchObject({ basePfn: pfn(AT), reserve: 514, free: 1534, alloc: 1024 })
    expect(m.remove('d')).toBe('ok')
    expect(device(m)).toEqual([0, 0])
  })
})

describe('B15: the release asks a page of the reserve', () => {
  const release = (profile: Profile, uninitialised: string): [string, Machine] => {
    const m = on(profile)
    generic(m, 'd', AT, 2 * SECTION, { reserve: 2, free: 1534 })
    m.run({ op: 'policy', name: 'uninitialised_pages', value: uninitialised })
    return [m.remove('d'), m]
  }
  const debug = (profile: Profile): Profile => ({ ...profile, decisions: { ...profile.decisions, debugVm: 'on' } })
  test('v5.0 to v5.3 ask it for the node, which nobody on x86 looks at, unless poison makes it a BUG', () => {
    for (const profile of [V5_0, V5_2, V5_3]) {
      for (const says of ['zone-0', 'device', 'wild']) expect([profile.id, release(profile, says)[0]]).toEqual([profile.id, 'ok'])
      expect(release(debug(profile), 'zone-0')[0]).toBe('BUG')
    }
  })
  test('v4.18 and v4.20 skip the altmap, but their shrinking reads all that the zone spans; v5.4 asks a page that was initialised, and shrinks nothing', () => {
    for (const profile of [V4_18, V4_20, V5_4, V5_5, debug(V5_4), debug(V5_5)]) expect([profile.id, release(profile, 'wild')[0]]).toEqual([profile.id, 'ok'])
    for (const profile of [V4_18, V4_20]) expect(release(debug(profile), 'wild')[0]).toBe('BUG')
  })
  test('the series of 2019-08-29 asks it for the zone as well: a wild one is a page fault with mem_hotplug_lock held, zone 0 leaves Device as it was', () => {
    const [wild, m] = release(V3_2019_08, 'wild')
    expect(wild).toBe('BUG')
    expect(m.engine.snapshot().heldForEver.map((l) => l.lock)).toContain('mem_hotplug_lock')
    expect(generic(m, 'next', 16 * GiB, SECTION)).toBe('HANGS')
    const [zone0, other] = release(V3_2019_08, 'zone-0')
    expect([zone0, device(other)]).toEqual(['ok', [pfn(AT), 2 * PAGES]])
  })
})

describe('G18: ranges A and B of ZONE_DEVICE, A below B; B is released', () => {
  const spanAfter = (profile: Profile): [string, [number, number]] => {
    const m = on(profile)
    generic(m, 'a', AT, 2 * SECTION)
    generic(m, 'b', AT + 8 * SECTION, 2 * SECTION)
    expect(device(m)).toEqual([pfn(AT), 10 * PAGES])
    return [m.remove('b'), device(m)]
  }
  test('the span shrinks to A until v5.3 and in the series of 2019-08-29, and stays from v5.4 on', () => {
    for (const profile of [V4_18, BLIND_2018_09, V4_20, V5_0, V5_2, V5_3, V3_2019_08]) expect([profile.id, ...spanAfter(profile)]).toEqual([profile.id, 'ok', [pfn(AT), 2 * PAGES]])
    for (const profile of [V5_4, V5_5]) expect(spanAfter(profile)).toEqual(['ok', [pfn(AT), 10 * PAGES]])
  })
  test('B7a: the patch of 2018-08-07 asks the page behind B, which is not there: a page fault, and hotplug is over', () => {
    const m = on(RFC_2018_08)
    generic(m, 'b', AT, 2 * SECTION)
    expect(m.remove('b')).toBe('BUG')
    expect(m.engine.snapshot().heldForEver.map((l) => l.lock)).toEqual(expect.arrayContaining(['mem_hotplug_lock', 'cpu_hotplug_lock']))
    expect(m.run({ op: 'add_memory', node: 0, start: 16 * GiB, size: SECTION })).toBe('HANGS')
  })
  test('B7c, B7d: with a neighbour behind B it shrinks the wrong range, finds nothing online and empties the zone; the node loses pages that it never had', () => {
    const m = on(RFC_2018_08)
    generic(m, 'b', AT, 2 * SECTION)
    generic(m, 'c', AT + 2 * SECTION, 2 * SECTION)
    const present = (): number => m.engine.snapshot().nodes[0]?.present ?? NaN
    const before = present()
    expect(m.remove('b')).toBe('ok')
    expect([device(m), present()]).toEqual([[0, 0], before - 2 * PAGES])
  })
  test('B7e: it gives back the region that the driver still holds, unless there is an altmap; the driver\'s own release meets nothing', () => {
    const m = on(RFC_2018_08)
    generic(m, 'b', AT, 2 * SECTION)
    generic(m, 'c', AT + 2 * SECTION, 2 * SECTION)
    expect(m.act('b', 'unmap-pages')).toBe('ok')
    expect(m.iomem(AT, AT + SECTION)).toEqual([])
    expect(m.run({ op: 'request_region', start: AT, size: 2 * SECTION, name: 'another driver' })).toBe('ok')
    m.run({ op: 'release_region', start: AT, size: 2 * SECTION })
    m.remove('b')
    expect(m.log).toContain(`Trying to free nonexistent resource <${AT.toString(16).padStart(16, '0')}-${(AT + 2 * SECTION - 1).toString(16).padStart(16, '0')}>`)
    for (const profile of [V4_18, V4_20, V5_0, V5_2]) {
      const kept = on(profile)
      generic(kept, 'b', AT, 2 * SECTION)
      kept.act('b', 'unmap-pages')
      expect([profile.id, kept.iomem(AT, AT + SECTION).length]).toEqual([profile.id, 1])
    }
  })
  test('B7f: a device without a node went to the nearest one; its release takes the lock of node -1', () => {
    const m = on(RFC_2018_08)
    generic(m, 'b', AT, 2 * SECTION, { node: -1 })
    generic(m, 'c', AT + 2 * SECTION, 2 * SECTION)
    expect(m.remove('b')).toBe('BUG')
    expect(m.log.some((l) => l.includes('NODE_DATA(-1)'))).toBe(true)
    const before = on(V4_18)
    generic(before, 'b', AT, 2 * SECTION, { node: -1 })
    expect(before.remove('b')).toBe('ok')
  })
})

describe('HMM before v5.3', () => {
  test('private memory: sections from the top, described as unaddressable, no linear map, and not in the table of page maps while HMM has its own', () => {
    for (const profile of [V4_18, V4_20, V5_0, V5_2, V5_3]) {
      const m = on(profile)
      expect([profile.id, m.add('gpu', 'hmm-private', { size: '200MiB' })]).toEqual([profile.id, 'ok'])
      const range = m.pgmap('gpu')?.ranges[0]
      expect((range?.end ?? 0) - (range?.start ?? 0)).toBe(2 * PAGES)
      expect(m.engine.snapshot().directMap.some((r) => r.start <= (range?.start ?? 0) && (range?.start ?? 0) < r.end)).toBe(false)
      expect(m.engine.snapshot().listed.length).toBe(profile === V4_18 || profile === V4_20 ? 0 : 1)
      expect(page(m, range?.start ?? 0)).toMatchObject({ zone: 'Device', pgmap: 1 })
      expect(m.remove('gpu')).toBe('ok')
      expect(m.engine.snapshot().sections.some((s) => s.first >= (range?.start ?? 0) / PAGES)).toBe(false)
    }
  })

  test('public memory: a region that the platform describes, with a linear map; it stays when the device goes', () => {
    for (const profile of [V4_18, RFC_2018_08, V4_20, V5_0, V5_2]) {
      const m = on(profile)
      expect([profile.id, m.add('cdm', 'hmm-public', { at: AT, size: 2 * SECTION })]).toEqual([profile.id, 'ok'])
      expect(m.pgmap('cdm')).toMatchObject({ type: 'public' })
      expect(m.engine.snapshot().directMap.some((r) => r.start <= pfn(AT) && pfn(AT) < r.end)).toBe(true)
      if (profile === RFC_2018_08) continue
      expect(m.remove('cdm')).toBe('ok')
      expect(m.iomem(AT, AT + SECTION)).toEqual([`${AT.toString(16)}-${(AT + 2 * SECTION - 1).toString(16)} : cdm`])
      expect(m.add('again', 'hmm-public', { at: AT, size: 2 * SECTION })).toBe('ok')
    }
  })

  test('B7b: the patch of 2018-08-07 never shrinks ZONE_DEVICE for HMM', () => {
    const m = on(RFC_2018_08)
    m.add('gpu', 'hmm-private', { size: '256MiB' })
    const span = device(m)
    m.remove('gpu')
    expect(device(m)).toEqual(span)
    const release = on(V4_18)
    release.add('gpu', 'hmm-private', { size: '256MiB' })
    release.remove('gpu')
    expect(device(release)).toEqual([0, 0])
  })

  test('a collision in HMM\'s own table is -EBUSY, and what was entered before it stays for ever', () => {
    const m = on(V4_18)
    const { kernel: k, store } = m.engine.booted
    // half a section in: its release counts sections from its size and misses the last
    expect(m.add('cdm', 'hmm-public', { at: AT + SECTION / 2, size: SECTION })).toBe('ok')
    expect(m.remove('cdm')).toBe('ok')
    expect([0, 1].map((i) => store.at(k.hmmRadix, pfn(AT) + i * PAGES))).toEqual([0, 1])
    expect(m.add('next', 'hmm-public', { at: AT + SECTION + SECTION / 2, size: SECTION / 2 })).toBe('EBUSY')
    expect(m.log.some((l) => l.includes('collides with mapping for (a device that is gone)'))).toBe(true)
    expect(m.add('below', 'hmm-public', { at: AT - SECTION, size: SECTION + 4 * MiB })).toBe('ok')
  })
})

describe('pages that somebody still uses', () => {
  const pinned = (profile: Profile): [string, Machine] => {
    const m = on(profile)
    generic(m, 'd', AT, SECTION)
    m.run({ op: 'mark', start: AT, size: 4096, as: 'pinned' })
    return [m.remove('d'), m]
  }
  test('until v5.1 they are pulled away under their user, and the driver waits for ever; since v5.2 the wait comes first', () => {
    for (const profile of [V4_18, V4_20, V5_0]) {
      const [result, m] = pinned(profile)
      expect([profile.id, result, section(m, pfn(AT))]).toEqual([profile.id, 'HANGS', undefined])
    }
    const [result, m] = pinned(V5_2)
    expect([result, section(m, pfn(AT))?.subsections]).toEqual(['EINTR', 'full'])
  })
})

describe('a driver that gives its memory to the kernel as RAM', () => {
  const nvdimm = (profile: Profile): [Machine, string] => {
    const m = on(profile)
    expect(m.add('nv', 'pmem', { at: AT, size: 1 * GiB, mode: 'devdax', map: 'mem' })).toBe('ok')
    return [m, m.act('nv', 'reconfigure-device', { mode: 'system-ram', online: false })]
  }
  test('none did before v5.1; from v5.1 it is "System RAM", from v5.8 "System RAM (kmem)"; v5.2 cannot take it back', () => {
    for (const profile of [V4_18, V4_20, V5_0]) expect(nvdimm(profile)[1]).toBe('ENODEV')
    for (const profile of [V5_2, V5_3, V5_5]) {
      const [m, result] = nvdimm(profile)
      expect([profile.id, result]).toEqual([profile.id, 'ok'])
      expect(m.iomem(AT, AT + GiB).some((l) => l.endsWith(': System RAM'))).toBe(true)
    }
  })
  test('B9: until v5.5 the System RAM below what is none is not found by its release, and goes only because kmem drops its own resource with it', () => {
    const [m] = nvdimm(V5_3)
    expect(m.act('nv', 'reconfigure-device', { mode: 'devdax' })).toBe('ok')
    expect(m.iomem(AT, AT + GiB).some((l) => l.includes('System RAM'))).toBe(false)
  })
})
