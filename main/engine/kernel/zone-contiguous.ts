/** zone.contiguous: may walkers by pageblock take every pfn of the span for a page of the zone? mm/page_alloc.c, v4.6+. */
import { cost, op, read, scan, write } from '../executors/step.ts'
import type { Zone } from '../state/zone.ts'
import { alignUp } from '../units.ts'
import { livePgmaps, notInPageblockOf, onlinePageFields } from './online-page.ts'

export const clearZoneContiguous = op('clear_zone_contiguous', 'mm/page_alloc.c, v4.6+', function* (_k, zone: Zone) {
  yield write(zone.contiguous, 0)
  return 0
})

/**
 * set_zone_contiguous(): true when every pageblock of the span has a valid, online first page in this zone and a last page
 * of the same zone. An empty span is contiguous (the loop finds nothing against it).
 */
export const setZoneContiguous = op('set_zone_contiguous', 'mm/page_alloc.c, v6.1', function* (k, zone: Zone) {
  const start = yield read(zone.startPfn)
  const end = start + (yield read(zone.spanned))
  const fields = onlinePageFields(k)
  const block = k.pageblockPages
  if (end > start) {
    const live = yield* livePgmaps(k)
    const bad = notInPageblockOf(k, zone, live, false)
    const secondBlock = Math.min(alignUp(start + 1, block), end)
    // first pages: the first block may start anywhere, the rest are aligned
    let at = yield scan(fields, start, start + 1, 1, bad)
    if (at < 0) at = yield scan(fields, secondBlock, end, block, bad)
    // last pages: those of whole blocks, then that of the last, which may be cut
    const badEnd = notInPageblockOf(k, zone, live, true)
    if (at < 0) at = yield scan(fields, secondBlock - 1, end, block, badEnd)
    if (at < 0) at = yield scan(fields, end - 1, end, 1, badEnd)
    // the first pageblock that says no ends it
    yield cost('contiguous scan', Math.ceil(((at < 0 ? end : at + 1) - start) / block))
    if (at >= 0) return 0
  }
  yield write(zone.contiguous, 1)
  return 0
})
