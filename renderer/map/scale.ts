/** Zoom: how many CSS pixels a byte takes. Scales snap so that sections, sub-sections and pages are whole pixels wide. */
import { layoutAxis, type Piece } from './axis.ts'

export interface Grains {
  readonly section: number
  readonly subsection: number
  readonly page: number
}

/** Pixels of one page at the deepest zoom. */
export const MAX_PAGE_PX = 24

/** The nearest scale at which the smallest grain that is at least 4 px wide is a whole number of pixels. */
export function snapScale(scale: number, grains: Grains): number {
  for (const grain of [grains.page, grains.subsection, grains.section]) {
    const px = scale * grain
    if (px >= 4) return Math.round(px) / grain
  }
  return scale
}

/** Narrowest and widest scale: the whole folded space in `width` (or a little less), and a page at MAX_PAGE_PX. */
export const maxScale = (grains: Grains): number => MAX_PAGE_PX / grains.page

/**
 * The largest scale at which all pieces fit into `width` pixels. From 4 px a section on it is a whole number of pixels
 * a section, which leaves some of the width empty.
 */
export function fitScale(pieces: readonly Piece[], width: number, grains: Grains): number {
  let low = 0
  let high = maxScale(grains)
  for (let i = 0; i < 80; i++) {
    const middle = low === 0 ? high / 2 ** 20 : Math.sqrt(low * high)
    if (layoutAxis(pieces, middle).width <= width) {
      if (low === middle) break
      low = middle
    } else high = middle
    if (low !== 0 && high / low < 1 + 1e-9) break
    if (high < 1e-24) break
  }
  const fitting = low === 0 ? high : low
  const px = fitting * grains.section
  return px >= 4 && px < 4096 ? Math.floor(px + 1e-6) / grains.section : fitting
}

/** The scale at which `bytes` take `width` pixels, within the limits. */
export function scaleFor(bytes: number, width: number, lowest: number, grains: Grains): number {
  return Math.min(Math.max(width / Math.max(bytes, grains.page), lowest), maxScale(grains))
}
