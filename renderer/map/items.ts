/**
 * What is drawn on a track: exact items where the reply has them, runs of equal columns where it is packed. Both have
 * one shape, so drawing and hit-testing do not care which they got.
 */
import { MAP_STATES, ZONE_KEYS } from '../../preload/contract-constants.ts'
import type { MapItem, MapReply, MapState, TrackColumns, TrackId, ZoneKey } from '../../preload/contract.ts'

export interface DrawItem extends MapItem {
  /** Made of columns: edges are rounded to a column and there is nothing to label. */
  readonly packed: boolean
  /** Reaches the end of what was asked for, so it may go on beyond; its edge there is not its own. */
  readonly cut: boolean
}

interface Range { readonly start: number; readonly end: number }

export type TrackData = ReadonlyMap<TrackId, readonly DrawItem[]>

const cellZone = (cell: number): ZoneKey => ZONE_KEYS[cell & 7] ?? 'none'
const cellHas = (cell: number, state: MapState): boolean => (cell & (1 << (4 + MAP_STATES.indexOf(state)))) !== 0
export const cellStates = (cell: number): readonly MapState[] => MAP_STATES.filter((state) => cellHas(cell, state))

/** What a column that holds several states looks like: the one that must not be missed. */
const PRECEDENCE: readonly MapState[] = [
  'going-offline', 'garbage', 'poisoned', 'altmap', 'device', 'offline', 'reserved', 'initialised', 'online', 'present', 'mapped', 'busy', 'free', 'span',
]

/**
 * Pseudo-items of packed columns. Tracks with spans get their spans and what is present in them, or a device's, as separate items;
 * others one item a run, whose state is `mixed` from all states of its columns.
 */
export function unpack(columns: TrackColumns, range: Range): readonly DrawItem[] {
  const out: DrawItem[] = []
  const perColumn = (range.end - range.start) / columns.columns
  const spans = columns.track === 'nodes' || columns.track === 'zones'
  const run = (lane: number, wanted: (cell: number) => number, make: (cell: number) => { zone: ZoneKey; state: MapState }): void => {
    let from = 0
    let key = 0
    let sample = 0
    for (let c = 0; c <= columns.columns; c++) {
      const cell = c < columns.columns ? (columns.cells[lane * columns.columns + c] ?? 0) : 0
      const next = c < columns.columns ? wanted(cell) : -1
      if (c > 0 && next === key) continue
      if (c > 0 && key > 0) {
        const { zone, state } = make(sample)
        out.push({
          start: Math.round(range.start + from * perColumn), end: Math.round(range.start + c * perColumn),
          lane, zone, state, label: '', count: 0, packed: true, cut: false,
        })
      }
      from = c
      key = next
      sample = cell
    }
  }
  for (let lane = 0; lane < columns.lanes; lane++) {
    if (spans) {
      for (const state of ['span', 'present', 'device'] as const) {
        run(lane, (cell) => (cellHas(cell, state) ? 1 + (cell & 7) : 0), (cell) => ({ zone: cellZone(cell), state }))
      }
    } else {
      const stateOf = (cell: number): MapState => PRECEDENCE.find((state) => cellHas(cell, state)) ?? 'none'
      run(lane, (cell) => {
        const state = stateOf(cell)
        return state === 'none' ? 0 : (MAP_STATES.indexOf(state) << 3) + (cell & 7) + 1
      }, (cell) => ({ zone: cellZone(cell), state: stateOf(cell) }))
    }
  }
  return out
}

/** Tracks whose cells keep their seams: equal neighbours stay apart. */
const SEAMED: ReadonlySet<TrackId> = new Set(['blocks', 'sections', 'subsections'])

/**
 * The items of several parts as one list a track: what crosses parts appears once, equal neighbours merge. `space` is all
 * that could be asked for: main clips runs to the range of the request, and only at the ends of the space is that exact.
 */
export function mergeParts(replies: readonly { readonly range: Range; readonly reply: MapReply }[], space: Range): TrackData {
  const byTrack = new Map<TrackId, DrawItem[]>()
  for (const { range, reply } of replies) {
    for (const track of reply.tracks) {
      const items = 'items' in track ? track.items.map((item) => ({ ...item, packed: false, cut: false })) : unpack(track, range)
      const list = byTrack.get(track.track)
      if (list) list.push(...items)
      else byTrack.set(track.track, [...items])
    }
  }
  const low = Math.min(...replies.map(({ range }) => range.start))
  const high = Math.max(...replies.map(({ range }) => range.end))
  const isCut = (item: DrawItem): boolean => (item.start === low && low > space.start) || (item.end === high && high < space.end)
  for (const [track, items] of byTrack) {
    byTrack.set(track, SEAMED.has(track) ? dedupe(items) : joinEqual(items).map((item) => (isCut(item) ? { ...item, cut: true } : item)))
  }
  return byTrack
}

const keyOf = (item: DrawItem): string => `${item.start} ${item.end} ${item.lane} ${item.state} ${item.label}`

function dedupe(items: readonly DrawItem[]): DrawItem[] {
  const seen = new Set<string>()
  return items.filter((item) => {
    const key = keyOf(item)
    if (seen.has(key)) return false
    seen.add(key)
    return true
  })
}

const alike = (a: DrawItem, b: DrawItem): boolean =>
  a.lane === b.lane && a.zone === b.zone && a.state === b.state && a.label === b.label && a.detail === b.detail

/** Joins what touches or overlaps and says the same; resources of one name stay apart unless they are the same one. */
function joinEqual(items: readonly DrawItem[]): DrawItem[] {
  const last = new Map<string, number>()
  const out: DrawItem[] = []
  for (const item of items) {
    const key = `${item.lane} ${item.state === 'span'}`
    const at = last.get(key)
    const before = at === undefined ? undefined : out[at]
    if (at !== undefined && before && alike(before, item) && item.start <= before.end && item.end >= before.start) {
      if (before.end > item.start || before.packed || item.packed || item.state !== 'busy' && item.state !== 'free') {
        out[at] = { ...before, start: Math.min(before.start, item.start), end: Math.max(before.end, item.end), packed: before.packed || item.packed }
        continue
      }
    }
    last.set(key, out.length)
    out.push(item)
  }
  return out
}
