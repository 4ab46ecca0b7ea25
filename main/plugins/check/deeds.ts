/** Random sequences of what people do to devices of a type, made from what the type declares. Shrinking leaves out deeds and takes simpler values. */
import fc from 'fast-check'
import type { AnyDeviceType, Param, Params } from '../../../plugins/sdk/index.ts'
import type { GivenParams } from '../../engine/devices.ts'
import { GiB, MiB, parseSize } from '../../engine/units.ts'

/** One deed. Slots and numbers are resolved when it is done, so that any part of a sequence still means something. */
export type Deed =
  | { readonly do: 'add'; readonly slot: number; readonly params: GivenParams }
  | { readonly do: 'remove'; readonly slot: number }
  | { readonly do: 'action'; readonly slot: number; readonly action: string; readonly args: GivenParams }
  /** A word to the nth hot-added memory block. */
  | { readonly do: 'block'; readonly nth: number; readonly word: string }
  /** Somebody claims a range, or gives the nth of those back. */
  | { readonly do: 'claim'; readonly start: number; readonly size: number }
  | { readonly do: 'unclaim'; readonly nth: number }
  | { readonly do: 'plug'; readonly slot: number; readonly node: number }
  | { readonly do: 'unplug'; readonly slot: number }
  /** The first page of the slot's device comes into use, or out of use again. */
  | { readonly do: 'mark'; readonly slot: number; readonly as: 'pinned' | 'none' }

const SLOTS = 3
const slot = fc.nat(SLOTS - 1)
/** Where devices are put: mostly on a few sub-section borders, so that they meet; now and then across, in RAM, or beyond. */
const place = fc.oneof(
  { weight: 6, arbitrary: fc.nat(7).map((n) => 8 * GiB + n * 64 * MiB) },
  { weight: 3, arbitrary: fc.nat(300).map((n) => 8 * GiB + n * 2 * MiB) },
  { weight: 1, arbitrary: fc.constantFrom(8 * GiB + 4096, 512 * MiB, 1023 * MiB, 4 * GiB, 2 ** 40 - 2 * MiB, 2 ** 46) },
)
const size = fc.oneof({ weight: 4, arbitrary: fc.integer({ min: 1, max: 8 }).map((n) => n * 64 * MiB) }, { weight: 2, arbitrary: fc.integer({ min: 1, max: 100 }).map((n) => n * 2 * MiB) }, { weight: 1, arbitrary: fc.constantFrom(4096, MiB, 3 * MiB) })

/** A value for a declared parameter: mostly one that the declaration allows; undefined leaves it out. */
function valueOf(p: Param): fc.Arbitrary<string | number | boolean | undefined> {
  switch (p.kind) {
    case 'bytes': {
      const limit = (text: string | undefined, otherwise: number): number => (text === undefined ? otherwise : (parseSize(text) ?? otherwise))
      const [min, max, step] = [limit(p.min, 1), limit(p.max, 64 * GiB), limit(p.multipleOf, 1)]
      const fit = (n: number): number => Math.min(max, Math.max(min, Math.ceil(n / step) * step))
      return fc.oneof({ weight: 2, arbitrary: fc.constant(undefined) }, { weight: 4, arbitrary: size.map(fit) }, { weight: 1, arbitrary: fc.constantFrom(min, fit(512 * MiB), fit(2 * GiB)) })
    }
    case 'address': return p.optional ? fc.oneof(fc.constant(undefined), place) : place
    case 'node': return fc.constantFrom(undefined, 0, 1, -1)
    case 'int': {
      const low = p.min ?? 0
      const high = p.max ?? Math.max(low, p.default) + 8
      const some = fc.oneof(fc.integer({ min: low, max: Math.max(low, Math.min(high, low + 16)) }), fc.constantFrom(low, Math.max(low, Math.min(high, 512)), Math.max(low, Math.min(high, 2048))))
      return fc.oneof({ weight: 2, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary: some })
    }
    case 'choice': return fc.constantFrom(undefined, ...p.choices)
    case 'bool': return fc.constantFrom(undefined, true, false)
    case 'text': return fc.constant(undefined)
  }
}

/** Sets of parameters: from one of the samples with some changed, or all made up. */
function paramsOf(declared: Params, samples: readonly GivenParams[]): fc.Arbitrary<GivenParams> {
  const names = Object.keys(declared)
  const random = fc.record(Object.fromEntries(Object.entries(declared).map(([name, p]) => [name, valueOf(p)])))
  const known = (given: GivenParams): GivenParams => Object.fromEntries(Object.entries(given).filter(([, v]) => v !== undefined))
  if (samples.length === 0 || names.length === 0) return random.map(known)
  const mixed = fc.tuple(fc.constantFrom(...samples), random, fc.array(fc.constantFrom(...names), { maxLength: 3 }))
    .map(([sample, other, changed]) => ({ ...sample, ...Object.fromEntries(changed.map((name) => [name, other[name]])) }))
  return fc.oneof({ weight: 3, arbitrary: mixed }, { weight: 1, arbitrary: random }).map(known)
}

/** Sequences of deeds with devices of a type. */
export function deedsOf(type: AnyDeviceType): fc.Arbitrary<readonly Deed[]> {
  const samples = (type.samples ?? []).map((s) => s.params as GivenParams)
  // the sample as it stands is always worth a try, moved so that several find room
  const add = fc.record({ do: fc.constant('add' as const), slot, params: paramsOf(type.params, samples) })
  const actions = Object.entries(type.actions ?? {}).map(([action, spec]) =>
    fc.record({ do: fc.constant('action' as const), slot, action: fc.constant(action), args: paramsOf(spec.params, []) }))
  const claim = fc.record({ do: fc.constant('claim' as const), start: place, size })
  const word = fc.constantFrom('online', 'online_movable', 'online_kernel', 'offline')
  const deed: fc.Arbitrary<Deed> = fc.oneof(
    { weight: 6, arbitrary: add },
    { weight: 5, arbitrary: fc.record({ do: fc.constant('remove' as const), slot }) },
    ...(actions.length === 0 ? [] : [{ weight: 3, arbitrary: fc.oneof(...actions) }]),
    { weight: 1, arbitrary: fc.record({ do: fc.constant('block' as const), nth: fc.nat(9), word }) },
    { weight: 1, arbitrary: claim },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('unclaim' as const), nth: fc.nat(2) }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('plug' as const), slot: fc.nat(1), node: fc.nat(1) }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('unplug' as const), slot: fc.nat(1) }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('mark' as const), slot, as: fc.constantFrom('pinned' as const, 'none' as const) }) },
  )
  return fc.array(deed, { minLength: 1, maxLength: 12, size: 'max' })
}
