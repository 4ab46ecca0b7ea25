import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { bootEngine, type Engine } from '../../main/engine/engine.ts'
import { formatInputError } from '../../main/engine/errors.ts'
import type { TimedRun } from '../../main/engine/executors/time/timed-run.ts'
import { profileNamed } from '../../main/engine/profiles/names.ts'
import { toScenario } from '../../main/engine/scenario/export.ts'
import { loadScenario } from '../../main/engine/scenario/parse.ts'
import { PAGE, pageState } from '../../main/engine/state/page.ts'
import { chromeTrace } from '../../main/engine/timing/chrome-trace.ts'
import { criticalPath } from '../../main/engine/timing/critical-path.ts'
import type { CostValues } from '../../main/engine/timing/costs.ts'
import { planTimeline, type Plan } from '../../main/engine/timing/plan.ts'
import { timeReport } from '../../main/engine/timing/report.ts'
import { spreadOf, timePlan } from '../../main/engine/timing/run-plan.ts'
import { knownTypes } from '../../main/plugins/known-types.ts'

const root = join(import.meta.dirname, '../..')
const file = (name: string): string => readFileSync(join(root, 'scenarios/timeline', `${name}.zonelab.yaml`), 'utf8')

interface Ready { readonly engine: Engine; readonly plan: Plan }

function ready(text: string, profile = 'v6.1', given: CostValues = {}): Ready {
  const scenario = loadScenario(text, 'a.yaml')
  if (!scenario.ok) throw new Error(scenario.errors.map(formatInputError).join('\n'))
  const engine = bootEngine(scenario.value.description, profileNamed(profile), 'coarse', knownTypes())
  for (const step of scenario.value.steps) for (const command of step.commands) engine.execute(command)
  const plans = planTimeline(scenario.value, [...engine.booted.kernel.nodes.values()], engine.types, given)
  if (!plans.ok) throw new Error(plans.errors.map(formatInputError).join('\n'))
  return { engine, plan: plans.value.plan }
}

const run = (name: string, profile?: string, given?: CostValues): TimedRun => {
  const { engine, plan } = ready(file(name), profile, given)
  return timePlan(engine, plan)
}
const seconds = (ns: number): number => ns / 1e9

describe('the argument of 2019-08-29, in numbers', () => {
  const PAGES = 3 * 2 ** 28
  // two pages of info block; 64 bytes a page, 8 KiB and alignment to 2 MiB
  const ALTMAP = 12_583_422

  test('one after the other under the hotplug lock, side by side outside it', () => {
    const serial = run('pmem-4x3tib', 'v3-2019-08')
    const split = run('pmem-4x3tib', 'v6.1')
    // every page but the two of the info block, 34 ns each, four times
    expect(seconds(serial.total)).toBeGreaterThan((4 * (PAGES - 2) * 34) / 1e9)
    expect(seconds(serial.total)).toBeLessThan((4 * PAGES * 34) / 1e9 + 0.3)
    const parallel = (4 * ALTMAP * 34 + (PAGES - ALTMAP - 2) * 34) / 1e9
    expect(seconds(split.total)).toBeGreaterThan(parallel)
    expect(seconds(split.total)).toBeLessThan(parallel + 0.3)
    expect(serial.total / split.total).toBeGreaterThan(3.7)
    // nobody waits: a node alone takes the same in both
    expect(Math.abs(serial.ideal - split.ideal)).toBeLessThan(1e8)
  })

  test('who waits for whom: three, then two, then one thread', () => {
    const serial = run('pmem-4x3tib', 'v3-2019-08')
    const lock = serial.locks.find((l) => l.lock.name === 'mem_hotplug_lock' && l.mode === 'write')!
    expect([lock.taken, lock.mostWaiters]).toEqual([4, 3])
    expect(lock.waiters.map((w) => w.n)).toEqual([3, 2, 1, 0])
    expect(seconds(lock.longestWait)).toBeCloseTo((3 * lock.held) / 4 / 1e9, 1)
    // the whole critical path holds it
    expect(criticalPath(serial).filter((p) => p.piece?.kind === 'work' && !p.piece.held.includes('mem_hotplug_lock')).reduce((n, p) => n + p.to - p.from, 0)).toBeLessThan(1e6)
    expect(new Set(criticalPath(serial).map((p) => p.thread))).toEqual(new Set([0, 1, 2, 3]))
  })

  test('v4.18 writes each page twice: once under the lock, then beside the others', () => {
    const twice = run('pmem-4x3tib', 'v4.18')
    const pages = (name: string): number => twice.costs.find((c) => c.name === name)?.units ?? 0
    expect([pages('device struct page init'), pages('device struct page second pass')]).toEqual([4 * (PAGES - 2), 4 * (PAGES - ALTMAP - 2)])
    expect(seconds(twice.total)).toBeCloseTo((4 * (PAGES - 2) * 34 + (PAGES - ALTMAP - 2) * 25) / 1e9, 0)
  })

  test('eight workers a node help as much as the memory lets them', () => {
    const free = run('pmem-4x3tib', 'v6.1', { 'device init workers': 8 })
    const bound = run('pmem-4x3tib', 'v6.1', { 'device init workers': 8, 'device bandwidth ceiling': 12 })
    expect(seconds(free.total)).toBeLessThan(5.5)
    // 64 bytes a page through 12 GB/s
    expect(seconds(bound.total)).toBeGreaterThan((PAGES * 64) / 12e9)
  })

  test('events do not depend on the number of pages', () => {
    const small = ready(file('pmem-4x3tib').replaceAll('3TiB, node', '3GiB, node'))
    const events = timePlan(small.engine, small.plan).events
    expect(run('pmem-4x3tib').events).toBe(events)
    expect(events).toBeLessThan(60)
  })
})

describe('boot', () => {
  test('a thread a node initialises what was left for later, and every page comes back', () => {
    const { engine, plan } = ready(file('boot-1tib'), 'v5.10')
    const { store, kernel } = engine.booted
    const before = JSON.stringify([store.cells, store.fields.map((f) => f.runs(0, 2 ** 30))])
    const timed = timePlan(engine, plan)
    expect(timed.threads.map((t) => [t.name, t.state])).toEqual([['swapper', 'done'], ...[0, 1, 2, 3].map((n) => [`pgdatinit${n}`, 'done'])])
    expect(JSON.stringify([store.cells, store.fields.map((f) => f.runs(0, 2 ** 30))])).toBe(before)
    expect(pageState(store.at(kernel.page, 2 ** 28))).toBe(PAGE.online)
    // all pages but DMA, DMA32 and a section of Normal on node 0, and a section of each other node
    expect(timed.costs.find((c) => c.name === 'deferred struct page init')!.units).toBe(2 ** 28 - 2 ** 19 - 4 * 32768)
  })

  test('G11: exactly one section of Normal is initialised up front, and growth takes one at a time', async () => {
    const { deferStructPages } = await import('../../main/engine/timing/boot-threads.ts')
    const { deferredGrowZone } = await import('../../main/engine/kernel/deferred-init.ts')
    const { engine } = ready('zonelab: 1\ntitle: one node\nmachine: {firmware: [{start: 0, end: 0x80000000, type: usable}, {start: 0x100000000, end: 0x1100000000, type: usable}], nodes: [{id: 0, cpus: 4}]}\ntimeline: {boot: {}}\n')
    const { kernel, store, executor } = engine.booted
    deferStructPages(engine.booted)
    const first = (): number => store.cell(kernel.node(0).firstDeferredPfn)
    expect(first()).toBe(0x108000)
    const managed = store.cell(kernel.zone(0, 2).managed)
    // G12: an allocation of order 9 finds no memory
    expect(executor.run(deferredGrowZone, kernel.zone(0, 2), 9).ret).toBe(1)
    expect([first(), store.cell(kernel.zone(0, 2).managed) - managed]).toEqual([0x110000, 32768])
    // Normal is the zone that grows; an allocation from DMA32 gets nothing
    expect(executor.run(deferredGrowZone, kernel.zone(0, 1), 0).ret).toBe(0)
    // a node's whole memory may be asked for: 2^16 pages are two sections
    executor.run(deferredGrowZone, kernel.zone(0, 2), 16)
    expect(first()).toBe(0x120000)
  })

  test('until v5.7 the node lock is held throughout, since v5.8 only to claim', () => {
    const held = (profile: string): number => run('boot-1tib', profile).locks.filter((l) => l.lock.name.endsWith('node_size_lock')).reduce((n, l) => n + l.held, 0)
    expect([held('v5.10'), seconds(held('v5.5')) > 4]).toEqual([0, true])
  })

  test('not deferred: the boot CPU does it all, most of it on other nodes', () => {
    const { engine, plan } = ready(file('boot-1tib'), 'v5.10')
    const alone = timePlan(engine, { ...plan, boot: { deferred: false } })
    expect(alone.threads.map((t) => t.name)).toEqual(['swapper'])
    // 18 ns a page at home, 1.4 times that away
    expect(seconds(alone.total)).toBeCloseTo((2 ** 26 * 18 * (1 + 3 * 1.4)) / 1e9, 0)
  })
})

describe('many runs', () => {
  test('the same seed gives the same run, another one another; the middle is where it is without jitter', () => {
    const { engine, plan } = ready(file('pmem-4x3tib'))
    const total = (seed: number): number => timePlan(engine, plan, { jitter: { percent: 5, seed } }).total
    expect([total(1) === total(1), total(1) === total(2)]).toEqual([true, false])
    const spread = spreadOf(engine, plan, { percent: 5, seed: 1, runs: 300 })!
    const plain = timePlan(engine, plan).total
    expect(spread.p5).toBeLessThan(spread.p50)
    expect(spread.p50).toBeLessThan(spread.p95)
    // the slowest of four decides
    expect(spread.p50 / plain).toBeGreaterThan(1)
    expect(spread.p50 / plain).toBeLessThan(1.1)
    expect(spreadOf(engine, plan, { percent: 5, seed: 1, runs: 1000 }, (done) => done < 100)).toBeUndefined()
  })
})

describe('Chrome trace', () => {
  test('every event is one of the format: complete slices of a track nest, counters count, each flow has two ends', () => {
    const trace = chromeTrace(run('pmem-4x3tib', 'v3-2019-08'), 'four nodes', 'v3-2019-08')
    const back = JSON.parse(JSON.stringify(trace)) as typeof trace
    const open = new Map<string, { ts: number; end: number }[]>()
    for (const e of back.traceEvents) {
      expect(typeof e.name === 'string' && Number.isFinite(e.ts) && Number.isInteger(e.pid) && Number.isInteger(e.tid)).toBe(true)
      if (e.ph === 'M') expect(['process_name', 'thread_name']).toContain(e.name)
      if (e.ph === 'C') expect(typeof e.args?.['threads']).toBe('number')
      if (e.ph !== 'X') continue
      const slice = { ts: e.ts, end: e.ts + e.dur! }
      const key = `${e.pid}/${e.tid}`
      for (const o of open.get(key) ?? []) expect(slice.ts >= o.end - 1e-6 || o.ts >= slice.end - 1e-6 || (slice.ts >= o.ts && slice.end <= o.end + 1e-6) || (o.ts >= slice.ts && o.end <= slice.end + 1e-6)).toBe(true)
      open.set(key, [...(open.get(key) ?? []), slice])
    }
    const ends = (ph: 's' | 'f'): (number | undefined)[] => back.traceEvents.filter((e) => e.ph === ph).map((e) => e.id)
    expect(ends('s')).toEqual(ends('f'))
    expect(ends('s')).toHaveLength(3)
  })
})

test('the report is in seconds, and says what the issue asks for', () => {
  const { engine, plan } = ready(file('pmem-4x3tib'))
  const r = timeReport('v6.1', 'v6.1', timePlan(engine, plan), plan.costs)
  expect(r.total).toBeCloseTo(28.87, 1)
  expect(r.criticalPath.reduce((n, p) => n + p.to - p.from, 0)).toBeCloseTo(r.total, 6)
  expect(r.locks.map((l) => [l.name, l.mode])).toEqual([['cpu_hotplug_lock', 'read'], ['mem_hotplug_lock', 'write'], ['resource_lock', 'write']])
  expect(r.parameters['device struct page init']).toBe(34)
})

test.each(['pmem-4x3tib', 'boot-1tib', 'dimm-896gib', 'compound-pages', 'eight-sockets', 'boot-32tib'])('%s is the same timeline after it was saved', (name) => {
  const first = loadScenario(file(name), 'a.yaml')
  if (!first.ok) throw new Error(first.errors.map(formatInputError).join('\n'))
  const text = toScenario(first.value.description, first.value.steps.flatMap((s) => s.commands), { from: first.value })
  const again = loadScenario(text, 'a.yaml')
  expect(again.ok ? again.value.form.timeline : again.errors.map(formatInputError)).toEqual(first.value.form.timeline)
})

describe('what cannot be', () => {
  const head = 'zonelab: 1\ntitle: t\nmachine: {nodes: [{memory: 1GiB, cpus: 2}, {memory: 1GiB}]}\n'
  const problems = (timeline: string): string[] => {
    const scenario = loadScenario(`${head}timeline:\n${timeline}`, 'a.yaml')
    if (!scenario.ok) return scenario.errors.map(formatInputError)
    const engine = bootEngine(scenario.value.description, undefined, 'coarse', knownTypes())
    const plans = planTimeline(scenario.value, [...engine.booted.kernel.nodes.values()], engine.types)
    return plans.ok ? [] : plans.errors.map(formatInputError)
  }
  const thread = (rest: string): string => `  threads: [{name: a, ${rest}steps: [{online: 0}]}]\n`

  test.each([
    ['a negative cost', `  costs: {struct-page-init: -1}\n${thread('')}`, "a.yaml:5: timeline.costs.struct-page-init: '-1', expected 0.1 … 1000 ns/page [ZL-TIME-COST]"],
    ['an absurd cost', `  costs: {struct-page-init: 5s}\n${thread('')}`, "a.yaml:5: timeline.costs.struct-page-init: '5s', expected 0.1 … 1000 ns/page [ZL-TIME-COST]"],
    ['a cost that is no number', `  costs: {sysfs-retry-sleep: long}\n${thread('')}`, "a.yaml:5: timeline.costs.sysfs-retry-sleep: 'long', expected 1 µs … 1 s [ZL-TIME-COST]"],
    ['a ceiling below none', `  costs: {memory-bandwidth-ceiling: -3 GB/s}\n${thread('')}`, "a.yaml:5: timeline.costs.memory-bandwidth-ceiling: '-3 GB/s', expected 0 … 100000 GB/s, or off: no ceiling [ZL-TIME-COST]"],
    ['a node without CPUs', thread('node: 1, '), 'a.yaml:5: timeline.threads[0].node: node 1, which has no CPUs, expected a node with CPUs: 0 [ZL-TIME-NODE]'],
    ['a node that is not there', thread('node: 7, '), 'a.yaml:5: timeline.threads[0].node: node 7, which is not there, expected a node with CPUs: 0 [ZL-TIME-NODE]'],
    ['a CPU that is not there', thread('cpu: 2, '), 'a.yaml:5: timeline.threads[0].cpu: CPU 2, expected a CPU from 0 to 1 [ZL-TIME-NODE]'],
    ['an unknown calibration', `  calibration: mine\n${thread('')}`, /^a\.yaml:5: timeline\.calibration: 'mine', expected one of pmem-2018, /],
    ['a time that is none', thread('at: soon, '), "a.yaml:5: timeline.threads[0].at: 'soon', expected a duration, such as 34ns, 5ms or 1.5s [ZL-SCENARIO-VALUE]"],
    ['expectations', '  threads: [{name: a, steps: [{online: 0, expect: {result: ok}}]}]\n', /^a\.yaml:5: timeline\.threads\[0\]\.steps\[0\]\.expect: expect in a thread, expected expectations in the steps before/],
    ['a thread twice', '  threads: [{name: a, steps: [{online: 0}]}, {name: a, steps: [{online: 1}]}]\n', "a.yaml:5: timeline.threads[1].name: a second thread 'a', expected each name once [ZL-TIME]"],
    ['nothing to do', '  notes: nothing\n', /neither threads nor boot/],
  ])('%s', (_what, timeline, expected) => {
    const [first] = problems(timeline)
    if (typeof expected === 'string') expect(first).toBe(expected)
    else expect(first).toMatch(expected)
  })

  test('an unknown cost, with the nearest that is known', () => {
    expect(problems(`  costs: {struct-page-inti: 3}\n${thread('')}`)[0]).toMatch(/^a\.yaml:5: timeline\.costs\.struct-page-inti: unknown cost 'struct-page-inti', expected 'struct page init' \(the nearest\), or another of /)
  })

  test('a command that is refused is said, and the thread goes on', () => {
    const { engine, plan } = ready(`${head}timeline: {threads: [{name: a, steps: [{remove-device: none}, {online: 99}, {offline: 3}]}]}\n`)
    expect(timePlan(engine, plan).threads[0]!.commands.map((c) => c.errno ?? 'ok')).toEqual(['ENODEV', 'ENOENT', 'ok'])
  })
})

test('what a driver queues when its block comes online is done by the same thread', () => {
  const { engine, plan } = ready(`zonelab: 1
title: virtio-mem
machine: {memory: 1GiB, nodes: [{cpus: 2}]}
steps:
  - policy: {auto_online_blocks: offline}
  - add-device: {name: vm0, type: virtio-mem, params: {at: 4GiB, size: 512MiB, requested: 256MiB}}
timeline: {threads: [{name: udev, steps: [{online_movable: 32}]}]}
`)
  const [t] = timePlan(engine, plan).threads
  expect(t!.commands.map((c) => [c.text, c.errno ?? 'ok'])).toEqual([['online_movable 32', 'ok'], ['work of vm0', 'ok']])
})
