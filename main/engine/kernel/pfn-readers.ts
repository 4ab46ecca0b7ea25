/** Readers that take none of the hotplug locks: what walks pfns while memory comes and goes. include/linux/mmzone.h, mm/page_alloc.c. */
import { AGAIN, atomic, call, fail, get, lock, op, read, retry, seqBegin, seqRetry, unlock } from '../executors/step.ts'
import { ERRNO } from '../errors.ts'
import { SECTION, USAGE } from '../state/section.ts'
import type { Zone } from '../state/zone.ts'
import { deferredGrowZone } from './deferred-init.ts'

const outside = (pfn: number, start: number, spanned: number): number => (pfn >= start && pfn < start + spanned ? 0 : 1)

const attempt = op('page_outside_zone_boundaries', 'mm/page_alloc.c, v2.6.13+', function* (_k, zone: Zone, pfn: number) {
  const seq = yield seqBegin(zone.spanSeqlock)
  const start = yield read(zone.startPfn)
  const spanned = yield read(zone.spanned)
  if (yield seqRetry(zone.spanSeqlock, seq)) return AGAIN
  return outside(pfn, start, spanned)
})

/**
 * page_outside_zone_boundaries(): 1 when the zone does not span the page, by the protocol: again while a writer of span_seqlock is there.
 * Since v5.14 there is none, and nothing is ever read again.
 */
export const pageOutsideZoneBoundaries = op('page_outside_zone_boundaries', 'mm/page_alloc.c, v2.6.13+', function* (_k, zone: Zone, pfn: number) {
  return yield* retry(attempt, zone, pfn)
})

/** zone_spans_pfn(): the same without any protocol, as compaction and most walkers read it. */
export const zoneSpansPfn = op('zone_spans_pfn', 'include/linux/mmzone.h', function* (_k, zone: Zone, pfn: number) {
  const start = yield read(zone.startPfn)
  const spanned = yield read(zone.spanned)
  return outside(pfn, start, spanned)
})

/** What the sub-section test reads behind the usage pointer: -EFAULT when that memory was freed meanwhile. */
const readUsage = op('pfn_section_valid', 'include/linux/mmzone.h, v5.3+', function* (k, pfn: number) {
  if ((yield get(k.sectionUsage, pfn)) === USAGE.none) return yield fail(ERRNO.EFAULT, 'mem_section.usage is read after it was freed')
  return yield get(k.subsectionMap, pfn)
})

/**
 * pfn_valid() step by step: the section word, then the usage pointer, then the map behind it. 1, 0, or -EFAULT for a read of freed memory.
 * Under rcu_read_lock() where the usage is freed by RCU.
 */
export const walkPfn = op('pfn_valid', 'include/linux/mmzone.h', function* (k, pfn: number) {
  const { pfnValid, usageFree } = k.profile.decisions
  if (pfnValid === 'section') return ((yield get(k.sectionFlags, pfn)) & SECTION.valid) !== 0 ? 1 : 0
  const rcu = usageFree === 'after-rcu'
  if (rcu) yield lock(k.rcu, 'read')
  const flags = yield get(k.sectionFlags, pfn)
  let answer = (flags & SECTION.valid) !== 0 && (flags & SECTION.early) !== 0 ? 1 : 0
  if (answer === 0 && (flags & SECTION.valid) !== 0) answer = rcu && (yield get(k.sectionUsage, pfn)) === USAGE.none ? 0 : yield atomic(readUsage, pfn)
  if (rcu) yield unlock(k.rcu)
  return answer
})

/** An allocation that finds no memory in the zone's lists: grows by deferred pages and looks again. -ENOMEM when it cannot. */
export const allocateGrowing = op('get_page_from_freelist', 'mm/page_alloc.c, v4.17+', function* (k, zone: Zone, order: number) {
  const before = yield read(zone.managed)
  if (!(yield call(deferredGrowZone, zone, order))) return yield fail(ERRNO.ENOMEM, 'no memory in the zone, and nothing to grow by')
  return (yield read(zone.managed)) > before ? 0 : yield fail(ERRNO.ENOMEM, 'told to try again, and there is no more memory than before')
})
