/** The rows of a trace: what it is about stands alone, the rest is folded thread by thread. */
import type { RaceAnswer, RaceStep } from '../../preload/contract.ts'

export interface TraceRow {
  /** Steps from..to, both inclusive; the machine that is shown for a row is the one after `to`. */
  readonly from: number
  readonly to: number
  readonly thread: number
  readonly kind: 'step' | 'locks' | 'fold'
  /** Nothing that the trace is about. */
  readonly quiet: boolean
}

type Trace = Pick<RaceAnswer, 'trace' | 'watches'>

/** `opened`: first steps of folds that are open. */
export function rowsOf({ trace, watches }: Trace, opened: ReadonlySet<number>, all: boolean): readonly TraceRow[] {
  const about = relevance(trace, new Set(watches.map((w) => w.cell)))
  const rows: TraceRow[] = []
  for (let i = 0; i < trace.length; ) {
    const { thread } = trace[i]!
    const upTo = (goesOn: (step: RaceStep) => boolean): number => {
      let to = i
      while (to + 1 < trace.length && trace[to + 1]!.thread === thread && goesOn(trace[to + 1]!)) to++
      return to
    }
    const step = trace[i]!
    if (!about(step)) {
      const to = upTo((s) => !about(s))
      if (all || opened.has(i) || to === i) for (let n = i; n <= to; n++) rows.push({ from: n, to: n, thread, kind: 'step', quiet: true })
      else rows.push({ from: i, to, thread, kind: 'fold', quiet: true })
      i = to + 1
    } else if (!all && !step.marked && (step.kind === 'lock' || step.kind === 'unlock')) {
      const to = upTo((s) => s.kind === step.kind && !s.marked)
      rows.push({ from: i, to, thread, kind: to > i ? 'locks' : 'step', quiet: false })
      i = to + 1
    } else {
      rows.push({ from: i, to: i, thread, kind: 'step', quiet: false })
      i++
    }
  }
  return rows
}

const fieldsOf = (cell: string): readonly string[] => cell.replace(/ pfn .*/, '').split(', ')

/** Is a step worth a row of its own: locks, what goes wrong, watched values that change, and what the two marked accesses touch. */
function relevance(trace: readonly RaceStep[], watched: ReadonlySet<string>): (step: RaceStep) => boolean {
  const marked = trace.filter((s) => s.marked && s.cell !== undefined)
  // where the two look at several fields, it is about those that both of them touch
  const shared = marked.flatMap((m) => fieldsOf(m.cell!)).filter((f) => marked.every((m) => fieldsOf(m.cell!).includes(f)))
  const meets = (s: RaceStep): boolean => marked.some((m) =>
    s.cell === m.cell || (s.start !== undefined && m.start !== undefined && s.start < m.end! && m.start < s.end! && fieldsOf(s.cell ?? '').some((f) => shared.includes(f))))
  const narrow = (s: RaceStep): boolean => fieldsOf(s.cell ?? '').length === 1
  return (s) => {
    if (s.marked) return true
    switch (s.kind) {
      case 'lock': case 'unlock': case 'trylock': case 'bug': case 'warn': case 'fail': case 'wait': case 'rcu': case 'return': return true
      case 'choose': return meets(trace[trace.indexOf(s) - 1] ?? s)
      case 'seq': return s.text === 'again'
      case 'write': case 'add': case 'update': return s.from !== s.to && (watched.has(s.cell ?? '') || meets(s))
      case 'read': return meets(s) && narrow(s)
      case 'begin': case 'print': case 'sleep': return false
    }
  }
}

/** The row that shows a step. */
export const rowOfStep = (rows: readonly TraceRow[], step: number): number => rows.findIndex((r) => step >= r.from && step <= r.to)

/** "zone 0/Device spanned_pages" without what its column says already. */
export const shortCell = (cell: string): string => cell.replace(/^zone \S+ /, '').replace(/^node (\d+) (?=node_)/, '').replace(' pfn ', ' ')
export const shortLock = (lock: string): string => lock.replace(/^(?:zone|node) \S+ (?!lock$)/, '')

const shortValue = (value: string): string => value.replaceAll(', zone ', ' ').replaceAll(', page map ', ', map ')

export interface RowText { readonly what: string; readonly detail: string; readonly where: string }

export function rowText(row: TraceRow, trace: readonly RaceStep[]): RowText {
  const steps = trace.slice(row.from, row.to + 1)
  const first = steps[0]!
  if (row.kind === 'fold') {
    const functions = [...new Set(steps.map((s) => s.function))]
    return { what: functions.slice(0, 2).join(', ') + (functions.length > 2 ? ` and ${functions.length - 2} more` : ''), detail: `${steps.length} steps`, where: '' }
  }
  if (row.kind === 'locks') return { what: `${first.kind} ${steps.map((s) => shortLock(s.lock ?? '') + (s.mode === 'read' ? ' (read)' : '')).join(', ')}`, detail: '', where: steps.at(-1)!.function }
  return { ...stepWords(first), where: first.function }
}

/** A step in a few words, and the value that it saw or wrote. */
export function stepWords(s: RaceStep): { readonly what: string; readonly detail: string } {
  const text = s.text ?? ''
  switch (s.kind) {
    case 'lock': case 'unlock': return { what: `${s.kind} ${shortLock(s.lock ?? '')}${s.mode === 'read' ? ' (read)' : ''}`, detail: text }
    case 'trylock': return { what: `trylock ${shortLock(s.lock ?? '')}`, detail: text }
    case 'seq': return { what: `sequence of ${shortLock(s.lock ?? '')}`, detail: text }
    case 'rcu': return { what: text, detail: '' }
    case 'begin': return { what: `${s.function}()`, detail: 'begins' }
    case 'return': return { what: text.startsWith('return') ? text : `return ${text}`, detail: '' }
    case 'bug': case 'warn': case 'fail': case 'print': case 'sleep': return { what: s.kind === 'bug' ? `BUG ${text}` : s.kind === 'warn' ? `WARN ${text}` : text, detail: '' }
    case 'choose': return { what: s.cell ?? '', detail: s.to ?? '' }
    case 'wait': return { what: `wait ${shortCell(s.cell ?? '')}`, detail: s.to ?? '' }
    case 'read': case 'write': case 'add': case 'update': {
      const cell = s.cell ?? ''
      const range = / pfn (.*)$/.exec(cell)?.[1] ?? ''
      const what = fieldsOf(cell).length > 1 ? `scan ${range}` : `${s.kind} ${shortCell(cell)}`
      return { what, detail: [shortValue(s.to ?? ''), text].filter((t) => t !== '').join(' · ') }
    }
  }
}
