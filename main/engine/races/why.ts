/** Why a question holds: the locks without which it would not, found by taking them away one at a time. */
import type { DeviceTypes } from '../devices.ts'
import { exploration } from '../executors/explore/explore.ts'
import type { Progress } from '../executors/explore/exploration.ts'
import type { Profile } from '../profiles/profile.ts'
import type { Scenario } from '../scenario/parse.ts'
import { asking, type Answer } from './ask.ts'
import { raceOf, type RaceOptions } from './question.ts'

/** What happens when nobody waits for a lock. */
export interface Without {
  readonly lock: string
  readonly answer: Answer
}

/** The locks that the question's threads take, and for each what the answer is without it. Those that leave it broken protect it. */
export function* whyItHolds(scenario: Scenario, profile: Profile, types: DeviceTypes, options: RaceOptions = {}): Generator<Progress, readonly Without[], void> {
  const locks = yield* locksOf(scenario, profile, types, options)
  const found: Without[] = []
  for (const lock of locks) found.push({ lock, answer: yield* asking(scenario, profile, types, { ...options, without: [...(options.without ?? []), lock] }) })
  return found
}

/** Names of the locks that the threads take anywhere in what was explored. */
export function* locksOf(scenario: Scenario, profile: Profile, types: DeviceTypes, options: RaceOptions = {}): Generator<Progress, readonly string[], void> {
  const { programs } = yield* exploration(raceOf(scenario, profile, types, { ...options, all: true }).question)
  const names = new Set(programs.flatMap((p) => p.nodes.flatMap((n) => n.held.map((h) => h.lock.name))))
  return [...names].sort()
}
