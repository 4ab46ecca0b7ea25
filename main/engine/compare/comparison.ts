/** What a comparison of two kernels answers: plain data, all in the kernel's words. Made by compare.ts (two) and matrix.ts (many). */
import type { Command, LogLine } from '../command.ts'
import type { MachineDescription } from '../machine/description.ts'
import type { DecisionName } from '../profiles/decisions.ts'
import type { DecisionChange } from '../profiles/profile.ts'

/** A machine and what is done to it; a Scenario is one. */
export interface ComparedStory {
  readonly title: string
  readonly description: MachineDescription
  readonly steps: readonly ComparedCommands[]
}
export interface ComparedCommands { readonly text: string; readonly note?: string; readonly commands: readonly Command[] }

export interface ComparedProfile { readonly id: string; readonly title: string; readonly release: string }

/** What a step came to under one kernel. */
export interface SideOutcome {
  /** `ok`, the errno of the first command that failed, BUG or HANGS. */
  readonly result: string
  /** The rule that refused. */
  readonly reason: string | undefined
  readonly log: readonly LogLine[]
}

/** A step in the outline: cheap, known for all steps at once. */
export interface StepOutline {
  /** 0 is boot. */
  readonly n: number
  readonly text: string
  readonly note: string | undefined
  readonly a: SideOutcome
  readonly b: SideOutcome
  /** Result, reason and log lines are the same. */
  readonly sameOutcome: boolean
  /** The machines after the step: alike; differing in what this step did; differing as before it. */
  readonly state: 'same' | 'parts' | 'as-before'
}

export interface Outline {
  readonly title: string
  readonly a: ComparedProfile
  readonly b: ComparedProfile
  /** In what the kernels differ, in the order of the groups. */
  readonly decisions: readonly DecisionChange[]
  readonly steps: readonly StepOutline[]
  /** First step whose outcome or machine differs; undefined when none does. */
  readonly firstDifference: number | undefined
}

export type Part = 'result' | 'reason' | 'log' | 'lock' | 'machine' | 'node' | 'zone' | 'block' | 'section' | 'page' | 'iomem' | 'page map' | 'linear map' | 'device' | 'invariant'

/** One thing that differs after a step. */
export interface Difference {
  readonly part: Part
  /** Stable and readable: "zone 1/Movable spanned_pages", "blocks 41-43 state", "pages 0x148000-0x14ffff zone". */
  readonly path: string
  /** The field without where it is: "zone 1/Movable spanned_pages", "blocks state", "pages zone". */
  readonly field: string
  /** undefined: not there. */
  readonly a: string | undefined
  readonly b: string | undefined
  /** Where on the map, exclusive end; absent where it is nowhere on it. */
  readonly pfns?: { readonly start: number; readonly end: number }
  /** Step at which the difference began: from there on both sides have said the same of it. */
  readonly since: number
}

/** Everything that differs after a step, that of earlier steps included. */
export interface StepDifferences { readonly n: number; readonly differences: readonly Difference[] }

/** A decision that causes a difference; `release` stands for what a release decides beside them: which device types there are. */
export interface Cause {
  readonly decision: DecisionName | 'release'
  readonly title: string
  readonly from: string
  readonly to: string
}

/**
 * Why something differs, found by changing decisions of A to those of B and back, and playing the scenario again.
 * - `alone`: each of these by itself makes A say what B says, or undoes it in B (or both: `certain`).
 * - `together`: only these together; the smallest set found.
 * - `unexplained`: no set that was tried.
 */
export type Explanation =
  | { readonly kind: 'alone'; readonly causes: readonly (Cause & { readonly certain: boolean })[] }
  | { readonly kind: 'together'; readonly causes: readonly Cause[] }
  | { readonly kind: 'unexplained'; readonly why: string }

export interface ExplainedDifference extends Difference { readonly explanation: Explanation }

/** The differences that began at a step, each with why. */
export interface StepCauses {
  readonly n: number
  readonly differences: readonly ExplainedDifference[]
  /** Flips of one decision that no kernel could have, and so were not tried: in A towards B, or in B towards A. */
  readonly skipped: readonly Skipped[]
}
export interface Skipped { readonly decision: Cause['decision']; readonly side: 'a' | 'b'; readonly reason: string }

/** Texts that can be shown as a unified diff. */
export const TEXT_FORMS = ['zoneinfo', 'iomem', 'lsmem', 'blocks', 'log'] as const
export type TextForm = (typeof TEXT_FORMS)[number]

// -------------------------------------------------------------------------------------------------------------- matrix

/** One scenario under many kernels. */
export interface Matrix {
  readonly title: string
  readonly profiles: readonly ComparedProfile[]
  readonly steps: readonly MatrixStep[]
  /** Profiles whose columns are the same in every step, in the order of their first. */
  readonly groups: readonly MatrixGroup[]
}
export interface MatrixStep {
  readonly n: number
  readonly text: string
  /** By profile. */
  readonly cells: readonly MatrixCell[]
}
export interface MatrixCell {
  readonly result: string
  /** Profiles of the same class answered the same and have the same machine after the step; 0 is the first profile's. */
  readonly class: number
}
export interface MatrixGroup {
  readonly profiles: readonly string[]
  /** First step at which the group differs from the one before it, and in what; undefined for the first. */
  readonly parts: { readonly from: readonly string[]; readonly step: number; readonly differences: readonly Difference[] } | undefined
}
