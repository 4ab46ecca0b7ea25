/**
 * Boot memory that a shrink cut off its zone. find_smallest_section_pfn() and find_biggest_section_pfn() step by sub-sections: where
 * firmware's ranges begin or end inside one, the piece between that border and the sub-section's drops out of the span when the
 * memory beyond it leaves the zone. The kernel's own slip; the pages stay online and present.
 */
import type { Kernel } from '../state/kernel.ts'
import { PAGE, pageIn, pageState } from '../state/page.ts'
import type { RangeStore } from '../state/range-store.ts'
import { SECTION } from '../state/section.ts'
import type { Zone } from '../state/zone.ts'

/** Online boot pages of the zone in the sub-sections next to its span's ends, where those are sub-section borders: the lower and the upper piece. */
export function cutPages(k: Kernel, store: RangeStore, zone: Zone): { readonly below: number; readonly above: number } {
  const step = k.pagesPerSubsection
  const start = store.cell(zone.startPfn)
  const end = start + store.cell(zone.spanned)
  const count = (from: number, to: number): number => {
    let pages = 0
    store.eachRun([k.page, k.sectionFlags], from, to, (s, e, page, flags) => {
      if (((flags ?? 0) & SECTION.early) !== 0 && pageState(page ?? 0) === PAGE.online && pageIn(page ?? 0, zone.node.id, zone.index)) pages += e - s
    })
    return pages
  }
  return {
    below: start % step === 0 && start >= step ? count(start - step + 1, start) : 0,
    above: end % step === 0 && end > start ? count(end, end + step - 1) : 0,
  }
}
