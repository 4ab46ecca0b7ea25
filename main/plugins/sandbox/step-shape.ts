/**
 * Steps from a sandboxed hook, held against what each may say before the kernel model sees them: the model trusts its callers
 * as the kernel does. Shapes follow plugins/sdk/steps.ts, and the compiler asks for one of each step and member.
 */
import type { KernelStep } from '../../../plugins/sdk/index.ts'

/** Says what is wrong with a value; undefined when nothing is. */
type Shape = (value: unknown, pageSize: number) => string | undefined

const whole = (value: unknown): value is number => typeof value === 'number' && Number.isSafeInteger(value)
/** A number of bytes, an address or an end. */
const bytes: Shape = (v) => (whole(v) && v >= 0 ? undefined : 'a whole number of bytes, 0 or more')
/** Bytes in whole pages: what has struct pages. */
const pages: Shape = (v, pageSize) => (whole(v) && v >= 0 && v % pageSize === 0 ? undefined : `bytes, a multiple of the page size ${pageSize}`)
const count: Shape = (v) => (whole(v) && v >= 0 ? undefined : 'a whole number, 0 or more')
const node: Shape = (v) => (whole(v) && v >= -1 && v < 1024 ? undefined : 'a node id, -1 for the nearest')
const flag: Shape = (v) => (typeof v === 'boolean' ? undefined : 'true or false')
const text = (most: number): Shape => (v) => (typeof v === 'string' && v.length > 0 && v.length <= most && !/[\p{Cc}\u2028\u2029]/u.test(v) ? undefined : `a line of 1 to ${most} characters`)
const name = text(128)
const line = text(1000)
const oneOf = (...names: readonly unknown[]): Shape => (v) => (names.includes(v) ? undefined : `one of ${names.join(', ')}`)
const maybe = (shape: Shape): Shape => (v, pageSize) => (v === undefined ? undefined : shape(v, pageSize))
const list = (shape: Shape): Shape => (v, pageSize) => {
  if (!Array.isArray(v) || v.length > 100_000) return 'a list'
  for (const [i, item] of v.entries()) {
    const problem = shape(item, pageSize)
    if (problem !== undefined) return `a list whose member ${i} is ${problem}`
  }
  return undefined
}
const record = (shapes: Readonly<Record<string, Shape>>): Shape => (v, pageSize) => {
  if (!isRecord(v)) return `an object of ${Object.keys(shapes).join(', ')}`
  for (const key of Object.keys(v)) if (!Object.hasOwn(shapes, key)) return `an object without "${key}"`
  for (const [key, shape] of Object.entries(shapes)) {
    const problem = shape(v[key], pageSize)
    if (problem !== undefined) return `an object whose ${key} is ${problem}`
  }
  return undefined
}
const isRecord = (v: unknown): v is Record<string, unknown> => typeof v === 'object' && v !== null && !Array.isArray(v)

const plainData: Shape = (v) =>
  isRecord(v) && Object.keys(v).length <= 1000 && Object.values(v).every((x) => typeof x === 'boolean' || (typeof x === 'number' && Number.isFinite(x)) || (typeof x === 'string' && x.length <= 10_000))
    ? undefined : 'an object of texts, numbers and booleans'

const release = oneOf('driver', 'keep', 'release', 'sysram-only', 'refcount', 'device-managed-flag')
const memo = record({
  regions: maybe(list(record({ start: bytes, end: bytes, name, release }))), pgmaps: maybe(list(count)), ram: maybe(list(record({ start: bytes, end: bytes }))),
  node: maybe(node), data: maybe(plainData),
})

type ShapesOf<S> = { readonly [F in Exclude<keyof S, 'do'>]-?: Shape }
const SHAPES: { readonly [D in KernelStep['do']]: ShapesOf<Extract<KernelStep, { readonly do: D }>> } = {
  request_mem_region: { start: bytes, size: bytes, name },
  release_mem_region: { start: bytes, size: bytes },
  request_free_mem_region: { size: bytes, name },
  insert_resource: { start: bytes, end: bytes, name, busy: flag, sysram: maybe(flag), desc: maybe(oneOf('device-public')) },
  remove_resource: { start: bytes, end: maybe(bytes), name },
  insert_resource_expand_to_fit: { start: bytes, end: bytes, name },
  set_resource_flags: { start: bytes, end: bytes, name, busy: flag, sysram: flag },
  alloc_free_mem_region: { base: name, at: bytes, size: bytes, align: count, name },
  memremap_pages: {
    type: oneOf('private', 'public', 'coherent', 'fs-dax', 'generic', 'pci-p2pdma'), start: pages, size: pages, node,
    altmap: maybe(record({ reserve: count, free: count, base: maybe(count) })), vmemmapShift: maybe(count),
  },
  memunmap_pages: { pgmap: count },
  add_memory_driver_managed: { node, start: bytes, size: bytes, name, group: maybe(count), merge: maybe(flag) },
  remove_memory: { start: bytes, size: bytes },
  offline_and_remove_memory: { start: bytes, size: bytes },
  memory_group_register: { node, size: bytes, dynamic: maybe(flag) },
  memory_group_unregister: { group: count },
  write_block_states: { first: count, last: count, word: oneOf('offline', 'online', 'online_kernel', 'online_movable'), node: maybe(node) },
  count_blocks: { first: count, last: count, node: maybe(node), online: maybe(flag) },
  memory_block_zone: { start: bytes },
  set_subblocks: { start: pages, size: pages, plugged: flag },
  abandon_subblocks: { start: pages, size: pages },
  print: { level: count, text: line },
  cost: { name, units: count },
  lock: { lock: name },
  unlock: { lock: name },
  fail: { errno: (v) => (whole(v) && v > 0 && v < 4096 ? undefined : 'an errno above 0, such as ERRNO.EBUSY'), reason: line },
  remember: { device: memo },
}

export type CheckedStep = { readonly ok: true; readonly step: KernelStep } | { readonly ok: false; readonly problem: string }

/** Holds what a hook yielded against its step. */
export function checkStep(value: unknown, pageSize: number): CheckedStep {
  if (!isRecord(value) || typeof value['do'] !== 'string') return bad(`yielded ${brief(value)}, which is no kernel step; yield kernel.requestMemRegion(…) or another of \`kernel\``)
  const does = value['do']
  if (!Object.hasOwn(SHAPES, does)) return bad(`yielded the step "${does}", which there is not; there are ${Object.keys(SHAPES).join(', ')}`)
  const shapes = SHAPES[does as KernelStep['do']] as Readonly<Record<string, Shape>>
  for (const key of Object.keys(value)) if (key !== 'do' && !Object.hasOwn(shapes, key)) return bad(`yielded ${does} with "${key}", which it does not take`)
  for (const [key, shape] of Object.entries(shapes)) {
    const expected = shape(value[key], pageSize)
    if (expected !== undefined) return bad(`yielded ${does} with ${key}: ${brief(value[key])}, expected ${expected}`)
  }
  return { ok: true, step: value as unknown as KernelStep }
}

const bad = (problem: string): CheckedStep => ({ ok: false, problem })
const brief = (value: unknown): string => {
  const json = JSON.stringify(value) ?? 'nothing'
  return json.length > 60 ? `${json.slice(0, 57)}…` : json
}
