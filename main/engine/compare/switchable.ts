/**
 * A profile whose decisions can be changed while a machine runs, and which remembers when each was first asked for. What nobody has
 * asked for up to a step cannot have changed anything up to it: that is what makes flipping decisions cheap.
 */
import type { DecisionName, Decisions } from '../profiles/decisions.ts'
import type { Profile, Release } from '../profiles/profile.ts'

/** What may be changed: a decision, or the release (which device types there are). */
export type Switch = DecisionName | 'release'

export class SwitchableProfile {
  readonly profile: Profile
  /** Step that runs now; reads are noted with it. */
  step = 0
  /** First step during which each was read by an operation. */
  readonly firstRead = new Map<Switch, number>()
  /** By step, those that were asked for when somebody looked at the machine after it: they may change what is seen where they have not changed what is. */
  readonly readByLooks = new Map<number, Set<Switch>>()
  private looking: Set<Switch> | undefined
  private decisions: Decisions
  private release: Release

  constructor(readonly base: Profile, switches: readonly Switch[]) {
    this.decisions = base.decisions
    this.release = base.release
    const decisions: Record<string, string> = { ...base.decisions }
    for (const name of switches) {
      if (name === 'release') continue
      Object.defineProperty(decisions, name, { enumerable: true, get: () => (this.note(name), this.decisions[name]) })
    }
    const profile = { ...base, decisions: decisions as unknown as Decisions }
    if (switches.includes('release')) Object.defineProperty(profile, 'release', { enumerable: true, get: () => (this.note('release'), this.release) })
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
  under<T>(other: Pick<Profile, 'decisions' | 'release'>, body: () => T): T {
    const [decisions, release, step] = [this.decisions, this.release, this.step]
    const firstRead = new Map(this.firstRead)
    this.decisions = other.decisions
    this.release = other.release
    try {
      return body()
    } finally {
      this.decisions = decisions
      this.release = release
      this.step = step
      this.firstRead.clear()
      for (const [name, at] of firstRead) this.firstRead.set(name, at)
    }
  }
}
