/** A scenario's question as a Promela model, for whoever wants to check the explorer with SPIN. */
import type { DeviceTypes } from '../devices.ts'
import { InputErrors } from '../errors.ts'
import { exploration } from '../executors/explore/explore.ts'
import { promela } from '../executors/explore/promela.ts'
import type { Profile } from '../profiles/profile.ts'
import type { Scenario } from '../scenario/parse.ts'
import { QuestionError } from '../executors/explore/question.ts'
import { questionErrors, raceOf } from './question.ts'

/** Explores the question to its end first: the model's processes are the threads as automata. Throws InputErrors where that is not possible. */
export function promelaOf(scenario: Scenario, profile: Profile, types: DeviceTypes): string {
  const { question } = raceOf(scenario, profile, types, { all: true })
  const run = exploration({ ...question, options: { ...question.options, recordValues: true } })
  for (;;) {
    const { value, done } = run.next()
    if (!done) continue
    if (!value.exploration.complete) throw new InputErrors([{ code: 'ZL-RACE', file: scenario.file, line: scenario.lineOf(['race']), field: 'race', found: value.exploration.bound, expected: 'a question that can be explored to its end, for its model to be complete' }])
    try {
      return promela(value)
    } catch (e) {
      throw e instanceof QuestionError ? questionErrors(e, scenario) : e
    }
  }
}
