/** Tests of struct pages by pfn, as pure functions of what section and page say. mm/memory_hotplug.c, include/linux/mmzone.h, v6.1. */
import type { Predicate } from '../executors/step.ts'
import { pageIn } from '../state/page.ts'
import { SECTION } from '../state/section.ts'
import type { Zone } from '../state/zone.ts'

/**
 * pfn_to_online_page() finds a page: the section is online and the sub-section bit is set. (In a section tainted by
 * device memory a live page map would hide the page as well; no page maps are modelled yet.) v5.12+.
 */
export const pfnToOnlinePage = (sectionFlags: number, subsectionBit: number): boolean =>
  (sectionFlags & SECTION.online) !== 0 && subsectionBit !== 0

/** pfn_valid(): the section has a memmap, and it is early or the sub-section bit is set. v5.3+. */
export const pfnValid = (sectionFlags: number, subsectionBit: number): boolean =>
  (sectionFlags & SECTION.valid) !== 0 && ((sectionFlags & SECTION.early) !== 0 || subsectionBit !== 0)

/**
 * What makes __pageblock_pfn_to_page() refuse a pageblock of `zone`, as a predicate over (page, section flags, sub-section
 * bit) of its first page, or (`last`) of its last page, which needs only be valid and of the zone.
 */
export const pageInPageblockZone = (zone: Zone, last: boolean): Predicate =>
  (page, flags, bit) =>
    !(pfnValid(flags, bit) && (last || pfnToOnlinePage(flags, bit)) && pageIn(page, zone.node.id, zone.index))
