/** What a device type declares, as plain data: functions become markers. The same for types that run here and types in the sandbox. */

export type Described =
  | null | boolean | number | string
  | Fn
  /** Something that is no data: a symbol, a bigint, a Map … */
  | { readonly $not: string }
  | readonly Described[]
  | { readonly [key: string]: Described }

export type Rec = { readonly [key: string]: Described }
export type Fn = { readonly $fn: 'function' | 'generator' | 'async' }
/** An object's members; undefined for anything else. */
export const recordOf = (value: Described | undefined): Rec | undefined =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !('$fn' in value) && !('$not' in value) ? (value as Rec) : undefined
export const isFn = (value: Described | undefined): value is Fn => typeof value === 'object' && value !== null && !Array.isArray(value) && '$fn' in value

/** Members of one type, all told; nobody declares so many. */
const MOST = 20_000

export function describeValue(value: unknown): Described {
  let left = MOST
  const seen: object[] = []
  const at = (v: unknown): Described => {
    if (left-- <= 0) return { $not: 'more members than a declaration has' }
    switch (typeof v) {
      case 'string':
      case 'boolean': return v
      case 'number': return Number.isFinite(v) ? v : { $not: String(v) }
      case 'undefined': return { $not: 'undefined' }
      case 'function': return { $fn: kindOf(v) }
      case 'object': break
      default: return { $not: typeof v }
    }
    if (v === null) return null
    if (seen.includes(v)) return { $not: 'a value that contains itself' }
    if (seen.length > 8) return { $not: 'nested too deeply' }
    seen.push(v)
    try {
      if (Array.isArray(v)) return v.map(at)
      const proto: unknown = Object.getPrototypeOf(v)
      if (proto !== null && proto !== Object.prototype) return { $not: `an object of class ${(v as { readonly constructor?: { readonly name?: unknown } }).constructor?.name ?? '?'}` }
      const out: Record<string, Described> = {}
      for (const [key, inner] of Object.entries(v)) if (inner !== undefined) out[key] = at(inner)
      return out
    } finally {
      seen.pop()
    }
  }
  return at(value)
}

function kindOf(fn: unknown): 'function' | 'generator' | 'async' {
  const tag = Object.prototype.toString.call(fn)
  return tag === '[object GeneratorFunction]' ? 'generator' : tag === '[object AsyncFunction]' || tag === '[object AsyncGeneratorFunction]' ? 'async' : 'function'
}
