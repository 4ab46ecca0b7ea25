/**
 * Timed runs of a window: on machines of their own, one run at a time, in turns of a few milliseconds, so that other requests are answered meanwhile
 * and a run can be given up. A new run gives up the one before.
 */
import type { Outcome, TimelineRun, TimelineSide, TimelineSource, TimelineSpread } from '../../../preload/contract.ts'
import { bootEngine, type Engine } from '../../engine/engine.ts'
import type { InputError } from '../../engine/errors.ts'
import { differingDecisions, type Profile } from '../../engine/profiles/profile.ts'
import { calibrationNamed } from '../../engine/timing/calibrations.ts'
import { chromeTrace } from '../../engine/timing/chrome-trace.ts'
import { readCost } from '../../engine/timing/cost-values.ts'
import type { CostValues } from '../../engine/timing/costs.ts'
import { ownCosts } from '../../engine/timing/own-costs.ts'
import type { Plan } from '../../engine/timing/plan.ts'
import { spreadTurns, timePlanTurns } from '../../engine/timing/run-plan.ts'
import { chosenProfile } from '../choose-profile.ts'
import type { Document } from '../document.ts'
import { guarded } from '../open.ts'
import { inputProblem } from '../problem.ts'
import { kernelName } from '../profiles.ts'
import { planOf } from './sources.ts'
import { runView } from './view.ts'

/** Milliseconds of work before somebody else has a turn. */
const SLICE = 12

/** Given up. */
class Cancelled extends Error {}

/** Decisions that change how long things take, those that change most first. */
const COSTLY: readonly string[] = ['devicePageInit', 'deferredThreads', 'deferredInit', 'onlineFree', 'deviceGrowth', 'vmemmapShift', 'spanLocks', 'sectionLock', 'hotplugLockPlace', 'deviceHotplugLock']
const rank = (name: string): number => (COSTLY.includes(name) ? COSTLY.indexOf(name) : COSTLY.length)

interface Ready { readonly engine: Engine; readonly profile: Profile; readonly plan: Plan; readonly costs: CostValues }

export class TimelineSession {
  private readonly engines = new Map<string, Engine>()
  private of: Document | undefined
  private current = 0
  private last: Promise<unknown> = Promise.resolve()

  /** Gives up what runs. */
  cancel(): void {
    this.current++
  }

  async run(d: Document, source: TimelineSource, sides: readonly TimelineSide[]): Promise<Outcome<readonly TimelineRun[] | null>> {
    return await this.alone<Outcome<readonly TimelineRun[] | null>>(async (mine) => {
      const ready = sides.map((side) => this.ready(d, source, side))
      const errors = ready.flatMap((r) => (Array.isArray(r) ? r : []))
      if (errors.length > 0) return { ok: false, problems: errors.map(inputProblem) }
      const all = ready as readonly Ready[]
      const out: TimelineRun[] = []
      for (const [i, r] of all.entries()) {
        const other = all[1 - i]
        const differs = other ? differingDecisions(other.profile.decisions, r.profile.decisions).map(({ name, to }) => ({ name, value: to })).sort((a, b) => rank(a.name) - rank(b.name)) : []
        out.push(runView(kernelName(r.profile), differs, await this.inTurns(timePlanTurns(r.engine, r.plan, { costs: r.costs }), mine)))
      }
      return { ok: true, value: out }
    })
  }

  async spread(d: Document, source: TimelineSource, side: TimelineSide, how: { readonly percent: number; readonly seed: number; readonly runs: number }, onProgress: (done: number) => void): Promise<Outcome<TimelineSpread | null>> {
    return await this.alone<Outcome<TimelineSpread | null>>(async (mine) => {
      const r = this.ready(d, source, side)
      if (Array.isArray(r)) return { ok: false, problems: r.map(inputProblem) }
      const { engine, plan, costs } = r as Ready
      return { ok: true, value: await this.inTurns(spreadTurns(engine, plan, { ...how, costs }), mine, onProgress) }
    })
  }

  async trace(d: Document, source: TimelineSource, side: TimelineSide): Promise<Outcome<{ readonly name: string; readonly text: string } | null>> {
    return await this.alone<Outcome<{ readonly name: string; readonly text: string } | null>>(async (mine) => {
      const r = this.ready(d, source, side)
      if (Array.isArray(r)) return { ok: false, problems: r.map(inputProblem) }
      const { engine, plan, costs, profile } = r as Ready
      const run = await this.inTurns(timePlanTurns(engine, plan, { costs }), mine)
      const name = `${d.name} ${kernelName(profile)}`.toLowerCase().replace(/[^a-z0-9.]+/g, '-')
      return { ok: true, value: { name: `${name}.trace.json`, text: JSON.stringify(chromeTrace(run, d.name, kernelName(profile))) } }
    })
  }

  /** One at a time: what runs is given up first, and has left its machine as it was when this begins. */
  private async alone<T extends Outcome<unknown>>(act: (mine: number) => Promise<T>): Promise<T> {
    const mine = ++this.current
    const before = this.last
    const work = (async () => {
      await before.catch(() => undefined)
      try {
        if (mine !== this.current) throw new Cancelled('given up')
        return await act(mine)
      } catch (e) {
        if (e instanceof Cancelled) return { ok: true, value: null } as T
        throw e
      }
    })()
    this.last = work
    return await work
  }

  /** Drives a run; between slices others have their turn. */
  private async inTurns<T, R>(turns: Generator<T, R>, mine: number, onTurn?: (value: T & number) => void): Promise<R> {
    let began = performance.now()
    try {
      for (;;) {
        const r = turns.next()
        if (r.done) return r.value
        if (performance.now() - began < SLICE) continue
        onTurn?.(r.value as T & number)
        await new Promise<void>((resolve) => setImmediate(resolve))
        if (mine !== this.current) throw new Cancelled('given up')
        began = performance.now()
      }
    } finally {
      turns.return(undefined as never)
    }
  }

  private ready(d: Document, source: TimelineSource, side: TimelineSide): Ready | InputError[] {
    const profile = chosenProfile(side.profile)
    if (!profile.ok) return [...profile.errors]
    const of = planOf(d, source)
    if (!of.ok) return [...of.errors]
    const { plan, from } = of.value
    const costs: Record<string, number> = { ...(side.calibration === undefined ? plan.costs : (calibrationNamed(side.calibration)?.costs ?? {})) }
    const own = ownCosts(d.engine.types)
    const errors: InputError[] = []
    for (const [name, value] of Object.entries(side.costs)) {
      const read = readCost(name, value, own)
      if (read.ok) costs[read.name] = read.value
      else errors.push({ code: 'ZL-TIME-COST', file: 'costs', field: name, found: read.found, expected: read.expected })
    }
    if (errors.length > 0) return errors
    const engine = guarded(d.name, () => this.engine(d, profile.value, from))
    return engine.ok ? { engine: engine.value, profile: profile.value, plan, costs } : [...engine.errors]
  }

  /** A machine like the document's, booted as a kernel; with the history done again where the threads begin after it. */
  private engine(d: Document, profile: Profile, from: 'boot' | 'now'): Engine {
    if (this.of !== d) this.engines.clear()
    this.of = d
    const key = JSON.stringify([kernelName(profile), profile.decisions, from === 'now' ? [d.edits, d.position] : 'boot'])
    const known = this.engines.get(key)
    if (known) return known
    const engine = bootEngine(d.description, profile, 'coarse', d.engine.types)
    if (from === 'now') for (const { command } of d.steps.slice(0, d.position)) engine.execute(command)
    if (this.engines.size >= 6) this.engines.delete(this.engines.keys().next().value!)
    this.engines.set(key, engine)
    return engine
  }
}
