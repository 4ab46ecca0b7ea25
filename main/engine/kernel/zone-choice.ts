/** Which zone a block goes to when it is onlined. mm/memory_hotplug.c, v5.15+ (auto-movable), the rest since v4.13. */
import { op, call, count, read, readRef, scan, type Predicate } from '../executors/step.ts'
import { MMOP } from '../state/block.ts'
import { ONLINE_POLICY, type MemoryGroup } from '../state/kernel.ts'
import { pageZone } from '../state/page.ts'
import { ZONE, zoneId, type Zone } from '../state/zone.ts'
import { livePgmaps, onlinePageFields, pfnToOnlinePage } from './online-page.ts'

/** zone_intersects(): 1 when the zone's span (holes count) meets the range; an empty zone never does. */
const zoneIntersects = op('zone_intersects', 'include/linux/mmzone.h', function* (_k, zone: Zone, start: number, nr: number) {
  const spanned = yield read(zone.spanned)
  if (spanned === 0) return 0
  const zoneStart = yield read(zone.startPfn)
  return start >= zoneStart + spanned || start + nr <= zoneStart ? 0 : 1
})

/** default_kernel_zone_for_pfn(): the lowest zone below Normal that meets the range, else Normal. Answers a zoneId. */
export const defaultKernelZoneForPfn = op('default_kernel_zone_for_pfn', 'mm/memory_hotplug.c', function* (k, node: number, start: number, nr: number) {
  for (let z = ZONE.DMA as number; z < ZONE.NORMAL; z++) if (yield call(zoneIntersects, k.zone(node, z), start, nr)) return zoneId(node, z)
  return zoneId(node, ZONE.NORMAL)
})

/** default_zone_for_pfn(): the zone that alone covers the range; else the kernel zone, or Movable with movable_node. */
export const defaultZoneForPfn = op('default_zone_for_pfn', 'mm/memory_hotplug.c', function* (k, node: number, start: number, nr: number) {
  const kernelZone = yield call(defaultKernelZoneForPfn, node, start, nr)
  const movableZone = zoneId(node, ZONE.MOVABLE)
  const inKernel = yield call(zoneIntersects, k.zone(node, (kernelZone - 1) & 7), start, nr)
  const inMovable = yield call(zoneIntersects, k.zone(node, ZONE.MOVABLE), start, nr)
  if (inKernel !== inMovable) return inKernel ? kernelZone : movableZone
  return k.movableNode ? movableZone : kernelZone
})

/** auto_movable_can_online_movable(): would `nr` more Movable pages keep the ratio? `node` -1 asks for all nodes. 1 or 0. */
const autoMovableCanOnlineMovable = op('auto_movable_can_online_movable', 'mm/memory_hotplug.c, v5.15+', function* (k, node: number, group: MemoryGroup | undefined, nr: number) {
  let kernelEarly = 0
  let movable = 0
  for (const n of k.nodes.values()) {
    if (node >= 0 && n.id !== node) continue
    for (const zone of n.zones) {
      const present = yield read(zone.present)
      if (present === 0) continue
      if (zone.index === ZONE.MOVABLE) movable += present
      else kernelEarly += yield read(zone.presentEarly)
    }
  }
  // other dynamic groups pay for their own Movable memory with kernel memory of theirs
  const ratio = yield read(k.autoMovableRatio)
  let required = 0
  for (const g of yield* readRef(k.groups)) {
    if (!g.dynamic || g.id === group?.id || (node >= 0 && g.node !== node)) continue
    if (ratio) required += Math.max(0, Math.floor((g.presentMovable * 100) / ratio) - g.presentKernel)
    movable -= g.presentMovable
  }
  if (kernelEarly <= required) return 0
  kernelEarly -= required
  if (group?.dynamic) kernelEarly += group.presentKernel
  return movable + nr <= Math.floor((ratio * kernelEarly) / 100) ? 1 : 0
})

/** auto_movable_zone_for_pfn(): Movable while the ratio allows it for all that is left of the group; else a kernel zone. */
const autoMovableZoneForPfn = op('auto_movable_zone_for_pfn', 'mm/memory_hotplug.c, v5.15+', function* (k, node: number, group: MemoryGroup | undefined, start: number, nr: number) {
  if ((yield read(k.autoMovableRatio)) === 0) return yield call(defaultKernelZoneForPfn, node, start, nr)
  // the label kernel_zone uses pfn and nr_pages as they are by then: those of the unit that was walked, and what is left of the group
  let pfn = start
  let left = nr
  if (group && !group.dynamic) {
    if (group.presentKernel > 0) return yield call(defaultKernelZoneForPfn, node, start, nr)
    left = group.maxPages - group.presentMovable
  } else if (group && group.maxPages !== nr) {
    // the unit that the block lies in: all of it goes the same way
    const unit = Math.floor(start / group.maxPages) * group.maxPages
    pfn = unit + group.maxPages
    const live = yield* livePgmaps(k)
    const online: Predicate = (_page, flags, bit, pgmap) => pfnToOnlinePage(flags, bit, pgmap, live)
    const kernelPage = yield scan(onlinePageFields(k), unit, pfn, k.pagesPerSection, (page, flags, bit, pgmap) => online(page, flags, bit, pgmap) && pageZone(page) !== ZONE.MOVABLE)
    if (kernelPage >= 0) return yield call(defaultKernelZoneForPfn, node, kernelPage, nr)
    left = group.maxPages - (yield count(onlinePageFields(k), unit, pfn, online))
  }
  if (!(yield call(autoMovableCanOnlineMovable, -1, group, left))) return yield call(defaultKernelZoneForPfn, node, pfn, left)
  if ((yield read(k.autoMovableNumaAware)) && !(yield call(autoMovableCanOnlineMovable, node, group, left)))
    return yield call(defaultKernelZoneForPfn, node, pfn, left)
  return zoneId(node, ZONE.MOVABLE)
})

/** zone_for_pfn_range(): answers a zoneId. `onlineType` is MMOP.*; `groupId` 0 is no group. */
export const zoneForPfnRange = op('zone_for_pfn_range', 'mm/memory_hotplug.c, v5.15+', function* (k, onlineType: number, node: number, groupId: number, start: number, nr: number) {
  if (onlineType === MMOP.onlineKernel) return yield call(defaultKernelZoneForPfn, node, start, nr)
  if (onlineType === MMOP.onlineMovable) return zoneId(node, ZONE.MOVABLE)
  if ((yield read(k.onlinePolicy)) === ONLINE_POLICY.autoMovable) {
    const groups = yield* readRef(k.groups)
    return yield call(autoMovableZoneForPfn, node, groups.find((g) => g.id === groupId), start, nr)
  }
  return yield call(defaultZoneForPfn, node, start, nr)
})
