/**
 * The contract's part about comparing two kernels on the history of the open document. Side `a` is drawn above, `b` below. Both are at the
 * document's position, always: they step together. `contract.ts` takes it in.
 */
import { z } from 'zod'
import { Selection, TrackId } from './contract-map.ts'
import { ProfileChoice } from './contract-profiles.ts'
import type { Axis, DecisionDelta, Field, MapReply, Outcome, ProfileInfo, ZoneKey } from './contract.ts'

export const Side = z.enum(['a', 'b'])
export type Side = z.infer<typeof Side>

/** What a step came to under one kernel: "ok", the errno, "BUG" or "HANGS". */
export interface ComparedAnswer { readonly result: string; readonly reason?: string; readonly log: number }

export interface ComparedStep {
  /** 0 is boot. */
  readonly n: number
  readonly text: string
  readonly a: ComparedAnswer
  readonly b: ComparedAnswer
  /** Answers, reasons and log lines are the same. */
  readonly sameOutcome: boolean
  /** The machines after it: alike; differing by what this step did; differing as before it. */
  readonly state: 'same' | 'parts' | 'as-before'
}

export interface ComparedOutline {
  readonly a: ProfileInfo
  readonly b: ProfileInfo
  /** In what the kernels differ, from a to b. */
  readonly decisions: readonly DecisionDelta[]
  readonly steps: readonly ComparedStep[]
  /** First step whose outcome or machine differs. */
  readonly firstDifference?: number
}

/** One thing that differs after a step. */
export interface ComparedDifference {
  /** Stable: "zone 1/Movable spanned_pages". */
  readonly path: string
  readonly part: string
  /** Absent: not there. */
  readonly a?: string
  readonly b?: string
  /** The same values for people, where they are numbers of pages. */
  readonly humanA?: string
  readonly humanB?: string
  /** From this step on both have said the same of it. */
  readonly since: number
  /** Bytes on the map. */
  readonly range?: { readonly start: number; readonly end: number }
  readonly selection?: Selection
}

/** A decision that causes a difference; "release" stands for what a release decides beside them. */
export interface ComparedCause {
  readonly decision: string
  readonly title: string
  readonly doc: string
  readonly from: string
  readonly fromDoc: string
  readonly to: string
  readonly toDoc: string
  /** It does so both ways: a with b's value, and b with a's. */
  readonly certain: boolean
}

export interface ComparedExplanation {
  readonly path: string
  /** `alone`: each of the causes by itself; `together`: only all of them; `unexplained`: no set that was tried. */
  readonly kind: 'alone' | 'together' | 'unexplained'
  readonly causes: readonly ComparedCause[]
  readonly why?: string
}

/** Why what began to differ at a step differs. */
export interface ComparedCauses {
  readonly step: number
  readonly explanations: readonly ComparedExplanation[]
  /** Changes that no kernel could have, and so were not tried. */
  readonly skipped: readonly { readonly decision: string; readonly reason: string }[]
}

/** A stretch of a row on which the two maps differ. Zones and nodes are named by what they are; other tracks have lane 0, resources their level. */
export interface DifferingStretch { readonly track: TrackId; readonly node?: number; readonly zone?: ZoneKey; readonly lane: number; readonly start: number; readonly end: number }

export interface ComparedAxis {
  /** Of both: what either of them ever had. */
  readonly segments: Axis['segments']
  readonly spaceEnd: number
  readonly a: Axis
  readonly b: Axis
  /** Rows of which a count differs, as "node 0", "zone 0/Normal" or the track's id, and where. */
  readonly rows: readonly string[]
  readonly stretches: readonly DifferingStretch[]
}

export const ComparedText = z.enum(['zoneinfo', 'iomem', 'lsmem', 'blocks', 'log'])
export type ComparedText = z.infer<typeof ComparedText>
/** Lines side by side: what is on one side only has nothing on the other; and the same as a unified diff, empty where they are equal. */
export interface ComparedLines { readonly unified: string; readonly lines: readonly { readonly a?: string; readonly b?: string; readonly same: boolean }[] }

/** A thing under both kernels, field by field. */
export interface ComparedFields {
  readonly selection: Selection
  readonly title: string
  readonly path: string
  readonly range?: { readonly start: number; readonly end: number }
  readonly groups: readonly { readonly title: string; readonly fields: readonly { readonly name: string; readonly a?: Field; readonly b?: Field; readonly same: boolean }[] }[]
}

/** The history under many kernels. */
export interface ComparedMatrix {
  readonly profiles: readonly { readonly id: string; readonly title: string }[]
  readonly steps: readonly {
    readonly n: number
    readonly text: string
    /** By profile: the answer; and its class: those of one class answered the same and have the same machine. */
    readonly cells: readonly { readonly result: string; readonly class: number }[]
  }[]
  /** Profiles that are the same in every step, and where a group first differs from the one before it. */
  readonly groups: readonly { readonly profiles: readonly string[]; readonly parts?: { readonly from: readonly string[]; readonly step: number; readonly fields: readonly string[] } }[]
}

const position = z.number().int().min(0)
const range = z.object({ start: z.number().int().min(0), end: z.number().int().min(0) })

export const CompareRequests = {
  /** Begins a comparison of the open document's machine and history; the requests below are about it. */
  compare: z.object({ a: ProfileChoice, b: ProfileChoice }),
  /** All that differs after a step, that of earlier steps included. */
  compareStep: z.object({ position }),
  /** Why what began to differ at a step does; found by changing decisions one at a time. */
  compareCauses: z.object({ position }),
  compareAxis: z.object({}),
  /** As `maps`, of one side. */
  compareMaps: z.object({
    side: Side, parts: z.array(z.object({ range, columns: z.number().int().min(1).max(8192) })).max(256), tracks: z.array(TrackId), limit: z.number().int().min(0).max(5000),
  }),
  compareText: z.object({ format: ComparedText }),
  compareInspect: z.object({ selection: Selection }),
  /** The history under every kernel known by name, and the two that are compared. */
  compareMatrix: z.object({}),
} as const

export interface CompareReplies {
  compare: Outcome<ComparedOutline>
  compareStep: readonly ComparedDifference[]
  compareCauses: ComparedCauses
  compareAxis: ComparedAxis
  compareMaps: readonly MapReply[]
  compareText: ComparedLines
  compareInspect: ComparedFields
  compareMatrix: ComparedMatrix
}
