/** Asks a scenario's question under a profile, and holds the answer against what is expected there. */
import type { DeviceTypes } from '../devices.ts'
import { InputErrors } from '../errors.ts'
import type { Engine } from '../engine.ts'
import { exploration as exploring, type Explored } from '../executors/explore/explore.ts'
import type { Exploration, Progress } from '../executors/explore/exploration.ts'
import { NotDeterministic } from '../executors/explore/not-deterministic.ts'
import { QuestionError } from '../executors/explore/question.ts'
import type { ToldStates } from '../executors/explore/told-states.ts'
import type { Profile } from '../profiles/profile.ts'
import type { Scenario } from '../scenario/parse.ts'
import { inSet, readProfileSet } from '../scenario/profile-set.ts'
import type { RaceAnswer } from '../scenario/race-form.ts'
import { fieldText } from '../scenario/problems.ts'
import { questionErrors, raceOf, type AskedThread, type RaceOptions } from './question.ts'

export interface Answer {
  readonly profile: string
  readonly exploration: Exploration
  /** The invariant that is broken: I1, deadlock, BUG, race …; absent where all hold or nothing is known. */
  readonly invariant?: string
  readonly threads: readonly AskedThread[]
  readonly brokenBefore: readonly { readonly id: string; readonly text: string }[]
  /** What the scenario expects under this profile, and whether it came; absent where it expects nothing. */
  readonly expected?: { readonly text: string; readonly line: number; readonly met: boolean }
  /** The machine before the threads start, and what the trace makes of it step by step. */
  readonly engine: Engine
  readonly told: ToldStates
}

/** Explores in slices, as `exploring`. Throws InputErrors for a question that cannot be built. */
export function* asking(scenario: Scenario, profile: Profile, types: DeviceTypes, options: RaceOptions = {}): Generator<Progress, Answer, void> {
  const race = raceOf(scenario, profile, types, options)
  // the machine is there: others may have a turn before it is explored
  yield { phase: 'learn', states: 0, transitions: 0, depth: 0 }
  let explored: Explored
  try {
    explored = yield* exploring(race.question)
  } catch (e) {
    if (e instanceof QuestionError) throw questionErrors(e, scenario)
    if (e instanceof NotDeterministic) throw new InputErrors([{ code: 'ZL-RACE-NOT-DETERMINISTIC', file: scenario.file, line: scenario.lineOf(['race', 'threads']), field: 'race.threads', found: e.message, expected: 'operations whose steps follow from what they read' }])
    throw e
  }
  const { exploration, told } = explored
  const invariant = invariantOf(exploration)
  const expected = options.without === undefined ? expectationOf(scenario, profile) : undefined
  return {
    profile: profile.id, exploration, ...(invariant === undefined ? {} : { invariant }), threads: race.threads, brokenBefore: race.brokenBefore, engine: race.engine, told,
    ...(expected ? { expected: { ...expected, met: meets(expected.answer, exploration, invariant) } } : {}),
  }
}

/** At one go. */
export function ask(scenario: Scenario, profile: Profile, types: DeviceTypes, options: RaceOptions = {}, onProgress?: (progress: Progress) => void): Answer {
  const run = asking(scenario, profile, types, options)
  for (;;) {
    const { value, done } = run.next()
    if (done) return value
    onProgress?.(value)
  }
}

/** A rule about readers' answers names its invariant in front of its text. */
function invariantOf(exploration: Exploration): string | undefined {
  const { broken } = exploration
  if (!broken) return undefined
  if (broken.kind === 'outcome') return /^(I\d+): /.exec(broken.text)?.[1] ?? broken.id
  return broken.kind === 'deadlock' || broken.kind === 'race' ? broken.kind : broken.id
}

const meets = (answer: RaceAnswer, exploration: Exploration, invariant: string | undefined): boolean =>
  answer === 'holds' ? exploration.verdict === 'holds' : exploration.verdict === 'broken' && [answer.broken].flat().includes(invariant ?? '')

export const answerText = (answer: RaceAnswer): string => (answer === 'holds' ? 'holds' : `broken: ${[answer.broken].flat().join(' or ')}`)

/** What a race expects under a profile: its own `expect-under` entry, else `expect`. Throws InputErrors for a key that is no set of profiles. */
function expectationOf(scenario: Scenario, profile: Profile): { readonly answer: RaceAnswer; readonly text: string; readonly line: number } | undefined {
  const form = scenario.form.race!
  const others = [scenario.kernel.id]
  for (const [written, answer] of Object.entries(form['expect-under'] ?? {})) {
    const at = ['race', 'expect-under', written]
    const read = readProfileSet(written, others)
    if (!read.ok) throw new InputErrors([{ code: 'ZL-SCENARIO-PROFILE', file: scenario.file, line: scenario.lineOf(at), field: fieldText(at), found: read.found, expected: read.expected }])
    if (inSet(read.value, profile)) return { answer, text: answerText(answer), line: scenario.lineOf(at) }
  }
  return form.expect === undefined ? undefined : { answer: form.expect, text: answerText(form.expect), line: scenario.lineOf(['race', 'expect']) }
}
