import { describe, expect, it } from 'vitest'
import { GiB, MiB, TiB } from '../ui/format.ts'
import { foldWidth, layoutAxis, pieceAt, piecesOf, stretchesBetween, toAddress, toX } from './axis.ts'

const SECTION = 128 * MiB
/** 1 GiB of boot memory and a 1 GiB DIMM above 4 GiB, in a space of 1 TiB. */
const segments = [{ start: 0, end: GiB }, { start: 4 * GiB, end: 5 * GiB }]
const scale = 32 / SECTION
const layout = layoutAxis(piecesOf(segments, TiB, new Set()), scale)

describe('folding the empty stretches of the physical space', () => {
  it('draws segments to scale and every gap as a marker that has room for its exact size', () => {
    expect(layout.pieces.map((p) => [p.kind, p.folded, p.x1 - p.x0])).toEqual([
      ['segment', false, 256], ['gap', true, foldWidth(3 * GiB)], ['segment', false, 256], ['gap', true, foldWidth(1019 * GiB)],
    ])
    expect(foldWidth(1006.375 * GiB)).toBeGreaterThan(foldWidth(3 * GiB))
  })
  it('opens a gap to scale when the user opened it', () => {
    const open = layoutAxis(piecesOf(segments, TiB, new Set([GiB])), scale)
    expect(open.pieces[1]).toMatchObject({ folded: false, x1: 256 + 24 * 32 })
  })
  it('draws a gap to scale where that takes less room than the marker', () => {
    const coarse = layoutAxis(piecesOf(segments, 5 * GiB, new Set()), 1 / SECTION)
    expect(coarse.pieces.some((p) => p.folded)).toBe(false)
    expect(coarse.width).toBe(40)
  })
  it('folds what lies before the first memory when block 0 does not exist', () => {
    const pieces = piecesOf([{ start: 64 * GiB, end: 65 * GiB }], 65 * GiB, new Set())
    expect(pieces.map((p) => [p.kind, p.start])).toEqual([['gap', 0], ['segment', 64 * GiB]])
  })
})

describe('addresses and x are two names of one place', () => {
  it('goes there and back in segments and inside folds', () => {
    for (const address of [0, 17 * MiB, GiB - 4096, 2.5 * GiB, 4 * GiB, 5 * GiB - 1, 700 * GiB]) {
      expect(toAddress(layout, toX(layout, address))).toBeCloseTo(address, -1)
    }
  })
  it('keeps the order, also across fold edges', () => {
    const xs = [0, GiB - 1, GiB, 2 * GiB, 4 * GiB - 1, 4 * GiB, 5 * GiB].map((a) => toX(layout, a))
    expect(xs).toEqual([...xs].sort((a, b) => a - b))
    expect(toX(layout, 4 * GiB)).toBe(256 + foldWidth(3 * GiB))
  })
  it('clamps what lies outside the space', () => {
    expect(toX(layout, 2 * TiB)).toBe(layout.width)
    expect(toAddress(layout, -50)).toBe(0)
    expect(pieceAt(layout, -1)).toBeUndefined()
    expect(pieceAt(layout, 300)?.kind === 'segment').toBe(layout.pieces[2] !== undefined && 300 >= layout.pieces[2].x0)
  })
})

describe('what a request has to cover', () => {
  it('is one part a linear stretch, clipped to the view on whole pages', () => {
    const parts = stretchesBetween(layout, 100, 400, 4096)
    expect(parts.map((p) => p.folded)).toEqual([false, true, false])
    expect(parts[0]).toMatchObject({ start: 400 * MiB, end: GiB })
    expect(parts[0]!.x0).toBe(100)
    for (const part of parts) expect(part.start % 4096).toBe(0)
  })
  it('joins thousands of small segments into one part when nothing folds between them', () => {
    const many = Array.from({ length: 4000 }, (_, i) => ({ start: i * 2 * SECTION, end: i * 2 * SECTION + SECTION }))
    const coarse = layoutAxis(piecesOf(many, 8000 * SECTION, new Set()), 0.1 / SECTION)
    expect(stretchesBetween(coarse, 0, 800, 4096)).toHaveLength(1)
  })
})
