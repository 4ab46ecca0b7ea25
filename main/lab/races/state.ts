/** What a trace touches of physical memory, at one of its steps. */
import type { RaceState } from '../../../preload/contract.ts'
import type { TraceStep } from '../../engine/executors/explore/exploration.ts'
import { lanes } from '../axis.ts'
import type { Document } from '../document.ts'
import { map } from '../map.ts'
import { zoneKeyOf } from '../zone-key.ts'

interface Range { readonly start: number; readonly end: number }

/** More columns than that are too narrow for their labels. */
const MOST = 14
const ITEMS = 400

/** Stretches of pfns that steps of a trace write, cut where one of them begins or ends; a column a section where those are few. */
export function columnsOf(trace: readonly TraceStep[], section: number): readonly Range[] {
  const written = trace.filter((s) => s.start !== undefined && s.end !== undefined && (s.kind === 'write' || s.kind === 'update' || (s.marked === true && s.end - s.start <= 16 * section)))
    .map((s): Range => ({ start: Math.floor(s.start! / section), end: Math.ceil(s.end! / section) }))
  const joined: { start: number; end: number }[] = []
  for (const r of [...written].sort((a, b) => a.start - b.start)) {
    const last = joined.at(-1)
    if (last && r.start <= last.end) last.end = Math.max(last.end, r.end)
    else joined.push({ ...r })
  }
  const sections = joined.reduce((n, r) => n + r.end - r.start, 0)
  const edges = [...new Set(written.flatMap((r) => [r.start, r.end]))].sort((a, b) => a - b)
  const columns = joined.flatMap((r): Range[] => {
    const cuts = sections <= MOST ? Array.from({ length: r.end - r.start + 1 }, (_, i) => r.start + i) : edges.filter((e) => e >= r.start && e <= r.end)
    return cuts.slice(1).map((end, i) => ({ start: cuts[i]!, end }))
  })
  // what does not fit is in the last one
  const shown = columns.length <= MOST ? columns : [...columns.slice(0, MOST - 1), { start: columns[MOST - 1]!.start, end: columns.at(-1)!.end }]
  return shown.map((r) => ({ start: r.start * section, end: r.end * section }))
}

export function stateAt(doc: Document, trace: readonly TraceStep[], step: number): RaceState {
  const { kernel: k, store } = doc
  const columns = columnsOf(trace, k.pagesPerSection)
  const spans = () => new Map(lanes(doc).map((z) => [z, { start: store.cell(z.startPfn), end: store.cell(z.startPfn) + store.cell(z.spanned) }]))
  doc.goto(0)
  const before = spans()
  doc.goto(step)
  const now = spans()
  const meets = (r: Range | undefined): boolean => r !== undefined && columns.some((c) => r.start < c.end && c.start < r.end)
  const bytes = (r: Range): Range => ({ start: r.start * k.pageSize, end: r.end * k.pageSize })
  const none = { start: 0, end: 0 }
  return {
    sectionSize: k.pagesPerSection * k.pageSize, pageSize: k.pageSize, columns: columns.map(bytes),
    zones: [...new Set([...now.keys(), ...before.keys()])].filter((z) => meets(now.get(z)) || meets(before.get(z))).map((z) => {
      const [is, was] = [bytes(now.get(z) ?? none), bytes(before.get(z) ?? none)]
      return { node: z.node.id, zone: zoneKeyOf(z.index), start: is.start, end: is.end, startBefore: was.start, endBefore: was.end }
    }),
    tracks: (['blocks', 'sections', 'pages', 'pagemaps'] as const).map((track) => ({
      track,
      items: columns.flatMap((c) => map(doc, bytes(c), 64, [track], ITEMS).tracks.flatMap((t) => ('items' in t ? t.items : []))),
    })).filter((t) => t.items.length > 0),
  }
}
