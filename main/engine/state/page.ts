/**
 * What one struct page says, packed into a small integer so that a range of equal pages is one run.
 *
 *   bits 0-2  state, PAGE.* (kernel-behaviour 2.8)
 *   bit  3    PG_reserved
 *   bits 4-6  zone index
 *   bits 7-   node id
 *
 * In the states absent, garbage and poisoned the remaining bits are 0: such a page says nothing.
 */
import type { PageState } from '../snapshot-types.ts'

export const PAGE = { absent: 0, garbage: 1, poisoned: 2, initialised: 3, online: 4, device: 5, offline: 6 } as const

export const PAGE_STATES: readonly PageState[] = ['absent', 'garbage', 'poisoned', 'initialised', 'online', 'device', 'offline']

const RESERVED = 8

export const packPage = (state: number, node: number, zone: number, reserved: boolean): number =>
  state + (reserved ? RESERVED : 0) + zone * 16 + node * 128

export const pageState = (page: number): number => page & 7
export const pageReserved = (page: number): boolean => (page & RESERVED) !== 0
/** Zone index of an initialised page; meaningless before. */
export const pageZone = (page: number): number => (page >> 4) & 7
/** Node id of an initialised page; meaningless before. */
export const pageNode = (page: number): number => page >> 7
/** True when zone, node and flags mean something. */
export const pageInitialised = (page: number): boolean => (page & 7) >= PAGE.initialised
/** True when page_zone() of an initialised page is that zone of that node. */
export const pageIn = (page: number, node: number, zone: number): boolean => page >> 4 === zone + node * 8 && pageInitialised(page)
