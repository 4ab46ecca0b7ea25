/** One frame of the map, from back to front. Bars are opaque, so that guides show only between them. */
import { HEADER, drawAxis, drawFolds, drawMinimap, type Mini } from './axis.ts'
import { drawBlocks, drawSections } from './cells.ts'
import { drawPageMaps } from './page-maps.ts'
import { drawDirectMap, drawPages } from './pages.ts'
import { drawResources } from './resources.ts'
import { xOf, type Scene } from './scene.ts'
import { drawFoldedNode, drawSpans } from './spans.ts'
import { TRACK_PAD, type Row } from '../rows.ts'

export interface FrameOptions {
  readonly height: number
  readonly mini: Mini
  readonly box: { readonly x0: number; readonly x1: number }
  /** Everything is in view: the minimap needs no box. */
  readonly whole: boolean
}

export function drawFrame(scene: Scene, options: FrameOptions): void {
  const { pen } = scene
  const { ctx, palette } = pen
  ctx.save()
  ctx.setTransform(pen.dpr, 0, 0, pen.dpr, 0, 0)
  ctx.fillStyle = palette.surface
  ctx.fillRect(0, 0, scene.width, options.height)
  drawMinimap(scene, options.mini, options.box, options.whole)
  drawAxis(scene)

  ctx.beginPath()
  ctx.rect(0, HEADER, scene.width, options.height - HEADER)
  ctx.clip()
  drawFolds(scene, HEADER, options.height)
  if (scene.selected) {
    const x0 = xOf(scene, scene.selected.start)
    const x1 = Math.max(xOf(scene, scene.selected.end), x0 + 1)
    pen.fill(x0, HEADER, x1, options.height, palette.selected)
    pen.vertical(x0, HEADER, options.height, palette.ink1)
    pen.vertical(x1 - pen.hair, HEADER, options.height, palette.ink1)
  }
  for (const row of scene.rows) {
    const y = scene.rowsTop + row.y
    if (row.first && row.y > TRACK_PAD) pen.horizontal(0, scene.width, y - row.pad - 1, palette.line)
    if (y > options.height || y + row.height < HEADER || row.collapsed) continue
    drawRow(scene, row, y)
  }
  ctx.restore()
}

/** One row of the map, its top at `y`. */
export function drawRow(scene: Scene, row: Row, y: number): void {
  switch (row.kind) {
    case 'resources': return drawResources(scene, row, y)
    case 'node': return row.folded ? drawFoldedNode(scene, row, y) : drawSpans(scene, row, y)
    case 'zone': return drawSpans(scene, row, y)
    case 'blocks': return drawBlocks(scene, row, y)
    case 'sections': return drawSections(scene, row, y)
    case 'pages': return drawPages(scene, row, y)
    case 'pagemaps': return drawPageMaps(scene, row, y)
    case 'directmap': return drawDirectMap(scene, row, y)
  }
}
