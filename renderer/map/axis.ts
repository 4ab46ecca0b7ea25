/**
 * The folded axis: physical addresses to x. Segments are drawn to scale; a gap between them folds to a narrow marker
 * unless it is opened or is narrower than its marker anyway. Every piece is linear inside, folds too, so whatever is
 * drawn lines up however it crosses them. "World x" counts CSS pixels from the start of the first piece.
 */
import type { AxisSegment } from '../../preload/contract.ts'
import { exactSize } from '../ui/format.ts'

/** Width of a fold marker: its exact size at 9 px monospace with 4 px at both sides. */
export const foldWidth = (hidden: number): number => Math.max(28, Math.ceil(exactSize(hidden).length * 5.5) + 8)

export interface Piece {
  readonly kind: 'segment' | 'gap'
  readonly start: number
  readonly end: number
  /** A gap that the user opened: drawn to scale. */
  readonly open: boolean
}

/** A piece with its place on the axis. `folded` pieces have a scale of their own. */
export interface PlacedPiece extends Piece {
  readonly x0: number
  readonly x1: number
  readonly folded: boolean
}

export interface AxisLayout {
  readonly pieces: readonly PlacedPiece[]
  readonly width: number
  /** CSS pixels per byte outside folds. */
  readonly scale: number
  readonly start: number
  readonly end: number
}

/** The whole space from 0 to its end as segments and the gaps between them. `opened` holds the starts of open gaps. */
export function piecesOf(segments: readonly AxisSegment[], spaceEnd: number, opened: ReadonlySet<number>): readonly Piece[] {
  const pieces: Piece[] = []
  let at = 0
  const gap = (end: number): void => {
    if (end > at) pieces.push({ kind: 'gap', start: at, end, open: opened.has(at) })
  }
  for (const segment of segments) {
    if (segment.end <= segment.start) continue
    gap(segment.start)
    pieces.push({ kind: 'segment', start: segment.start, end: segment.end, open: true })
    at = segment.end
  }
  gap(spaceEnd)
  return pieces
}

export function layoutAxis(pieces: readonly Piece[], scale: number): AxisLayout {
  const placed: PlacedPiece[] = []
  let x = 0
  for (const piece of pieces) {
    const full = (piece.end - piece.start) * scale
    const fold = foldWidth(piece.end - piece.start)
    const folded = piece.kind === 'gap' && !piece.open && full > fold
    const width = folded ? fold : full
    placed.push({ ...piece, x0: x, x1: x + width, folded })
    x += width
  }
  return { pieces: placed, width: x, scale, start: pieces[0]?.start ?? 0, end: pieces.at(-1)?.end ?? 0 }
}

/** Index of the piece that holds an address (`by` start/end) or a world x (`by` x0/x1); the nearest one outside. */
function pieceIndex(pieces: readonly PlacedPiece[], value: number, by: 'address' | 'x'): number {
  let low = 0
  let high = pieces.length - 1
  while (low < high) {
    const middle = (low + high) >> 1
    const piece = pieces[middle]
    if (piece && value >= (by === 'address' ? piece.end : piece.x1)) low = middle + 1
    else high = middle
  }
  return low
}

/** World x of an address; addresses outside the space land on its nearer end. */
export function toX(layout: AxisLayout, address: number): number {
  const piece = layout.pieces[pieceIndex(layout.pieces, address, 'address')]
  if (!piece) return 0
  const inside = Math.min(Math.max(address, piece.start), piece.end) - piece.start
  return piece.x0 + (inside / (piece.end - piece.start)) * (piece.x1 - piece.x0)
}

/** Address at a world x, clamped to the space; not rounded to a page. */
export function toAddress(layout: AxisLayout, x: number): number {
  const piece = layout.pieces[pieceIndex(layout.pieces, x, 'x')]
  if (!piece) return 0
  const inside = Math.min(Math.max(x, piece.x0), piece.x1) - piece.x0
  if (piece.x1 === piece.x0) return piece.start
  return piece.start + (inside / (piece.x1 - piece.x0)) * (piece.end - piece.start)
}

/** The piece under a world x; undefined beyond both ends. */
export function pieceAt(layout: AxisLayout, x: number): PlacedPiece | undefined {
  if (x < 0 || x >= layout.width) return undefined
  return layout.pieces[pieceIndex(layout.pieces, x, 'x')]
}

/** A stretch of the axis that is linear throughout: what one part of a `maps` request covers. */
export interface Stretch {
  readonly start: number
  readonly end: number
  readonly x0: number
  readonly x1: number
  readonly folded: boolean
}

/**
 * The linear stretches that meet world x `from`..`to`, clipped to it on whole pages; neighbours of one scale join. This
 * bounds a request by the folds in view, not by the number of segments.
 */
export function stretchesBetween(layout: AxisLayout, from: number, to: number, pageSize: number): readonly Stretch[] {
  const out: Stretch[] = []
  for (let i = pieceIndex(layout.pieces, from, 'x'); i < layout.pieces.length; i++) {
    const piece = layout.pieces[i]
    if (!piece || piece.x0 > to) break
    if (piece.x1 < from) continue
    const before = out.at(-1)
    if (before && !before.folded && !piece.folded && before.end === piece.start) {
      out[out.length - 1] = { ...before, end: piece.end, x1: piece.x1 }
    } else {
      out.push({ start: piece.start, end: piece.end, x0: piece.x0, x1: piece.x1, folded: piece.folded })
    }
  }
  return out.flatMap((stretch) => {
    const perByte = (stretch.x1 - stretch.x0) / (stretch.end - stretch.start)
    const cut = (x: number): number => stretch.start + (x - stretch.x0) / perByte
    const start = stretch.x0 < from ? Math.floor(cut(from) / pageSize) * pageSize : stretch.start
    const end = stretch.x1 > to ? Math.ceil(cut(to) / pageSize) * pageSize : stretch.end
    const clipped = { start: Math.max(stretch.start, start), end: Math.min(stretch.end, end) }
    if (clipped.end <= clipped.start) return []
    return [{
      ...clipped, folded: stretch.folded,
      x0: stretch.x0 + (clipped.start - stretch.start) * perByte, x1: stretch.x0 + (clipped.end - stretch.start) * perByte,
    }]
  })
}
