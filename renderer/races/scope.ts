/** Where addresses of a trace stand: its stretches side by side, each as wide as the next, a gap where something lies between two. */
export interface Column { readonly start: number; readonly end: number }
/** Pixels between stretches that do not touch. */
export const GAP = 14

export interface Placed extends Column { readonly x: number; readonly width: number; readonly gap: boolean }

export function placed(columns: readonly Column[], width: number): readonly Placed[] {
  const gaps = columns.filter((c, i) => i > 0 && columns[i - 1]!.end !== c.start).length
  const each = Math.max(1, Math.floor((width - gaps * GAP) / Math.max(1, columns.length)))
  let x = 0
  return columns.map((c, i) => {
    const gap = i > 0 && columns[i - 1]!.end !== c.start
    if (gap) x += GAP
    x += each
    return { ...c, x: x - each, width: each, gap }
  })
}

/** Pieces of a range, joined over stretches that touch; `before` and `after`: it goes on beyond. */
export interface Piece { readonly x: number; readonly width: number; readonly before: boolean; readonly after: boolean }

export function piecesOf(range: Column, on: readonly Placed[]): readonly Piece[] {
  const out: { x: number; width: number; before: boolean; after: boolean }[] = []
  let joins = false
  for (const c of on) {
    const [start, end] = [Math.max(range.start, c.start), Math.min(range.end, c.end)]
    if (end <= start) {
      joins = false
      continue
    }
    const scale = c.width / (c.end - c.start)
    const piece = { x: c.x + (start - c.start) * scale, width: Math.max(2, (end - start) * scale), before: range.start < start, after: range.end > end }
    const last = out.at(-1)
    if (last && joins && !c.gap && start === c.start) {
      last.width = piece.x + piece.width - last.x
      last.after = piece.after
    } else out.push(piece)
    joins = end === c.end
  }
  return out
}
