/**
 * A document: a booted machine, the commands done to it, and the position in that history. Every entry knows the journal
 * positions it covers, so going back and forth is exact and nothing is lost until something new is done in the past.
 */
import type { Command, CommandResult } from '../engine/command.ts'
import { bootEngine, type Engine } from '../engine/engine.ts'
import type { MachineDescription } from '../engine/machine/description.ts'
import type { Profile } from '../engine/profiles/profile.ts'
import { DEFAULT_PROFILE } from '../engine/profiles/profiles.ts'
import type { DeviceTypes } from '../engine/devices.ts'
import { knownTypes } from '../plugins/known-types.ts'
import type { Scenario } from '../engine/scenario/parse.ts'
import type { Snapshot } from '../engine/snapshot-types.ts'
import { RangeMap } from '../engine/state/range-map.ts'
import { noteOccupied } from './occupied.ts'
import { kernelName } from './profiles.ts'

export interface HistoryStep {
  readonly command: Command
  readonly result: CommandResult
  /** Journal positions before and after. */
  readonly from: number
  readonly to: number
}

/** "ok", or the name of the errno; BUG and HANGS where it never returned. */
export const answerOf = (result: CommandResult): string => (result.ret >= 0 ? 'ok' : (result.errno ?? String(-result.ret)))

export class Document {
  readonly engine: Engine
  readonly steps: HistoryStep[] = []
  position = 0
  revision = 1
  /** Commands that were carried out on it. */
  edits = 0
  modified = false
  /** By section number: 1 where at some point of the history there was anything. */
  readonly everOccupied = new RangeMap()
  /** What each step answered under the kernel before; set by `rebooted`. */
  formerly: { readonly kernel: string; readonly answers: readonly string[] } | undefined
  private readonly snapshots = new Map<number, Snapshot>()

  constructor(
    public name: string,
    readonly description: MachineDescription,
    readonly warnings: readonly string[],
    /** The scenario it was opened from; its machine and leading steps are kept as written on export. */
    readonly scenario: Scenario | undefined,
    profile: Profile = DEFAULT_PROFILE,
    /** Device types that can be added. */
    types: DeviceTypes = knownTypes(),
    /** A machine that is there already; otherwise one is booted. */
    engine?: Engine,
  ) {
    this.engine = engine ?? bootEngine(description, profile, 'coarse', types)
    noteOccupied(this)
  }

  /** The same machine booted as another kernel, the whole history done again, at the same position. Throws InputErrors where boot refuses the machine. */
  rebooted(profile: Profile): Document {
    const again = new Document(this.name, this.description, this.warnings, this.scenario, profile, this.engine.types)
    for (const { command } of this.steps) again.run(command)
    again.goto(this.position)
    again.formerly = { kernel: kernelName(this.engine.profile), answers: this.steps.map((s) => answerOf(s.result)) }
    again.revision = this.revision + 1
    again.modified = true
    return again
  }

  get kernel() {
    return this.engine.booted.kernel
  }
  get store() {
    return this.engine.booted.store
  }
  get executor() {
    return this.engine.booted.executor
  }

  /** Carries out a command at the current position; what had been undone behind it is forgotten. */
  run(command: Command): CommandResult {
    this.steps.length = this.position
    if (this.formerly && this.formerly.answers.length > this.position) this.formerly = { ...this.formerly, answers: this.formerly.answers.slice(0, this.position) }
    for (const key of this.snapshots.keys()) if (key > this.position) this.snapshots.delete(key)
    const from = this.engine.position()
    const result = this.engine.execute(command)
    this.steps.push({ command, result, from, to: this.engine.position() })
    this.position++
    this.edits++
    noteOccupied(this)
    this.touch()
    return result
  }

  /** Time travel: 0 is after boot. Clamped to the history. */
  goto(position: number): void {
    const to = Math.max(0, Math.min(position, this.steps.length))
    if (to === this.position) return
    this.engine.travel(to === 0 ? 0 : this.steps[to - 1]!.to)
    this.position = to
    this.revision++
  }

  /** Does what another document of the same machine did, and goes to its position. */
  follow(leader: Document): void {
    let same = 0
    while (same < this.steps.length && same < leader.steps.length && this.steps[same]!.command === leader.steps[same]!.command) same++
    if (same < this.steps.length || same < leader.steps.length) {
      this.goto(same)
      this.steps.length = same
      for (const key of this.snapshots.keys()) if (key > same) this.snapshots.delete(key)
      for (const { command } of leader.steps.slice(same)) this.run(command)
    }
    this.goto(leader.position)
    this.revision = leader.revision
  }

  private touch(): void {
    this.revision++
    this.modified = true
  }

  /** The machine at a position of the history. */
  snapshotAt(position: number): Snapshot {
    const known = this.snapshots.get(position)
    if (known) return known
    const here = this.engine.position()
    this.engine.travel(position === 0 ? 0 : this.steps[position - 1]!.to)
    const snapshot = this.engine.snapshot()
    this.engine.travel(here)
    if (this.snapshots.size > 8) this.snapshots.delete(this.snapshots.keys().next().value!)
    this.snapshots.set(position, snapshot)
    return snapshot
  }

  snapshot(): Snapshot {
    return this.snapshotAt(this.position)
  }

  /** The history position whose command covers a journal entry; 0 for none. */
  stepOf(entry: number): number {
    let lo = 0
    let hi = this.steps.length
    while (lo < hi) {
      const mid = (lo + hi) >> 1
      if (this.steps[mid]!.to <= entry) lo = mid + 1
      else hi = mid
    }
    return lo < this.steps.length && this.steps[lo]!.from <= entry ? lo + 1 : 0
  }
}
