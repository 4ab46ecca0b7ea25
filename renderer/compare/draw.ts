/** Both maps and the axis between them, on one canvas: what one side lacks is a dotted ghost, what differs elsewhere has a bar below it. */
import type { DifferingStretch } from '../../preload/contract.ts'
import { drawAxis, drawFolds, HEADER } from '../map/draw/axis.ts'
import { drawRow } from '../map/draw/frame.ts'
import { xOf, type Scene } from '../map/draw/scene.ts'
import { fitLabel } from '../map/labels.ts'
import type { Row } from '../map/rows.ts'
import { ghostsOf, laneSpan } from './ghosts.ts'

/** Where the parts stand on the canvas. */
export interface Places {
  /** Tops of the rows of each side. */
  readonly a: number
  readonly b: number
  readonly rowsHeight: number
  readonly axis: number
  readonly height: number
}
/** The line of a kernel's name above its map, and the axis between the maps. */
export const HEAD = 30
export const AXIS = 40
/** Of the axis drawing, the part below the minimap. */
const AXIS_TOP = HEADER - 36

export const placesOf = (rowsHeight: number): Places => ({
  a: HEAD, b: HEAD + rowsHeight + AXIS + HEAD, rowsHeight, axis: HEAD + rowsHeight, height: 2 * (HEAD + rowsHeight) + AXIS,
})

export interface ComparedScenes {
  readonly a: Scene
  readonly b: Scene
  readonly places: Places
  readonly stretches: readonly DifferingStretch[]
  readonly hoverX: number | undefined
}

export function drawComparison({ a, b, places, stretches, hoverX }: ComparedScenes): void {
  const { pen } = a
  const { ctx, palette } = pen
  ctx.save()
  ctx.setTransform(pen.dpr, 0, 0, pen.dpr, 0, 0)
  ctx.fillStyle = palette.surface
  ctx.fillRect(0, 0, a.width, places.height)
  for (const [scene, other, top] of [[a, b, places.a], [b, a, places.b]] as const) {
    const bottom = top + places.rowsHeight
    ctx.save()
    ctx.beginPath()
    ctx.rect(0, top, scene.width, places.rowsHeight)
    ctx.clip()
    drawFolds(scene, top, bottom)
    if (scene.selected) {
      const x0 = xOf(scene, scene.selected.start)
      pen.fill(x0, top, Math.max(xOf(scene, scene.selected.end), x0 + 1), bottom, palette.selected)
    }
    for (const row of scene.rows) {
      const y = scene.rowsTop + row.y
      if (row.first && row.y > row.pad) pen.horizontal(0, scene.width, y - row.pad - 1, palette.line)
      if (row.collapsed) continue
      if (row.kind === 'node' || row.kind === 'zone') drawGhosts(scene, other, row, y)
      drawRow(scene, row, y)
      if (row.kind === 'node' || row.kind === 'zone') continue
      for (const s of stretches) {
        if (s.track !== row.track && !(row.track === 'sections' && s.track === 'subsections')) continue
        const x0 = xOf(scene, s.start)
        pen.fill(x0, y + row.height + 2, Math.max(xOf(scene, s.end), x0 + 2), y + row.height + 4, palette.ink1)
      }
    }
    ctx.restore()
  }
  drawAxisBetween(a, places)
  if (a.selected) {
    const x0 = xOf(a, a.selected.start)
    const x1 = Math.max(xOf(a, a.selected.end), x0 + 1)
    for (const [top, bottom] of [[places.a, places.axis], [places.b, places.b + places.rowsHeight]] as const) {
      pen.vertical(x0, top, bottom, palette.ink1)
      pen.vertical(x1 - pen.hair, top, bottom, palette.ink1)
    }
  }
  if (hoverX !== undefined) {
    ctx.globalAlpha = 0.45
    pen.vertical(hoverX, places.a, places.height, palette.ink3)
    ctx.globalAlpha = 1
  }
  ctx.restore()
}

/** The axis as it stands above a single map, moved between the two. */
function drawAxisBetween(scene: Scene, places: Places): void {
  const { pen } = scene
  const { ctx } = pen
  ctx.save()
  ctx.beginPath()
  ctx.rect(0, places.axis, scene.width, AXIS)
  ctx.clip()
  pen.fill(0, places.axis, scene.width, places.axis + AXIS, pen.palette.chrome)
  ctx.translate(0, places.axis - AXIS_TOP)
  drawAxis(scene)
  ctx.restore()
  pen.horizontal(0, scene.width, places.axis, pen.palette.lineStrong)
  pen.horizontal(0, scene.width, places.axis + AXIS - pen.hair, pen.palette.lineStrong)
}

function drawGhosts(scene: Scene, other: Scene, row: Row, y: number): void {
  const { pen } = scene
  const { ctx } = pen
  const zone = row.zone ? pen.palette.zones[row.zone].ink : pen.palette.ink3
  for (const ghost of ghostsOf(laneSpan(scene.axis, row), laneSpan(other.axis, row), scene.sizes.page)) {
    const x0 = pen.snap(Math.max(xOf(scene, ghost.start), -20))
    const x1 = pen.snap(Math.min(xOf(scene, ghost.end), scene.width + 20))
    if (x1 <= -20 || x0 >= scene.width + 20) continue
    ctx.save()
    ctx.strokeStyle = zone
    ctx.lineWidth = pen.hair
    ctx.setLineDash([2, 3])
    ctx.strokeRect(x0 + pen.hair / 2, pen.snap(y) + pen.hair / 2, Math.max(1, x1 - x0 - pen.hair), pen.snap(y + row.height) - pen.snap(y) - pen.hair)
    ctx.restore()
    const text = fitLabel([`−${ghost.pages} pfn`, `−${ghost.pages}`], Math.min(x1, scene.width) - Math.max(x0, 0))
    if (text !== undefined) pen.text(text, (Math.max(x0, 0) + Math.min(x1, scene.width)) / 2, y + row.height / 2, { colour: pen.palette.ink1, align: 'center', plate: pen.palette.surface })
  }
}
