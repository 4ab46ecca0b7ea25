import { beforeEach, expect, test } from 'vitest'
import type { Inspection, MapReply, Selection, TrackItems } from '../../preload/contract.ts'
import { GiB, MiB } from '../engine/units.ts'
import type { LabSession } from '../transport/session.ts'
import { createLab } from './lab.ts'

/** Two devices in one section, one with an altmap beside it, and a region that nobody maps. */
const story = `zonelab: 1
title: Devices
machine: {memory: 1GiB, physical-bits: 40}
steps:
  - add-device: {name: a, type: generic, params: {at: 5GiB, size: 32MiB, node: 0}}
  - add-device: {name: b, type: generic, params: {at: 0x142000000, size: 32MiB, node: 0}}
  - add-device: {name: big, type: generic, params: {at: 6GiB, size: 256MiB, node: 0, reserve: 2, free: 2046}}
  - request-region: {at: 7GiB, size: 2MiB, name: somebody}
`
let lab: LabSession
const run = async (command: Parameters<LabSession['run']>[0]['command']) => {
  const outcome = await lab.run({ command })
  if (!outcome.ok) throw new Error('not run')
  return outcome.value
}
const items = (reply: MapReply, id: string): TrackItems['items'] => {
  const t = reply.tracks.find((x) => x.track === id)
  if (!t || !('items' in t)) throw new Error(`${id} came as columns`)
  return t.items
}
const inspect = async (selection: Selection): Promise<Inspection> => lab.inspect({ selection })

beforeEach(async () => {
  lab = createLab({ host: 'browser' })
  const outcome = await lab.openTexts({ texts: [{ name: 'devices.zonelab.yaml', text: story }] })
  if (!outcome.ok) throw new Error(outcome.problems.map((p) => p.text).join('\n'))
})

test('devices stand in the outline with what they hold', async () => {
  expect((await lab.outline({})).devices).toEqual([
    { name: 'a', type: 'generic', title: 'Generic (devm)', start: 5 * GiB, size: 32 * MiB, node: 0 },
    { name: 'b', type: 'generic', title: 'Generic (devm)', start: 5 * GiB + 32 * MiB, size: 32 * MiB, node: 0 },
    { name: 'big', type: 'generic', title: 'Generic (devm)', start: 6 * GiB, size: 256 * MiB, node: 0 },
  ])
  expect((await lab.find({ query: 'big' }))[0]?.selection).toEqual({ kind: 'device', name: 'big' })
})

test('the axis shows what devices hold, with struct pages or without', async () => {
  const { segments } = await lab.axis({})
  for (const at of [5 * GiB, 6 * GiB, 7 * GiB]) expect(segments.some((s) => s.start <= at && at < s.end)).toBe(true)
})

test('a page map is one bar, its altmap apart; struct pages name their device', async () => {
  const reply = await lab.map({ range: { start: 5 * GiB, end: 8 * GiB }, columns: 8, tracks: ['pagemaps', 'pages', 'resources'], limit: 100 })
  const brief = (track: string) => items(reply, track).map((i) => `${i.start.toString(16)}-${(i.end - 1).toString(16)} ${i.state} ${i.device ?? '-'}: ${i.label}`)
  expect(brief('pagemaps')).toEqual([
    '140000000-141ffffff device a: a · generic',
    '142000000-143ffffff device b: b · generic',
    '180000000-1807fffff altmap big: big altmap',
    '180800000-18fffffff device big: big · generic',
  ])
  expect(brief('pages')).toEqual([
    '140000000-141ffffff device a: a',
    '142000000-143ffffff device b: b',
    '180000000-180001fff altmap big: big altmap',
    '180002000-1807fffff altmap big: big altmap',
    '180800000-18fffffff device big: big',
  ])
  expect(brief('resources')).toEqual([
    '140000000-141ffffff busy a: a', '142000000-143ffffff busy b: b', '180000000-18fffffff busy big: big', '1c0000000-1c01fffff busy -: somebody',
  ])
})

test('each sub-section of a section names its owner', async () => {
  const { cells } = await inspect({ kind: 'section', section: (5 * GiB) / (128 * MiB) })
  expect(cells).toHaveLength(64)
  expect(cells?.[0]).toMatchObject({ owner: 'a', device: 'a', state: 'device' })
  expect(cells?.[31]).toMatchObject({ owner: 'b', device: 'b' })
  expect(cells?.[32]?.owner).toBeUndefined()
})

test('pages that an altmap keeps are told from those that the driver gets', async () => {
  const { cells } = await inspect({ kind: 'subsection', subsection: (6 * GiB) / (2 * MiB) })
  expect(cells?.map(({ first, last, state, owner }) => ({ first, last, state, owner }))).toEqual([
    { first: 0, last: 1, state: 'altmap', owner: 'big' }, { first: 2, last: 511, state: 'altmap', owner: 'big' },
  ])
  const section = (await inspect({ kind: 'section', section: (6 * GiB) / (128 * MiB) })).cells
  expect(section?.slice(0, 6).map((cell) => cell.state)).toEqual(['altmap', 'altmap', 'altmap', 'altmap', 'device', 'device'])
})

test('a step that changes one device is not told of another', async () => {
  await run({ op: 'remove_device', name: 'b' })
  const { groups } = await inspect({ kind: 'device', name: 'a' })
  expect(groups.map((group) => [group.title, group.fields.find((field) => field.step !== undefined)?.step])).toEqual([
    ['Generic (devm)', 1], ['struct dev_pagemap 1', 1], ['struct resource', 1],
  ])
})

test('the lane of ZONE_DEVICE shows what devices have in its span', async () => {
  const reply = await lab.map({ range: { start: 5 * GiB, end: 8 * GiB }, columns: 8, tracks: ['zones'], limit: 100 })
  const spans = items(reply, 'zones').filter((item) => item.zone === 'Device')
  expect(spans.map((item) => [item.state, item.start, item.end])).toEqual([
    ['span', 5 * GiB, 6 * GiB + 256 * MiB], ['device', 5 * GiB, 5 * GiB + 64 * MiB], ['device', 6 * GiB + 2 * 4096, 6 * GiB + 256 * MiB],
  ])
})

test('the inspector says who owns an address and what stops its removal', async () => {
  const page = await inspect({ kind: 'page', pfn: (5 * GiB) / 4096 })
  expect(page.groups.find((g) => g.title === 'who owns this address')?.fields[0]).toMatchObject({ name: 'struct pages', raw: 'a' })
  expect(page.blockers).toEqual([
    { refuses: true, selection: { kind: 'device', name: 'a' }, text: 'a: page map 1 (generic) is live; its struct pages stay until a is unplugged' },
    { refuses: false, selection: { kind: 'device', name: 'a' }, text: 'region "a" 0x140000000-0x141ffffff is claimed by a (release: driver)' },
  ])
  await run({ op: 'mark', start: 5 * GiB, size: 4096, as: 'pinned' })
  expect((await inspect({ kind: 'section', section: 40 })).blockers?.map((b) => b.text)).toContain('pfn 0x140000 is pinned: memunmap_pages() would wait for it')
  const boot = await inspect({ kind: 'block', block: 2 })
  expect(boot.blockers?.filter((b) => b.refuses).map((b) => b.text)).toEqual(['block 2 is online; it must go offline first, and can'])
  expect(boot.blockers?.some((b) => b.text.includes('is early'))).toBe(true)
})

test('a failed add leaves sub-sections without an owner, and the inspector says so', async () => {
  const add = await run({ op: 'add_device', name: 'over', type: 'generic', params: { at: 5 * GiB - 32 * MiB, size: 128 * MiB, node: 0, claim: false } })
  expect(add.errno).toBe('EEXIST')
  const { cells, blockers } = await inspect({ kind: 'section', section: 39 })
  expect(cells?.[63]?.owner).toBe('nobody')
  expect(blockers?.map((b) => b.text)).toContain('section 0x27, sub-sections 48–63: present without an owner (a failed add left them); nobody can remove them, and an add there answers -EEXIST')
})

test('the two lives of a device, as stretches of the history', async () => {
  await run({ op: 'remove_device', name: 'a' })
  await run({ op: 'release_region', start: 6 * GiB, size: 256 * MiB })
  await lab.goto({ position: 2 })
  const lives = await lab.lifetimes({})
  expect(lives.map(({ name, device, resource, pages, notes }) => ({ name, device, resource, pages, notes }))).toEqual([
    { name: 'a', device: [{ from: 1, to: 5 }], resource: [{ from: 1, to: 5 }], pages: [{ from: 1, to: 5 }], notes: [] },
    { name: 'b', device: [{ from: 2 }], resource: [{ from: 2 }], pages: [{ from: 2 }], notes: [] },
    { name: 'big', device: [{ from: 3 }], resource: [{ from: 3, to: 6 }], pages: [{ from: 3 }], notes: ['the struct pages are there without a claim since step 6'] },
    { name: 'somebody', device: [], resource: [{ from: 4 }], pages: [], notes: [] },
  ])
})

test('every type is offered with its form, where the machine, a node or a range is selected', async () => {
  const types = await lab.deviceTypes({})
  expect(types.map((t) => t.id)).toEqual(expect.arrayContaining(['hmm-private', 'hmm-coherent', 'generic', 'pci-p2pdma']))
  const find = async (selection: Selection) => (await inspect(selection)).actions.find((a) => a.id === 'add-device:generic')
  const machine = await find({ kind: 'machine' })
  expect(machine).toMatchObject({ group: 'add device', op: 'add_device', enabled: true, base: { op: 'add_device', name: 'generic0', type: 'generic', params: {} } })
  const form = (await find({ kind: 'range', start: 8 * GiB, end: 8 * GiB + 4 * MiB }))?.form
  expect(form?.find((f) => f.name === 'params.at')).toMatchObject({ kind: 'optional-bytes', value: '0x200000000' })
  expect(form?.find((f) => f.name === 'params.size')).toMatchObject({ kind: 'bytes', value: '4 MiB' })
  expect(form?.find((f) => f.name === 'params.reserve')).toMatchObject({ kind: 'text', value: '', optional: true })
})

test('the plugins that ship are listed without a document', async () => {
  const plugins = await createLab({ host: 'browser' }).plugins({})
  expect(plugins.find((p) => p.types.includes('generic'))).toMatchObject({ id: 'org.zonelab.generic', builtIn: true, enabled: true, problems: [] })
})
