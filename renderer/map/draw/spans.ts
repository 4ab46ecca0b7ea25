/** Nodes and zones: the span as an outline, what is present as a fill 3 px inside it, holes named. */
import type { DrawItem } from '../items.ts'
import { CHAR_PX, fitLabel, sizeForms } from '../labels.ts'
import { exactSize } from '../../ui/format.ts'
import type { Row } from '../rows.ts'
import type { ZoneColours } from '../palette.ts'
import { edgeAfter, extent, xOf, type Scene } from './scene.ts'

export function drawSpans(scene: Scene, row: Row, y: number): void {
  const { pen } = scene
  const items = (scene.data.get(row.track) ?? []).filter((item) => item.lane === row.lane)
  const spans = items.filter((item) => item.state === 'span')
  const filled = items.filter((item) => item.state !== 'span').sort((a, b) => a.start - b.start)
  const zone: ZoneColours = row.kind === 'node'
    ? { fill: pen.palette.neutral20, ink: pen.palette.neutralEdge, light: pen.palette.neutral10, text: pen.palette.ink1 }
    : pen.palette.zones[row.zone ?? 'none']
  const seen = items.some((item) => xOf(scene, item.end) > 0 && xOf(scene, item.start) < scene.width)
  if (!seen) drawWhereabouts(scene, row, y)
  for (const span of spans) drawSpan(scene, row, y, span, filled.filter((item) => item.end > span.start && item.start < span.end), zone)
}

/** A node whose zones have no lanes: its span, and in it what its zones have present, in their colours, and the pages of devices. */
export function drawFoldedNode(scene: Scene, row: Row, y: number): void {
  const { pen } = scene
  const bottom = y + row.height
  const span = (scene.data.get('nodes') ?? []).filter((item) => item.lane === row.lane && item.state === 'span')
  if (!span.some((item) => xOf(scene, item.end) > 0 && xOf(scene, item.start) < scene.width)) drawWhereabouts(scene, row, y)
  for (const item of span) {
    const { x0, x1 } = extent(scene, item)
    pen.fill(x0, y, Math.max(x1, x0 + 1), bottom, x1 - x0 < 3 ? pen.palette.ink3 : pen.palette.surface)
    if (x1 - x0 >= 3) pen.box(x0, y, x1, bottom, pen.palette.ink3)
  }
  const inset = row.height >= 12 ? 2 : 1
  const lanes = scene.axis.lanes.flatMap((lane, i) => (lane.node === row.node ? [i] : []))
  for (const item of scene.data.get('zones') ?? []) {
    if (!lanes.includes(item.lane) || item.state === 'span') continue
    const { x0, x1 } = extent(scene, item)
    pen.bar(x0, y + inset, x1, bottom - inset, item.state === 'device' ? 'light' : 'solid', pen.palette.zones[item.zone])
  }
}

/** A small arrow at the edge beyond which the span lies. */
function drawWhereabouts(scene: Scene, row: Row, y: number): void {
  const { pen } = scene
  const lane = row.kind === 'zone' ? scene.axis.lanes[row.lane] : scene.axis.nodes[row.lane]
  if (!lane || lane.spanned === 0) return
  const left = xOf(scene, lane.startPfn * scene.sizes.page) < 0
  const x = left ? 5 : scene.width - 5
  const middle = y + row.height / 2
  const { ctx } = pen
  ctx.fillStyle = row.kind === 'zone' ? pen.palette.zones[row.zone ?? 'none'].ink : pen.palette.neutralEdge
  ctx.beginPath()
  ctx.moveTo(x, middle)
  ctx.lineTo(x + (left ? 5 : -5), middle - 3.5)
  ctx.lineTo(x + (left ? 5 : -5), middle + 3.5)
  ctx.fill()
}

/** What the zone itself counts; a label never says anything else. */
function countedBytes(scene: Scene, row: Row): { spanned: number; present: number } {
  const lane = row.kind === 'zone' ? scene.axis.lanes[row.lane] : scene.axis.nodes[row.lane]
  return { spanned: (lane?.spanned ?? 0) * scene.sizes.page, present: (lane?.present ?? 0) * scene.sizes.page }
}

function drawSpan(scene: Scene, row: Row, y: number, span: DrawItem, present: readonly DrawItem[], zone: ZoneColours): void {
  const { pen } = scene
  const { x0, x1, seen0, seen1 } = extent(scene, span)
  if (x1 < -20 || x0 > scene.width + 20) return
  const bottom = y + row.height
  const middle = (y + bottom) / 2
  const zoned = row.kind === 'zone'
  const counted = countedBytes(scene, row)
  const edge = zoned ? zone.ink : pen.palette.ink3
  if (x1 - x0 < 3) pen.fill(x0, y, Math.max(x1, x0 + 1), bottom, edge)
  else {
    pen.fill(x0, y, x1, bottom, pen.palette.surface)
    pen.box(x0, y, x1, bottom, edge)
  }
  const inset = row.height >= 24 ? 3 : 2
  const roomy = x1 - x0 >= 12
  let labelled = false
  let holeFrom = span.start
  const hole = (to: number): void => {
    const a = Math.max(xOf(scene, holeFrom), 0)
    const b = Math.min(xOf(scene, to), scene.width)
    const exact = holeFrom >= scene.known.start && to <= scene.known.end ? [`hole ${(to - holeFrom) / scene.sizes.page} pfn`] : []
    const words = row.zone === 'Device' ? ['spanned only', 'spanned'] : [...exact, 'hole']
    const text = span.packed || !zoned ? undefined : fitLabel(words, b - a)
    if (text !== undefined) pen.text(text, (a + b) / 2, middle, { colour: zone.ink, align: 'center' })
    labelled ||= text !== undefined
  }
  for (const item of present) {
    const e = extent(scene, item)
    if (item.start > holeFrom && e.x0 - xOf(scene, holeFrom) > 1) hole(item.start)
    holeFrom = Math.max(holeFrom, item.end)
    const a = roomy ? Math.max(e.x0, x0 + inset) : e.x0
    const b = roomy ? Math.min(e.x1, x1 - inset) : e.x1
    if (!roomy && x1 - x0 < 3) continue
    pen.bar(a, y + inset, Math.max(b, a + 1), bottom - inset, item.state === 'present' ? 'solid' : 'light', zone)
    if (item.packed || !zoned) continue
    const inside = Math.min(item.end, span.end) - Math.max(item.start, span.start)
    const whole = item.start <= span.start && item.end >= span.end
    const device = item.state === 'device'
    const forms = device ? [`${exactSize(inside)}, present 0`, ...sizeForms(inside)] : sizeForms(whole ? counted.present : inside, 'present')
    const text = fitLabel(item.cut ? [device ? 'present 0' : 'present'] : forms, Math.min(b, scene.width) - Math.max(a, 0))
    if (text !== undefined) pen.text(text, (Math.max(a, 0) + Math.min(b, scene.width)) / 2, middle, { colour: device ? pen.palette.ink1 : zone.text, align: 'center' })
    labelled ||= text !== undefined
  }
  if (present.length > 0 && span.end > holeFrom && x1 - xOf(scene, holeFrom) > 1) hole(span.end)
  if (!zoned || span.packed || present.some((item) => item.packed)) return
  if (present.length === 0) {
    // Here is nothing; whether elsewhere is, the zone's own count says.
    const none = counted.present === 0 && span.start >= scene.known.start && span.end <= scene.known.end
    const text = fitLabel(counted.present > 0 ? ['hole'] : [...(none ? ['spanned only, present 0'] : []), 'spanned only', 'spanned'], seen1 - seen0)
    if (text !== undefined) pen.text(text, (seen0 + seen1) / 2, middle, { colour: zone.ink, align: 'center' })
    labelled ||= text !== undefined
  }
  // A zone too small for a label says what it is beside it; nothing else lives in its lane.
  if (!labelled && x1 - x0 < 48 && x1 > 0) {
    const holes = counted.spanned - counted.present
    const size = exactSize(counted.present)
    const at = Math.max(x1, x0 + 1) + 8
    // It stays on its side of a fold.
    const room = Math.min(edgeAfter(scene, at), scene.width) - at
    const text = row.zone === 'Device' ? [`${exactSize(counted.spanned)} spanned, present 0`, 'present 0'].find((form) => form.length * CHAR_PX <= room) : [`${size} present${holes > 0 ? `, ${exactSize(holes)} holes` : ''}`, `${size} present`, size].find((form) => form.length * CHAR_PX <= room)
    if (text !== undefined) pen.text(text, at, middle, { colour: pen.palette.ink3 })
  }
}
