/** What the declarations of a type come to: how a device without hooks of its own is plugged and unplugged. */
import type { DeviceContext, DeviceTypeSpec, MachineView, Placement, PlugContext, ResourceView } from './device-type.ts'
import type { Params, ValuesOf } from './params.ts'
import { ERRNO, kernel, type ReleasePolicy, type Steps } from './steps.ts'

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
  const type = typeof spec.memory === 'function' ? spec.memory(params) : spec.memory
  const node = nodeOf(params)
  const pgmaps: number[] = []
  if (type !== 'none') {
    const altmap = spec.altmap?.(params, got, machine)
    const vmemmapShift = spec.vmemmapShift?.(params)
    const pgmap = yield kernel.memremapPages({ type, start: got.start, size: got.size, node, ...(altmap ? { altmap } : {}), ...(vmemmapShift ? { vmemmapShift } : {}) })
    if (pgmap < 0) {
      if (claimed) yield kernel.releaseMemRegion(got.start, got.size)
      return pgmap
    }
    pgmaps.push(pgmap)
  }
  const regions = claimed ? [{ start: got.start, end: got.start + got.size, name: region.name, release: region.release }] : []
  yield kernel.remember({ pgmaps, regions, node, data: { start: got.start, size: got.size } })
  return 0
}

/** Unplugging as declared: the struct pages go, then the region by its release policy. */
export function* defaultUnplug<S extends Params>(spec: DeviceTypeSpec<S>, context: DeviceContext<S>): Steps {
  const { device } = context
  const refusal = spec.mayUnplug?.(context)
  if (refusal) return yield kernel.fail(refusal.errno, refusal.reason)
  for (const pgmap of device.pgmaps) {
    const err = yield kernel.memunmapPages(pgmap)
    if (err < 0) return err
  }
  for (const r of device.regions) if (r.release !== 'keep') yield kernel.releaseMemRegion(r.start, r.end - r.start)
  yield kernel.remember({ pgmaps: [], regions: device.regions.filter((r) => r.release === 'keep') })
  return 0
}

/** The parameter named `node`, where a type has one; else the nearest. */
const nodeOf = (params: Readonly<Record<string, unknown>>): number => (typeof params['node'] === 'number' ? params['node'] : -1)
