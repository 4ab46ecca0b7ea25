/** Questions: those that ship, and texts that are asked of the open document where it is now. */
import { readFileSync } from 'node:fs'
import type { RaceKernel, RaceQuestion, RaceQuestionInfo, RacesInfo } from '../../../preload/contract.ts'
import type { Checked } from '../../engine/errors.ts'
import { decisionOf } from '../../engine/profiles/decisions.ts'
import { releaseNumber } from '../../engine/profiles/decision.ts'
import { differingDecisions, type Profile } from '../../engine/profiles/profile.ts'
import { PROFILES } from '../../engine/profiles/profiles.ts'
import { raceText, toScenario } from '../../engine/scenario/export.ts'
import { parseScenario, resolveScenario, type Scenario } from '../../engine/scenario/parse.ts'
import type { Document } from '../document.ts'
import { galleryScenario, racePaths } from '../gallery.ts'
import { choiceOf } from '../profile-choice.ts'
import { kernelName } from '../profiles.ts'
import { firstQuestion, snippets } from './snippets.ts'

/** What messages call a text that was typed. */
const FILE = 'question'

let shipped: RacesInfo['shipped'] | undefined

/** Read once: they are part of the program. */
const shippedQuestions = (): RacesInfo['shipped'] => (shipped ??= racePaths().flatMap(({ id, path }) => {
  const parsed = parseScenario(readFileSync(path, 'utf8'), path)
  return parsed.ok && parsed.value.form.race ? [{ id, title: parsed.value.form.title, question: parsed.value.form.race.question ?? '' }] : []
}))

export function racesInfo(d: Document): RacesInfo {
  const actions = snippets(d)
  const own = d.scenario?.form.race
  return { shipped: shippedQuestions(), text: own ? raceText(own) : firstQuestion(actions), own: own !== undefined, actions }
}

/** The scenario that asks it. */
export function scenarioOf(d: Document, question: RaceQuestion): Checked<Scenario> {
  if ('text' in question) return askedOf(d, question.text)
  const scenario = galleryScenario(question.shipped)
  return scenario?.form.race ? { ok: true, value: scenario } : { ok: false, errors: [{ code: 'ZL-RACE', file: question.shipped, found: 'no question', expected: `one of ${shippedQuestions().map((q) => q.id).join(', ')}` }] }
}

/** The document up to where it is now, with a question behind it. Problems have the lines of the question. */
function askedOf(d: Document, text: string): Checked<Scenario> {
  const { scenario } = d
  const from = ((): Scenario | undefined => {
    if (!scenario) return undefined
    const { race: _race, timeline: _timeline, ...form } = scenario.form
    return { ...scenario, form }
  })()
  const setUp = toScenario(d.description, d.steps.slice(0, d.position).map((s) => s.command), { title: d.name, profile: d.engine.profile, ...(from ? { from } : {}) })
  const head = `${setUp.trimEnd()}\nrace:\n`
  const body = text.replace(/^race:[ \t]*\n/, '').split('\n').map((line) => (line.trim() === '' ? '' : `  ${line}`)).join('\n')
  const before = head.split('\n').length - 1
  const parsed = parseScenario(head + (body.trim() === '' ? '  {}\n' : body), FILE)
  const resolved = parsed.ok ? resolveScenario(parsed.value) : parsed
  return resolved.ok ? { ok: true, value: { ...resolved.value, lineOf: (path) => Math.max(1, resolved.value.lineOf(path) - before) } }
    : { ok: false, errors: resolved.errors.map((e) => (e.line === undefined ? e : { ...e, line: Math.max(1, e.line - before) })) }
}

export function questionInfo(d: Document, question: RaceQuestion, scenario: Scenario): RaceQuestionInfo {
  const race = scenario.form.race!
  const kernels = kernelsOf(scenario)
  const notes = 'shipped' in question ? scenario.notes : undefined
  return {
    title: scenario.title, ...(race.question === undefined ? {} : { question: race.question }), ...(notes === undefined ? {} : { notes: notes.trim() }),
    text: 'text' in question ? question.text : raceText(race), kernels: kernels.map((p, i) => kernelInfo(p, kernels[i - 1])), own: Math.max(0, kernels.indexOf(scenario.kernel)),
  }
}

/** Kernels that a scenario is for; of one that does not say, its own among the releases that are known by name. */
function kernelsOf(scenario: Scenario): readonly Profile[] {
  if (scenario.profiles.length > 1) return scenario.profiles.some((p) => p.id === scenario.kernel.id) ? scenario.profiles.map((p) => (p.id === scenario.kernel.id ? scenario.kernel : p)) : [scenario.kernel, ...scenario.profiles]
  const releases = [...PROFILES.values()].filter((p) => releaseNumber(p.id) !== undefined)
  return releases.some((p) => p.id === scenario.kernel.id) ? releases.map((p) => (p.id === scenario.kernel.id ? scenario.kernel : p)) : [scenario.kernel, ...releases]
}

function kernelInfo(p: Profile, before: Profile | undefined): RaceKernel {
  const changes = before ? differingDecisions(before.decisions, p.decisions) : []
  return {
    id: kernelName(p), title: p.title, date: p.date, choice: choiceOf(p),
    changes: changes.map(({ name, from, to }) => ({ name, title: decisionOf(name).title, from, to, toDoc: decisionOf(name).values[to] ?? '' })),
  }
}
