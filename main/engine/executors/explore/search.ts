/**
 * The search for a verdict: depth first over all interleavings, in place, undoing on the way back. A state is what is stored and branched at;
 * steps that need no branching are run through.
 */
import type { Broken, Progress, Race, Terminal } from './exploration.ts'
import { TERMINALS_KEPT } from './exploration.ts'
import type { Judge } from './judge.ts'
import type { Machine } from './machine.ts'
import { placeName, valueName } from './names.ts'
import { Do, type Node } from './node.ts'
import type { ExploreOptions, OutcomeRule, ThreadResult } from './question.ts'
import { Races } from './races.ts'
import type { Reduction } from './reduction.ts'
import { ExactStates, HashedStates, type Visited } from './visited.ts'

/** Transitions between two looks at the host; and resumed generators, which cost more. */
const SLICE = 1 << 12
const RESUMES = 1 << 9
/** Questions to the reduction after which it is judged. */
const ASKED = 20_000
/** A search that may go beyond so many states makes room for some at once. */
const MANY = 100_000
/** A transition in a path: thread + 4 * choice. */
export const CHOICE = 4

export interface Found { readonly broken: Broken; readonly path: Int32Array }

export class Search {
  readonly visited: Visited
  readonly races = new Races()
  readonly found: Found[] = []
  readonly terminals: Terminal[] = []
  terminalCount = 0
  transitions = 0
  complete = false
  stopped = false
  /** Given up because the reduction rarely applies: threads that fight over one word. Asking costs more there than it saves. */
  useless = false
  private readonly seenFindings = new Set<string>()
  private readonly results: Set<string>[]
  // the path: transitions, and frames of states that still branch
  private path = new Int32Array(1 << 10)
  private depth = 0
  /** A frame is FRAME integers: see push(). */
  private frames = new Int32Array(1 << 12)
  private top = -1
  private stored = 0
  private asked = 0
  private taken = 0

  constructor(
    readonly machine: Machine, private readonly judge: Judge, private readonly options: ExploreOptions,
    private readonly reduction: Reduction | undefined, private readonly outcome: OutcomeRule | undefined,
    /** States beyond which this search gives up. */
    private readonly limit: number,
  ) {
    const { layout, state, at, threads } = machine
    this.visited = options.exact
      ? new ExactStates(layout.size + threads, (into, from) => {
          into.set(state, from)
          for (let t = 0; t < threads; t++) into[from + layout.size + t] = at[t]!
        })
      : new HashedStates(limit > MANY && !reduction ? 1 << 14 : 1 << 6)
    this.results = machine.programs.map(() => new Set())
  }

  /** What each thread answered, over all terminal states. */
  get answers(): readonly (readonly ThreadResult[])[] {
    return this.results.map((r) => [...r].sort().map((text) => JSON.parse(text) as ThreadResult))
  }

  get reduced(): boolean {
    return this.reduction !== undefined
  }

  *run(): Generator<Progress, void> {
    const { machine } = this
    machine.reset()
    this.report(this.judge.judge(machine, true))
    for (let t = 0; t < machine.threads; t++) this.arrived(machine.node(t))
    for (let t = 0; t < machine.threads; t++) this.race(t)
    if (this.stopped) return
    this.enter()
    let slice = SLICE
    const { world } = machine
    let resumes = world.resumes + RESUMES
    while (this.top >= 0 && !this.stopped) {
      if (this.stored > this.limit || this.useless) return
      if (!this.advance()) this.top--
      if (this.transitions > slice || world.resumes > resumes) {
        slice = this.transitions + SLICE
        resumes = world.resumes + RESUMES
        yield { phase: 'search', states: this.stored, transitions: this.transitions, depth: this.top }
      }
    }
    this.complete = !this.stopped
  }

  /** Pushes a frame for the state that the machine is in, unless it was visited or is the end. */
  private enter(): void {
    const { machine } = this
    if (!this.visited.add(machine.hashA, machine.hashB)) return
    this.stored++
    let candidates = 0
    let done = true
    let inner = -1
    for (let t = 0; t < machine.threads; t++) {
      const node = machine.node(t)
      if (node.inner) inner = t
      if (node.does !== Do.Done) done = false
      if (machine.enabled(t)) candidates |= 1 << t
    }
    if (candidates === 0) {
      if (done || this.onlyIrqsLeft()) this.terminal()
      else this.deadlock()
      return
    }
    if (inner >= 0) candidates = 1 << inner
    else if (this.reduction)
      for (let t = 0; t < machine.threads; t++)
        if (candidates & (1 << t) && this.reduction.alone(t, machine.at)) {
          candidates = 1 << t
          break
        }
    this.push(candidates)
  }

  private push(candidates: number): void {
    const { machine } = this
    this.top++
    const need = (this.top + 1) * FRAME
    if (need > this.frames.length) this.frames = longer(this.frames, need)
    const f = this.frames
    let i = this.top * FRAME
    f[i++] = candidates
    f[i++] = 0
    f[i++] = machine.undoTop
    f[i++] = this.depth
    f[i++] = machine.dirty
    f[i++] = machine.hashA
    f[i++] = machine.hashB
    for (let t = 0; t < 4; t++) f[i++] = machine.at[t]!
  }

  /** Takes the next branch of the state on top; false when there is none left. */
  private advance(): boolean {
    const { machine, frames } = this
    const base = this.top * FRAME
    const candidates = frames[base]!
    if (candidates === 0) return false
    // back to this state
    machine.undo(frames[base + 2]!)
    this.depth = frames[base + 3]!
    machine.dirty = frames[base + 4]!
    machine.hashA = frames[base + 5]!
    machine.hashB = frames[base + 6]!
    for (let t = 0; t < 4; t++) machine.at[t] = frames[base + 7 + t]!
    const thread = 31 - Math.clz32(candidates & -candidates)
    const choice = frames[base + 1]!
    if (choice + 1 < machine.choices(machine.node(thread))) frames[base + 1] = choice + 1
    else {
      frames[base + 1] = 0
      frames[base] = candidates & (candidates - 1)
    }
    this.go(thread, choice)
    return true
  }

  /** Takes a step, and all that follow without a branch; then enters the state. */
  private go(thread: number, choice: number): void {
    const { machine } = this
    let moved = thread
    let pick = choice
    for (;;) {
      if (this.depth === this.path.length) this.path = longer(this.path, this.depth + 1)
      this.path[this.depth++] = moved + CHOICE * pick
      const before = machine.node(moved)
      machine.step(moved, pick)
      this.transitions++
      const node = machine.node(moved)
      if (node.fault) this.arrived(node)
      if (machine.dirty !== 0) this.report(this.judge.judge(machine))
      if (this.stopped) return
      // only a way round a loop comes back to a state
      const next = before.closesLoop ? -1 : this.follow(moved, node)
      if (next < 0) break
      if (next !== moved) this.race(moved)
      moved = next
      pick = 0
    }
    this.race(moved)
    if (!this.stopped) this.enter()
  }

  /** The thread that goes on without a branch, or -1. */
  private follow(moved: number, node: Node): number {
    const { machine, reduction } = this
    if (node.does === Do.Choose) return -1
    if (node.inner || node.silent) return machine.enabled(moved) ? moved : -1
    if (!reduction) return -1
    for (let t = 0; t < machine.threads; t++) if (machine.node(t).inner) return -1
    this.asked++
    // the one that moved first: it has most often more to do by itself
    for (let i = 0; i < machine.threads; i++) {
      const t = i === 0 ? moved : i <= moved ? i - 1 : i
      if (machine.node(t).does !== Do.Choose && reduction.alone(t, machine.at) && machine.enabled(t)) {
        this.taken++
        return t
      }
    }
    if (this.asked === ASKED && this.taken * 8 < this.asked) this.useless = true
    return -1
  }

  private onlyIrqsLeft(): boolean {
    const { machine } = this
    for (let t = 0; t < machine.threads; t++) {
      const node = machine.node(t)
      if (node.does !== Do.Done && !(machine.programs[t]!.irq && node.id === 0)) return false
    }
    return true
  }

  private arrived(node: Node): void {
    const { fault } = node
    if (!fault) return
    const { breaks } = this.options
    if (fault.kind === 'bug' ? breaks.bug : fault.kind === 'sleep' ? breaks.sleep : fault.kind === 'lock-order' ? breaks.lockOrder : true) this.report([fault])
  }

  private race(thread: number): void {
    const race = this.races.check(this.machine, thread)
    if (!race || !this.options.breaks.race) return
    this.report([{ kind: 'race', id: 'race', text: raceText(this.machine, race), race }])
  }

  private deadlock(): void {
    if (this.options.breaks.deadlock) this.report([{ kind: 'deadlock', id: 'deadlock', text: deadlockText(this.machine) }])
  }

  private terminal(): void {
    const { machine } = this
    const results = terminalResults(machine)
    results.forEach((r, t) => this.results[t]!.add(JSON.stringify(r)))
    this.terminalCount++
    if (this.terminals.length < TERMINALS_KEPT) {
      this.terminals.push({ results, changes: changesOf(machine) })
    }
    const text = this.outcome?.(results, machine.view)
    if (text !== undefined) this.report([{ kind: 'outcome', id: 'outcome', text }])
  }

  private report(broken: readonly Broken[]): void {
    for (const b of broken) {
      const key = `${b.kind} ${b.id} ${b.text}`
      if (this.seenFindings.has(key)) continue
      this.seenFindings.add(key)
      this.found.push({ broken: b, path: this.path.slice(0, this.depth) })
      if (!this.options.all) this.stopped = true
    }
  }
}

/** candidates, choice, undo top, depth of the path, dirty, two halves of the hash, node of each thread */
const FRAME = 11

function longer(a: Int32Array<ArrayBuffer>, need: number): Int32Array<ArrayBuffer> {
  const out = new Int32Array(Math.max(need, a.length * 2))
  out.set(a)
  return out
}

export const terminalResults = (machine: Machine): readonly ThreadResult[] =>
  machine.programs.map((_, t) => machine.node(t).result ?? { kind: 'returned', value: 0 })

export function raceText(machine: Machine, { a, b, cell }: Race): string {
  const says = (x: Race['a']): string => `${machine.programs[x.thread]!.spec.name} ${x.write ? 'writes' : 'reads'} it in ${x.function}()`
  return `${cell}: ${says(a)}, ${says(b)}, and nothing orders the two`
}

/** Who waits for what, held by whom. */
export function deadlockText(machine: Machine): string {
  const waits: string[] = []
  machine.programs.forEach((program, t) => {
    const node = machine.node(t)
    if (node.does === Do.Done) return
    const holders = machine.programs.filter((_, o) => o !== t && machine.node(o).held.some((h) => h.lock === node.step?.h && h.mode !== 'seq')).map((p) => p.spec.name)
    const what = node.does === Do.Wait ? `${node.step!.h!.name} to be ${node.step!.a}` : node.step?.h?.name ?? 'an interrupt to end'
    const own = node.does === Do.Lock && node.held.some((h) => h.lock === node.step?.h) ? [...holders, 'itself'] : holders
    waits.push(`${program.spec.name} waits for ${what}${own.length > 0 ? ` (held by ${own.join(' and ')})` : ''} in ${node.operation.name}()`)
  })
  return waits.join(', ')
}

function changesOf(machine: Machine): Terminal['changes'] {
  const { layout, state, world } = machine
  const out: { readonly cell: string; readonly value: string }[] = []
  layout.places.forEach((place, i) => {
    if (state[i] !== layout.initial[i]) out.push({ cell: placeName(place), value: valueName(world, place, place.h, state[i]!) })
  })
  return out.sort((a, b) => (a.cell < b.cell ? -1 : a.cell > b.cell ? 1 : 0))
}
