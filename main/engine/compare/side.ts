/** One side of a comparison: a machine under one kernel, and where its journal stood after each step. */
import type { InvariantResult } from '../checks/result.ts'
import type { DeviceTypes } from '../devices.ts'
import { bootEngine, type Engine } from '../engine.ts'
import type { Profile } from '../profiles/profile.ts'
import { validZones } from '../snapshot.ts'
import type { Snapshot } from '../snapshot-types.ts'
import { MEM } from '../state/block.ts'
import type { ComparedStory, SideOutcome } from './comparison.ts'
import { SwitchableProfile, type Switch } from './switchable.ts'

/** What can be seen of a machine after a step. */
export interface Sight { readonly outcome: SideOutcome; readonly snapshot: Snapshot; readonly invariants: readonly InvariantResult[] }

/** Snapshots can be large, and can be made again: the latest are kept. */
const KEPT = 16
/** Runs of offline blocks of which one is looked at. */
const SAMPLED = 2

export class ComparedSide {
  readonly engine: Engine
  readonly switchable: SwitchableProfile
  readonly outcomes: SideOutcome[] = []
  /** Journal position after each step. */
  readonly positions: number[] = []
  private readonly snapshots = new Map<number, Snapshot>()
  private readonly sights = new Map<number, Sight>()

  /** `recorded`: decisions whose reads are noted, for a side that is going to be forked. */
  constructor(readonly story: ComparedStory, profile: Profile, readonly types: DeviceTypes, recorded: readonly Switch[] = []) {
    this.switchable = new SwitchableProfile(profile, recorded)
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
    return remembered(this.snapshots, n, () => {
      this.at(n)
      return this.switchable.look(n, () => this.engine.snapshot())
    })
  }

  sight(n: number): Sight {
    const snapshot = this.snapshot(n)
    return remembered(this.sights, n, () => {
      this.at(n)
      return { outcome: this.outcomes[n]!, snapshot, invariants: this.switchable.look(n, () => this.engine.invariants()) }
    })
  }

  /** True when another kernel would name other zones for some offline block of this machine as it is now. */
  choosesZonesUnlike(other: Profile): boolean {
    const { kernel: k, store, executor } = this.engine.booted
    const offline: number[] = []
    store.eachRun([k.blockState, k.blockNode, k.blockGroup], 0, k.pluggableEnd / k.pageSize, (start, _end, state) => {
      if (state === MEM.offline) offline.push(start)
      return offline.length < SAMPLED
    })
    const zones = (): string => offline.map((block) => validZones(k, store, executor, block)).join()
    return zones() !== this.switchable.under(other, zones)
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
}

function remembered<T>(map: Map<number, T>, n: number, make: () => T): T {
  const known = map.get(n) ?? make()
  map.delete(n)
  map.set(n, known)
  if (map.size > KEPT) map.delete(map.keys().next().value!)
  return known
}

/** A profile with some of its decisions as another has them. */
export const changedTo = (base: Profile, other: Profile, switches: readonly Switch[]): Profile => ({
  ...base,
  release: switches.includes('release') ? other.release : base.release,
  decisions: { ...base.decisions, ...Object.fromEntries(switches.flatMap((name) => (name === 'release' ? [] : [[name, other.decisions[name]]]))) },
})

/** Step n of a story on an engine: all its commands, also after one that failed. */
export function perform(engine: Engine, story: ComparedStory, n: number): SideOutcome {
  const results = story.steps[n - 1]!.commands.map((command) => engine.execute(command))
  const failed = results.find((r) => r.ret !== 0)
  return {
    result: failed === undefined ? 'ok' : (failed.errno ?? String(failed.ret)),
    reason: failed?.reason,
    log: results.flatMap((r) => r.log),
  }
}
