import { expect, test } from 'vitest'
import type { RaceStep } from '../../preload/contract.ts'
import { lanesOf, waitsOf } from './lanes.ts'
import { rowOfStep, rowsOf, rowText } from './rows.ts'
import { GAP, piecesOf, placed } from './scope.ts'

type Part = Partial<RaceStep>
const step = (thread: number, kind: RaceStep['kind'], more: Part = {}): RaceStep => ({ thread, function: `f${thread}`, source: 'mm/x.c', kind, held: [], waiting: [], ...more })
const HOTPLUG = 'mem_hotplug_lock'

/** One thread reads a page outside the lock that the other writes it under. */
const trace: readonly RaceStep[] = [
  step(0, 'begin'),
  step(0, 'read', { cell: 'dev_pagemaps', to: '1' }),
  step(0, 'lock', { lock: 'cpu_hotplug_lock', mode: 'read', held: ['cpu_hotplug_lock'], waiting: [] }),
  step(0, 'lock', { lock: HOTPLUG, held: ['cpu_hotplug_lock', HOTPLUG], waiting: [1] }),
  step(0, 'write', { cell: 'zone 0/Device spanned_pages', from: '0x0', to: '0x8000', held: ['cpu_hotplug_lock', HOTPLUG], waiting: [1] }),
  step(0, 'write', { cell: 'struct page pfn 0x100-0x1ff', start: 0x100, end: 0x200, from: 'garbage', to: 'device', held: ['cpu_hotplug_lock', HOTPLUG], waiting: [1], marked: true }),
  step(0, 'unlock', { lock: HOTPLUG, held: ['cpu_hotplug_lock'] }),
  step(0, 'unlock', { lock: 'cpu_hotplug_lock' }),
  step(1, 'lock', { lock: HOTPLUG, held: [HOTPLUG] }),
  step(1, 'read', { cell: 'struct page, section nid pfn 0x100-0x1ff', start: 0x100, end: 0x200, to: 'pfn 0x100', held: [HOTPLUG], marked: true }),
  step(1, 'read', { cell: 'section nid pfn 0x100', start: 0x100, end: 0x180, to: '1', held: [HOTPLUG] }),
  step(1, 'read', { cell: 'dev_pagemaps', to: '1', held: [HOTPLUG] }),
]
const watches = [{ cell: 'zone 0/Device spanned_pages', name: 'spanned_pages', values: [] }]

test('what the trace is about stands alone, locks taken together are one row, the rest is folded', () => {
  const rows = rowsOf({ trace, watches }, new Set(), false)
  expect(rows.map((r) => [r.from, r.to, r.kind])).toEqual([
    [0, 1, 'fold'], [2, 3, 'locks'], [4, 4, 'step'], [5, 5, 'step'], [6, 7, 'locks'], [8, 8, 'step'], [9, 9, 'step'], [10, 11, 'fold'],
  ])
  expect(rowText(rows[1]!, trace).what).toBe('lock cpu_hotplug_lock (read), mem_hotplug_lock')
  expect(rowText(rows[2]!, trace)).toEqual({ what: 'write spanned_pages', detail: '0x8000', where: 'f0' })
  expect(rowText(rows[6]!, trace).what).toBe('scan 0x100-0x1ff')
  expect(rowOfStep(rows, 11)).toBe(7)
  // what is opened, or everything
  expect(rowsOf({ trace, watches }, new Set([10]), false).at(-1)).toMatchObject({ from: 11, kind: 'step' })
  expect(rowsOf({ trace, watches }, new Set(), true)).toHaveLength(trace.length)
})

test('a lock is a bar from the row that takes it to the row that drops it, a wait the rows in which another has it', () => {
  const rows = rowsOf({ trace, watches }, new Set(), false)
  const [first, second] = lanesOf(trace, rows, 2)
  expect(first!.locks.map((l) => l.name)).toEqual(['cpu_hotplug_lock', HOTPLUG])
  expect(new Set(first!.locks.map((l) => l.letter)).size).toBe(2)
  expect(first!.bars).toEqual([{ lock: 0, kind: 'held', first: 1, last: 4 }, { lock: 1, kind: 'held', first: 1, last: 4 }])
  expect(second!.bars).toEqual([{ lock: 0, kind: 'held', first: 5, last: 7 }, { lock: 0, kind: 'wait', first: 1, last: 3, by: 0 }])
  expect(waitsOf(trace, 1)[4]).toEqual({ lock: HOTPLUG, by: 0 })
  expect(waitsOf(trace, 1)[6]).toBeUndefined()
  // one that never goes on waits for what the other took last when it began to
  const stuck = [step(0, 'lock', { lock: 'a', held: ['a'], waiting: [1] }), step(0, 'lock', { lock: 'b', held: ['a', 'b'], waiting: [1] })]
  expect(waitsOf(stuck, 1)).toEqual([{ lock: 'a', by: 0 }, { lock: 'a', by: 0 }])
})

test('stretches stand side by side, apart where something lies between; a range goes on over those that touch', () => {
  const on = placed([{ start: 0, end: 10 }, { start: 10, end: 20 }, { start: 40, end: 50 }], 300 + GAP)
  expect(on.map((c) => [c.x, c.width, c.gap])).toEqual([[0, 100, false], [100, 100, false], [200 + GAP, 100, true]])
  expect(piecesOf({ start: 5, end: 45 }, on)).toEqual([{ x: 50, width: 150, before: false, after: true }, { x: 200 + GAP, width: 50, before: true, after: false }])
  expect(piecesOf({ start: 20, end: 40 }, on)).toEqual([])
})
