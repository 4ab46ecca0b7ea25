/** `zonelab time`: the threads of a scenario under a simulated clock. */
import type { DeviceTypes } from '../engine/devices.ts'
import { bootEngine, type Engine } from '../engine/engine.ts'
import { formatInputError, InputErrors, type InputError } from '../engine/errors.ts'
import type { TimedRun } from '../engine/executors/time/timed-run.ts'
import type { Profile } from '../engine/profiles/profile.ts'
import { profileNamed, expectedProfile } from '../engine/profiles/names.ts'
import type { Scenario } from '../engine/scenario/parse.ts'
import { runScenario } from '../engine/scenario/run.ts'
import { chromeTrace } from '../engine/timing/chrome-trace.ts'
import { formatDuration, readCost } from '../engine/timing/cost-values.ts'
import type { CostValues } from '../engine/timing/costs.ts'
import { ownCosts } from '../engine/timing/own-costs.ts'
import { planTimeline, type Bounds, type Plan, type PlanVariant } from '../engine/timing/plan.ts'
import { TIME_JSON, timeReport, type TimeReport } from '../engine/timing/report.ts'
import { spreadOf, timePlan, type Spread } from '../engine/timing/run-plan.ts'
import { EXIT, worse, type Exit, type Io } from './io.ts'
import type { Parsed } from './options.ts'
import { ALL, expectedName, profileFor, profileOption, type ProfileOption } from './profile-option.ts'
import { readScenario, unwrap } from './read-scenario.ts'
import { PLUGINS_OPTION, typesWith } from './third-party.ts'
import { timeText } from './time-text.ts'

export const TIME_OPTIONS = {
  profile: { type: 'string' }, set: { type: 'string', multiple: true }, trace: { type: 'string' }, calibration: { type: 'boolean' },
  jitter: { type: 'string' }, runs: { type: 'string' }, seed: { type: 'string' }, ...PLUGINS_OPTION,
} as const

export async function time(options: Parsed, io: Io, misuse: (problem: string) => Exit): Promise<Exit> {
  if (options.flag('calibration')) {
    const { printCalibration } = await import('./time-calibration.ts')
    return printCalibration(options, io)
  }
  const [file, ...more] = options.files
  if (file === undefined) return misuse('no scenario is named')
  if (more.length > 0) return misuse(`one scenario at a time, found ${options.files.length}`)
  const number = (name: string, least: number, most: number): number | string | undefined => {
    const [text] = options.values(name)
    if (text === undefined) return undefined
    const n = Number(text)
    return /^\d+(\.\d+)?$/.test(text) && n >= least && n <= most ? n : `--${name} ${text}: expected a number from ${least} to ${most}`
  }
  const [percent, runs, seed] = [number('jitter', 0, 100), number('runs', 1, 100_000), number('seed', 0, 2 ** 31)]
  for (const n of [percent, runs, seed]) if (typeof n === 'string') return misuse(n)
  const [text] = options.values('profile')
  const option = text === undefined || text === ALL ? undefined : await profileOption(text, io)
  const { types, dispose } = await typesWith(options.values('plugins'), io)
  try {
    if (option?.ok === false) throw new InputErrors(option.errors)
    const given = costsGiven(options.values('set'), types)
    const scenario = unwrap(await readScenario(file, io))
    const engines = new Engines(scenario, types)
    const jobs = jobsOf(scenario, types, text === ALL ? ALL : option?.value, given, engines)
    return await runJobs(scenario, jobs, engines, { options, io, jitter: { percent: percent as number | undefined, runs: runs as number | undefined, seed: seed as number | undefined } })
  } catch (e) {
    if (!(e instanceof InputErrors)) throw e
    for (const error of e.errors) io.err(`${formatInputError(error)}\n`)
    if (options.flag('json')) io.out(`${JSON.stringify({ version: TIME_JSON, problems: e.errors.map((error) => ({ ...error, text: formatInputError(error) })) }, null, 2)}\n`)
    return EXIT.usage
  } finally {
    dispose()
  }
}

/** A run that is asked for: a kernel, costs, and what the total has to be. */
interface Job { readonly name: string; readonly profile: Profile; readonly plan: Plan; readonly costs: CostValues; readonly bounds: Bounds | undefined }

/** `--set name=value`, or several of them. */
function costsGiven(texts: readonly string[], types: DeviceTypes): CostValues {
  const values: Record<string, number> = {}
  const errors: InputError[] = []
  for (const text of texts) {
    const at = text.indexOf('=')
    const read = at < 0 ? { ok: false as const, found: `'${text}'`, expected: 'name=value, such as device-struct-page-init=34ns' } : readCost(text.slice(0, at), text.slice(at + 1), ownCosts(types))
    if (read.ok) values[read.name] = read.value
    else errors.push({ code: 'ZL-TIME-COST', file: '--set', field: at < 0 ? text : text.slice(0, at), found: read.found, expected: read.expected })
  }
  if (errors.length > 0) throw new InputErrors(errors)
  return values
}

/** Machines of a scenario after its steps, one a kernel. */
class Engines {
  private readonly byProfile = new Map<string, Engine>()
  readonly failed: string[] = []
  constructor(private readonly scenario: Scenario, private readonly types: DeviceTypes) {}

  of(profile: Profile): Engine {
    const known = this.byProfile.get(profile.id)
    if (known) return known
    const { scenario, types } = this
    try {
      const { run, engine } = runScenario(scenario, (description, kernel) => bootEngine(description, kernel, 'coarse', types), { profile })
      for (const step of run.steps) for (const f of step.expectations.failed) this.failed.push(`${run.file}:${f.line}: ${step.n} ${f.field}: ${f.found}, expected ${f.expected}`)
      this.byProfile.set(profile.id, engine)
      return engine
    } catch (e) {
      if (e instanceof InputErrors) throw new InputErrors(e.errors.map((error) => ({ ...error, file: scenario.file, line: error.line ?? scenario.lineOf(['machine']) })))
      throw e
    }
  }
}

function jobsOf(scenario: Scenario, types: DeviceTypes, option: ProfileOption | typeof ALL | undefined, given: CostValues, engines: Engines): readonly Job[] {
  const plansFor = (profile: Profile) => unwrap(planTimeline(scenario, [...engines.of(profile).booted.kernel.nodes.values()].sort((a, b) => a.id - b.id), types, given))
  const plain = (profile: Profile): Job => {
    const { plan } = plansFor(profile)
    return { name: profile.id, profile, plan, costs: plan.costs, bounds: option === undefined ? plan.bounds : undefined }
  }
  if (option === ALL) return scenario.profiles.map(plain)
  if (option !== undefined) {
    const profile = profileFor(option, scenario)
    if (!profile) throw new InputErrors([{ code: 'ZL-SCENARIO-PROFILE', file: scenario.file, field: '--profile', found: `'${option.kind === 'name' ? option.name : ''}'`, expected: expectedName(option.kind === 'name' ? option.name : '', scenario) }])
    return [plain(profile)]
  }
  const { plan, variants } = plansFor(scenario.kernel)
  return [plain(scenario.kernel), ...variants.map((v): Job => {
    const profile = v.profile === undefined ? scenario.kernel : profileOf(scenario, v)
    return { name: v.name, profile, plan: { ...plan, boot: v.boot }, costs: v.costs, bounds: v.bounds }
  })]
}

function profileOf(scenario: Scenario, v: PlanVariant): Profile {
  const profile = v.profile === scenario.kernel.id ? scenario.kernel : profileNamed(v.profile ?? '')
  if (profile) return profile
  throw new InputErrors([{ code: 'ZL-SCENARIO-PROFILE', file: scenario.file, line: v.line, field: `timeline.variants '${v.name}'.profile`, found: `'${v.profile}'`, expected: expectedProfile(v.profile ?? '', []) }])
}

interface How { readonly options: Parsed; readonly io: Io; readonly jitter: { readonly percent: number | undefined; readonly runs: number | undefined; readonly seed: number | undefined } }

async function runJobs(scenario: Scenario, jobs: readonly Job[], engines: Engines, { options, io, jitter }: How): Promise<Exit> {
  let exit: Exit = EXIT.holds
  const reports: TimeReport[] = []
  const [trace] = options.values('trace')
  for (const [i, job] of jobs.entries()) {
    const engine = engines.of(job.profile)
    const run = timePlan(engine, job.plan, { costs: job.costs })
    const percent = jitter.percent ?? job.plan.jitter?.percent
    const spread = percent === undefined ? undefined : manyRuns(engine, job, { percent, runs: jitter.runs ?? job.plan.jitter?.runs ?? 1000, seed: jitter.seed ?? job.plan.jitter?.seed ?? 1 }, io)
    const report = timeReport(job.name, job.profile.id, run, job.costs, spread)
    reports.push(report)
    if (!options.flag('json')) io.out(timeText(scenario.title, report, i === 0))
    for (const problem of problemsOf(job, run)) {
      exit = worse(exit, EXIT.fails)
      io.err(`${scenario.file}: ${job.name}: ${problem}\n`)
    }
    if (trace !== undefined) io.write(jobs.length === 1 ? trace : trace.replace(/(\.json)?$/, `.${job.name.replace(/[^\w.-]+/g, '-')}$1`), `${JSON.stringify(chromeTrace(run, scenario.title, job.profile.id))}\n`)
  }
  for (const line of engines.failed) {
    exit = worse(exit, EXIT.fails)
    io.err(`${line}\n`)
  }
  if (options.flag('json')) {
    const [first, ...others] = reports
    io.out(`${JSON.stringify({ version: TIME_JSON, file: scenario.file, title: scenario.title, ...first, others }, null, 2)}\n`)
  }
  return exit
}

function manyRuns(engine: Engine, job: Job, how: { readonly percent: number; readonly runs: number; readonly seed: number }, io: Io): Spread | undefined {
  let told = 0
  return spreadOf(engine, job.plan, { ...how, costs: job.costs }, (done) => {
    if (how.runs >= 2000 && done - told >= how.runs / 10) {
      told = done
      io.err(`${job.name}: ${done} of ${how.runs} runs\n`)
    }
    return true
  })
}

/** What makes a run one that does not hold: a total out of bounds, a thread that never ends. */
function problemsOf(job: Job, run: TimedRun): string[] {
  const { bounds } = job
  const out = bounds && (run.total < bounds.atLeast || run.total > bounds.atMost)
  return [
    ...(out ? [`total: ${formatDuration(run.total)}, expected ${formatDuration(bounds.atLeast)} … ${bounds.atMost === Infinity ? 'any' : formatDuration(bounds.atMost)}`] : []),
    ...run.threads.filter((t) => t.state !== 'done').map((t) => `thread ${t.name} ${t.state === 'hangs' ? '' : 'was stopped: '}${t.reason ?? ''}`),
  ]
}
