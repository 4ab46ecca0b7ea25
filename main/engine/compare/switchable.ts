/**
 * A profile whose decisions can be changed while a machine runs. A recorded one remembers when each was first asked for: what nobody has
 * asked for up to a step cannot have changed anything up to it. That is what makes flipping decisions cheap; asking costs more then.
 */
import type { DecisionName, Decisions } from '../profiles/decisions.ts'
import type { Profile, Release } from '../profiles/profile.ts'

/** What may be changed: a decision, or the release (which device types there are). */
export type Switch = DecisionName | 'release'

type Decided = Pick<Profile, 'decisions' | 'release'>

export class SwitchableProfile {
  readonly profile: Profile
  /** Step that runs now; reads are noted with it. */
  step = 0
  /** First step during which each was read by an operation. */
  readonly firstRead = new Map<Switch, number>()
  /** By step, those that were asked for when somebody looked at the machine after it: they may change what is seen where they have not changed what is. */
  readonly readByLooks = new Map<number, Set<Switch>>()
  private looking: Set<Switch> | undefined
  private current: Decided
  /** Sets the decisions of `profile` where they are plain values. */
  private readonly decide: (as: Decided) => void

  /** `recorded`: whose reads are noted; none for a profile that only has to be switched. */
  constructor(readonly base: Profile, recorded: readonly Switch[] = []) {
    this.current = base
    const decisions: Record<string, string> = { ...base.decisions }
    const profile: { -readonly [K in keyof Profile]: Profile[K] } = { ...base, decisions: decisions as unknown as Decisions }
    for (const name of recorded) {
      if (name === 'release') Object.defineProperty(profile, name, { enumerable: true, get: (): Release => (this.note(name), this.current.release) })
      else Object.defineProperty(decisions, name, { enumerable: true, get: () => (this.note(name), this.current.decisions[name]) })
    }
    this.decide = (as) => {
      this.current = as
      if (recorded.length > 0) return
      Object.assign(decisions, as.decisions)
      profile.release = as.release
    }
    this.profile = profile
  }

  private note(name: Switch): void {
    if (this.looking) this.looking.add(name)
    else if (!this.firstRead.has(name)) this.firstRead.set(name, this.step)
  }

  /** Looks at the machine after step n: what is read then is no operation's doing. */
  look<T>(n: number, look: () => T): T {
    let looking = this.readByLooks.get(n)
    if (!looking) this.readByLooks.set(n, (looking = new Set()))
    this.looking = looking
    try {
      return look()
    } finally {
      this.looking = undefined
    }
  }

  /** Does something under other decisions; nothing that is read then is noted. */
  under<T>(other: Decided, body: () => T): T {
    const before = this.current
    const looking = this.looking
    this.decide(other)
    this.looking = new Set()
    try {
      return body()
    } finally {
      this.decide(before)
      this.looking = looking
    }
  }
}
