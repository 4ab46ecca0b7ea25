/** Tests of struct pages by pfn, as pure functions of what section and page say. mm/memory_hotplug.c, include/linux/mmzone.h, v6.1. */
import { readRef, type Predicate, type Step } from '../executors/step.ts'
import type { Kernel } from '../state/kernel.ts'
import { pageIn } from '../state/page.ts'
import { SECTION } from '../state/section.ts'
import type { Zone } from '../state/zone.ts'

/** Ids of the page maps that get_dev_pagemap() finds: listed and not killed. */
export type LivePgmaps = ReadonlySet<number>

export function* livePgmaps(k: Kernel): Generator<Step, LivePgmaps, number> {
  const maps = yield* readRef(k.pgmaps)
  return maps.length === 0 ? NONE : new Set(maps.filter((p) => p.live).map((p) => p.id))
}
const NONE: LivePgmaps = new Set()

/**
 * pfn_to_online_page() finds a page: the section is online, the sub-section bit is set, and, in a section tainted by
 * device memory, no live page map is listed for the pfn. v5.12+.
 */
export const pfnToOnlinePage = (sectionFlags: number, subsectionBit: number, pgmap: number, live: LivePgmaps): boolean =>
  (sectionFlags & SECTION.online) !== 0 && subsectionBit !== 0 && ((sectionFlags & SECTION.taint) === 0 || !live.has(pgmap))

/** pfn_valid(): the section has a memmap, and it is early or the sub-section bit is set. v5.3+. */
export const pfnValid = (sectionFlags: number, subsectionBit: number): boolean =>
  (sectionFlags & SECTION.valid) !== 0 && ((sectionFlags & SECTION.early) !== 0 || subsectionBit !== 0)

/** Fields that the predicates below are over, in their order. */
export const onlinePageFields = (k: Kernel) => [k.page, k.sectionFlags, k.subsectionMap, k.pgmapIndex] as const

/** An online page of this zone: what the shrinking of spans looks for. */
export const onlinePageOf = (zone: Zone, live: LivePgmaps): Predicate =>
  (page, flags, bit, pgmap) => pfnToOnlinePage(flags, bit, pgmap, live) && pageIn(page, zone.node.id, zone.index)

/**
 * What makes __pageblock_pfn_to_page() refuse a pageblock of `zone`, by its first page, or (`last`) by its last page, which
 * needs only be valid and of the zone.
 */
export const notInPageblockOf = (zone: Zone, live: LivePgmaps, last: boolean): Predicate =>
  (page, flags, bit, pgmap) =>
    !(pfnValid(flags, bit) && (last || pfnToOnlinePage(flags, bit, pgmap, live)) && pageIn(page, zone.node.id, zone.index))
