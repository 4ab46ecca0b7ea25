/**
 * What struct pages say of their zone and node, whether anybody initialised them or not. include/linux/mm.h. An absent page is a page
 * fault, a poisoned one a BUG (DEBUG_VM); what other uninitialised memory says is nobody's decision (kernel-behaviour 9.3).
 */
import { bug, choose, get, op, scan, type Step } from '../executors/step.ts'
import { UNINITIALISED, type Kernel } from '../state/kernel.ts'
import { PAGE, pageInitialised, pageNode, pageState, pageZone as zoneBits } from '../state/page.ts'
import { ZONE, zoneId, zoneIdIndex, zoneIdNode, type Zone } from '../state/zone.ts'

/** What page_zone() and page_to_nid() answer where the bits name no zone of this machine: whoever follows it faults. */
export const WILD = -1

const SAYS = { zone0: UNINITIALISED.indexOf('zone-0'), device: UNINITIALISED.indexOf('device') } as const

/** page_zone(): a zoneId, or WILD. */
export const pageZone = op('page_zone', 'include/linux/mm.h', function* (k, pfn: number) {
  const page = yield get(k.page, pfn)
  if (pageInitialised(page)) return zoneId(pageNode(page), zoneBits(page))
  const says = yield* uninitialised(k, page, pfn)
  if (says !== SAYS.zone0 && says !== SAYS.device) return WILD
  return zoneId((yield get(k.sectionNode, pfn)) - 1, says === SAYS.zone0 ? ZONE.DMA : ZONE.DEVICE)
})

/** page_to_nid(): a node id, or WILD. */
export const pageNid = op('page_to_nid', 'include/linux/mm.h', function* (k, pfn: number) {
  const page = yield get(k.page, pfn)
  if (pageInitialised(page)) return pageNode(page)
  const says = yield* uninitialised(k, page, pfn)
  return says === SAYS.zone0 || says === SAYS.device ? (yield get(k.sectionNode, pfn)) - 1 : WILD
})

/** Ends the thread where a page cannot be read: its memmap is not mapped, or it is poisoned and reading it is a BUG. */
export function* pageUnreadable(page: number, pfn: number): Generator<Step, void, number> {
  if (pageState(page) === PAGE.absent) yield bug(`BUG: unable to handle page fault: the struct page of pfn 0x${pfn.toString(16)} is not mapped`)
  if (pageState(page) === PAGE.poisoned) yield bug(`page dumped because: VM_BUG_ON_PAGE(PagePoisoned(p)), pfn 0x${pfn.toString(16)}`)
}

/** Initialising struct pages that are not mapped is a page fault: on CPUs without PSE, where parts of a boot memmap may be gone (earlyRemoval). */
export function* faultOnUnmapped(k: Kernel, start: number, end: number): Generator<Step, void, number> {
  if (k.pse) return
  const absent = yield scan([k.page], start, end, 1, (page) => pageState(page) === PAGE.absent)
  if (absent >= 0) yield* pageUnreadable(PAGE.absent, absent)
}

/** Index into UNINITIALISED of what a page says that nobody initialised; does not return for one that cannot be read. */
function* uninitialised(k: Kernel, page: number, pfn: number): Generator<Step, number, number> {
  yield* pageUnreadable(page, pfn)
  return yield choose(k.uninitialised, UNINITIALISED.length)
}

/** Follows a zone pointer that page_zone() answered: the zone; a wild one is a page fault. */
export function* followZone(k: Kernel, id: number): Generator<Step, Zone, number> {
  if (id === WILD) yield bug('BUG: unable to handle page fault: a struct page that was never initialised names no zone')
  return k.zone(zoneIdNode(id), zoneIdIndex(id))
}
