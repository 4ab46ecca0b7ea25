/**
 * What one struct page says, packed into a small integer so that a range of equal pages is one run.
 *
 *   bits 0-2    state, PAGE.* (kernel-behaviour 2.8)
 *   bit  3      PG_reserved
 *   bits 4-6    zone index
 *   bits 7-16   node id
 *   bits 17-29  id of the dev_pagemap that page->pgmap points to; 0 for none
 *   bit  30     a device page without a reference: idle ones of some types, those that were released
 *
 * In the states absent, garbage and poisoned the remaining bits are 0: such a page says nothing.
 */
import type { PageState } from '../snapshot-types.ts'

export const PAGE = { absent: 0, garbage: 1, poisoned: 2, initialised: 3, online: 4, device: 5, offline: 6 } as const

export const PAGE_STATES: readonly PageState[] = ['absent', 'garbage', 'poisoned', 'initialised', 'online', 'device', 'offline']

const RESERVED = 8
/** Zone and node together, for comparing. */
const PLACE = 0x1fff
/** Most page maps that can live at once. */
export const MAX_PGMAPS = 2 ** 13 - 1
const UNREFERENCED = 0x40000000

export const packPage = (state: number, node: number, zone: number, reserved: boolean, pgmap = 0, unreferenced = false): number =>
  state + (reserved ? RESERVED : 0) + zone * 16 + node * 128 + pgmap * 0x20000 + (unreferenced ? UNREFERENCED : 0)

export const pageState = (page: number): number => page & 7
export const pageReserved = (page: number): boolean => (page & RESERVED) !== 0
/** Zone index of an initialised page; meaningless before. */
export const pageZone = (page: number): number => (page >> 4) & 7
/** Node id of an initialised page; meaningless before. */
export const pageNode = (page: number): number => (page >> 7) & 1023
/** Zone and node of an initialised page as one number: zone index + 8 * node id. */
export const pagePlace = (page: number): number => (page >> 4) & PLACE
/** Id of the page map that the page points to, which may be gone by now; 0 for none. */
export const pagePgmap = (page: number): number => (page >> 17) & MAX_PGMAPS
/** page_ref_count() of a page that nobody uses: 1 when initialised, 0 for private and coherent device pages. */
export const pageIdleRefs = (page: number): number => (page & UNREFERENCED ? 0 : 1)
/** The page after its last reference was dropped, if it is a device page. */
export const withoutReference = (page: number): number => ((page & 7) === PAGE.device ? page | UNREFERENCED : page)
/** True when zone, node and flags mean something. */
export const pageInitialised = (page: number): boolean => (page & 7) >= PAGE.initialised
/** True when page_zone() of an initialised page is that zone of that node. */
export const pageIn = (page: number, node: number, zone: number): boolean => pagePlace(page) === zone + node * 8 && pageInitialised(page)
