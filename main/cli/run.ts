/** `zonelab run`: scenarios against their own expectations. */
import type { DeviceTypes } from '../engine/devices.ts'
import { bootEngine } from '../engine/engine.ts'
import type { Engine } from '../engine/engine.ts'
import type { Checked, InputError } from '../engine/errors.ts'
import { InputErrors, formatInputError } from '../engine/errors.ts'
import { changesOf, isCustom } from '../engine/profiles/custom.ts'
import { withoutEffect } from '../engine/profiles/legal.ts'
import type { Profile } from '../engine/profiles/profile.ts'
import type { Scenario } from '../engine/scenario/parse.ts'
import { runScenario } from '../engine/scenario/run.ts'
import type { ScenarioRun, StepRun } from '../engine/scenario/run.ts'
import { EXIT, worse } from './io.ts'
import type { Exit, Io } from './io.ts'
import type { Parsed } from './options.ts'
import { ALL, expectedName, profileFor, profileOption, type ProfileOption } from './profile-option.ts'
import { RUN_FORMS, formsOf, printed, type Form } from './print.ts'
import { readScenario } from './read-scenario.ts'
import { PLUGINS_OPTION, typesWith } from './third-party.ts'

export const RUN_OPTIONS = { profile: { type: 'string' }, until: { type: 'string' }, print: { type: 'string', multiple: true }, ...PLUGINS_OPTION } as const

/** The version of the `--json` output. */
const RUN_JSON = 1

export async function run(options: Parsed, io: Io, misuse: (problem: string) => Exit): Promise<Exit> {
  if (options.files.length === 0) return misuse('no scenario is named')
  const forms = formsOf(options.values('print'), RUN_FORMS)
  if ('problem' in forms) return misuse(forms.problem)
  const [untilText] = options.values('until')
  if (untilText !== undefined && !/^\d{1,9}$/.test(untilText)) return misuse(`--until ${untilText}: expected the number of a step, 0 for boot`)
  const until = untilText === undefined ? undefined : Number(untilText)
  const [text] = options.values('profile')
  const option = text === undefined || text === ALL ? undefined : await profileOption(text, io)
  if (option?.ok === false) {
    for (const error of option.errors) io.err(`${formatInputError(error)}\n`)
    return EXIT.usage
  }
  const profile = text === ALL ? ALL : option?.value

  const { types, dispose } = await typesWith(options.values('plugins'), io)
  try {
    return await runAll(options, io, { until, profile, types, forms: forms.forms })
  } finally {
    dispose()
  }
}

interface RunOptions { readonly until: number | undefined; readonly profile: ProfileOption | typeof ALL | undefined; readonly types: DeviceTypes }

async function runAll(options: Parsed, io: Io, { forms, ...how }: RunOptions & { readonly forms: readonly Form[] }): Promise<Exit> {
  let exit: Exit = EXIT.holds
  const runs: unknown[] = []
  const problems: InputError[] = []
  const several = options.files.length * Math.max(1, forms.length) > 1 || how.profile === ALL
  for (const file of options.files) {
    const scenario = await readScenario(file, io)
    const profiles = scenario.ok ? profilesToRun(scenario.value, how.profile) : scenario
    const done = !scenario.ok || !profiles.ok ? [] : profiles.value.map((profile) => runUnder(scenario.value, profile, how))
    const errors = [scenario, profiles, ...done].flatMap((checked) => (checked.ok ? [] : checked.errors))
    for (const error of new Set(errors)) {
      problems.push(error)
      io.err(`${formatInputError(error)}\n`)
      exit = worse(exit, EXIT.usage)
    }
    for (const { run: result, engine } of done.flatMap((checked) => (checked.ok ? [checked.value] : []))) {
      if (result.failed > 0) exit = worse(exit, EXIT.fails)
      // what boot could not read or do as asked, and what of a custom profile the machine cannot show; the machine is there all the same
      const idle = isCustom(engine.profile) ? withoutEffect(changesOf(engine.profile).map((change) => change.name), engine.description) : []
      const warnings = [...engine.booted.warnings, ...idle.map(({ decision, why }) => `profile ${engine.profile.id}: ${decision} cannot apply: ${why}`)]
      const log = result.steps.flatMap((step) => step.commands.flatMap((command) => command.log))
      const views = await Promise.all(forms.map(async (form) => [form, await printed(form, engine.snapshot(), log)] as const))
      if (options.flag('json')) runs.push({ ...result, warnings, ...(views.length > 0 ? { print: Object.fromEntries(views) } : {}) })
      else if (views.length > 0) {
        for (const [form, text] of views) io.out(several ? `==> ${file}${how.profile === ALL ? ` (${result.profile})` : ''}: ${form} <==\n${text}` : text)
        for (const line of failureLines(result)) io.err(`${line}\n`)
      } else io.out(runText(result))
      for (const warning of options.flag('json') ? [] : warnings) io.err(`${file}: warning: ${warning}\n`)
    }
  }
  if (options.flag('json')) io.out(`${JSON.stringify({ version: RUN_JSON, runs, problems: problems.map((error) => ({ ...error, text: formatInputError(error) })) }, null, 2)}\n`)
  return exit
}

/** The scenario's own profile, the one that was asked for, or all that the scenario is for. */
function profilesToRun(scenario: Scenario, option: RunOptions['profile']): Checked<readonly Profile[]> {
  if (option === ALL) return { ok: true, value: scenario.profiles }
  const profile = option === undefined ? scenario.kernel : profileFor(option, scenario)
  if (profile) return { ok: true, value: [profile] }
  const name = option?.kind === 'name' ? option.name : ''
  return { ok: false, errors: [{ code: 'ZL-SCENARIO-PROFILE', file: scenario.file, field: '--profile', found: `'${name}'`, expected: expectedName(name, scenario) }] }
}

function runUnder(scenario: Scenario, profile: Profile, { until, types }: RunOptions): Checked<{ run: ScenarioRun; engine: Engine }> {
  try {
    return { ok: true, value: runScenario(scenario, (description, kernel) => bootEngine(description, kernel, 'coarse', types), { profile, ...(until === undefined ? {} : { until }) }) }
  } catch (e) {
    // a machine that cannot be: boot names the field, the file is this one
    if (e instanceof InputErrors) return { ok: false, errors: e.errors.map((error) => ({ ...error, file: scenario.file, line: error.line ?? scenario.lineOf(['machine']) })) }
    throw e
  }
}

function failureLines(result: ScenarioRun): string[] {
  return result.steps.flatMap((step) => step.expectations.failed.map((f) => `${result.file}:${f.line}: ${step.n} ${f.field}: ${f.found}, expected ${f.expected}`))
}

function runText(result: ScenarioRun): string {
  const width = String(result.steps.length - 1).length
  const lines = [`${result.file}: ${result.title} (${result.profile})`]
  for (const step of result.steps) {
    lines.push(`  ${String(step.n).padStart(width)} ${step.text}: ${outcomeText(step)}`)
    for (const f of step.expectations.failed) lines.push(`  ${' '.repeat(width)} ✗ ${result.file}:${f.line}: ${f.field}: ${f.found}, expected ${f.expected}`)
  }
  const checked = `${result.checked} expectation${result.checked === 1 ? '' : 's'}`
  lines.push(result.failed === 0 ? `  ${result.checked === 0 ? 'nothing was expected' : `${checked}, all hold`}` : `  ${checked}, ${result.failed} failed`)
  return `${lines.join('\n')}\n`
}

const outcomeText = (step: StepRun): string => {
  const { checked, failed } = step.expectations
  const said = step.result === 'ok' ? 'ok' : `-${step.result}${step.reason === undefined ? '' : ` (${step.reason})`}`
  return checked > 0 && failed.length === 0 ? `${said}  ✓ ${checked}` : said
}
