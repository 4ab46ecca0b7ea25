import { describe, expect, test } from 'vitest'
import type { Axis, ComparedAxis, MapItem } from '../../preload/contract.ts'
import type { DrawItem, TrackData } from '../map/items.ts'
import { foldEqual } from './fold-equal.ts'
import { ghostsOf } from './ghosts.ts'
import { onSharedRows, sharedAxis } from './lanes.ts'

const axis = (lanes: Axis['lanes'], nodes: Axis['nodes'] = [{ node: 0, spanned: 10, present: 10, startPfn: 0 }]): Axis =>
  ({ segments: [{ start: 0, end: 2 ** 30 }], spaceEnd: 2 ** 40, lanes, nodes, resourceLevels: 1, counts: { blocks: 8, sections: 8, pages: 1, mapped: 1, pageMaps: 0 } })
const dma = { node: 0, zone: 'DMA', spanned: 4, present: 4, startPfn: 0 } as const
const normal = { node: 0, zone: 'Normal', spanned: 6, present: 6, startPfn: 4 } as const
const movable = { node: 0, zone: 'Movable', spanned: 2, present: 2, startPfn: 10 } as const
const compared = (rows: readonly string[], a: Axis, b: Axis): ComparedAxis => ({ segments: a.segments, spaceEnd: a.spaceEnd, a, b, rows, stretches: [] })

describe('rows of two maps', () => {
  test('a zone that only one kernel has gets a lane on both', () => {
    const both = compared(['zone 0/Movable', 'node 0'], axis([dma, normal]), axis([dma, movable, normal]))
    expect(sharedAxis(both, 'a', true, []).axis.lanes.map((z) => `${z.zone} ${z.spanned}`)).toEqual(['DMA 4', 'Normal 6', 'Movable 0'])
    expect(sharedAxis(both, 'b', true, []).axis.lanes.map((z) => `${z.zone} ${z.spanned}`)).toEqual(['DMA 4', 'Normal 6', 'Movable 2'])
  })
  test('what is equal is left out and named; what is wanted in any case stays, to know where one is', () => {
    const both = compared(['zone 0/Normal', 'pages'], axis([dma, normal]), axis([dma, normal]))
    const shared = sharedAxis(both, 'a', false, ['blocks'])
    expect(shared.axis.lanes.map((z) => z.zone)).toEqual(['Normal'])
    expect([...shared.hidden]).toEqual(['resources', 'sections', 'pagemaps', 'directmap'])
    expect(shared.equal).toEqual(['resources', 'sections', 'direct map', 'DMA'])
  })
  test('items move to the lane of their zone on the shared rows, and go where their row is folded', () => {
    const item = (lane: number): DrawItem => ({ start: 0, end: 4096, lane, zone: 'Normal', state: 'span', label: '', count: 1, packed: false, cut: false } satisfies MapItem & DrawItem)
    const data: TrackData = new Map([['zones', [item(0), item(1)]]])
    const moved = onSharedRows(data, axis([dma, normal]), axis([movable, normal]))
    expect(moved.get('zones')?.map((i) => i.lane)).toEqual([1])
  })
})

describe('ghosts', () => {
  const page = 4096
  const pages = (own: readonly [number, number], other: readonly [number, number]) =>
    ghostsOf({ startPfn: own[0], spanned: own[1] }, { startPfn: other[0], spanned: other[1] }, page).map((g) => [g.start / page, g.end / page, g.pages])
  test('a span that is shorter here has a ghost where the other goes on', () => {
    expect(pages([10, 5], [10, 8])).toEqual([[15, 18, 3]])
    expect(pages([12, 3], [10, 8])).toEqual([[10, 12, 2], [15, 18, 3]])
  })
  test('an empty span has the other as its ghost, and a longer one has none', () => {
    expect(pages([0, 0], [10, 8])).toEqual([[10, 18, 8]])
    expect(pages([10, 8], [10, 5])).toEqual([])
    expect(pages([10, 8], [0, 0])).toEqual([])
  })
})

describe('equal lines', () => {
  const lines = (text: string) => [...text].map((c) => ({ c, same: c === '.' }))
  const drawn = (text: string, around: number) => foldEqual(lines(text), around).map((row) => (row.kind === 'folded' ? `(${row.count})` : row.line.c)).join('')
  test('some stay around what differs, the rest is one line that says how many', () => {
    expect(drawn('......x......', 2)).toBe('(4)..x..(4)')
    expect(drawn('x......x', 2)).toBe('x..(2)..x')
  })
  test('a single line is never folded, and nothing is when all are wanted', () => {
    expect(drawn('x.....x', 2)).toBe('x.....x')
    expect(drawn('......x......', Infinity)).toBe('......x......')
  })
  test('texts that are equal throughout are one fold', () => {
    expect(drawn('....', 2)).toBe('(4)')
  })
})
