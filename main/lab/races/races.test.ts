import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { beforeEach, expect, test } from 'vitest'
import type { RaceAnswer, RaceQuestion } from '../../../preload/contract.ts'
import { raceText, toScenario } from '../../engine/scenario/export.ts'
import { loadScenario } from '../../engine/scenario/parse.ts'
import { createLab } from '../lab.ts'

const RACES = join(import.meta.dirname, '../../../scenarios/races')
const B1 = { shipped: 'races/B1-release-against-init' } as const

let lab: ReturnType<typeof createLab>
beforeEach(() => {
  lab = createLab({ host: 'browser' })
})
const open = async (id: string): Promise<void> => {
  const opened = await lab.openGallery({ id })
  if (!opened.ok) throw new Error(JSON.stringify(opened.problems))
}
const ask = async (question: RaceQuestion, profile = 'v5.3', trace: 'switches' | 'steps' = 'switches'): Promise<RaceAnswer> => {
  const answer = await lab.raceAsk({ question, profile: { id: profile }, trace })
  if (!answer.ok || !answer.value) throw new Error(JSON.stringify(answer))
  return answer.value
}

test('release while another thread still initialises: broken under v5.3, holds under v5.4, the document as it was', async () => {
  await open('machines/one-node-1gib')
  const before = await lab.outline({})
  const broken = await ask(B1)
  expect(broken).toMatchObject({ verdict: 'broken', invariant: 'I1', expected: { met: true } })
  expect(broken.trace.filter((s) => s.marked)).toHaveLength(2)
  expect(broken.watches.map((w) => w.name)).toEqual(['zone_start_pfn', 'spanned_pages'])
  expect(broken.watches[1]!.values).toHaveLength(broken.trace.length + 1)
  expect(await ask(B1, 'v5.4')).toMatchObject({ verdict: 'holds', complete: true, trace: [] })
  expect(await lab.outline({})).toEqual(before)
})

test('the machine after each step: the span is cut before the pages that lie outside it are written', async () => {
  await open('machines/one-node-1gib')
  const { key, trace, watches } = await ask(B1)
  const device = async (step: number) => {
    const state = await lab.raceState({ answer: key, step })
    const zone = state!.zones.find((z) => z.zone === 'Device')!
    const pages = state!.tracks.find((t) => t.track === 'pages')!.items.filter((i) => i.zone === 'Device' && i.state === 'device')
    return { zone, outside: pages.some((p) => p.end > zone.end || p.start < zone.start), state: state! }
  }
  const last = trace.findLastIndex((s) => s.marked)
  expect((await device(last)).outside).toBe(false)
  expect((await device(last + 1)).outside).toBe(true)
  // the column of a scalar says what the machine says
  const cut = trace.findLastIndex((s) => s.kind === 'write' && s.cell?.endsWith('spanned_pages') === true && s.cell.startsWith('zone')) + 1
  const { zone, state } = await device(cut)
  expect(Number(watches[1]!.values[cut])).toBe((zone.end - zone.start) / state.pageSize)
  expect(Number(watches[1]!.values[cut - 1])).not.toBe((zone.end - zone.start) / state.pageSize)
  // back and forth is exact, and says who wrote what
  expect(await device(0)).toEqual(await device(0))
  const fields = await lab.raceInspect({ answer: key, step: cut, selection: { kind: 'zone', node: 0, zone: 'Device' } })
  expect(fields!.groups.flatMap((g) => g.fields).find((f) => f.name === 'spanned_pages')).toMatchObject({ step: cut, changed: true, fn: 'shrink_zone_span' })
})

test('a torn read: what is marked is the reader\'s read and the write that it missed', async () => {
  await open('machines/one-node-1gib')
  const { invariant, trace, threads } = await ask({ shipped: 'races/B5-torn-read-plain' }, 'v6.1')
  expect(invariant).toBe('I13')
  expect(trace.filter((s) => s.marked).map((s) => [threads[s.thread]!.name, s.kind, s.cell])).toEqual([
    ['reader', 'read', 'zone 0/Movable spanned_pages'], ['online', 'write', 'zone 0/Movable spanned_pages'],
  ])
})

test('every step of every shipped question that is broken can be looked at', async () => {
  await open('machines/one-node-1gib')
  const { shipped } = await lab.races({})
  expect(shipped).toHaveLength(readdirSync(RACES).filter((f) => f.endsWith('.zonelab.yaml')).length)
  for (const { id } of shipped) {
    const info = await lab.raceQuestion({ question: { shipped: id } })
    if (!info.ok) throw new Error(JSON.stringify(info.problems))
    const { kernels, own } = info.value
    const answer = await lab.raceAsk({ question: { shipped: id }, profile: kernels[own]!.choice, trace: 'switches' })
    if (!answer.ok || !answer.value) throw new Error(JSON.stringify(answer))
    expect(answer.value.expected?.met, id).toBe(true)
    for (let step = 0; step <= answer.value.trace.length && answer.value.trace.length > 0; step++) expect(await lab.raceState({ answer: answer.value.key, step }), `${id} ${step}`).not.toBeNull()
  }
})

test("a document's own question is asked of it where it is now, and its problems have its lines", async () => {
  await open('races/B1-release-against-init')
  const { text, own, actions } = await lab.races({})
  expect(own).toBe(true)
  expect(actions.map((a) => a.text)).toContain('remove-device: b')
  expect(await ask({ text })).toMatchObject({ verdict: 'broken', invariant: 'I1', expected: { met: true } })
  // before the device is there, there is nothing to release
  await lab.goto({ position: 0 })
  const early = await ask({ text })
  expect(early.verdict).toBe('holds')
  expect(early.threads[1]!.answers).toEqual(['ENOENT'])
  const wrong = await lab.raceAsk({ question: { text: text.replace('map-pages', 'map-pagers') }, profile: { id: 'v5.3' }, trace: 'switches' })
  expect(wrong).toMatchObject({ ok: false, problems: [{ file: 'question', line: 5 }] })
})

test('a question that any machine begins with can be asked', async () => {
  await open('two-dimms-with-a-gap')
  const { text, own } = await lab.races({})
  expect(own).toBe(false)
  expect((await ask({ text }, 'v6.1')).threads).toHaveLength(2)
})

test('why it holds: the locks without which it would not', async () => {
  await open('machines/one-node-1gib')
  const why = await lab.raceWhy({ question: { shipped: 'races/two-drivers-one-range' }, profile: { id: 'v6.1' } })
  if (!why.ok || !why.value) throw new Error('no answer')
  expect(why.value.map((w) => w.lock)).toContain('resource_lock')
  expect(why.value.some((w) => w.verdict === 'broken')).toBe(true)
})

test('which decision parts two kernels: struct pages of device memory initialised under the lock, alone', async () => {
  await open('machines/one-node-1gib')
  const causes = await lab.raceCauses({ question: B1, from: { id: 'v5.3' }, to: { id: 'v3-2019-08' } })
  if (!causes.ok || !causes.value) throw new Error('no answer')
  expect(causes.value.filter((c) => c.kind === 'decides').map((c) => c.name)).toEqual(['devicePageInit'])
  expect(causes.value.length).toBeGreaterThan(3)
})

test('others are answered while it explores, and it is given up at once', async () => {
  await open('machines/one-node-1gib')
  const told: number[] = []
  lab.onEvent((e) => {
    if (e.event === 'raceProgress') told.push(e.data.states)
  })
  const text = 'threads:\n' + ['a', 'b', 'c', 'd'].map((n, i) => `  - {name: ${n}, do: [{map-pages: {at: ${0x280000000 + i * 2 ** 27}, size: 128MiB}}, {unmap-pages: {at: ${0x280000000 + i * 2 ** 27}}}]}\n`).join('')
  const running = lab.raceAsk({ question: { text }, profile: { id: 'v5.3' }, trace: 'switches' })
  while (told.length < 3) await new Promise((resolve) => setImmediate(resolve))
  await lab.raceCancel({})
  expect(await running).toEqual({ ok: true, value: null })
})

test('a question is kept when its scenario is saved', () => {
  for (const file of readdirSync(RACES).filter((f) => f.endsWith('.zonelab.yaml'))) {
    const read = loadScenario(readFileSync(join(RACES, file), 'utf8'), file)
    if (!read.ok) throw new Error(file)
    const { description, steps, kernel, form } = read.value
    const again = loadScenario(toScenario(description, steps.flatMap((s) => s.commands), { from: read.value, profile: kernel }), file)
    expect(again.ok && again.value.form.race, file).toEqual(form.race)
    expect(raceText(form.race!)).toContain('threads:')
  }
})
