import { expect, test } from 'vitest'
import { customProfile } from '../profiles/custom.ts'
import { profileNamed } from '../profiles/names.ts'
import { PROFILES } from '../profiles/profiles.ts'
import type { Profile } from '../profiles/profile.ts'
import { loadScenario, type Scenario } from '../scenario/parse.ts'
import { compareKernels, type KernelComparison } from './compare.ts'
import type { Explanation } from './comparison.ts'
import { snapshotDifferences } from './differences.ts'
import { compareMany } from './matrix.ts'

const load = (text: string): Scenario => {
  const read = loadScenario(text, 't.zonelab.yaml')
  if (!read.ok) throw new Error(JSON.stringify(read.errors))
  return read.value
}
const named = (id: string): Profile => profileNamed(id)!
const changed = (from: string, decisions: Record<string, string>): Profile => {
  const made = customProfile({ from, decisions })
  if (!made.ok) throw new Error(JSON.stringify(made.problems))
  return made.value
}
const because = (e: Explanation): string => (e.kind === 'unexplained' ? e.why : `${e.kind} ${e.causes.map((c) => c.decision).join(' ')}`)
const begun = (c: KernelComparison, n: number): string[] => c.causes(n).differences.map((d) => `${d.path}: ${d.a} | ${d.b} <- ${because(d.explanation)}`)

/** A DIMM of four blocks on a node of its own; the last two are online in Movable, then go offline from the end. */
const mail = load(`zonelab: 1
title: The mail
machine: {nodes: [{memory: 1GiB}, {}]}
steps:
  - plug-dimm: {id: d0, size: 512MiB, at: 0x140000000, node: 1}
  - online_movable: [41, 43]
  - offline: 43
  - policy: {auto_online_blocks: online}
  - offline: 41
`)

test('a kernel compared with itself: nothing differs, at any step', () => {
  const c = compareKernels(mail, named('v5.4'), named('v5.4'))
  expect(c.differs).toBe(false)
  expect(c.outline().steps.map((s) => s.state)).toEqual(Array(6).fill('same'))
  expect([c.differences(5).differences, c.causes(5).differences, c.text(5, 'zoneinfo')]).toEqual([[], [], ''])
})

test('where two kernels part, what differs since when, and the decision that makes it', () => {
  const c = compareKernels(mail, named('v5.4'), changed('v5.4', { ramSpanShrinks: 'at-offline' }))
  expect(c.outline().steps.map((s) => `${s.n} ${s.a.result} ${s.b.result} ${s.sameOutcome} ${s.state}`)).toEqual([
    '0 ok ok true same', '1 ok ok true same', '2 ok ok true same', '3 ok ok true parts', '4 ok ok true as-before', '5 ok ok true parts',
  ])
  expect(c.outline().firstDifference).toBe(3)
  expect(begun(c, 3)).toEqual([
    'node 1 node_spanned_pages: 98304 | 32768 <- alone ramSpanShrinks',
    'zone 1/Movable spanned_pages: 98304 | 32768 <- alone ramSpanShrinks',
    'zone 1/Movable contiguous: false | true <- alone ramSpanShrinks',
    'blocks 42-43 valid_zones: Movable Normal | Normal Movable <- alone ramSpanShrinks',
  ])
  expect(c.differences(3).differences[1]).toEqual({
    part: 'zone', path: 'zone 1/Movable spanned_pages', field: 'zone 1/Movable spanned_pages', a: '98304', b: '32768', pfns: { start: 0x148000, end: 0x160000 }, since: 3,
  })
  expect(c.differences(4).differences.map((d) => d.since)).toEqual([3, 3, 3, 3])
  expect(begun(c, 4)).toEqual([])
  expect(c.differences(5).differences.map((d) => `${d.since} ${d.path}`)).toContain('5 zone 1/Movable zone_start_pfn')
  // in one go, the same is found
  expect(c.allCauses().map(({ n, differences }) => [n, differences])).toEqual([3, 5].map((n) => [n, c.causes(n).differences]))
})

test('texts as unified diffs', () => {
  const c = compareKernels(mail, named('v5.4'), changed('v5.4', { ramSpanShrinks: 'at-offline' }))
  expect(c.text(3, 'zoneinfo', 1)).toBe(`--- v5.4
+++ custom
@@ -35,3 +35,3 @@
 Node 1, zone  Movable
-        spanned  98304
+        spanned  32768
         present  32768
`)
  expect(c.text(3, 'iomem')).toBe('')
})

test('looking does not change what is found: any order, again and again', () => {
  const c = compareKernels(mail, named('v5.3'), named('v5.5'))
  const all = (order: readonly number[]) => order.toSorted((a, b) => a - b).map((n) => ({ n, d: c.differences(n), causes: c.causes(n) }))
  const found = all([0, 1, 2, 3, 4, 5])
  expect(all([5, 3, 4, 0, 2, 1])).toEqual(found)
  expect(compareKernels(mail, named('v5.3'), named('v5.5')).causes(5)).toEqual(c.causes(5))
  const { a, b } = c.at(2)
  expect([a.snapshot().blocks, b.snapshot().blocks].map((blocks) => blocks.filter((r) => r.first >= 40 && r.state === 'online').length)).toEqual([2, 2])
})

test('what only several decisions together change names the smallest set', () => {
  // a scan of the node still finds block 42, which is offline; from its zones the span is found anew only when those shrink
  const c = compareKernels(mail, changed('v5.4', { nodeSpan: 'scan', shrinkTest: 'pfn-valid' }), changed('v5.4', { ramSpanShrinks: 'at-offline', shrinkTest: 'pfn-valid' }))
  const [node, zone] = c.causes(3).differences
  expect(node).toMatchObject({
    path: 'node 1 node_spanned_pages', a: '98304', b: '32768',
    explanation: { kind: 'together', causes: [{ decision: 'ramSpanShrinks', from: 'at-remove', to: 'at-offline' }, { decision: 'nodeSpan', from: 'scan', to: 'from-zones' }] },
  })
  expect(zone).toMatchObject({ path: 'zone 1/Movable spanned_pages', explanation: { kind: 'alone', causes: [{ decision: 'ramSpanShrinks', certain: true }] } })
})

test('a flip that no kernel could have is not tried, and said', () => {
  const c = compareKernels(mail, changed('v5.4', { ramSpanShrinks: 'at-offline', poisonOnLeave: 'yes' }), named('v5.4'))
  expect(c.causes(3).skipped).toEqual([
    { decision: 'ramSpanShrinks', side: 'a', reason: expect.stringContaining('nothing left to poison') },
    { decision: 'poisonOnLeave', side: 'b', reason: expect.stringContaining('nothing left to poison') },
  ])
  // undoing the other way is: v5.4 with the spans of the first is a kernel
  expect(c.causes(3).differences.find((d) => d.path === 'zone 1/Movable spanned_pages')?.explanation).toMatchObject({ kind: 'together', causes: [{ decision: 'ramSpanShrinks' }, { decision: 'poisonOnLeave' }] })
})

test('a result that differs, with its reason and log; a lock that stays held', () => {
  const story = load(`zonelab: 1
title: Never onlined, then removed
machine: {memory: 1GiB}
steps:
  - policy: {uninitialised_pages: wild}
  - add-memory: {at: 4GiB, size: 128MiB}
  - remove-memory: {at: 4GiB, size: 128MiB}
`)
  const c = compareKernels(story, named('v5.3'), named('v6.1'))
  const found = c.causes(3).differences
  expect(found.filter((d) => d.part === 'result').map((d) => [d.a, d.b, because(d.explanation)])).toEqual([['BUG', 'ok', 'alone ramSpanShrinks']])
  expect(found.filter((d) => d.part === 'lock').map((d) => d.a?.split(' ')[0])).toContain('mem_hotplug_lock')
  expect(found.some((d) => d.part === 'log' && d.a?.startsWith('BUG: '))).toBe(true)
  expect(c.text(3, 'log')).toMatch(/^-BUG: /m)
})

test('what a boot parameter or a decision about boot changes is there from step 0', () => {
  const story = load('zonelab: 1\ntitle: T\nmachine: {memory: 1GiB, cmdline: numa=fake=2}\n')
  const c = compareKernels(story, named('v6.1'), named('v6.12'))
  expect(c.outline().firstDifference).toBe(0)
  expect(new Set(c.causes(0).differences.map((d) => because(d.explanation)))).toEqual(new Set(['alone numaFake']))
})

test('device types that only one kernel has: the release is the cause', () => {
  const nothing = { id: 'nothing', title: 'Nothing', category: 'dimm', since: 'v6.1', params: {} } as const
  const types = { ids: ['nothing'], get: (id: string) => (id === 'nothing' ? { ...nothing, plug: function* () {}, unplug: function* () {} } : undefined) }
  const story = load('{zonelab: 1, title: T, machine: {memory: 1GiB}, steps: [{add-device: {name: x, type: nothing}}]}')
  const c = compareKernels(story, named('v5.10'), named('v6.1'), { types: types as never })
  expect(c.causes(1).differences.filter((d) => d.part === 'result' || d.part === 'device').map((d) => `${d.path}: ${d.a} ${d.b} ${because(d.explanation)}`)).toEqual([
    'result: EOPNOTSUPP ok alone release', 'device x: undefined nothing alone release',
  ])
})

test('many kernels: columns that are the same are one, and each parts from the one before it somewhere', () => {
  const ids = ['v5.3', 'v5.4', 'v5.5', 'v6.1']
  const matrix = compareMany(mail, [...ids.map(named), named('v5.3')])
  expect(matrix.steps.map((s) => s.cells.map((c) => c.result))).toEqual(Array(6).fill(Array(5).fill('ok')))
  expect(matrix.steps[3]!.cells.map((c) => c.class)).toEqual([0, 0, 1, 2, 0])
  expect(matrix.groups.map((g) => g.profiles)).toEqual([['v5.3', 'v5.4', 'v5.3'], ['v5.5'], ['v6.1']])
  expect(matrix.groups[1]!.parts).toMatchObject({ from: ['v5.3', 'v5.4', 'v5.3'], step: 3 })
  expect(matrix.groups[1]!.parts!.differences.map((d) => d.path)).toContain('zone 1/Movable spanned_pages')
})

test('the journals tell what snapshots tell, at every step of every pair of kernels', () => {
  const story = load(`zonelab: 1
title: T
machine: {nodes: [{memory: 1GiB}, {}], cmdline: memory_hotplug.memmap_on_memory=on}
steps:
  - plug-dimm: {id: d0, size: 512MiB, at: 0x140000000, node: 1}
  - online_movable: [41, 43]
  - notifier: {name: n, event: MEM_GOING_ONLINE, answer: veto}
  - online_kernel: 40
  - notifier: {name: n, event: MEM_GOING_ONLINE, answer: allow}
  - add-memory: {at: 8GiB, size: 128MiB}
  - remove-memory: {at: 8GiB, size: 128MiB}
  - offline: 43
  - unplug-dimm: d0
`)
  const kernels = [...PROFILES.values()]
  for (const a of kernels)
    for (const b of kernels) {
      const c = compareKernels(story, a, b)
      let before = '[]'
      for (const { n, state } of c.outline().steps) {
        const { a: ea, b: eb } = c.at(n)
        const now = JSON.stringify(snapshotDifferences(ea.snapshot(), eb.snapshot()))
        expect([a.id, b.id, n, state === 'same' || state === 'as-before']).toEqual([a.id, b.id, n, state === 'same' ? now === '[]' : now === before])
        before = now
      }
    }
})
