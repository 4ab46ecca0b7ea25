/** One scenario under many kernels: what each step answered under each, and which of them have the same machine after it. */
import { NO_DEVICE_TYPES } from '../devices.ts'
import type { Profile } from '../profiles/profile.ts'
import { comparedProfile, type CompareOptions } from './compare.ts'
import type { ComparedStory, Matrix, MatrixGroup, MatrixStep } from './comparison.ts'
import { outcomeDifferences, snapshotDifferences } from './differences.ts'
import { sameOutcome } from './outcome.ts'
import { ComparedSide } from './side.ts'
import { StateTracker } from './tracker.ts'

export function compareMany(story: ComparedStory, profiles: readonly Profile[], options: CompareOptions = {}): Matrix {
  const last = Math.min(story.steps.length, options.until ?? Infinity)
  const sides = profiles.map((profile) => new ComparedSide(story, profile, options.types ?? NO_DEVICE_TYPES))
  // most neighbours have the same machine for most of the time: what they wrote tells
  const trackers = sides.slice(1).map((side, i) => new StateTracker(sides[i]!.engine.booted, side.engine.booted))
  let alike = trackers.map((tracker) => !tracker.differs && !tracker.blind)
  const steps: MatrixStep[] = []
  for (let n = 0; n <= last; n++) {
    if (n > 0) {
      for (const side of sides) side.next()
      alike = trackers.map((tracker, i) => tracker.step(sides[i]!.positions[n - 1]!, sides[i + 1]!.positions[n - 1]!) === 'same' && !tracker.blind)
    }
    const classes = classesOf(sides, n, alike)
    steps.push({ n, text: story.steps[n - 1]?.text ?? 'boot', cells: sides.map((side, i) => ({ result: side.outcomes[n]!.result, class: classes[i]! })) })
  }
  return { title: story.title, profiles: profiles.map(comparedProfile), steps, groups: groupsOf(sides, steps) }
}

/** Numbers the classes of equals by their first member. `alike`: a side's machine is the one of the side before it. */
function classesOf(sides: readonly ComparedSide[], n: number, alike: readonly boolean[]): readonly number[] {
  const out: number[] = []
  const firsts: { readonly side: ComparedSide; readonly number: number }[] = []
  for (const [i, side] of sides.entries()) {
    const before = sides[i - 1]
    const same = before && alike[i - 1] && sameOutcome(before.outcomes[n]!, side.outcomes[n]!)
      ? out[i - 1]
      : firsts.find(({ side: first }) => sameOutcome(first.outcomes[n]!, side.outcomes[n]!) && snapshotDifferences(first.snapshot(n), side.snapshot(n)).length === 0)?.number
    const number = same ?? firsts.length
    if (same === undefined) firsts.push({ side, number })
    out.push(number)
  }
  return out
}

/** Columns that are the same in every step. */
function groupsOf(sides: readonly ComparedSide[], steps: readonly MatrixStep[]): readonly MatrixGroup[] {
  const column = (i: number): string => steps.map((step) => step.cells[i]!.class).join()
  const members = new Map<string, number[]>()
  for (const i of sides.keys()) members.set(column(i), [...(members.get(column(i)) ?? []), i])
  const ids = (group: readonly number[]): readonly string[] => group.map((i) => sides[i]!.switchable.base.id)
  const groups = [...members.values()]
  return groups.map((group, g): MatrixGroup => {
    const before = groups[g - 1]
    if (!before) return { profiles: ids(group), parts: undefined }
    const [a, b] = [before[0]!, group[0]!]
    const { n } = steps.find((step) => step.cells[a]!.class !== step.cells[b]!.class)!
    const found = [
      ...outcomeDifferences(sides[a]!.outcomes[n]!, sides[b]!.outcomes[n]!),
      ...snapshotDifferences(sides[a]!.snapshot(n), sides[b]!.snapshot(n)),
    ]
    return { profiles: ids(group), parts: { from: ids(before), step: n, differences: found.map((d) => ({ ...d, since: n })) } }
  })
}

