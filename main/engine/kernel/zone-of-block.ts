/** The zone of a block's pages, for kernels whose memory blocks do not remember theirs. mm/memory_hotplug.c, v4.13 … v5.17. */
import { call, extent, get, op, read, scan } from '../executors/step.ts'
import { pageIn } from '../state/page.ts'
import { SECTION } from '../state/section.ts'
import { alignDown } from '../units.ts'
import { followZone, pageZone } from './struct-page.ts'

/**
 * test_pages_in_a_zone(): looks at the first page of every MAX_ORDER_NR_PAGES of present sections. Answers the zoneId of the one zone that all
 * name; 0 when they name several, when there is none, or (v5.0+) when one of them lies outside the span of the zone, as the hole behind the last RAM does.
 */
export const testPagesInAZone = op('test_pages_in_a_zone', 'mm/memory_hotplug.c, v4.13 … v5.17', function* (k, start: number, end: number) {
  let zid = 0
  for (let pfn = start; pfn < end; ) {
    const border = alignDown(pfn, k.pagesPerSection) + k.pagesPerSection
    const stop = pfn % k.pagesPerSection === 0 && end >= border ? yield extent([k.page, k.sectionFlags], pfn, alignDown(end, k.pagesPerSection), k.pagesPerSection) : Math.min(border, end)
    if ((yield get(k.sectionFlags, pfn)) & SECTION.present) {
      if (zid === 0) zid = yield call(pageZone, pfn)
      const zone = yield* followZone(k, zid)
      const other = yield scan([k.page], pfn, stop, k.maxOrderPages, (page) => !pageIn(page, zone.node.id, zone.index))
      if (other >= 0) return 0
      if (k.profile.decisions.blockZone === 'walked') {
        const last = pfn + alignDown(stop - 1 - pfn, k.maxOrderPages)
        if (last > start && last >= (yield read(zone.startPfn)) + (yield read(zone.spanned))) return 0
      }
    }
    pfn = stop
  }
  return zid
})

/** The zone that valid_zones of an online block names: a zoneId, or 0 for "none". */
export const zoneOfOnlineBlock = op('valid_zones_show', 'drivers/base/memory.c', function* (k, block: number) {
  if (k.profile.decisions.blockZone === 'remembered') return yield get(k.blockZone, block)
  return yield call(testPagesInAZone, block, block + k.pagesPerBlock)
})
