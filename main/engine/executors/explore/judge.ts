/**
 * Invariants over the states of an exploration. What an invariant looks at is found by watching it; its answer depends on nothing else, so each
 * combination of values there is judged once.
 */
import type { Broken } from './exploration.ts'
import { GROUPS, type Machine } from './machine.ts'
import type { InvariantScope, StateInvariant, ThreadSpec } from './question.ts'
import type { World } from './world.ts'

/** Thrown when an invariant looked at a place that it had not looked at before: hashes of what is watched have to begin anew. */
export class FootprintGrown extends Error {}

const SCOPES: readonly InvariantScope[] = ['any', 'unlocked', 'quiescent']
export const ANY = 0
export const UNLOCKED = 1
export const QUIESCENT = 2

export class Judge {
  private readonly groups: readonly (readonly StateInvariant[])[]
  private readonly watched = new Map<number, Uint8Array>()
  private readonly verdicts: Map<number, readonly Broken[]>[] = []
  private readonly goodOnes: number[][][] = []
  private version = -1
  private hotplugLock = -1
  private readonly operations: readonly number[]

  constructor(private readonly world: World, invariants: readonly StateInvariant[], threads: readonly ThreadSpec[], private readonly record = false) {
    this.groups = SCOPES.map((scope) => invariants.filter((i) => i.scope === scope))
    this.operations = threads.flatMap((t, i) => (t.role === 'reader' ? [] : [i]))
  }

  has(group: number): boolean {
    return this.groups[group]!.length > 0
  }

  /** Gives a machine what is watched, and forgets verdicts of another layout. */
  attach(machine: Machine): void {
    if (this.version !== machine.layout.version) {
      this.version = machine.layout.version
      this.watched.clear()
      for (let g = 0; g < GROUPS; g++) {
        this.verdicts[g] = new Map()
        this.goodOnes[g] = []
      }
    }
    for (const [group, places] of this.watched) places.forEach((yes, i) => {
      if (yes) machine.watched[i]! |= 1 << group
    })
    this.hotplugLock = machine.layout.of(this.world.kernel.memHotplugLock)
    machine.rehash()
  }

  /** Places that a group's invariants look at. */
  places(group: number): Uint8Array | undefined {
    return this.watched.get(group)
  }

  /** Values of the watched places, of all combinations that were judged good (where they are recorded). */
  good(group: number): readonly (readonly number[])[] {
    return this.goodOnes[group] ?? []
  }

  /** Everything that is broken in this state, of the invariants whose time it is. Clears what it has looked at from machine.dirty. */
  judge(machine: Machine, force = false): readonly Broken[] {
    const due = force ? 7 : machine.dirty
    let broken: readonly Broken[] = NOTHING
    if (due & (1 << ANY)) {
      broken = this.group(machine, ANY)
      machine.dirty &= ~(1 << ANY)
    }
    if (due & (1 << UNLOCKED) && (this.hotplugLock < 0 || machine.state[this.hotplugLock]! <= 0)) {
      const found = this.group(machine, UNLOCKED)
      machine.dirty &= ~(1 << UNLOCKED)
      if (found.length > 0) broken = [...broken, ...found]
    }
    if (due & (1 << QUIESCENT) && !this.operations.some((t) => machine.inFlight(t))) {
      const found = this.group(machine, QUIESCENT)
      machine.dirty &= ~(1 << QUIESCENT)
      if (found.length > 0) broken = [...broken, ...found]
    }
    return broken
  }

  private group(machine: Machine, group: number): readonly Broken[] {
    const invariants = this.groups[group]!
    if (invariants.length === 0) return NOTHING
    // 53 of the 64 bits
    const key = (machine.groupA[group]! >>> 0) * 0x200000 + (machine.groupB[group]! >>> 11)
    const before = this.verdicts[group]!.get(key)
    if (before) return before
    const touched = (machine.view.touched = new Uint8Array(machine.layout.size))
    const found: Broken[] = []
    for (const i of invariants) {
      const text = i.judge(this.world.kernel, machine.view)
      if (text !== undefined) found.push({ kind: 'invariant', id: i.id, text })
    }
    machine.view.touched = undefined
    let watched = this.watched.get(group)
    if (!watched) this.watched.set(group, (watched = new Uint8Array(machine.layout.size)))
    let grown = false
    for (let i = 0; i < touched.length; i++)
      if (touched[i] && !watched[i]) {
        watched[i] = 1
        grown = true
      }
    if (grown) {
      this.verdicts[group] = new Map()
      this.goodOnes[group] = []
      throw new FootprintGrown()
    }
    if (this.record && found.length === 0) this.goodOnes[group]!.push([...watched].flatMap((yes, i) => (yes ? [machine.state[i]!] : [])))
    const answer = found.length === 0 ? NOTHING : found
    this.verdicts[group]!.set(key, answer)
    return answer
  }
}

const NOTHING: readonly Broken[] = []
