/** From a choice of the window to a kernel, or what is wrong with it; and what it comes to before it is used. */
import type { AnsweredOtherwise, ProfileChoice, ProfileCheck } from '../../preload/contract.ts'
import type { Checked } from '../engine/errors.ts'
import type { MachineDescription } from '../engine/machine/description.ts'
import { CUSTOM, changesOf, type CustomForm } from '../engine/profiles/custom.ts'
import { decisionOf, type Decisions } from '../engine/profiles/decisions.ts'
import { contradictions, withoutEffect } from '../engine/profiles/legal.ts'
import { expectedDecision, expectedProfile, expectedValue, isDecision, profileNamed } from '../engine/profiles/names.ts'
import { changed, type Profile } from '../engine/profiles/profile.ts'
import { profileOf } from '../engine/profiles/text.ts'
import { answerOf, type Document } from './document.ts'
import { opText, targetText } from './history-text.ts'
import { plainReason } from './plain-reason.ts'
import { inputProblem } from './problem.ts'
import { profileInfo } from './profiles.ts'

/** What messages call a profile that was put together in the window. */
const FILE = 'profile'

export function chosenProfile(choice: ProfileChoice): Checked<Profile> {
  if ('from' in choice) return profileOf(formOf(choice), FILE, () => 1)
  const named = profileNamed(choice.id)
  return named ? { ok: true, value: named } : { ok: false, errors: [{ code: 'ZL-PROFILE', file: FILE, found: `"${choice.id}"`, expected: expectedProfile(choice.id) }] }
}

const formOf = (choice: Extract<ProfileChoice, { from: string }>): CustomForm => ({
  from: choice.from, ...(choice.id === undefined ? {} : { id: choice.id }), ...(choice.title.trim() === '' ? {} : { title: choice.title.trim() }), decisions: choice.decisions,
})

/** A choice before it is used: shown whole also where the combination is illegal. */
export function checkedProfile(choice: ProfileChoice, machine: MachineDescription | undefined): ProfileCheck {
  const wrong = (field: string, found: string, expected: string): ProfileCheck =>
    ({ illegal: [], idle: [], problems: [inputProblem({ code: 'ZL-PROFILE', file: FILE, field, found, expected })] })
  const from = 'from' in choice ? choice.from : choice.id
  const base = profileNamed(from)
  if (!base) return wrong('from', `"${from}"`, expectedProfile(from))
  if (!('from' in choice)) return { profile: profileInfo(base), illegal: [], idle: [], problems: [] }
  for (const [name, value] of Object.entries(choice.decisions)) {
    if (!isDecision(name)) return wrong('decisions', `"${name}"`, expectedDecision(name))
    if (!Object.hasOwn(decisionOf(name).values, value)) return wrong(`decisions.${name}`, `"${value}"`, expectedValue(name, value))
  }
  const made = changed(base, { id: choice.id ?? CUSTOM, title: choice.title.trim() || `${base.title}, changed`, date: base.date }, choice.decisions as Partial<Decisions>)
  return {
    profile: profileInfo(made),
    illegal: contradictions(made.decisions).map(({ decisions, found, reason }) => ({ decisions, found, reason })),
    idle: machine ? withoutEffect(changesOf(made).map((c) => c.name), machine).map(({ decision, why }) => ({ decisions: [decision], found: decision, reason: why })) : [],
    problems: [],
  }
}

/** Steps of a history that another kernel answers otherwise than the one before. */
export function answeredOtherwise(before: Document, after: Document): AnsweredOtherwise[] {
  return after.steps.flatMap((step, i) => {
    const was = answerOf(before.steps[i]!.result)
    const is = answerOf(step.result)
    if (was === is) return []
    return [{ step: i + 1, text: `${opText(step.command)} ${targetText(step.command)}`, before: was, after: is, ...(step.result.reason ? { reason: plainReason(step.result.reason) } : {}) }]
  })
}
