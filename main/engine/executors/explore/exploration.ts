/** What an exploration answers: plain data, fit for JSON. */
import type { ThreadResult } from './question.ts'

export type BrokenKind = 'invariant' | 'deadlock' | 'race' | 'bug' | 'lock-order' | 'sleep' | 'outcome'

export interface Broken {
  readonly kind: BrokenKind
  /** The invariant's id; I23 for lock order, I15 for sleeping, and the kind itself where there is no number. */
  readonly id: string
  readonly text: string
  readonly race?: Race
}

export type TraceKind =
  | 'read' | 'write' | 'add' | 'update' | 'lock' | 'trylock' | 'unlock' | 'wait' | 'choose' | 'seq' | 'rcu' | 'sleep'
  | 'print' | 'warn' | 'bug' | 'fail' | 'begin' | 'return'

/** One step of a trace. `from` and `to` are values as they are printed: hexadecimal for pfns, text for references. */
export interface TraceStep {
  /** Index into the question's threads. */
  readonly thread: number
  readonly name: string
  /** The kernel function that takes the step, and where its source is. */
  readonly function: string
  readonly source: string
  readonly kind: TraceKind
  readonly lock?: string
  readonly mode?: 'read' | 'write'
  /** Shared state that is touched: a handle's name, with pfns where it has any. */
  readonly cell?: string
  /** pfns that the step is about; `end` exclusive. */
  readonly start?: number
  readonly end?: number
  readonly from?: string
  readonly to?: string
  /** A line that is printed, an errno's reason, what an operation returned. */
  readonly text?: string
  /** Names of the locks that the thread holds after the step. */
  readonly held: readonly string[]
  /** Threads that want a lock which this thread holds. */
  readonly waiting: readonly number[]
  /** One of the two accesses that conflict, or the step after which it is broken. */
  readonly marked?: boolean
}

export interface Race {
  readonly cell: string
  readonly a: { readonly thread: number; readonly function: string; readonly write: boolean }
  readonly b: { readonly thread: number; readonly function: string; readonly write: boolean }
}

export interface Terminal {
  readonly results: readonly ThreadResult[]
  /** Shared state that differs from the base: name and value, sorted. */
  readonly changes: readonly { readonly cell: string; readonly value: string }[]
}

export interface Exploration {
  /** `holds` only of a complete exploration. */
  readonly verdict: 'holds' | 'broken' | 'incomplete'
  readonly broken?: Broken
  /** Everything that is broken, in the order found; more than one with `all` only. */
  readonly findings: readonly Broken[]
  readonly states: number
  readonly transitions: number
  readonly complete: boolean
  /** In words: threads, sections, states, whether complete, chance of omission. */
  readonly bound: string
  readonly reduced: boolean
  /** How the first finding comes about; empty when nothing is broken. */
  readonly trace: readonly TraceStep[]
  /** Distinct states in which every thread has ended; at most `TERMINALS_KEPT` are spelled out. */
  readonly terminals: readonly Terminal[]
  readonly terminalCount: number
  readonly races: readonly Race[]
  /** Cycles of the lock order, each as the locks' names in order; whether or not a run deadlocks. */
  readonly lockCycles: readonly (readonly string[])[]
  /** What each thread may answer. */
  readonly results: readonly (readonly ThreadResult[])[]
  /** Of the automata: local states over all threads, and how often a generator was resumed. */
  readonly localStates: number
  readonly resumes: number
  /** Bytes of the visited set. */
  readonly bytes: number
}

export const TERMINALS_KEPT = 1000

export interface Progress {
  readonly phase: 'search' | 'learn' | 'trace'
  readonly states: number
  readonly transitions: number
  readonly depth: number
}
