/** Struct pages as runs of equals (no seams: a seam would look like data), and the direct map. */
import { CHAR_PX, fitLabel } from '../labels.ts'
import { patternOf, STATE_WORDS } from '../palette.ts'
import type { Row } from '../rows.ts'
import { extent, xOf, type Scene } from './scene.ts'

/** Height of the line of pfns below the bars, where pages can be told apart. */
const PFN_LINE = 14

export function drawPages(scene: Scene, row: Row, y: number): void {
  const { pen, sizes } = scene
  const pagePx = sizes.page * scene.layout.scale
  const apart = pagePx >= 6
  const bottom = y + row.height - (apart ? PFN_LINE : 0)
  for (const item of scene.data.get('pages') ?? []) {
    const { x0, x1, seen0, seen1 } = extent(scene, item)
    if (seen1 < -20 || seen0 > scene.width + 20) continue
    const zone = pen.palette.zones[item.zone]
    const pattern = patternOf(item.state)
    pen.bar(x0, y, x1, bottom, pattern, zone)
    if (item.packed) continue
    const ink = pen.inkOn(pattern, zone)
    drawSeams(scene, item, y, bottom, apart ? pen.palette.surface : ink.colour)
    const plate = ink.plate ?? (apart && pattern === 'solid' ? zone.fill : apart ? zone.light : undefined)
    const word = item.label === '' ? STATE_WORDS[item.state] : item.label
    const width = seen1 - seen0
    const first = fitLabel([word, word.split(' · ')[0] ?? word], width)
    const middle = (seen0 + seen1) / 2
    const second = row.height >= 36 && item.zone !== 'none' ? fitLabel([item.zone], width) : undefined
    if (first !== undefined) pen.text(first, middle, (y + bottom) / 2 - (second === undefined ? 0 : 7), { colour: ink.colour, plate, align: 'center' })
    if (first !== undefined && second !== undefined) pen.text(second, middle, (y + bottom) / 2 + 7, { colour: ink.colour, plate, align: 'center' })
  }
  if (apart) drawPfns(scene, bottom, pagePx)
}

/** Seams of pages once they are wide enough, else ticks where every sixteenth sub-section starts. */
function drawSeams(scene: Scene, item: { readonly start: number; readonly end: number }, y: number, bottom: number, colour: string): void {
  const { pen, sizes, layout } = scene
  const pages = sizes.page * layout.scale >= 4
  const size = pages ? sizes.page : sizes.subsection * layout.scale >= 3 ? sizes.subsection * 16 : 0
  if (size === 0) return
  const seen = (x: number): number => item.start + (x - xOf(scene, item.start)) / layout.scale
  const first = Math.ceil(Math.max(item.start + 1, seen(-4)) / size)
  const last = Math.floor(Math.min(item.end - 1, seen(scene.width + 4)) / size)
  for (let i = first; i <= last; i++) pen.vertical(xOf(scene, i * size), pages ? y + 1 : bottom - 4, bottom - 1, colour)
}

/** Every eighth pfn below the bars, or every one where it fits. */
function drawPfns(scene: Scene, y: number, pagePx: number): void {
  const { pen, sizes, layout } = scene
  const every = pagePx >= 9 * CHAR_PX ? 1 : pagePx * 8 >= 9 * CHAR_PX ? 8 : 16
  for (const piece of layout.pieces) {
    if (piece.folded || piece.x1 < scene.origin || piece.x0 > scene.origin + scene.width) continue
    const left = Math.max(piece.start, piece.start + (scene.origin - scene.inset - piece.x0) / layout.scale)
    for (let pfn = Math.ceil(left / sizes.page / every) * every; pfn * sizes.page < piece.end; pfn += every) {
      const x = xOf(scene, pfn * sizes.page)
      if (x > scene.width - 40) break
      pen.vertical(x, y, y + PFN_LINE - 2, pen.palette.neutralEdge)
      pen.text(`0x${pfn.toString(16)}`, x + 4, y + PFN_LINE / 2, { colour: pen.palette.ink3, size: 9 })
    }
  }
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
