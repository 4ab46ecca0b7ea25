/** Runs a scenario on an engine and holds its `expect` blocks against every step. Results are plain data. */
import type { InvariantResult } from '../checks/result.ts'
import type { Command, CommandResult, LogLine } from '../command.ts'
import type { MachineDescription } from '../machine/description.ts'
import type { Profile } from '../profiles/profile.ts'
import type { Snapshot } from '../snapshot-types.ts'
import { checkExpect } from './expect.ts'
import type { Outcome } from './expect.ts'
import type { Expectations, Scenario, ScenarioStep } from './parse.ts'
import { inSet } from './profile-set.ts'
import type { ExpectForm } from './schema.ts'

/** What a run needs of an engine. */
export interface RunnableEngine {
  execute(command: Command): CommandResult
  snapshot(): Snapshot
  invariants(): readonly InvariantResult[]
}
export type EngineFactory<E extends RunnableEngine> = (description: MachineDescription, profile: Profile) => E

export interface CommandRun {
  readonly command: Command
  readonly ret: number
  readonly errno?: string
  readonly reason?: string
  readonly log: readonly LogLine[]
}

export interface FailedExpectation {
  readonly line: number
  /** `zones.0/Movable.spanned` */
  readonly field: string
  readonly expected: string
  readonly found: string
}

export interface StepRun {
  /** 0 is boot. */
  readonly n: number
  readonly line: number
  readonly text: string
  readonly note?: string
  /** `ok`, or the errno of the first command that failed. */
  readonly result: string
  readonly reason?: string
  readonly commands: readonly CommandRun[]
  readonly expectations: { readonly checked: number; readonly failed: readonly FailedExpectation[] }
}

export interface ScenarioRun {
  readonly file: string
  readonly title: string
  readonly profile: string
  readonly steps: readonly StepRun[]
  readonly checked: number
  readonly failed: number
}

/**
 * Runs up to step `until` (all when absent) under a profile (the scenario's own when absent), which decides what of `expect-under` is
 * held. The engine comes back as the last step left it. Boot errors are thrown by the factory.
 */
export function runScenario<E extends RunnableEngine>(
  scenario: Scenario, boot: EngineFactory<E>, options: { readonly until?: number; readonly profile?: Profile } = {},
): { readonly run: ScenarioRun; readonly engine: E } {
  const profile = options.profile ?? scenario.kernel
  const engine = boot(scenario.description, profile)
  const held = ({ expect, expectUnder }: Expectations, outcome: Outcome, at: readonly (string | number)[]): StepRun['expectations'] => {
    const all: { readonly form: ExpectForm; readonly at: readonly (string | number)[] }[] = [
      ...(expect === undefined ? [] : [{ form: expect, at: [...at, 'expect'] }]),
      ...(expectUnder ?? []).filter((under) => inSet(under.set, profile)).map((under) => ({ form: under.expect, at: [...at, 'expect-under', under.written] })),
    ]
    if (all.length === 0) return { checked: 0, failed: [] }
    const snapshot = engine.snapshot()
    const checks = all.map(({ form, at: place }) => ({ place, ...checkExpect(form, outcome, snapshot, () => engine.invariants()) }))
    return {
      checked: checks.reduce((n, { checked }) => n + checked, 0),
      failed: checks.flatMap(({ place, failures }) =>
        failures.map(({ path, expected, found }) => ({ line: scenario.lineOf([...place, ...path]), field: path.join('.'), expected, found }))),
    }
  }
  const steps: StepRun[] = [
    { n: 0, line: scenario.lineOf(['machine']), text: 'boot', result: 'ok', commands: [], expectations: held(scenario, { result: 'ok', log: [] }, []) },
  ]
  for (const step of scenario.steps.slice(0, options.until)) steps.push(runStep(step, engine, held))
  const sum = (of: (step: StepRun) => number): number => steps.reduce((total, step) => total + of(step), 0)
  return {
    engine,
    run: {
      file: scenario.file,
      title: scenario.title,
      profile: profile.id,
      steps,
      checked: sum((s) => s.expectations.checked),
      failed: sum((s) => s.expectations.failed.length),
    },
  }
}

type Held = (expectations: Expectations, outcome: Outcome, at: readonly (string | number)[]) => StepRun['expectations']

function runStep(step: ScenarioStep, engine: RunnableEngine, held: Held): StepRun {
  const commands = step.commands.map((command): CommandRun => {
    const { ret, errno, reason, log } = engine.execute(command)
    return { command, ret, ...(errno === undefined ? {} : { errno }), ...(reason === undefined ? {} : { reason }), log }
  })
  const failed = commands.find((run) => run.ret !== 0)
  const result = failed === undefined ? 'ok' : (failed.errno ?? String(failed.ret))
  const outcome: Outcome = { result, log: commands.flatMap((run) => run.log), ...(failed?.reason === undefined ? {} : { reason: failed.reason }) }
  return {
    n: step.n,
    line: step.line,
    text: step.text,
    ...(step.note === undefined ? {} : { note: step.note }),
    result,
    ...(failed?.reason === undefined ? {} : { reason: failed.reason }),
    commands,
    expectations: held(step, outcome, ['steps', step.n - 1]),
  }
}
