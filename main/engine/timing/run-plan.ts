/** Runs the threads of a plan on a machine, in simulated time; the machine is left as it was. */
import type { Engine } from '../engine.ts'
import { timedTurns } from '../executors/time/timed-executor.ts'
import type { TimedRun } from '../executors/time/timed-run.ts'
import type { NextCommand, ThreadSpec } from '../executors/time/timed-thread.ts'
import { queuedHooks } from '../execute-device.ts'
import { operationOf, type Bound } from '../operation-of.ts'
import { MEM } from '../state/block.ts'
import { bootThreads, deferStructPages } from './boot-threads.ts'
import { COSTS, parameterOf, type ChargedCost, type CostValues } from './costs.ts'
import { jitterOf } from './jitter.ts'
import { ownCosts } from './own-costs.ts'
import type { Plan, PlannedThread } from './plan.ts'

export interface RunOptions {
  /** Instead of the plan's. */
  readonly costs?: CostValues
  /** Durations vary; the number tells one run from another. */
  readonly jitter?: { readonly percent: number; readonly seed: number }
  /** false: the totals are enough. */
  readonly record?: boolean
}

/** One run. Deterministic: the same machine, plan and options give the same run. */
export function timePlan(engine: Engine, plan: Plan, options: RunOptions = {}): TimedRun {
  const turns = timePlanTurns(engine, plan, options)
  for (;;) {
    const r = turns.next()
    if (r.done) return r.value
  }
}

/** The same in turns. The machine is as it was when it ends, also half way (`return`); nothing else may touch it meanwhile. */
export function* timePlanTurns(engine: Engine, plan: Plan, options: RunOptions = {}): Generator<void, TimedRun> {
  const { kernel, store, executor } = engine.booted
  const own = ownCosts(engine.types)
  const from = store.journal.applied
  const undone = store.journal.entries.slice(from)
  const jitter = options.jitter && options.jitter.percent > 0 ? jitterOf(options.jitter.percent, options.jitter.seed) : undefined
  try {
    if (plan.boot?.deferred) deferStructPages(engine.booted)
    return yield* timedTurns({
      kernel, store, functions: executor.functions,
      threads: [...(plan.boot ? bootThreads(engine.booted, plan.boot.deferred) : []), ...plan.threads.map((t) => threadSpec(engine, t))],
      costs: options.costs ?? plan.costs,
      costOf: (name) => charged(name) ?? own.get(name),
      ...(jitter ? { jitter } : {}),
      record: options.record ?? true,
    })
  } finally {
    store.travel(from)
    store.journal.entries.length = from
    for (const entry of undone) store.journal.entries.push(entry)
  }
}

function charged(name: string): ChargedCost | undefined {
  const p = Object.hasOwn(COSTS, name) ? parameterOf(name) : undefined
  return p?.use === 'charged' ? p : undefined
}

/** The commands of a thread, each looked up at the simulated time at which it begins. */
function threadSpec({ booted, types }: Engine, t: PlannedThread): ThreadSpec {
  const { kernel: k, store } = booted
  let i = 0
  /** Block that the last command wrote to, and what drivers queued when it came online. */
  let block: number | undefined
  const queued: { text: string; bound: Bound }[] = []
  return {
    name: t.name, node: t.node, cpu: t.cpu, start: t.start,
    next: (ret): NextCommand => {
      if (block !== undefined && ret === 0 && store.at(k.blockState, block * k.pagesPerBlock) === MEM.online)
        for (const { device, bound } of queuedHooks(booted, types, { start: block * k.blockBytes, end: (block + 1) * k.blockBytes })) queued.push({ text: `work of ${device}`, bound })
      block = undefined
      const work = queued.shift()
      if (work) return work
      const c = t.commands[i++]
      if (!c) return undefined
      if (c.command.op === 'block') block = c.command.block
      const of = operationOf(booted, types, c.command)
      return of.ok ? { text: c.text, bound: of.bound } : { text: c.text, refused: of.refused }
    },
  }
}

/** Percentiles of the total over many jittered runs, ns. */
export interface Spread {
  readonly runs: number
  readonly percent: number
  readonly min: number
  readonly p5: number
  readonly p50: number
  readonly p95: number
  readonly max: number
}

export interface SpreadOptions { readonly percent: number; readonly seed: number; readonly runs: number; readonly costs?: CostValues }

/** Many runs, each with a seed of its own that no neighbouring seed has. `onProgress` is told how many are done; answering false gives up (undefined). */
export function spreadOf(engine: Engine, plan: Plan, options: SpreadOptions, onProgress?: (done: number) => boolean): Spread | undefined {
  const turns = spreadTurns(engine, plan, options)
  for (;;) {
    const r = turns.next()
    if (r.done) return r.value
    if (onProgress?.(r.value) === false) return undefined
  }
}

/** The same in turns, each answering how many runs are done. */
export function* spreadTurns(engine: Engine, plan: Plan, options: SpreadOptions): Generator<number, Spread> {
  const totals: number[] = []
  for (let i = 0; i < options.runs; i++) {
    const turns = timePlanTurns(engine, plan, { record: false, ...(options.costs ? { costs: options.costs } : {}), jitter: { percent: options.percent, seed: Math.imul(options.seed, 0x9e3779b1) + i } })
    try {
      for (;;) {
        const r = turns.next()
        if (r.done) {
          totals.push(r.value.total)
          break
        }
        yield i
      }
    } finally {
      turns.return(undefined as never)
    }
    yield i + 1
  }
  totals.sort((a, b) => a - b)
  const at = (q: number): number => totals[Math.min(totals.length - 1, Math.floor(q * totals.length))] ?? 0
  return { runs: totals.length, percent: options.percent, min: at(0), p5: at(0.05), p50: at(0.5), p95: at(0.95), max: totals.at(-1) ?? 0 }
}
