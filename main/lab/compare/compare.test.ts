import { beforeEach, expect, test } from 'vitest'
import type { LabSession } from '../../transport/session.ts'
import { createLab } from '../lab.ts'
import { differing } from './map.ts'

const story = `zonelab: 1
title: Two kernels
machine: {memory: 1GiB, slots: 8, maxmem: 8GiB}
steps:
  - plug-dimm: {id: d0, size: 512MiB}
  - online_movable: 32-35
  - offline: 35
  - offline: 32
`
let lab: LabSession
const begin = async (a: string, b: string, text = story) => {
  const opened = await lab.openTexts({ texts: [{ name: 'story.zonelab.yaml', text }] })
  if (!opened.ok) throw new Error(opened.problems.map((p) => p.text).join('\n'))
  const begun = await lab.compare({ a: { id: a }, b: { id: b } })
  if (!begun.ok) throw new Error(begun.problems.map((p) => p.text).join('\n'))
  return begun.value
}
const lane = (axis: { readonly lanes: readonly { readonly zone: string; readonly spanned: number }[] }, zone: string) => axis.lanes.find((z) => z.zone === zone)?.spanned

beforeEach(() => {
  lab = createLab({ host: 'browser' })
})

test('two kernels part where one shrinks the span at offline and the other keeps it', async () => {
  const outline = await begin('v5.4', 'v6.1')
  expect(outline.steps.map((s) => s.text)).toEqual(['boot', 'plug d0 512 MiB @ 0x100000000', ...[32, 33, 34, 35].map((n) => `online_movable block ${n}`), 'offline block 35', 'offline block 32'])
  expect(outline.decisions.map((d) => d.name)).toContain('ramSpanShrinks')
  const differences = await lab.compareStep({ position: 6 })
  const spanned = differences.find((d) => d.path === 'zone 0/Movable spanned_pages')
  expect(spanned).toMatchObject({ a: '131072', b: '98304', humanA: '512 MiB', humanB: '384 MiB', since: 6, selection: { kind: 'zone', node: 0, zone: 'Movable' } })
  const causes = await lab.compareCauses({ position: 6 })
  expect(causes.explanations.find((e) => e.path === spanned?.path)).toMatchObject({ kind: 'alone', causes: [{ decision: 'ramSpanShrinks', from: 'at-remove', to: 'at-offline', certain: false }] })
  // the other way round is no kernel
  expect(causes.skipped.map((s) => s.decision)).toContain('ramSpanShrinks')
})

test('both sides follow the document: back and forth, and what is done to it', async () => {
  await begin('v5.4', 'v6.1')
  const both = async () => {
    const { a, b } = await lab.compareAxis({})
    return [lane(a, 'Movable'), lane(b, 'Movable')]
  }
  expect(await both()).toEqual([4 * 32768, 2 * 32768])
  await lab.goto({ position: 5 })
  expect(await both()).toEqual([4 * 32768, 4 * 32768])
  await lab.run({ command: { op: 'block', block: 35, state: 'offline' } })
  expect(await both()).toEqual([4 * 32768, 3 * 32768])
  await lab.undo({})
  expect(await both()).toEqual([4 * 32768, 4 * 32768])
})

test('rows that differ are named, with where', async () => {
  await begin('v5.4', 'v6.1')
  await lab.goto({ position: 6 })
  const { rows, stretches } = await lab.compareAxis({})
  expect(rows).toEqual(expect.arrayContaining(['zone 0/Movable', 'node 0']))
  expect(rows).not.toContain('blocks')
  expect(stretches.filter((s) => s.track === 'zones')).toEqual([{ track: 'zones', lane: 0, node: 0, zone: 'Movable', start: 0x118000000, end: 0x120000000 }])
})

test('the files of both kernels stand beside each other, line by line', async () => {
  await begin('v5.4', 'v6.1')
  const { lines, unified } = await lab.compareText({ format: 'zoneinfo' })
  expect(unified).toMatch(/^-\s+spanned  131072\n\+\s+spanned  65536$/m)
  expect(lines.filter((l) => !l.same).map((l) => [l.a?.trim(), l.b?.trim()])).toContainEqual(['spanned  131072', 'spanned  65536'])
})

test('a thing under both kernels, field by field', async () => {
  await begin('v5.4', 'v6.1')
  const { title, groups } = await lab.compareInspect({ selection: { kind: 'zone', node: 0, zone: 'Movable' } })
  expect(title).toBe('Zone 0/Movable')
  expect(groups[0]?.fields.find((f) => f.name === 'spanned_pages')).toMatchObject({ a: { raw: '131072' }, b: { raw: '65536' }, same: false })
  expect(groups[0]?.fields.find((f) => f.name === 'present_pages')?.same).toBe(true)
})

test('the history under all kernels: those that are the same throughout are one group', async () => {
  await begin('v5.4', 'v6.1')
  const { profiles, steps, groups } = await lab.compareMatrix({})
  expect(profiles.map((p) => p.id)).toEqual(expect.arrayContaining(['v4.18', 'v6.1', 'v7.2']))
  expect(steps).toHaveLength(8)
  expect(steps.every((s) => s.cells.length === profiles.length)).toBe(true)
  const groupOf = (id: string) => groups.findIndex((g) => g.profiles.includes(id))
  expect(groupOf('v5.4')).not.toBe(groupOf('v6.1'))
})

test('a comparison outlives another kernel of the document', async () => {
  await begin('v5.4', 'v6.1')
  await lab.setProfile({ profile: { id: 'v5.4' } })
  const { a, b } = await lab.compareAxis({})
  expect([lane(a, 'Movable'), lane(b, 'Movable')]).toEqual([4 * 32768, 2 * 32768])
})

test('an unknown kernel is named with the nearest', async () => {
  await begin('v5.4', 'v6.1')
  const reply = await lab.compare({ a: { id: 'v5.4' }, b: { id: 'rfc-2018' } })
  expect(reply.ok).toBe(false)
  if (!reply.ok) expect(reply.problems[0]?.text).toContain('rfc-2018-08')
})

test('pieces differ where they do not say the same, however they are cut', () => {
  const p = (start: number, end: number, says: string) => ({ start, end, says })
  expect(differing([p(0, 8, 'x')], [p(0, 3, 'x'), p(3, 8, 'x')])).toEqual([])
  expect(differing([p(0, 8, 'x')], [p(0, 3, 'x'), p(4, 8, 'y')])).toEqual([{ start: 3, end: 8 }])
  expect(differing([p(0, 2, 'x'), p(6, 8, 'x')], [])).toEqual([{ start: 0, end: 2 }, { start: 6, end: 8 }])
})
