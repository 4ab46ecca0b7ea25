/** The tracks as rows: what stands where, from top to bottom. Heights follow the room: spare height goes to zones and pages. */
import type { Axis, TrackId, ZoneKey } from '../../preload/contract.ts'

export type RowKind = 'resources' | 'node' | 'zone' | 'blocks' | 'sections' | 'pages' | 'directmap'

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
  readonly node?: number
  readonly zone?: ZoneKey
}

export interface Rows { readonly rows: readonly Row[]; readonly height: number }

export const TRACK_PAD = 7
/** Padding above and below the hairline between nodes when the map has to scroll. */
const NODE_PAD = 3
const COLLAPSED = 16
export const LEVEL = 20
export const LEVEL_GAP = 2

interface Flexible { readonly base: number; readonly least: number; readonly most: number }
const NODE: Flexible = { base: 30, least: 16, most: 30 }
const LANE: Flexible = { base: 33, least: 16, most: 44 }
const BLOCKS: Flexible = { base: 42, least: 34, most: 44 }
const PAGES: Flexible = { base: 42, least: 30, most: 96 }
const DIRECT: Flexible = { base: 24, least: 18, most: 26 }

interface Wanted extends Omit<Row, 'y' | 'height' | 'pad'> { readonly size: Flexible; readonly gapAbove: number }

export interface RowOptions {
  readonly axis: Pick<Axis, 'nodes' | 'lanes' | 'resourceLevels'>
  readonly collapsed: ReadonlySet<string>
  /** Sub-sections are wide enough to be drawn. */
  readonly zoomed: boolean
  /** Height there is; more rows than fit make the map scroll. */
  readonly available: number
}

export function layoutRows({ axis, collapsed, zoomed, available }: RowOptions): Rows {
  const wanted: Wanted[] = []
  const fixed = (px: number): Flexible => ({ base: px, least: px, most: px })
  const track = (kind: RowKind, id: TrackId, size: Flexible): void => {
    const closed = collapsed.has(id)
    wanted.push({
      key: id, kind, track: id, lane: 0, first: true, collapsed: closed, collapses: id,
      size: closed ? fixed(COLLAPSED) : size, gapAbove: 0,
    })
  }
  track('resources', 'resources', fixed(Math.max(1, axis.resourceLevels) * (LEVEL + LEVEL_GAP) - LEVEL_GAP))
  axis.nodes.forEach((node, index) => {
    const key = `node ${node.node}`
    const closed = collapsed.has(key)
    wanted.push({
      key, kind: 'node', track: 'nodes', lane: index, first: true, collapsed: false, collapses: key, node: node.node,
      size: closed ? fixed(COLLAPSED) : NODE, gapAbove: 0,
    })
    if (closed) return
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
  track('directmap', 'directmap', DIRECT)

  const padding = (row: Wanted, i: number, dense: boolean): number =>
    row.first ? (i === 0 ? TRACK_PAD : 2 * padOf(row, i, dense) + 1) : dense ? 2 : row.gapAbove
  const padOf = (row: Wanted, i: number, dense: boolean): number => (dense && row.kind === 'node' && i > 1 ? NODE_PAD : TRACK_PAD)
  const paddings = (dense: boolean): number => wanted.reduce((sum, row, i) => sum + padding(row, i, dense), TRACK_PAD)
  const dense = paddings(false) + wanted.reduce((sum, row) => sum + row.size.least, 0) > available
  const heights = share(wanted, available - paddings(dense))
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
