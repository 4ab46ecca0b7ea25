/** `zonelab explore`: every interleaving of a scenario's threads, under one kernel or many. */
import type { DeviceTypes } from '../engine/devices.ts'
import { formatInputError, InputErrors } from '../engine/errors.ts'
import type { Profile } from '../engine/profiles/profile.ts'
import { ask, type Answer } from '../engine/races/ask.ts'
import type { RaceOptions } from '../engine/races/question.ts'
import { whyItHolds, type Without } from '../engine/races/why.ts'
import type { Scenario } from '../engine/scenario/parse.ts'
import { answerJson, answerText, matrixText, whyText, type MatrixRow } from './explore-text.ts'
import { EXIT, worse, type Exit, type Io } from './io.ts'
import type { Parsed } from './options.ts'
import { ALL, expectedName, profileFor, profileOption } from './profile-option.ts'
import { readScenario, unwrap } from './read-scenario.ts'
import { PLUGINS_OPTION, typesWith } from './third-party.ts'

export const EXPLORE_OPTIONS = {
  profile: { type: 'string' }, exact: { type: 'boolean' }, why: { type: 'boolean' }, steps: { type: 'boolean' }, promela: { type: 'boolean' },
  without: { type: 'string', multiple: true }, ...PLUGINS_OPTION,
} as const

/** Version of the JSON. */
const EXPLORE_JSON = 1

export async function explore(options: Parsed, io: Io, misuse: (problem: string) => Exit): Promise<Exit> {
  if (options.files.length === 0) return misuse('no scenario is named')
  const { types, dispose } = await typesWith(options.values('plugins'), io)
  const [text] = options.values('profile')
  try {
    const option = text === undefined || text === ALL ? undefined : await profileOption(text, io)
    if (option?.ok === false) throw new InputErrors(option.errors)
    const profilesFor = (scenario: Scenario): readonly Profile[] => {
      if (text === ALL) return scenario.profiles
      if (!option?.ok) return [scenario.kernel]
      const profile = profileFor(option.value, scenario)
      if (profile) return [profile]
      throw new InputErrors([{ code: 'ZL-SCENARIO-PROFILE', file: scenario.file, field: '--profile', found: `'${text}'`, expected: expectedName(text ?? '', scenario) }])
    }
    if (options.flag('promela')) return await promela(options.files, io, profilesFor, types, misuse)
    return await exploreAll(options, io, profilesFor, types, text === ALL)
  } catch (e) {
    if (!(e instanceof InputErrors)) throw e
    for (const error of e.errors) io.err(`${formatInputError(error)}\n`)
    if (options.flag('json')) io.out(`${JSON.stringify({ version: EXPLORE_JSON, problems: e.errors.map((error) => ({ ...error, text: formatInputError(error) })) }, null, 2)}\n`)
    return EXIT.usage
  } finally {
    dispose()
  }
}

async function exploreAll(options: Parsed, io: Io, profilesFor: (scenario: Scenario) => readonly Profile[], types: DeviceTypes, matrix: boolean): Promise<Exit> {
  let exit: Exit = EXIT.holds
  const without = options.values('without')
  const how: RaceOptions = { exact: options.flag('exact'), trace: options.flag('steps') ? 'steps' : 'switches', ...(without.length > 0 ? { without } : {}) }
  const rows: MatrixRow[] = []
  const json: unknown[] = []
  for (const file of options.files) {
    const scenario = unwrap(await readScenario(file, io))
    const answers: Answer[] = []
    for (const profile of profilesFor(scenario)) {
      let told = 0
      const answer = ask(scenario, profile, types, how, (p) => {
        if (p.states - told < 500_000) return
        told = p.states
        io.err(`${profile.id}: ${p.states.toLocaleString('en')} states\n`)
      })
      answers.push(answer)
      const why: readonly Without[] | undefined = options.flag('why') && answer.exploration.verdict === 'holds' ? atOnce(whyItHolds(scenario, profile, types, how)) : undefined
      if (options.flag('json')) json.push(answerJson(file, answer, why))
      else if (!matrix) io.out(answerText(scenario, answer, types) + (why ? whyText(why) : ''))
      exit = worse(exit, ending(scenario, answer, io))
    }
    rows.push({ scenario, answers })
  }
  if (options.flag('json')) io.out(`${JSON.stringify(json.length === 1 ? { version: EXPLORE_JSON, ...(json[0] as object) } : { version: EXPLORE_JSON, answers: json }, null, 2)}\n`)
  else if (matrix) io.out(matrixText(rows))
  return exit
}

/** An answer that is not what was expected fails; without an expectation, one that is broken or not complete. */
function ending(scenario: Scenario, answer: Answer, io: Io): Exit {
  const { expected, exploration } = answer
  if (expected?.met ?? exploration.verdict === 'holds') return EXIT.holds
  const found = exploration.verdict === 'broken' ? `broken: ${answer.invariant ?? exploration.broken?.kind ?? '?'}` : exploration.verdict
  if (expected) io.err(`${scenario.file}:${expected.line}: race under ${answer.profile}: ${found}, expected ${expected.text}\n`)
  return EXIT.fails
}

/** One question as a Promela model. */
async function promela(files: readonly string[], io: Io, profilesFor: (scenario: Scenario) => readonly Profile[], types: DeviceTypes, misuse: (problem: string) => Exit): Promise<Exit> {
  const [file, ...more] = files
  if (file === undefined || more.length > 0) return misuse('--promela takes one scenario')
  const scenario = unwrap(await readScenario(file, io))
  const [profile, ...others] = profilesFor(scenario)
  if (!profile || others.length > 0) return misuse('--promela takes one profile')
  const { promelaOf } = await import('../engine/races/promela.ts')
  io.out(promelaOf(scenario, profile, types))
  return EXIT.holds
}

const atOnce = <T>(run: Generator<unknown, T, void>): T => {
  for (;;) {
    const { value, done } = run.next()
    if (done) return value
  }
}
