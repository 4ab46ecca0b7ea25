/** The page size, from texts that tell the same end of memory once in pages and once in bytes. */
import type { ParsedTexts } from './parsed-texts.ts'
import type { ResourceDescription } from './description.ts'

const SHIFTS = [12, 16, 14, 13]

/** Undefined when nothing tells, or more than one page size would fit. */
export function pageShiftFrom(parsed: ParsedTexts): number | undefined {
  const ends = parsed.zoneinfo
    .flatMap((t) => t.nodes.flatMap((n) => n.zones))
    .flatMap((z) => (z.startPfn !== undefined && z.present !== undefined && z.present > 0 && z.spanned !== undefined ? [z.startPfn + z.spanned] : []))
  const bytes = memoryEnd(parsed)
  if (ends.length === 0 || bytes === undefined) return undefined
  const end = Math.max(...ends)
  // the last block or range may end in a hole that the zone does not span
  const fits = SHIFTS.filter((s) => end * 2 ** s <= bytes.end && end * 2 ** s > bytes.start)
  return fits.length === 1 ? fits[0] : undefined
}

/** The last memory that is online as blocks or iomem tell it: its start and its end. */
function memoryEnd(parsed: ParsedTexts): { start: number; end: number } | undefined {
  const last: { start: number; end: number }[] = []
  for (const t of parsed.lsmem) {
    for (const r of t.rows) {
      const size = t.blockSize ?? 0
      const end = r.end ?? ((r.blocks?.at(-1)?.last ?? -1) + 1) * size
      if (r.state !== 'offline' && end > 0) last.push({ start: end - (size || end - (r.start ?? 0)), end })
    }
  }
  for (const t of parsed.blocks) {
    const size = t.blockSize
    if (size !== undefined) for (const b of t.blocks) if (b.state !== 'offline') last.push({ start: b.block * size, end: (b.block + 1) * size })
  }
  if (last.length === 0) for (const t of parsed.iomem) last.push(...systemRam(t.resources ?? []))
  return last.reduce<{ start: number; end: number } | undefined>((top, r) => (top && top.end >= r.end ? top : r), undefined)
}

export const systemRam = (resources: readonly ResourceDescription[]): { start: number; end: number }[] =>
  resources.flatMap((r) => (r.name.startsWith('System RAM') ? [{ start: r.start, end: r.end }] : systemRam(r.children ?? [])))
