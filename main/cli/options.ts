/** Options of a command: read strictly, with the nearest name for a mistyped one. */
import { parseArgs } from 'node:util'
import { nearest } from '../engine/scenario/nearest.ts'

export interface OptionSpec { readonly type: 'string' | 'boolean'; readonly multiple?: boolean }
export type OptionSpecs = Readonly<Record<string, OptionSpec>>

export interface Parsed {
  readonly files: readonly string[]
  flag(name: string): boolean
  values(name: string): readonly string[]
}

export type Usage = { readonly ok: true; readonly value: Parsed } | { readonly ok: false; readonly problem: string }

const EVERYWHERE: OptionSpecs = { help: { type: 'boolean' }, json: { type: 'boolean' } }

export function readOptions(args: readonly string[], specs: OptionSpecs): Usage {
  const known: OptionSpecs = { ...EVERYWHERE, ...specs }
  const { tokens, positionals } = parseArgs({
    args: [...args], options: Object.fromEntries(Object.entries(known).map(([name, { type, multiple }]) => [name, { type, multiple: multiple ?? false, ...(name === 'help' ? { short: 'h' } : {}) }])),
    strict: false, allowPositionals: true, tokens: true,
  })
  const given = new Map<string, string[]>()
  for (const token of tokens) {
    if (token.kind !== 'option') continue
    const spec = Object.hasOwn(known, token.name) ? known[token.name] : undefined
    if (!spec) {
      const meant = nearest(token.name, Object.keys(known))
      return problem(`unknown option ${token.rawName}${meant === undefined ? `, expected one of ${Object.keys(known).map((name) => `--${name}`).join(', ')}` : `, expected --${meant} (the nearest)`}`)
    }
    if (spec.type === 'boolean' && token.value !== undefined) return problem(`${token.rawName} takes no value, found '${token.value}'`)
    if (spec.type === 'string' && (token.value === undefined || token.value === '')) return problem(`${token.rawName} needs a value`)
    const before = given.get(token.name) ?? []
    if (before.length > 0 && spec.type === 'string' && spec.multiple !== true) return problem(`${token.rawName} is given twice`)
    given.set(token.name, [...before, token.value ?? ''])
  }
  return { ok: true, value: { files: positionals, flag: (name) => given.has(name), values: (name) => given.get(name) ?? [] } }
}

const problem = (text: string): Usage => ({ ok: false, problem: text })
