/** Answers of the explorer as text and as JSON. */
import type { DeviceTypes } from '../engine/devices.ts'
import type { TraceStep } from '../engine/executors/explore/exploration.ts'
import type { Answer } from '../engine/races/ask.ts'
import type { Without } from '../engine/races/why.ts'
import type { Scenario } from '../engine/scenario/parse.ts'

export interface MatrixRow { readonly scenario: Scenario; readonly answers: readonly Answer[] }

const verdictOf = (a: Answer): string => (a.exploration.verdict === 'broken' ? `broken: ${a.invariant ?? '?'}` : a.exploration.verdict)

/** What a step of a trace does, without its thread. */
export function stepText(s: TraceStep): string {
  const change = s.to === undefined ? (s.from === undefined ? '' : ` = ${s.from}`) : s.from === undefined ? ` = ${s.to}` : `: ${s.from} -> ${s.to}`
  const what = s.lock === undefined ? (s.cell === undefined ? '' : ` ${s.cell}${change}`) : ` ${s.lock}${s.mode === 'read' ? ' (read)' : ''}`
  return `${s.kind}${what}${s.text === undefined ? '' : ` ${s.text}`}`
}

/** One question under one kernel: the verdict, and a lane a thread. */
export function answerText(scenario: Scenario, a: Answer, _types: DeviceTypes): string {
  const e = a.exploration
  const lines = [
    `${scenario.title} (${a.profile})`,
    ...(scenario.form.race?.question === undefined ? [] : [`  ${scenario.form.race.question}`]),
    ...a.threads.map((t) => `  ${t.name}: ${t.actions.map((x) => x.text).join('; ')}`),
    ...a.brokenBefore.map((b) => `  not asked: ${b.id} does not hold before the threads start (${b.text})`),
    '',
    `  ${verdictOf(a)}${e.broken ? `: ${e.broken.text}` : ''}`,
    `  ${e.bound}; ${e.states.toLocaleString('en')} states, ${e.transitions.toLocaleString('en')} transitions`,
    ...e.lockCycles.map((c) => `  lock order: ${[...c, c[0]].join(' -> ')}`),
    ...(e.races.length > 0 ? [`  ${e.races.length} data race${e.races.length === 1 ? '' : 's'}, such as ${e.races[0]!.cell} (${e.races[0]!.a.function}, ${e.races[0]!.b.function})`] : []),
  ]
  if (e.trace.length > 0) lines.push('', ...lanes(a, e.trace))
  if (a.expected) lines.push('', `  expected ${a.expected.text}: ${a.expected.met ? 'yes' : 'no'}`)
  return `${lines.join('\n')}\n\n`
}

const LANE = 34

/** Lanes side by side: each thread's steps under its name, one line a step; `>` marks what conflicts. */
function lanes(a: Answer, trace: readonly TraceStep[]): string[] {
  const width = Math.max(...a.threads.map((t) => t.name.length), 4)
  const lines: string[] = []
  let before = -1
  let fn = ''
  for (const s of trace) {
    if (s.thread !== before) lines.push(`  ${s.name.padEnd(width)} ${'-'.repeat(LANE)}`)
    const name = s.function === fn && s.thread === before ? '' : s.function
    const waiting = s.waiting.length > 0 ? `   [${s.waiting.map((t) => a.threads[t]?.name ?? t).join(', ')} waiting]` : ''
    lines.push(`${s.marked ? '> ' : '  '}${' '.repeat(width)} ${'  '.repeat(s.thread)}${name.padEnd(LANE - 2 * s.thread)} ${stepText(s)}${waiting}`)
    before = s.thread
    fn = s.function
  }
  return lines
}

/** Kernels across, questions down; an answer that was not expected has a `!`. */
export function matrixText(rows: readonly MatrixRow[]): string {
  const profiles = [...new Set(rows.flatMap((r) => r.answers.map((a) => a.profile)))]
  const cell = (row: MatrixRow, profile: string): string => {
    const a = row.answers.find((x) => x.profile === profile)
    if (!a) return '-'
    const verdict = a.exploration.verdict === 'broken' ? (a.invariant ?? 'broken') : a.exploration.verdict
    return a.expected?.met === false ? `${verdict} !` : verdict
  }
  const names = rows.map((r) => r.scenario.title)
  const table = [['', ...profiles], ...rows.map((row, i) => [names[i]!, ...profiles.map((p) => cell(row, p))])]
  const widths = table[0]!.map((_, column) => Math.max(...table.map((line) => line[column]!.length)))
  return `${table.map((line) => line.map((text, column) => text.padEnd(widths[column]!)).join('  ').trimEnd()).join('\n')}\n`
}

export function whyText(why: readonly Without[]): string {
  const protects = why.filter((w) => w.answer.exploration.verdict === 'broken')
  const lines = protects.map((w) => `  without ${w.lock}: ${verdictOf(w.answer)}: ${w.answer.exploration.broken?.text ?? ''}`)
  const idle = why.filter((w) => w.answer.exploration.verdict === 'holds').map((w) => w.lock)
  return `  why it holds:\n${lines.length > 0 ? lines.join('\n') : '    no single lock: the order of steps, or several locks that protect it'}\n${idle.length > 0 ? `  holds as well without: ${idle.join(', ')}\n` : ''}\n`
}

export function answerJson(file: string, a: Answer, why: readonly Without[] | undefined): object {
  const e = a.exploration
  return {
    file, profile: a.profile, verdict: e.verdict, ...(a.invariant === undefined ? {} : { invariant: a.invariant, text: e.broken?.text }),
    bound: e.bound, complete: e.complete, states: e.states, transitions: e.transitions,
    threads: a.threads.map((t) => ({ name: t.name, actions: t.actions.map((x) => x.text) })),
    trace: e.trace.map((s) => ({
      thread: s.name, function: s.function, source: s.source, step: s.kind,
      ...(s.lock === undefined ? {} : { lock: s.lock }), ...(s.cell === undefined ? {} : { cell: s.cell }), ...(s.from === undefined ? {} : { from: s.from }),
      ...(s.to === undefined ? {} : { to: s.to }), ...(s.text === undefined ? {} : { text: s.text }), ...(s.marked === true ? { marked: true } : {}),
    })),
    races: e.races, lockCycles: e.lockCycles, terminals: e.terminalCount,
    ...(a.expected ? { expected: a.expected.text, met: a.expected.met } : {}),
    ...(why ? { why: why.map((w) => ({ lock: w.lock, verdict: w.answer.exploration.verdict, ...(w.answer.invariant === undefined ? {} : { invariant: w.answer.invariant }) })) } : {}),
  }
}
