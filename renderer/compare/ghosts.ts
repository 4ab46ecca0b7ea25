/** What a zone or node spans on the other side only: drawn as a dotted ghost with the pages that are fewer here. */
import type { Axis } from '../../preload/contract.ts'

export interface Ghost { readonly start: number; readonly end: number; readonly pages: number }

interface Span { readonly spanned: number; readonly startPfn: number }

/** At most two, one at each end; addresses in bytes. */
export function ghostsOf(own: Span | undefined, other: Span | undefined, pageSize: number): readonly Ghost[] {
  if (!other || other.spanned === 0) return []
  const [start, end] = [other.startPfn, other.startPfn + other.spanned]
  const ghost = (from: number, to: number): readonly Ghost[] => (to > from ? [{ start: from * pageSize, end: to * pageSize, pages: to - from }] : [])
  if (!own || own.spanned === 0) return ghost(start, end)
  const [ownStart, ownEnd] = [own.startPfn, own.startPfn + own.spanned]
  if (ownEnd <= start || ownStart >= end) return ghost(start, end)
  return [...ghost(start, Math.min(end, ownStart)), ...ghost(Math.max(start, ownEnd), end)]
}

export const laneSpan = (axis: Axis, row: { readonly kind: string; readonly node?: number; readonly zone?: string }): Span | undefined =>
  row.kind === 'zone' ? axis.lanes.find((z) => z.node === row.node && z.zone === row.zone) : axis.nodes.find((n) => n.node === row.node)
