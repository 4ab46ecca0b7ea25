import { describe, expect, it } from 'vitest'
import { MAP_STATES, ZONE_KEYS } from '../../preload/contract-constants.ts'
import type { MapState, TrackColumns, TrackId, ZoneKey } from '../../preload/contract.ts'
import { mergeParts, unpack } from './items.ts'

const cell = (zone: ZoneKey, ...states: MapState[]): number =>
  ZONE_KEYS.indexOf(zone) + states.reduce((sum, state) => sum + 2 ** (4 + MAP_STATES.indexOf(state)), 0)
const columns = (track: TrackId, cells: number[], lanes = 1): TrackColumns => ({ track, lanes, columns: cells.length / lanes, cells: Uint32Array.from(cells) })
const short = (items: readonly { start: number; end: number; lane: number; zone: string; state: string }[]): string[] =>
  items.map((i) => `${i.start}-${i.end} ${i.lane} ${i.zone} ${i.state}`)

describe('packed columns become a few runs', () => {
  it('equal columns merge, empty ones draw nothing', () => {
    const normal = cell('Normal', 'online')
    expect(short(unpack(columns('pages', [0, normal, normal, cell('Movable', 'online'), 0]), { start: 0, end: 500 }))).toEqual([
      '100-300 0 Normal online', '300-400 0 Movable online',
    ])
  })
  it('a zone gets its span and what is present in it', () => {
    const span = cell('Normal', 'span')
    const both = cell('Normal', 'span', 'present')
    expect(short(unpack(columns('zones', [both, span, both, 0, 0, 0, 0, both], 2), { start: 0, end: 40 }))).toEqual([
      '0-30 0 Normal span', '0-10 0 Normal present', '20-30 0 Normal present', '30-40 1 Normal span', '30-40 1 Normal present',
    ])
  })
  it('a column of several states shows the one that must not be missed', () => {
    expect(unpack(columns('blocks', [cell('several', 'online', 'offline')]), { start: 0, end: 8 })[0]?.state).toBe('offline')
    expect(unpack(columns('pages', [cell('Normal', 'online', 'garbage')]), { start: 0, end: 8 })[0]?.state).toBe('garbage')
  })
})

describe('parts of a request come together', () => {
  const space = { start: 0, end: 100 }
  const item = { lane: 0, zone: 'Normal', state: 'span', label: 'Normal', count: 1 } as const
  const reply = (track: TrackId, items: readonly object[]) => ({ revision: 1, tracks: [{ track, items: items as never }] })
  it('a run that reaches the end of the request may go on: its size is not known', () => {
    const run = { ...item, state: 'present' as const }
    const parts = [{ range: { start: 40, end: 60 }, reply: reply('zones', [{ ...item, start: 0, end: 100 }, { ...run, start: 40, end: 45 }, { ...run, start: 50, end: 55 }]) }]
    expect(mergeParts(parts, space).get('zones')?.map((i) => [i.start, i.cut])).toEqual([[0, false], [40, true], [50, false]])
  })
  it('a span that crosses a fold is one item', () => {
    const parts = [
      { range: { start: 0, end: 10 }, reply: reply('zones', [{ ...item, start: 0, end: 10 }]) },
      { range: { start: 10, end: 90 }, reply: reply('zones', [{ ...item, start: 10, end: 90 }]) },
    ]
    expect(short(mergeParts(parts, space).get('zones') ?? [])).toEqual(['0-90 0 Normal span'])
  })
  it('blocks keep their seams and appear once', () => {
    const block = { lane: 0, zone: 'Normal', state: 'online', count: 1, detail: 'online' }
    const a = { ...block, start: 0, end: 10, label: '0' }
    const b = { ...block, start: 10, end: 20, label: '1' }
    const merged = mergeParts([
      { range: { start: 0, end: 10 }, reply: reply('blocks', [a, b]) },
      { range: { start: 10, end: 20 }, reply: reply('blocks', [b]) },
    ], space)
    expect(short(merged.get('blocks') ?? [])).toEqual(['0-10 0 Normal online', '10-20 0 Normal online'])
  })
})
