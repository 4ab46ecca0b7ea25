/** Locks of each thread as bars along the rows of a trace: held, or waited for. */
import type { RaceStep } from '../../preload/contract.ts'
import { shortLock, type TraceRow } from './rows.ts'

export interface LaneLock { readonly name: string; readonly letter: string }
/** Rows first..last, both inclusive; `by`: the thread that holds what is waited for. */
export interface LaneBar { readonly lock: number; readonly kind: 'held' | 'wait'; readonly first: number; readonly last: number; readonly by?: number }
export interface Lane { readonly locks: readonly LaneLock[]; readonly bars: readonly LaneBar[] }

export function lanesOf(trace: readonly RaceStep[], rows: readonly TraceRow[], threads: number): readonly Lane[] {
  return Array.from({ length: threads }, (_, thread) => {
    const waits = waitsOf(trace, thread)
    const names: string[] = []
    for (const [i, s] of trace.entries()) {
      if (s.thread === thread) for (const name of s.held) if (!names.includes(name)) names.push(name)
      const wanted = waits[i]?.lock
      if (wanted !== undefined && !names.includes(wanted)) names.push(wanted)
    }
    const letters = new Set<string>()
    const locks = names.map((name): LaneLock => {
      const letter = [...shortLock(name).toUpperCase()].find((c) => /[A-Z]/.test(c) && !letters.has(c)) ?? '·'
      letters.add(letter)
      return { name, letter }
    })
    return { locks, bars: [...heldBars(trace, rows, thread, names), ...waitBars(rows, waits, names)] }
  })
}

function heldBars(trace: readonly RaceStep[], rows: readonly TraceRow[], thread: number, names: readonly string[]): LaneBar[] {
  const out: LaneBar[] = []
  names.forEach((name, lock) => {
    let first = -1
    let held = false
    rows.forEach((row, r) => {
      // the row in which it is dropped belongs to the bar
      let within = held
      for (let i = row.from; i <= row.to; i++) {
        const s = trace[i]!
        if (s.thread !== thread) continue
        held = s.held.includes(name)
        within ||= held
      }
      if (within && first < 0) first = r
      if (first >= 0 && !held) {
        out.push({ lock, kind: 'held', first, last: r })
        first = -1
      }
    })
    if (first >= 0) out.push({ lock, kind: 'held', first, last: rows.length - 1 })
  })
  return out
}

interface Wait { readonly lock: string; readonly by: number }

/** For each step, what the thread waits for after it. */
export function waitsOf(trace: readonly RaceStep[], thread: number): readonly (Wait | undefined)[] {
  let by: number | undefined
  let lock: string | undefined
  return trace.map((s, i) => {
    if (s.thread === thread) by = undefined
    else if (s.waiting.includes(thread)) by = s.thread
    else if (by === s.thread) by = undefined
    if (by === undefined) return (lock = undefined)
    // what it takes when it goes on; where it never does, the last thing that the holder took when it began to wait
    lock ??= trace.slice(i).find((later) => later.thread === thread && later.lock !== undefined)?.lock ?? s.held.at(-1)
    return lock === undefined ? undefined : { lock, by }
  })
}

function waitBars(rows: readonly TraceRow[], waits: readonly (Wait | undefined)[], names: readonly string[]): LaneBar[] {
  const out: { lock: number; kind: 'wait'; first: number; last: number; by: number }[] = []
  rows.forEach((row, r) => {
    const wait = waits.slice(row.from, row.to + 1).find((w) => w !== undefined)
    if (!wait) return
    const last = out.at(-1)
    const lock = names.indexOf(wait.lock)
    if (last && last.last === r - 1 && last.lock === lock && last.by === wait.by) last.last = r
    else out.push({ lock, kind: 'wait', first: r, last: r, by: wait.by })
  })
  return out
}
