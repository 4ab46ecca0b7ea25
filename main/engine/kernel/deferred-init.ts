/**
 * Struct pages that boot leaves for later: the node threads that initialise them, the allocations that cannot wait for those, and the end of
 * it. mm/page_alloc.c, v4.17+. A page counts as left for later while its struct page says nothing (PAGE.garbage).
 */
import { add, call, cost, count, extent, lock, map, mightSleep, op, read, scan, unlock, waitUntil, write, type Step } from '../executors/step.ts'
import { NO_DEFERRED, type Node } from '../state/node.ts'
import { PAGE, packPage, pageNode, pageState } from '../state/page.ts'
import { ZONE, type Zone } from '../state/zone.ts'
import { alignUp } from '../units.ts'
import { setZoneContiguous } from './zone-contiguous.ts'

const leftForLater = (page: number): boolean => pageState(page) === PAGE.garbage

/** The zone that first_deferred_pfn lies in: only the highest zone with memory is deferred. */
function* deferredZone(node: Node, first: number): Generator<Step, Zone | undefined, number> {
  for (const zone of node.zones) if (first < (yield read(zone.startPfn)) + (yield read(zone.spanned))) return zone
  return undefined
}

/** deferred_init_pages() and deferred_free_pages(): what is left for later in a range is initialised, and in the buddy allocator. */
const deferredInitRange = op('deferred_init_maxorder', 'mm/page_alloc.c, v4.17+', function* (k, zone: Zone, start: number, end: number, workers: number) {
  const pages = yield count([k.page], start, end, leftForLater)
  yield cost('deferred struct page init', pages, zone.node.id, 'ram', workers)
  yield map(k.page, start, end, (page) => (leftForLater(page) ? packPage(PAGE.online, zone.node.id, zone.index, false) : page))
  yield add(zone.managed, pages)
  return 0
})

/** deferred_init_mem_pfn_range_in_zone(), one free range after the other from `first` on, up to `end`; by sections where something tells them apart. */
const deferredInitZone = op('deferred_init_memmap', 'mm/page_alloc.c, v4.17+', function* (k, zone: Zone, first: number, end: number, workers: number) {
  let pfn = yield scan([k.page], first, end, 1, leftForLater)
  while (pfn >= 0) {
    const cut = yield extent([k.page], pfn, end, k.pagesPerSection)
    yield call(deferredInitRange, zone, pfn, cut, workers)
    pfn = yield scan([k.page], cut, end, 1, leftForLater)
  }
  return 0
})

/**
 * deferred_init_memmap(), pgdatinitN: waits to be started, takes all that is left of its node. Until v5.7 under node_size_lock with interrupts
 * off throughout; since v5.8 the lock only claims.
 */
export const deferredInitMemmap = op('deferred_init_memmap', 'mm/page_alloc.c, v4.17+', function* (k, node: Node) {
  yield waitUntil(node.pgdatInitStarted, 1)
  const claimed = k.profile.decisions.deferredInit === 'claimed'
  yield lock(node.sizeLock)
  const first = yield read(node.firstDeferredPfn)
  if (first !== NO_DEFERRED) {
    yield write(node.firstDeferredPfn, NO_DEFERRED)
    if (claimed) yield unlock(node.sizeLock)
    const zone = yield* deferredZone(node, first)
    if (zone) yield call(deferredInitZone, zone, first, (yield read(zone.startPfn)) + (yield read(zone.spanned)), k.profile.decisions.deferredThreads === 'padata' ? -1 : 1)
    if (!claimed) yield unlock(node.sizeLock)
  } else yield unlock(node.sizeLock)
  // pgdat_init_report_one_done()
  yield add(k.pgdatInitUndone, -1)
  return 0
})

/**
 * deferred_grow_zone(): an allocation of 2^order pages found no memory. Initialises whole sections, as many as it needs. 1 when it is worth
 * trying again, 0 when there is nothing left to grow by.
 */
export const deferredGrowZone = op('deferred_grow_zone', 'mm/page_alloc.c, v4.17+', function* (k, zone: Zone, order: number) {
  const { node } = zone
  const how = k.profile.decisions.deferredGrow
  if (how === 'none' || !(yield read(k.deferredPages))) return 0
  const zoneEnd = (yield read(zone.startPfn)) + (yield read(zone.spanned))
  // read before the lock is held: "changed meanwhile" is told by comparing
  const seen = yield read(node.firstDeferredPfn)
  if (zoneEnd !== (yield read(node.startPfn)) + (yield read(node.spanned))) return 0
  const l = how === 'own-lock' ? k.deferredZoneGrowLock : node.sizeLock
  yield lock(l)
  if (how === 'own-lock' && !(yield read(k.deferredPages))) {
    yield unlock(l)
    return 0
  }
  const first = yield read(node.firstDeferredPfn)
  if (how === 'node-size-lock' && first !== seen) {
    yield unlock(l)
    return 1
  }
  const pfn = first === NO_DEFERRED ? -1 : yield scan([k.page], first, zoneEnd, 1, leftForLater)
  if (pfn < 0) {
    yield write(node.firstDeferredPfn, NO_DEFERRED)
    yield unlock(l)
    return seen === NO_DEFERRED ? 0 : 1
  }
  const end = Math.min(zoneEnd, alignUp(pfn + 1, k.pagesPerSection) - k.pagesPerSection + alignUp(2 ** order, k.pagesPerSection))
  yield call(deferredInitZone, zone, pfn, end, 1)
  yield write(node.firstDeferredPfn, end < zoneEnd ? end : NO_DEFERRED)
  yield unlock(l)
  return 1
})

/** page_alloc_init_late(): starts a thread for each node with memory, waits for all, and ends growth. The patch of 2018-02 ends it first. */
export const pageAllocInitLate = op('page_alloc_init_late', 'mm/page_alloc.c, v4.17+', function* (k) {
  const nodes: Node[] = []
  for (const id of k.nodeIds) if (yield read(k.node(id).hasMemory)) nodes.push(k.node(id))
  const deferred = yield read(k.deferredPages)
  if (deferred) {
    if (k.profile.decisions.deferredGrow === 'own-lock') yield call(disableDeferredPages, true)
    yield write(k.pgdatInitUndone, nodes.length)
    for (const node of nodes) {
      yield cost('kthread start', 1)
      yield write(node.pgdatInitStarted, 1)
    }
    yield waitUntil(k.pgdatInitUndone, 0)
    if (k.profile.decisions.deferredGrow !== 'own-lock') yield call(disableDeferredPages, false)
  }
  for (const node of nodes) for (const zone of node.zones) if ((yield read(zone.present)) > 0) yield call(setZoneContiguous, zone)
  return 0
})

/** static_branch_disable(&deferred_pages), which sleeps on a mutex: not to be called with a spinlock held. */
const disableDeferredPages = op('static_branch_disable', 'kernel/jump_label.c', function* (k, underLock: boolean) {
  if (underLock) yield lock(k.deferredZoneGrowLock)
  // jump_label_lock() is a mutex
  yield mightSleep('static_branch_disable()')
  yield cost('static key switch', 1)
  yield write(k.deferredPages, 0)
  if (underLock) yield unlock(k.deferredZoneGrowLock)
  return 0
})

/** memmap_init() and memblock_free_all() of the boot CPU: what is initialised of each node by then, and handed to the buddy allocator. */
export const bootMemmapInit = op('memmap_init', 'mm/page_alloc.c, v4.17+', function* (k) {
  for (const id of k.nodeIds) {
    const node = k.node(id)
    if (!(yield read(node.hasMemory))) continue
    const start = yield read(node.startPfn)
    let end = start
    for (const zone of node.zones) if (zone.index !== ZONE.DEVICE) end = Math.max(end, (yield read(zone.startPfn)) + (yield read(zone.spanned)))
    const pages = yield count([k.page], start, end, (page) => pageState(page) >= PAGE.initialised && pageNode(page) === id)
    yield cost('struct page init', pages, id)
    yield cost('page free', pages, id)
  }
  return 0
})
