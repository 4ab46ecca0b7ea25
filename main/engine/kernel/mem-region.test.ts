import { describe, expect, test } from 'vitest'
import { BLOCK, machine, Rig } from '../../../test/golden/machine.ts'
import type { Profile } from '../profiles/profile.ts'
import { V4_18, V4_20, V5_0, V5_2, V5_3, V5_4, V5_5, V5_10, V6_1, V7_2 } from '../profiles/profiles.ts'
import { GiB, MiB, TiB } from '../units.ts'

const AT = 8 * GiB
/** 1 GiB of RAM, and 1 GiB at 8 GiB that firmware set aside for a purpose: a resource that is not busy. */
const withSoftReserved = (profile: Profile): Rig => {
  const base = machine({ ram: [{ start: 0, end: GiB }] })
  return new Rig({ ...base, firmware: [...base.firmware, { start: AT, end: AT + GiB, type: 'soft-reserved' }] }, undefined, profile)
}
const plain = (profile: Profile): Rig => new Rig(machine({ ram: [{ start: 0, end: GiB }] }), undefined, profile)
const errno = (r: { readonly errno?: string | undefined }): string => r.errno ?? 'ok'

describe('RAM inside a resource that nobody claimed', () => {
  test('is refused until v5.0 and nests from v5.1 on', () => {
    for (const profile of [V4_18, V4_20, V5_0]) expect([profile.id, errno(withSoftReserved(profile).add(AT, BLOCK))]).toEqual([profile.id, 'EEXIST'])
    for (const profile of [V5_2, V5_3, V6_1, V7_2]) expect([profile.id, errno(withSoftReserved(profile).add(AT, BLOCK))]).toEqual([profile.id, 'ok'])
  })

  test('B9: its resource leaks when it is removed, as the parent is not System RAM, and the next add finds it there (until v5.5 here; stable trees are mended)', () => {
    const again = (profile: Profile): string[] => {
      const rig = withSoftReserved(profile)
      rig.ok({ op: 'add_memory', node: 0, start: AT, size: BLOCK })
      // initialised once, so that nothing else goes wrong
      rig.each(AT, AT + BLOCK, 'online_movable')
      rig.each(AT, AT + BLOCK, 'offline')
      rig.ok({ op: 'remove_memory', start: AT, size: BLOCK })
      const left = rig.engine.snapshot().iomem.find((r) => r.start === AT)?.children.map((r) => r.name) ?? []
      return [...left, errno(rig.add(AT, BLOCK))]
    }
    for (const profile of [V5_2, V5_3, V5_4, V5_5]) expect([profile.id, ...again(profile)]).toEqual([profile.id, 'System RAM', 'EEXIST'])
    for (const profile of [V5_10, V6_1, V7_2]) expect([profile.id, ...again(profile)]).toEqual([profile.id, 'ok'])
  })
})

describe('a range that no one resource contains', () => {
  test('G8: "Unable to release resource" until v5.9, silence since v5.10', () => {
    const removed = (profile: Profile): string[] => {
      const rig = plain(profile)
      rig.ok({ op: 'add_memory', node: 0, start: AT, size: BLOCK })
      rig.ok({ op: 'add_memory', node: 0, start: AT + BLOCK, size: BLOCK })
      rig.each(AT, AT + 2 * BLOCK, 'online_movable')
      rig.each(AT, AT + 2 * BLOCK, 'offline')
      return rig.run({ op: 'remove_memory', start: AT, size: 2 * BLOCK }).log.map((l) => l.text).filter((t) => t.startsWith('Unable'))
    }
    for (const profile of [V4_18, V5_0, V5_2, V5_5]) expect(removed(profile)).toEqual(['Unable to release resource <0x0000000200000000-0x000000020fffffff> (-22)'])
    for (const profile of [V5_10, V6_1]) expect(removed(profile)).toEqual([])
  })
})

describe('memory beyond the last address', () => {
  test('is -EEXIST for RAM where only the resource tree ends there, and -E2BIG where hotplug asks first', () => {
    for (const profile of [V4_18, V5_3, V5_10]) for (const [start, size] of [[64 * TiB, BLOCK], [AT, 0]] as const) expect([profile.id, errno(plain(profile).add(start, size))]).toEqual([profile.id, 'EEXIST'])
    for (const [start, size] of [[64 * TiB, BLOCK], [AT, 0]] as const) expect(errno(plain(V6_1).add(start, size))).toBe('E2BIG')
  })
  test('and where /proc/iomem is larger than what can be addressed: a page fault, then a WARN and -E2BIG, then -E2BIG before anything is done', () => {
    const beyond = (profile: Profile): [string, string[]] => {
      const rig = new Rig(machine({ ram: [{ start: 0, end: GiB }], iomemEnd: 128 * TiB }), undefined, profile)
      const result = rig.add(64 * TiB, 128 * MiB)
      return [errno(result), result.log.map((l) => l.text)]
    }
    for (const profile of [V4_18, V5_3, V5_4]) expect(beyond(profile)[0]).toBe('BUG')
    const [result, log] = beyond(V5_10)
    expect(result).toBe('E2BIG')
    expect(log).toContain('Hotplugged memory exceeds maximum addressable address, range=0x400000000000-0x400007ffffff, maximum=0x7fffffffffff')
    expect(beyond(V6_1)[0]).toBe('E2BIG')
  })
})
