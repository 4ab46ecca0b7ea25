/** A thread of the timed executor: a call stack of generators, where it runs, what it is doing. */
import type { Steps } from '../step.ts'
import type { Lock } from '../../state/handles.ts'
import type { LockMode } from './lock-queue.ts'
import type { Job } from './sharing.ts'
import type { Piece, TimedCommand } from './timed-run.ts'
import type { Bound } from '../../operation-of.ts'

/** What a thread does next: an operation, or one that was refused before kernel code ran. `undefined` when it has done everything. */
export type NextCommand = { readonly text: string; readonly bound: Bound } | { readonly text: string; readonly refused: { readonly ret: number; readonly errno?: string; readonly reason?: string } } | undefined

export interface ThreadSpec {
  readonly name: string
  readonly node: number
  /** Number of a CPU that it is bound to; -1 for any of its node. */
  readonly cpu: number
  /** When it starts, ns. */
  readonly start: number
  /** Asked at the simulated time at which the command begins. `ret` is what the one before answered. */
  next(ret: number | undefined): NextCommand
}

/** Where it is between two steps. */
export type ThreadState =
  | { readonly at: 'ready' }
  | { readonly at: 'working'; readonly job: Job; readonly cost: string; readonly units: number }
  | { readonly at: 'sleeping'; readonly until: number; readonly cost: string; readonly next?: { readonly lock: Lock; readonly mode: LockMode } }
  /** Waits in a lock's queue. */
  | { readonly at: 'queued'; readonly lock: Lock; readonly mode: LockMode; readonly holder: number }
  /** Comes again and again; `until` is when it comes next once the lock is free, which it has been since `freedAt`. */
  | { readonly at: 'retrying'; readonly lock: Lock; readonly holder: number; readonly until: number; readonly freedAt: number; readonly freedBy: number }
  | { readonly at: 'awaiting'; readonly cell: number; readonly name: string; readonly value: number }
  | { readonly at: 'done' | 'stopped' | 'hangs' }

export class TimedThread {
  readonly frames: Steps[] = []
  readonly names: number[] = []
  frame: Steps | undefined
  fn = 0
  input = 0
  state: ThreadState = { at: 'ready' }
  /** The command that runs is the hook of a device type. */
  hook = false
  /** Waited for a writer of this sequence to leave, and lets go of it when it goes on. */
  passes: Lock | undefined
  /** Since when it is in this state. */
  since: number
  readonly held: { readonly lock: Lock; readonly mode: LockMode }[] = []
  readonly pieces: Piece[] = []
  /** Time by what it did: waited for locks, awaited values. */
  readonly spent = { work: 0, wait: 0, await: 0, sleep: 0 }
  readonly commands: TimedCommand[] = []
  /** Text and start of the command that runs. */
  command: { readonly text: string; readonly from: number } | undefined
  lastRet: number | undefined
  reason: string | undefined
  end: number
  constructor(readonly index: number, readonly spec: ThreadSpec) {
    this.since = this.end = spec.start
  }

  get heldNames(): readonly string[] {
    return this.held.map((l) => l.lock.name)
  }
}
