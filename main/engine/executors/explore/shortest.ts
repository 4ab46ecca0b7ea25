/**
 * The best story of something broken: the path with the fewest context switches, then the fewest steps; or with the fewest steps. Breadth
 * first over whole states, without reduction. Gives up, and leaves the path that is known, where that takes too much memory.
 */
import type { Broken, Progress } from './exploration.ts'
import { FootprintGrown, type Judge } from './judge.ts'
import type { Machine } from './machine.ts'
import { Do } from './node.ts'
import type { ExploreOptions, OutcomeRule } from './question.ts'
import { Races } from './races.ts'
import { ScopeGrown } from './scope.ts'
import { CHOICE, deadlockText, raceText, terminalResults } from './search.ts'
import { HashedStates } from './visited.ts'

const SLICE = 1 << 7

export class Shortest {
  private readonly width: number
  private arena = new Int32Array(1 << 16)
  private used = 0
  private readonly parents: number[] = []
  private readonly moves: number[] = []
  private readonly steps: number[] = []
  private readonly races = new Races()
  private readonly settled = new HashedStates()
  private looked = 0
  transitions = 0

  constructor(
    private readonly machine: Machine, private readonly judge: Judge, private readonly options: ExploreOptions, private readonly outcome: OutcomeRule | undefined,
    private readonly target: Broken, private readonly known: Int32Array,
  ) {
    this.width = machine.layout.size + machine.threads + 1
  }

  /** A path of transitions that ends in the target: no worse than the one that is known. */
  *run(): Generator<Progress, Int32Array> {
    try {
      return yield* this.search()
    } catch (e) {
      // it went where the search for the verdict did not have to go
      if (e instanceof ScopeGrown || e instanceof FootprintGrown) return this.known
      throw e
    }
  }

  private *search(): Generator<Progress, Int32Array> {
    const { machine, known } = this
    const bySwitches = this.options.trace === 'switches'
    machine.reset()
    machine.dirty = 0
    if (known.length === 0 || this.options.traceStates === 0) return known
    const bound = switches(known)
    this.keep(-1, 0, -1, 0)
    let level: number[] = [0]
    for (let switched = 0; level.length > 0 && switched <= bound; switched++) {
      const later: number[] = []
      // two queues in ascending order of steps: what begins this level, and what follows in it
      const follow: number[] = []
      let i = 0
      let j = 0
      while (i < level.length || j < follow.length) {
        const fromFollow = i >= level.length || (j < follow.length && this.steps[follow[j]!]! < this.steps[level[i]!]!)
        const entry = fromFollow ? follow[j++]! : level[i++]!
        if (!this.load(entry, bySwitches)) continue
        const last = this.arena[entry * this.width + this.width - 1]!
        for (let t = 0; t < machine.threads; t++) {
          if (!machine.enabled(t) || this.held(t)) continue
          const costs = bySwitches && last >= 0 && last !== t && this.canGoOn(last) ? 1 : 0
          if (switched + costs > bound) continue
          for (let choice = 0; choice < machine.choices(machine.node(t)); choice++) {
            const mark = machine.undoTop
            const at = machine.at.slice()
            const { hashA, hashB } = machine
            const length = this.go(t, choice)
            if (length < 0) return this.pathTo(entry, t, choice)
            const index = this.keep(entry, t + CHOICE * choice, t, this.steps[entry]! + length)
            if (index < 0) return known
            ;(costs > 0 ? later : follow).push(index)
            machine.undo(mark)
            machine.at.set(at)
            machine.hashA = hashA
            machine.hashB = hashB
            machine.dirty = 0
          }
        }
        if (++this.looked % SLICE === 0) yield { phase: 'trace', states: this.looked, transitions: this.transitions, depth: switched }
      }
      level = later
    }
    return known
  }

  /** Another thread is inside an atomic call. */
  private held(t: number): boolean {
    const { machine } = this
    for (let o = 0; o < machine.threads; o++) if (o !== t && machine.node(o).inner) return true
    return false
  }

  /** A thread that is blocked or done is left without a switch that could have been spared; a blocked one counts all the same. */
  private canGoOn(thread: number): boolean {
    return this.machine.node(thread).does !== Do.Done
  }

  /** Takes a step and those that nobody can come between; answers how many, or -1 when the target is reached. */
  private go(thread: number, choice: number): number {
    const { machine } = this
    let pick = choice
    let count = 0
    for (;;) {
      const before = machine.node(thread)
      machine.step(thread, pick)
      pick = 0
      this.transitions++
      count++
      if (this.reached(thread)) return -1
      const node = machine.node(thread)
      if (before.closesLoop || node.does === Do.Choose || !(node.inner || node.silent) || !machine.enabled(thread)) return count
    }
  }

  private reached(thread: number): boolean {
    const { machine, target } = this
    const { fault } = machine.node(thread)
    switch (target.kind) {
      case 'bug': case 'sleep': case 'lock-order': return fault?.kind === target.kind && fault.text === target.text
      case 'invariant': return this.judge.judge(machine, true).some((b) => b.id === target.id)
      case 'race': {
        const race = this.races.check(machine, thread)
        return race !== undefined && raceText(machine, race) === target.text
      }
      case 'deadlock': case 'outcome': {
        for (let t = 0; t < machine.threads; t++) if (machine.enabled(t)) return false
        const done = machine.programs.every((_, t) => machine.node(t).does === Do.Done)
        if (target.kind === 'deadlock') return !done && deadlockText(machine) !== ''
        return done && this.outcome?.(terminalResults(machine), machine.view) !== undefined
      }
    }
  }

  private keep(parent: number, move: number, last: number, steps: number): number {
    const { machine, width } = this
    if (this.parents.length > this.options.traceStates) return -1
    if (this.used + width > this.arena.length) {
      const longer = new Int32Array(this.arena.length * 2)
      longer.set(this.arena)
      this.arena = longer
    }
    this.arena.set(machine.state, this.used)
    for (let t = 0; t < machine.threads; t++) this.arena[this.used + machine.layout.size + t] = machine.at[t]!
    this.arena[this.used + width - 1] = last
    this.used += width
    this.parents.push(parent)
    this.moves.push(move)
    return this.steps.push(steps) - 1
  }

  /** Brings the machine to a kept state; false when it was there before at no greater cost. */
  private load(entry: number, bySwitches: boolean): boolean {
    const { machine, width } = this
    const from = entry * width
    for (let i = 0; i < machine.layout.size; i++) machine.state[i] = this.arena[from + i]!
    for (let t = 0; t < machine.threads; t++) machine.at[t] = this.arena[from + machine.layout.size + t]!
    machine.undoTop = 0
    machine.rehash()
    machine.dirty = 0
    const last = bySwitches ? this.arena[from + width - 1]! + 2 : 0
    return this.settled.add(machine.hashA ^ Math.imul(last, 0x9e3779b1), machine.hashB ^ Math.imul(last, 0x85ebca6b))
  }

  /** The transitions from the beginning to an entry and one move on, with the steps that follow by themselves. */
  private pathTo(entry: number, thread: number, choice: number): Int32Array {
    const moves = [thread + CHOICE * choice]
    for (let e = entry; this.parents[e]! >= 0; e = this.parents[e]!) moves.push(this.moves[e]!)
    const { machine } = this
    machine.reset()
    const path: number[] = []
    for (const move of moves.reverse()) {
      const t = move % CHOICE
      path.push(move)
      let before = machine.node(t)
      machine.step(t, Math.floor(move / CHOICE))
      for (;;) {
        const node = machine.node(t)
        if (before.closesLoop || node.does === Do.Choose || !(node.inner || node.silent) || !machine.enabled(t)) break
        path.push(t)
        before = node
        machine.step(t, 0)
      }
    }
    return Int32Array.from(path)
  }
}

/** How often a path goes from one thread to another. */
export function switches(path: Int32Array): number {
  let n = 0
  for (let i = 1; i < path.length; i++) if (path[i]! % CHOICE !== path[i - 1]! % CHOICE) n++
  return n
}
