/** Costs as people write them: "34ns", "5 ms", "1.4", "12 GB/s", "off"; names with blanks, hyphens or underscores. */
import { nearest } from '../scenario/nearest.ts'
import { COST_NAMES, parameterOf, unitOf, type CostParameter } from './costs.ts'

/** A device type's own costs, by name. */
export type OwnCosts = ReadonlyMap<string, CostParameter>

const NONE: OwnCosts = new Map()

export type ReadCost =
  | { readonly ok: true; readonly name: string; readonly value: number }
  /** What was found and what was expected; `about` says whether the name or the value is wrong. */
  | { readonly ok: false; readonly about: 'name' | 'value'; readonly found: string; readonly expected: string }

const plain = (name: string): string => name.trim().toLowerCase().replace(/[-_\s]+/g, ' ')

const NS: Readonly<Record<string, number>> = { ns: 1, us: 1e3, µs: 1e3, ms: 1e6, s: 1e9, min: 60e9 }

/** A duration in ns; a bare number is ns. */
export function parseDuration(text: string | number): number | undefined {
  if (typeof text === 'number') return Number.isFinite(text) && text >= 0 ? text : undefined
  const m = /^\s*(\d+(?:\.\d+)?(?:e\d+)?)\s*(ns|us|µs|ms|s|min)?\s*$/i.exec(text)
  return m ? Number(m[1]) * NS[(m[2] ?? 'ns').toLowerCase()]! : undefined
}

/** A duration as it is read best: "27.4 s", "428 ms", "10 ms", "25 ns". */
export function formatDuration(ns: number): string {
  const [n, unit] = ns >= 1e9 ? [ns / 1e9, 's'] : ns >= 1e6 ? [ns / 1e6, 'ms'] : ns >= 1e3 ? [ns / 1e3, 'µs'] : [ns, 'ns']
  return `${Number(n.toPrecision(n >= 1000 ? 5 : 4))} ${unit}`
}

/** A value of a parameter with its unit. */
export function costText(p: CostParameter, value: number): string {
  const unit = unitOf(p)
  if (p.use === 'machine' && p.off?.value === value) return `${value} (${p.off.means})`
  return unit === 'ns' ? formatDuration(value) : unit === 'x' ? `× ${Number(value.toPrecision(4))}` : unit.startsWith('ns/') && value >= 1000 ? `${formatDuration(value)}${unit.slice(2)}` : `${Number(value.toPrecision(4))} ${unit}`
}

/** "0.1 … 1000 ns/page" */
export const rangeText = (p: CostParameter): string => {
  const unit = unitOf(p)
  return unit === 'ns' ? `${formatDuration(p.min)} … ${formatDuration(p.max)}` : `${p.min} … ${p.max} ${unit}`
}

export function readCost(written: string, value: string | number, own: OwnCosts = NONE): ReadCost {
  const names: readonly string[] = [...COST_NAMES, ...own.keys()]
  const name = names.find((n) => plain(n) === plain(written))
  const p = name === undefined ? undefined : (parameterOf(name) ?? own.get(name))
  if (name === undefined || p === undefined) {
    const meant = nearest(plain(written), names)
    return { ok: false, about: 'name', found: `unknown cost '${written}'`, expected: meant === undefined ? `one of ${names.join(', ')}` : `'${meant}' (the nearest), or another of ${names.join(', ')}` }
  }
  const n = readValue(p, value)
  if (n !== undefined && n >= p.min && n <= p.max) return { ok: true, name, value: n }
  const off = p.use === 'machine' && p.off ? `, or off: ${p.off.means}` : ''
  return { ok: false, about: 'value', found: `'${value}'`, expected: `${rangeText(p)}${off}` }
}

function readValue(p: CostParameter, value: string | number): number | undefined {
  if (typeof value === 'number') return Number.isFinite(value) ? value : undefined
  if (p.use === 'machine' && p.off && value.trim() === 'off') return p.off.value
  if (p.use === 'charged' || p.unit === 'ns') {
    const m = /^(.*?)(?:\/\s*[\w-]+)?\s*$/.exec(value)
    return parseDuration(m?.[1] ?? value)
  }
  const m = /^\s*(?:[x×]\s*)?(\d+(?:\.\d+)?)\s*(?:x|×|GB\/s|workers?)?\s*$/i.exec(value)
  return m ? Number(m[1]) : undefined
}
