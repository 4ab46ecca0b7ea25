/**
 * The contract's part about kernels: profiles and their decisions, a profile of one's own, and the comparison of two kernels on
 * the history of the open document. `contract.ts` takes it in; both sides import from there.
 */
import { z } from 'zod'
import type { DocumentInfo, InputProblem, Outcome } from './contract.ts'

const word = z.string().min(1).max(64)

/** A kernel: one known by its name ("v6.1", "v5.14", "rfc-2018-08"), or one of the user's own, as changes of such a one. */
export const ProfileChoice = z.union([
  z.object({ from: word, id: word.optional(), title: z.string().max(200), decisions: z.record(word, word) }),
  z.object({ id: word }),
])
export type ProfileChoice = z.infer<typeof ProfileChoice>

/** A decision in which two kernels differ. */
export interface DecisionDelta { readonly name: string; readonly from: string; readonly to: string }

export interface ProfileInfo {
  /** What it is called on screen: "v6.1"; of the user's own its title. */
  readonly id: string
  readonly title: string
  /** ISO, or the year alone; empty for the user's own. */
  readonly date: string
  /** The release that it is or is nearest to. */
  readonly release: string
  /** A release that Zonelab knows well, any other of mainline, a patch that was posted, the user's own. */
  readonly kind: 'release' | 'between' | 'patch' | 'custom'
  /** Thread or commit of a patch. */
  readonly source?: string
  /** What it is a change of; a release's is the one before it in the list. */
  readonly parent?: string
  /** The difference to its parent. */
  readonly changes: readonly DecisionDelta[]
  /** What to send to get it. */
  readonly choice: ProfileChoice
  /** Value of every decision. */
  readonly values: Readonly<Record<string, string>>
}

export interface DecisionValueInfo {
  readonly name: string
  /** What the kernel does then. */
  readonly doc: string
  /** Releases in which it holds: "until v5.2", "v5.3 … v5.4", "patches only". */
  readonly held: string
}
export interface DecisionInfo {
  readonly name: string
  readonly title: string
  readonly doc: string
  readonly source: string
  readonly values: readonly DecisionValueInfo[]
}
export interface DecisionGroup { readonly id: string; readonly title: string; readonly decisions: readonly DecisionInfo[] }

export interface ProfileList {
  /** Those known by name, in the order of the kernels; patches behind the release that they are on top of. */
  readonly named: readonly ProfileInfo[]
  /** The other releases of mainline that can be chosen, in order. */
  readonly between: readonly string[]
  readonly groups: readonly DecisionGroup[]
}

/** Why a combination of decisions makes no kernel. */
export interface IllegalCombination {
  readonly decisions: readonly string[]
  /** "pfnValid: subsection with earlySections: unmarked" */
  readonly found: string
  readonly reason: string
}

/** A profile as it would be, before it is used. */
export interface ProfileCheck {
  /** Absent where a name or a value is not known: see `problems`. */
  readonly profile?: ProfileInfo
  readonly illegal: readonly IllegalCombination[]
  /** Decisions that cannot matter on the open machine, with the reason. */
  readonly idle: readonly IllegalCombination[]
  readonly problems: readonly InputProblem[]
}

/** A step of the history that another kernel answers otherwise. */
export interface AnsweredOtherwise {
  readonly step: number
  /** "offline block 36" */
  readonly text: string
  /** "ok", or the errno: "EBUSY", "BUG", "HANGS". */
  readonly before: string
  readonly after: string
  /** The rule that refuses now. */
  readonly reason?: string
}

/** The machine booted again as another kernel, the history done again. */
export interface Reboot {
  readonly document: DocumentInfo
  readonly from: string
  readonly to: string
  readonly replayed: number
  readonly otherwise: readonly AnsweredOtherwise[]
}

/** A lock that nobody will ever drop: a BUG ended its holder, or its holder waits for such a lock itself. `by` is the operation. */
export interface StuckLock { readonly lock: string; readonly mode: 'read' | 'write'; readonly by: string }

// ---------------------------------------------------------------------------------------------------------- requests

export const ProfileRequests = {
  /** Every kernel that can be chosen, and what kernels differ in. Needs no document. */
  profiles: z.object({}),
  /** What a choice comes to: its difference to its parent, and what is wrong with it. Nothing changes. */
  checkProfile: z.object({ profile: ProfileChoice }),
  /** Boots the open machine again as another kernel and does its history again, as one change that `undo` takes back. */
  setProfile: z.object({ profile: ProfileChoice }),
  /** A profile as text that can be mailed. */
  profileText: z.object({ profile: ProfileChoice }),
  /** Such a text, read. */
  readProfile: z.object({ name: z.string().max(4096), text: z.string().max(2 ** 20) }),
} as const

export interface ProfileReplies {
  profiles: ProfileList
  checkProfile: ProfileCheck
  setProfile: Outcome<Reboot>
  profileText: Outcome<{ readonly name: string; readonly text: string }>
  readProfile: Outcome<ProfileInfo>
}
