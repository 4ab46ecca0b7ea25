/** What a timed run comes to. Times in ns of simulated time from the start of the run. Plain data. */
import type { Lock } from '../../state/handles.ts'
import type { LogLine } from '../../command.ts'
import type { LockMode, LockStats } from './lock-queue.ts'

/** Why a thread did not go on, or what it did meanwhile. Pieces of a thread follow each other without gaps. */
export type Piece = Work | Wait | Sleep

interface Common {
  readonly from: number
  readonly to: number
  /** Kernel function, and command of the thread that it belongs to. */
  readonly fn: string
  readonly command: number
  /** Locks that it held, outermost first. */
  readonly held: readonly string[]
}

/** A cost that was charged: `units` of `cost`. */
export interface Work extends Common {
  readonly kind: 'work'
  readonly cost: string
  readonly units: number
  readonly workers: number
  /** Node whose memory was written, -1 for none. */
  readonly node: number
  /** It was about device memory. */
  readonly device: boolean
}

/** Waited for a lock, or for a value that another thread sets. `by` is the thread that let it go on, -1 while nobody did. */
export interface Wait extends Common {
  readonly kind: 'wait'
  readonly what: string
  readonly mode: LockMode | 'value'
  /** Thread that had the lock when the wait began; -1 when nobody had it or it was no lock. */
  readonly holder: number
  readonly by: number
}

/** A grace period, or the sleep before a retry: nobody is in the way. */
export interface Sleep extends Common {
  readonly kind: 'sleep'
  readonly cost: string
}

/** What a piece says beside when and where. */
export type PieceBody = Omit<Work, keyof Common> | Omit<Wait, keyof Common> | Omit<Sleep, keyof Common>

export interface TimedCommand {
  readonly text: string
  readonly from: number
  readonly to: number
  readonly ret: number
  readonly errno?: string
  readonly reason?: string
}

export interface ThreadRun {
  readonly name: string
  readonly node: number
  /** -1: any CPU of the node. */
  readonly cpu: number
  readonly start: number
  readonly end: number
  /** Waits for locks, waits for values, sleeps, work: they add up to end - start. */
  readonly waited: number
  readonly awaited: number
  readonly slept: number
  readonly worked: number
  /** `stopped`: a BUG ended it, or its hook threw. `hangs`: it waits for ever. */
  readonly state: 'done' | 'stopped' | 'hangs'
  readonly reason?: string
  readonly commands: readonly TimedCommand[]
  readonly pieces: readonly Piece[]
}

export interface CostRun { readonly name: string; readonly units: number; readonly time: number }

export interface TimedRun {
  /** When the last thread was done. */
  readonly total: number
  /** What it would have taken if no thread had waited for a lock: the longest thread without those waits. */
  readonly ideal: number
  readonly threads: readonly ThreadRun[]
  readonly locks: readonly (LockStats & { readonly lock: Lock })[]
  /** Charged, by name; time of all threads together. */
  readonly costs: readonly CostRun[]
  /** Names that operations charged and that have no value: they took no time. */
  readonly unknownCosts: readonly string[]
  readonly events: number
  readonly log: readonly LogLine[]
}
