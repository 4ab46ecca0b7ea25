/**
 * Handles: names for shared state. An operation holds handles and reaches what is behind them only through steps, so that
 * each executor can keep the values where it likes: the run executor in a RangeStore, the explorer in an Int32Array.
 */
import { Step, StepKind } from '../executors/step.ts'

/** A shared scalar number: a count, a pfn, a flag (0 or 1), a small enum. */
export class Cell {
  /** The step that reads it, made once. */
  readonly readStep: Step
  constructor(readonly id: number, readonly name: string) {
    this.readStep = new Step(StepKind.Read, this)
  }
}

/** A shared immutable value that is replaced as a whole: the resource tree, the list of notifiers. */
export class Ref<T> {
  declare private readonly type: T
  readonly readStep: Step
  constructor(readonly id: number, readonly name: string) {
    this.readStep = new Step(StepKind.ReadRef, this)
  }
}

/**
 * Something kept per page, sub-section, section or block. Always addressed by pfn; `unit` says how many pages share one
 * value. Values are small integers, 0 where nothing was ever written.
 */
export class Field {
  constructor(readonly id: number, readonly name: string, readonly unit: number) {}
}

/**
 * A spinlock is taken with interrupts off (spin_lock_irqsave()), a plain one is not. rcu: lock(l, 'read') is rcu_read_lock(), which never
 * waits; `synchronize` waits for readers. A seqlock is what writers take; readers use seqBegin and seqRetry.
 */
export type LockKind = 'mutex' | 'percpu-rwsem' | 'spinlock' | 'plain-spinlock' | 'seqlock' | 'rwlock' | 'rcu'

/** A lock. `rank` is its place in the legal order of kernel-behaviour 4.2: a smaller rank is taken first. */
export class Lock {
  constructor(readonly id: number, readonly name: string, readonly kind: LockKind, readonly rank: number) {}
}

export type Handle = Cell | Ref<unknown> | Field | Lock
