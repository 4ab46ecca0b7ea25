/** Tests of struct pages by pfn, as pure functions of what section and page say. mm/memory_hotplug.c, include/linux/mmzone.h. */
import { readRef, type Predicate, type Step } from '../executors/step.ts'
import type { Field } from '../state/handles.ts'
import type { Kernel } from '../state/kernel.ts'
import { pageIn } from '../state/page.ts'
import { SECTION } from '../state/section.ts'
import type { Zone } from '../state/zone.ts'

/** What a walker by pfn knows: the page maps that get_dev_pagemap() finds (listed and not killed), and how its kernel asks. */
export interface LivePgmaps {
  readonly has: (pgmap: number) => boolean
  /** pfn_to_online_page() asks for the section only (onlinePageTest). */
  readonly bySection: boolean
}

const NONE: ReadonlySet<number> = new Set()

export function* livePgmaps(k: Kernel): Generator<Step, LivePgmaps, number> {
  const maps = yield* readRef(k.pgmaps)
  const ids = maps.length === 0 ? NONE : new Set(maps.filter((p) => p.live).map((p) => p.id))
  return { has: (pgmap) => ids.has(pgmap), bySection: k.profile.decisions.onlinePageTest === 'section' }
}

/**
 * pfn_to_online_page() finds a page: the section is online and, since v5.12, the sub-section bit is set and, in a section tainted by
 * device memory, no live page map is listed for the pfn.
 */
export const pfnToOnlinePage = (sectionFlags: number, subsectionBit: number, pgmap: number, live: LivePgmaps): boolean =>
  (sectionFlags & SECTION.online) !== 0 && (live.bySection || (subsectionBit !== 0 && ((sectionFlags & SECTION.taint) === 0 || !live.has(pgmap))))

/** pfn_valid(): the section has a memmap and, since v5.3, it is early or the sub-section bit is set. */
export const pfnValid = (k: Kernel, sectionFlags: number, subsectionBit: number): boolean =>
  (sectionFlags & SECTION.valid) !== 0 && (k.profile.decisions.pfnValid === 'section' || (sectionFlags & SECTION.early) !== 0 || subsectionBit !== 0)

/** Fields that the predicates below are over, in their order: kernels that ask for the section only never look for a page map. */
export const onlinePageFields = (k: Kernel): readonly Field[] =>
  k.profile.decisions.onlinePageTest === 'section' ? [k.page, k.sectionFlags, k.subsectionMap] : [k.page, k.sectionFlags, k.subsectionMap, k.pgmapIndex]

/** An online page of this zone. */
export const onlinePageOf = (zone: Zone, live: LivePgmaps): Predicate =>
  (page, flags, bit, pgmap) => pfnToOnlinePage(flags, bit, pgmap, live) && pageIn(page, zone.node.id, zone.index)

/**
 * What makes __pageblock_pfn_to_page() refuse a pageblock of `zone`, by its first page, or (`last`) by its last page, which
 * needs only be valid and of the zone.
 */
export const notInPageblockOf = (k: Kernel, zone: Zone, live: LivePgmaps, last: boolean): Predicate =>
  (page, flags, bit, pgmap) =>
    !(pfnValid(k, flags, bit) && (last || pfnToOnlinePage(flags, bit, pgmap, live)) && pageIn(page, zone.node.id, zone.index))
