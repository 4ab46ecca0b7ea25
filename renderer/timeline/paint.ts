/** Shapes on a canvas. */
import { readPalette } from '../map/palette.ts'
import type { Inks, Shape } from './shapes.ts'

export function inksOf(element: Element): Inks {
  const p = readPalette(element)
  const { Device, Normal } = p.zones
  return {
    surface: p.surface, chrome: p.chrome, line: p.line, lineStrong: p.lineStrong, ink1: p.ink1, ink2: p.ink2, ink3: p.ink3,
    neutral: p.neutral20, neutralLight: p.neutral10, mark: p.mark,
    device: Device.fill, deviceLight: Device.light, deviceInk: Device.ink, deviceText: Device.text,
    ram: Normal.fill, ramLight: Normal.light, ramInk: Normal.ink, ramText: Normal.text,
  }
}

const HATCH = 6

/** Fonts of the window; SVG files name what stands in for them elsewhere, too. */
export const FONT = { words: "'Inter Variable', system-ui, sans-serif", numbers: "'JetBrains Mono Variable', ui-monospace, 'DejaVu Sans Mono', monospace" } as const

export function paint(ctx: CanvasRenderingContext2D, shapes: readonly Shape[], inks: Inks): void {
  for (const s of shapes) {
    switch (s.is) {
      case 'rect':
        if (s.fill) {
          ctx.fillStyle = inks[s.fill]
          ctx.fillRect(s.x, s.y, s.w, s.h)
        }
        if (s.hatch) hatch(ctx, s.x, s.y, s.w, s.h, inks[s.hatch])
        if (s.edge) {
          ctx.strokeStyle = inks[s.edge]
          ctx.lineWidth = 1
          ctx.setLineDash([])
          ctx.strokeRect(s.x + 0.5, s.y + 0.5, Math.max(0, s.w - 1), Math.max(0, s.h - 1))
        }
        break
      case 'line':
        ctx.strokeStyle = inks[s.ink]
        ctx.lineWidth = s.width
        ctx.setLineDash(s.dash ? [4, 3] : [])
        ctx.beginPath()
        s.points.forEach(([x, y], i) => (i === 0 ? ctx.moveTo(x, y) : ctx.lineTo(x, y)))
        ctx.stroke()
        break
      case 'area':
        ctx.fillStyle = inks[s.fill]
        ctx.beginPath()
        s.points.forEach(([x, y], i) => (i === 0 ? ctx.moveTo(x, y) : ctx.lineTo(x, y)))
        ctx.fill()
        break
      case 'text':
        ctx.fillStyle = inks[s.ink]
        ctx.font = `${s.bold ? 600 : 400} ${s.size ?? 11}px ${s.mono ? FONT.numbers : FONT.words}`
        ctx.textAlign = s.align ?? 'left'
        ctx.fillText(s.text, s.x, s.y)
    }
  }
}

/** Diagonal lines that go through neighbouring rectangles without a break. */
function hatch(ctx: CanvasRenderingContext2D, x: number, y: number, w: number, h: number, colour: string): void {
  ctx.save()
  ctx.beginPath()
  ctx.rect(x, y, w, h)
  ctx.clip()
  ctx.strokeStyle = colour
  ctx.lineWidth = 1
  ctx.setLineDash([])
  ctx.beginPath()
  for (let d = Math.floor((x - h) / HATCH) * HATCH; d < x + w + h; d += HATCH) {
    ctx.moveTo(d, y + h)
    ctx.lineTo(d + h, y)
  }
  ctx.stroke()
  ctx.restore()
}
