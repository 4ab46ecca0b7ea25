/**
 * Device types for the engine: which there are, what parameters they take, and the hooks of a command. The engine knows types
 * by what the SDK says of them; where they come from is the plugin host's affair.
 */
import type { DeviceType, Params } from '../../plugins/sdk/index.ts'
import { releaseNumber } from './profiles/decision.ts'
import type { Profile } from './profiles/profile.ts'
import { parseSize } from './units.ts'

/** A hook that could not go on, when it says more than an Error: which plugin, where in its code. Made by the plugin host. */
export class HookError extends Error {
  override readonly name = 'HookError'
  constructor(
    message: string,
    readonly plugin: string,
    /** "my-hbm/index.ts:12" */
    readonly place: string | undefined,
    /** Function of the plugin that ran: "placement". */
    readonly fn: string | undefined,
  ) {
    super(message)
  }
}

/** Device types by id. */
export interface DeviceTypes {
  get(id: string): DeviceType | undefined
  readonly ids: readonly string[]
}

export const NO_DEVICE_TYPES: DeviceTypes = { get: () => undefined, ids: [] }

export const deviceTypes = (types: Iterable<DeviceType>): DeviceTypes => {
  const byId = new Map([...types].map((t) => [t.id, t]))
  return { get: (id) => byId.get(id), ids: [...byId.keys()] }
}

/** Why a profile's kernel does not have a type; undefined when it has it. */
export function absentFrom(type: DeviceType, profile: Profile): string | undefined {
  const release = releaseNumber(profile.release)!
  const [since, until] = [releaseNumber(type.since), releaseNumber(type.until)]
  const instead = type.successor === undefined ? '' : `; ${type.successor} took its place`
  if (until !== undefined && release > until) return `${type.title} was there until ${type.until}, and ${profile.title} no longer has it${instead}`
  if (since !== undefined && release < since) return `${type.title} came with ${type.since}, and ${profile.title} does not have it yet`
  return undefined
}

export type GivenParams = Readonly<Record<string, string | number | boolean | undefined>>
export type CheckedParams = { readonly ok: true; readonly values: Readonly<Record<string, string | number | boolean>> } | { readonly ok: false; readonly problems: readonly string[] }

/** Holds given values against declared parameters and completes them with defaults. Every problem names field, value, rule and fix. */
export function checkParams(declared: Params, given: GivenParams): CheckedParams {
  const problems: string[] = []
  const values: Record<string, string | number | boolean> = {}
  for (const name of Object.keys(given)) if (!Object.hasOwn(declared, name)) problems.push(`${name}: unknown parameter; there are ${Object.keys(declared).join(', ') || 'none'}`)
  for (const [name, p] of Object.entries(declared)) {
    const value = given[name]
    const problem = (found: unknown, rule: string): void => void problems.push(`${name}: ${JSON.stringify(found)}: ${rule}`)
    switch (p.kind) {
      case 'bytes': {
        const n = sizeOf(value ?? p.default)
        const limit = (text: string | undefined): number | undefined => (text === undefined ? undefined : parseSize(text))
        const [min, max, step] = [limit(p.min), limit(p.max), limit(p.multipleOf)]
        if (n === undefined) problem(value, 'not a size; write for example "512MiB"')
        else if (min !== undefined && n < min) problem(value, `below the smallest size ${p.min}`)
        else if (max !== undefined && n > max) problem(value, `above the largest size ${p.max}`)
        else if (step !== undefined && n % step !== 0) problem(value, `not a multiple of ${p.multipleOf}`)
        else values[name] = n
        break
      }
      case 'address': {
        const raw = value ?? p.default
        if (raw === undefined || raw === '') {
          if (!p.optional) problem(value, 'an address is needed, for example "0x100000000"')
          break
        }
        const n = sizeOf(raw)
        if (n === undefined) problem(value, 'not an address; write for example "0x100000000"')
        else values[name] = n
        break
      }
      case 'node':
      case 'int': {
        if (p.kind === 'int' && p.optional && (value === undefined || value === '')) break
        const n = typeof value === 'string' ? Number(value) : (value ?? p.default)
        const low = p.kind === 'node' ? -1 : p.min
        const high = p.kind === 'node' ? 1023 : p.max
        if (typeof n !== 'number' || !Number.isSafeInteger(n)) problem(value, 'not a whole number')
        else if (low !== undefined && n < low) problem(value, `below ${low}`)
        else if (high !== undefined && n > high) problem(value, `above ${high}`)
        else values[name] = n
        break
      }
      case 'choice': {
        const text = value ?? p.default
        if (typeof text === 'string' && p.choices.includes(text)) values[name] = text
        else problem(value, `not one of ${p.choices.join(', ')}`)
        break
      }
      case 'bool': {
        const b = value ?? p.default
        if (b === true || b === 'true') values[name] = true
        else if (b === false || b === 'false') values[name] = false
        else problem(value, 'not true or false')
        break
      }
      case 'text': {
        const text = value ?? p.default
        if (typeof text !== 'string') problem(value, 'not a text')
        else if (p.pattern !== undefined && !new RegExp(p.pattern).test(text)) problem(value, `does not match ${p.pattern}`)
        else values[name] = text
      }
    }
  }
  return problems.length ? { ok: false, problems } : { ok: true, values }
}

const sizeOf = (value: unknown): number | undefined =>
  typeof value === 'number' ? (Number.isSafeInteger(value) && value >= 0 ? value : undefined) : typeof value === 'string' ? parseSize(value) : undefined
