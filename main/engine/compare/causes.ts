/**
 * Which decisions cause a difference. Each decision in which the kernels differ is flipped by itself, from A to what B has and from B to
 * what A has, and the scenario is played again from where somebody first asked for it. Where no single one does it, a smallest set is looked for.
 */
import { decisionOf } from '../profiles/decisions.ts'
import { contradictions } from '../profiles/legal.ts'
import type { Cause, Difference, ExplainedDifference, Explanation, Skipped, StepCauses } from './comparison.ts'
import { differencesOf } from './differences.ts'
import { fork, matters } from './fork.ts'
import { changedTo, type ComparedSide, type Sight } from './side.ts'
import type { Switch } from './switchable.ts'

/** Differences that began at a step. */
export interface Asked { readonly n: number; readonly differences: readonly Difference[] }

/** Sets of decisions that are played before what is not explained stays so. */
const MOST_SETS = 160

/** Explains differences, in the order of the steps. Both sides are recorded. */
export const explain = (a: ComparedSide, b: ComparedSide, switches: readonly Switch[], asked: readonly Asked[]): readonly StepCauses[] => new Search(a, b, switches, asked).answer()

/** The differences that are gone, by step asked for. */
type Gone = readonly ReadonlySet<number>[]

class Search {
  private readonly skipped: Skipped[] = []
  private readonly playedFromA = new Map<string, Gone | undefined>()
  private readonly found: (readonly Switch[])[] = []
  private setsLeft = MOST_SETS

  constructor(private readonly a: ComparedSide, private readonly b: ComparedSide, private readonly switches: readonly Switch[], private readonly asked: readonly Asked[]) {}

  answer(): readonly StepCauses[] {
    // views and invariants ask for decisions when they are looked at
    for (const { n } of this.asked) for (const side of [this.a, this.b]) side.sight(n)
    const flips = this.switches.map((s) => ({ s, fromA: this.play(this.a, this.b, [s], true), fromB: this.play(this.b, this.a, [s], true) }))
    const explained = this.asked.map(({ n, differences }, i) => ({
      n,
      differences: differences.map((d, j): ExplainedDifference => {
        const towardsB = flips.filter((f) => f.fromA?.[i]!.has(j))
        const towardsA = flips.filter((f) => f.fromB?.[i]!.has(j)).map((f) => f.s)
        if (towardsB.length === 0) return { ...d, explanation: this.together(i, j, towardsA) }
        return { ...d, explanation: { kind: 'alone', causes: towardsB.map(({ s }) => ({ ...this.causeOf(s), certain: towardsA.includes(s) })) } }
      }),
    }))
    return explained.map((step) => ({ ...step, skipped: this.skipped }))
  }

  /** Plays a scenario with some of one side's decisions as the other has them. Undefined: it could not be, or could not matter. */
  private play(side: ComparedSide, other: ComparedSide, switches: readonly Switch[], notes = false): Gone | undefined {
    const steps = this.asked.filter(({ n }) => matters(side, switches, n))
    if (steps.length === 0) return undefined
    const illegal = this.illegal(side, other, switches)
    if (illegal !== undefined) {
      if (notes) this.skip(side, switches, illegal)
      return undefined
    }
    const gone = this.asked.map(() => new Set<number>())
    const see = (n: number, sight: Sight): void => {
      const i = this.asked.findIndex((s) => s.n === n)
      const left = bySubject(side === this.a ? differencesOf(sight, other.sight(n)) : differencesOf(other.sight(n), sight))
      for (const [j, d] of this.asked[i]!.differences.entries()) if (!left(d)) gone[i]!.add(j)
    }
    const judged = new Set(steps.filter((s) => s.differences.some((d) => d.part === 'invariant')).map((s) => s.n))
    try {
      fork(side, other.switchable.base, switches, { steps: steps.map((s) => s.n), judged, see })
    } catch (e) {
      // what the model itself cannot play, such as an order of locks that breaks its rules
      if (notes) this.skip(side, switches, e instanceof Error ? e.message : String(e))
      return undefined
    }
    return gone
  }

  private skip(side: ComparedSide, switches: readonly Switch[], reason: string): void {
    for (const decision of switches) this.skipped.push({ decision, side: side === this.a ? 'a' : 'b', reason })
  }

  /** Why a kernel with these decisions changed cannot be; undefined when it can, or contradicts itself no more than what it is changed from. */
  private illegal(side: ComparedSide, other: ComparedSide, switches: readonly Switch[]): string | undefined {
    const { base } = side.switchable
    const before = new Set(contradictions(base.decisions).map((c) => c.reason))
    return contradictions(changedTo(base, other.switchable.base, switches).decisions).find((c) => !before.has(c.reason))?.reason
  }

  /** True when A with a set of B's decisions says what B says of a difference. */
  private enough(set: readonly Switch[], i: number, j: number): boolean {
    const key = set.join()
    if (!this.playedFromA.has(key)) {
      if (this.setsLeft <= 0) return false
      this.setsLeft--
      this.playedFromA.set(key, this.play(this.a, this.b, set))
    }
    return this.playedFromA.get(key)?.[i]!.has(j) === true
  }

  /** `needed` undo the difference in B, each by itself: they are in every set, and often are the set. */
  private together(i: number, j: number, needed: readonly Switch[]): Explanation {
    const answer = (set: readonly Switch[]): Explanation => {
      if (!this.found.includes(set)) this.found.push(set)
      return { kind: 'together', causes: set.map((s) => this.causeOf(s)) }
    }
    const again = [...(needed.length > 1 ? [needed] : []), ...this.found].find((set) => needed.every((s) => set.includes(s)) && this.enough(set, i, j))
    if (again) return answer(again)
    const { n } = this.asked[i]!
    const candidates = this.switches.filter((s) => matters(this.a, [s], n) || matters(this.b, [s], n))
    // some that matter may need others, that nobody asked for, to be a kernel that can be
    let set = [candidates, this.switches].find((all) => this.enough(all, i, j))
    if (!set) return { kind: 'unexplained', why: this.setsLeft <= 0 ? `${MOST_SETS} sets of decisions were tried on other differences` : 'not even all decisions together make one side what the other is' }
    // leaves out what is not needed: large parts first, then one by one until nothing more can go (what another contradicts goes after that)
    for (let size = Math.ceil(set.length / 2); size > 0; ) {
      let smaller = false
      for (let at = 0; at < set.length; ) {
        const part = set.slice(at, at + size).filter((s) => !needed.includes(s))
        const rest: readonly Switch[] = set.filter((s) => !part.includes(s))
        if (part.length > 0 && rest.length > 0 && this.enough(rest, i, j)) {
          set = rest
          smaller = true
        } else at += size
      }
      if (size > 1) size = Math.floor(size / 2)
      else if (!smaller) size = 0
    }
    if (this.setsLeft <= 0) return { kind: 'unexplained', why: `${set.join(', ')} together do it; a smallest set was not found in ${MOST_SETS} attempts` }
    return answer(set)
  }

  private causeOf(s: Switch): Cause {
    const [a, b] = [this.a.switchable.base, this.b.switchable.base]
    if (s === 'release') return { decision: 'release', title: 'Release: which device types there are', from: a.release, to: b.release }
    return { decision: s, title: decisionOf(s).title, from: a.decisions[s], to: b.decisions[s] }
  }
}

type Subject = Pick<Difference, 'field' | 'path' | 'pfns'>

/** Whether the same thing is among some differences: the same field and, of what there is many of, somewhere the same. */
function bySubject(differences: readonly Subject[]): (d: Subject) => boolean {
  const byField = new Map<string, Subject[]>()
  for (const d of differences) byField.set(d.field, [...(byField.get(d.field) ?? []), d])
  return (d) => (byField.get(d.field) ?? []).some((o) => d.path === d.field || !d.pfns || !o.pfns || (d.pfns.start < o.pfns.end && o.pfns.start < d.pfns.end))
}
