/** memremap_pages() and memunmap_pages(): struct pages for device memory. mm/memremap.c, v6.1. */
import { ERRNO } from '../errors.ts'
import { atomic, call, cost, fail, fill, get, KERN_WARNING, map, op, print, read, readRef, scan, updateRef, warn, write } from '../executors/step.ts'
import type { Decisions } from '../profiles/decisions.ts'
import type { Kernel } from '../state/kernel.ts'
import { MAX_PGMAPS, PAGE, packPage, pageNode, pageZone, withoutReference } from '../state/page.ts'
import { altmapOffset, pfnFirst, type DeviceMemoryType, type Pgmap } from '../state/pgmap.ts'
import { ramIntersects } from '../state/resource-tree.ts'
import { ZONE } from '../state/zone.ts'
import { hex } from '../units.ts'
import { memHotplugBegin, memHotplugDone } from './hotplug-locks.ts'
import { addPagesX86, archAddMemory, archRemoveMemory, removePages } from './sections.ts'
import { structPages } from './vmemmap.ts'
import { movePfnRangeToZone, removePfnRangeFromZone } from './zone-span.ts'

/** What a driver fills into its dev_pagemap. Pages throughout; `end` exclusive. */
export interface PgmapRequest {
  readonly type: DeviceMemoryType
  readonly ranges: readonly { readonly start: number; readonly end: number }[]
  /** -1: the nearest node with memory. */
  readonly node: number
  readonly altmap?: { readonly basePfn: number; readonly reserve: number; readonly free: number }
  readonly vmemmapShift?: number
  readonly owner: string
}

/** get_dev_pagemap(): 1 when a live page map is listed for the pfn. */
const getDevPagemap = op('get_dev_pagemap', 'mm/memremap.c, v6.1', function* (k, pfn: number) {
  const id = yield get(k.pgmapIndex, pfn)
  if (id === 0) return 0
  const maps = yield* readRef(k.pgmaps)
  return maps.some((p) => p.id === id && p.live) ? 1 : 0
})

const setLive = op('percpu_ref_kill', 'lib/percpu-refcount.c', function* (k, id: number) {
  yield updateRef(k.pgmaps, (maps) => maps.map((p) => (p.id === id ? { ...p, live: false } : p)))
  return 0
})

/** Whether an idle page of the type has page_ref_count() 0. */
function idleWithoutReference(k: Kernel, type: DeviceMemoryType): boolean {
  switch (k.profile.decisions.idleReference) {
    case 'all': return false
    case 'but-unaddressable': return type === 'private' || type === 'coherent'
    case 'generic-only': return type !== 'generic'
  }
}

/** memmap_init_zone_device(): every page that belongs to the device, outside the hotplug lock since v4.20. */
const memmapInitZoneDevice = op('memmap_init_zone_device', 'mm/page_alloc.c, v6.1', function* (k, p: Pgmap, start: number, end: number, node: number) {
  const from = start + (start === p.ranges[0]!.start ? altmapOffset(p.altmap) : 0)
  if (from >= end) return 0
  yield cost(k.profile.decisions.devicePageInit === 'twice' ? 'device struct page second pass' : 'device struct page init', structPages(k, p, end - from), node, p.altmap ? 'device' : 'ram')
  yield fill(k.page, from, end, packPage(PAGE.device, node, ZONE.DEVICE, true, p.id, idleWithoutReference(k, p.type)))
  return 0
})

/**
 * pagemap_range(): the order of checks is the kernel's (recordings, surprise 18). A failure after the pfns were listed takes them off
 * the list again, others' included, and leaves sections that were added, and the linear map.
 */
const pagemapRange = op('pagemap_range', 'mm/memremap.c, v6.1', function* (k, p: Pgmap, index: number) {
  const { start, end } = p.ranges[index]!
  const isPrivate = p.type === 'private'
  if (p.altmap && index > 0) {
    yield warn('altmap not supported for multiple ranges', 'altmap ranges')
    return yield fail(ERRNO.EINVAL, 'an altmap goes with one range only')
  }
  for (const pfn of [start, end - 1])
    if (yield call(getDevPagemap, pfn)) {
      yield warn('Conflicting mapping in same section')
      return yield fail(ERRNO.ENOMEM, `pfn ${hex(pfn)} is a page of another live page map`)
    }
  const tree = yield* readRef(k.iomem)
  const ram = ramIntersects(tree, start * k.pageSize, end * k.pageSize, k.profile.decisions.regionIntersects)
  if (ram !== 'disjoint') {
    const what = ram === 'mixed' ? 'mixed' : 'ram'
    yield warn(`attempted on ${what} region ${hex(start * k.pageSize)}-${hex(end * k.pageSize - 1)}`, 'pagemap_range')
    return yield fail(ERRNO.ENXIO, `the range meets System RAM (${what})`)
  }
  yield fill(k.pgmapIndex, start, end, p.id)
  let err = 0
  if (end * k.pageSize > k.pluggableEnd) {
    yield print(KERN_WARNING, `Hotplug memory [${hex(start * k.pageSize)}-${hex(end * k.pageSize)}] exceeds maximum addressable range [0x0-${hex(k.pluggableEnd - 1)}]`)
    err = yield fail(ERRNO.EINVAL, `range ends beyond ${hex(k.pluggableEnd)}`)
  } else {
    yield call(memHotplugBegin)
    err = isPrivate ? yield call(addPagesX86, p.node, start, end - start, p.id) : yield call(archAddMemory, p.node, start, end - start, p.id)
    if (!err) yield call(movePfnRangeToZone, k.zone(p.node, ZONE.DEVICE), start, end - start, p.altmap)
    yield call(memHotplugDone)
  }
  if (err) {
    yield call(pgmapArrayDelete, start, end)
    return err
  }
  return yield call(memmapInitZoneDevice, p, start, end, p.node)
})

/** pgmap_array_delete(): clears the table over the range, whoever's entries stand there, then waits for RCU readers. */
const pgmapArrayDelete = op('pgmap_array_delete', 'mm/memremap.c, v6.1', function* (k, start: number, end: number) {
  yield fill(k.pgmapIndex, start, end, 0)
  yield cost('synchronize_rcu', 1)
  return 0
})

/**
 * MEMORY_DEVICE_* by profile. What is generic (device-dax) had no name before v5.3, where it was DEVDAX: its driver left the type at 0, which is a
 * page map like any.
 */
const TYPES: Readonly<Record<Decisions['memoryTypes'], readonly DeviceMemoryType[]>> = {
  'hmm-public': ['private', 'public', 'fs-dax', 'generic'],
  p2pdma: ['private', 'public', 'fs-dax', 'generic', 'pci-p2pdma'],
  devdax: ['private', 'fs-dax', 'generic', 'pci-p2pdma'],
  generic: ['private', 'fs-dax', 'generic', 'pci-p2pdma'],
  coherent: ['private', 'coherent', 'fs-dax', 'generic', 'pci-p2pdma'],
}

/** The type checks at the head of memremap_pages(). A type that the kernel does not know could not even be named to it. */
const checkType = (k: Kernel, type: DeviceMemoryType): string | undefined => {
  const { devicePrivate, memoryTypes } = k.profile.decisions
  if (type === 'private' && devicePrivate === 'off') return 'Device private memory not supported'
  if (!TYPES[memoryTypes].includes(type)) return 'Invalid pgmap type'
  return undefined
}

/** numa_mem_id() of CPU 0, for a caller that names no node: its node, or the first one with memory. */
const nearestNode = op('numa_mem_id', 'include/linux/topology.h', function* (k) {
  let first = -1
  for (const id of k.nodeIds) {
    if (!(yield read(k.node(id).hasMemory))) continue
    if (first < 0) first = id
    if (k.node(id).cpus > 0) return id
  }
  return first < 0 ? (k.nodeIds[0] ?? 0) : first
})

/** The driver's dev_pagemap, which the model keeps in a list: nobody else sees it come. Answers its id. */
const newPgmap = op('memremap_pages', 'mm/memremap.c, v6.1', function* (k, pgmap: Omit<Pgmap, 'id'>) {
  const maps = yield* readRef(k.pgmaps)
  if (maps.length >= MAX_PGMAPS) return yield fail(ERRNO.ENOMEM, `more than ${MAX_PGMAPS} page maps`)
  // an id is not used again at once: stale struct pages still point to the page map that is gone
  let id = yield read(k.lastPgmap)
  do id = (id % MAX_PGMAPS) + 1
  while (maps.some((p) => p.id === id))
  yield write(k.lastPgmap, id)
  yield updateRef(k.pgmaps, (all) => [...all, { ...pgmap, id }])
  return id
})

/** memremap_pages(): answers the id of the page map, or -errno. Ranges that were done before one failed are released again. */
export const memremapPages = op('memremap_pages', 'mm/memremap.c, v6.1', function* (k, request: PgmapRequest) {
  if (request.ranges.length === 0) {
    yield warn('nr_range must be specified', 'nr_range')
    return yield fail(ERRNO.EINVAL, 'no range')
  }
  const unsupported = checkType(k, request.type)
  if (unsupported) {
    yield warn(unsupported)
    return yield fail(ERRNO.EINVAL, unsupported)
  }
  const node = request.node < 0 ? yield call(nearestNode) : request.node
  if (!k.nodes.has(node)) return yield fail(ERRNO.EINVAL, `node ${node} is not possible`)
  const unnamed: Omit<Pgmap, 'id'> = {
    type: request.type, ranges: request.ranges, node, owner: request.owner, live: true, vmemmapShift: request.vmemmapShift ?? 0,
    altmap: request.altmap ? { ...request.altmap, align: 0, alloc: 0 } : undefined,
  }
  const id = yield atomic(newPgmap, unnamed)
  if (id < 0) return id
  const pgmap: Pgmap = { ...unnamed, id }
  for (let i = 0; i < pgmap.ranges.length; i++) {
    const err = yield call(pagemapRange, pgmap, i)
    if (!err) continue
    for (let done = 0; done < i; done++) yield call(pageunmapRange, id, done)
    yield call(forget, id)
    return err
  }
  return id
})

/** The end of memunmap_pages(), which a failed memremap_pages() goes through as well: sections that it left keep their altmap pages. */
const forget = op('memunmap_pages', 'mm/memremap.c, v6.1', function* (k, id: number) {
  const maps = yield* readRef(k.pgmaps)
  if (maps.find((p) => p.id === id)?.altmap?.alloc) yield warn('failed to free all reserved pages', 'memunmap_pages')
  yield updateRef(k.pgmaps, (all) => all.filter((p) => p.id !== id))
  return 0
})

/** pageunmap_range(): the zone is that of the first page that was initialised (v5.4+). */
const pageunmapRange = op('pageunmap_range', 'mm/memremap.c, v6.1', function* (k, id: number, index: number) {
  const p = (yield* readRef(k.pgmaps)).find((m) => m.id === id)!
  const { start, end } = p.ranges[index]!
  const first = yield get(k.page, index === 0 ? Math.min(pfnFirst(p), end - 1) : start)
  yield call(memHotplugBegin)
  const zone = k.nodes.get(pageNode(first))?.zones[pageZone(first)] ?? k.zone(p.node, ZONE.DEVICE)
  yield call(removePfnRangeFromZone, zone, start, end - start)
  if (p.type === 'private') yield call(removePages, 0, start, end - start, p.id)
  else yield call(archRemoveMemory, start, end - start, p.id)
  yield call(memHotplugDone)
  yield call(pgmapArrayDelete, start, end)
  return 0
})

/** put_page() of each device page. Seen only where the struct pages stay readable: in early sections. */
const putPages = op('put_page', 'mm/memremap.c, v5.17 and before', function* (k, id: number) {
  const p = (yield* readRef(k.pgmaps)).find((m) => m.id === id)!
  for (let i = 0; i < p.ranges.length; i++) {
    const from = i === 0 ? pfnFirst(p) : p.ranges[i]!.start
    if (from < p.ranges[i]!.end) yield map(k.page, from, p.ranges[i]!.end, withoutReference)
  }
  return 0
})

/**
 * memunmap_pages(): kill the reference, wait until nobody holds a page, take the pages away, take them off the list. A page
 * that the user marked pinned is never given back: the wait has no end, and the model says so instead.
 */
export const memunmapPages = op('memunmap_pages', 'mm/memremap.c, v6.1', function* (k, id: number) {
  const p = (yield* readRef(k.pgmaps)).find((m) => m.id === id)
  if (!p) return yield fail(ERRNO.ENOENT, `no page map ${id}`)
  for (const r of p.ranges) {
    const pinned = yield scan([k.mark], r.start, r.end, 1, (mark) => mark !== 0)
    if (pinned >= 0) return yield fail(ERRNO.EINTR, `pfn ${hex(pinned)} is still referenced: memunmap_pages() would wait for ever`)
  }
  yield call(setLive, id)
  yield cost('percpu_ref_kill', 1)
  if (k.profile.decisions.releaseReference === 'each-page') yield call(putPages, id)
  for (let i = 0; i < p.ranges.length; i++) yield call(pageunmapRange, id, i)
  yield call(forget, id)
  return 0
})
