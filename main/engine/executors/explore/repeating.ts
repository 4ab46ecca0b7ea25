/**
 * Threads that do the same again and again, for as long as they like: what each may be answered, and in what states all may stand between two
 * rounds. Each round begins anew, so that the rounds are a finite cycle.
 */
import type { Booted } from '../../boot/boot.ts'
import type { RangeStore } from '../../state/range-store.ts'
import { AGAIN, call, choose, op, retry, type Operation } from '../step.ts'
import { applyState } from './apply-state.ts'
import { exploration, type Explored } from './exploration-run.ts'
import { thread, type ThreadSpec } from './question.ts'

/** A thread that repeats an operation at least once. */
export function repeats<A extends readonly unknown[]>(name: string, operation: Operation<A>, ...args: A): ThreadSpec {
  const round = op(operation.name, operation.source, function* (k) {
    const answer = yield call(operation, ...args)
    return (yield choose(k.uninitialised, 2)) ? AGAIN : answer
  })
  return thread(name, op(operation.name, operation.source, function* () {
    return yield* retry(round)
  }))
}

export interface Rounds {
  /** Distinct states in which every thread stands between two rounds. */
  readonly ends: readonly { readonly apply: (store: RangeStore) => void }[]
  /** What a round of each thread may answer. */
  readonly answers: readonly ReadonlySet<number>[]
  /** Where a thread may end in a BUG: what the log says first. */
  readonly bugs: ReadonlySet<string>
  readonly complete: boolean
}

/** The machine is left as it is. */
export function repeating({ kernel, store }: Booted, threads: readonly ThreadSpec[], maxStates: number): Rounds {
  const explored = run(exploration({ kernel, base: store, threads, invariants: [], options: { all: true, recordValues: true, traceStates: 0, maxStates } }))
  const { exploration: e, machine, search } = explored
  const answers = threads.map(() => new Set<number>())
  const bugs = new Set<string>()
  e.results.forEach((results, t) => {
    for (const r of results)
      if (r.kind === 'returned') answers[t]!.add(r.value)
      else bugs.add(r.text)
  })
  for (const f of e.findings) if (f.kind === 'bug') bugs.add(f.text.replace(/ \[\w+\]$/, ''))
  const ends = search.terminalStates.flatMap((state, i) => (e.terminals[i]!.results.every((r) => r.kind === 'returned') ? [{ apply: (into: RangeStore) => applyState(machine, state, into) }] : []))
  return { ends, answers, bugs, complete: e.complete }
}

function run(slices: Generator<unknown, Explored>): Explored {
  for (;;) {
    const { value, done } = slices.next()
    if (done) return value
  }
}
