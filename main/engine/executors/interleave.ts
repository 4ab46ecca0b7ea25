/**
 * Two threads on one machine, for answers to "what may come of it": each repeats an operation, and a schedule says whose turn it is. A turn
 * ends where another CPU could get in between: after a shared access or an unlock with no lock held. What happens with a lock held is one
 * turn, which is right as long as the other thread touches that state under the same lock only.
 */
import type { Booted } from '../boot/boot.ts'
import type { Kernel } from '../state/kernel.ts'
import { call, op, StepKind, type Operation, type Step, type Steps } from './step.ts'

/** What a thread repeats: 0 or more for success, a negative errno. */
export type Repeated = Operation<readonly []>

const SWITCHES: ReadonlySet<StepKind> = new Set([StepKind.Get, StepKind.Fill, StepKind.Map, StepKind.WriteRef, StepKind.Unlock])

class Thread {
  private readonly frames: { readonly steps: Steps; readonly name: string }[] = []
  private input = 0
  /** Kinds of steps and the numbers that they answered since the repetition began: where in it the thread is, and what it knows. */
  history = ''
  /** What the repetitions answered, in order. */
  readonly answers: number[] = []
  constructor(readonly operation: Repeated, readonly quiet: ReadonlySet<string>) {}

  get idle(): boolean {
    return this.frames.length === 0
  }

  /** One turn. Steps are handed on to the executor that runs this. */
  *turn(k: Kernel): Generator<Step, void, number> {
    if (this.idle) {
      this.frames.push({ steps: this.operation.body(k), name: this.operation.name })
      this.history = ''
      this.input = 0
    }
    let held = 0
    for (;;) {
      const frame = this.frames[this.frames.length - 1]!
      const r = frame.steps.next(this.input)
      if (r.done) {
        this.input = r.value
        this.frames.pop()
        if (this.frames.length > 0) continue
        this.answers.push(r.value)
        this.history = ''
        return
      }
      const { kind } = r.value
      if (kind === StepKind.Call) {
        const callee = r.value.x as Operation<readonly unknown[]>
        this.frames.push({ steps: callee.body(k, ...(r.value.y as readonly unknown[])), name: callee.name })
        this.input = 0
        continue
      }
      this.input = yield r.value
      this.history += `${kind}:${typeof this.input === 'number' ? this.input : ''};`
      if (kind === StepKind.Lock) held++
      if (kind === StepKind.Unlock) held--
      if (held === 0 && SWITCHES.has(kind) && !this.quiet.has(frame.name)) return
    }
  }
}

/** Whose turn it is, one after the other. */
export type Schedule = readonly (0 | 1)[]

const twoThreads = op('two threads', 'an interleaving', function* (k, threads: readonly [Thread, Thread], schedule: Schedule) {
  for (const turn of schedule) yield* threads[turn].turn(k)
  return 0
})

/** A state in which both threads have finished a repetition, and one way to get there. */
export interface End { readonly schedule: Schedule }

export interface Interleavings {
  /** Distinct states with both threads between two repetitions, each having done at least one. */
  readonly ends: readonly End[]
  /** What repetitions of each thread may answer. */
  readonly answers: readonly [ReadonlySet<number>, ReadonlySet<number>]
  /** Where a thread may end in a BUG: what the log says first. Nobody goes on from there. */
  readonly bugs: ReadonlySet<string>
  /** False when there were more states than `limit`. */
  readonly complete: boolean
}

export interface Threads {
  readonly operations: readonly [Repeated, Repeated]
  /** Operations whose own steps the other thread cannot notice: no turn ends in them. */
  readonly quiet: ReadonlySet<string>
}

/** Every interleaving of two threads that repeat their operations for as long as they like. The machine is left as it was. */
export function interleavings(booted: Booted, threads: Threads, limit = 20_000): Interleavings {
  const { store } = booted
  const base = store.journal.applied
  const refs = [...store.refs]
  const answers: [Set<number>, Set<number>] = [new Set(), new Set()]
  const ends: End[] = []
  const seen = new Set<string>()
  const open: Schedule[] = [[]]
  const ended = new Set<string>()
  const bugs = new Set<string>()
  while (open.length > 0 && seen.size < limit) {
    const from = open.shift()!
    for (const turn of [0, 1] as const) {
      const schedule = [...from, turn]
      const { pair, bug } = follow(booted, threads, schedule)
      for (const i of [0, 1] as const) for (const answer of pair[i].answers) answers[i].add(answer)
      if (bug !== undefined) {
        bugs.add(bug)
        store.travel(base)
        store.journal.entries.length = base
        continue
      }
      const state = stateText(booted, refs)
      const key = `${pair.map((t) => `${t.answers.length > 0} ${t.history}`).join('|')}|${state}`
      if (!seen.has(key)) {
        seen.add(key)
        open.push(schedule)
        if (pair.every((t) => t.idle && t.answers.length > 0) && !ended.has(state)) {
          ended.add(state)
          ends.push({ schedule })
        }
      }
      store.travel(base)
      store.journal.entries.length = base
    }
  }
  return { ends, answers, bugs, complete: open.length === 0 }
}

/** Runs the two threads by a schedule, from the machine as it is; `bug` is the first line of the BUG that ended one of them. */
export function follow(booted: Booted, { operations, quiet }: Threads, schedule: Schedule): { readonly pair: readonly [Thread, Thread]; readonly bug: string | undefined } {
  const pair = [new Thread(operations[0], quiet), new Thread(operations[1], quiet)] as const
  const { stopped, log } = booted.executor.run(twoThreads, pair, schedule)
  return { pair, bug: stopped === undefined ? undefined : (log.findLast((line) => line.splat === 'BUG')?.text ?? 'nobody goes on') }
}

/** The whole state as text. References that are as they were at first need not be spelled out. */
function stateText({ store }: Booted, refs: readonly unknown[]): string {
  const changed = store.refs.map((ref, i) => (ref === refs[i] ? '' : JSON.stringify(ref)))
  return `${store.cells.join()}|${changed.join(';')}|${store.fields.map((f) => f.runs(0, Number.MAX_SAFE_INTEGER).join()).join(';')}`
}

/** For operations with arguments: the repetition that a thread does. */
export const repeat = <A extends readonly unknown[]>(operation: Operation<A>, ...args: A): Repeated =>
  op(operation.name, operation.source, function* () {
    return yield call(operation, ...args)
  })
