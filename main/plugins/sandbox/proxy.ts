/** Device types of a sandboxed plugin as the engine runs types: declarations as data, each function a call into the sandbox. */
import type { AnyDeviceType, KernelStep } from '../../../plugins/sdk/index.ts'
import { HookError } from '../../engine/devices.ts'
import type { Described } from './describe-type.ts'
import type { Ask, Sandbox } from './sandbox.ts'
import { checkStep } from './step-shape.ts'

/** Members that yield kernel steps; every other function answers data. */
const GENERATORS = new Set(['plug', 'unplug', 'onPlug', 'onUnplug', 'onOnline', 'run'])

/** The type at `index` of the module's list. `described` was checked. */
export function sandboxedType(sandbox: Sandbox, plugin: string, index: number, described: Described): AnyDeviceType {
  const member = (value: Described, path: readonly string[]): unknown => {
    if (typeof value !== 'object' || value === null) return value
    if (Array.isArray(value)) return (value as readonly Described[]).map((v, i) => member(v, [...path, String(i)]))
    if ('$fn' in value) return GENERATORS.has(path[path.length - 1]!) ? stepper(sandbox, plugin, index, path) : caller(sandbox, plugin, index, path)
    return Object.freeze(Object.fromEntries(Object.entries(value).map(([key, v]) => [key, member(v, [...path, key])])))
  }
  return member(described, []) as AnyDeviceType
}

const caller = (sandbox: Sandbox, plugin: string, index: number, path: readonly string[]) => (...args: readonly unknown[]): unknown => {
  const { sent, ask } = encode(args)
  const answer = sandbox.call(index, path, sent, ask)
  const expected = expectation(path[path.length - 1]!, answer)
  if (expected !== undefined) throw new HookError(`${path.join('.')} answered ${(JSON.stringify(answer) ?? 'nothing').slice(0, 80)}, expected ${expected}`, plugin, undefined, undefined)
  return answer
}

/** What is wrong with an answer that somebody outside the sandbox reads; undefined when nothing is. */
function expectation(member: string, answer: unknown): string | undefined {
  const isRecord = (v: unknown): v is Record<string, unknown> => typeof v === 'object' && v !== null && !Array.isArray(v)
  const isText = (v: unknown): boolean => typeof v === 'string' && v.length <= 1000
  switch (member) {
    case 'describe':
      return Array.isArray(answer) && answer.length <= 200 && answer.every((r: unknown) => isRecord(r) && isText(r['name']) && isText(r['value']) && (r['doc'] === undefined || isText(r['doc'])))
        ? undefined : 'a list of { name, value, doc }, all texts'
    case 'atBoot':
      return Array.isArray(answer) && answer.length <= 1000 && answer.every((d: unknown) => isRecord(d) && isText(d['name']) && isRecord(d['params']) && Object.values(d['params']).every((v) => ['string', 'number', 'boolean'].includes(typeof v)))
        ? undefined : 'a list of { name, params }'
    case 'memory': return isText(answer) ? undefined : 'a kind of device memory'
    case 'release': return isText(answer) ? undefined : 'a release policy'
    case 'name': return isText(answer) ? undefined : 'a name'
    case 'claim': return typeof answer === 'boolean' ? undefined : 'true or false'
    case 'vmemmapShift': return answer === undefined || Number.isSafeInteger(answer) ? undefined : 'a whole number'
    default: return answer === undefined || isRecord(answer) ? undefined : 'an object, or nothing'
  }
}

const stepper = (sandbox: Sandbox, plugin: string, index: number, path: readonly string[]) =>
  function* (...args: readonly unknown[]): Generator<KernelStep, number, number> {
    const { sent, ask, pageSize } = encode(args)
    const steps = sandbox.generate(index, path, sent, ask)
    let answer = 0
    try {
      for (;;) {
        const { value, done } = steps.next(answer)
        if (done) {
          if (typeof value === 'number' && Number.isSafeInteger(value)) return value
          throw new HookError(`returned ${JSON.stringify(value) ?? 'nothing'}: a hook returns 0 or a negative errno`, plugin, undefined, undefined)
        }
        const checked = checkStep(value, pageSize)
        if (!checked.ok) throw new HookError(checked.problem, plugin, undefined, undefined)
        answer = yield checked.step
      }
    } finally {
      steps.return(0)
    }
  }

/** Arguments as data; functions of the machine (`blockStates`) become names that the hook may ask for. */
function encode(args: readonly unknown[]): { readonly sent: readonly unknown[]; readonly ask: Ask; readonly pageSize: number } {
  const methods = new Map<string, (...a: readonly unknown[]) => unknown>()
  let pageSize = 4096
  let top = Number.MAX_SAFE_INTEGER
  const plain = (value: unknown): unknown => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return value
    const entries = Object.entries(value)
    const names = entries.flatMap(([key, v]) => (typeof v === 'function' ? [key] : []))
    for (const [key, v] of entries) {
      if (typeof v === 'function') methods.set(key, v as (...a: readonly unknown[]) => unknown)
      if (key === 'pageSize' && typeof v === 'number') pageSize = v
      if (key === 'pluggableEnd' && typeof v === 'number') top = v
    }
    // functions stand at the top of the machine's view only
    return { ...Object.fromEntries(entries.filter(([, v]) => typeof v !== 'function').map(([key, v]) => [key, key === 'machine' ? plain(v) : v])), ...(names.length > 0 ? { $methods: names } : {}) }
  }
  const sent = args.map(plain)
  const ask: Ask = (name, given) => {
    const method = methods.get(name)
    if (!method) throw new Error(`the machine has no ${name}`)
    // addresses outside the space would make a long answer of nothing
    return method(...given.map((g) => (typeof g === 'number' && Number.isFinite(g) ? Math.min(Math.max(0, Math.floor(g)), top) : 0)))
  }
  return { sent, ask, pageSize }
}
