/** Read access to a state, wherever its values are kept: what invariants are judged through. A RangeStore is one. */
import type { Predicate } from '../executors/step.ts'
import type { Cell, Field, Ref } from './handles.ts'

export interface Reader {
  cell(h: Cell): number
  ref<T>(h: Ref<T>): T
  /** Value of a field at a pfn. */
  at(h: Field, pfn: number): number
  /** Visits the runs of several fields together: each call covers a pfn range in which none of them changes. `false` ends it. */
  eachRun(fields: readonly Field[], start: number, end: number, visit: (start: number, end: number, ...values: number[]) => boolean | void): void
  /** As the step `scan` (executors/step.ts). */
  scan(fields: readonly Field[], start: number, end: number, stride: number, test: Predicate): number
}
