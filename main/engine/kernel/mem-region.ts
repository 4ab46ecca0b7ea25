/** Claiming and giving back physical ranges in the resource tree. kernel/resource.c, v6.1. Bytes, `end` exclusive. */
import { ERRNO } from '../errors.ts'
import { call, fail, KERN_WARNING, lock, op, print, readRef, unlock, updateRef, warn, writeRef, type Step } from '../executors/step.ts'
import type { Kernel } from '../state/kernel.ts'
import { releaseMemRegionAdjustable, type AdjustableRules } from '../state/resource-release.ts'
import { findFreeRegion, findFreeRegionAscending, findResource, insertResource, insertResourceExpandToFit, releaseRegion, releaseResource, removeResource, resourceAround, requestRegion, setResourceFlags, type Resource, type ResourceDesc } from '../state/resource-tree.ts'
import { hex } from '../units.ts'

/** %pR of a memory resource. */
const memRange = (start: number, end: number): string => `[mem 0x${start.toString(16).padStart(8, '0')}-0x${(end - 1).toString(16).padStart(8, '0')}]`

/** What __request_region() prints, without a line end, when it meets memory that request_free_mem_region() had found. */
export function* warnUnaddressable(conflict: Resource | undefined, start: number, size: number): Generator<Step, void, number> {
  if (conflict?.desc === 'device-private')
    yield print(KERN_WARNING, `resource: Unaddressable device ${conflict.name} ${memRange(conflict.start, conflict.end)} conflicts with ${memRange(start, start + size)}`)
}

const bounds = (r: Resource): string => `"${r.name}" ${hex(r.start)}-${hex(r.end - 1)}`

/** request_mem_region(): 0, or -EBUSY when something busy is there. Nests inside what is not busy and takes over its type. */
export const requestMemRegion = op('request_mem_region', 'kernel/resource.c, v6.1', function* (k, start: number, size: number, name: string, desc?: ResourceDesc) {
  yield lock(k.resourceLock, 'write')
  const tree = yield* readRef(k.iomem)
  const { root, conflict } = requestRegion(tree, start, start + size, name, false, desc)
  if (root) yield writeRef(k.iomem, root)
  yield unlock(k.resourceLock)
  if (root) return 0
  yield* warnUnaddressable(conflict, start, size)
  return yield fail(ERRNO.EBUSY, conflict === tree ? `the range is not inside /proc/iomem, which ends at ${hex(tree.end)}` : `${conflict ? bounds(conflict) : 'something'} is in the way`)
})

/** release_mem_region(): exactly one busy region, or a warning. */
export const releaseMemRegion = op('release_mem_region', 'kernel/resource.c, v6.1', function* (k, start: number, size: number) {
  yield lock(k.resourceLock, 'write')
  const tree = yield* readRef(k.iomem)
  const next = releaseRegion(tree, start, start + size)
  if (next !== tree) yield writeRef(k.iomem, next)
  yield unlock(k.resourceLock)
  if (next === tree) {
    const pad = (n: number): string => n.toString(16).padStart(16, '0')
    yield print(KERN_WARNING, `Trying to free nonexistent resource <${pad(start)}-${pad(start + size - 1)}>`)
    return yield fail(ERRNO.EINVAL, 'no busy region has exactly these bounds')
  }
  return 0
})

/** How far get_free_mem_region() goes from one candidate to the next: by the size asked for, or by the alignment (v6.7+). */
const regionStep = (k: Kernel, size: number, align: number): number => (k.profile.decisions.freeRegion === 'by-size' ? size : align)

/**
 * request_free_mem_region(): the first of E - size, E - size - step, … that meets nothing, E = end of iomem + 1, size rounded up to whole
 * sections. Answers its first section number (addresses do not fit an errno's range), or -ERANGE. v5.3+; HMM's own search before was the same.
 */
export const requestFreeMemRegion = op('request_free_mem_region', 'kernel/resource.c, v5.3+', function* (k, size: number, name: string) {
  const section = k.pagesPerSection * k.pageSize
  const whole = Math.ceil(size / section) * section
  const atomic = k.profile.decisions.freeRegionLock === 'whole-search'
  yield lock(k.resourceLock, atomic ? 'write' : 'read')
  const tree = yield* readRef(k.iomem)
  const top = Math.min(tree.end, k.pluggableEnd)
  const start = findFreeRegion(tree, whole, top, regionStep(k, whole, section))
  if (start === undefined) {
    yield unlock(k.resourceLock)
    return yield fail(ERRNO.ERANGE, `no free region of ${hex(whole)} bytes below ${hex(top)}`)
  }
  if (!atomic) {
    yield unlock(k.resourceLock)
    // somebody may have come in between
    if ((yield call(requestMemRegion, start, whole, name, 'device-private')) < 0) return yield fail(ERRNO.ENOMEM, `the free region at ${hex(start)} was taken meanwhile`)
    return start / section
  }
  const { root } = requestRegion(tree, start, start + whole, name, false, 'device-private')
  if (root) yield writeRef(k.iomem, root)
  yield unlock(k.resourceLock)
  return start / section
})

/** The rules of release_mem_region_adjustable() by profile. */
const adjustableRules = (k: Kernel): AdjustableRules =>
  ({ sysramOnly: k.profile.decisions.releaseSysram === 'sysram-only', splitChildren: k.profile.decisions.splitChildren })

/**
 * Gives back the resource of RAM that was removed: release_mem_region_adjustable(), and the warning of whoever called it where it could
 * fail. Called by __remove_pages() or by remove_memory(), as resourceRelease says.
 */
export const releaseMemoryResource = op('release_mem_region_adjustable', 'kernel/resource.c', function* (k, start: number, size: number) {
  yield lock(k.resourceLock, 'write')
  const { root, came } = releaseMemRegionAdjustable(yield* readRef(k.iomem), start, start + size, adjustableRules(k))
  if (came === 'released') yield writeRef(k.iomem, root)
  yield unlock(k.resourceLock)
  if (came === 'released' || came === 'stopped') return 0
  if (k.profile.decisions.releaseNoMatch === 'silent') {
    if (came !== 'no-match') yield warn('', `release_mem_region_adjustable ${came}`)
    return 0
  }
  const errno = came === 'child' ? ERRNO.EBUSY : ERRNO.EINVAL
  const pad = (n: number): string => '0x' + n.toString(16).padStart(16, '0')
  yield print(KERN_WARNING, `Unable to release resource <${pad(start)}-${pad(start + size - 1)}> (-${errno})`)
  return -errno
})

/** insert_resource(): existing resources that it contains, or that have the same bounds, move below it; -EBUSY when it partly overlaps one. */
export const insertRegion = op('insert_resource', 'kernel/resource.c, v6.1', function* (k, resource: Resource) {
  yield lock(k.resourceLock, 'write')
  const root = insertResource(yield* readRef(k.iomem), resource, 'around')
  if (root) yield writeRef(k.iomem, root)
  yield unlock(k.resourceLock)
  return root ? 0 : yield fail(ERRNO.EBUSY, `${bounds(resource)} partly overlaps a resource`)
})

/**
 * remove_resource(): unlinks it; what was below it moves up. Without `end`, the one around `start`. -EINVAL when it is not there. The System RAM
 * resource of dax/kmem went by release_resource() as long as RAM in it could be left behind: with all that is below.
 */
export const removeRegion = op('remove_resource', 'kernel/resource.c, v6.1', function* (k, start: number, end: number | undefined, name: string) {
  yield lock(k.resourceLock, 'write')
  const tree = yield* readRef(k.iomem)
  const around = end === undefined ? resourceAround(tree, start, name) : undefined
  const [first, last] = [around?.start ?? start, around?.end ?? end ?? start]
  const withChildren = k.profile.decisions.releaseSysram === 'sysram-only' && findResource(tree, first, last, name)?.sysram
  const root = withChildren ? releaseResource(tree, first, last, name) : removeResource(tree, first, last, name)
  if (root !== tree) yield writeRef(k.iomem, root)
  yield unlock(k.resourceLock)
  return root === tree ? yield fail(ERRNO.EINVAL, `no resource "${name}" ${end === undefined ? `around ${hex(start)}` : `${hex(start)}-${hex(end - 1)}`}`) : 0
})

/** insert_resource_expand_to_fit(): the resource grows over whatever it partly overlaps. */
export const insertRegionExpandToFit = op('insert_resource_expand_to_fit', 'kernel/resource.c, v5.19+', function* (k, resource: Resource) {
  yield lock(k.resourceLock, 'write')
  yield writeRef(k.iomem, insertResourceExpandToFit(yield* readRef(k.iomem), resource))
  yield unlock(k.resourceLock)
  return 0
})

/** What an owner does to the flags of its own resource: no lock, no check. -EINVAL when it is not there. */
export const setRegionFlags = op('res->flags', 'drivers', function* (k, start: number, end: number, name: string, busy: boolean, sysram: boolean) {
  const tree = yield* readRef(k.iomem)
  const found = findResource(tree, start, end, name)
  if (!found) return yield fail(ERRNO.EINVAL, `no resource "${name}" ${hex(start)}-${hex(end - 1)}`)
  yield updateRef(k.iomem, (now) => setResourceFlags(now, start, end, name, { busy, sysram }))
  return 0
})

/** alloc_free_mem_region(): a resource that is not busy in the lowest free place of `base`. Answers its start in units of `align`, or -ERANGE. v6.0+. */
export const allocFreeMemRegion = op('alloc_free_mem_region', 'kernel/resource.c, v6.0+', function* (k, base: string, around: number, size: number, align: number, name: string) {
  const whole = Math.ceil(size / align) * align
  yield lock(k.resourceLock, 'write')
  const tree = yield* readRef(k.iomem)
  const outer = resourceAround(tree, around, base)
  const at = outer ? findFreeRegionAscending(outer, whole, align, regionStep(k, whole, align)) : undefined
  const root = at === undefined ? undefined : insertResource(tree, { start: at, end: at + whole, name, busy: false, sysram: false, children: [] })
  if (root) yield writeRef(k.iomem, root)
  yield unlock(k.resourceLock)
  if (!outer) return yield fail(ERRNO.EINVAL, `no resource "${base}" around ${hex(around)}`)
  if (!root || at === undefined) return yield fail(ERRNO.ERANGE, `no free ${hex(whole)} bytes in ${bounds(outer)}`)
  return at / align
})
