import { beforeEach, expect, test } from 'vitest'
import { MAP_STATES, ZONE_KEYS, type MapReply, type TrackColumns, type TrackItems } from '../../preload/contract.ts'
import { RpcError } from '../../preload/rpc.ts'
import { GiB, MiB } from '../engine/units.ts'
import type { LabSession } from '../transport/session.ts'
import { createLab } from './lab.ts'

const story = `zonelab: 1
title: Out of order
machine: {memory: 1GiB, slots: 8, maxmem: 8GiB}
steps:
  - plug-dimm: {id: d0, size: 512MiB}
  - online_movable: 33
  - mark: {at: 0x110000000, size: 4KiB, as: unmovable}
  - online_kernel: 34
  - offline: 34
`
let lab: LabSession
const open = async (text = story) => {
  const outcome = await lab.openTexts({ texts: [{ name: 'story.zonelab.yaml', text }] })
  if (!outcome.ok) throw new Error(outcome.problems.map((p) => p.text).join('\n'))
  return outcome.value
}
const track = (reply: MapReply, id: string) => reply.tracks.find((t) => t.track === id)!
const isItems = (t: TrackItems | TrackColumns): t is TrackItems => 'items' in t

beforeEach(() => {
  lab = createLab({ host: 'browser' })
})

test('without a document a question is refused, and the start screen can still be asked for', async () => {
  expect(await lab.document({})).toBeNull()
  expect(() => lab.outline({})).toThrow(RpcError)
  expect((await lab.gallery({})).filter((g) => g.kind === 'machine').length).toBeGreaterThan(0)
})

test('opening a scenario does its steps; the failed one is data in the history', async () => {
  const info = await open()
  expect(info).toMatchObject({ name: 'Out of order', profile: 'v6.1', position: 5, steps: 5, modified: false, canUndo: true, canRedo: false })
  const list = await lab.history({})
  expect(list.map((h) => `${h.n} ${h.op} ${h.target}: ${h.effect}`)).toEqual([
    '0 boot Out of order: ≈ 1023 MiB present',
    '1 plug d0 512 MiB @ 0x100000000: 4 memory blocks added',
    '2 online_movable block 33: Movable present +32768, spanned +32768',
    '3 mark 4 KiB @ 0x110000000 unmovable: no count changed',
    '4 online_kernel block 34: Normal present +32768, spanned +32768',
    '5 offline block 34: -EBUSY failure to isolate range',
  ])
  expect((await lab.log({})).map((l) => `${l.step} ${l.text}`)).toContain('5 page dumped because: unmovable page')
})

test('bad input leaves the open document as it is', async () => {
  await open()
  const outcome = await lab.openTexts({ texts: [{ name: 'bad.yaml', text: 'zonelab: 1\ntitle: x\nmachine: {memory: lots}\n' }] })
  expect(outcome.ok).toBe(false)
  if (!outcome.ok) expect(outcome.problems[0]?.text).toMatch(/^bad\.yaml:3: machine\.memory: /)
  expect((await lab.document({}))?.name).toBe('Out of order')
})

test('time travel goes back and forth; a command in the past forgets what came after it', async () => {
  await open()
  const before = await lab.outline({})
  await lab.goto({ position: 1 })
  expect((await lab.outline({})).blocks.at(-1)).toMatchObject({ first: 32, last: 35, state: 'offline' })
  expect((await lab.redo({})).position).toBe(2)
  await lab.goto({ position: 5 })
  expect(await lab.outline({})).toEqual(before)
  await lab.goto({ position: 2 })
  const run = await lab.run({ command: { op: 'block', block: 32, state: 'online' } })
  expect(run).toMatchObject({ ok: true, value: { ret: 0, document: { position: 3, steps: 3, modified: true } } })
})

test('an action says what the kernel would answer, and trying it out changes nothing', async () => {
  await open()
  await lab.goto({ position: 4 })
  const state = JSON.stringify([await lab.outline({}), await lab.document({}), await lab.history({})])
  const { actions, groups, title } = await lab.inspect({ selection: { kind: 'block', block: 34 } })
  expect(title).toBe('Memory block 34')
  expect(actions.map((a) => [a.id, a.enabled, a.errno])).toEqual([
    ['online', false, 'EINVAL'], ['online_kernel', false, 'EINVAL'], ['online_movable', false, 'EINVAL'], ['offline', true, 'EBUSY'],
    ['unplug', true, 'EBUSY'], ['mark-unmovable', true, undefined], ['mark-pinned', true, undefined], ['mark-none', true, undefined],
  ])
  expect(JSON.stringify([await lab.outline({}), await lab.document({}), await lab.history({})])).toBe(state)
  expect((await lab.goto({ position: 5 })).position).toBe(5)
  const present = groups.find((g) => g.title === 'struct zone 0/Normal')?.fields.find((f) => f.name === 'present_pages')
  expect(present).toMatchObject({ raw: '32768', human: '128 MiB', step: 4, fn: 'adjust_present_page_count', changed: true })
})

test('a range of few things comes exactly, of many as a summary that agrees with it', async () => {
  await open()
  const range = { start: 4 * GiB, end: 4 * GiB + 512 * MiB }
  const exact = await lab.map({ range, columns: 4, tracks: ['blocks', 'zones', 'pages'], limit: 100 })
  const blocks = track(exact, 'blocks')
  if (!isItems(blocks)) throw new Error('blocks came as columns')
  expect(blocks.items.map((b) => `${b.label} ${b.state} ${b.zone}`)).toEqual(['32 offline none', '33 online Movable', '34 online Normal', '35 offline none'])
  const packed = track(await lab.map({ range, columns: 4, tracks: ['blocks', 'zones', 'pages'], limit: 0 }), 'blocks')
  if (isItems(packed)) throw new Error('blocks came as items')
  expect([...packed.cells].map((c) => `${ZONE_KEYS[c & 7]} ${MAP_STATES.filter((_, i) => c & (1 << (4 + i))).join()}`)).toEqual(['none offline', 'Movable online', 'Normal online', 'none offline'])
})

test('text views mark what the last step changed', async () => {
  await open()
  await lab.goto({ position: 2 })
  const { lines } = await lab.text({ format: 'zoneinfo' })
  const changed = lines.filter((l) => l.change).map((l) => `${l.change}: ${l.text.trim()}`)
  expect(changed.join('\n')).toContain('present  32768')
  expect((await lab.text({ format: 'iomem' })).lines.every((l) => l.change === undefined)).toBe(true)
})

test('find leads to what is typed', async () => {
  await open()
  expect((await lab.find({ query: 'block 33' }))[0]).toMatchObject({ label: 'memory block 33', selection: { kind: 'block', block: 33 } })
  expect((await lab.find({ query: 'movable' })).map((f) => f.label)).toContain('0/Movable')
  expect((await lab.find({ query: '0x108000000' }))[0]?.selection).toEqual({ kind: 'page', pfn: 0x108000 })
})

test('what is exported opens again as the same machine at the same point', async () => {
  await open()
  await lab.run({ command: { op: 'unplug_dimm', id: 'd0' } })
  const before = await lab.outline({})
  const { text, name } = await lab.exportScenario({})
  expect(name).toBe('out-of-order.zonelab.yaml')
  await open(text)
  expect(await lab.outline({})).toEqual(before)
})

test('events tell of every change, and only of changes', async () => {
  const seen: (number | undefined)[] = []
  lab.onEvent((e) => e.event === 'changed' && seen.push(e.data.document?.position))
  await open()
  await lab.goto({ position: 3 })
  await lab.goto({ position: 3 })
  await lab.run({ command: { op: 'block', block: 35, state: 'online' } })
  await lab.close({})
  expect(seen).toEqual([5, 3, 4, undefined])
})

test('a word for many blocks is one action and one entry of the history for each block', async () => {
  await open()
  await lab.goto({ position: 1 })
  const { actions } = await lab.inspect({ selection: { kind: 'blocks', first: 32, last: 35 } })
  const movable = actions.find((a) => a.id === 'online_movable-all')
  expect(movable).toMatchObject({ label: 'online_movable 4 blocks', enabled: true })
  expect(actions.find((a) => a.id === 'offline-all')).toMatchObject({ enabled: false, errno: 'EINVAL' })
  const ran = await lab.runAll({ commands: [...(movable?.commands ?? []), { op: 'block', block: 99, state: 'online' }] })
  expect(ran).toMatchObject({ ok: true, value: { done: 4, failed: 1, document: { position: 6, steps: 6 } } })
  expect((await lab.outline({})).blocks.at(-1)).toMatchObject({ first: 32, last: 35, zone: 'Movable' })
})

test('a pasted scenario cannot make the lab read files of this computer', async () => {
  for (const path of ['/proc/zoneinfo', '../../package.json', 'package.json']) {
    const outcome = await lab.openTexts({ texts: [{ name: 'pasted text', text: `zonelab: 1\ntitle: x\nmachine: {import: ["${path}"]}\n` }] })
    expect(outcome.ok).toBe(false)
    if (!outcome.ok) expect(outcome.problems[0]?.text).toContain('not a file')
  }
})
