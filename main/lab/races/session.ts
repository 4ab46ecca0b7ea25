/**
 * Explorations of a window: on machines of their own, one at a time, in turns of a few milliseconds, so that other requests are answered meanwhile and
 * a run can be given up within a few turns. A new run gives up the one before. Answers are kept, and with them the machine at each step of their traces.
 */
import type { Outcome, ProfileChoice, RaceAnswer, RaceCause, RaceEvents, RaceInspection, RaceQuestion, RaceQuestionInfo, RaceReplies, RacesInfo, RaceState, RaceWithout, Selection } from '../../../preload/contract.ts'
import { InputErrors, type Checked } from '../../engine/errors.ts'
import type { Decisions } from '../../engine/profiles/decisions.ts'
import { contradictions } from '../../engine/profiles/legal.ts'
import { changed, differingDecisions, type Profile } from '../../engine/profiles/profile.ts'
import { asking, type Answer } from '../../engine/races/ask.ts'
import { whyItHolds } from '../../engine/races/why.ts'
import type { Scenario } from '../../engine/scenario/parse.ts'
import { chosenProfile } from '../choose-profile.ts'
import type { Document } from '../document.ts'
import { inspectFields } from '../inspect.ts'
import { inputProblem } from '../problem.ts'
import { kernelName } from '../profiles.ts'
import { answerView } from './answer.ts'
import { questionInfo, racesInfo, scenarioOf } from './questions.ts'
import { stateAt } from './state.ts'
import { TraceDocument } from './trace-document.ts'

/** Milliseconds of work before somebody else has a turn. */
const SLICE = 12
/** Answers whose machines are kept. */
const KEPT = 32

/** Given up. */
class Cancelled extends Error {}

interface Kept { readonly view: RaceAnswer; readonly answer: Answer; document: TraceDocument | undefined }
interface Ready { readonly scenario: Scenario; readonly profile: Profile }

export class RaceSession {
  private current = 0
  private last: Promise<unknown> = Promise.resolve()
  private keys = 0
  private readonly kept = new Map<string, Kept>()
  private of: Document | undefined

  constructor(private readonly onProgress: (progress: RaceEvents['raceProgress']) => void) {}

  /** Gives up what runs. */
  cancel(): void {
    this.current++
  }

  info(d: Document): RacesInfo {
    return racesInfo(d)
  }

  question(d: Document, question: RaceQuestion): Outcome<RaceQuestionInfo> {
    const scenario = scenarioOf(d, question)
    return scenario.ok ? { ok: true, value: questionInfo(d, question, scenario.value) } : { ok: false, problems: scenario.errors.map(inputProblem) }
  }

  ask(d: Document, question: RaceQuestion, choice: ProfileChoice, trace: 'switches' | 'steps'): Promise<RaceReplies['raceAsk']> {
    return this.alone(async (mine) => {
      const ready = this.ready(d, question, choice)
      if (!ready.ok) return { ok: false, problems: ready.errors.map(inputProblem) }
      const { scenario, profile } = ready.value
      if (this.of !== d) this.kept.clear()
      this.of = d
      const key = JSON.stringify([question, kernelName(profile), profile.decisions, trace, 'text' in question ? [d.edits, d.position, kernelName(d.engine.profile)] : ''])
      const known = this.kept.get(key)
      if (known) return { ok: true, value: known.view }
      const answer = await this.inTurns(asking(scenario, profile, d.engine.types, { trace }), mine)
      const view = answerView(++this.keys, answer, kernelName(profile), scenario.form.race?.without ?? [])
      if (this.kept.size >= KEPT) this.kept.delete(this.kept.keys().next().value!)
      this.kept.set(key, { view, answer, document: undefined })
      return { ok: true, value: view }
    })
  }

  why(d: Document, question: RaceQuestion, choice: ProfileChoice): Promise<RaceReplies['raceWhy']> {
    return this.alone(async (mine) => {
      const ready = this.ready(d, question, choice)
      if (!ready.ok) return { ok: false, problems: ready.errors.map(inputProblem) }
      const found = await this.inTurns(whyItHolds(ready.value.scenario, ready.value.profile, d.engine.types), mine)
      return {
        ok: true,
        value: found.map(({ lock, answer: { exploration: e, invariant } }): RaceWithout => ({
          lock, verdict: e.verdict, ...(invariant === undefined ? {} : { invariant }), ...(e.broken ? { text: e.broken.text.replace(/^I\d+: /, '') } : {}),
        })),
      }
    })
  }

  causes(d: Document, question: RaceQuestion, from: ProfileChoice, to: ProfileChoice): Promise<RaceReplies['raceCauses']> {
    return this.alone(async (mine) => {
      const [a, b] = [this.ready(d, question, from), this.ready(d, question, to)]
      if (!a.ok) return { ok: false, problems: a.errors.map(inputProblem) }
      if (!b.ok) return { ok: false, problems: b.errors.map(inputProblem) }
      const verdict = async (profile: Profile): Promise<Answer> => await this.inTurns(asking(a.value.scenario, profile, d.engine.types), mine)
      const [first, second] = [a.value.profile, b.value.profile]
      const wanted = (await verdict(second)).exploration.verdict
      const found: RaceCause[] = []
      for (const { name, to: value } of differingDecisions(first.decisions, second.decisions)) {
        const made = changed(first, { id: first.id, title: first.title, date: first.date }, { [name]: value } as Partial<Decisions>)
        if (contradictions(made.decisions).length > 0) {
          found.push({ name, kind: 'illegal' })
          continue
        }
        const { exploration: e, invariant } = await verdict(made)
        found.push({ name, kind: e.verdict === wanted ? 'decides' : 'as-before', verdict: e.verdict, ...(invariant === undefined ? {} : { invariant }) })
      }
      return { ok: true, value: found }
    })
  }

  promela(d: Document, question: RaceQuestion, choice: ProfileChoice): Promise<RaceReplies['racePromela']> {
    return this.alone(async () => {
      const ready = this.ready(d, question, choice)
      if (!ready.ok) return { ok: false, problems: ready.errors.map(inputProblem) }
      const { promelaOf } = await import('../../engine/races/promela.ts')
      const { scenario, profile } = ready.value
      const name = `${scenario.title} ${kernelName(profile)}`.toLowerCase().replace(/[^a-z0-9.]+/g, '-').replace(/^-|-$/g, '')
      return { ok: true, value: { name: `${name}.pml`, text: promelaOf(scenario, profile, d.engine.types) } }
    })
  }

  state(key: number, step: number): RaceState | null {
    const found = this.documentOf(key)
    return found ? stateAt(found.document, found.answer.exploration.trace, step) : null
  }

  inspect(key: number, step: number, selection: Selection): RaceInspection | null {
    const found = this.documentOf(key)
    if (!found) return null
    found.document.goto(step)
    const { title, path, groups } = inspectFields(found.document, selection)
    return { title, path, groups }
  }

  private documentOf(key: number): { readonly answer: Answer; readonly document: TraceDocument } | undefined {
    const kept = [...this.kept.values()].find((k) => k.view.key === key)
    return kept && { answer: kept.answer, document: (kept.document ??= new TraceDocument(kept.view.profile, kept.answer)) }
  }

  private ready(d: Document, question: RaceQuestion, choice: ProfileChoice): Checked<Ready> {
    const profile = chosenProfile(choice)
    if (!profile.ok) return profile
    const scenario = scenarioOf(d, question)
    return scenario.ok ? { ok: true, value: { scenario: scenario.value, profile: profile.value } } : scenario
  }

  /** One at a time: what runs is given up first. What is wrong with a question is the user's to read. */
  private async alone<T>(act: (mine: number) => Promise<Outcome<T | null>>): Promise<Outcome<T | null>> {
    const mine = ++this.current
    const before = this.last
    const work = (async (): Promise<Outcome<T | null>> => {
      await before.catch(() => undefined)
      try {
        if (mine !== this.current) throw new Cancelled('given up')
        return await act(mine)
      } catch (e) {
        if (e instanceof Cancelled) return { ok: true, value: null }
        if (e instanceof InputErrors) return { ok: false, problems: e.errors.map(inputProblem) }
        throw e
      }
    })()
    this.last = work
    return await work
  }

  /** Drives a run; between slices others have their turn. */
  private async inTurns<R>(turns: Generator<RaceEvents['raceProgress'], R, void>, mine: number): Promise<R> {
    let began = performance.now()
    try {
      for (;;) {
        const r = turns.next()
        if (r.done) return r.value
        if (performance.now() - began < SLICE) continue
        this.onProgress({ phase: r.value.phase, states: r.value.states, transitions: r.value.transitions })
        await new Promise<void>((resolve) => setImmediate(resolve))
        if (mine !== this.current) throw new Cancelled('given up')
        began = performance.now()
      }
    } finally {
      turns.return(undefined as never)
    }
  }
}
