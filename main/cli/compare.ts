/** `zonelab compare`: one scenario under two kernels, or under many. Exit status 1 when they differ. */
import { compareKernels, type KernelComparison } from '../engine/compare/compare.ts'
import { TEXT_FORMS, type Matrix, type TextForm } from '../engine/compare/comparison.ts'
import { compareMany } from '../engine/compare/matrix.ts'
import { InputErrors, formatInputError, type InputError } from '../engine/errors.ts'
import { changesOf, isCustom } from '../engine/profiles/custom.ts'
import { withoutEffect } from '../engine/profiles/legal.ts'
import type { Profile } from '../engine/profiles/profile.ts'
import { PROFILES } from '../engine/profiles/profiles.ts'
import type { Scenario } from '../engine/scenario/parse.ts'
import { comparisonText, matrixText } from './compare-print.ts'
import { EXIT, type Exit, type Io } from './io.ts'
import type { Parsed } from './options.ts'
import { formsOf, RUN_FORMS } from './print.ts'
import { ALL, expectedName, profileFor, profileOption } from './profile-option.ts'
import { readScenario } from './read-scenario.ts'
import { PLUGINS_OPTION, typesWith } from './third-party.ts'

export const COMPARE_OPTIONS = {
  profile: { type: 'string', multiple: true }, until: { type: 'string' }, print: { type: 'string', multiple: true }, ...PLUGINS_OPTION,
} as const

/** The version of the `--json` output. */
const COMPARE_JSON = 1

export async function compareCommand(options: Parsed, io: Io, misuse: (problem: string) => Exit): Promise<Exit> {
  const [file, ...more] = options.files
  if (file === undefined) return misuse('no scenario is named')
  if (more.length > 0) return misuse('one scenario at a time')
  const named = options.values('profile')
  if (named.length === 0) return misuse('no kernel is named: --profile A --profile B, or --profile all')
  const forms = formsOf(options.values('print'), RUN_FORMS)
  if ('problem' in forms) return misuse(forms.problem)
  const [untilText] = options.values('until')
  if (untilText !== undefined && !/^\d{1,9}$/.test(untilText)) return misuse(`--until ${untilText}: expected the number of a step, 0 for boot`)

  const bad = (errors: readonly InputError[]): Exit => {
    for (const error of errors) io.err(`${formatInputError(error)}\n`)
    if (options.flag('json')) io.out(`${JSON.stringify({ version: COMPARE_JSON, problems: errors.map((error) => ({ ...error, text: formatInputError(error) })) }, null, 2)}\n`)
    return EXIT.usage
  }
  const scenario = await readScenario(file, io)
  if (!scenario.ok) return bad(scenario.errors)
  const profiles = await profilesNamed(named, scenario.value, io)
  if (!profiles.ok) return bad(profiles.errors)
  const many = profiles.value.length > 2 || named.includes(ALL)
  if (many && forms.forms.length > 0) return misuse('--print is for two kernels')

  const { types, dispose } = await typesWith(options.values('plugins'), io)
  const how = { types, ...(untilText === undefined ? {} : { until: Number(untilText) }) }
  try {
    for (const warning of warningsOf(profiles.value, scenario.value)) io.err(`${file}: warning: ${warning}\n`)
    if (many) return showMatrix(compareMany(scenario.value, profiles.value, how), file, options, io)
    const [a, b] = profiles.value as [Profile, Profile]
    return show(compareKernels(scenario.value, a, b, how), file, options, TEXT_FORMS.filter((form) => forms.forms.includes(form)), io)
  } catch (e) {
    if (e instanceof InputErrors) return bad(e.errors.map((error) => ({ ...error, file, line: error.line ?? scenario.value.lineOf(['machine']) })))
    throw e
  } finally {
    dispose()
  }
}

/** Of one name: the scenario's own kernel against it. `all`: every kernel with a name, and the scenario's own when it is custom. */
async function profilesNamed(named: readonly string[], scenario: Scenario, io: Io): Promise<{ readonly ok: true; readonly value: readonly Profile[] } | { readonly ok: false; readonly errors: readonly InputError[] }> {
  const found: Profile[] = []
  for (const text of named) {
    if (text === ALL) {
      found.push(...[...PROFILES.values(), ...(isCustom(scenario.kernel) ? [scenario.kernel] : [])].filter((p) => !found.includes(p)))
      continue
    }
    const option = await profileOption(text, io)
    if (!option.ok) return option
    const profile = profileFor(option.value, scenario)
    if (!profile) return { ok: false, errors: [{ code: 'ZL-SCENARIO-PROFILE', file: scenario.file, field: '--profile', found: `'${text}'`, expected: expectedName(text, scenario) }] }
    found.push(profile)
  }
  return { ok: true, value: found.length === 1 ? [scenario.kernel, ...found] : found }
}

const warningsOf = (profiles: readonly Profile[], scenario: Scenario): readonly string[] =>
  profiles.filter(isCustom).flatMap((p) =>
    withoutEffect(changesOf(p).map((change) => change.name), scenario.description).map(({ decision, why }) => `profile ${p.id}: ${decision} cannot apply: ${why}`))

function show(comparison: KernelComparison, file: string, options: Parsed, forms: readonly TextForm[], io: Io): Exit {
  const outline = comparison.outline()
  const differs = outline.firstDifference !== undefined
  if (options.flag('json')) {
    const causes = new Map(comparison.allCauses().map((c) => [c.n, c]))
    const steps = outline.steps.map((step) => ({ ...step, began: causes.get(step.n)?.differences ?? [], skipped: causes.get(step.n)?.skipped ?? [] }))
    const print = Object.fromEntries(forms.map((form) => [form, outline.steps.map(({ n }) => comparison.text(n, form))]))
    io.out(`${JSON.stringify({ version: COMPARE_JSON, file, ...outline, differs, steps, ...(forms.length > 0 ? { print } : {}) }, null, 2)}\n`)
  } else if (forms.length > 0) {
    for (const { n, text } of outline.steps)
      for (const form of forms) {
        // a text that differs as it did before was shown then
        const diff = comparison.text(n, form)
        if (diff !== '' && (n === 0 || form === 'log' || diff !== comparison.text(n - 1, form))) io.out(`==> ${n} ${text}: ${form} <==\n${diff}`)
      }
  } else io.out(comparisonText(comparison, file))
  return differs ? EXIT.fails : EXIT.holds
}

function showMatrix(matrix: Matrix, file: string, options: Parsed, io: Io): Exit {
  const differs = matrix.groups.length > 1
  io.out(options.flag('json') ? `${JSON.stringify({ version: COMPARE_JSON, file, differs, ...matrix }, null, 2)}\n` : matrixText(matrix, file))
  return differs ? EXIT.fails : EXIT.holds
}
