/**
 * HMM's own way to add device memory, beside devm_memremap_pages(): whole sections, a table of its own, no altmap. mm/hmm.c, v4.14 … v4.20.
 * Private memory was found a region by hmm_devmem_add() (request_free_mem_region() here); public memory (hmm_devmem_add_resource()) was a region
 * that platform code described.
 */
import { ERRNO } from '../errors.ts'
import { atomic, call, cost, fail, fill, get, KERN_ERR, lock, op, print, readRef, scan, unlock, updateRef, warn, type Step } from '../executors/step.ts'
import type { Kernel } from '../state/kernel.ts'
import type { Pgmap } from '../state/pgmap.ts'
import { findBounds, ramIntersects } from '../state/resource-tree.ts'
import { ZONE } from '../state/zone.ts'
import { alignUp, hex } from '../units.ts'
import { memmapInitZoneDevice, setPgmapOfPages, wholeSections, type PfnRange } from './device-pages.ts'
import { memHotplugBegin, memHotplugDone } from './hotplug-locks.ts'
import { newPgmap } from './new-pgmap.ts'
import { addPagesX86, archAddMemory, archRemoveMemory, removePages } from './sections.ts'
import { pageZone } from './struct-page.ts'
import { movePfnRangeToZone } from './zone-span.ts'

/** hmm_devmem_add_resource() takes only what platform code described as public device memory: 0, or -EINVAL. Until v5.2. */
export const publicResource = op('hmm_devmem_add_resource', 'mm/hmm.c, v4.14 … v5.2', function* (k, { start, end }: PfnRange) {
  const resource = findBounds(yield* readRef(k.iomem), start * k.pageSize, end * k.pageSize)
  if (resource?.desc === 'device-public') return 0
  return yield fail(ERRNO.EINVAL, resource ? `"${resource.name}" is not described as public device memory` : 'no resource has these bounds')
})

/** Enters the sections into HMM's table: 0, or -EBUSY. What was entered before a collision stays, and stays for ever. */
const insertSections = op('hmm_devmem_pages_create', 'mm/hmm.c, v4.14 … v4.20', function* (k, p: Omit<Pgmap, 'altmap'>, added: PfnRange) {
  yield lock(k.hmmDevmemLock)
  const taken = yield scan([k.hmmRadix], added.start, added.end, k.pagesPerSection, (id) => id !== 0)
  yield fill(k.hmmRadix, added.start, taken < 0 ? added.end : taken, p.id)
  if (taken < 0) {
    yield unlock(k.hmmDevmemLock)
    return 0
  }
  const other = yield get(k.hmmRadix, taken)
  const owner = (yield* readRef(k.pgmaps)).find((m) => m.id === other)?.owner
  yield print(KERN_ERR, `hmm ${p.owner}: hmm_devmem_pages_create: collides with mapping for ${owner ?? '(a device that is gone)'}`)
  yield unlock(k.hmmDevmemLock)
  return yield fail(ERRNO.EBUSY, `HMM has section ${Math.floor(taken / k.pagesPerSection)} in its table already`)
})

/** hmm_devmem_radix_release(): one key a section, from the first byte of the resource on: of one that is not aligned the last section is missed. */
const radixRelease = op('hmm_devmem_radix_release', 'mm/hmm.c, v4.14 … v4.20', function* (k, { start, end }: PfnRange) {
  const keys = Math.ceil((end - start) / k.pagesPerSection)
  yield lock(k.hmmDevmemLock)
  yield fill(k.hmmRadix, start, start + (keys - 1) * k.pagesPerSection + 1, 0)
  yield unlock(k.hmmDevmemLock)
  return 0
})

/** ZONE_DEVICE grows over the range; without an altmap nothing of it is left out. */
function* enterZone(k: Kernel, node: number, added: PfnRange): Generator<Step, void, number> {
  yield call(movePfnRangeToZone, k.zone(node, ZONE.DEVICE), added.start, added.end - added.start)
}

/** hmm_devmem_pages_create(): answers the id of the page map, or -errno. `node` is resolved already. */
export const hmmDevmemPagesCreate = op('hmm_devmem_pages_create', 'mm/hmm.c, v4.14 … v4.20', function* (k, wanted: Omit<Pgmap, 'id'>) {
  const range = wanted.ranges[0]!
  const added = wholeSections(k, range)
  const { deviceGrowth, devicePageInit, regionIntersects } = k.profile.decisions
  if (wanted.type === 'public') {
    const refused = yield call(publicResource, range)
    if (refused) return refused
  }
  const ram = ramIntersects(yield* readRef(k.iomem), added.start * k.pageSize, added.end * k.pageSize, regionIntersects)
  if (ram === 'mixed') yield warn(`hmm_devmem_pages_create attempted on mixed region [mem ${hex(range.start * k.pageSize)}-${hex(range.end * k.pageSize - 1)}]`, 'hmm_devmem_pages_create')
  if (ram !== 'disjoint') return yield fail(ERRNO.ENXIO, `the sections of the range meet System RAM (${ram === 'mixed' ? 'mixed' : 'ram'})`)
  const id = yield atomic(newPgmap, { ...wanted, altmap: undefined, hmm: true as const })
  if (id < 0) return id
  const p: Pgmap = { ...wanted, altmap: undefined, hmm: true, id }
  const taken = yield call(insertSections, p, added)
  if (taken) {
    yield updateRef(k.pgmaps, (all) => all.filter((m) => m.id !== id))
    return taken
  }
  const nr = added.end - added.start
  yield call(memHotplugBegin)
  // the CPU reaches public memory, which therefore wants the linear map
  const err = p.type === 'public' ? yield call(archAddMemory, p.node, added.start, nr, id) : yield call(addPagesX86, p.node, added.start, nr, id)
  if (!err && deviceGrowth === 'under-hotplug-lock') yield* enterZone(k, p.node, added)
  yield call(memHotplugDone)
  if (err) {
    yield call(radixRelease, range)
    yield updateRef(k.pgmaps, (all) => all.filter((m) => m.id !== id))
    return err
  }
  if (deviceGrowth !== 'under-hotplug-lock') yield* enterZone(k, p.node, added)
  if (devicePageInit === 'twice') yield call(setPgmapOfPages, p, range, p.node)
  else yield call(memmapInitZoneDevice, p, added, p.node)
  return id
})

/**
 * hmm_devmem_remove() and hmm_devmem_release(): waits for users of the device, not of its pages; the sections that go are counted from the size of
 * the resource alone, so one that is not aligned keeps its last. The region is the driver's to release, and of public memory the platform's.
 */
export const hmmDevmemRelease = op('hmm_devmem_release', 'mm/hmm.c, v4.14 … v4.20', function* (k, p: Pgmap) {
  const range = p.ranges[0]!
  const { start } = wholeSections(k, range)
  const nr = alignUp(range.end - range.start, k.pagesPerSection)
  yield updateRef(k.pgmaps, (maps) => maps.map((m) => (m.id === p.id ? { ...m, live: false } : m)))
  yield cost('percpu_ref_kill', 1)
  const zid = k.profile.decisions.ramSpanShrinks === 'at-remove' ? yield call(pageZone, start) : 0
  const nid = p.devNode ?? p.node
  yield call(memHotplugBegin)
  if (p.type === 'public') yield call(archRemoveMemory, start, nr, p.id, nid)
  else yield call(removePages, zid, start, nr, p.id, nid)
  yield call(memHotplugDone)
  yield call(radixRelease, range)
  yield updateRef(k.pgmaps, (all) => all.filter((m) => m.id !== p.id))
  return 0
})
