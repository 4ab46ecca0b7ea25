/** Checks the device types of a plugin: samples, then random sequences; what broke comes with the shortest sequence that was found. */
import fc from 'fast-check'
import type { AnyDeviceType } from '../../../plugins/sdk/index.ts'
import type { Command } from '../../engine/command.ts'
import { absentFrom, checkParams, deviceTypes, type DeviceTypes, type GivenParams } from '../../engine/devices.ts'
import type { Profile } from '../../engine/profiles/profile.ts'
import { PROFILES, V6_1 } from '../../engine/profiles/profiles.ts'
import { stepOf } from '../../engine/scenario/steps.ts'
import { deedsOf, type Deed } from './deeds.ts'
import { tangled } from './interleavings.ts'
import { LAWS, Play, type Broken, type Law } from './laws.ts'
import { bootCheckMachine, CHECK_MACHINE } from './machine.ts'

export interface CheckOptions {
  /** Random sequences a type. */
  readonly runs?: number
  readonly seed?: number
  /** Milliseconds after which no new sequence begins. */
  readonly timeLimit?: number
}

export interface LawReport { readonly law: Law; readonly title: string; readonly holds: boolean; readonly detail?: string; readonly commands?: readonly Command[]
  /** Steps of two hooks at once, where the law is about them. */
  readonly trace?: readonly string[] }

export interface TypeReport {
  readonly type: string
  /** Why nothing was played: no kernel has the type. */
  readonly skipped?: string
  /**
   * Kernel that it was played on, where that is not 6.1, which does not have the type. Its samples only: random sequences on old kernels meet
   * defects of the kernel's own.
   */
  readonly kernel?: string
  readonly laws: readonly LawReport[]
  /** Random sequences that were played. */
  readonly runs: number
  readonly seed: number
  /** Adds that were left out, as the type does not claim its range then. */
  readonly unclaimed: number
}

export const DEFAULT_RUNS = 500
const DEFAULT_SEED = 20180807
/** Laws that one check goes on to find after the first one. */
const MOST_BROKEN = 3

/** Checks one type. `others` are those that may be there too. */
export function checkType(type: AnyDeviceType, others: DeviceTypes, options: CheckOptions = {}): TypeReport {
  const { runs = DEFAULT_RUNS, seed = DEFAULT_SEED, timeLimit = 60_000 } = options
  const profile = kernelOf(type)
  if (!profile) return { type: type.id, skipped: absentFrom(type, V6_1) ?? '', laws: [], runs: 0, seed, unclaimed: 0 }
  const types = deviceTypes([...others.ids.flatMap((id) => (id === type.id ? [] : (others.get(id) ?? []))), type])
  const play = new Play(bootCheckMachine(types, profile), bootCheckMachine(types, profile), type)
  const found = new Map<Law, Broken>()
  const note = (broken: Broken | undefined): void => {
    if (broken && !found.has(broken.law)) found.set(broken.law, broken)
  }
  for (const sample of type.samples ?? []) note(checkSample(play, type, types, profile, sample))
  const together = tangled(type, types, profile)
  if (together) note({ law: 'interleavings', ...together })
  let played = 0
  for (let pass = 0; profile === V6_1 && pass < MOST_BROKEN && played < runs; pass++) {
    const known = new Set(found.keys())
    const property = fc.property(deedsOf(type), (deeds) => {
      played++
      return play.run(deeds, known) === undefined
    })
    const before = played
    const result = fc.check(property, { numRuns: runs, seed, interruptAfterTimeLimit: timeLimit, markInterruptAsFailure: false })
    played = result.failed ? before + result.numRuns : played
    if (!result.failed || !result.counterexample) break
    note(play.run(simplest(play, result.counterexample[0], known), known))
  }
  return {
    type: type.id, runs: Math.min(played, runs), seed, unclaimed: play.unclaimed, ...(profile === V6_1 ? {} : { kernel: profile.title }),
    laws: (Object.keys(LAWS) as Law[]).map((law): LawReport => {
      const broken = found.get(law)
      return { law, title: LAWS[law], holds: !broken, ...(broken ? { detail: broken.detail, commands: broken.commands, ...(broken.trace ? { trace: broken.trace } : {}) } : {}) }
    }),
  }
}

/** 6.1, or the newest release that has the type. */
const kernelOf = (type: AnyDeviceType): Profile | undefined => [V6_1, ...[...PROFILES.values()].filter((p) => p.source === undefined).reverse()].find((p) => absentFrom(type, p) === undefined)

/** A sample must add; then the laws are judged on it as on any sequence. */
function checkSample(play: Play, type: AnyDeviceType, types: DeviceTypes, profile: Profile, sample: { readonly title: string; readonly params: unknown }): Broken | undefined {
  const params = sample.params as GivenParams
  const checked = checkParams(type.params, params)
  const command = { op: 'add_device' as const, name: 'd0', type: type.id, params: Object.fromEntries(Object.entries(params).filter((e): e is [string, string | number | boolean] => e[1] !== undefined)) }
  if (!checked.ok) return { law: 'samples', detail: `"${sample.title}": ${checked.problems.join('; ')}`, commands: [command] }
  const engine = bootCheckMachine(types, profile)
  const add = engine.execute(command)
  if (add.ret < 0) return { law: 'samples', detail: `"${sample.title}" cannot be added: -${add.errno ?? String(-add.ret)} ${add.reason ?? ''}`.trim(), commands: [command] }
  return play.run([{ do: 'add', slot: 0, params }, { do: 'remove', slot: 0 }])
}

/** Leaves out deeds one by one as long as the same law breaks: what shrinking by halves may have kept. */
function simplest(play: Play, deeds: readonly Deed[], passOver: ReadonlySet<Law>): readonly Deed[] {
  const law = play.run(deeds, passOver)?.law
  let best = deeds
  for (let i = 0; i < best.length; ) {
    const fewer = best.filter((_, n) => n !== i)
    if (play.run(fewer, passOver)?.law === law) best = fewer
    else i++
  }
  // devices in the order in which they come are d0, d1, …
  const slots = [...new Set(best.flatMap((d) => ('slot' in d && d.do !== 'plug' && d.do !== 'unplug' ? [d.slot] : [])))]
  const renamed = best.map((d): Deed => ('slot' in d && d.do !== 'plug' && d.do !== 'unplug' ? { ...d, slot: slots.indexOf(d.slot) } : d))
  return play.run(renamed, passOver)?.law === law ? renamed : best
}

/** A sequence as a scenario's text, to be run and read: `zonelab run --plugins DIR FILE`. */
export function asScenario(title: string, commands: readonly Command[]): string {
  const steps = commands.map((command) => {
    const { key, value } = stepOf(command)
    return `  - ${key}: ${flow(value)}`
  })
  return ['zonelab: 1', `title: ${JSON.stringify(title)}`, CHECK_MACHINE, 'steps:', ...steps].join('\n')
}

/** A value on one line of YAML; addresses in hex, sizes with their unit. */
function flow(value: unknown, key = ''): string {
  if (Array.isArray(value)) return `[${value.map((v) => flow(v, key)).join(', ')}]`
  if (typeof value === 'object' && value !== null) return `{${Object.entries(value).map(([k, v]) => `${k}: ${flow(v, k)}`).join(', ')}}`
  if (typeof value === 'number' && value >= 2 ** 20) return key === 'size' && value % 2 ** 20 === 0 ? `${value / 2 ** 20}MiB` : `0x${value.toString(16)}`
  return typeof value === 'string' && !/^[A-Za-z0-9][\w.-]*$/.test(value) ? JSON.stringify(value) : String(value)
}
