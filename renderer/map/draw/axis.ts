/** The head of the map: minimap with the view box, and the address axis with its folds. */
import { exactSize } from '../../ui/format.ts'
import { toX, type AxisLayout } from '../axis.ts'
import type { TrackData } from '../items.ts'
import { fitLabel } from '../labels.ts'
import { patternOf, type Palette } from '../palette.ts'
import { ticksBetween } from '../ticks.ts'
import type { Pen } from './pen.ts'
import { xOf, type Scene } from './scene.ts'

export const HEADER = 74
export const MINI_TOP = 12
export const MINI_BOTTOM = 28
const LABELS = 47

export interface Mini { readonly layout: AxisLayout; readonly data: TrackData }

/** World x of the minimap that the view box covers. */
export function viewBox(mini: AxisLayout, layout: AxisLayout, origin: number, width: number, addressAt: (x: number) => number): { x0: number; x1: number } {
  const x0 = toX(mini, addressAt(origin))
  return { x0, x1: Math.max(x0 + 4, toX(mini, addressAt(Math.min(origin + width, layout.width)))) }
}

export function drawMinimap(scene: Scene, mini: Mini, box: { x0: number; x1: number }, whole: boolean): void {
  const { pen, inset } = scene
  const { palette } = pen
  for (const piece of mini.layout.pieces) {
    if (piece.kind === 'segment') pen.fill(inset + piece.x0, MINI_TOP, inset + piece.x1, MINI_BOTTOM, palette.chrome)
  }
  for (const item of mini.data.get('pages') ?? []) {
    const x0 = inset + toX(mini.layout, item.start)
    const x1 = inset + toX(mini.layout, item.end)
    const pattern = patternOf(item.state)
    const zone = palette.zones[item.zone]
    if (x1 - x0 < 2) pen.fill(x0, MINI_TOP, Math.max(x1, x0 + 1), MINI_BOTTOM, pattern === 'solid' ? zone.fill : pattern === 'light' ? zone.light : palette.neutral10)
    else pen.bar(x0, MINI_TOP, x1, MINI_BOTTOM, pattern === 'hatch' ? 'outline' : pattern, zone)
  }
  for (const piece of mini.layout.pieces) {
    if (!piece.folded) continue
    const x0 = inset + piece.x0
    const x1 = inset + piece.x1
    drawFoldMark(pen, (x0 + x1) / 2, (MINI_TOP + MINI_BOTTOM) / 2, palette)
  }
  if (whole) return
  const x0 = pen.snap(inset + box.x0)
  const x1 = pen.snap(inset + box.x1)
  pen.box(x0 - 1, MINI_TOP - 5, x1 + 1, MINI_BOTTOM + 5, palette.ink1)
  pen.fill(x0 - 2, MINI_TOP, x0 + 1, MINI_BOTTOM, palette.ink1)
  pen.fill(x1 - 1, MINI_TOP, x1 + 2, MINI_BOTTOM, palette.ink1)
  // What the box covers spreads over the axis.
  const { ctx } = pen
  ctx.strokeStyle = palette.lineStrong
  ctx.lineWidth = 1
  ctx.beginPath()
  ctx.moveTo(x0 - 0.5, MINI_BOTTOM + 5)
  ctx.lineTo(inset, LABELS - 8)
  ctx.moveTo(x1 + 0.5, MINI_BOTTOM + 5)
  ctx.lineTo(Math.min(scene.width - inset, inset + scene.layout.width - scene.origin), LABELS - 8)
  ctx.stroke()
}

/** ⫽: here something empty is left out. */
export function drawFoldMark(pen: Pen, x: number, y: number, palette: Palette): void {
  const { ctx } = pen
  ctx.strokeStyle = palette.ink2
  ctx.lineWidth = 1
  ctx.beginPath()
  for (const dx of [-2, 2]) {
    ctx.moveTo(x + dx - 1.5, y + 4)
    ctx.lineTo(x + dx + 1.5, y - 4)
  }
  ctx.stroke()
}

/** Folded gaps as columns through all tracks: tinted, with a hairline at both sides. */
export function drawFolds(scene: Scene, top: number, bottom: number): void {
  const { pen } = scene
  for (const piece of scene.layout.pieces) {
    if (!piece.folded) continue
    const x0 = scene.inset + piece.x0 - scene.origin
    const x1 = scene.inset + piece.x1 - scene.origin
    if (x1 < 0 || x0 > scene.width) continue
    pen.fill(x0, top, x1, bottom, pen.palette.chrome)
    pen.vertical(x0, top, bottom, pen.palette.line)
    pen.vertical(x1 - pen.hair, top, bottom, pen.palette.line)
  }
}

export function drawAxis(scene: Scene): void {
  const { pen } = scene
  const { palette } = pen
  const base = HEADER - 1
  let first = true
  const ticks = ticksBetween(scene.layout, scene.origin - 100, scene.origin + scene.width, scene.digits, scene.sizes.page)
  for (const [i, tick] of ticks.entries()) {
    const x = scene.inset + tick.x - scene.origin
    if (x < -100 || x > scene.width) continue
    pen.vertical(x, base - (tick.major ? 32 : 4), base, tick.major ? palette.lineStrong : palette.neutralEdge)
    // A label is drawn whole or not at all.
    if (!tick.major || tick.endsAt !== undefined || x < -3 || x + tick.hex.length * 6 > scene.width + 4) continue
    pen.text(tick.hex, x + 4, LABELS, { colour: palette.ink1 })
    // The first label says all of it where the next one leaves room.
    const next = ticks.slice(i + 1).find((t) => t.major)
    const human = first && x + 8 + tick.place.length * 6 <= Math.min(next ? xOf(scene, next.address) : Infinity, scene.width) ? tick.place : tick.human
    pen.text(human, x + 4, LABELS + 12, { colour: palette.ink3 })
    first = false
  }
  // A label over a fold takes the place of the fold's mark, where it is in view as a whole.
  const over = ticks.filter((tick) => {
    const end = scene.inset + (tick.endsAt ?? -Infinity) - scene.origin
    return end <= scene.width + 1 && end - tick.hex.length * 6 >= 0
  })
  for (const piece of scene.layout.pieces) {
    if (piece.kind === 'segment') continue
    const x0 = scene.inset + piece.x0 - scene.origin
    const x1 = scene.inset + piece.x1 - scene.origin
    if (x1 < 0 || x0 > scene.width || x1 - x0 < 6) continue
    const middle = (Math.max(x0, 0) + Math.min(x1, scene.width)) / 2
    if (piece.folded) {
      pen.fill(x0, LABELS - 8, x1, base, palette.chrome)
      pen.vertical(x0, LABELS - 8, base, palette.line)
      pen.vertical(x1 - pen.hair, LABELS - 8, base, palette.line)
      if (!over.some((tick) => tick.address === piece.end)) drawFoldMark(pen, middle, LABELS, palette)
      pen.text(exactSize(piece.end - piece.start), middle, LABELS + 12, { colour: palette.ink2, align: 'center', size: 9 })
    } else if (piece.open) {
      const text = fitLabel([`${exactSize(piece.end - piece.start)} unfolded, click to fold`, 'fold'], Math.min(x1, scene.width) - Math.max(x0, 0), 5.4)
      if (text !== undefined) pen.text(text, middle, LABELS - 10, { colour: palette.ink2, align: 'center', size: 9, plate: palette.surface })
    }
  }
  for (const tick of over) pen.text(tick.hex, scene.inset + (tick.endsAt ?? 0) - scene.origin - 1, LABELS, { colour: palette.ink1, align: 'right' })
  pen.horizontal(0, scene.width, base, palette.lineStrong)
  if (scene.selected) {
    const x0 = xOf(scene, scene.selected.start)
    pen.fill(x0, base - 3, Math.max(xOf(scene, scene.selected.end), x0 + 2), base, palette.ink1)
  }
}
