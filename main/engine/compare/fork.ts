/** A side played again with some decisions changed: only from where somebody asked for one of them, and looked at only where it went another way. */
import { bootEngine, type Engine } from '../engine.ts'
import type { Profile } from '../profiles/profile.ts'
import type { JournalEntry } from '../state/journal.ts'
import type { SideOutcome } from './comparison.ts'
import { sameOutcome } from './outcome.ts'
import { changedTo, perform, type ComparedSide, type Sight } from './side.ts'
import type { Switch } from './switchable.ts'
import { sameWrite, StateTracker } from './tracker.ts'

/** First step that a change of some decisions could have changed; Infinity when nobody asked for any. */
export const firstRead = (side: ComparedSide, switches: readonly Switch[]): number =>
  Math.min(Infinity, ...switches.map((s) => side.switchable.firstRead.get(s) ?? Infinity))

/** True when they can have changed what is seen after step n: of a step that was looked at, those that the look asked for as well. */
export const matters = (side: ComparedSide, switches: readonly Switch[], n: number): boolean => firstRead(side, switches) <= n || shows(side, switches, n)

const shows = (side: ComparedSide, switches: readonly Switch[], n: number): boolean => switches.some((s) => side.switchable.readByLooks.get(n)?.has(s))

export interface ForkedLook {
  /** Ascending. */
  readonly steps: readonly number[]
  /** Steps whose invariants are wanted. */
  readonly judged: ReadonlySet<number>
  /** Called for each of the steps after which the machine, or what it answered, is another than the side's. */
  readonly see: (n: number, sight: Sight) => void
}

/** Plays a recorded side with `switches` as `other` has them. */
export function fork(side: ComparedSide, other: Profile, switches: readonly Switch[], { steps, judged, see }: ForkedLook): void {
  const { story, switchable, outcomes, positions } = side
  const first = firstRead(side, switches)
  const last = Math.max(...steps)
  const profile = changedTo(switchable.base, other, switches)
  const wanted = new Set(steps)
  const look = (n: number, engine: Engine, outcome: SideOutcome): void =>
    see(n, { outcome, snapshot: engine.snapshot(), invariants: judged.has(n) ? engine.invariants() : [] })

  /** Plays steps from `from` on. `went`: whether it has gone another way already; `written` are the side's own writes from there on. */
  const play = (engine: Engine, from: number, alreadyWent: boolean, written: readonly JournalEntry[]): void => {
    const { journal } = engine.booted.store
    const start = journal.applied
    let went = alreadyWent
    for (let n = from; n <= last; n++) {
      const outcome = n === 0 ? outcomes[0]! : perform(engine, story, n)
      if (n > 0 && !went) went = !sameWrites(journal.entries, start, written, (positions[n - 1] ?? 0) - positions[from - 1]!, (positions[n] ?? 0) - positions[from - 1]!)
      if (wanted.has(n) && (went || !sameOutcome(outcome, outcomes[n]!) || shows(side, switches, n))) look(n, engine, outcome)
    }
  }

  if (first === 0) {
    const engine = bootEngine(story.description, profile, 'coarse', side.types)
    const tracker = new StateTracker(side.at(0).booted, engine.booted)
    const went = tracker.differs || tracker.blind
    if (wanted.has(0) && (went || shows(side, switches, 0))) look(0, engine, outcomes[0]!)
    if (last > 0) play(engine, 1, went, side.engine.booted.store.journal.entries.slice())
    return
  }
  switchable.under(profile, () => {
    for (const n of steps) if (n < first && shows(side, switches, n)) look(n, side.at(n), outcomes[n]!)
    if (first > last) return
    const { store } = side.at(first - 1).booted
    const written = store.journal.entries.slice(store.journal.applied)
    store.observe(() => play(side.engine, first, false, written))
  })
}

/** True when a step wrote what the side's own wrote: `from` and `to` count from where the fork began. */
function sameWrites(entries: readonly JournalEntry[], start: number, written: readonly JournalEntry[], from: number, to: number): boolean {
  if (entries.length !== start + to) return false
  for (let i = from; i < to; i++) {
    const [mine, theirs] = [entries[start + i]!, written[i]!]
    if (!sameWrite(mine, theirs)) return false
    // what is behind a reference may be another value: nothing is told about it here
    if (mine.kind === 'ref' && theirs.kind === 'ref' && mine.after !== theirs.after && JSON.stringify(mine.after) !== JSON.stringify(theirs.after)) return false
  }
  return true
}
