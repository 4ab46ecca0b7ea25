/** What `zonelab compare` prints. */
import type { KernelComparison } from '../engine/compare/compare.ts'
import type { Difference, Explanation, Matrix, SideOutcome, StepCauses, StepOutline } from '../engine/compare/comparison.ts'

/** Differences of one step beyond this many with the same cause are counted. */
const MOST_LINES = 12

export function comparisonText(comparison: KernelComparison, file: string): string {
  const outline = comparison.outline()
  const { a, b } = outline
  const lines = [`${file}: ${outline.title}`, `  A ${a.id}: ${a.title}`, `  B ${b.id}: ${b.title}`]
  lines.push(outline.decisions.length === 0 ? '  no decision differs' : `  ${outline.decisions.length} decision${outline.decisions.length === 1 ? '' : 's'} differ${outline.decisions.length === 1 ? 's' : ''}`)
  if (outline.firstDifference === undefined) return `${[...lines, `  nothing differs in ${outline.steps.length - 1} steps`].join('\n')}\n`
  const causes = new Map(comparison.allCauses().map((c) => [c.n, c]))
  const width = String(outline.steps.length - 1).length
  for (const step of outline.steps) lines.push(...stepLines(step, comparison, causes.get(step.n), width))
  const [any] = causes.values()
  const untried = (any?.skipped ?? []).filter((s, i, all) => s.side === 'a' && all.some((t, j) => j !== i && t.decision === s.decision))
  if (untried.length > 0) lines.push('  not tried by itself, because no kernel could be so:', ...untried.map(({ decision, reason }) => `    ${decision}: ${reason}`))
  return `${lines.join('\n')}\n`
}

function stepLines(step: StepOutline, comparison: KernelComparison, causes: StepCauses | undefined, width: number): string[] {
  const head = `  ${String(step.n).padStart(width)} ${step.text}: `
  const all = comparison.differences(step.n).differences
  const old = all.filter((d) => d.since < step.n).length
  const still = old === 0 ? '' : `${old} difference${old === 1 ? '' : 's'} of before`
  if (!causes) return [`${head}${outcomeText(step.a)}${still === '' ? '' : `  (${still})`}`]
  const results = step.a.result === step.b.result ? outcomeText(step.a) : `A ${outcomeText(step.a)}, B ${outcomeText(step.b)}`
  const out = [`${head}${results}${still === '' ? '' : `  (and ${still})`}`]
  const indent = ' '.repeat(width + 3)
  // by cause, in the order in which the causes come up
  const byCause = new Map<string, Difference[]>()
  for (const d of causes.differences) {
    if (d.part === 'result') continue
    const why = explanationText(d.explanation)
    byCause.set(why, [...(byCause.get(why) ?? []), d])
  }
  const result = causes.differences.find((d) => d.part === 'result')
  const whyResult = result === undefined ? undefined : explanationText(result.explanation)
  if (whyResult !== undefined && !byCause.has(whyResult)) byCause.set(whyResult, [])
  for (const [why, differences] of byCause) {
    out.push(`${indent}${why}`)
    for (const d of differences.slice(0, MOST_LINES)) out.push(`${indent}  ${differenceText(d)}`)
    if (differences.length > MOST_LINES) out.push(`${indent}  … and ${differences.length - MOST_LINES} more`)
  }
  return out
}

const outcomeText = (o: SideOutcome): string => (o.result === 'ok' ? 'ok' : `${o.result.startsWith('E') ? '-' : ''}${o.result}${o.reason === undefined ? '' : ` (${o.reason})`}`)

/** `a` and `b`: what the sides are called. */
function differenceText(d: Difference, a = 'A', b = 'B'): string {
  const only = d.part === 'log' || d.part === 'lock'
  if (only && d.a === undefined) return `${d.path}: ${b} only: ${d.b}`
  if (only && d.b === undefined) return `${d.path}: ${a} only: ${d.a}`
  return `${d.path}: ${a} ${d.a ?? 'not there'}, ${b} ${d.b ?? 'not there'}`
}

function explanationText(e: Explanation): string {
  const list = (causes: readonly { readonly decision: string; readonly from: string; readonly to: string }[]): string => causes.map((c) => `${c.decision}: ${c.from} -> ${c.to}`).join(', ')
  switch (e.kind) {
    case 'alone': return e.causes.length === 1 ? `because of ${list(e.causes)}` : `because of any of ${list(e.causes)}`
    case 'together': return `because of ${list(e.causes)}${e.causes.length > 1 ? ' together' : ''}`
    case 'unexplained': return `cause not found: ${e.why}`
  }
}

export function matrixText(matrix: Matrix, file: string): string {
  const lines = [`${file}: ${matrix.title}, under ${matrix.profiles.length} kernels`]
  const letter = (g: number): string => (g < 26 ? String.fromCharCode(65 + g) : `${String.fromCharCode(64 + Math.floor(g / 26))}${String.fromCharCode(65 + (g % 26))}`)
  for (const [g, group] of matrix.groups.entries()) lines.push(`  ${letter(g)} = ${group.profiles.join(', ')}`)
  if (matrix.groups.length === 1) return `${[...lines, `  nothing differs in ${matrix.steps.length - 1} steps`].join('\n')}\n`
  const first = matrix.groups.map((group) => matrix.profiles.findIndex((p) => p.id === group.profiles[0]))
  const cell = (step: Matrix['steps'][number], g: number): string => {
    const { result, class: own } = step.cells[first[g]!]!
    const same = first.findIndex((i) => step.cells[i]!.class === own)
    return same === g || step.cells[first[same]!]!.result !== result ? result : `${result}=${letter(same)}`
  }
  const rows = matrix.steps.map((step) => [`${step.n}`, ...matrix.groups.map((_, g) => cell(step, g)), step.text])
  const head = ['', ...matrix.groups.map((_, g) => letter(g)), '']
  const widths = head.slice(0, -1).map((_, i) => Math.max(...[head, ...rows].map((row) => row[i]!.length)))
  for (const row of [head, ...rows]) lines.push(`  ${row.map((text, i) => (i === 0 ? text.padStart(widths[0]!) : i < widths.length ? text.padEnd(widths[i]!) : text)).join('  ')}`.trimEnd())
  for (const [g, { parts }] of matrix.groups.entries()) {
    if (!parts) continue
    lines.push(`  ${letter(g)} parts from ${letter(g - 1)} at step ${parts.step}:`, ...parts.differences.slice(0, 4).map((d) => `    ${differenceText(d, letter(g - 1), letter(g))}`))
    if (parts.differences.length > 4) lines.push(`    … and ${parts.differences.length - 4} more`)
  }
  return `${lines.join('\n')}\n`
}
