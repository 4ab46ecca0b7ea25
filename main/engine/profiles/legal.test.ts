import { expect, test } from 'vitest'
import { DECISION_NAMES, decisionOf } from './decisions.ts'
import { contradictions, withoutEffect } from './legal.ts'
import { isRelease, profileNamed } from './names.ts'
import { PROFILES } from './profiles.ts'

test('no kernel that there was contradicts itself: every profile, every release of mainline', () => {
  const releases = [4, 5, 6, 7].flatMap((major) => Array.from({ length: 21 }, (_, minor) => `v${major}.${minor}`)).filter(isRelease)
  expect([releases.length, releases[0], releases.at(-1)]).toEqual([46, 'v4.18', 'v7.2'])
  for (const id of [...PROFILES.keys(), ...releases]) expect([id, contradictions(profileNamed(id)!.decisions)]).toEqual([id, []])
})

test('every rule can be broken by one change of some kernel, and says between what', () => {
  const reasons = new Set<string>()
  for (const { decisions } of PROFILES.values())
    for (const name of DECISION_NAMES)
      for (const value of Object.keys(decisionOf(name).values))
        for (const c of contradictions({ ...decisions, [name]: value })) {
          reasons.add(c.reason)
          expect(c.decisions).toContain(name)
          expect(c.found).toContain(`${name}: ${value}`)
        }
  expect(reasons.size).toBe(10)
})

test('decisions that cannot matter on a machine, with why', () => {
  const machine = { title: 'm', arch: 'x86_64', cmdline: 'quiet', nodes: [{ id: 0, cpus: 1 }], affinity: [{ start: 0, end: 2 ** 30, node: 0 }] } as never
  expect(withoutEffect(['numaFake', 'nodeData', 'memmapOnMemory', 'spanLocks'], machine).map(({ decision, why }) => `${decision}: ${why}`)).toEqual([
    'numaFake: the machine is booted without numa=fake=', 'nodeData: every possible node of the machine has memory from boot',
    'memmapOnMemory: the machine is booted without memory_hotplug.memmap_on_memory',
  ])
})
