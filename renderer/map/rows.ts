/** The tracks as rows: what stands where, from top to bottom. Heights follow the room: spare height goes to zones and pages. */
import type { Axis, TrackId, ZoneKey } from '../../preload/contract.ts'

export type RowKind = 'resources' | 'node' | 'zone' | 'blocks' | 'sections' | 'pages' | 'pagemaps' | 'directmap'

export interface Row {
  /** Stable over steps: names the row in what is remembered and in flashes. */
  readonly key: string
  readonly kind: RowKind
  readonly track: TrackId
  /** `MapItem.lane` of what is drawn here; resource rows hold all levels. */
  readonly lane: number
  readonly y: number
  readonly height: number
  /** First row of a track: a hairline stands above it, except on the first. */
  readonly first: boolean
  /** Space between the hairline above and this row. */
  readonly pad: number
  /** Only the name is shown. */
  readonly collapsed: boolean
  /** What collapses when this row's name is clicked; absent on rows that belong to another one. */
  readonly collapses?: string
  /** A node whose zones have no lanes of their own: they are drawn in this row. */
  readonly folded?: boolean
  readonly node?: number
  readonly zone?: ZoneKey
}

export interface Rows { readonly rows: readonly Row[]; readonly height: number }

export const TRACK_PAD = 7
/** Padding above and below the hairline between nodes when the map has to scroll. */
const NODE_PAD = 3
/** Between folded nodes, which have no hairline. */
const FOLDED_GAP = 2
const COLLAPSED = 16
/** So much may be scrolled for before nodes fold: the last track. */
const SLACK = 40
export const LEVEL = 20
export const LEVEL_GAP = 2

interface Flexible { readonly base: number; readonly least: number; readonly most: number }
const NODE: Flexible = { base: 30, least: 16, most: 30 }
const FOLDED_NODE: Flexible = { base: 14, least: 10, most: 24 }
const LANE: Flexible = { base: 33, least: 16, most: 44 }
const BLOCKS: Flexible = { base: 42, least: 34, most: 44 }
const PAGES: Flexible = { base: 42, least: 30, most: 96 }
const PAGE_MAPS: Flexible = { base: 42, least: 30, most: 54 }
const DIRECT: Flexible = { base: 24, least: 18, most: 26 }

interface Wanted extends Omit<Row, 'y' | 'height' | 'pad'> { readonly size: Flexible; readonly gapAbove: number }

export interface RowOptions {
  readonly axis: Pick<Axis, 'nodes' | 'lanes' | 'resourceLevels'>
  /** Tracks and nodes that the user collapsed. */
  readonly collapsed: ReadonlySet<string>
  /** Nodes that the user opened: they stay open where there is no room for the zones of all. */
  readonly opened: ReadonlySet<string>
  /** Sub-sections are wide enough to be drawn. */
  readonly zoomed: boolean
  /** There is something to show on the page-map track, now or at another step. */
  readonly pageMaps: boolean
  /** Tracks that have no row at all. */
  readonly hidden?: ReadonlySet<TrackId>
  /** Height there is; more rows than fit make the map scroll. */
  readonly available: number
}

/**
 * Where the zones of all nodes do not fit even at their least height, nodes fold to one thin row each, so that blocks, sections
 * and struct pages stay in view.
 */
export function layoutRows(options: RowOptions): Rows {
  const { axis, collapsed, opened, available } = options
  const open = rowsOf(options, (key) => collapsed.has(key))
  // Whether sub-sections are shown must not fold nodes: zooming would move everything.
  const asked = options.zoomed ? rowsOf({ ...options, zoomed: false }, () => false) : rowsOf(options, () => false)
  const crowded = axis.nodes.length > 2 && leastHeight(asked, true) > available + SLACK
  return place(crowded ? rowsOf(options, (key) => collapsed.has(key) || !opened.has(key)) : open, available)
}

function rowsOf({ axis, collapsed, zoomed, pageMaps, hidden }: RowOptions, isFolded: (node: string) => boolean): readonly Wanted[] {
  const wanted: Wanted[] = []
  const fixed = (px: number): Flexible => ({ base: px, least: px, most: px })
  const track = (kind: RowKind, id: TrackId, size: Flexible): void => {
    if (hidden?.has(id)) return
    const closed = collapsed.has(id)
    wanted.push({
      key: id, kind, track: id, lane: 0, first: true, collapsed: closed, collapses: id,
      size: closed ? fixed(COLLAPSED) : size, gapAbove: 0,
    })
  }
  track('resources', 'resources', fixed(Math.max(1, axis.resourceLevels) * (LEVEL + LEVEL_GAP) - LEVEL_GAP))
  axis.nodes.forEach((node, index) => {
    const key = `node ${node.node}`
    const folded = isFolded(key)
    const follows = folded && wanted.at(-1)?.folded === true
    wanted.push({
      key, kind: 'node', track: 'nodes', lane: index, first: !follows, collapsed: false, collapses: key, folded, node: node.node,
      size: folded ? FOLDED_NODE : NODE, gapAbove: follows ? FOLDED_GAP : 0,
    })
    if (folded) return
    axis.lanes.forEach((lane, laneIndex) => {
      if (lane.node !== node.node) return
      wanted.push({
        key: `zone ${lane.node}/${lane.zone}`, kind: 'zone', track: 'zones', lane: laneIndex, first: false, collapsed: false,
        node: lane.node, zone: lane.zone, size: LANE, gapAbove: 4,
      })
    })
  })
  track('blocks', 'blocks', BLOCKS)
  track('sections', 'sections', zoomed ? fixed(70) : fixed(48))
  track('pages', 'pages', zoomed ? { ...PAGES, base: 60 } : PAGES)
  if (pageMaps) track('pagemaps', 'pagemaps', PAGE_MAPS)
  track('directmap', 'directmap', DIRECT)
  return wanted
}

const padOf = (row: Wanted, i: number, dense: boolean): number => (dense && row.kind === 'node' && i > 1 ? NODE_PAD : TRACK_PAD)
const padding = (row: Wanted, i: number, dense: boolean): number =>
  row.first ? (i === 0 ? TRACK_PAD : 2 * padOf(row, i, dense) + 1) : dense ? 2 : row.gapAbove
const paddings = (wanted: readonly Wanted[], dense: boolean): number => wanted.reduce((sum, row, i) => sum + padding(row, i, dense), TRACK_PAD)
const leastHeight = (wanted: readonly Wanted[], dense: boolean): number => paddings(wanted, dense) + wanted.reduce((sum, row) => sum + row.size.least, 0)

function place(wanted: readonly Wanted[], available: number): Rows {
  const dense = leastHeight(wanted, false) > available
  const heights = share(wanted, available - paddings(wanted, dense))
  const rows: Row[] = []
  let y = 0
  wanted.forEach((row, i) => {
    y += padding(row, i, dense)
    const height = heights[i] ?? 0
    const { size: _size, gapAbove: _gap, ...rest } = row
    rows.push({ ...rest, y, height, pad: padOf(row, i, dense) })
    y += height
  })
  return { rows, height: y + TRACK_PAD }
}

/** Gives each row its base height, then spreads the room that is left, or takes what is missing, within each row's limits. */
function share(wanted: readonly Wanted[], room: number): readonly number[] {
  const heights = wanted.map((row) => row.size.base)
  let spare = Math.floor(room - heights.reduce((a, b) => a + b, 0))
  const step = spare > 0 ? 1 : -1
  while (spare !== 0) {
    const movable = wanted.flatMap((row, i) => {
      const height = heights[i] ?? 0
      return (step > 0 ? height < row.size.most : height > row.size.least) ? [i] : []
    })
    if (movable.length === 0) break
    for (const i of movable) {
      if (spare === 0) break
      heights[i] = (heights[i] ?? 0) + step
      spare -= step
    }
  }
  return heights
}

/** The row at `y`, with the padding around tracks belonging to the nearer row. */
export function rowAt(rows: readonly Row[], y: number): Row | undefined {
  return rows.find((row) => y >= row.y && y < row.y + row.height)
}
