/** A scenario's `race:` as a question for the explorer: the machine after its steps, the threads, what must hold. */
import { checkOf } from '../checks/invariants.ts'
import { bootEngine, type Engine } from '../engine.ts'
import type { DeviceTypes } from '../devices.ts'
import { InputErrors, type InputError } from '../errors.ts'
import { STATE_INVARIANTS, stateInvariant } from '../executors/explore/invariants.ts'
import type { InvariantScope, OutcomeRule, Question, QuestionError, StateInvariant, ThreadSpec } from '../executors/explore/question.ts'
import { call, op } from '../executors/step.ts'
import type { Profile } from '../profiles/profile.ts'
import type { Scenario } from '../scenario/parse.ts'
import { fieldText } from '../scenario/problems.ts'
import type { Path } from '../scenario/read-yaml.ts'
import { runScenario } from '../scenario/run.ts'
import type { RaceForm } from '../scenario/schema.ts'
import { commandsOf, DimmSlots } from '../scenario/steps.ts'
import type { Bound } from '../operation-of.ts'
import { deferStructPages } from '../timing/boot-threads.ts'
import { actionOf, type Action } from './actions.ts'
import { freedOnce } from './freed-once.ts'

export interface AskedThread { readonly name: string; readonly actions: readonly Action[] }

/** A question with what it was made of. */
export interface Race {
  readonly engine: Engine
  readonly question: Question
  readonly threads: readonly AskedThread[]
  /** Invariants that do not hold before the threads start, and are not asked for. */
  readonly brokenBefore: readonly { readonly id: string; readonly text: string }[]
}

/** Changes to the form before it is asked: what the command line and the window want. */
export interface RaceOptions {
  readonly exact?: boolean
  readonly without?: readonly string[]
  readonly trace?: 'switches' | 'steps'
  readonly states?: number
  readonly all?: boolean
}

/** More ids that a question may ask for: of readers' answers, and of what the explorer itself watches. */
const WATCHED = ['I13', 'I14', 'I15', 'I17', 'I23'] as const

/** An invariant that the question names, at its usual moments or at others ("I1@quiescent"): what a check excuses as the kernel's design counts as broken, too. */
function strictly(written: string): StateInvariant {
  const [id, scope] = written.split('@') as [string, InvariantScope?]
  const invariant = stateInvariant(id, scope)
  return { ...invariant, judge: (k, reader) => invariant.judge(k, reader) ?? checkOf(id)?.check(k, reader).byDesign }
}

/** Runs one action after the other; the first that fails is the thread's answer. */
const inOrder = op('thread', 'one thread', function* (_k, actions: readonly Bound[]) {
  let answer = 0
  for (const a of actions) {
    const ret = yield call(a.operation, ...a.args)
    if (answer >= 0) answer = ret
  }
  return answer
})

const SCOPES: readonly InvariantScope[] = ['any', 'unlocked', 'quiescent']

/** Throws InputErrors, with file, line and field, for a question that cannot be built. */
export function raceOf(scenario: Scenario, profile: Profile, types: DeviceTypes, options: RaceOptions = {}): Race {
  const form = scenario.form.race
  const problem = (path: Path, found: string, expected: string): InputError => {
    const at: Path = ['race', ...path]
    return { code: 'ZL-RACE', file: scenario.file, line: scenario.lineOf(at), field: fieldText(at), found, expected }
  }
  if (!form) throw new InputErrors([{ code: 'ZL-RACE', file: scenario.file, field: 'race', found: 'nothing', expected: 'threads to explore: {threads: [{name: T1, do: [...]}, ...]}' }])
  const { engine } = runScenario(scenario, (description, p) => bootEngine(description, p, 'coarse', types), { profile })
  if (form.boot?.deferred === true) deferStructPages(engine.booted)
  const { kernel, store } = engine.booted
  const errors: InputError[] = []
  const asked = threadsOf(form, engine, scenario, (path, found, expected) => errors.push(problem(path, found, expected)))
  for (const [i, written] of (form.invariants ?? []).entries()) {
    const [id, scope] = written.split('@')
    if (WATCHED.some((w) => w === written)) continue
    if (!STATE_INVARIANTS.includes(id!)) errors.push(problem(['invariants', i], `'${written}'`, `one of ${[...STATE_INVARIANTS, ...WATCHED].join(', ')}`))
    else if (scope !== undefined && !SCOPES.some((known) => known === scope)) errors.push(problem(['invariants', i], `'${written}'`, `${id}, or ${id} at other moments: ${SCOPES.map((known) => `${id}@${known}`).join(', ')}`))
  }
  const without = options.without ?? form.without ?? []
  const locks = kernel.lockNames()
  for (const name of without) if (!locks.includes(name)) errors.push(problem(['without'], `'${name}'`, `a lock: ${locks.join(', ')}`))
  const { threads, specs } = asked
  if (errors.length > 0) throw new InputErrors(errors)

  const brokenBefore: { id: string; text: string }[] = []
  const wanted: StateInvariant[] = []
  const candidates = form.invariants === undefined ? STATE_INVARIANTS.map((id) => stateInvariant(id)) : form.invariants.filter((written) => !WATCHED.some((w) => w === written)).map(strictly)
  if (form.boot?.deferred === true && (form.invariants?.includes('I14') ?? true)) candidates.push(freedOnce(kernel, store))
  for (const invariant of candidates) {
    const text = invariant.judge(kernel, store)
    if (text === undefined) wanted.push(invariant)
    else if (form.invariants === undefined) brokenBefore.push({ id: invariant.id, text })
    else throw new InputErrors([problem(['invariants'], `${invariant.id}, which does not hold before the threads start: ${text}`, 'one that holds then')])
  }
  const breaks = form.breaks
  const question: Question = {
    kernel, base: store, threads: specs, invariants: wanted, outcome: outcomeOf(threads),
    options: {
      without, exact: options.exact ?? false, all: options.all ?? false, trace: options.trace ?? 'switches',
      ...(options.states ?? form.states ? { maxStates: options.states ?? form.states! } : {}),
      ...(form['page-grain'] === undefined ? {} : { pageGrain: Math.max(1, Math.floor(form['page-grain'] / kernel.pageSize)) }),
      breaks: { deadlock: breaks?.deadlock ?? true, race: breaks?.race ?? false, bug: breaks?.bug ?? true, lockOrder: breaks?.['lock-order'] ?? true, sleep: breaks?.sleep ?? true },
    },
  }
  return { engine, question, threads, brokenBefore }
}

function threadsOf(form: RaceForm, engine: Engine, scenario: Scenario, wrong: (path: Path, found: string, expected: string) => void): { readonly threads: readonly AskedThread[]; readonly specs: readonly ThreadSpec[] } {
  // DIMMs without an address go on where the steps before left off
  const slots = new DimmSlots(scenario.description)
  for (const step of scenario.form.steps ?? []) commandsOf(step, slots)
  const threads: AskedThread[] = []
  const specs: ThreadSpec[] = []
  for (const [t, thread] of form.threads.entries()) {
    if (form.threads.findIndex((other) => other.name === thread.name) !== t) wrong(['threads', t, 'name'], `'${thread.name}' again`, 'a name of its own')
    const actions: Action[] = []
    for (const [i, action] of thread.do.entries()) {
      const read = actionOf(engine, action, slots)
      if (read.ok) actions.push(...read.actions)
      else wrong(['threads', t, 'do', i, ...read.key.split('.').filter((key) => key !== '')], read.found, read.expected)
    }
    if (thread.do.length === 0) wrong(['threads', t, 'do'], 'an empty list', 'a list of actions')
    const on = thread['irq-on']
    const irqOn = on === undefined ? -1 : form.threads.findIndex((other) => other.name === on)
    if (on !== undefined && (irqOn < 0 || irqOn === t)) wrong(['threads', t, 'irq-on'], `'${on}'`, `another thread: ${form.threads.filter((_, o) => o !== t).map((o) => o.name).join(', ')}`)
    const [only, ...more] = actions
    const bound: Bound | undefined = only === undefined ? undefined : more.length === 0 ? only.bound : { operation: inOrder as unknown as Bound['operation'], args: [actions.map((a) => ({ operation: a.bound.operation, args: a.bound.args }))] }
    threads.push({ name: thread.name, actions })
    if (bound) {
      specs.push({
        name: thread.name, operation: bound.operation as unknown as ThreadSpec['operation'], args: bound.args,
        role: thread.reader ?? actions.every((a) => a.reads) ? 'reader' : 'operation',
        context: irqOn < 0 ? 'process' : { irqOn },
      })
    }
  }
  return { threads, specs }
}

/** What readers' answers say of invariants. The text begins with the invariant's id. */
function outcomeOf(threads: readonly AskedThread[]): OutcomeRule {
  const rules = threads.map((t) => (t.actions.length === 1 ? t.actions[0]!.rule : undefined))
  return (results) => {
    for (const [t, rule] of rules.entries()) {
      const r = results[t]
      const text = rule && r?.kind === 'returned' ? rule.broken(r.value) : undefined
      if (rule && text !== undefined) return `${rule.id}: ${text}`
    }
    return undefined
  }
}

/** A question that the explorer refuses, as the user's error. */
export function questionErrors(e: QuestionError, scenario: Scenario): InputErrors {
  return new InputErrors([{ code: 'ZL-RACE', file: scenario.file, line: scenario.lineOf(['race']), field: `race.${e.field}`, found: e.found, expected: e.expected }])
}
