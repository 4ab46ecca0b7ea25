/** A timed run as text: total, threads, locks, critical path, costs. */
import { formatDuration } from '../engine/timing/cost-values.ts'
import type { TimeReport } from '../engine/timing/report.ts'

const t = (seconds: number): string => (seconds === 0 ? '0' : formatDuration(seconds * 1e9))

export function timeText(title: string, r: TimeReport, first: boolean): string {
  const ratio = r.ideal > 0 ? r.total / r.ideal : 1
  const lines = [
    ...(first ? [title] : ['']),
    `${r.name}${r.name === r.profile ? '' : ` (${r.profile})`}: ${t(r.total)}, ${t(r.ideal)} without waits for locks${ratio > 1.005 ? ` (${ratio.toFixed(2)} times as long)` : ''}`,
  ]
  if (r.spread) lines.push(`  ${r.spread.runs} runs that vary by ${r.spread.percent} %: 5 % below ${t(r.spread.p5)}, half below ${t(r.spread.p50)}, 95 % below ${t(r.spread.p95)}; ${t(r.spread.min)} … ${t(r.spread.max)}`)
  lines.push('', ...table(['thread', 'node', 'waits', 'sleeps', 'works', 'with lock', 'end', ''], r.threads.map((x) => [
    x.name, String(x.node), t(x.waited + x.awaited), t(x.slept), t(x.worked), t(x.workedLocked), t(x.end),
    x.state === 'done' ? x.commands.filter((c) => c.result !== 'ok').map((c) => `${c.text}: -${c.result}`).join('; ') : `${x.state}: ${x.reason ?? ''}`,
  ])))
  const commands = r.threads.flatMap((x) => (x.commands.length > 1 ? x.commands.map((c) => [`${x.name}: ${c.text}`, t(c.from), t(c.to), t(c.to - c.from), c.result === 'ok' ? '' : `-${c.result}`]) : []))
  if (commands.length > 0 && commands.length <= 40) lines.push('', ...table(['command', 'from', 'to', 'took', ''], commands))
  lines.push('', ...table(['lock', 'taken', 'held', 'longest', 'waited', 'longest', 'most waiters', 'held, share'], r.locks.map((l) => [
    `${l.name}, ${l.mode}`, String(l.taken), t(l.held), t(l.longestHold), t(l.waited), t(l.longestWait), String(l.mostWaiters), `${(l.share * 100).toFixed(1)} %`,
  ])))
  lines.push('', ...table(['critical path', 'from', 'to', 'in', ''], shortened(r).map((p) => [
    `${p.thread}: ${p.what}`, t(p.from), t(p.to), p.fn === '' ? '' : `${p.fn}()`, p.locks.length > 0 ? `holds ${p.locks.join(', ')}` : '',
  ])))
  if (r.unknownCosts.length > 0) lines.push('', `  took no time, for nobody says what they cost: ${r.unknownCosts.join(', ')}`)
  return `${lines.join('\n')}\n`
}

/** The path without what took next to nothing, said as one line where it is left out. */
function shortened(r: TimeReport): readonly { readonly thread: string; readonly what: string; readonly from: number; readonly to: number; readonly fn: string; readonly locks: readonly string[] }[] {
  const out: TimeReport['criticalPath'][number][] = []
  for (const p of r.criticalPath) {
    const last = out.at(-1)
    if (p.to - p.from >= r.total / 1000) out.push(p)
    else if (last && last.fn === '' && last.thread === p.thread && last.what === 'less than a thousandth each') out[out.length - 1] = { ...last, to: p.to }
    else out.push({ thread: p.thread, from: p.from, to: p.to, what: 'less than a thousandth each', fn: '', locks: [] })
  }
  return out
}

export function table(head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const all = [head, ...rows]
  const width = head.map((_, i) => Math.max(...all.map((row) => (row[i] ?? '').length)))
  // the first column and the last are text
  return all.map((row) => `  ${row.map((cell, i) => (i === 0 || i === head.length - 1 ? cell.padEnd(width[i]!) : cell.padStart(width[i]!))).join('  ')}`.trimEnd())
}
