/** memunmap_pages() and devm_memremap_pages_release() before it: struct pages of device memory go. mm/memremap.c, kernel/memremap.c until v5.2. */
import { ERRNO } from '../errors.ts'
import { call, cost, fail, get, op, readRef, scan, updateRef, waitUntil, warn, type Step } from '../executors/step.ts'
import { inUse, type Kernel } from '../state/kernel.ts'
import { pageNode, pageZone as zoneBits } from '../state/page.ts'
import { altmapOffset, pfnFirst, type Pgmap } from '../state/pgmap.ts'
import { ZONE, zoneId } from '../state/zone.ts'
import { hex } from '../units.ts'
import { addedRange, putPages } from './device-pages.ts'
import { hmmDevmemRelease } from './hmm-devmem.ts'
import { memHotplugBegin, memHotplugDone } from './hotplug-locks.ts'
import { deletePgmap } from './pgmap-table.ts'
import { archRemoveMemory, removePages } from './sections.ts'
import { followZone, pageNid, pageZone } from './struct-page.ts'
import { removePfnRangeFromZone, shrinkPages } from './zone-shrink.ts'

const setLive = op('percpu_ref_kill', 'lib/percpu-refcount.c', function* (k, id: number) {
  yield updateRef(k.pgmaps, (maps) => maps.map((p) => (p.id === id ? { ...p, live: false } : p)))
  return 0
})

/** dev_pagemap_cleanup(): the counter was the page map's own, and the pointer to it is cleared so that the page map can be used again. */
const clearReference = op('dev_pagemap_cleanup', 'mm/memremap.c, v5.3 … v5.16', function* (k, id: number) {
  yield updateRef(k.pgmaps, (maps) => maps.map((p) => (p.id === id ? { ...p, refCleared: true } : p)))
  return 0
})

/** The end of memunmap_pages(), which a failed memremap_pages() goes through as well: sections that it left keep their altmap pages. */
export const forgetPgmap = op('memunmap_pages', 'mm/memremap.c, v6.1', function* (k, id: number) {
  const maps = yield* readRef(k.pgmaps)
  if (maps.find((p) => p.id === id)?.altmap?.alloc) yield warn('failed to free all reserved pages', 'memunmap_pages')
  yield updateRef(k.pgmaps, (all) => all.filter((p) => p.id !== id))
  return 0
})

/**
 * The zone of the range by the struct page that the profile's kernel asks: the first of all (v5.0 … v5.3), which an altmap with a reserve leaves
 * uninitialised, or the first that was initialised (v5.4+). Kernels before v5.0 leave it to arch_remove_memory(), which skips the altmap.
 */
function* zoneOfRange(k: Kernel, p: Pgmap, index: number, first: number, end: number): Generator<Step, number, number> {
  const { releasePage } = k.profile.decisions
  if (releasePage !== 'first-initialised') return yield call(pageZone, first + (releasePage === 'first' ? 0 : altmapOffset(p.altmap)))
  const page = yield get(k.page, index === 0 ? Math.min(pfnFirst(p), end - 1) : first)
  const node = k.nodes.get(pageNode(page))
  return node?.zones[zoneBits(page)] ? zoneId(node.id, zoneBits(page)) : zoneId(p.node, ZONE.DEVICE)
}

/** pageunmap_range(): a range leaves its zone, where the zone is left before the removal, its sections and the table. */
export const pageunmapRange = op('pageunmap_range', 'mm/memremap.c', function* (k, id: number, index: number) {
  const p = (yield* readRef(k.pgmaps)).find((m) => m.id === id)!
  const { deviceSpanShrinks, ramSpanShrinks, releasePage } = k.profile.decisions
  const range = p.ranges[index]!
  const { start, end } = addedRange(k, range)
  // page_to_nid(): nobody on x86 looks at the answer, but a poisoned page is a BUG
  if (releasePage === 'first') yield call(pageNid, start)
  yield call(memHotplugBegin)
  let zid = 0
  if (deviceSpanShrinks === 'past-the-end') {
    // pfn is where the loop over the device's pages left it, and the altmap is added to that
    const zone = yield* followZone(k, yield call(pageZone, range.end + altmapOffset(p.altmap)))
    yield call(shrinkPages, zone, range.end, end - start)
  } else if (ramSpanShrinks === 'at-offline' || p.type === 'private') {
    zid = yield* zoneOfRange(k, p, index, start, end)
    if (ramSpanShrinks === 'at-offline') yield call(removePfnRangeFromZone, yield* followZone(k, zid), start, end - start)
  }
  const nid = p.devNode ?? p.node
  if (p.type === 'private') yield call(removePages, zid, start, end - start, p.id, nid)
  else yield call(archRemoveMemory, start, end - start, p.id, nid)
  yield call(memHotplugDone)
  yield call(deletePgmap, range.start, range.end)
  return 0
})

/**
 * memunmap_pages(): kill the reference, wait until nobody holds a page, take the pages away, take them off the table. A page
 * that the user marked pinned is never given back. Where the wait comes first it has no end, and the model says so instead; until v5.1 the pages
 * are pulled away all the same, and the driver waits afterwards. Page map 0 is a range that turned out to be RAM: nothing was mapped.
 */
export const memunmapPages = op('memunmap_pages', 'mm/memremap.c', function* (k, id: number) {
  if (id === 0) return 0
  const p = (yield* readRef(k.pgmaps)).find((m) => m.id === id)
  if (!p) return yield fail(ERRNO.ENOENT, `no page map ${id}`)
  if (p.hmm) return yield call(hmmDevmemRelease, p)
  let pinned = -1
  for (const r of p.ranges) if (pinned < 0) pinned = yield scan([k.mark], r.start, r.end, 1, inUse)
  const { releaseReference, releaseWait } = k.profile.decisions
  if (pinned >= 0 && releaseWait === 'before-removal') return yield fail(ERRNO.EINTR, `pfn ${hex(pinned)} is still referenced: memunmap_pages() would wait for ever`)
  yield call(setLive, id)
  yield cost('percpu_ref_kill', 1)
  if (releaseReference === 'each-page') yield call(putPages, id)
  if (k.profile.decisions.pgmapReference === 'cleared' && p.type !== 'fs-dax') yield call(clearReference, id)
  for (let i = 0; i < p.ranges.length; i++) yield call(pageunmapRange, id, i)
  yield call(forgetPgmap, id)
  if (pinned >= 0) yield waitUntil(k.pagesIdle, 1)
  return 0
})
