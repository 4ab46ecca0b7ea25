/** memremap_pages(), devm_memremap_pages() before v5.3: struct pages for device memory. mm/memremap.c, kernel/memremap.c until v5.2. */
import { ERRNO } from '../errors.ts'
import { atomic, bug, call, fail, KERN_WARNING, op, print, read, readRef, warn, type Step } from '../executors/step.ts'
import type { Decisions } from '../profiles/decisions.ts'
import type { Kernel } from '../state/kernel.ts'
import type { DeviceMemoryType, Pgmap } from '../state/pgmap.ts'
import { ramIntersects } from '../state/resource-tree.ts'
import { ZONE } from '../state/zone.ts'
import { hex } from '../units.ts'
import { addedRange, memmapInitUnderLock, memmapInitZoneDevice, setPgmapOfPages, wholeSections, type PfnRange } from './device-pages.ts'
import { hmmDevmemPagesCreate, publicResource } from './hmm-devmem.ts'
import { memHotplugBegin, memHotplugDone } from './hotplug-locks.ts'
import { forgetPgmap, pageunmapRange } from './memunmap-pages.ts'
import { newPgmap } from './new-pgmap.ts'
import { deletePgmap, getDevPagemap, storePgmap } from './pgmap-table.ts'
import { addPagesX86, archAddMemory } from './sections.ts'
import { movePfnRangeToZone } from './zone-span.ts'

export { memunmapPages } from './memunmap-pages.ts'

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

/** What the warning of a range over RAM says; %pr shows the flags of the driver's own resource, which is plain memory. */
function ramWarning(k: Kernel, { start, end }: PfnRange, what: 'mixed' | 'ram'): string {
  const by = k.profile.decisions.ramWarning
  const [first, last] = [start * k.pageSize, end * k.pageSize - 1]
  if (by === 'range') return `attempted on ${what} region ${hex(first)}-${hex(last)}`
  const pad = (n: number): string => '0x' + n.toString(16).padStart(8, '0')
  return `${by} attempted on ${what} region [mem ${pad(first)}-${pad(last)} flags 0x200]`
}

/** What pagemap_range() answers for a range that is RAM throughout, where that is no error: there is nothing to map. */
const IS_RAM = 1

/** Who has the range already: a live page map at either end, System RAM anywhere in it. 0, -errno, or IS_RAM. */
const rangeIsFree = op('pagemap_range', 'mm/memremap.c', function* (k, range: PfnRange) {
  const { mapOverRam, mixedRegion, regionIntersects } = k.profile.decisions
  const added = addedRange(k, range)
  for (const pfn of [added.start, added.end - 1])
    if (yield call(getDevPagemap, pfn)) {
      yield warn('Conflicting mapping in same section')
      return yield fail(ERRNO.ENOMEM, `pfn ${hex(pfn)} is a page of another live page map`)
    }
  const searched = mixedRegion === 'whole-sections' ? wholeSections(k, range) : range
  const ram = ramIntersects(yield* readRef(k.iomem), searched.start * k.pageSize, searched.end * k.pageSize, regionIntersects)
  if (ram === 'disjoint') return 0
  if (ram === 'intersects' && mapOverRam === 'no-op') return IS_RAM
  yield warn(ramWarning(k, range, ram === 'mixed' ? 'mixed' : 'ram'), 'pagemap_range')
  return yield fail(ERRNO.ENXIO, `the range${searched === range ? '' : ', in whole sections,'} meets System RAM (${ram === 'mixed' ? 'mixed' : 'ram'})`)
})

/** ZONE_DEVICE grows over the range, and those of its struct pages are initialised that are done with it. */
function* enterZone(k: Kernel, p: Pgmap, { start, end }: PfnRange): Generator<Step, void, number> {
  // an altmap has carried it this far without asking the node for memory; NODE_DATA() is NULL all the same
  if (k.profile.decisions.nodeData === 'at-hot-add' && !(yield read(k.node(p.node).hasData))) yield bug(`BUG: kernel NULL pointer dereference: NODE_DATA(${p.node})`)
  yield call(movePfnRangeToZone, k.zone(p.node, ZONE.DEVICE), start, end - start, p.altmap)
  if (k.profile.decisions.devicePageInit === 'under-lock') yield call(memmapInitUnderLock, p, { start, end }, p.node)
}

/**
 * pagemap_range(), devm_memremap_pages() until v5.2: the order of checks is the kernel's (recordings, surprise 18). A failure after the pfns were
 * listed takes them off the list again (where the table is an XArray, others' included), and leaves sections that were added, and the linear map.
 */
const pagemapRange = op('pagemap_range', 'mm/memremap.c', function* (k, p: Pgmap, index: number) {
  const range = p.ranges[index]!
  const { deviceGrowth, devicePageInit, rangeLimit } = k.profile.decisions
  if (p.altmap && index > 0) {
    yield warn('altmap not supported for multiple ranges', 'altmap ranges')
    return yield fail(ERRNO.EINVAL, 'an altmap goes with one range only')
  }
  const taken = yield call(rangeIsFree, range)
  if (taken) return taken
  const listed = yield call(storePgmap, range.start, range.end, p.id)
  if (listed) return listed
  const added = addedRange(k, range)
  let err = 0
  if (rangeLimit === 'pluggable' && added.end * k.pageSize > k.pluggableEnd) {
    yield print(KERN_WARNING, `Hotplug memory [${hex(added.start * k.pageSize)}-${hex(added.end * k.pageSize)}] exceeds maximum addressable range [0x0-${hex(k.pluggableEnd - 1)}]`)
    err = yield fail(ERRNO.EINVAL, `range ends beyond ${hex(k.pluggableEnd)}`)
  } else {
    const nr = added.end - added.start
    yield call(memHotplugBegin)
    err = p.type === 'private' ? yield call(addPagesX86, p.node, added.start, nr, p.id) : yield call(archAddMemory, p.node, added.start, nr, p.id)
    if (!err && deviceGrowth === 'under-hotplug-lock') yield* enterZone(k, p, added)
    yield call(memHotplugDone)
  }
  if (err) {
    yield call(deletePgmap, range.start, range.end)
    return err
  }
  if (deviceGrowth === 'after-hotplug-lock') yield* enterZone(k, p, added)
  if (devicePageInit === 'twice') return yield call(setPgmapOfPages, p, range, p.node)
  return devicePageInit === 'under-lock' ? 0 : yield call(memmapInitZoneDevice, p, added, p.node)
})

/**
 * MEMORY_DEVICE_* by profile. What is generic (device-dax) had no name before v5.3, where it was DEVDAX: its driver left the type at 0, which is a
 * page map like any.
 */
const TYPES: Readonly<Record<Decisions['memoryTypes'], readonly DeviceMemoryType[]>> = {
  'hmm-public': ['private', 'public', 'fs-dax', 'generic'],
  p2pdma: ['private', 'public', 'fs-dax', 'generic', 'pci-p2pdma'],
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

/** MAX_FOLIO_ORDER on x86-64: a PUD. */
const maxFolioOrder = (k: Kernel): number => 2 * Math.log2(k.pageSize / 8)

/**
 * memremap_pages(): answers the id of the page map, or -errno; 0 where the range is RAM and that is no error. Ranges that were done before one
 * failed are released again. HMM's memory goes HMM's way as long as there is one.
 */
export const memremapPages = op('memremap_pages', 'mm/memremap.c', function* (k, request: PgmapRequest) {
  const { hmm, releaseNode, vmemmapShift } = k.profile.decisions
  if (request.ranges.length === 0) {
    yield warn('nr_range must be specified', 'nr_range')
    return yield fail(ERRNO.EINVAL, 'no range')
  }
  const shift = vmemmapShift === 'none' ? 0 : (request.vmemmapShift ?? 0)
  if (vmemmapShift === 'checked' && shift > maxFolioOrder(k)) {
    yield warn('requested folio size unsupported', 'vmemmap_shift')
    return yield fail(ERRNO.EINVAL, `vmemmap_shift ${shift} is larger than ${maxFolioOrder(k)}`)
  }
  const unsupported = checkType(k, request.type)
  if (unsupported) {
    yield warn(unsupported)
    return yield fail(ERRNO.EINVAL, unsupported)
  }
  const node = request.node < 0 ? yield call(nearestNode) : request.node
  if (!k.nodes.has(node)) return yield fail(ERRNO.EINVAL, `node ${node} is not possible`)
  const unnamed: Omit<Pgmap, 'id'> = {
    type: request.type, ranges: request.ranges, node, owner: request.owner, live: true, vmemmapShift: shift,
    altmap: request.altmap ? { ...request.altmap, align: 0, alloc: 0 } : undefined,
    ...(releaseNode === 'of-the-device' && request.node < 0 ? { devNode: request.node } : {}),
  }
  if (hmm === 'own' && (request.type === 'private' || request.type === 'public')) return yield call(hmmDevmemPagesCreate, unnamed)
  // hmm_devmem_add_resource(); where there is none, a driver maps what it likes
  if (request.type === 'public' && hmm === 'unified') {
    const refused = yield call(publicResource, request.ranges[0]!)
    if (refused) return refused
  }
  const id = yield atomic(newPgmap, unnamed)
  if (id < 0) return id
  const pgmap: Pgmap = { ...unnamed, id }
  for (let i = 0; i < pgmap.ranges.length; i++) {
    const err = yield call(pagemapRange, pgmap, i)
    if (!err) continue
    for (let done = 0; done < i; done++) yield call(pageunmapRange, id, done)
    yield call(forgetPgmap, id)
    return err === IS_RAM ? 0 : err
  }
  return id
})
