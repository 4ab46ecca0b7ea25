import { describe, expect, it } from 'vitest'
import { GiB, MiB, TiB } from '../ui/format.ts'
import { layoutAxis, piecesOf } from './axis.ts'
import { fitScale, maxScale, MAX_PAGE_PX, scaleFor, snapScale } from './scale.ts'

const grains = { section: 128 * MiB, subsection: 2 * MiB, page: 4096 }

describe('snapping the zoom', () => {
  it('makes a section a whole number of pixels at the full view', () => {
    expect(snapScale(32.4 / grains.section, grains) * grains.section).toBe(32)
  })
  it('makes a sub-section whole once it is wide enough to be seen, then a page', () => {
    expect(snapScale(6.3 / grains.subsection, grains) * grains.subsection).toBe(6)
    expect(snapScale(9.7 / grains.page, grains) * grains.page).toBe(10)
  })
  it('leaves the scale alone where a section is thinner than 4 px', () => {
    expect(snapScale(1.23 / grains.section, grains)).toBe(1.23 / grains.section)
  })
})

describe('fitting the whole space', () => {
  const fits = (segments: { start: number; end: number }[], end: number, width: number): number => {
    const pieces = piecesOf(segments, end, new Set())
    const scale = fitScale(pieces, width, grains)
    const used = layoutAxis(pieces, scale).width
    expect(used).toBeLessThanOrEqual(width + 1e-3)
    return used
  }
  it('uses whole pixels a section and wastes less than one pixel a section', () => {
    expect(fits([{ start: 0, end: GiB }, { start: 4 * GiB, end: 5 * GiB }], TiB, 780)).toBeGreaterThan(780 - 16)
  })
  it('fits 64 TiB as well as one section', () => {
    expect(fits([{ start: 0, end: 64 * TiB }], 64 * TiB, 900)).toBeGreaterThan(899)
    expect(fits([{ start: 0, end: 128 * MiB }], 128 * MiB, 900)).toBeGreaterThan(800)
  })
  it('fits when folds alone need most of the room', () => {
    const segments = Array.from({ length: 10 }, (_, i) => ({ start: i * TiB, end: i * TiB + GiB }))
    fits(segments, 10 * TiB, 700)
  })
})

describe('zooming to a thing', () => {
  it('stops at one page and at the whole space', () => {
    expect(scaleFor(1, 800, 1e-9, grains)).toBe(maxScale(grains))
    expect(maxScale(grains) * grains.page).toBe(MAX_PAGE_PX)
    expect(scaleFor(64 * TiB, 800, 1e-9, grains)).toBe(1e-9)
  })
})
