/** A local state of a thread: the step that it is about to take, and what it has observed on the way. */
import type { Lock } from '../../state/handles.ts'
import type { Operation, Step, StepKind } from '../step.ts'
import type { Broken } from './exploration.ts'
import type { ThreadResult } from './question.ts'

/** A step as it was yielded; steps themselves are used again at once. */
export interface KeptStep {
  readonly kind: StepKind
  readonly h: Step['h']
  readonly a: number
  readonly b: number
  readonly c: number
  readonly text: string
  readonly x: unknown
  readonly y: unknown
}

export const keep = (s: Step): KeptStep => ({ kind: s.kind, h: s.h, a: s.a, b: s.b, c: s.c, text: s.text, x: s.x, y: s.y })

/** What a frame observed so far, newest first; interned, so that equal histories are one object. */
export interface History {
  readonly id: number
  readonly before: History | undefined
  /** Of the step that answered: a replay must yield the same. */
  readonly signature: string
  readonly answer: unknown
  readonly length: number
}

export interface Frame {
  readonly operation: Operation<readonly unknown[]>
  /** CALL.* */
  readonly mode: number
  readonly history: History | undefined
}

export type Mode = 'read' | 'write' | 'seq'
export interface Held { readonly lock: Lock; readonly mode: Mode }

/** What happens between two visible steps: lines and returns, for traces. */
export interface Event {
  readonly kind: 'print' | 'warn' | 'fail' | 'return'
  readonly function: string
  readonly source: string
  readonly text: string
}

/** How a step is carried out. */
export const Do = {
  /** Answers what nobody can change. */
  Constant: 0,
  Read: 1, Write: 2, Add: 3, Look: 4, Fill: 5, Map: 6, Update: 7, Lock: 8, Unlock: 9, TryLock: 10, Choose: 11, Wait: 12,
  SeqBegin: 13, SeqRetry: 14, GraceBegin: 15, GraceEnd: 16, Done: 17,
} as const
export type Do = (typeof Do)[keyof typeof Do]

export class Node {
  does: Do = Do.Constant
  /** Layout that it was resolved for. */
  version = -1
  /** The one place, or the lock's; -1 for none. */
  place = -1
  /** Places of a fill, or that a scan may look at. */
  places: readonly number[] = []
  /** Value to write, to add, or that a constant answers. */
  code = 0
  /** Successor where nothing is answered, or of the last answer. */
  next = -1
  answered = 0
  /** Successors of other answers. */
  readonly edges = new Map<number, number>()
  /** Events on the way to a successor, by answer. */
  readonly events = new Map<number, readonly Event[]>()
  /** A step of which a successor begins a failed attempt anew: some states come back. */
  closesLoop = false
  /** Inside an atomic call, behind its first step: nobody else runs. */
  inner = false
  /** The first step of an atomic call: others may come before it, whatever it does. */
  opens = false
  /** The step before the first one of an interrupt. */
  starts = false
  /** Reads or writes plainly: may be one of two that race. */
  plain = false
  writes = false
  /** Reaching it breaks the question. */
  fault: Broken | undefined
  result: ThreadResult | undefined
  readonly irqsOff: boolean
  constructor(
    readonly id: number, readonly step: KeptStep | undefined, readonly frames: readonly Frame[], readonly held: readonly Held[],
    /** Of a write in pieces: which one. */
    readonly piece: number, readonly pieces: number,
  ) {
    this.irqsOff = held.some((h) => h.lock.kind === 'spinlock')
  }

  /** Nobody can tell when it is taken. */
  get silent(): boolean {
    return this.does === Do.Constant && !this.closesLoop && !this.opens
  }

  get operation(): Operation<readonly unknown[]> {
    return this.frames[this.frames.length - 1]!.operation
  }
}

/** Locks under which nothing may sleep. */
export const spins = ({ lock, mode }: Held): boolean =>
  mode !== 'seq' && (lock.kind === 'spinlock' || lock.kind === 'plain-spinlock' || lock.kind === 'rwlock' || lock.kind === 'seqlock' || lock.kind === 'rcu')
export const sleeps = (lock: Lock): boolean => lock.kind === 'mutex' || lock.kind === 'percpu-rwsem'
