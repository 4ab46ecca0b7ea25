/**
 * What authors see in their editor, checked by the compiler (npm run typecheck): parameters are inferred into every hook, and what is
 * wrong is red before it runs. Nothing here is executed.
 */
import { defineDeviceType, ERRNO, kernel, param, type AnyDeviceType, type Placement, type Steps, type ValuesOf } from './index.ts'

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false
/** Compiles only when both types are the same. */
const same = <A, B>(..._proof: Equal<A, B> extends true ? [] : ['the types differ']): void => undefined

const params = {
  size: param.bytes({ default: '1GiB', min: '2MiB', doc: 'Size.' }), at: param.address({ doc: 'Where.' }), maybe: param.optionalAddress({ doc: 'Where, or not.' }),
  node: param.node(), count: param.int({ default: 1, doc: 'How many.' }), few: param.optionalInt({ doc: 'How few, or not.' }),
  mode: param.choice({ choices: ['raw', 'fsdax'], default: 'raw', doc: 'Mode.' }), on: param.bool({ default: true, doc: 'On.' }), label: param.text({ default: '', doc: 'Label.' }),
}
interface Values {
  readonly size: number
  readonly at: number
  readonly maybe: number | undefined
  readonly node: number
  readonly count: number
  readonly few: number | undefined
  readonly mode: 'raw' | 'fsdax'
  readonly on: boolean
  readonly label: string
}
same<ValuesOf<typeof params>, { [K in keyof Values]: Values[K] }>()

const base = { id: 'x', title: 'x', doc: 'x', memory: 'generic', mapping: 'linear', granularity: 'subsection', resource: { name: 'x', release: 'driver' } } as const
const placement = (): Placement => ({ at: 'free-region', size: 2 ** 27 })

// ---- parameters reach every hook with their types
export const inferred = defineDeviceType({
  ...base, params,
  placement: (p) => {
    same<typeof p.mode, 'raw' | 'fsdax'>()
    same<typeof p.maybe, number | undefined>()
    return p.maybe === undefined ? { at: 'free-region', size: p.size } : { at: 'fixed', start: p.maybe, size: p.size }
  },
  memory: ({ mode }) => (mode === 'raw' ? 'none' : 'fs-dax'),
  altmap: ({ few }, range, machine) => {
    same<typeof range.start, number>()
    same<typeof machine.pageSize, number>()
    return few === undefined ? undefined : { reserve: few, free: range.size / machine.pageSize }
  },
  vmemmapShift: ({ count }) => count,
  resource: { name: (name, { label }) => `${name}${label}`, claim: ({ on }) => on, release: ({ mode }) => (mode === 'raw' ? 'keep' : 'driver') },
  *onPlug({ name, params: p, machine }) {
    same<typeof p.on, boolean>()
    same<typeof name, string>()
    const err = yield kernel.requestMemRegion(p.at, machine.subsectionSize, name)
    same<typeof err, number>()
    return err
  },
  *onUnplug({ device }) {
    for (const id of device.pgmaps) yield kernel.memunmapPages(id)
    return 0
  },
  mayUnplug: ({ params: p, device }) => (p.on && device.ram.length > 0 ? { errno: ERRNO.EBUSY, reason: 'online' } : undefined),
  describe: ({ params: p }) => [{ name: 'mode', value: p.mode }],
  actions: {
    resize: {
      title: 'resize', doc: 'x', params: { to: param.bytes({ default: '1GiB', doc: 'New size.' }) },
      *run({ params: p, args }) {
        same<typeof p.size, number>()
        return yield kernel.print(6, String(args['to']))
      },
    },
  },
  samples: [{ title: 'one', params: { size: '1GiB', on: false } }],
})

// ---- any type is an AnyDeviceType, so a list of types needs no cast
export const list: readonly AnyDeviceType[] = [inferred, defineDeviceType({ ...base, params: {}, placement })]

// ---- what is wrong is red
// @ts-expect-error -- a placement reads a parameter that is not declared
defineDeviceType({ ...base, params: { size: params.size }, placement: ({ sise }) => ({ at: 'free-region', size: sise }) })
// @ts-expect-error -- a misspelt member
defineDeviceType({ ...base, params: {}, placment: placement })
// @ts-expect-error -- doc is missing
defineDeviceType({ id: 'x', title: 'x', params: {}, placement, memory: 'generic', mapping: 'linear', granularity: 'subsection', resource: { name: 'x', release: 'driver' } })
// @ts-expect-error -- no such kind of device memory
defineDeviceType({ ...base, params: {}, placement, memory: 'hbm' })
// @ts-expect-error -- no such release policy
defineDeviceType({ ...base, params: {}, placement, resource: { name: 'x', release: 'refcounted' } })
// @ts-expect-error -- a granularity is a name or a size with its unit
defineDeviceType({ ...base, params: {}, placement, granularity: 'huge' })
defineDeviceType({ ...base, params: {}, placement, granularity: '16MiB' })
// @ts-expect-error -- a sample names a parameter that is not declared
defineDeviceType({ ...base, params: { size: params.size }, placement, samples: [{ title: 'x', params: { sise: '1GiB' } }] })
// @ts-expect-error -- the default is not one of the choices
param.choice({ choices: ['raw', 'fsdax'], default: 'devdax', doc: 'Mode.' })
// @ts-expect-error -- every parameter says what it is
param.bytes({ default: '1GiB' })
// @ts-expect-error -- sizes are written with their unit
param.bytes({ default: 1024, doc: 'Size.' })
// @ts-expect-error -- a hook yields kernel steps and nothing else
defineDeviceType({ ...base, params: {}, *onPlug() { yield 42; return 0 } })
// @ts-expect-error -- a hook returns a number
defineDeviceType({ ...base, params: {}, *onPlug() { yield kernel.cost('x', 1) } })
// @ts-expect-error -- hooks cannot wait
defineDeviceType({ ...base, params: {}, onPlug: async () => 0 })
// @ts-expect-error -- a placement is one of three
defineDeviceType({ ...base, params: {}, placement: () => ({ at: 'anywhere', size: 1 }) })

/** The machine is read, never written. */
export function* readOnly({ machine }: Parameters<typeof inferred.plug>[0]): Steps {
  // @ts-expect-error -- read-only
  machine.pageSize = 1
  // @ts-expect-error -- read-only
  machine.nodes.push({ id: 9, online: true, hasMemory: true, hasCpu: true })
  // @ts-expect-error -- a step's makers take numbers of bytes, not texts
  return yield kernel.requestMemRegion('5GiB', 4096, 'x')
}
