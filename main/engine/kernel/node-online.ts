/** Nodes coming and going with their memory. mm/memory_hotplug.c, v6.1: node data exist from boot for every possible node, before v5.19 for those with memory or CPUs. */
import { call, cost, op, read, scan, write, type Predicate } from '../executors/step.ts'
import type { Node } from '../state/node.ts'
import { PAGE, pageInitialised, pageNode, pageState } from '../state/page.ts'
import { SECTION } from '../state/section.ts'
import { pageNid, WILD } from './struct-page.ts'

/**
 * hotadd_init_pgdat(): nr_zones and node_start_pfn go to 0 (until v5.7 the latter to the first pfn of what was added), present and managed
 * too; **spanned is not touched** (a stale span of ZONE_DEVICE survives, with that start).
 */
const hotaddInitPgdat = op('hotadd_init_pgdat', 'mm/memory_hotplug.c', function* (k, node: Node, start: number) {
  // hotadd_new_pgdat() until v5.18: made here for the first memory of a node, and never freed
  if (!(yield read(node.hasData))) yield write(node.hasData, 1)
  yield write(node.nrZones, 0)
  yield write(node.startPfn, k.profile.decisions.hotaddNodeStart === 'range-start' ? start : 0)
  for (const zone of node.zones) {
    yield write(zone.managed, 0)
    yield write(zone.present, 0)
  }
  yield write(node.present, 0)
  yield cost('build_all_zonelists', 1)
  return 0
})

/** __try_online_node(nid, false): 1 when the node was offline and its data are initialised now, 0 when it is online. */
export const tryOnlineNode = op('__try_online_node', 'mm/memory_hotplug.c', function* (_k, node: Node, start: number) {
  if (yield read(node.online)) return 0
  yield call(hotaddInitPgdat, node, start)
  return 1
})

/**
 * Is a present section of the node's span of the node, by pfn_to_nid() of its first page? That page may never have been initialised; what
 * garbage says is the same for all of the walk.
 */
const anySectionOfNode = op('try_offline_node', 'mm/memory_hotplug.c, until v5.3', function* (k, node: Node) {
  const start = yield read(node.startPfn)
  const end = start + (yield read(node.spanned))
  let garbage: number | undefined
  const counts: Predicate = (page, flags) => (flags & SECTION.present) !== 0 && (pageInitialised(page) ? pageNode(page) === node.id : pageState(page) !== PAGE.garbage || garbage !== WILD)
  for (let pfn = start; pfn < end; pfn += k.pagesPerSection) {
    pfn = yield scan([k.page, k.sectionFlags], pfn, end, k.pagesPerSection, counts)
    if (pfn < 0) return 0
    const nid = yield call(pageNid, pfn)
    if (nid === node.id) return 1
    if (nid === WILD) garbage = WILD
  }
  return 0
})

/**
 * try_offline_node(): nothing while the node spans pages or a block claims it (v5.4+), or while a present section of its span is of the node
 * (until v5.3); and nothing while a CPU is on it.
 */
export const tryOfflineNode = op('try_offline_node', 'mm/memory_hotplug.c, v4.13+', function* (k, node: Node) {
  if (k.profile.decisions.nodeOfflineTest === 'section-pages') {
    if (yield call(anySectionOfNode, node)) return 0
  } else {
    if (yield read(node.spanned)) return 0
    const claimed = yield scan([k.blockState, k.blockNode], 0, k.pluggableEnd / k.pageSize, k.pagesPerBlock, (state, nid) => state !== 0 && nid === node.id + 1)
    if (claimed >= 0) return 0
  }
  if (node.cpus > 0) return 0
  yield write(node.online, 0)
  return 0
})
