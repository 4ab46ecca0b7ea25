/** All that a device type may import. */
import type { DeviceContext, DeviceType, DeviceTypeSpec, PlugContext } from './device-type.ts'
import { defaultPlug, defaultUnplug, lifeActions } from './life.ts'
import type { Params } from './params.ts'
import { kernel, type Steps } from './steps.ts'

export { API_VERSION } from './device-type.ts'
export type { AnyDeviceType, DeclaredCost, DeviceAction, DeviceContext, DeviceType, DeviceTypeSpec, DeviceView, Hook, MachineView, Placement, PlugContext, ResourceView, SizeText } from './device-type.ts'
export { devm } from './devm.ts'
export { defaultPlug, defaultUnplug, findResource } from './life.ts'
export { param } from './params.ts'
export type { Param, Params, ValuesOf } from './params.ts'
export { ERRNO, kernel } from './steps.ts'
export type { AltmapPages, DeviceMemo, DeviceMemoryType, KernelStep, ReleasePolicy, Steps } from './steps.ts'

/**
 * Defines a device type. Parameters' types are inferred into every hook:
 *
 * ```ts
 * export default defineDeviceType({
 *   id: 'hmm-private', title: 'HMM private', doc: '…',
 *   params: { size: param.bytes({ default: '1GiB', doc: 'Device memory to expose' }), node: param.node() },
 *   placement: ({ size }) => ({ at: 'free-region', size }),
 *   memory: 'private', mapping: 'none', granularity: 'section',
 *   resource: { name: (name) => name, release: 'driver' },
 * })
 * ```
 */
export function defineDeviceType<const S extends Params>(spec: DeviceTypeSpec<S>): DeviceType<S> {
  // a device that lives as declared can also be told to end one of its two lives
  const actions = spec.onPlug || spec.onUnplug ? spec.actions : { ...lifeActions(spec), ...spec.actions }
  return {
    ...spec,
    ...(actions ? { actions } : {}),
    plug: (context: PlugContext<S>) => (spec.onPlug ? spec.onPlug(context) : defaultPlug(spec, context)),
    unplug: (context: DeviceContext<S>) => (spec.onUnplug ? guardedUnplug(spec, context) : defaultUnplug(spec, context)),
  }
}

function* guardedUnplug<S extends Params>(spec: DeviceTypeSpec<S>, context: DeviceContext<S>): Steps {
  const refusal = spec.mayUnplug?.(context)
  if (refusal) return yield kernel.fail(refusal.errno, refusal.reason)
  return spec.onUnplug ? yield* spec.onUnplug(context) : 0
}
