/**
 * The contract's part about time: what of the open document can be timed, runs of it with one or two kernels and sets of costs, and many runs
 * that vary. `contract.ts` takes it in. Times are ns of simulated time.
 */
import { z } from 'zod'
import type { Outcome } from './contract.ts'
import { ProfileChoice } from './contract-profiles.ts'

/** What runs: the threads of the scenario after what was done; the boot, with struct pages left for later or not; every step of the history at once. */
export const TimelineSource = z.enum(['scenario', 'boot', 'boot-at-once', 'history'])
export type TimelineSource = z.infer<typeof TimelineSource>

/** A kernel and costs; of costs what differs from the calibration, or from the scenario's where none is named. */
export const TimelineSide = z.object({
  profile: ProfileChoice, calibration: z.string().max(64).optional(),
  costs: z.record(z.string().max(64), z.number().min(0)),
})
export type TimelineSide = z.infer<typeof TimelineSide>

export const TimelineRequests = {
  /** What can be timed of the open document. */
  timeline: z.object({}),
  timelineRun: z.object({ source: TimelineSource, sides: z.array(TimelineSide).min(1).max(2) }),
  /** Many runs that vary; `timelineProgress` events tell how far they are. */
  timelineSpread: z.object({ source: TimelineSource, side: TimelineSide, percent: z.number().min(0).max(100), seed: z.number().int().min(0), runs: z.number().int().min(1).max(100_000) }),
  /** Gives up what runs. */
  timelineCancel: z.object({}),
  /** A run as Chrome trace JSON. */
  timelineTrace: z.object({ source: TimelineSource, side: TimelineSide }),
} as const

/** A cost parameter, for a slider. */
export interface TimelineParameter {
  readonly name: string
  /** "ns/page", "ns", "x", "GB/s", "workers" */
  readonly unit: string
  readonly default: number
  readonly min: number
  readonly max: number
  readonly published?: readonly [number, number]
  /** The value that switches it off, and what that means. */
  readonly off?: { readonly value: number; readonly means: string }
  readonly doc: string
  readonly source: string
}

export interface TimelineInfo {
  readonly sources: readonly { readonly id: TimelineSource; readonly title: string; readonly threads: number }[]
  readonly parameters: readonly TimelineParameter[]
  readonly calibrations: readonly { readonly name: string; readonly title: string; readonly costs: Readonly<Record<string, number>> }[]
  /** Costs that the scenario sets, and its other runs. */
  readonly costs: Readonly<Record<string, number>>
  readonly variants: readonly { readonly name: string; readonly profile?: string; readonly costs: Readonly<Record<string, number>> }[]
  /** What is wrong with the scenario's timeline. */
  readonly problems: readonly string[]
}

/** What a thread did from `from` to `to`. Pieces follow one another without gaps. */
export interface TimelinePiece {
  readonly kind: 'work' | 'wait' | 'sleep'
  readonly from: number
  readonly to: number
  /** Cost, or what was waited for. */
  readonly what: string
  readonly fn: string
  /** Locks that it held, outermost first. */
  readonly held: readonly string[]
  /** One of them keeps others out. */
  readonly locked: boolean
  readonly units?: number
  readonly workers?: number
  /** Struct pages of device memory, or of RAM; undefined for other work. */
  readonly pages?: 'device' | 'ram'
  /** Thread that had the lock, and the one that let it go on. */
  readonly holder?: number
  readonly by?: number
  /** Pieces that were too short to be told apart are one; how many. */
  readonly count?: number
}

export interface TimelineThread {
  readonly name: string
  readonly node: number
  readonly start: number
  readonly end: number
  /** For locks; for other threads; asleep; at work; at work with a lock held. */
  readonly waited: number
  readonly awaited: number
  readonly slept: number
  readonly worked: number
  readonly workedLocked: number
  readonly state: 'done' | 'stopped' | 'hangs'
  readonly reason?: string
  readonly commands: readonly { readonly text: string; readonly from: number; readonly to: number; readonly errno?: string; readonly reason?: string }[]
  readonly pieces: readonly TimelinePiece[]
}

export interface TimelineLock {
  readonly name: string
  readonly mode: 'read' | 'write'
  readonly taken: number
  readonly held: number
  readonly longestHold: number
  readonly waited: number
  readonly longestWait: number
  readonly mostWaiters: number
  /** Share of the total during which somebody held it, 0 to 1. */
  readonly share: number
  readonly waiters: readonly (readonly [at: number, n: number])[]
  readonly holds: readonly { readonly thread: number; readonly from: number; readonly to: number }[]
}

export interface TimelineRun {
  /** What the kernel is called. */
  readonly profile: string
  /** Decisions in which it differs from the other side's. */
  readonly differs: readonly { readonly name: string; readonly value: string }[]
  readonly total: number
  readonly ideal: number
  readonly threads: readonly TimelineThread[]
  readonly locks: readonly TimelineLock[]
  readonly path: readonly { readonly thread: number; readonly from: number; readonly to: number; readonly kind: 'work' | 'wait' | 'sleep' | 'none'; readonly what: string; readonly fn: string }[]
  /** Struct pages initialised by then. */
  readonly initialised: readonly (readonly [at: number, pages: number])[]
  readonly charged: readonly { readonly name: string; readonly units: number; readonly time: number }[]
  readonly unknownCosts: readonly string[]
  readonly events: number
}

export interface TimelineSpread { readonly runs: number; readonly percent: number; readonly min: number; readonly p5: number; readonly p50: number; readonly p95: number; readonly max: number }

export interface TimelineReplies {
  timeline: TimelineInfo
  /** Null when it was given up, as the two below. */
  timelineRun: Outcome<readonly TimelineRun[] | null>
  timelineSpread: Outcome<TimelineSpread | null>
  timelineCancel: null
  timelineTrace: Outcome<{ readonly name: string; readonly text: string } | null>
}

export interface TimelineEvents {
  timelineProgress: { readonly done: number; readonly runs: number }
}
