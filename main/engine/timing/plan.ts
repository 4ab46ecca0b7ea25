/** What a scenario's `timeline:` asks for, held against the machine and the device types: threads with their commands, costs, variants. */
import type { Command } from '../command.ts'
import type { DeviceTypes } from '../devices.ts'
import type { Checked, InputError } from '../errors.ts'
import { fieldText } from '../scenario/problems.ts'
import type { Scenario } from '../scenario/parse.ts'
import type { Path } from '../scenario/read-yaml.ts'
import { commandsOf, DimmSlots, stepText } from '../scenario/steps.ts'
import type { Node } from '../state/node.ts'
import { CALIBRATIONS, calibrationNamed } from './calibrations.ts'
import { readCost } from './cost-values.ts'
import type { CostValues } from './costs.ts'
import { ownCosts } from './own-costs.ts'

export interface PlannedThread {
  readonly name: string
  readonly node: number
  /** -1: any of the node. */
  readonly cpu: number
  /** ns */
  readonly start: number
  readonly commands: readonly { readonly text: string; readonly command: Command }[]
}

/** Bounds on the total, ns. */
export interface Bounds { readonly atLeast: number; readonly atMost: number }

export interface Plan {
  readonly costs: CostValues
  readonly threads: readonly PlannedThread[]
  /** The boot of the machine is timed, before the threads. */
  readonly boot: { readonly deferred: boolean } | undefined
  readonly bounds: Bounds | undefined
  readonly jitter: { readonly percent: number; readonly seed: number; readonly runs: number } | undefined
}

/** A kernel and costs to run the threads with. `profile` undefined: the scenario's own. */
export interface PlanVariant {
  readonly name: string
  readonly profile: string | undefined
  readonly line: number
  readonly costs: CostValues
  readonly boot: Plan['boot']
  readonly bounds: Bounds | undefined
}

type Timeline = NonNullable<Scenario['form']['timeline']>

/** Every variant that a timeline names, the plain one first. */
export interface Plans { readonly plan: Plan; readonly variants: readonly PlanVariant[] }

/** CPUs of the machine are numbered through the nodes, in the order of node ids. */
export function nodeOfCpu(nodes: readonly Node[], cpu: number): Node | undefined {
  let first = 0
  for (const node of nodes) {
    if (cpu < first + node.cpus) return node
    first += node.cpus
  }
  return undefined
}

/** `given` are costs from outside the file (`--set`), which win. */
export function planTimeline(scenario: Scenario, nodes: readonly Node[], types: DeviceTypes, given: CostValues = {}): Checked<Plans> {
  const errors: InputError[] = []
  const wrong = (path: Path, found: string, expected: string, code = 'ZL-TIME'): void => {
    const at: Path = ['timeline', ...path]
    errors.push({ code, file: scenario.file, line: scenario.lineOf(at), field: fieldText(at), found, expected })
  }
  const form = scenario.form.timeline
  if (!form) {
    return { ok: false, errors: [{ code: 'ZL-TIME', file: scenario.file, field: 'timeline', found: 'nothing', expected: 'a timeline with threads or boot, such as {threads: [{name: probe, steps: [...]}]}' }] }
  }
  const own = ownCosts(types)
  const costsOf = (path: Path, costs: Timeline['costs'], calibration: string | undefined): CostValues => {
    const values: Record<string, number> = {}
    if (calibration !== undefined) {
      const set = calibrationNamed(calibration)
      if (set) Object.assign(values, set.costs)
      else wrong([...path, 'calibration'], `'${calibration}'`, `one of ${CALIBRATIONS.map((c) => c.name).join(', ')}`, 'ZL-TIME-COST')
    }
    for (const [name, written] of Object.entries(costs ?? {})) {
      const read = readCost(name, written, own)
      if (read.ok) values[read.name] = read.value
      else wrong([...path, 'costs', name], read.found, read.expected, 'ZL-TIME-COST')
    }
    return values
  }
  const base = costsOf([], form.costs, form.calibration)
  const threads = plannedThreads(scenario, form, nodes, wrong)
  if (threads.length === 0 && !form.boot) wrong([], 'neither threads nor boot', 'threads: a list of {name, node, steps}, or boot: {deferred: true}')
  const variants = (form.variants ?? []).map((v, i): PlanVariant => {
    const path: Path = ['variants', i]
    return {
      name: v.name, profile: v.profile, line: scenario.lineOf(['timeline', ...path]), bounds: boundsOf(v.total), boot: bootOf(v.boot ?? form.boot),
      costs: { ...(v.calibration === undefined ? base : {}), ...costsOf(path, v.costs, v.calibration), ...given },
    }
  })
  if (errors.length > 0) return { ok: false, errors }
  const { jitter } = form
  return {
    ok: true,
    value: {
      plan: {
        threads, costs: { ...base, ...given }, bounds: boundsOf(form.total),
        boot: bootOf(form.boot),
        jitter: jitter ? { percent: jitter.percent, seed: jitter.seed ?? 1, runs: jitter.runs ?? 1000 } : undefined,
      },
      variants,
    },
  }
}

const bootOf = (boot: Timeline['boot']): Plan['boot'] => (boot ? { deferred: boot.deferred ?? true } : undefined)
const boundsOf = (total: Timeline['total']): Bounds | undefined => (total ? { atLeast: total['at-least'] ?? 0, atMost: total['at-most'] ?? Infinity } : undefined)

function plannedThreads(scenario: Scenario, form: Timeline, nodes: readonly Node[], wrong: (path: Path, found: string, expected: string, code?: string) => void): PlannedThread[] {
  // DIMMs without an address go on where the steps before left off
  const slots = new DimmSlots(scenario.description)
  for (const step of scenario.form.steps ?? []) commandsOf(step, slots)
  const withCpus = nodes.filter((n) => n.cpus > 0)
  const cpus = withCpus.reduce((n, node) => n + node.cpus, 0)
  const names = new Set<string>()
  return (form.threads ?? []).map((t, i): PlannedThread => {
    const path: Path = ['threads', i]
    if (names.has(t.name)) wrong([...path, 'name'], `a second thread '${t.name}'`, 'each name once')
    names.add(t.name)
    const nodeOf = t.cpu === undefined ? undefined : nodeOfCpu(nodes, t.cpu)
    if (t.cpu !== undefined && !nodeOf) wrong([...path, 'cpu'], `CPU ${t.cpu}`, `a CPU from 0 to ${cpus - 1}`, 'ZL-TIME-NODE')
    if (t.node !== undefined && nodeOf && nodeOf.id !== t.node) wrong([...path, 'cpu'], `CPU ${t.cpu} of node ${nodeOf.id}`, `a CPU of node ${t.node}`, 'ZL-TIME-NODE')
    const node = t.node ?? nodeOf?.id ?? withCpus[0]?.id ?? 0
    const there = nodes.find((n) => n.id === node)
    if (!there || there.cpus === 0) {
      wrong(t.node === undefined ? path : [...path, 'node'], there ? `node ${node}, which has no CPUs` : `node ${node}, which is not there`,
        withCpus.length === 0 ? 'a machine with CPUs (nodes: [{memory: 1GiB, cpus: 4}])' : `a node with CPUs: ${withCpus.map((n) => n.id).join(', ')}`, 'ZL-TIME-NODE')
    }
    const commands = t.steps.flatMap((step, s) => {
      for (const key of ['expect', 'expect-under'] as const)
        if (step[key] !== undefined) wrong([...path, 'steps', s, key], `${key} in a thread`, 'expectations in the steps before the timeline; threads are timed, not checked')
      return commandsOf(step, slots).map((command) => ({ text: stepText([command]), command }))
    })
    return { name: t.name, node, cpu: t.cpu ?? -1, start: t.at ?? 0, commands }
  })
}
