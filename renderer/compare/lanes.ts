/** Rows that two maps share: what both have or either, and each side's items put on them. Arithmetic only. */
import type { Axis, ComparedAxis, TrackId, ZoneKey } from '../../preload/contract.ts'
import { TRACK_NAMES } from '../map/describe.ts'
import type { TrackData } from '../map/items.ts'

/** What the rows are laid out from, and drawn with on each side. */
export interface SharedAxis {
  readonly axis: Axis
  /** Tracks without a row. */
  readonly hidden: ReadonlySet<TrackId>
  /** What is equal and therefore not shown, in words. */
  readonly equal: readonly string[]
}

const TRACKS: readonly TrackId[] = ['resources', 'blocks', 'sections', 'pages', 'pagemaps', 'directmap']
/** The rows that differ and tracks that are shown in any case, or all. Counts are those of one side. */
export function sharedAxis(compared: ComparedAxis, side: 'a' | 'b', all: boolean, always: readonly TrackId[]): SharedAxis {
  const own = compared[side]
  const other = compared[side === 'a' ? 'b' : 'a']
  const differs = new Set(compared.rows)
  const lanes = [...compared.a.lanes, ...compared.b.lanes]
    .filter((z, i, list) => list.findIndex((y) => y.node === z.node && y.zone === z.zone) === i)
    .sort((x, y) => x.node - y.node || order(x) - order(y))
  const nodes = [...compared.a.nodes, ...compared.b.nodes].filter((n, i, list) => list.findIndex((y) => y.node === n.node) === i).sort((x, y) => x.node - y.node)
  const shownLanes = lanes.filter((z) => all || differs.has(`zone ${z.node}/${z.zone}`))
  const shownNodes = nodes.filter((n) => all || differs.has(`node ${n.node}`) || shownLanes.some((z) => z.node === n.node))
  const pagemaps = compared.a.counts.pageMaps + compared.b.counts.pageMaps > 0
  const hidden = new Set(TRACKS.filter((t) => (t === 'pagemaps' && !pagemaps && !differs.has(t)) || (!all && !differs.has(t) && !always.includes(t))))
  return {
    axis: {
      segments: compared.segments, spaceEnd: compared.spaceEnd, resourceLevels: Math.max(own.resourceLevels, other.resourceLevels), counts: own.counts,
      nodes: shownNodes.map((n) => own.nodes.find((x) => x.node === n.node) ?? { node: n.node, spanned: 0, present: 0, startPfn: 0 }),
      lanes: shownLanes.map((z) => own.lanes.find((x) => x.node === z.node && x.zone === z.zone) ?? { ...z, spanned: 0, present: 0, startPfn: 0 }),
    },
    hidden,
    equal: [
      ...[...hidden].filter((t) => t !== 'pagemaps' || pagemaps).map((t) => TRACK_NAMES[t]),
      ...nodes.filter((n) => !shownNodes.includes(n)).map((n) => `node ${n.node}`),
      ...lanes.filter((z) => !shownLanes.includes(z) && shownNodes.some((n) => n.node === z.node)).map((z) => (nodes.length > 1 ? `${z.node}/${z.zone}` : z.zone)),
    ],
  }
}

/** The kernel's order of zones. */
const ZONES: readonly ZoneKey[] = ['DMA', 'DMA32', 'Normal', 'HighMem', 'Movable', 'Device']
const order = (zone: { readonly zone: ZoneKey }): number => ZONES.indexOf(zone.zone)

/** Items of one side on the shared rows: lanes are matched by what they are. */
export function onSharedRows(data: TrackData, own: Axis, shared: Axis): TrackData {
  const zoneLane = own.lanes.map((z) => shared.lanes.findIndex((x) => x.node === z.node && x.zone === z.zone))
  const nodeLane = own.nodes.map((n) => shared.nodes.findIndex((x) => x.node === n.node))
  return new Map([...data].map(([track, items]) => {
    const map = track === 'zones' ? zoneLane : track === 'nodes' ? nodeLane : undefined
    if (!map) return [track, items]
    return [track, items.flatMap((item) => {
      const lane = map[item.lane] ?? -1
      return lane < 0 ? [] : [{ ...item, lane }]
    })]
  }))
}
