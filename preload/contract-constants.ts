/** The contract's values that a window needs at run time. They stand apart from the schemas, so that a page carries no schema library. */
import type { MapState, ZoneKey } from './contract.ts'

/** Bumped when a request or reply changes its meaning; both sides compare it in `hello`. */
export const PROTOCOL = 1

/** Bits 0-2 of a packed cell index this list; see TrackColumns. */
export const ZONE_KEYS: readonly ZoneKey[] = ['none', 'DMA', 'DMA32', 'Normal', 'HighMem', 'Movable', 'Device', 'several']
/** Bit 4+i of a packed cell says that state i occurs in its column; see TrackColumns. */
export const MAP_STATES: readonly MapState[] = [
  'none', 'span', 'present', 'online', 'offline', 'initialised', 'reserved', 'poisoned', 'garbage', 'device', 'altmap', 'mapped', 'busy', 'free', 'going-offline',
]
