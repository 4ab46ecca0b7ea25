/**
 * The contract's part about every interleaving: questions that ship with Zonelab or are asked of the open document, answers with their trace, and
 * the machine after each step of a trace. `contract.ts` takes it in.
 */
import { z } from 'zod'
import { Selection } from './contract-map.ts'
import { ProfileChoice } from './contract-profiles.ts'
import type { Field, MapItem, Outcome, TrackId, ZoneKey } from './contract.ts'

/** One that ships, by its id; or the text of a scenario's `race:`, asked of the open document where it is now. */
export const RaceQuestion = z.union([z.object({ shipped: z.string().min(1).max(200) }), z.object({ text: z.string().max(65_536) })])
export type RaceQuestion = z.infer<typeof RaceQuestion>

const asked = { question: RaceQuestion, profile: ProfileChoice }
const moment = { answer: z.number().int().min(1), step: z.number().int().min(0) }

export const RaceRequests = {
  /** What can be asked. */
  races: z.object({}),
  /** A question before it is explored. */
  raceQuestion: z.object({ question: RaceQuestion }),
  /** Explores; `raceProgress` events tell how far it is. Gives up what runs. */
  raceAsk: z.object({ ...asked, trace: z.enum(['switches', 'steps']) }),
  /** Takes the locks away one at a time. */
  raceWhy: z.object(asked),
  /** Which decisions part two kernels that answer otherwise: each alone is changed in the first, and the question asked again. */
  raceCauses: z.object({ question: RaceQuestion, from: ProfileChoice, to: ProfileChoice }),
  /** Gives up what runs. */
  raceCancel: z.object({}),
  /** The question as a Promela model. */
  racePromela: z.object(asked),
  /** The machine after a step of an answer's trace; step 0 is before the threads start. */
  raceState: z.object(moment),
  raceInspect: z.object({ ...moment, selection: Selection }),
} as const

/** Something that a thread can do on the machine as it is: a button that inserts it. */
export interface RaceAction { readonly label: string; readonly group: string; readonly text: string }

export interface RacesInfo {
  readonly shipped: readonly { readonly id: string; readonly title: string; readonly question: string }[]
  /** The document's own question, or one to begin with: the text of `race:`. */
  readonly text: string
  /** The document was opened with a question of its own. */
  readonly own: boolean
  readonly actions: readonly RaceAction[]
}

export interface RaceKernel {
  readonly id: string
  readonly title: string
  readonly date: string
  readonly choice: ProfileChoice
  /** Decisions in which it differs from the kernel before it in the list. */
  readonly changes: readonly { readonly name: string; readonly title: string; readonly from: string; readonly to: string; readonly toDoc: string }[]
}

export interface RaceQuestionInfo {
  readonly title: string
  readonly question?: string
  readonly notes?: string
  /** The text of its `race:`. */
  readonly text: string
  /** Kernels that it is asked of, in order, and which of them is its own. */
  readonly kernels: readonly RaceKernel[]
  readonly own: number
}

export type RaceStepKind =
  | 'read' | 'write' | 'add' | 'update' | 'lock' | 'trylock' | 'unlock' | 'wait' | 'choose' | 'seq' | 'rcu' | 'sleep'
  | 'print' | 'warn' | 'bug' | 'fail' | 'begin' | 'return'

/** A step of a trace: see the explorer's `TraceStep`. Threads are indices. */
export interface RaceStep {
  readonly thread: number
  readonly function: string
  readonly source: string
  readonly kind: RaceStepKind
  readonly lock?: string
  readonly mode?: 'read' | 'write'
  readonly cell?: string
  /** pfns that it is about; `end` exclusive. */
  readonly start?: number
  readonly end?: number
  readonly from?: string
  readonly to?: string
  readonly text?: string
  /** Locks that the thread holds after it. */
  readonly held: readonly string[]
  /** Threads that then want a lock which this thread holds. */
  readonly waiting: readonly number[]
  readonly marked?: boolean
  /** What to inspect for it. */
  readonly selection?: Selection
}

/** A scalar that the threads disagree about: its value before the first step, and after each. */
export interface RaceWatch { readonly cell: string; readonly name: string; readonly values: readonly string[] }

export interface RaceAccess { readonly thread: number; readonly function: string; readonly write: boolean }

export interface RaceAnswer {
  /** For `raceState` and `raceInspect`. */
  readonly key: number
  readonly profile: string
  readonly verdict: 'holds' | 'broken' | 'incomplete'
  /** I1, deadlock, BUG, race …, and what it says. */
  readonly invariant?: string
  readonly invariantTitle?: string
  readonly text?: string
  readonly bound: string
  readonly states: number
  readonly transitions: number
  readonly complete: boolean
  readonly threads: readonly { readonly name: string; readonly actions: readonly string[]; readonly answers: readonly string[] }[]
  readonly trace: readonly RaceStep[]
  readonly switches: number
  readonly watches: readonly RaceWatch[]
  readonly races: readonly { readonly cell: string; readonly a: RaceAccess; readonly b: RaceAccess }[]
  readonly lockCycles: readonly (readonly string[])[]
  /** Different states in which all threads have ended. */
  readonly ends: number
  /** What was not asked, because it does not hold before the threads start. */
  readonly brokenBefore: readonly { readonly id: string; readonly text: string }[]
  readonly expected?: { readonly text: string; readonly met: boolean }
  /** Locks that nobody waits for in this question. */
  readonly without: readonly string[]
}

export interface RaceWithout { readonly lock: string; readonly verdict: RaceAnswer['verdict']; readonly invariant?: string; readonly text?: string }

/** A decision that parts two kernels, changed alone in the first: what it answers then. */
export interface RaceCause {
  readonly name: string
  /** `decides`: then it answers as the second does. `illegal`: no kernel could be so. */
  readonly kind: 'decides' | 'as-before' | 'illegal'
  readonly verdict?: RaceAnswer['verdict']
  readonly invariant?: string
}

/** What the trace touches of physical memory, after a step. */
export interface RaceState {
  readonly sectionSize: number
  readonly pageSize: number
  /** Stretches that the trace writes to, in order, each drawn as wide as the next; in bytes. */
  readonly columns: readonly { readonly start: number; readonly end: number }[]
  /** Zones of which some are in these stretches, now and before the threads started. */
  readonly zones: readonly { readonly node: number; readonly zone: ZoneKey; readonly start: number; readonly end: number; readonly startBefore: number; readonly endBefore: number }[]
  readonly tracks: readonly { readonly track: TrackId; readonly items: readonly MapItem[] }[]
}

export interface RaceInspection {
  readonly title: string
  readonly path: string
  readonly groups: readonly { readonly title: string; readonly fields: readonly Field[] }[]
}

export interface RaceReplies {
  races: RacesInfo
  raceQuestion: Outcome<RaceQuestionInfo>
  /** Null when it was given up, as those below. */
  raceAsk: Outcome<RaceAnswer | null>
  raceWhy: Outcome<readonly RaceWithout[] | null>
  raceCauses: Outcome<readonly RaceCause[] | null>
  raceCancel: null
  racePromela: Outcome<{ readonly name: string; readonly text: string } | null>
  /** Null for an answer that is no longer known. */
  raceState: RaceState | null
  raceInspect: RaceInspection | null
}

export interface RaceEvents {
  raceProgress: { readonly phase: 'search' | 'learn' | 'trace'; readonly states: number; readonly transitions: number }
}

