/**
 * Boot memory that a shrink cut off its zone. find_smallest_section_pfn() looks at first pages of sub-sections, find_biggest_section_pfn()
 * at last ones: a piece of the zone that holds no such page is not seen and drops out of the span when the memory beyond it leaves the
 * zone. Only boot makes such pieces, where firmware's ranges or nodes begin or end inside a sub-section. The kernel's own slip; the
 * pages stay online and present.
 */
import type { Kernel } from '../state/kernel.ts'
import { PAGE, pageIn, pageState } from '../state/page.ts'
import type { Reader } from '../state/reader.ts'
import type { Zone } from '../state/zone.ts'
import { alignUp } from '../units.ts'
import { fromBoot } from './pfn-walkers.ts'

/** True when one of the two searches passes over the boot pages [start, end). */
export function passedOver(k: Kernel, start: number, end: number): boolean {
  const step = k.pagesPerSubsection
  const holdsFirstPage = alignUp(start, step) < end
  const holdsLastPage = alignUp(start + 1, step) - 1 < end
  return !holdsFirstPage || !holdsLastPage
}

/** Online boot pages of the zone outside its span that a search passes over. */
export function cutPages(k: Kernel, store: Reader, zone: Zone): number {
  const start = store.cell(zone.startPfn)
  const end = start + store.cell(zone.spanned)
  let pages = 0
  store.eachRun([k.page, k.sectionFlags, k.sectionUsage], 0, k.pluggableEnd / k.pageSize, (s, e, page, flags, usage) => {
    if (!fromBoot(k, flags ?? 0, usage ?? 0) || pageState(page ?? 0) < PAGE.initialised || !pageIn(page ?? 0, zone.node.id, zone.index)) return
    for (const [from, to] of outside(s, e, start, end)) if (passedOver(k, from, to)) pages += to - from
  })
  return pages
}

/** The parts of [s, e) that are not in [start, end). */
export const outside = (s: number, e: number, start: number, end: number): readonly (readonly [number, number])[] =>
  end <= start ? [[s, e]] : [[s, Math.min(e, start)] as const, [Math.max(s, end), e] as const].filter(([from, to]) => to > from)
