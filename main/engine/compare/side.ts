/** One side of a comparison: a machine under one kernel, where its journal stood after each step, and forks of it under other decisions. */
import type { InvariantResult } from '../checks/result.ts'
import type { DeviceTypes } from '../devices.ts'
import { bootEngine, type Engine } from '../engine.ts'
import type { Profile } from '../profiles/profile.ts'
import type { Snapshot } from '../snapshot-types.ts'
import { MEM } from '../state/block.ts'
import type { ComparedStory, SideOutcome } from './comparison.ts'
import { SwitchableProfile, type Switch } from './switchable.ts'

/** What can be seen of a machine after a step. */
export interface Sight { readonly outcome: SideOutcome; readonly snapshot: Snapshot; readonly invariants: readonly InvariantResult[] }

const KEPT = 16

export class ComparedSide {
  readonly engine: Engine
  readonly switchable: SwitchableProfile
  readonly outcomes: SideOutcome[] = []
  /** Journal position after each step. */
  readonly positions: number[] = []
  private readonly snapshots = new Map<number, Snapshot>()
  private readonly sights = new Map<number, Sight>()

  constructor(private readonly story: ComparedStory, profile: Profile, switches: readonly Switch[], private readonly types: DeviceTypes) {
    this.switchable = new SwitchableProfile(profile, switches)
    this.engine = bootEngine(story.description, this.switchable.profile, 'coarse', types)
    this.outcomes.push({ result: 'ok', reason: undefined, log: [] })
    this.positions.push(this.engine.position())
  }

  /** Carries out the next step. */
  next(): void {
    const n = this.outcomes.length
    this.switchable.step = n
    this.outcomes.push(perform(this.engine, this.story, n))
    this.positions.push(this.engine.position())
  }

  /** The engine, gone to after step n. */
  at(n: number): Engine {
    this.engine.travel(this.positions[n]!)
    return this.engine
  }

  snapshot(n: number): Snapshot {
    return this.remembered(this.snapshots, n, () => {
      this.at(n)
      return this.switchable.look(n, () => this.engine.snapshot())
    })
  }

  sight(n: number): Sight {
    const snapshot = this.snapshot(n)
    return this.remembered(this.sights, n, () => {
      this.at(n)
      return { outcome: this.outcomes[n]!, snapshot, invariants: this.switchable.look(n, () => this.engine.invariants()) }
    })
  }

  /** Snapshots can be large, and can be made again: the latest are kept. */
  private remembered<T>(map: Map<number, T>, n: number, make: () => T): T {
    const known = map.get(n) ?? make()
    map.delete(n)
    map.set(n, known)
    if (map.size > KEPT) map.delete(map.keys().next().value!)
    return known
  }

  /** True when step n took a block offline, or added one that is. */
  leavesOfflineBlock(n: number): boolean {
    const { kernel, store } = this.engine.booted
    for (let i = this.positions[n - 1]!; i < this.positions[n]!; i++) {
      const e = store.journal.entries[i]!
      if (e.kind === 'field' && e.h === kernel.blockState && e.after === MEM.offline) return true
    }
    return false
  }

  /** First step that a change of some decisions could have changed; Infinity when nobody asked for any. */
  firstRead(switches: readonly Switch[]): number {
    return Math.min(Infinity, ...switches.map((s) => this.switchable.firstRead.get(s) ?? Infinity))
  }

  /** True when a change of some decisions can have changed what is seen after step n. */
  matters(switches: readonly Switch[], n: number): boolean {
    return this.firstRead(switches) <= n || switches.some((s) => this.switchable.readByLooks.get(n)?.has(s))
  }

  /**
   * Plays the scenario with `switches` changed to what `other` says, up to the last of `steps`, and shows the machine after each of them,
   * with its invariants after those of `judged`. Steps before the first that asks for one of the decisions are not played again.
   */
  fork(other: Profile, switches: readonly Switch[], steps: readonly number[], judged: ReadonlySet<number>, see: (n: number, sight: Sight) => void): void {
    const look = (n: number, engine: Engine, outcome: SideOutcome): void =>
      see(n, { outcome, snapshot: engine.snapshot(), invariants: judged.has(n) ? engine.invariants() : [] })
    const last = Math.max(...steps)
    const first = this.firstRead(switches)
    const profile = changedTo(this.switchable.base, other, switches)
    if (first === 0) {
      const engine = bootEngine(this.story.description, profile, 'coarse', this.types)
      for (let n = 0; n <= last; n++) {
        const outcome = n === 0 ? this.outcomes[0]! : perform(engine, this.story, n)
        if (steps.includes(n)) look(n, engine, outcome)
      }
      return
    }
    this.switchable.under(profile, () => {
      const { engine } = this
      for (const n of steps) if (n < first) look(n, this.at(n), this.outcomes[n]!)
      if (first > last) return
      this.at(first - 1).booted.store.observe(() => {
        for (let n = first; n <= last; n++) {
          const outcome = perform(engine, this.story, n)
          if (steps.includes(n)) look(n, engine, outcome)
        }
      })
    })
  }
}

/** A profile with some of its decisions as another has them. */
export const changedTo = (base: Profile, other: Profile, switches: readonly Switch[]): Profile => ({
  ...base,
  release: switches.includes('release') ? other.release : base.release,
  decisions: { ...base.decisions, ...Object.fromEntries(switches.flatMap((name) => (name === 'release' ? [] : [[name, other.decisions[name]]]))) },
})

/** Step n of a story on an engine: all its commands, also after one that failed. */
function perform(engine: Engine, story: ComparedStory, n: number): SideOutcome {
  const results = story.steps[n - 1]!.commands.map((command) => engine.execute(command))
  const failed = results.find((r) => r.ret !== 0)
  return {
    result: failed === undefined ? 'ok' : (failed.errno ?? String(failed.ret)),
    reason: failed?.reason,
    log: results.flatMap((r) => r.log),
  }
}
