/**
 * virtio-mem's sub-blocks: parts of an online block that the device does not back are fake-offline: present, not managed,
 * kept from the buddy allocator as PageOffline. drivers/virtio/virtio_mem.c, v6.1.
 */
import { add, fill, get, op, scan } from '../executors/step.ts'
import { PAGE, packPage, pageNode, pageState, pageZone } from '../state/page.ts'

/**
 * Gives [start, start+size) (bytes, whole pageblocks of online blocks) to the buddy allocator, or takes it away. Pages of blocks
 * that are not online are passed over: they follow when the block is onlined. Answers 0.
 */
export const setSubblocks = op('virtio_mem_set_fake_offline', 'drivers/virtio/virtio_mem.c, v6.1', function* (k, start: number, size: number, plugged: boolean) {
  const end = (start + size) / k.pageSize
  const from = plugged ? PAGE.offline : PAGE.online
  let pfn = yield scan([k.page], start / k.pageSize, end, 1, (page) => pageState(page) === from)
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
