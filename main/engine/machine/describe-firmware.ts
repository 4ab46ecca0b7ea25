/** The memory map that boot starts from: the firmware's own, or what stands for it in the texts of a running machine. */
import type { FirmwareRange, FirmwareType, ResourceDescription } from './description.ts'
import type { MachineFacts } from './facts.ts'

/** Names that the kernel gives to a memory map's entries in /proc/iomem. */
const TYPES: Readonly<Record<string, FirmwareType>> = {
  'System RAM': 'usable', Reserved: 'reserved', 'ACPI Tables': 'acpi-data', 'ACPI Non-volatile Storage': 'acpi-nvs', 'Unusable memory': 'unusable',
  'Persistent Memory': 'persistent', 'Persistent Memory (legacy)': 'persistent-legacy', 'Soft Reserved': 'soft-reserved',
}
export const firmwareTypeOf = (name: string): FirmwareType | undefined => TYPES[name] ?? TYPES[name.replace(/^reserved$/, 'Reserved')]

/** Whether the map is what the kernel had left after mem= and memmap=, so that boot must not apply them again. */
export const isLimited = (facts: MachineFacts): boolean => !hasFirmware(facts)
const hasFirmware = (facts: MachineFacts): boolean => facts.firmware?.some((r) => r.type === 'usable') ?? false

export function firmwareOf(facts: MachineFacts, pageSize: number, warn: (text: string) => void): readonly FirmwareRange[] {
  if (facts.firmware && hasFirmware(facts)) return facts.firmware
  if (facts.earlyRanges) return joined(facts.earlyRanges.map(({ start, end }) => ({ start, end, type: 'usable' as const })))
  if (facts.resources?.some(hasRam)) return withoutAdded(facts.resources.flatMap(entries), facts)
  if (facts.blocks && facts.blocks.length > 0) {
    warn('RAM is taken from the memory blocks: holes inside a block are not told')
    return joined(facts.blocks.map((b) => ({ start: b.start, end: b.start + b.size, type: 'usable' as const })))
  }
  return spans(facts, pageSize, warn)
}

const hasRam = (r: ResourceDescription): boolean => r.name === 'System RAM' || (r.children ?? []).some(hasRam)

/** Entries of the map: topmost ones of a known name, wherever bus windows put them. What drivers made of their memory is theirs. */
function entries(r: ResourceDescription): FirmwareRange[] {
  const type = firmwareTypeOf(r.name)
  if (type !== undefined) return [{ start: r.start, end: r.end, type }]
  return (r.children ?? []).flatMap(entries).filter((e) => e.type !== 'usable')
}

/**
 * Without what was plainly added at run time: the memory map of boot joins neighbours of a type, so memory that begins where
 * other memory of its type ends came later, and RAM that is offline as a whole never was boot's. RAM stays when the blocks
 * do not say enough to put it back.
 */
function withoutAdded(map: FirmwareRange[], { blocks }: MachineFacts): FirmwareRange[] {
  const added = (r: FirmwareRange): boolean => {
    const later = map.some((o) => o.type === r.type && o.end === r.start)
    if (r.type !== 'usable') return later
    const own = blocks?.filter((b) => b.start < r.end && b.start + b.size > r.start) ?? []
    const whole = own.length > 0 && own.every((b) => b.start >= r.start && b.start + b.size <= r.end)
    return whole && (later || own.every((b) => b.state === 'offline'))
  }
  const left = map.filter((r) => !added(r))
  return left.some((r) => r.type === 'usable') ? left : map
}

/**
 * Only zone spans are known. A span without a hole is RAM; where pages are missing nobody says which, so the hole is put
 * where it does not cut what another zone has: the span's end is kept, as it is what bounds the zone.
 */
function spans(facts: MachineFacts, pageSize: number, warn: (text: string) => void): FirmwareRange[] {
  const zones = (facts.nodes ?? []).flatMap((n) => n.zones.map((z) => ({ node: n.id, ...z })))
  const known = zones.flatMap((z) => (z.startPfn !== undefined && z.spanned && z.present ? [{ name: `node ${z.node}, zone ${z.name}`, start: z.startPfn, end: z.startPfn + z.spanned, present: z.present }] : []))
  // the densest first: what they cover is not free for the holes of the others
  known.sort((a, b) => b.present / (b.end - b.start) - a.present / (a.end - a.start) || a.start - b.start)
  const taken: { start: number; end: number }[] = []
  const holes: string[] = []
  for (const z of known) {
    let missing = z.end - z.start - z.present
    const free = gaps(z.start, z.end, taken)
    missing -= z.end - z.start - free.reduce((sum, g) => sum + g.end - g.start, 0)
    if (missing > 0) holes.push(z.name)
    for (const gap of free.sort((a, b) => a.start - b.start)) {
      const size = gap.end - gap.start
      // the last piece keeps its end; a hole goes to the beginning of the first ones
      const hole = Math.min(Math.max(missing, 0), Math.max(0, size - 1))
      missing -= hole
      if (size - hole > 0) taken.push({ start: gap.start + hole, end: gap.end })
    }
  }
  if (holes.length > 0) warn(`nothing tells where the holes of ${holes.join('; ')} are; each is put at the beginning of its zone`)
  return joined(taken.map((t) => ({ start: t.start * pageSize, end: t.end * pageSize, type: 'usable' as const })))
}

function gaps(start: number, end: number, taken: readonly { start: number; end: number }[]): { start: number; end: number }[] {
  let free = [{ start, end }]
  for (const t of taken) {
    free = free.flatMap((g) => [{ start: g.start, end: Math.min(g.end, t.start) }, { start: Math.max(g.start, t.end), end: g.end }].filter((p) => p.end > p.start))
  }
  return free
}

/** Sorted, with equal neighbours joined. */
function joined(ranges: readonly FirmwareRange[]): FirmwareRange[] {
  const out: FirmwareRange[] = []
  for (const r of [...ranges].sort((a, b) => a.start - b.start)) {
    const last = out.at(-1)
    if (last && last.type === r.type && last.end >= r.start) out[out.length - 1] = { ...last, end: Math.max(last.end, r.end) }
    else out.push(r)
  }
  return out
}
