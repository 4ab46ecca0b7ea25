/**
 * What the declarations of a type come to: how a device without hooks of its own is plugged and unplugged, and when its region goes. Two parties
 * may give a region back: whoever takes the struct pages away (hot-remove, shared code), and the driver that claimed it. Who of them does
 * it, and when, is the release policy: the question of the 2018 thread (kernel-behaviour 3f.3, B8).
 */
import type { DeviceAction, DeviceContext, DeviceTypeSpec, MachineView, Placement, PlugContext, ResourceView } from './device-type.ts'
import type { Params, ValuesOf } from './params.ts'
import { ERRNO, kernel, type DeviceMemo, type ReleasePolicy, type Steps } from './steps.ts'

/** The region by the type's policy: name, whether it is claimed, when it is given back. */
function regionOf<S extends Params>(spec: DeviceTypeSpec<S>, name: string, params: ValuesOf<S>): { name: string; claim: boolean; release: ReleasePolicy } {
  const { resource } = spec
  return {
    name: typeof resource.name === 'string' ? resource.name : resource.name(name, params),
    claim: resource.claim?.(params) ?? true,
    release: typeof resource.release === 'string' ? resource.release : resource.release(params),
  }
}

/** First resource of a name that is not busy, searched in depth. */
export function findResource(resources: readonly ResourceView[], name: string, at?: number): ResourceView | undefined {
  for (const r of resources) {
    if (r.name === name && !r.busy && (at === undefined || (r.start <= at && at < r.end))) return r
    const inner = findResource(r.children, name, at)
    if (inner) return inner
  }
  return undefined
}

/** Claims the range of a placement. Answers its start and size, or a negative errno. */
function* place(placement: Placement, region: { readonly name: string; readonly claim: boolean }, machine: MachineView): Generator<ReturnType<typeof kernel.fail>, { start: number; size: number } | number, number> {
  if (placement.at === 'free-region') {
    const section = yield kernel.requestFreeMemRegion(placement.size, region.name)
    // rounded up to whole sections, and all of what was given is mapped, as drivers do
    return section < 0 ? section : { start: section * machine.sectionSize, size: Math.ceil(placement.size / machine.sectionSize) * machine.sectionSize }
  }
  let { start, size } = { start: 0, size: 0 }
  if (placement.at === 'fixed') ({ start, size } = placement)
  else {
    const outer = findResource(machine.resources, placement.resource, placement.start)
    if (!outer) return yield kernel.fail(ERRNO.ENODEV, `no free resource "${placement.resource}"`)
    start = placement.start ?? outer.start
    size = placement.size ?? outer.end - start
  }
  if (region.claim) {
    const err = yield kernel.requestMemRegion(start, size, region.name)
    if (err < 0) return err
  }
  return { start, size }
}

/** Plugging as declared: region, page map, note. A failed page map gives the region back. */
export function* defaultPlug<S extends Params>(spec: DeviceTypeSpec<S>, context: PlugContext<S>): Steps {
  const { params, name, machine } = context
  if (!spec.placement) return yield kernel.fail(ERRNO.EINVAL, `type ${spec.id} has neither placement nor onPlug`)
  const region = regionOf(spec, name, params)
  const placement = spec.placement(params)
  const got = yield* place(placement, region, machine)
  if (typeof got === 'number') return got
  const claimed = region.claim || placement.at === 'free-region'
  const pgmap = yield* map(spec, context, got)
  if (pgmap < 0) {
    if (claimed) yield kernel.releaseMemRegion(got.start, got.size)
    return pgmap
  }
  const regions = claimed ? [{ start: got.start, end: got.start + got.size, name: region.name, release: region.release }] : []
  yield kernel.remember({ pgmaps: pgmap === 0 ? [] : [pgmap], regions, node: nodeOf(params), data: { start: got.start, size: got.size } })
  return 0
}

/** Struct pages for a range as declared. Answers the page map's id, 0 for a type without struct pages, or a negative errno. */
function* map<S extends Params>(spec: DeviceTypeSpec<S>, { params, machine }: PlugContext<S>, range: { readonly start: number; readonly size: number }): Steps {
  const type = typeof spec.memory === 'function' ? spec.memory(params) : spec.memory
  if (type === 'none') return 0
  const altmap = spec.altmap?.(params, range, machine)
  const vmemmapShift = spec.vmemmapShift?.(params)
  return yield kernel.memremapPages({ type, ...range, node: nodeOf(params), ...(altmap ? { altmap } : {}), ...(vmemmapShift ? { vmemmapShift } : {}) })
}

/** Unplugging as declared: the struct pages go, then the driver gives back what it claimed, unless it keeps it. */
export function* defaultUnplug<S extends Params>(spec: DeviceTypeSpec<S>, context: DeviceContext<S>): Steps {
  const refusal = spec.mayUnplug?.(context)
  if (refusal) return yield kernel.fail(refusal.errno, refusal.reason)
  const err = yield* unmap(context)
  if (err < 0) return err
  for (const r of context.device.regions) if (r.release !== 'keep' && driverHolds(context.device)) yield kernel.releaseMemRegion(r.start, r.end - r.start)
  yield kernel.remember({ regions: context.device.regions.filter((r) => r.release === 'keep') })
  return 0
}

/** Takes the struct pages away, and the region with them where its policy says that hot-remove releases it. */
function* unmap<S extends Params>({ device, machine }: DeviceContext<S>): Steps {
  for (const pgmap of device.pgmaps) {
    const err = yield kernel.memunmapPages(pgmap)
    if (err < 0) return err
  }
  yield kernel.remember({ pgmaps: [] })
  if (device.pgmaps.length === 0) return 0
  for (const r of device.regions) if (hotRemoveReleases(r, device, machine)) yield kernel.releaseMemRegion(r.start, r.end - r.start)
  if (!driverHolds(device)) yield kernel.remember({ regions: [] })
  return 0
}

/** What the shared code that takes struct pages away does with the region. The driver knows nothing of it. */
function hotRemoveReleases(region: DeviceMemo['regions'][number], device: DeviceMemo, machine: MachineView): boolean {
  switch (region.release) {
    case 'release': return true
    // the check that was merged: a driver's region never is System RAM
    case 'sysram-only': return isSystemRam(machine.resources, region)
    // the page map was the last holder
    case 'refcount': return !driverHolds(device)
    // a driver's region is marked; one that is not, goes
    case 'device-managed-flag': return isSystemRam(machine.resources, region)
    case 'driver':
    case 'keep': return false
  }
}

const isSystemRam = (resources: readonly ResourceView[], region: { readonly start: number; readonly end: number }): boolean =>
  resources.some((r) => (r.start === region.start && r.end === region.end && r.busy && r.sysram) || isSystemRam(r.children, region))

/** The driver has not given its region back yet. */
const driverHolds = (device: DeviceMemo): boolean => device.data['released'] !== true

/** What can be done to a device that lives as declared, beyond unplugging it: the two lives, each ended by itself. */
export function lifeActions<S extends Params>(spec: DeviceTypeSpec<S>): Readonly<Record<string, DeviceAction<S>>> {
  return {
    'unmap-pages': {
      title: 'unmap its pages', doc: 'memunmap_pages(): the struct pages go; the driver stays and goes on using the range. Whether its region stays is the release policy.', params: {},
      *run(context) {
        if (context.device.pgmaps.length === 0) return yield kernel.fail(ERRNO.ENOENT, 'it has no struct pages')
        return yield* unmap(context)
      },
    },
    'map-pages': {
      title: 'map its pages again', doc: 'memremap_pages() on the range that it had. Nobody asks whether the range still is its own.', params: {},
      *run(context) {
        const { device } = context
        const { start, size } = device.data
        if (device.pgmaps.length > 0) return yield kernel.fail(ERRNO.EEXIST, 'its pages are mapped')
        if (typeof start !== 'number' || typeof size !== 'number') return yield kernel.fail(ERRNO.ENODEV, 'it has no range')
        const pgmap = yield* map(spec, context, { start, size })
        if (pgmap <= 0) return pgmap
        return yield kernel.remember({ pgmaps: [pgmap] })
      },
    },
    'release-region': {
      title: 'release its region', doc: 'release_mem_region() by the driver, its struct pages or not. With release policy refcount the region stays until its struct pages go.', params: {},
      *run({ device }) {
        if (device.regions.length === 0 || !driverHolds(device)) return yield kernel.fail(ERRNO.ENOENT, 'it has given back what it claimed, or claimed nothing')
        const stays = (r: DeviceMemo['regions'][number]): boolean => r.release === 'refcount' && device.pgmaps.length > 0
        for (const r of device.regions) if (!stays(r)) yield kernel.releaseMemRegion(r.start, r.end - r.start)
        return yield kernel.remember({ regions: device.regions.filter(stays), data: { ...device.data, released: true } })
      },
    },
  }
}

/** The parameter named `node`, where a type has one; else the nearest. */
const nodeOf = (params: Readonly<Record<string, unknown>>): number => (typeof params['node'] === 'number' ? params['node'] : -1)
