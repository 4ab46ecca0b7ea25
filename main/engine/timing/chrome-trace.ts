/**
 * A run as Chrome trace JSON ("Trace Event Format"), which Perfetto and chrome://tracing open: a track a thread with its commands, work and
 * waits, a track a lock with who held it, a counter a lock of how many waited, and the critical path as a track of its own.
 */
import type { Piece, TimedRun } from '../executors/time/timed-run.ts'
import { criticalPath } from './critical-path.ts'

/** An event of the format. Times in µs. */
export interface TraceEvent {
  readonly name: string
  readonly cat?: string
  /** X: complete, M: metadata, C: counter, s and f: a flow from one to the other. */
  readonly ph: 'X' | 'M' | 'C' | 's' | 'f'
  readonly ts: number
  readonly dur?: number
  readonly pid: number
  readonly tid: number
  readonly id?: number
  readonly bp?: 'e'
  readonly args?: Readonly<Record<string, string | number>>
}

export interface ChromeTrace {
  readonly traceEvents: readonly TraceEvent[]
  readonly displayTimeUnit: 'ms'
  readonly otherData: Readonly<Record<string, string>>
}

/** Threads, locks and the critical path are shown as processes. */
const PID = { threads: 1, locks: 2, path: 3 } as const

export function chromeTrace(run: TimedRun, title: string, profile: string): ChromeTrace {
  const events: TraceEvent[] = []
  const meta = (pid: number, tid: number, name: 'process_name' | 'thread_name', value: string): void => {
    events.push({ name, ph: 'M', ts: 0, pid, tid, args: { name: value } })
  }
  const complete = (pid: number, tid: number, name: string, cat: string, from: number, to: number, args: Readonly<Record<string, string | number>> = {}): void => {
    events.push({ name, cat, ph: 'X', ts: from / 1e3, dur: (to - from) / 1e3, pid, tid, args })
  }
  meta(PID.threads, 0, 'process_name', `threads, ${profile}`)
  let flow = 0
  run.threads.forEach((t, i) => {
    const tid = i + 1
    meta(PID.threads, tid, 'thread_name', `${t.name} (node ${t.node})`)
    for (const c of t.commands) complete(PID.threads, tid, c.text, 'command', c.from, c.to, { ret: c.ret, ...(c.reason === undefined ? {} : { reason: c.reason }) })
    for (const p of t.pieces) {
      complete(PID.threads, tid, pieceName(p), p.kind, p.from, p.to, pieceArgs(p, run))
      if (p.kind !== 'wait' || p.by < 0) continue
      // an arrow from who let it go on
      flow++
      const event = { name: p.what, cat: 'handover', id: flow, pid: PID.threads } as const
      events.push({ ...event, ph: 's', ts: p.to / 1e3, tid: p.by + 1 }, { ...event, ph: 'f', bp: 'e', ts: p.to / 1e3, tid })
    }
  })
  meta(PID.locks, 0, 'process_name', 'locks')
  run.locks.forEach((l, i) => {
    const tid = i + 1
    const name = `${l.lock.name}, ${l.mode}`
    meta(PID.locks, tid, 'thread_name', name)
    // readers overlap, and slices of one track may not
    if (l.mode === 'write') for (const h of l.holds) complete(PID.locks, tid, `held by ${run.threads[h.thread]!.name}`, 'held', h.from, h.to)
    for (const w of l.waiters) events.push({ name: `waiting for ${name}`, ph: 'C', ts: w.at / 1e3, pid: PID.locks, tid: 0, args: { threads: w.n } })
  })
  meta(PID.path, 0, 'process_name', 'critical path')
  meta(PID.path, 1, 'thread_name', 'critical path')
  for (const { thread, from, to, piece } of criticalPath(run)) {
    const name = run.threads[thread]!.name
    complete(PID.path, 1, piece ? `${name}: ${pieceName(piece)}` : `${name}: not started`, 'path', from, to, piece ? pieceArgs(piece, run) : {})
  }
  return { traceEvents: events, displayTimeUnit: 'ms', otherData: { title, profile } }
}

const pieceName = (p: Piece): string => (p.kind === 'wait' ? `waits for ${p.what}` : p.cost)

function pieceArgs(p: Piece, run: TimedRun): Readonly<Record<string, string | number>> {
  const common = { function: p.fn, ...(p.held.length > 0 ? { 'locks held': p.held.join(', ') } : {}) }
  switch (p.kind) {
    case 'work': return { ...common, units: p.units, ...(p.workers > 1 ? { workers: p.workers } : {}), ...(p.node >= 0 ? { 'memory of node': p.node } : {}) }
    case 'wait': return { ...common, ...(p.holder >= 0 ? { holder: run.threads[p.holder]!.name } : {}), ...(p.by >= 0 ? { 'let go by': run.threads[p.by]!.name } : {}) }
    case 'sleep': return common
  }
}
