/** Declared parameters of a device type or an action: their kinds, limits and defaults. */
import { nearest } from '../engine/scenario/nearest.ts'
import { parseSize } from '../engine/units.ts'
import { recordOf, type Described, type Rec } from './sandbox/describe-type.ts'

/** Collects a problem: field ("params.size.default"), value as it stands, rule and fix. */
export type Report = (field: string, value: Described | undefined, rule: string) => void

const COMMON = ['kind', 'doc', 'advanced']
const MEMBERS: Readonly<Record<string, readonly string[]>> = {
  bytes: [...COMMON, 'default', 'min', 'max', 'multipleOf'], address: [...COMMON, 'optional', 'default'], node: [...COMMON, 'default'],
  int: [...COMMON, 'optional', 'default', 'min', 'max'], choice: [...COMMON, 'choices', 'default'], bool: [...COMMON, 'default'], text: [...COMMON, 'default', 'pattern'],
}

export function checkParamDeclarations(params: Described | undefined, at: string, report: Report): void {
  if (params === undefined && at !== 'params') return report(at, undefined, 'needed; write {} when there are none')
  for (const [name, written] of Object.entries(recordOf(params) ?? {})) {
    const here = `${at}.${name}`
    const p = recordOf(written)
    if (!/^[a-z][a-z0-9_-]{0,62}$/i.test(name)) report(here, undefined, 'not a name of letters, digits, _ and -; write for example "size"')
    const kind = p?.['kind']
    if (!p || typeof kind !== 'string' || !Object.hasOwn(MEMBERS, kind)) {
      report(here, written, 'not a parameter; make it with param.bytes, param.address, param.node, param.int, param.choice, param.bool or param.text')
      continue
    }
    const known = MEMBERS[kind]!
    for (const key of Object.keys(p)) {
      if (known.includes(key)) continue
      const meant = nearest(key, known)
      report(`${here}.${key}`, undefined, `unknown member of param.${kind}; ${meant === undefined ? `there are ${known.slice(1).join(', ')}` : `did you mean "${meant}"?`}`)
    }
    if (typeof p['doc'] !== 'string' || p['doc'] === '') report(`${here}.doc`, p['doc'], 'needed; write one line for the form, with the unit')
    if (p['advanced'] !== undefined && typeof p['advanced'] !== 'boolean') report(`${here}.advanced`, p['advanced'], 'not true or false')
    CHECKS[kind]!(p, here, report)
  }
}

type Check = (p: Rec, at: string, report: Report) => void

const CHECKS: Readonly<Record<string, Check>> = {
  bytes: (p, at, report) => {
    const size = (key: string): number | undefined => {
      const value = p[key]
      if (value === undefined && key !== 'default') return undefined
      const n = typeof value === 'string' ? parseSize(value) : undefined
      if (n === undefined) report(`${at}.${key}`, value, 'not a size; write for example "512MiB"')
      return n
    }
    const [def, min, max, step] = [size('default'), size('min'), size('max'), size('multipleOf')]
    limits(p, at, report, def, min, max)
    if (step === 0) report(`${at}.multipleOf`, p['multipleOf'], 'zero; write a size above it')
    else if (def !== undefined && step !== undefined && def % step !== 0) report(`${at}.default`, p['default'], `not a multiple of multipleOf ${String(p['multipleOf'])}; change one of them`)
  },
  address: (p, at, report) => {
    if (p['optional'] !== undefined && typeof p['optional'] !== 'boolean') report(`${at}.optional`, p['optional'], 'not true or false; use param.address or param.optionalAddress')
    if (p['default'] !== undefined && (typeof p['default'] !== 'string' || parseSize(p['default']) === undefined)) report(`${at}.default`, p['default'], 'not an address; write for example "0x100000000"')
  },
  node: (p, at, report) => {
    const { default: def } = p
    if (typeof def !== 'number' || !Number.isSafeInteger(def) || def < -1 || def > 1023) report(`${at}.default`, def, 'not a node id; write 0, or -1 for the nearest')
  },
  int: (p, at, report) => {
    const whole = (key: string): number | undefined => {
      const value = p[key]
      if (value === undefined && key !== 'default') return undefined
      if (typeof value === 'number' && Number.isSafeInteger(value)) return value
      report(`${at}.${key}`, value, 'not a whole number')
      return undefined
    }
    const [def, min, max] = [whole('default'), whole('min'), whole('max')]
    limits(p, at, report, p['optional'] === true ? undefined : def, min, max)
  },
  choice: (p, at, report) => {
    const { choices, default: def } = p
    if (!Array.isArray(choices) || choices.length === 0 || !choices.every((c: Described) => typeof c === 'string')) return report(`${at}.choices`, choices, 'not a list of texts; write for example ["raw", "fsdax"]')
    if (new Set(choices).size < choices.length) report(`${at}.choices`, choices, 'names a choice twice')
    if (typeof def !== 'string' || !choices.includes(def)) report(`${at}.default`, def, `not one of its choices ${(choices as readonly string[]).join(', ')}; write one of them`)
  },
  bool: (p, at, report) => {
    if (typeof p['default'] !== 'boolean') report(`${at}.default`, p['default'], 'not true or false')
  },
  text: (p, at, report) => {
    const { default: def, pattern } = p
    if (typeof def !== 'string') report(`${at}.default`, def, 'not a text; write "" for none')
    if (pattern === undefined) return
    const matches = typeof pattern === 'string' ? compiled(pattern) : undefined
    if (!matches) report(`${at}.pattern`, pattern, 'not a regular expression as text; write for example "^[a-z]+$"')
    else if (typeof def === 'string' && !matches.test(def)) report(`${at}.default`, def, `does not match its pattern ${String(pattern)}; change one of them`)
  },
}

function limits(p: Rec, at: string, report: Report, def: number | undefined, min: number | undefined, max: number | undefined): void {
  if (min !== undefined && max !== undefined && min > max) report(`${at}.max`, p['max'], `below min ${String(p['min'])}; swap them`)
  else if (def !== undefined && min !== undefined && def < min) report(`${at}.default`, p['default'], `below min ${String(p['min'])}; raise it or lower min`)
  else if (def !== undefined && max !== undefined && def > max) report(`${at}.default`, p['default'], `above max ${String(p['max'])}; lower it or raise max`)
}

function compiled(pattern: string): RegExp | undefined {
  try {
    return new RegExp(pattern)
  } catch {
    return undefined
  }
}
