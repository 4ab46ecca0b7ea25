/** What is said of a timed run, as plain data in seconds: the JSON of `zonelab time`, and what its tables are made of. */
import type { Piece, TimedRun } from '../executors/time/timed-run.ts'
import { criticalPath } from './critical-path.ts'
import { COST_NAMES, valueOf, type CostValues } from './costs.ts'
import type { Spread } from './run-plan.ts'

/** The version of the JSON. */
export const TIME_JSON = 1

const s = (ns: number): number => Number((ns / 1e9).toPrecision(12))

export interface PathReport {
  readonly thread: string
  readonly from: number
  readonly to: number
  /** Cost, or what was waited for. */
  readonly what: string
  readonly fn: string
  readonly units?: number
  readonly locks: readonly string[]
}

export interface LockReport {
  readonly name: string
  readonly mode: 'read' | 'write'
  readonly taken: number
  readonly held: number
  readonly longestHold: number
  /** Of all threads together. */
  readonly waited: number
  readonly longestWait: number
  readonly mostWaiters: number
  /** Share of the total during which somebody held it. */
  readonly share: number
  /** Pairs of time and number of waiting threads. */
  readonly waiters: readonly (readonly [number, number])[]
}

export interface ThreadReport {
  readonly name: string
  readonly node: number
  readonly start: number
  readonly end: number
  /** For locks. */
  readonly waited: number
  /** For other threads, otherwise. */
  readonly awaited: number
  readonly slept: number
  readonly worked: number
  /** Work with a lock held that excludes others. */
  readonly workedLocked: number
  readonly state: 'done' | 'stopped' | 'hangs'
  readonly reason?: string
  readonly commands: readonly { readonly text: string; readonly from: number; readonly to: number; readonly result: string; readonly reason?: string }[]
}

export interface TimeReport {
  readonly name: string
  readonly profile: string
  readonly total: number
  readonly ideal: number
  readonly criticalPath: readonly PathReport[]
  readonly locks: readonly LockReport[]
  readonly threads: readonly ThreadReport[]
  /** Costs that were charged: units and time of all threads together. */
  readonly costs: readonly { readonly name: string; readonly units: number; readonly time: number }[]
  /** Every parameter as it was, in its own unit (ns where it is a time). */
  readonly parameters: Readonly<Record<string, number>>
  readonly unknownCosts: readonly string[]
  readonly events: number
  readonly spread?: { readonly runs: number; readonly percent: number; readonly min: number; readonly p5: number; readonly p50: number; readonly p95: number; readonly max: number }
}

const what = (p: Piece): string => (p.kind === 'wait' ? p.what : p.cost)

/** Locks under which others are kept out: those held for writing are named so in pieces, readers' too; cpu_hotplug_lock is only read. */
const EXCLUDES_NOBODY: ReadonlySet<string> = new Set(['cpu_hotplug_lock', 'memory_chain'])
export const isLocked = (held: readonly string[]): boolean => held.some((name) => !EXCLUDES_NOBODY.has(name))

export function timeReport(name: string, profile: string, run: TimedRun, values: CostValues, spread?: Spread): TimeReport {
  return {
    name, profile, total: s(run.total), ideal: s(run.ideal),
    criticalPath: criticalPath(run).map(({ thread, from, to, piece }): PathReport => ({
      thread: run.threads[thread]!.name, from: s(from), to: s(to),
      what: piece ? what(piece) : 'not started', fn: piece?.fn ?? '', ...(piece?.kind === 'work' ? { units: piece.units } : {}), locks: piece?.held ?? [],
    })),
    locks: run.locks.map((l): LockReport => ({
      name: l.lock.name, mode: l.mode, taken: l.taken, held: s(l.held), longestHold: s(l.longestHold), waited: s(l.waited), longestWait: s(l.longestWait),
      mostWaiters: l.mostWaiters, share: run.total > 0 ? Number((covered(l.holds) / run.total).toPrecision(6)) : 0, waiters: l.waiters.map(({ at, n }) => [s(at), n] as const),
    })),
    threads: run.threads.map((t): ThreadReport => ({
      name: t.name, node: t.node, start: s(t.start), end: s(t.end), waited: s(t.waited), awaited: s(t.awaited), slept: s(t.slept), worked: s(t.worked),
      workedLocked: s(t.pieces.reduce((n, p) => (p.kind === 'work' && isLocked(p.held) ? n + p.to - p.from : n), 0)),
      state: t.state, ...(t.reason === undefined ? {} : { reason: t.reason }),
      commands: t.commands.map((c) => ({ text: c.text, from: s(c.from), to: s(c.to), result: c.ret === 0 ? 'ok' : (c.errno ?? String(c.ret)), ...(c.reason === undefined ? {} : { reason: c.reason }) })),
    })),
    costs: run.costs.map((c) => ({ name: c.name, units: c.units, time: s(c.time) })),
    parameters: { ...Object.fromEntries(COST_NAMES.map((n) => [n, valueOf(values, n)])), ...values },
    unknownCosts: run.unknownCosts, events: run.events,
    ...(spread ? { spread: { runs: spread.runs, percent: spread.percent, min: s(spread.min), p5: s(spread.p5), p50: s(spread.p50), p95: s(spread.p95), max: s(spread.max) } } : {}),
  }
}

/** Time that at least one of the intervals covers. */
function covered(holds: readonly { readonly from: number; readonly to: number }[]): number {
  let total = 0
  let end = -Infinity
  for (const h of [...holds].sort((a, b) => a.from - b.from)) {
    if (h.to <= end) continue
    total += h.to - Math.max(h.from, end)
    end = h.to
  }
  return total
}
