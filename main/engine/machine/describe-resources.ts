/**
 * Entries of /proc/iomem that boot does not make from the memory map: bus windows, devices, the kernel's image, RAM added
 * later. An entry that cannot stand beside the map (its borders cut one of the map's) is left out, with a warning.
 */
import { bootMemoryMap } from '../boot/memory-map.ts'
import { parseCmdline } from '../boot/cmdline.ts'
import { hex } from '../units.ts'
import type { MachineDescription, ResourceDescription } from './description.ts'
import { firmwareTypeOf } from './describe-firmware.ts'

interface Span { readonly start: number; readonly end: number }

export function resourcesOf(machine: MachineDescription, resources: readonly ResourceDescription[], warn: (text: string) => void): ResourceDescription[] {
  if (resources.length === 0) return []
  const placed: Span[] = bootMemoryMap(machine, parseCmdline(machine.cmdline)).map(({ start, end }) => ({ start, end }))
  const map = new Set(placed.map((r) => `${r.start}-${r.end}`))
  const left: string[] = []
  /** Entries of the map are boot's own, unless something else was put around them; what lies in them stands on its own. */
  const keep = (r: ResourceDescription, inside: boolean): ResourceDescription[] => {
    const type = firmwareTypeOf(r.name)
    const derived = type !== undefined && map.has(`${r.start}-${r.end}`)
    const cut = !derived && (r.end > machine.iomemEnd || placed.some((p) => cuts(p, r)) || (type === 'usable' && placed.some((p) => overlaps(p, r))))
    if (cut && type !== 'usable') left.push(`${r.name} ${hex(r.start)}-${hex(r.end - 1)}`)
    if (!derived && !cut) placed.push({ start: r.start, end: r.end })
    const stays = !cut && (!derived || inside)
    const children = (r.children ?? []).flatMap((c) => keep(c, stays))
    if (!stays) return children
    const { children: _, ...own } = r
    return [children.length === 0 ? own : { ...own, children }]
  }
  const kept = resources.flatMap((r) => keep(r, false))
  if (left.length > 0) {
    const more = left.length > 4 ? ` and ${left.length - 4} more` : ''
    warn(`resources that do not fit the memory map are left out: ${left.slice(0, 4).join('; ')}${more}`)
  }
  return kept
}

/** Partly overlapping: neither disjoint nor one inside the other. */
const cuts = (a: Span, b: Span): boolean =>
  overlaps(a, b) && !(a.start <= b.start && a.end >= b.end) && !(b.start <= a.start && b.end >= a.end)
const overlaps = (a: Span, b: Span): boolean => a.start < b.end && a.end > b.start
