/** Strokes of the map: rectangles on whole device pixels, patterns, text. Knows nothing of memory. */
import type { Palette, Pattern, ZoneColours } from '../palette.ts'

/** 5 px between lines, measured across them. */
const PITCH = 7
const patterns = new Map<string, CanvasPattern>()

/** A tile that repeats over the whole canvas: filling with it costs what filling with a colour does. */
function hatchPattern(ctx: CanvasRenderingContext2D, colour: string, cross: boolean, dpr: number): CanvasPattern | undefined {
  const key = `${colour} ${cross} ${dpr}`
  const known = patterns.get(key)
  if (known) return known
  const size = Math.round(PITCH * dpr)
  const tile = new OffscreenCanvas(size, size)
  const pen = tile.getContext('2d')
  if (!pen) return undefined
  pen.scale(size / PITCH, size / PITCH)
  pen.strokeStyle = colour
  pen.lineWidth = 1
  pen.beginPath()
  for (const at of [0, PITCH, 2 * PITCH]) {
    pen.moveTo(at + 1, -1)
    pen.lineTo(at - PITCH - 1, PITCH + 1)
  }
  for (const at of cross ? [-PITCH, 0, PITCH] : []) {
    pen.moveTo(at - 1, -1)
    pen.lineTo(at + PITCH + 1, PITCH + 1)
  }
  pen.stroke()
  const pattern = ctx.createPattern(tile, 'repeat')
  if (!pattern) return undefined
  pattern.setTransform(new DOMMatrix().scaleSelf(PITCH / size))
  patterns.set(key, pattern)
  return pattern
}

export interface TextOptions {
  readonly colour: string
  readonly size?: 9 | 10
  readonly align?: 'left' | 'center' | 'right'
  /** Colour behind the text, where it stands on a pattern or a seam. */
  readonly plate?: string | undefined
  readonly bold?: boolean
}

export class Pen {
  constructor(
    readonly ctx: CanvasRenderingContext2D,
    readonly palette: Palette,
    readonly dpr: number,
    /** Nothing is drawn left of 0 or right of this. */
    readonly width: number,
    private readonly font: string,
  ) {}

  /** The nearest whole device pixel. */
  snap(v: number): number {
    return Math.round(v * this.dpr) / this.dpr
  }
  /** One line of the map, on whole device pixels. */
  get hair(): number {
    return Math.max(1, Math.round(this.dpr)) / this.dpr
  }
  private clamp(x: number): number {
    return Math.min(Math.max(this.snap(x), -20), this.width + 20)
  }

  fill(x0: number, y0: number, x1: number, y1: number, colour: string): void {
    const a = this.clamp(x0)
    const b = this.clamp(x1)
    if (b <= a) return
    this.ctx.fillStyle = colour
    this.ctx.fillRect(a, this.snap(y0), b - a, this.snap(y1) - this.snap(y0))
  }
  vertical(x: number, y0: number, y1: number, colour: string, width = this.hair): void {
    const a = this.snap(x)
    if (a < -20 || a > this.width + 20) return
    this.ctx.fillStyle = colour
    this.ctx.fillRect(a, this.snap(y0), width, this.snap(y1) - this.snap(y0))
  }
  horizontal(x0: number, x1: number, y: number, colour: string, width = this.hair): void {
    const a = this.clamp(x0)
    this.ctx.fillStyle = colour
    this.ctx.fillRect(a, this.snap(y), this.clamp(x1) - a, width)
  }
  /** A rectangle's edge, inside it. Ends outside the view have none, because they are drawn outside it. */
  box(x0: number, y0: number, x1: number, y1: number, colour: string, width = this.hair): void {
    const a = this.clamp(x0)
    const b = Math.max(this.clamp(x1), a + width)
    const top = this.snap(y0)
    const bottom = this.snap(y1)
    this.ctx.fillStyle = colour
    this.ctx.fillRect(a, top, b - a, width)
    this.ctx.fillRect(a, bottom - width, b - a, width)
    this.ctx.fillRect(a, top, width, bottom - top)
    this.ctx.fillRect(b - width, top, width, bottom - top)
  }
  dashedBox(x0: number, y0: number, x1: number, y1: number, colour: string): void {
    const a = this.clamp(x0)
    const b = this.clamp(x1)
    const { ctx, hair } = this
    ctx.save()
    ctx.strokeStyle = colour
    ctx.lineWidth = hair
    ctx.setLineDash([3, 2])
    ctx.strokeRect(a + hair / 2, this.snap(y0) + hair / 2, b - a - hair, this.snap(y1) - this.snap(y0) - hair)
    ctx.restore()
  }
  /** Lines at 45°, 5 px apart; their phase is that of the canvas, so that neighbours continue. */
  hatch(x0: number, y0: number, x1: number, y1: number, colour: string, cross: boolean): void {
    const a = this.clamp(x0)
    const b = this.clamp(x1)
    if (b <= a) return
    const { ctx } = this
    const pattern = hatchPattern(ctx, colour, cross, this.dpr)
    if (!pattern) return
    ctx.fillStyle = pattern
    ctx.fillRect(a, this.snap(y0), b - a, this.snap(y1) - this.snap(y0))
  }

  /** A bar in a pattern with its edge. Thinner than 2 px it is one line in the edge's colour. */
  bar(x0: number, y0: number, x1: number, y1: number, pattern: Pattern, zone: ZoneColours): void {
    if (pattern === 'nothing') return
    if (x1 - x0 < 2) {
      this.fill(x0, y0, Math.max(x1, x0 + this.hair), y1, zone.ink)
      return
    }
    const { palette } = this
    switch (pattern) {
      case 'solid':
        this.fill(x0, y0, x1, y1, zone.fill)
        break
      case 'light':
        this.fill(x0, y0, x1, y1, zone.light)
        break
      case 'cross':
        this.fill(x0, y0, x1, y1, zone.light)
        this.hatch(x0, y0, x1, y1, zone.ink, true)
        break
      case 'hatch':
        this.fill(x0, y0, x1, y1, palette.surface)
        this.hatch(x0, y0, x1, y1, palette.ink3, false)
        break
      case 'outline':
        this.fill(x0, y0, x1, y1, palette.surface)
        break
      case 'dashed':
        this.fill(x0, y0, x1, y1, palette.surface)
        return this.dashedBox(x0, y0, x1, y1, palette.neutralEdge)
    }
    this.box(x0, y0, x1, y1, pattern === 'hatch' ? palette.neutralEdge : zone.ink)
  }
  /** Text colour on a bar, and the plate it needs. */
  inkOn(pattern: Pattern, zone: ZoneColours): { colour: string; plate?: string } {
    switch (pattern) {
      case 'solid': return { colour: zone.text }
      case 'hatch': return { colour: this.palette.ink1, plate: this.palette.surface }
      case 'cross': return { colour: this.palette.ink1, plate: zone.light }
      default: return { colour: this.palette.ink1 }
    }
  }

  /** One line of map text, its middle at `y`. */
  text(text: string, x: number, y: number, options: TextOptions): void {
    const { ctx } = this
    const size = options.size ?? 10
    const align = options.align ?? 'left'
    ctx.font = `${options.bold ? 600 : 400} ${size}px ${this.font}`
    const width = text.length * size * 0.6
    const left = align === 'left' ? x : align === 'center' ? x - width / 2 : x - width
    if (options.plate !== undefined) this.fill(left - 3, y - 7, left + width + 3, y + 7, options.plate)
    ctx.fillStyle = options.colour
    ctx.textAlign = 'left'
    ctx.textBaseline = 'alphabetic'
    ctx.fillText(text, this.snap(left), this.snap(y + size * 0.35))
  }
}
