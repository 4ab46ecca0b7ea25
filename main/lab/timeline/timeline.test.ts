import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeEach, expect, test } from 'vitest'
import { createLab } from '../lab.ts'

const scenario = (name: string): string => readFileSync(join(import.meta.dirname, '../../../scenarios', `${name}.zonelab.yaml`), 'utf8')

let lab: ReturnType<typeof createLab>
beforeEach(() => {
  lab = createLab({ host: 'browser' })
})
const open = async (name: string) => {
  const opened = await lab.openTexts({ texts: [{ name: `${name}.zonelab.yaml`, text: scenario(name) }] })
  if (!opened.ok) throw new Error(JSON.stringify(opened.problems))
}
const V6_1 = { profile: { id: 'v6.1' }, costs: {} } as const
const V3 = { profile: { id: 'v3-2019-08' }, costs: {} } as const

test('a scenario with a timeline: its threads under two kernels side by side, the document as it was', async () => {
  await open('timeline/pmem-4x3tib')
  const info = await lab.timeline({})
  expect(info.sources.map((s) => [s.id, s.threads])).toEqual([['scenario', 4], ['boot', 5], ['boot-at-once', 1]])
  expect(info.variants.map((v) => v.name)).toContain('v3-2019-08')
  const before = await lab.outline({})
  const run = await lab.timelineRun({ source: 'scenario', sides: [V3, V6_1] })
  if (!run.ok || !run.value) throw new Error('no run')
  const [serial, split] = run.value
  expect(serial!.total / split!.total).toBeGreaterThan(3.7)
  expect(serial!.differs).toContainEqual({ name: 'devicePageInit', value: 'under-lock' })
  // pieces of a thread follow one another from its start to its end
  for (const t of serial!.threads) {
    expect(t.pieces[0]!.from).toBe(t.start)
    t.pieces.reduce((end, p) => {
      expect(p.from).toBe(end)
      return p.to
    }, t.start)
    expect(t.pieces.at(-1)!.to).toBe(t.end)
  }
  expect(serial!.initialised.at(-1)![1]).toBe(4 * (3 * 2 ** 28 - 2))
  expect(await lab.outline({})).toEqual(before)
})

test('any machine can be booted in time, and its history done all at once', async () => {
  await open('two-dimms-with-a-gap')
  const info = await lab.timeline({})
  expect(info.sources.map((s) => s.id)).toEqual(['history', 'boot', 'boot-at-once'])
  const run = await lab.timelineRun({ source: 'history', sides: [V6_1] })
  if (!run.ok || !run.value) throw new Error('no run')
  expect(run.value[0]!.locks.find((l) => l.name === 'device_hotplug_lock')!.mostWaiters).toBe(1)
})

test('a cost that cannot be is the user\'s error', async () => {
  await open('timeline/pmem-4x3tib')
  const run = await lab.timelineRun({ source: 'scenario', sides: [{ ...V6_1, costs: { 'struct page init': 1e9 } }] })
  expect(run).toMatchObject({ ok: false, problems: [{ code: 'ZL-TIME-COST', field: 'struct page init' }] })
})

test('many runs tell how far they are, others are answered meanwhile, and they can be given up', async () => {
  await open('timeline/pmem-4x3tib')
  const told: number[] = []
  lab.onEvent((e) => e.event === 'timelineProgress' && told.push(e.data.done))
  const spread = lab.timelineSpread({ source: 'scenario', side: V6_1, percent: 5, seed: 1, runs: 100_000 })
  // the lab answers while it runs
  for (let i = 0; i < 5; i++) {
    await new Promise((resolve) => setImmediate(resolve))
    expect((await lab.document({}))?.name).toBeDefined()
  }
  await lab.timelineCancel({})
  expect(await spread).toEqual({ ok: true, value: null })
  expect(told.length).toBeGreaterThan(0)
  const few = await lab.timelineSpread({ source: 'scenario', side: V6_1, percent: 5, seed: 1, runs: 40 })
  expect(few.ok && few.value && few.value.p5 <= few.value.p50 && few.value.p50 <= few.value.p95).toBe(true)
})

test('a new run gives up the one before', async () => {
  await open('timeline/pmem-4x3tib')
  const first = lab.timelineSpread({ source: 'scenario', side: V6_1, percent: 5, seed: 1, runs: 100_000 })
  const second = await lab.timelineRun({ source: 'scenario', sides: [V6_1] })
  expect(second.ok && second.value?.length).toBe(1)
  expect(await first).toEqual({ ok: true, value: null })
})

test('the trace is Chrome trace JSON', async () => {
  await open('timeline/pmem-4x3tib')
  const trace = await lab.timelineTrace({ source: 'scenario', side: V3 })
  if (!trace.ok || !trace.value) throw new Error('no trace')
  expect(trace.value.name).toBe('four-nodes-of-3-tib-persistent-memory-probed-at-once-v3-2019-08.trace.json')
  expect((JSON.parse(trace.value.text) as { traceEvents: unknown[] }).traceEvents.length).toBeGreaterThan(20)
})
