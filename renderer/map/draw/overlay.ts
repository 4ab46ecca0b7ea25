/** What lies over the map and moves without it: hover guide, ring on the selected thing, dragged range, flashes. */
import type { Selection } from '../../../preload/contract.ts'
import type { ChangedStretch } from '../changes.ts'
import { ringTrack, type Sizes } from '../hit.ts'
import { LEVEL, LEVEL_GAP, type Row } from '../rows.ts'
import { HEADER } from './axis.ts'
import { xOf, type Scene } from './scene.ts'

export interface Overlay {
  readonly height: number
  readonly hoverX: number | undefined
  readonly selection: Selection
  readonly drag: { readonly start: number; readonly end: number } | undefined
  /** Stretches that changed, and how much of their flash is left (1 to 0). */
  readonly flash: readonly ChangedStretch[]
  readonly glow: number
  /** The thing that has the keyboard focus in the DOM twin. */
  readonly focus: { readonly row: Row; readonly start: number; readonly end: number; readonly lane: number } | undefined
}

export function drawOverlay(scene: Scene, overlay: Overlay): void {
  const { pen } = scene
  const { ctx, palette } = pen
  ctx.save()
  ctx.setTransform(pen.dpr, 0, 0, pen.dpr, 0, 0)
  ctx.clearRect(0, 0, scene.width, overlay.height)
  ctx.beginPath()
  ctx.rect(0, HEADER - 3, scene.width, overlay.height)
  ctx.clip()
  if (overlay.glow > 0) {
    ctx.globalAlpha = overlay.glow
    for (const part of overlay.flash) {
      const row = scene.rows.find((r) => r.track === part.track && (r.lane === part.lane || r.kind === 'resources'))
      if (!row || row.collapsed) continue
      const { top, bottom } = bandOf(scene, row, part.lane)
      pen.fill(xOf(scene, part.start), top, Math.max(xOf(scene, part.end), xOf(scene, part.start) + 2), bottom, palette.flash)
    }
    ctx.globalAlpha = 1
  }
  const ringed = ringOf(scene, overlay.selection, scene.sizes)
  if (ringed) {
    const { top, bottom } = bandOf(scene, ringed.row, ringed.lane)
    const x1 = xOf(scene, ringed.end)
    const x0 = xOf(scene, ringed.start)
    pen.box(x0 - 1, top - 1, Math.max(x1, x0 + 2) + (ringed.row.kind === 'blocks' ? 0 : 1), bottom + 1, palette.ink1, 2)
  }
  if (overlay.focus) {
    const { top, bottom } = bandOf(scene, overlay.focus.row, overlay.focus.lane)
    pen.dashedBox(xOf(scene, overlay.focus.start) - 3, top - 3, xOf(scene, overlay.focus.end) + 3, bottom + 3, palette.ink1)
  }
  if (overlay.drag) {
    const x0 = xOf(scene, overlay.drag.start)
    const x1 = xOf(scene, overlay.drag.end)
    pen.fill(x0, HEADER, x1, overlay.height, palette.selected)
    pen.vertical(x0, HEADER, overlay.height, palette.ink1)
    pen.vertical(x1 - pen.hair, HEADER, overlay.height, palette.ink1)
  }
  if (overlay.hoverX !== undefined) {
    ctx.globalAlpha = 0.45
    pen.vertical(overlay.hoverX, HEADER - 3, overlay.height, palette.ink3)
    ctx.globalAlpha = 1
  }
  ctx.restore()
}

function bandOf(scene: Scene, row: Row, lane: number): { top: number; bottom: number } {
  const y = scene.rowsTop + row.y
  if (row.kind === 'resources') return { top: y + lane * (LEVEL + LEVEL_GAP), bottom: y + lane * (LEVEL + LEVEL_GAP) + LEVEL }
  return { top: y, bottom: y + row.height }
}

function ringOf(scene: Scene, selection: Selection, sizes: Sizes): { row: Row; start: number; end: number; lane: number } | undefined {
  const track = ringTrack(selection)
  const range = scene.selected
  if (track === undefined || !range) return undefined
  const wide = selection.kind === 'subsection' ? sizes.subsection * scene.layout.scale >= 3 : true
  const row = scene.rows.find((r) => {
    if (r.collapsed) return false
    if (selection.kind === 'zone' && r.folded) return r.node === selection.node
    if (selection.kind === 'zone') return r.kind === 'zone' && r.node === selection.node && r.zone === selection.zone
    if (selection.kind === 'node') return r.kind === 'node' && r.node === selection.node
    return r.track === (track === 'subsections' ? 'sections' : track)
  })
  if (!row || !wide) return undefined
  const lane = selection.kind === 'resource'
    ? scene.data.get('resources')?.find((i) => i.start === selection.start && i.end === selection.end && i.label === selection.name)?.lane
    : row.lane
  return lane === undefined ? undefined : { row, ...range, lane }
}
