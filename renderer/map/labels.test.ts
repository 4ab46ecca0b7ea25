import { describe, expect, it } from 'vitest'
import { MiB } from '../ui/format.ts'
import { fitLabel, fitName, joinNames, sizeForms } from './labels.ts'
import { layoutAxis, piecesOf } from './axis.ts'
import { fullPlaceOf, placeOf, ticksBetween } from './ticks.ts'
import { GiB, KiB, TiB } from '../ui/format.ts'

describe('labels fit or are not drawn', () => {
  it('shortens by unit before it drops', () => {
    const forms = sizeForms(256 * MiB, 'present')
    expect(fitLabel(forms, 200)).toBe('256 MiB present')
    expect(fitLabel(forms, 60)).toBe('256 MiB')
    expect(fitLabel(forms, 30)).toBe('256M')
    expect(fitLabel(forms, 29)).toBeUndefined()
  })
  it('cuts a name only while it can be recognised', () => {
    expect(fitName('Persistent Memory', 120)).toBe('Persistent Memory')
    expect(fitName('Persistent Memory', 80)).toBe('Persistent…')
    expect(fitName('Persistent Memory', 30)).toBeUndefined()
  })
  it('says small neighbours together without repeating what they share', () => {
    expect(joinNames(['Kernel code', 'Kernel rodata', 'Kernel data', 'Kernel bss'])).toBe('Kernel code rodata data bss')
  })
})

describe('the axis', () => {
  const layout = layoutAxis(piecesOf([{ start: 0, end: GiB }, { start: 4 * GiB, end: 5 * GiB }], TiB, new Set()), 32 / (128 * MiB))
  it('names places exactly', () => {
    expect(placeOf(4.5 * GiB)).toBe('4.5 GiB')
    expect(placeOf(4.25 * GiB + 32 * 2 ** 20)).toBe('+32 MiB')
    expect(placeOf(GiB + 44 * KiB)).toBe('+44 KiB')
    expect(fullPlaceOf(4.25 * GiB + 32 * 2 ** 20)).toBe('4.25 GiB +32 MiB')
    expect(placeOf(0)).toBe('0')
  })
  it('labels each segment where it starts and never lets labels touch', () => {
    const labelled = ticksBetween(layout, 0, layout.width, 10, 4096).filter((t) => t.major)
    expect(labelled.map((t) => t.hex)).toEqual(['0x0000000000', '0x0020000000', '0x0100000000', '0x0120000000'])
    const xs = labelled.map((t) => t.x)
    for (const [i, x] of xs.entries()) if (i > 0) expect(x - xs[i - 1]!).toBeGreaterThanOrEqual(80)
  })
  it('ends the label of a narrow segment between two folds at its end, over the fold before it', () => {
    const narrow = layoutAxis(piecesOf([{ start: 0, end: GiB }, { start: 1000 * GiB, end: 1000.125 * GiB }], TiB, new Set()), 32 / (128 * MiB))
    const label = ticksBetween(narrow, 0, narrow.width, 10, 4096).find((t) => t.hex === '0xfa00000000')
    expect(label?.endsAt).toBe(narrow.pieces[2]?.x1)
  })
  it('runs no label into a fold', () => {
    const segments = [0, 6, 1024, 1030, 2048, 4000, 4010, 9000].map((at, i) => ({ start: at * GiB, end: (at + [0.25, 1, 0.125, 4, 0.5, 2, 0.25, 1][i]!) * GiB }))
    for (let px = 1; px < 200; px *= 1.3) {
      const many = layoutAxis(piecesOf(segments, 16 * TiB, new Set()), px / (128 * MiB))
      for (const tick of ticksBetween(many, 0, many.width, 12, 4096)) {
        if (!tick.major || tick.endsAt !== undefined) continue
        const crossed = many.pieces.filter((piece) => piece.folded && piece.x0 >= tick.x && piece.x0 < tick.x + tick.hex.length * 6)
        expect(crossed, `${tick.hex} at ${px} px a section`).toEqual([])
      }
    }
  })
  it('has no ticks inside folds and stays small at any zoom', () => {
    const deep = layoutAxis(piecesOf([{ start: 0, end: 64 * TiB }], 64 * TiB, new Set()), 24 / 4096)
    const ticks = ticksBetween(deep, 1e11, 1e11 + 1200, 12, 4096)
    expect(ticks.length).toBeGreaterThan(10)
    expect(ticks.length).toBeLessThan(200)
    expect(ticksBetween(layout, 260, 280, 10, 4096)).toEqual([])
  })
})
