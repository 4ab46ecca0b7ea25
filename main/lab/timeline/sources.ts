/** What of a document can be timed: the threads of its scenario, the boot of its machine, its history all at once. */
import type { TimelineInfo, TimelineSource } from '../../../preload/contract.ts'
import { formatInputError, type Checked } from '../../engine/errors.ts'
import { CALIBRATIONS } from '../../engine/timing/calibrations.ts'
import { COSTS, parameterOf, unitOf } from '../../engine/timing/costs.ts'
import { ownCosts } from '../../engine/timing/own-costs.ts'
import { planTimeline, type Plan, type Plans } from '../../engine/timing/plan.ts'
import type { Command } from '../../engine/command.ts'
import type { Document } from '../document.ts'
import { opText, targetText } from '../history-text.ts'

const nodesOf = (d: Document) => [...d.kernel.nodes.values()].sort((a, b) => a.id - b.id)

/** The scenario's own timeline; undefined when it has none. */
export function scenarioPlans(d: Document): Checked<Plans> | undefined {
  return d.scenario?.form.timeline ? planTimeline(d.scenario, nodesOf(d), d.engine.types) : undefined
}

export function timelineInfo(d: Document): TimelineInfo {
  const plans = scenarioPlans(d)
  const own = ownCosts(d.engine.types)
  const sources: TimelineInfo['sources'][number][] = []
  const withMemory = nodesOf(d).filter((n) => n.zones.some((z) => d.store.cell(z.present) > 0)).length
  if (plans?.ok) {
    const { plan } = plans.value
    const threads = plan.threads.length + (plan.boot ? withMemory + 1 : 0)
    sources.push({ id: 'scenario', title: plan.boot && plan.threads.length === 0 ? 'the boot, as the scenario has it' : "the scenario's threads", threads })
  }
  const timed = historyCommands(d)
  if (timed.length > 0) sources.push({ id: 'history', title: 'every step of the history, all at once', threads: timed.length })
  sources.push({ id: 'boot', title: 'boot, struct pages left for later', threads: withMemory + 1 }, { id: 'boot-at-once', title: 'boot, all struct pages at once', threads: 1 })
  return {
    sources,
    parameters: [...Object.keys(COSTS), ...own.keys()].map((name) => {
      const p = parameterOf(name) ?? own.get(name)!
      return {
        name, unit: unitOf(p), default: p.default, min: p.min, max: p.max, doc: p.doc, source: p.source,
        ...(p.published ? { published: p.published } : {}), ...(p.use === 'machine' && p.off ? { off: p.off } : {}),
      }
    }),
    calibrations: CALIBRATIONS.map(({ name, title, costs }) => ({ name, title, costs })),
    costs: plans?.ok ? plans.value.plan.costs : {},
    variants: plans?.ok ? plans.value.variants.map((v) => ({ name: v.name, ...(v.profile === undefined ? {} : { profile: v.profile }), costs: v.costs })) : [],
    problems: plans && !plans.ok ? plans.errors.map(formatInputError) : [],
  }
}

/** Commands that the kernel carries out; marks and policies of the user's take no time. */
const TIMED: ReadonlySet<Command['op']> = new Set(['add_memory', 'block', 'remove_memory', 'offline_and_remove_memory', 'plug_dimm', 'unplug_dimm', 'add_device', 'remove_device', 'device_action'])

const historyCommands = (d: Document): readonly Command[] => d.steps.slice(0, d.position).map((s) => s.command).filter((c) => TIMED.has(c.op)).slice(0, 512)

/** The plan of a source, and whether it begins right after boot or where the document is now. Costs are given with each run. */
export function planOf(d: Document, source: TimelineSource): Checked<{ readonly plan: Plan; readonly from: 'boot' | 'now' }> {
  const plain = { costs: {}, bounds: undefined, jitter: undefined } as const
  switch (source) {
    case 'scenario': {
      const plans = scenarioPlans(d)
      if (!plans) return { ok: false, errors: [{ code: 'ZL-TIME', file: d.name, field: 'timeline', found: 'nothing', expected: 'a scenario with a timeline' }] }
      return plans.ok ? { ok: true, value: { plan: plans.value.plan, from: plans.value.plan.boot ? 'boot' : 'now' } } : plans
    }
    case 'boot':
    case 'boot-at-once': return { ok: true, value: { plan: { ...plain, threads: [], boot: { deferred: source === 'boot' } }, from: 'boot' } }
    case 'history': return { ok: true, value: { plan: { ...plain, threads: historyThreads(d), boot: undefined }, from: 'boot' } }
  }
}

/** A thread a step, each on the node that its memory is of where that has CPUs. */
function historyThreads(d: Document): Plan['threads'] {
  const nodes = nodesOf(d)
  const first = nodes.find((n) => n.cpus > 0)?.id ?? 0
  return historyCommands(d).map((command, i) => {
    const node = 'node' in command ? command.node : command.op === 'add_device' && typeof command.params['node'] === 'number' ? command.params['node'] : first
    const text = `${opText(command)} ${targetText(command)}`
    return { name: `${i + 1} ${text}`, node: (nodes.find((n) => n.id === node)?.cpus ?? 0) > 0 ? node : first, cpu: -1, start: 0, commands: [{ text, command }] }
  })
}
