/** What changed about device memory between 5.10 and 7.2, as the recordings of these kernels show it. */
import { describe, expect, test } from 'vitest'
import { V5_10, V6_1, V6_12, V7_2 } from '../../main/engine/profiles/profiles.ts'
import type { Profile } from '../../main/engine/profiles/profile.ts'
import { GiB, MiB } from '../../main/engine/units.ts'
import { Machine } from './machine.ts'

const on = (profile: Profile, form?: string): Machine => new Machine(form, profile)
/** First byte of a device's range. */
const startOf = (m: Machine, name: string): string => '0x' + ((m.pgmap(name)?.ranges[0]?.start ?? NaN) * 4096).toString(16)

describe('free regions are sought downwards from the end of /proc/iomem', () => {
  const sizes = [['a', '1GiB'], ['b', '640MiB'], ['c', '256MiB']] as const
  const places = (profile: Profile): string[] => {
    const m = on(profile)
    expect(m.run({ op: 'request_region', start: 0xfce8000000, size: 0xfd00000000 - 0xfce8000000, name: 'top' })).toBe('ok')
    return sizes.map(([name, size]) => {
      expect(m.add(name, 'hmm-private', { size })).toBe('ok')
      const at = startOf(m, name)
      // one at a time, as recorded
      m.remove(name)
      return at
    })
  }

  test('in steps of the size asked for until v6.6: what is at the end moves them all by that', () => {
    for (const profile of [V5_10, V6_1]) expect(places(profile)).toEqual(['0xfc80000000', '0xfcb8000000', '0xfcd0000000'])
  })
  test('section by section since v6.7: they pack without a gap', () => {
    for (const profile of [V6_12, V7_2]) expect(places(profile)).toEqual(['0xfca8000000', '0xfcc0000000', '0xfcd8000000'])
  })
})

test('a region in a CXL window steps by the size asked for until v6.6, by its alignment since', () => {
  const placed = (profile: Profile): string[] => {
    const m = on(profile)
    for (const [name, size] of [['r0', '256MiB'], ['r1', '1GiB']] as const) expect(m.add(name, 'cxl-region', { window: '0x400000000', size })).toBe('ok')
    return m.iomem(0x400000000, 0x500000000).filter((l) => l.trimStart().includes('region')).map((l) => l.trim())
  }
  expect(placed(V6_1)[1]).toBe('440000000-47fffffff : region1')
  expect(placed(V6_12)[1]).toBe('410000000-44fffffff : region1')
})

test('references of idle pages: all have one in 5.10, private ones not in 6.1 and 6.12, only generic ones in 7.2', () => {
  const kinds: readonly (readonly [type: string, params: Record<string, string | number>])[] = [
    ['hmm-private', { size: '128MiB' }], ['pci-p2pdma', { at: 5 * GiB, size: '128MiB' }],
    ['generic', { at: 6 * GiB, size: '128MiB' }], ['generic', { at: 7 * GiB, size: '128MiB', memory: 'fs-dax' }],
  ]
  const refs = (profile: Profile): (number | undefined)[] =>
    kinds.map(([type, params]) => {
      const m = on(profile)
      expect(m.add('d', type, params)).toBe('ok')
      const start = m.pgmap('d')?.ranges[0]?.start ?? -1
      return m.engine.snapshot().pages.find((p) => p.start <= start && start < p.end)?.refcount
    })
  expect(refs(V5_10)).toEqual([1, 1, 1, 1])
  expect(refs(V6_1)).toEqual([0, 1, 1, 1])
  expect(refs(V6_12)).toEqual([0, 1, 1, 1])
  expect(refs(V7_2)).toEqual([0, 0, 1, 0])
})

test('after release the pages of an early section can still be read: 5.10 dropped the reference of each, 6.1 that of the device only', () => {
  // RAM to 1000 MiB; the device takes the hole in its last section
  const refs = (profile: Profile): (number | undefined)[] => {
    const m = on(profile, '{memory: 1000MiB}')
    expect(m.add('d', 'generic', { at: 1000 * MiB, size: '8MiB' })).toBe('ok')
    const of = (): number | undefined => m.engine.snapshot().pages.find((p) => p.start <= 256000 && 256000 < p.end)?.refcount
    const before = of()
    expect(m.remove('d')).toBe('ok')
    return [before, of()]
  }
  expect(refs(V5_10)).toEqual([1, 0])
  expect(refs(V6_1)).toEqual([1, 1])
})

test('max_pfn: device memory raised it in 5.10, also by an add that failed, and never gave it back', () => {
  const m = on(V5_10)
  expect(m.add('d', 'generic', { at: 5 * GiB, size: '128MiB' })).toBe('ok')
  const raised = (5 * GiB + 128 * MiB) / 4096
  expect(m.engine.snapshot().maxPfn).toBe(raised)
  m.remove('d')
  expect(m.engine.snapshot().maxPfn).toBe(raised)
  expect(m.add('d', 'generic', { at: 6 * GiB, size: '1MiB' })).toBe('EINVAL')
  expect(m.engine.snapshot().maxPfn).toBe((6 * GiB + MiB) / 4096)
  const now = on(V6_1)
  const boot = now.engine.snapshot().maxPfn
  now.add('d', 'generic', { at: 5 * GiB, size: '128MiB' })
  expect(now.engine.snapshot().maxPfn).toBe(boot)
})

test('compound device pages: base pages only before v5.17, any order then, none beyond 1 GiB in 7.2', () => {
  const added = (profile: Profile, shift: number): [string, number | undefined] => {
    const m = on(profile)
    return [m.add('d', 'generic', { at: 8 * GiB, size: '1GiB', shift }), m.pgmap('d')?.vmemmapShift]
  }
  expect(added(V5_10, 9)).toEqual(['ok', 0])
  for (const profile of [V6_1, V6_12, V7_2]) expect(added(profile, 18)).toEqual(['ok', 18])
  expect([added(V6_12, 19), added(V7_2, 19)]).toEqual([['ok', 19], ['EINVAL', undefined]])
})

test('coherent memory came with v6.0', () => {
  expect(on(V5_10).add('d', 'hmm-coherent', { size: '128MiB' })).toBe('EOPNOTSUPP')
  expect(on(V6_1).add('d', 'hmm-coherent', { size: '128MiB' })).toBe('ok')
})
