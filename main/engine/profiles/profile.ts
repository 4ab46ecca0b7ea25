/**
 * A profile: a kernel as a value of every decision. Operations branch on decisions, never on a version number; a test holds
 * them to it.
 */
import { releaseNumber, valueIn, type Release } from './decision.ts'
import { DECISION_NAMES, decisionOf, type DecisionName, type Decisions } from './decisions.ts'

export type { Decisions } from './decisions.ts'

export interface Profile {
  readonly id: string
  readonly title: string
  /** Release that it is, or is nearest to. Decides which device types there are. */
  readonly release: Release
  /** Release date of the kernel or date of the patch, ISO. */
  readonly date: string
  /** Thread or commit, for a patch. */
  readonly source?: string
  /** Id of the profile that it is written as a change of; a release's is the release before it in the list. */
  readonly parent?: string
  readonly decisions: Decisions
}

/** What all decisions were in a release of mainline. */
export const decisionsIn = (release: Release): Decisions =>
  Object.fromEntries(DECISION_NAMES.map((name) => [name, valueIn(decisionOf(name), release)])) as Decisions

/** A profile with some decisions changed. */
export const changed = (base: Profile, as: Omit<Profile, 'decisions' | 'release' | 'parent'>, decisions: Partial<Decisions>): Profile =>
  ({ ...base, ...as, parent: base.id, decisions: { ...base.decisions, ...decisions } })

export interface DecisionChange { readonly name: DecisionName; readonly from: string; readonly to: string }

/** Decisions in which two profiles differ, in the order of the groups. */
export const differingDecisions = (a: Decisions, b: Decisions): readonly DecisionChange[] =>
  DECISION_NAMES.filter((name) => a[name] !== b[name]).map((name) => ({ name, from: a[name], to: b[name] }))

export { releaseNumber, type Release }
