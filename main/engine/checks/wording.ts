/** How the checks name what they find. */
import { hex } from '../units.ts'
import type { Zone } from '../state/zone.ts'

export const zoneName = (zone: Zone): string => `zone ${zone.node.id}/${zone.name}`

/** [start, end) in pfns, as text. */
export const pfns = (start: number, end: number): string => (end - start === 1 ? `pfn ${hex(start)}` : `pfns ${hex(start)}-${hex(end)} (${end - start} pages)`)
