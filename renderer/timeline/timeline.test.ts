import { describe, expect, test } from 'vitest'
import type { TimelinePiece, TimelineRun } from '../../preload/contract.ts'
import { hitAt } from './hit.ts'
import { axisShapes, bodyShapes, GUTTER, RIGHT, rowsOf, timeAt, xOf, type Viewport } from './scene.ts'
import type { Inks, Shape } from './shapes.ts'
import { toSvg } from './svg.ts'
import { countText, timeText, timeTicks } from './time-text.ts'

const S = 1e9
const piece = (rest: Partial<TimelinePiece> & Pick<TimelinePiece, 'kind' | 'from' | 'to'>): TimelinePiece =>
  ({ what: 'device struct page init', fn: 'memmap_init_zone_device', held: ['mem_hotplug_lock'], locked: true, ...rest })

/** Two threads: the second waits 10 s for the first. */
const run: TimelineRun = {
  profile: 'v3-2019-08', differs: [{ name: 'devicePageInit', value: 'under-lock' }], total: 20 * S, ideal: 10 * S, events: 3, unknownCosts: [], charged: [],
  threads: [
    { name: 'node 0 probe', node: 0, start: 0, end: 10 * S, waited: 0, awaited: 0, slept: 0, worked: 10 * S, workedLocked: 10 * S, state: 'done', commands: [], pieces: [piece({ kind: 'work', from: 0, to: 10 * S, units: 1e9, pages: 'device' })] },
    {
      name: 'node 1 probe', node: 1, start: 0, end: 20 * S, waited: 10 * S, awaited: 0, slept: 0, worked: 10 * S, workedLocked: 10 * S, state: 'done', commands: [{ text: 'add-device <pmem1> & co', from: 0, to: 20 * S }],
      pieces: [piece({ kind: 'wait', from: 0, to: 10 * S, what: 'mem_hotplug_lock', held: [], locked: false, holder: 0, by: 0 }), piece({ kind: 'work', from: 10 * S, to: 20 * S, units: 1e9, pages: 'device' })],
    },
  ],
  locks: [
    { name: 'mem_hotplug_lock', mode: 'write', taken: 2, held: 20 * S, longestHold: 10 * S, waited: 10 * S, longestWait: 10 * S, mostWaiters: 1, share: 1, waiters: [[0, 1], [10 * S, 0]], holds: [{ thread: 0, from: 0, to: 10 * S }, { thread: 1, from: 10 * S, to: 20 * S }] },
    { name: 'resource_lock', mode: 'write', taken: 2, held: 0, longestHold: 0, waited: 0, longestWait: 0, mostWaiters: 0, share: 0, waiters: [], holds: [] },
  ],
  path: [{ thread: 0, from: 0, to: 10 * S, kind: 'work', what: 'device struct page init', fn: '' }, { thread: 1, from: 10 * S, to: 20 * S, kind: 'work', what: 'device struct page init', fn: '' }],
  initialised: [[0, 0], [20 * S, 2e9]],
}
const v: Viewport = { width: GUTTER + RIGHT + 1000, from: 0, to: 20 * S }
const texts = (shapes: readonly Shape[]): string[] => shapes.flatMap((s) => (s.is === 'text' ? [s.text] : []))

describe('times as text', () => {
  test.each([[0, '0'], [0.00004, '0'], [34, '34 ns'], [428e6, '428 ms'], [109_523_456_789, '109.5 s'], [1500, '1.5 µs']])('%d ns are %s', (ns, text) => {
    expect(timeText(ns)).toBe(text)
  })
  test('counts in groups of three', () => {
    expect([countText(805306368), countText(12)]).toEqual(['805 306 368', '12'])
  })
  test('ticks: labels of one unit, room between them, the same wherever the view begins', () => {
    const ticks = timeTicks(0, 110 * S, 1000)
    expect(ticks.filter((t) => t.major).map((t) => t.label)).toEqual(['0 s', '10 s', '20 s', '30 s', '40 s', '50 s', '60 s', '70 s', '80 s', '90 s', '100 s', '110 s'])
    const near = timeTicks(3.65 * S, 4.05 * S, 500).filter((t) => t.major)
    expect(near.map((t) => t.label)).toEqual(['3.7 s', '3.8 s', '3.9 s', '4.0 s'])
    expect(timeTicks(5, 5, 100)).toEqual([])
  })
})

describe('the picture', () => {
  test('time and pixels are one another\'s inverse', () => {
    for (const at of [0, 3 * S, 20 * S]) expect(timeAt(v, xOf(v, at))).toBeCloseTo(at, -2)
  })
  test('a row a thread, lanes for locks that somebody waited for, none for the others', () => {
    expect(rowsOf([run]).rows.map((r) => r.kind)).toEqual(['title', 'thread', 'thread', 'lock', 'waiting', 'pages'])
  })
  test('says what is done, who holds, who waits, and the end', () => {
    const { shapes } = bodyShapes([run], v)
    expect(texts(shapes)).toEqual(expect.arrayContaining([
      'v3-2019-08', 'devicePageInit = under-lock', 'node 0 probe', 'device struct page init 10 s', 'waits 10 s', 'held by node 1 probe', '1 thread', '2 000 000 000 pages', '20 s',
    ]))
    expect(texts(axisShapes(v))).toContain('20 s')
  })
  test('the critical path goes from thread to thread where one let the other go on', () => {
    const path = bodyShapes([run], v).shapes.find((s) => s.is === 'line' && s.width === 2)
    expect(path?.is === 'line' && path.points.map(([x]) => Math.round(x))).toEqual([GUTTER, GUTTER + 500, GUTTER + 500, GUTTER + 1000])
  })
  test('what is out of view is not drawn at its edge', () => {
    const near = bodyShapes([run], { ...v, from: 12 * S, to: 14 * S }).shapes
    const path = near.find((s) => s.is === 'line' && s.width === 2)
    expect(path?.is === 'line' && new Set(path.points.map(([, y]) => y)).size).toBe(1)
    expect(near.every((s) => s.is !== 'rect' || s.x >= 0)).toBe(true)
    expect(texts(near)).not.toContain('waits 10 s')
  })
  test('a command that was refused says so where it ended', () => {
    const refused: TimelineRun = { ...run, threads: [{ ...run.threads[0]!, commands: [{ text: 'online 9', from: 0, to: 0, errno: 'ENOENT' }], pieces: [] }], path: [] }
    expect(texts(bodyShapes([refused], v).shapes)).toContain('✗ -ENOENT')
  })
  test('a thousand pieces in a pixel are one rectangle', () => {
    const many: TimelineRun = { ...run, threads: [{ ...run.threads[0]!, pieces: Array.from({ length: 100_000 }, (_, i) => piece({ kind: 'work', from: i * 1e5, to: (i + 1) * 1e5 })) }], path: [] }
    expect(bodyShapes([many], v).shapes.length).toBeLessThan(1500)
  })
})

test('under the pointer: who waits for whom, who let it go on, and what it is about', () => {
  const { rows } = bodyShapes([run], v)
  const y = (kind: string, nth = 0): number => rows.filter((r) => r.kind === kind)[nth]!.y + 8
  const at = (time: number, row: number) => hitAt([run], rows, v, xOf(v, time), row)
  expect(at(5 * S, y('thread', 1))).toEqual({ title: 'node 1 probe waits 10 s for mem_hotplug_lock', lines: ['node 0 probe had it when the wait began', 'node 0 probe let it go on', '0 … 10 s'] })
  expect(at(5 * S, y('thread'))?.lines).toContain('1 000 000 000 struct pages, 10.0 ns each')
  expect(at(15 * S, y('lock'))?.lines[0]).toBe('held by node 1 probe for 10 s')
  expect(at(5 * S, y('waiting'))?.lines).toEqual(['1 thread at 5 s'])
  expect(at(10 * S, y('pages'))?.lines).toEqual(['v3-2019-08: 1 000 000 000 struct pages initialised'])
  expect(hitAt([run], rows, v, 40, y('thread', 1))?.title).toBe('node 1 probe')
  expect(hitAt([run], rows, v, 500, 4000)).toBeUndefined()
})

test('as SVG: well-formed, with every text of the picture, and nothing of the names read as markup', () => {
  const inks = new Proxy({}, { get: () => '#123456' }) as Inks
  const { shapes, height } = bodyShapes([{ ...run, profile: 'mine <&> "yours"' }], v)
  const svg = toSvg([{ y: 0, shapes: axisShapes(v) }, { y: 30, shapes }], v.width, height + 30, inks, 'a & b')
  expect(svg).toContain('<title>a &amp; b</title>')
  expect(svg).toContain('mine &lt;&amp;&gt; &quot;yours&quot;')
  expect(svg).toContain('url(#hatch-ink3)')
  const opened = svg.match(/<(?!\/|\?)[a-z]+[^>]*[^/]>/g)?.length
  expect(opened).toBe(svg.match(/<\/[a-z]+>/g)?.length)
})
