/**
 * virtio-mem's sub-blocks: parts of a block that the device does not back. While the block is online they are fake-offline: present, not
 * managed, kept from the buddy allocator as PageOffline. drivers/virtio/virtio_mem.c, v6.1.
 */
import { ERRNO } from '../errors.ts'
import { add, call, count, extent, fail, fill, get, map, op, scan } from '../executors/step.ts'
import { MEM } from '../state/block.ts'
import { inUse, SUBBLOCK } from '../state/kernel.ts'
import { PAGE, packPage, pageNode, pageState, pageZone } from '../state/page.ts'
import { zoneIdIndex, type Zone } from '../state/zone.ts'

/**
 * Gives [start, start+size) (bytes, whole pageblocks) to the buddy allocator where its blocks are online (virtio_mem_fake_online()),
 * or takes it away (virtio_mem_fake_offline()). Blocks that are not online follow when they are onlined. 0; -EBUSY when a page
 * that is to be taken cannot move, and then nothing is taken.
 */
export const setSubblocks = op('virtio_mem_fake_offline', 'drivers/virtio/virtio_mem.c, v6.1', function* (k, start: number, size: number, plugged: boolean) {
  const first = start / k.pageSize
  const end = first + size / k.pageSize
  if (!plugged) {
    const stuck = yield scan([k.page, k.mark], first, end, 1, (page, mark) => pageState(page) === PAGE.online && inUse(mark))
    if (stuck >= 0) return yield fail(ERRNO.EBUSY, `alloc_contig_range(): pfn 0x${stuck.toString(16)} cannot move`)
  }
  yield fill(k.subblock, first, end, plugged ? SUBBLOCK.plugged : SUBBLOCK.unplugged)
  const from = plugged ? PAGE.offline : PAGE.online
  let pfn = yield scan([k.page], first, end, 1, (page) => pageState(page) === from)
  while (pfn >= 0) {
    const page = yield get(k.page, pfn)
    const stop = yield scan([k.page], pfn, end, 1, (other) => other !== page)
    const to = stop < 0 ? end : stop
    const zone = k.zone(pageNode(page), pageZone(page))
    yield fill(k.page, pfn, to, packPage(plugged ? PAGE.online : PAGE.offline, pageNode(page), pageZone(page), false))
    yield add(zone.managed, plugged ? to - pfn : pfn - to)
    pfn = to >= end ? -1 : yield scan([k.page], to, end, 1, (other) => pageState(other) === from)
  }
  return 0
})

/** unregister_virtio_mem_device(): from now on nobody lets go of the sub-blocks that are not plugged. */
export const abandonSubblocks = op('unregister_virtio_mem_device', 'drivers/virtio/virtio_mem.c, v6.1', function* (k, start: number, size: number) {
  yield map(k.subblock, start / k.pageSize, (start + size) / k.pageSize, (subblock) => (subblock === SUBBLOCK.unplugged ? SUBBLOCK.abandoned : subblock))
  return 0
})

/**
 * generic_online_page(), or virtio_mem_online_page_cb() once a virtio-mem device is there: what is plugged goes to the buddy
 * allocator and is managed, what is not stays fake-offline.
 */
export const onlinePageCallback = op('online_page_callback', 'mm/memory_hotplug.c, drivers/virtio/virtio_mem.c, v6.1', function* (k, zone: Zone, start: number, end: number) {
  for (let pfn = start; pfn < end; ) {
    const cut = yield extent([k.subblock], pfn, end, k.pagesPerBlock)
    const unplugged = yield count([k.subblock], pfn, cut, (subblock) => subblock === SUBBLOCK.unplugged)
    yield fill(k.page, pfn, cut, packPage(PAGE.online, zone.node.id, zone.index, false))
    if (unplugged > 0) yield call(keepFakeOffline, zone, pfn, cut)
    yield add(zone.managed, cut - pfn - unplugged)
    pfn = cut
  }
  return 0
})

/** virtio_mem_set_fake_offline(), for the sub-blocks of [start, end) that are not plugged. */
const keepFakeOffline = op('virtio_mem_set_fake_offline', 'drivers/virtio/virtio_mem.c, v6.1', function* (k, zone: Zone, start: number, end: number) {
  const page = packPage(PAGE.offline, zone.node.id, zone.index, false)
  for (let pfn = start; pfn < end; ) {
    const cut = yield extent([k.subblock], pfn, end, k.pageblockPages)
    if ((yield get(k.subblock, pfn)) === SUBBLOCK.unplugged) yield fill(k.page, pfn, cut, page)
    pfn = cut
  }
  return 0
})

/**
 * MEM_GOING_OFFLINE: the driver lets go of its fake-offline pages; where offlining takes all pages of a range from managed (until v6.10), it counts them as
 * managed again first. MEM_CANCEL_OFFLINE (`direction` -1) undoes it.
 */
export const fakeOfflineGoingOffline = op('virtio_mem_fake_offline_going_offline', 'drivers/virtio/virtio_mem.c, v6.1', function* (k, zone: Zone, start: number, end: number, direction: 1 | -1) {
  if (k.profile.decisions.offlineManaged === 'not-offline') return 0
  const pages = yield count([k.page, k.subblock], start, end, (page, subblock) => pageState(page) === PAGE.offline && subblock === SUBBLOCK.unplugged)
  if (pages > 0) yield add(zone.managed, direction * pages)
  return 0
})

/** scan_movable_pages(): a fake-offline page that nobody lets go of ends offlining. Its pfn, or -1. */
export const referencedOfflinePage = op('scan_movable_pages', 'mm/memory_hotplug.c, v6.1', function* (k, start: number, end: number) {
  return yield scan([k.page, k.subblock], start, end, 1, (page, subblock) => pageState(page) === PAGE.offline && subblock === SUBBLOCK.abandoned)
})

/** memory_block.zone of an online block: zone index + 1, 0 for a block that spans several or is offline; -ENOENT when there is none. */
export const memoryBlockZone = op('memory_block', 'drivers/base/memory.c, v5.18+', function* (k, block: number) {
  if ((yield get(k.blockState, block)) === MEM.none) return -ERRNO.ENOENT
  const zone = yield get(k.blockZone, block)
  return zone === 0 ? 0 : zoneIdIndex(zone) + 1
})
