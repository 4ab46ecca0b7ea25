/** Nodes coming and going with their memory. mm/memory_hotplug.c, v6.1: node data exist from boot for every possible node. */
import { call, cost, op, read, scan, write } from '../executors/step.ts'
import type { Node } from '../state/node.ts'

/**
 * hotadd_init_pgdat(): nr_zones and node_start_pfn go to 0, present and managed too; **spanned is not touched** (a stale
 * span of ZONE_DEVICE survives, with start 0).
 */
const hotaddInitPgdat = op('hotadd_init_pgdat', 'mm/memory_hotplug.c, v6.1', function* (_k, node: Node) {
  yield write(node.nrZones, 0)
  yield write(node.startPfn, 0)
  for (const zone of node.zones) {
    yield write(zone.managed, 0)
    yield write(zone.present, 0)
  }
  yield write(node.present, 0)
  yield cost('build_all_zonelists', 1)
  return 0
})

/** __try_online_node(nid, false): 1 when the node was offline and its data are initialised now, 0 when it is online. */
export const tryOnlineNode = op('__try_online_node', 'mm/memory_hotplug.c, v6.1', function* (_k, node: Node) {
  if (yield read(node.online)) return 0
  yield call(hotaddInitPgdat, node)
  return 1
})

/** try_offline_node(): nothing while the node spans pages, a block claims it, or a CPU is on it. v5.4+. */
export const tryOfflineNode = op('try_offline_node', 'mm/memory_hotplug.c, v5.4+', function* (k, node: Node) {
  if (yield read(node.spanned)) return 0
  const claimed = yield scan([k.blockState, k.blockNode], 0, k.pluggableEnd / k.pageSize, k.pagesPerBlock, (state, nid) => state !== 0 && nid === node.id + 1)
  if (claimed >= 0) return 0
  if (node.cpus > 0) return 0
  yield write(node.online, 0)
  return 0
})
