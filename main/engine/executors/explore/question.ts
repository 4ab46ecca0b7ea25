/**
 * A question: which threads run what, from which machine, and what must hold. The operations are the ones that the run executor runs;
 * `base` is a machine after a sequential set-up and is only read.
 */
import type { Kernel } from '../../state/kernel.ts'
import type { RangeStore } from '../../state/range-store.ts'
import type { Reader } from '../../state/reader.ts'
import type { Operation } from '../step.ts'

export const MAX_THREADS = 4

export interface ThreadSpec {
  /** As it is called in traces: "T1", "kworker". Unique in the question. */
  readonly name: string
  readonly operation: Operation<readonly never[]>
  /** Plain data, handles, or zones and nodes of the kernel: they are frozen, and compared by what they say. */
  readonly args: readonly unknown[]
  /** A reader changes nothing that invariants are about: whether an operation is in flight does not depend on it. */
  readonly role?: 'operation' | 'reader'
  /** An interrupt on the CPU of thread number `on`: starts where that thread has interrupts on, and ends before it goes on. */
  readonly context?: 'process' | { readonly irqOn: number }
}

/** A thread that runs an operation, with its arguments checked against it. */
export const thread = <A extends readonly unknown[]>(name: string, operation: Operation<A>, ...args: A): ThreadSpec =>
  ({ name, operation: operation as unknown as Operation<readonly never[]>, args })

/**
 * When an invariant must hold. `any`: in every state. `unlocked`: whenever nobody holds mem_hotplug_lock for writing. `quiescent`: when no
 * operation is in flight, which is before the first, between two and after the last.
 */
export type InvariantScope = 'any' | 'unlocked' | 'quiescent'

export interface StateInvariant {
  readonly id: string
  readonly title: string
  readonly scope: InvariantScope
  /** What is wrong, or undefined. Pure: it reads the state through `reader` only, and is not called again for a state it has judged. */
  readonly judge: (k: Kernel, reader: Reader) => string | undefined
}

/** How one thread ended. */
export type ThreadResult = { readonly kind: 'returned'; readonly value: number } | { readonly kind: 'bug'; readonly text: string }

/** Judges a state in which every thread has ended; `reader` shows the machine. */
export type OutcomeRule = (results: readonly ThreadResult[], reader: Reader) => string | undefined

export interface ExploreOptions {
  /** Ends the exploration as "incomplete" beyond that many states. */
  readonly maxStates: number
  /** Keeps whole states and compares them; otherwise 64-bit hashes, whose chance of hiding a state `bound` tells. */
  readonly exact: boolean
  /** `auto`: plainly at first, by learned footprints when there are many states. */
  readonly reduce: 'auto' | 'off' | 'on'
  /** What breaks a question beside its invariants. A race that is allowed is still listed. */
  readonly breaks: { readonly deadlock: boolean; readonly race: boolean; readonly bug: boolean; readonly lockOrder: boolean; readonly sleep: boolean }
  /** Which trace to show of a broken question. */
  readonly trace: 'switches' | 'steps'
  /** States that may be kept to find it; 0 shows the path on which it was found. */
  readonly traceStates: number
  /** Goes on after the first thing that is broken, to collect all terminal states and races. */
  readonly all: boolean
  /** Pages that one step of a write to struct pages covers at most; a range that would be one step is written in two: "in progress" shows. */
  readonly pageGrain: number
  /** Tests: when two histories end in one local state, runs both on and compares. */
  readonly checkMerges: boolean
  /** Keeps what was seen in each place, and what was judged good: for exports. */
  readonly recordValues: boolean
  /** Locks that exist in name only: nobody waits for them. For "why does it hold" and mutation tests. */
  readonly without: readonly string[]
}

export interface Question {
  readonly kernel: Kernel
  readonly base: RangeStore
  readonly threads: readonly ThreadSpec[]
  readonly invariants: readonly StateInvariant[]
  readonly outcome?: OutcomeRule
  readonly options?: Partial<ExploreOptions>
}

export const DEFAULT_OPTIONS: Omit<ExploreOptions, 'pageGrain'> = {
  maxStates: 5_000_000, exact: false, reduce: 'auto', trace: 'switches', traceStates: 300_000, all: false, checkMerges: false, recordValues: false, without: [],
  breaks: { deadlock: true, race: false, bug: true, lockOrder: true, sleep: true },
}

/** A question that cannot be explored: which field, what it found, what the limit is. */
export class QuestionError extends Error {
  constructor(readonly field: string, readonly found: string, readonly expected: string) {
    super(`${field}: ${found}; ${expected}`)
  }
}
