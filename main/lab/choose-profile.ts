/** From a choice of the window to a kernel, or what is wrong with it; and what it comes to before it is used. */
import type { AnsweredOtherwise, ProfileChoice } from '../../preload/contract.ts'
import type { Checked, InputError } from '../engine/errors.ts'
import { releaseNumber, type Release } from '../engine/profiles/decision.ts'
import { DECISION_NAMES, decisionOf, type DecisionName } from '../engine/profiles/decisions.ts'
import { changed, decisionsIn, type Profile } from '../engine/profiles/profile.ts'
import { PROFILES } from '../engine/profiles/profiles.ts'
import { nearest } from '../engine/scenario/nearest.ts'
import { answerOf, type Document } from './document.ts'
import { opText, targetText } from './history-text.ts'
import { plainReason } from './plain-reason.ts'
import { releasesBetween } from './profiles.ts'

export function chosenProfile(choice: ProfileChoice): Checked<Profile> {
  if ('id' in choice) return namedProfile(choice.id)
  const base = namedProfile(choice.from)
  if (!base.ok) return base
  const errors: InputError[] = []
  for (const [name, value] of Object.entries(choice.decisions)) {
    if (!isDecision(name)) errors.push(unknown(`decisions.${name}`, `"${name}"`, 'a decision', nearest(name, DECISION_NAMES)))
    else if (!Object.hasOwn(decisionOf(name).values, value)) errors.push(unknown(`decisions.${name}`, `"${value}"`, `one of ${Object.keys(decisionOf(name).values).join(', ')}`, nearest(value, Object.keys(decisionOf(name).values))))
  }
  if (errors.length > 0) return { ok: false, errors }
  const title = choice.title.trim() === '' ? `${choice.from} changed` : choice.title.trim()
  return { ok: true, value: changed(base.value, { id: 'custom', title, date: '' }, choice.decisions) }
}

function namedProfile(id: string): Checked<Profile> {
  const known = PROFILES.get(id)
  if (known) return { ok: true, value: known }
  const between = releasesBetween()
  if (!between.includes(id)) return { ok: false, errors: [unknown('profile', `"${id}"`, 'a release or a patch', nearest(id, [...PROFILES.keys(), ...between]))] }
  const release = id as Release
  const parent = [...PROFILES.values()].filter((p) => p.id === p.release && releaseNumber(p.release)! < releaseNumber(release)!).at(-1)
  return { ok: true, value: { id, title: `Linux ${id.slice(1)}`, release, date: '', ...(parent ? { parent: parent.id } : {}), decisions: decisionsIn(release) } }
}

const isDecision = (name: string): name is DecisionName => (DECISION_NAMES as readonly string[]).includes(name)
const unknown = (field: string, found: string, expected: string, near: string | undefined): InputError =>
  ({ code: 'ZL-PROFILE-UNKNOWN', file: 'profile', field, found, expected: near === undefined ? expected : `${expected}, perhaps ${near}` })

/** Steps of a history that another kernel answers otherwise than the one before. */
export function answeredOtherwise(before: Document, after: Document): AnsweredOtherwise[] {
  return after.steps.flatMap((step, i) => {
    const was = answerOf(before.steps[i]!.result)
    const is = answerOf(step.result)
    if (was === is) return []
    return [{ step: i + 1, text: `${opText(step.command)} ${targetText(step.command)}`, before: was, after: is, ...(step.result.reason ? { reason: plainReason(step.result.reason) } : {}) }]
  })
}
