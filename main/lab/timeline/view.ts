/** A timed run as the window draws it. */
import type { TimelinePiece, TimelineRun } from '../../../preload/contract.ts'
import type { Piece, TimedRun } from '../../engine/executors/time/timed-run.ts'
import { criticalPath } from '../../engine/timing/critical-path.ts'
import { isLocked, timeReport } from '../../engine/timing/report.ts'

/** More pieces of a thread than this cannot be told apart on a screen. */
const MOST_PIECES = 4000

export function runView(profile: string, differs: TimelineRun['differs'], run: TimedRun): TimelineRun {
  const report = timeReport(profile, profile, run, {})
  return {
    profile, differs, total: run.total, ideal: run.ideal, events: run.events, unknownCosts: run.unknownCosts, charged: run.costs,
    threads: run.threads.map((t) => ({
      name: t.name, node: t.node, start: t.start, end: t.end, waited: t.waited, awaited: t.awaited, slept: t.slept, worked: t.worked,
      workedLocked: t.pieces.reduce((n, p) => (p.kind === 'work' && isLocked(p.held) ? n + p.to - p.from : n), 0), state: t.state, ...(t.reason === undefined ? {} : { reason: t.reason }),
      commands: t.commands.map((c) => ({ text: c.text, from: c.from, to: c.to, ...(c.errno === undefined ? {} : { errno: c.errno }), ...(c.reason === undefined ? {} : { reason: c.reason }) })),
      pieces: joined(t.pieces.map(pieceView), run.total),
    })),
    locks: run.locks.map((l, i) => ({
      name: l.lock.name, mode: l.mode, taken: l.taken, held: l.held, longestHold: l.longestHold, waited: l.waited, longestWait: l.longestWait, mostWaiters: l.mostWaiters,
      share: report.locks[i]!.share, waiters: l.waiters.map((w) => [w.at, w.n] as const), holds: l.mode === 'write' ? longest(l.holds) : [],
    })),
    path: criticalPath(run).map(({ thread, from, to, piece }) => ({ thread, from, to, kind: piece?.kind ?? ('none' as const), what: piece ? (piece.kind === 'wait' ? piece.what : piece.cost) : 'not started', fn: piece?.fn ?? '' })),
    initialised: initialised(run),
  }
}

function pieceView(p: Piece): TimelinePiece {
  const common = { from: p.from, to: p.to, fn: p.fn, held: p.held, locked: isLocked(p.held) }
  switch (p.kind) {
    case 'work': return { kind: 'work', ...common, what: p.cost, units: p.units, ...(p.workers > 1 ? { workers: p.workers } : {}), ...(writesPages(p.cost) ? { pages: p.device ? 'device' as const : 'ram' as const } : {}) }
    case 'wait': return { kind: 'wait', ...common, what: p.what, ...(p.holder >= 0 ? { holder: p.holder } : {}), ...(p.by >= 0 ? { by: p.by } : {}) }
    case 'sleep': return { kind: 'sleep', ...common, what: p.cost }
  }
}

const writesPages = (cost: string): boolean => cost.includes('struct page')

/** Pieces that are too short to see become one with their neighbours of the kind, when there are many. */
function joined(pieces: readonly TimelinePiece[], total: number): readonly TimelinePiece[] {
  if (pieces.length <= MOST_PIECES) return pieces
  const least = total / MOST_PIECES
  const out: TimelinePiece[] = []
  for (const p of pieces) {
    const last = out.at(-1)
    if (last && p.to - p.from < least && last.kind === p.kind && last.locked === p.locked && last.what === p.what) out[out.length - 1] = { ...last, to: p.to, count: (last.count ?? 1) + 1, units: (last.units ?? 0) + (p.units ?? 0) }
    else if (last && p.to - p.from < least && last.to - last.from < least) out[out.length - 1] = { ...last, to: p.to, what: last.what === p.what ? p.what : 'several', count: (last.count ?? 1) + 1 }
    else out.push(p)
  }
  return out
}

const longest = (holds: TimelineRun['locks'][number]['holds']): TimelineRun['locks'][number]['holds'] =>
  holds.length <= MOST_PIECES ? holds : [...holds].sort((a, b) => b.to - b.from - (a.to - a.from)).slice(0, MOST_PIECES).sort((a, b) => a.from - b.from)

/** Struct pages written so far, at every moment at which the pace changes. The second pass of v4.18 writes what was counted already. */
function initialised(run: TimedRun): TimelineRun['initialised'] {
  const changes: { at: number; pace: number }[] = []
  for (const t of run.threads)
    for (const p of t.pieces) {
      if (p.kind !== 'work' || !writesPages(p.cost) || p.cost.includes('second pass') || p.to <= p.from) continue
      const pace = p.units / (p.to - p.from)
      changes.push({ at: p.from, pace }, { at: p.to, pace: -pace })
    }
  changes.sort((a, b) => a.at - b.at)
  const out: (readonly [number, number])[] = [[0, 0]]
  let [at, pages, pace] = [0, 0, 0]
  for (const c of changes) {
    if (c.at > at) {
      pages += (c.at - at) * pace
      at = c.at
      out.push([at, Math.round(pages)])
    }
    pace += c.pace
  }
  if (at < run.total) out.push([run.total, Math.round(pages)])
  const step = Math.ceil(out.length / 1000)
  return step === 1 ? out : out.filter((_, i) => i % step === 0 || i === out.length - 1)
}
