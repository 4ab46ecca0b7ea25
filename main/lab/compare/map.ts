/** Two maps on one axis: the stretches that either has, and where they differ, row by row. */
import { TrackId, type AxisSegment, type ComparedAxis, type DifferingStretch } from '../../../preload/contract.ts'
import { axis, lanes, shownNodes } from '../axis.ts'
import type { Document } from '../document.ts'
import { eachPiece } from '../map.ts'
import { zoneKeyOf } from '../zone-key.ts'
import type { Sides } from './sides.ts'

/** Most stretches of a track: where more differ, the last one reaches to the end of the last. */
const MOST = 512

export function comparedAxis(sides: Sides): ComparedAxis {
  const [a, b] = [axis(sides.a), axis(sides.b)]
  const spaceEnd = Math.max(a.spaceEnd, b.spaceEnd)
  const segments = joined([...a.segments, ...b.segments])
  const range = { start: 0, end: segments.at(-1)?.end ?? spaceEnd }
  const stretches = TrackId.options.flatMap((track) => {
    const [ours, theirs] = [pieces(sides.a, track, range), pieces(sides.b, track, range)]
    return [...new Set([...ours.keys(), ...theirs.keys()])].flatMap((key) => {
      const lane = ours.get(key) ?? theirs.get(key)!
      return differing(ours.get(key)?.pieces ?? [], theirs.get(key)?.pieces ?? []).map((s): DifferingStretch => ({ ...lane.of, ...s }))
    })
  })
  const counts = (of: typeof a): Map<string, string> => new Map([
    ...of.nodes.map((n) => [`node ${n.node}`, `${n.startPfn} ${n.spanned} ${n.present}`] as const),
    ...of.lanes.map((z) => [`zone ${z.node}/${z.zone}`, `${z.startPfn} ${z.spanned} ${z.present}`] as const),
  ])
  const [countsA, countsB] = [counts(a), counts(b)]
  const rows = new Set([...countsA.keys(), ...countsB.keys()].filter((key) => countsA.get(key) !== countsB.get(key)))
  for (const s of stretches) rows.add(s.zone !== undefined && s.track === 'zones' ? `zone ${s.node}/${s.zone}` : s.track === 'nodes' ? `node ${s.node}` : s.track)
  return { segments, spaceEnd, a, b, rows: [...rows], stretches }
}

function joined(segments: readonly AxisSegment[]): AxisSegment[] {
  const out: { start: number; end: number }[] = []
  for (const s of [...segments].sort((x, y) => x.start - y.start)) {
    const last = out.at(-1)
    if (last && s.start <= last.end) last.end = Math.max(last.end, s.end)
    else out.push({ ...s })
  }
  return out
}

interface Piece { readonly start: number; readonly end: number; readonly says: string }
interface Lane { readonly of: Pick<DifferingStretch, 'track' | 'lane' | 'node' | 'zone'>; readonly pieces: Piece[] }

/** What a track shows, by lane; a span and what lies in it apart. Numbers that only name a place are no part of what it says. */
function pieces(doc: Document, track: TrackId, range: { readonly start: number; readonly end: number }): Map<string, Lane> {
  const zones = lanes(doc)
  const nodes = shownNodes(doc)
  const out = new Map<string, Lane>()
  eachPiece(doc, track, range, (start, end, lane, zone, state, say) => {
    const at = zones[lane]
    const of = track === 'zones' && at ? { track, lane: 0, node: at.node.id, zone: zoneKeyOf(at.index) } : track === 'nodes' ? { track, lane: 0, node: nodes[lane]!.id } : { track, lane }
    const key = `${of.node ?? ''} ${of.zone ?? ''} ${of.lane} ${state === 'span' || (track === 'resources' && state === 'free')}`
    const { label, detail, device } = say()
    const named = track === 'resources' || track === 'pages' || track === 'pagemaps'
    const says = [zone, state, named ? label : '', detail ?? '', device ?? ''].join('|')
    const known = out.get(key)
    if (known) known.pieces.push({ start, end, says })
    else out.set(key, { of, pieces: [{ start, end, says }] })
  })
  return out
}

/** Where two lists of disjoint pieces do not say the same; neighbours joined. */
export function differing(a: readonly Piece[], b: readonly Piece[]): { start: number; end: number }[] {
  const [ours, theirs] = [[...a].sort((x, y) => x.start - y.start), [...b].sort((x, y) => x.start - y.start)]
  const edges = [...new Set([...ours, ...theirs].flatMap((p) => [p.start, p.end]))].sort((x, y) => x - y)
  const out: { start: number; end: number }[] = []
  let [i, j] = [0, 0]
  for (let e = 0; e + 1 < edges.length; e++) {
    const [start, end] = [edges[e]!, edges[e + 1]!]
    while (ours[i] && ours[i]!.end <= start) i++
    while (theirs[j] && theirs[j]!.end <= start) j++
    const says = (p: Piece | undefined): string | undefined => (p && p.start <= start ? p.says : undefined)
    if (says(ours[i]) === says(theirs[j])) continue
    const last = out.at(-1)
    if (last && (last.end === start || out.length >= MOST)) last.end = end
    else out.push({ start, end })
  }
  return out
}
