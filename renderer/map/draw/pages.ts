/** Struct pages as runs of equals (no seams: a seam would look like data), and the direct map. */
import { CHAR_PX, fitLabel } from '../labels.ts'
import { patternOf, STATE_WORDS } from '../palette.ts'
import type { Row } from '../rows.ts'
import { extent, xOf, type Scene } from './scene.ts'

export function drawPages(scene: Scene, row: Row, y: number): void {
  const { pen, sizes } = scene
  const bottom = y + row.height
  for (const item of scene.data.get('pages') ?? []) {
    const { x0, x1, seen0, seen1 } = extent(scene, item)
    if (seen1 < -20 || seen0 > scene.width + 20) continue
    const zone = pen.palette.zones[item.zone]
    const pattern = patternOf(item.state)
    pen.bar(x0, y, x1, bottom, pattern, zone)
    if (item.packed) continue
    const ink = pen.inkOn(pattern, zone)
    const word = STATE_WORDS[item.state]
    const width = seen1 - seen0
    const first = fitLabel([word, word.split(',')[0] ?? word], width)
    const middle = (seen0 + seen1) / 2
    const second = row.height >= 36 && item.zone !== 'none' ? fitLabel([item.zone], width) : undefined
    if (first !== undefined) pen.text(first, middle, (y + bottom) / 2 - (second === undefined ? 0 : 7), { ...ink, align: 'center' })
    if (first !== undefined && second !== undefined) pen.text(second, middle, (y + bottom) / 2 + 7, { ...ink, align: 'center' })
    drawSeams(scene, item, y, bottom, ink.colour)
  }
  const pagePx = sizes.page * scene.layout.scale
  if (pagePx >= 6) drawPfns(scene, y, bottom, pagePx)
}

/** Ticks at sub-section edges, and at pages once they are wide enough. */
function drawSeams(scene: Scene, item: { readonly start: number; readonly end: number }, y: number, bottom: number, colour: string): void {
  const { pen, sizes, layout } = scene
  const size = sizes.page * layout.scale >= 4 ? sizes.page : sizes.subsection * layout.scale >= 16 ? sizes.subsection * 16 : 0
  if (size === 0) return
  const from = Math.max(item.start, Math.floor((item.start + 1) / size) * size)
  const seen = (x: number): number => item.start + (x - xOf(scene, item.start)) / layout.scale
  const first = Math.max(Math.ceil((from + 1) / size), Math.ceil(seen(-4) / size))
  const last = Math.min(Math.floor((item.end - 1) / size), Math.floor(seen(scene.width + 4) / size))
  const whole = size === sizes.page
  for (let i = first; i <= last; i++) pen.vertical(xOf(scene, i * size), whole ? y + 1 : bottom - 5, bottom - 1, colour)
}

/** pfns along the bottom of pages, where pages can be told apart. */
function drawPfns(scene: Scene, y: number, bottom: number, pagePx: number): void {
  const { pen, sizes, layout } = scene
  const every = pagePx >= 9 * CHAR_PX ? 1 : 8
  const piece = layout.pieces.find((p) => !p.folded && p.x1 > scene.origin && p.x0 < scene.origin + scene.width)
  if (!piece) return
  const left = piece.start + Math.max(0, scene.origin - scene.inset - piece.x0) / layout.scale
  const pfn = Math.floor(left / sizes.page / every) * every
  for (let i = pfn; xOf(scene, i * sizes.page) < scene.width; i += every) {
    if (i * sizes.page < piece.start) continue
    if (i * sizes.page >= piece.end) break
    pen.text(`0x${i.toString(16)}`, xOf(scene, i * sizes.page) + 4, bottom - 9, { colour: pen.palette.ink1, size: 9, plate: pen.palette.surface })
  }
  void y
}

export function drawDirectMap(scene: Scene, row: Row, y: number): void {
  const { pen } = scene
  for (const item of scene.data.get('directmap') ?? []) {
    const { x0, x1, seen0, seen1 } = extent(scene, item)
    pen.bar(x0, y, x1, y + row.height, 'solid', { fill: pen.palette.neutral10, ink: pen.palette.neutralEdge, light: pen.palette.neutral10, text: pen.palette.ink1 })
    const text = item.packed ? undefined : fitLabel(['mapped'], seen1 - seen0)
    if (text !== undefined) pen.text(text, seen0 + 6, y + row.height / 2, { colour: pen.palette.ink1 })
  }
}
