/** The table of calibration: every published figure beside what the timeline computes from parameters fitted on other figures. */
import { COSTS, parameterOf, unitOf } from '../costs.ts'
import { costText, formatDuration, rangeText } from '../cost-values.ts'
import { Fits } from './fit.ts'
import { BOOT_ROWS } from './published-boot.ts'
import { DEVICE_ROWS } from './published-devices.ts'
import { errorOf, range, type Row } from './row.ts'

export const ROWS: readonly Row[] = [...DEVICE_ROWS, ...BOOT_ROWS]

/** A row meets when it is computed within so much of what was published, or of the range that was published. */
export const STATED_ERROR = 0.2

export interface Computed {
  readonly row: Row
  /** Absent where it cannot be computed. */
  readonly computed?: number
  /** 0.1: ten percent too much. */
  readonly error?: number
  readonly verdict: 'met' | 'not met' | 'not computed'
  /** Parameters that were fitted, with the rows that they were fitted on. */
  readonly fitted: readonly { readonly cost: string; readonly value: number; readonly on: readonly string[] }[]
}

export function calibrate(rows: readonly Row[] = ROWS): readonly Computed[] {
  const fits = new Fits(rows)
  return rows.map((row): Computed => {
    if (!row.experiment || row.cannot !== undefined) return { row, verdict: 'not computed', fitted: [] }
    const costs = fits.costsOf(row)
    const computed = fits.computed(row)
    const error = errorOf(row, computed)
    return {
      row, computed, error, verdict: Math.abs(error) <= STATED_ERROR ? 'met' : 'not met',
      fitted: (row.free ?? []).map((f) => ({ cost: f.cost, value: costs[f.cost]!, on: f.on })),
    }
  })
}

const value = (row: Row, n: number): string => (row.unit === 'ratio' ? n.toFixed(2) : n === 0 ? '0' : formatDuration(n * 1e9))

export const publishedText = (row: Row): string => {
  const [low, high] = range(row)
  return low === high ? value(row, low) : high === Infinity ? '-' : `${value(row, low)} … ${value(row, high)}`
}

export const computedText = (c: Computed): string => (c.computed === undefined ? '-' : value(c.row, c.computed))
export const errorText = (c: Computed): string => (c.error === undefined ? '' : c.error === 0 ? 'in range' : `${c.error > 0 ? '+' : ''}${(c.error * 100).toFixed(1)} %`)
export const fittedText = (c: Computed): string => c.fitted.map((f) => `${f.cost} ${costText(parameterOf(f.cost)!, f.value)}`).join(', ')

export const summaryText = (all: readonly Computed[]): string => {
  const of = (v: Computed['verdict']): number => all.filter((c) => c.verdict === v).length
  return `${all.length} published figures: ${of('met')} met within ${STATED_ERROR * 100} %, ${of('not met')} not met, ${of('not computed')} not computed.`
}

const SECTIONS = { '7.1': 'Device memory', '7.3': 'Boot', '7.4': 'Hot-add and online of RAM' } as const

/** docs/calibration.md. A test holds the file to it. */
export function calibrationMarkdown(all: readonly Computed[] = calibrate()): string {
  const cell = (text: string): string => text.replaceAll('|', '\\|')
  const table = (head: readonly string[], rows: readonly (readonly string[])[]): string[] => [`| ${head.join(' | ')} |`, `| ${head.map(() => '---').join(' | ')} |`, ...rows.map((row) => `| ${row.map(cell).join(' | ')} |`)]
  const lines = [
    '# Calibration of the timeline', '',
    'Made by `npx zonelab time --calibration`; a test holds this page to what is computed. Each figure is computed by the timed executor from the',
    'same operations as everything else, with parameters fitted on **other** figures of the same class of hardware. A figure is met when it is within',
    `${STATED_ERROR * 100} % of what was published, or of the range that was. What cannot be computed says why.`, '',
    'What is not out of sample: the form of the bandwidth ceiling, which slows a demand D down by sqrt(1 + (D/B)²) under a ceiling B, was chosen after the',
    'rows of the Xeon 8167M (Skylake) and E5-2699C v4 (Broadwell) by number of threads had been looked at; a hard ceiling erred by up to about 26 % on them.',
    'For those rows only the parameters are fitted elsewhere, not the form. The bandwidths of memory channels, by which a ceiling is carried over from one',
    'machine to another, are from data sheets and were not read again.', '',
    summaryText(all), '',
  ]
  for (const [section, title] of Object.entries(SECTIONS)) {
    const rows = all.filter((c) => c.row.section === section)
    lines.push(`## ${title}`, '', ...table(['what', 'published', 'computed', 'error', 'verdict', 'fitted', 'fitted on', 'source'], rows.map((c) => [
      c.row.what, publishedText(c.row), computedText(c), errorText(c), `${c.verdict}${c.row.cannot ? `: ${c.row.cannot}` : c.row.note ? `; ${c.row.note}` : ''}`,
      fittedText(c), [...new Set(c.fitted.flatMap((f) => f.on))].join('; '), c.row.source,
    ])), '')
  }
  lines.push('## Parameters', '', ...table(['parameter', 'unit', 'default', 'allowed', 'published', 'what', 'source'], Object.entries(COSTS).map(([name]) => {
    const p = parameterOf(name)!
    return [name, unitOf(p), costText(p, p.default), rangeText(p), p.published ? `${costText(p, p.published[0])} … ${costText(p, p.published[1])}` : '', p.doc, p.source]
  })), '')
  return lines.join('\n')
}
