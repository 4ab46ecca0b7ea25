/** A zone's handles: struct zone of kernel-behaviour 2.2. */
import type { ZoneName } from '../machine/description.ts'
import type { Cell, Lock } from './handles.ts'
import type { Node } from './node.ts'

/** Zone indices with all options of x86-64 on; other architectures leave some empty for ever. */
export const ZONE = { DMA: 0, DMA32: 1, NORMAL: 2, MOVABLE: 3, DEVICE: 4 } as const
export const ZONE_NAMES: readonly ZoneName[] = ['DMA', 'DMA32', 'Normal', 'Movable', 'Device']
export const MAX_NR_ZONES = 5

export interface Zone {
  readonly node: Node
  readonly index: number
  readonly name: ZoneName
  readonly startPfn: Cell
  readonly spanned: Cell
  readonly present: Cell
  readonly presentEarly: Cell
  readonly managed: Cell
  /** 0 or 1 */
  readonly contiguous: Cell
  /** 0 or 1: init_currently_empty_zone has run. */
  readonly initialized: Cell
  readonly nrIsolatePageblock: Cell
  /** Start and span as a pair; has writers until v5.13 only. */
  readonly spanSeqlock: Lock
  /** zone->lock */
  readonly lock: Lock
}

/** A zone as one number, for cells and fields that point at one; 0 is NULL. */
export const zoneId = (node: number, index: number): number => node * 8 + index + 1
export const zoneIdNode = (id: number): number => (id - 1) >> 3
export const zoneIdIndex = (id: number): number => (id - 1) & 7
