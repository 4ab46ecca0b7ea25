/** Each lock is there for something: without it, a question that holds breaks. */
import { describe, expect, test } from 'vitest'
import { boot } from '../../main/engine/boot/boot.ts'
import { ask, type Answer } from '../../main/engine/races/ask.ts'
import { profileNamed } from '../../main/engine/profiles/names.ts'
import { knownTypes } from '../../main/plugins/known-types.ts'
import { question } from './stories.ts'

const types = knownTypes()

/** A question that holds with all locks but `without`, and breaks when the lock goes too. */
interface Case { readonly lock: string; readonly story: string; readonly profile: string; readonly without?: readonly string[]; readonly breaks: string }
const CASES: readonly Case[] = [
  { lock: 'mem_hotplug_lock', story: 'B2', profile: 'v6.1', breaks: 'I1' },
  { lock: 'mem_hotplug_lock', story: 'B18', profile: 'v6.1', breaks: 'I5' },
  { lock: 'device_hotplug_lock', story: 'B14', profile: 'v6.1', breaks: 'deadlock' },
  { lock: 'memory block device lock', story: 'one-block-twice', profile: 'v6.1', without: ['device_hotplug_lock'], breaks: 'I2' },
  { lock: 'node 0 node_size_lock', story: 'B10', profile: 'v6.1', breaks: 'I2' },
  { lock: 'zone 0/Movable span_seqlock', story: 'B5-torn-read-by', profile: 'v5.10', breaks: 'I13' },
  { lock: 'resource_lock', story: 'two-drivers-one-range', profile: 'v6.1', breaks: 'I11' },
  { lock: 'pgmap_lock', story: 'two-mappings-of-one-range', profile: 'v4.18', breaks: 'I10' },
  { lock: 'rcu', story: 'B18', profile: 'v6.1', breaks: 'I17' },
]

/** Locks that no question can miss, and why. */
const NOT_ASKED: Readonly<Record<string, string>> = {
  cpu_hotplug_lock: 'CPUs neither come nor go here',
  memory_chain: 'subscribers come and go between operations, not beside them',
  node_chain: 'as memory_chain',
  'zone->lock': 'what it guards are counters that change in one step, and free lists, which are not modelled',
  hmm_devmem_lock: "its table is by section, and resource_lock never gives two devices one section's range",
  deferred_zone_grow_lock: 'of a patch only, in which it breaks I15 by being a spinlock',
}

const answer = (c: Case, without: readonly string[]): Answer => ask(question(c.story), profileNamed(c.profile)!, types, { without })

describe.each(CASES)('$lock, asked by $story under $profile', (c) => {
  test('holds with it', () => expect(answer(c, c.without ?? []).exploration.verdict).toBe('holds'))
  test(`breaks ${c.breaks} without it`, () => {
    const { exploration, invariant } = answer(c, [...(c.without ?? []), c.lock])
    expect(exploration.verdict).toBe('broken')
    expect(invariant).toBe(c.breaks)
  })
})

test('every lock of the model is asked for, or named with the reason why not', () => {
  const { kernel } = boot(question('B2').description, profileNamed('v6.1')!)
  const kind = (name: string): string => name.replace(/^(?:node|zone) \S+ /, '').replace(/^lock$/, 'zone->lock')
  const kinds = new Set(kernel.lockNames().map(kind))
  const told = new Set([...CASES.map((c) => kind(c.lock)), ...Object.keys(NOT_ASKED)])
  expect([...kinds].filter((k) => !told.has(k))).toEqual([])
  expect([...told].filter((k) => !kinds.has(k))).toEqual([])
})
