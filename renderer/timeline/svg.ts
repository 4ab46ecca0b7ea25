/** Shapes as an SVG file. */
import { FONT } from './paint.ts'
import type { Inks, Shape } from './shapes.ts'

const n = (value: number): string => String(Number(value.toFixed(2)))
const escaped = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')

/** `parts`: shapes with where they stand. */
export function toSvg(parts: readonly { readonly y: number; readonly shapes: readonly Shape[] }[], width: number, height: number, inks: Inks, title: string): string {
  const hatches = new Set<keyof Inks>()
  const path = (points: readonly (readonly [number, number])[]): string => points.map(([x, y], i) => `${i === 0 ? 'M' : 'L'}${n(x)} ${n(y)}`).join('')
  const one = (s: Shape): string => {
    switch (s.is) {
      case 'rect': {
        const at = `x="${n(s.x)}" y="${n(s.y)}" width="${n(s.w)}" height="${n(s.h)}"`
        if (s.hatch) hatches.add(s.hatch)
        return [
          s.fill ? `<rect ${at} fill="${inks[s.fill]}"/>` : '', s.hatch ? `<rect ${at} fill="url(#hatch-${s.hatch})"/>` : '',
          s.edge ? `<rect x="${n(s.x + 0.5)}" y="${n(s.y + 0.5)}" width="${n(Math.max(0, s.w - 1))}" height="${n(Math.max(0, s.h - 1))}" fill="none" stroke="${inks[s.edge]}"/>` : '',
        ].join('')
      }
      case 'line': return `<path d="${path(s.points)}" fill="none" stroke="${inks[s.ink]}" stroke-width="${s.width}"${s.dash ? ' stroke-dasharray="4 3"' : ''}/>`
      case 'area': return `<path d="${path(s.points)}Z" fill="${inks[s.fill]}"/>`
      case 'text': {
        const anchor = s.align === 'right' ? 'end' : s.align === 'center' ? 'middle' : 'start'
        return `<text x="${n(s.x)}" y="${n(s.y)}" fill="${inks[s.ink]}" font-family="${s.mono ? FONT.numbers : FONT.words}" font-size="${s.size ?? 11}"${s.bold ? ' font-weight="600"' : ''} text-anchor="${anchor}">${escaped(s.text)}</text>`
      }
    }
  }
  const body = parts.map((part) => `<g transform="translate(0 ${n(part.y)})">${part.shapes.map(one).join('\n')}</g>`).join('\n')
  const defs = [...hatches].map((ink) => `<pattern id="hatch-${ink}" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(-45)"><line x1="0" y1="0" x2="6" y2="0" stroke="${inks[ink]}" stroke-width="1"/></pattern>`).join('')
  return `<?xml version="1.0" encoding="UTF-8"?>\n<svg xmlns="http://www.w3.org/2000/svg" width="${n(width)}" height="${n(height)}" viewBox="0 0 ${n(width)} ${n(height)}">\n<title>${escaped(title)}</title>\n<defs>${defs}</defs>\n<rect width="100%" height="100%" fill="${inks.surface}"/>\n${body}\n</svg>\n`
}
