/**
 * The machine that is explored: one state, changed in place by steps and put back by undoing them. Values and local states are integers; a
 * 64-bit hash of both is kept up with every change.
 */
import type { Lock } from '../../state/handles.ts'
import { MAX_THREADS } from './question.ts'
import { Do, type Node } from './node.ts'
import type { Program } from './program.ts'
import type { World } from './world.ts'
import { look } from './resolve.ts'
import type { Layout } from './scope.ts'
import { View } from './view.ts'

/** Two 32-bit halves of what a value in a place adds to a state's hash. */
export function mixA(place: number, code: number): number {
  let x = Math.imul(code ^ Math.imul(place + 1, 0x9e3779b1), 0x85ebca6b)
  x = Math.imul(x ^ (x >>> 13), 0xc2b2ae35)
  return x ^ (x >>> 16)
}
export function mixB(place: number, code: number): number {
  let x = Math.imul(code ^ Math.imul(place + 0x51ed27, 0x27d4eb2f), 0x165667b1)
  x = Math.imul(x ^ (x >>> 15), 0x9e3779b1)
  x = Math.imul(x ^ (x >>> 13), 0x85ebca6b)
  return x ^ (x >>> 16)
}

/** Groups of invariants whose footprints have a hash of their own. */
export const GROUPS = 3

export class Machine {
  readonly state: Int32Array
  /** Node of each thread. */
  readonly at = new Int32Array(MAX_THREADS)
  readonly threads: number
  readonly view: View
  readonly layout: Layout
  /** Nodes of each program: programs append to these. */
  readonly nodes: readonly (readonly Node[])[]
  hashA = 0
  hashB = 0
  /** Bit g set: group g of invariants looks at the place. */
  readonly watched: Uint8Array
  readonly groupA = new Int32Array(GROUPS)
  readonly groupB = new Int32Array(GROUPS)
  /** Groups of which something was written since somebody cleared this. */
  dirty = 0
  /** place, old code, place, old code, … */
  private undoLog = new Int32Array(1 << 12)
  undoTop = 0
  private readonly hosts: Int32Array
  readonly hasIrqs: boolean

  /** What was ever written to each place, where somebody wants to know. */
  readonly seen: readonly Set<number>[] | undefined

  constructor(readonly world: World, readonly programs: readonly Program[], record = false) {
    this.layout = world.layout
    this.state = Int32Array.from(this.layout.initial)
    this.threads = programs.length
    this.nodes = programs.map((p) => p.nodes)
    this.watched = new Uint8Array(this.layout.size)
    this.view = new View(world.base, this.layout, world.values, this.state)
    this.hosts = Int32Array.from(programs.map((p) => (typeof p.spec.context === 'object' ? p.spec.context.irqOn : -1)))
    this.hasIrqs = this.hosts.some((h) => h >= 0)
    this.seen = record ? this.layout.places.map(() => new Set<number>()) : undefined
    this.rehash()
  }

  rehash(): void {
    this.hashA = this.hashB = 0
    for (let i = 0; i < this.state.length; i++) {
      this.hashA ^= mixA(i, this.state[i]!)
      this.hashB ^= mixB(i, this.state[i]!)
    }
    for (let t = 0; t < this.threads; t++) {
      this.hashA ^= mixA(-2 - t, this.at[t]!)
      this.hashB ^= mixB(-2 - t, this.at[t]!)
    }
    for (let g = 0; g < GROUPS; g++) {
      this.groupA[g] = this.groupB[g] = 0
      for (let i = 0; i < this.state.length; i++)
        if (this.watched[i]! & (1 << g)) {
          this.groupA[g]! ^= mixA(i, this.state[i]!)
          this.groupB[g]! ^= mixB(i, this.state[i]!)
        }
    }
  }

  /** Takes over the state of a machine on a smaller layout. */
  continueFrom(before: Machine): this {
    this.layout.places.forEach((p, i) => {
      const old =
        p.kind === 'field' ? before.layout.at(p.h, p.start)
        : p.kind === 'sequence' ? before.layout.of(p.h) + 1
        : p.kind === 'grace' ? before.layout.of(p.h) + 1 + p.thread
        : before.layout.of(p.h)
      const has = p.kind === 'sequence' || p.kind === 'grace' ? before.layout.of(p.h) >= 0 : old >= 0
      if (has) this.state[i] = before.state[old]!
    })
    this.at.set(before.at)
    this.rehash()
    return this
  }

  reset(): void {
    this.state.set(this.layout.initial)
    this.at.fill(0)
    this.undoTop = 0
    this.dirty = 0
    this.rehash()
  }

  node(thread: number): Node {
    return this.nodes[thread]![this.at[thread]!]!
  }

  private set(place: number, code: number): void {
    const before = this.state[place]!
    if (this.seen) this.seen[place]!.add(code)
    if (before === code) return
    if (this.undoTop + 2 > this.undoLog.length) {
      const longer = new Int32Array(this.undoLog.length * 2)
      longer.set(this.undoLog)
      this.undoLog = longer
    }
    this.undoLog[this.undoTop++] = place
    this.undoLog[this.undoTop++] = before
    this.change(place, before, code)
  }

  private change(place: number, before: number, code: number): void {
    const a = mixA(place, before) ^ mixA(place, code)
    const b = mixB(place, before) ^ mixB(place, code)
    this.state[place] = code
    this.hashA ^= a
    this.hashB ^= b
    const watch = this.watched[place]!
    if (watch !== 0) {
      this.dirty |= watch
      for (let g = 0; g < GROUPS; g++)
        if (watch & (1 << g)) {
          this.groupA[g]! ^= a
          this.groupB[g]! ^= b
        }
    }
  }

  /** Puts back all writes behind `top`; the threads' nodes are the caller's affair. */
  undo(top: number): void {
    while (this.undoTop > top) {
      const before = this.undoLog[--this.undoTop]!
      const place = this.undoLog[--this.undoTop]!
      this.change(place, this.state[place]!, before)
    }
  }

  goto(thread: number, node: number): void {
    const before = this.at[thread]!
    this.at[thread] = node
    this.hashA ^= mixA(-2 - thread, before) ^ mixA(-2 - thread, node)
    this.hashB ^= mixB(-2 - thread, before) ^ mixB(-2 - thread, node)
  }

  /** Can the thread take its step now? */
  enabled(thread: number): boolean {
    const node = this.node(thread)
    if (node.does === Do.Done) return false
    if (this.hasIrqs && !this.cpuFree(thread, node)) return false
    switch (node.does) {
      case Do.Lock: return this.lockFree(thread, node)
      case Do.Wait: return this.state[node.place] === node.code
      case Do.SeqBegin: return this.state[node.place] === 0
      case Do.GraceEnd: return this.state[node.place + 1 + thread] === 0
      default: return true
    }
  }

  /** An interrupt starts where its host has interrupts on; the host goes on when it has ended. */
  private cpuFree(thread: number, node: Node): boolean {
    const host = this.hosts[thread]!
    if (host >= 0) {
      if (this.at[thread] !== 0) return true
      if (node.id === 0 && this.node(host).irqsOff) return false
      for (let t = 0; t < this.threads; t++) if (t !== thread && this.hosts[t] === host && this.inFlight(t)) return false
      return true
    }
    for (let t = 0; t < this.threads; t++) if (this.hosts[t] === thread && this.inFlight(t)) return false
    return true
  }

  inFlight(thread: number): boolean {
    return this.at[thread] !== 0 && this.node(thread).does !== Do.Done
  }

  private lockFree(thread: number, node: Node): boolean {
    const now = this.state[node.place]!
    if (now === 0) return true
    const lock = node.step!.h as Lock
    if (lock.kind === 'rcu') return true
    return now < 0 && node.step!.text === 'read' && sharable(lock)
  }

  /** Number of ways in which a step may go: more than one for what the kernel does not determine. */
  choices(node: Node): number {
    return node.does === Do.Choose ? node.code : 1
  }

  /** Takes the thread's step, which is enabled; answers what it observed, as a code. */
  step(thread: number, choice: number): number {
    const node = this.node(thread)
    const { state } = this
    let answer = 0
    switch (node.does) {
      case Do.Constant: answer = node.code; break
      case Do.Read: answer = state[node.place]!; break
      case Do.Write: this.set(node.place, node.code); break
      case Do.Add: {
        const { values } = this.world
        answer = values.code(values.number(state[node.place]!) + node.code)
        this.set(node.place, answer)
        break
      }
      case Do.Look: answer = this.world.values.code(look(this.view, node.step!)); break
      case Do.Fill: for (const place of node.places) this.set(place, node.code); break
      case Do.Map: {
        const { values } = this.world
        const change = node.step!.x as (value: number) => number
        for (const place of node.places) this.set(place, values.code(change(values.number(state[place]!))))
        break
      }
      case Do.Update: {
        const { values } = this.world
        this.set(node.place, values.refCode((node.step!.x as (value: unknown) => unknown)(values.ref(state[node.place]!))))
        break
      }
      case Do.Lock: this.take(thread, node); break
      case Do.TryLock:
        if (this.lockFree(thread, node)) {
          this.take(thread, node)
          answer = 1
        }
        break
      case Do.Unlock: this.drop(thread, node); break
      case Do.Choose: answer = choice; break
      case Do.Wait: break
      case Do.SeqBegin: answer = state[node.place + 1]!; break
      case Do.SeqRetry: answer = state[node.place] !== 0 || state[node.place + 1] !== node.step!.a ? 1 : 0; break
      case Do.GraceBegin: this.set(node.place + 1 + thread, -state[node.place]!); break
      case Do.GraceEnd: break
      case Do.Done: break
    }
    this.goto(thread, this.programs[thread]!.successor(node, answer))
    return answer
  }

  private take(thread: number, node: Node): void {
    const lock = node.step!.h as Lock
    if (node.step!.text === 'read' && sharable(lock)) this.set(node.place, -(-this.state[node.place]! | (1 << thread)))
    else this.set(node.place, thread + 1)
    if (lock.kind === 'seqlock') this.set(node.place + 1, this.state[node.place + 1]! + 1)
  }

  private drop(thread: number, node: Node): void {
    const lock = node.step!.h as Lock
    const now = this.state[node.place]!
    if (now > 0) {
      if (now === thread + 1) this.set(node.place, 0)
      return
    }
    // a reader that took it twice holds it still
    if (node.held.filter((h) => h.lock === lock && h.mode === 'read').length > 1) return
    this.set(node.place, -(-now & ~(1 << thread)))
    if (lock.kind === 'rcu') for (let t = 0; t < this.threads; t++) this.set(node.place + 1 + t, this.state[node.place + 1 + t]! & ~(1 << thread))
  }
}

export const sharable = (lock: Lock): boolean => lock.kind === 'percpu-rwsem' || lock.kind === 'rwlock' || lock.kind === 'rcu'
