/** Two kernels on one scenario, in lock step: the outline at once, everything else of a step when it is asked for. */
import { NO_DEVICE_TYPES, type DeviceTypes } from '../devices.ts'
import type { Engine } from '../engine.ts'
import { differingDecisions, type Profile } from '../profiles/profile.ts'
import type { Snapshot } from '../snapshot-types.ts'
import { printBlocks } from '../text/blocks.ts'
import { printIomem } from '../text/iomem.ts'
import { printLsmem } from '../text/lsmem-print.ts'
import { printZoneinfo } from '../text/zoneinfo.ts'
import { explain, type Asked } from './causes.ts'
import type { ComparedProfile, ComparedStory, Difference, Outline, SideOutcome, StepCauses, StepDifferences, StepOutline, TextForm } from './comparison.ts'
import { differencesOf, isOutcome, outcomeDifferences, snapshotDifferences, type Differing } from './differences.ts'
import { printedLines, sameOutcome } from './outcome.ts'
import { ComparedSide } from './side.ts'
import type { Switch } from './switchable.ts'
import { StateTracker, type StateVerdict } from './tracker.ts'
import { unifiedDiff } from './unified.ts'

export interface CompareOptions {
  readonly types?: DeviceTypes
  /** Stop after this step; 0 is boot. */
  readonly until?: number
}

/** Boots the machine under both kernels and plays the scenario on both. Throws InputErrors for a machine that cannot be. */
export const compareKernels = (story: ComparedStory, a: Profile, b: Profile, options: CompareOptions = {}): KernelComparison => new KernelComparison(story, a, b, options)

export const comparedProfile = ({ id, title, release }: Profile): ComparedProfile => ({ id, title, release })

export class KernelComparison {
  private readonly a: ComparedSide
  private readonly b: ComparedSide
  private readonly verdicts: StateVerdict[] = []
  /** By step, from boot on. */
  private readonly known: (readonly Difference[])[] = []
  private readonly switches: readonly Switch[]
  private readonly types: DeviceTypes
  private recorded: readonly [ComparedSide, ComparedSide] | undefined
  /** Number of the last step that was played. */
  readonly last: number

  constructor(private readonly story: ComparedStory, readonly profileA: Profile, readonly profileB: Profile, options: CompareOptions) {
    const types = options.types ?? NO_DEVICE_TYPES
    const switches: Switch[] = differingDecisions(profileA.decisions, profileB.decisions).map((change) => change.name)
    if (profileA.release !== profileB.release) switches.push('release')
    this.switches = switches
    this.types = types
    this.a = new ComparedSide(story, profileA, types)
    this.b = new ComparedSide(story, profileB, types)
    this.last = Math.min(story.steps.length, options.until ?? Infinity)
    const tracker = new StateTracker(this.a.engine.booted, this.b.engine.booted)
    this.verdicts.push(tracker.differs ? 'parts' : 'same')
    let blind = tracker.blind
    let sawOffline = false
    for (let n = 1; n <= this.last; n++) {
      this.a.next()
      this.b.next()
      this.verdicts.push(tracker.step(this.a.positions[n - 1]!, this.b.positions[n - 1]!))
      // machines that are alike may be shown differently: the zones that an offline block can go to, where a kernel chooses them otherwise
      const policy = story.steps[n - 1]!.commands.some((c) => c.op === 'policy')
      if (!blind && (policy || n === this.last || (!sawOffline && (sawOffline = this.a.leavesOfflineBlock(n))))) blind = this.a.choosesZonesUnlike(profileB)
      blind ||= tracker.blind
    }
    if (blind) this.judgeBySnapshots()
  }

  private judgeBySnapshots(): void {
    let before = ''
    for (let n = 0; n <= this.last; n++) {
      const found = JSON.stringify(snapshotDifferences(this.a.snapshot(n), this.b.snapshot(n)))
      this.verdicts[n] = found === '[]' && before === '[]' ? 'same' : found === before ? 'as-before' : found === '[]' && n === 0 ? 'same' : 'parts'
      before = found
    }
  }

  outline(): Outline {
    const steps = Array.from({ length: this.last + 1 }, (_, n): StepOutline => {
      const step = this.story.steps[n - 1]
      const [a, b] = [this.a.outcomes[n]!, this.b.outcomes[n]!]
      return { n, text: step?.text ?? 'boot', note: step?.note, a, b, sameOutcome: sameOutcome(a, b), state: this.verdicts[n]! }
    })
    return {
      title: this.story.title,
      a: comparedProfile(this.profileA), b: comparedProfile(this.profileB),
      decisions: differingDecisions(this.profileA.decisions, this.profileB.decisions),
      steps,
      firstDifference: steps.find((s) => !s.sameOutcome || s.state !== 'same')?.n,
    }
  }

  /** True when an outcome or a machine differs after any step. */
  get differs(): boolean {
    return this.outline().firstDifference !== undefined
  }

  /** Everything that differs after step n, with the step at which it began. */
  differences(n: number): StepDifferences {
    for (let at = this.known.length; at <= n; at++) this.known.push(this.dated(at))
    return { n, differences: this.known[n]! }
  }

  private dated(n: number): readonly Difference[] {
    const [a, b] = [this.a.outcomes[n]!, this.b.outcomes[n]!]
    const outcome = sameOutcome(a, b) ? [] : outcomeDifferences(a, b).map((d): Difference => ({ ...d, since: n }))
    const before = (this.known[n - 1] ?? []).filter((d) => !isOutcome(d))
    if (this.verdicts[n] === 'same') return outcome
    if (this.verdicts[n] === 'as-before') return [...outcome, ...before]
    const since = new Map(before.map((d) => [key(d), d.since]))
    const state = differencesOf(this.a.sight(n), this.b.sight(n)).filter((d) => !isOutcome(d))
    return [...outcome, ...state.map((d): Difference => ({ ...d, since: since.get(key(d)) ?? n }))]
  }

  /** The differences that began at step n, each with the decisions that cause it. */
  causes(n: number): StepCauses {
    return this.explained([n])[0]!
  }

  /** The same for all steps at which something began, in one go: each flip is played once. */
  allCauses(): readonly StepCauses[] {
    return this.explained(Array.from({ length: this.last + 1 }, (_, n) => n))
  }

  private explained(steps: readonly number[]): readonly StepCauses[] {
    const asked = steps.map((n): Asked => ({ n, differences: this.differences(n).differences.filter((d) => d.since === n) }))
    const begun = asked.filter((s) => s.differences.length > 0)
    const found = begun.length === 0 ? [] : explain(...this.recordedSides(), this.switches, begun)
    return steps.length === 1 && found.length === 0 ? [{ n: steps[0]!, differences: [], skipped: [] }] : found
  }

  /** Both sides played once more, noting who asks for which decision when. */
  private recordedSides(): readonly [ComparedSide, ComparedSide] {
    if (!this.recorded) {
      const sides = [this.profileA, this.profileB].map((profile) => new ComparedSide(this.story, profile, this.types, this.switches)) as [ComparedSide, ComparedSide]
      for (const side of sides) for (let n = 1; n <= this.last; n++) side.next()
      this.recorded = sides
    }
    return this.recorded
  }

  /** A text of both machines after step n as a unified diff; empty where they are the same. */
  text(n: number, form: TextForm, context?: number): string {
    return unifiedDiff(this.textOf('a', n, form), this.textOf('b', n, form), this.profileA.id, this.profileB.id, context)
  }

  textOf(side: 'a' | 'b', n: number, form: TextForm): string {
    return textOf(form, this[side].snapshot(n), this[side].outcomes[n]!)
  }

  /** Both engines, gone to after step n. For reading: what is done to them is not part of the comparison. */
  at(n: number): { readonly a: Engine; readonly b: Engine } {
    return { a: this.a.at(n), b: this.b.at(n) }
  }
}

const key = (d: Differing): string => `${d.path}\n${d.a}\n${d.b}`

function textOf(form: TextForm, snapshot: Snapshot, outcome: SideOutcome): string {
  switch (form) {
    case 'zoneinfo': return printZoneinfo(snapshot)
    case 'iomem': return printIomem(snapshot)
    case 'lsmem': return printLsmem(snapshot)
    case 'blocks': return printBlocks(snapshot)
    case 'log': return printedLines(outcome).map((line) => `${line}\n`).join('')
  }
}
