/** Ticks of the address axis: hex on the first line, the same place in binary units on the second. */
import { exactSize, GiB, hexAddress, KiB, MiB, TiB } from '../ui/format.ts'
import { toX, type AxisLayout, type PlacedPiece } from './axis.ts'

export interface Tick {
  readonly address: number
  /** World x. */
  readonly x: number
  readonly major: boolean
  readonly hex: string
  readonly human: string
  /** The same without a neighbour to lean on: `4.125 GiB +64 MiB`. */
  readonly place: string
  /** The label ends at this world x, over the fold before its piece, which is too narrow for it. */
  readonly endsAt?: number
}

/** Smallest power of two of bytes, at least a page, that is `px` wide or wider at this scale. */
function stepFor(px: number, scale: number, page: number): number {
  let step = page
  while (step * scale < px) step *= 2
  return step
}

/**
 * `4.5 GiB` where the largest unit says it exactly with three decimals; else how far it is from the last such place,
 * `+32 MiB`. Never rounded; the hex above says the rest.
 */
export function placeOf(address: number): string {
  if (address === 0) return '0'
  const unit = [TiB, GiB, MiB, KiB].find((u) => u <= address)
  if (unit === undefined) return exactSize(address)
  const rest = address % gridOf(unit)
  return rest === 0 ? exactSize(address) : `+${exactSize(rest)}`
}

/** Eighths have three decimals. */
const gridOf = (unit: number): number => (unit === KiB ? KiB : unit / 8)

/** The whole of it, for a label that has no other before it: `4.125 GiB +64 MiB`. */
export function fullPlaceOf(address: number): string {
  const short = placeOf(address)
  const unit = [TiB, GiB, MiB, KiB].find((u) => u <= address)
  return short.startsWith('+') && unit !== undefined ? `${exactSize(address - (address % gridOf(unit)))} ${short}` : short
}

/**
 * Ticks between world x `from` and `to`. Majors carry labels and stand `room` px apart or more; each piece starts with
 * one where it does not crowd the one before; a label does not run into a fold. Folded pieces have none: their marker speaks for them.
 */
export function ticksBetween(
  layout: AxisLayout, from: number, to: number, digits: number, page: number, room = (digits + 2) * 6.1 + 14,
): readonly Tick[] {
  const out: Tick[] = []
  const major = stepFor(room, layout.scale, page)
  const minor = Math.max(page, stepFor(9, layout.scale, page))
  let lastMajor = -Infinity
  const text = room - 14
  /** World x at which the next fold after each piece begins. */
  const folds: number[] = []
  for (let i = layout.pieces.length - 1, x = Infinity; i >= 0; i--) {
    folds[i] = x
    const piece = layout.pieces[i]
    if (piece?.folded) x = piece.x0
  }
  const add = (i: number, piece: PlacedPiece, address: number, isMajor: boolean): void => {
    const x = toX(layout, address)
    const starts = address === piece.start
    const fits = x + text <= (starts ? (folds[i] ?? Infinity) : piece.x1)
    const before = layout.pieces[i - 1]
    const over = !fits && starts && before?.folded === true && piece.x1 - before.x0 >= text && before.x0 >= lastMajor + text
    const label = isMajor && (over || (fits && x - lastMajor >= room - 1))
    if (label) lastMajor = over ? piece.x1 - text : x
    out.push({
      address, x, major: label, hex: label ? hexAddress(address, digits) : '', human: label && !over ? placeOf(address) : '', place: label && !over ? fullPlaceOf(address) : '',
      ...(label && over && { endsAt: piece.x1 }),
    })
  }
  for (const [i, piece] of layout.pieces.entries()) {
    if (piece.folded || piece.x1 < from || piece.x0 > to) continue
    const first = Math.max(piece.start, piece.start + (from - room - piece.x0) / layout.scale)
    const last = Math.min(piece.end, piece.start + (to - piece.x0) / layout.scale)
    if (first <= piece.start) add(i, piece, piece.start, piece.kind === 'segment')
    for (let a = Math.ceil(Math.max(first, piece.start + 1) / minor) * minor; a <= last && a < piece.end; a += minor) {
      add(i, piece, a, a % major === 0)
    }
  }
  return out
}
