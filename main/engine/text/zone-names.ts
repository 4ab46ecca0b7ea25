/** The zones in index order, as ZoneName has them. */
import type { ZoneName } from '../machine/description.ts'

export const ZONE_NAMES: readonly ZoneName[] = ['DMA', 'DMA32', 'Normal', 'HighMem', 'Movable', 'Device']
const known: ReadonlySet<string> = new Set(ZONE_NAMES)
export const isZoneName = (text: string): text is ZoneName => known.has(text)
/** Index order: kernel zones first, then Movable and Device. */
export const zoneIndex = (name: ZoneName): number => ZONE_NAMES.indexOf(name)

/** A zone name in any spelling (lsmem writes "Highmem"); undefined when there is no such zone. */
export const zoneNameOf = (text: string): ZoneName | undefined => ZONE_NAMES.find((z) => z.toLowerCase() === text.toLowerCase())
