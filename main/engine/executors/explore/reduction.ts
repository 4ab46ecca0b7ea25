/**
 * Which thread may go on alone without losing anything: one whose step touches nothing that another may still touch from where it is. What
 * a thread may still touch is learned from its automaton: over all paths, and, for each lock, over those that get by without the lock (the
 * others wait for its holder). Sound when an exploration with these masks meets no local state that they do not know.
 */
import type { Lock } from '../../state/handles.ts'
import { Do, type Node } from './node.ts'
import type { Program } from './program.ts'
import { sharable } from './machine.ts'
import { ANY, QUIESCENT, UNLOCKED, type Judge } from './judge.ts'
import type { Layout } from './scope.ts'

interface Footprint { readonly reads: Uint32Array; readonly writes: Uint32Array }

const FREE = 1
const CONFLICT = 2

export class Reduction {
  private readonly words: number
  /** Bit of "somebody looks whether this lock is free", by the lock's place. */
  private readonly probe = new Map<number, number>()
  private readonly steps: Footprint[][] = []
  /** By thread, by variant (0: all paths; then two a lock), by node. */
  private readonly futures: Footprint[][][] = []
  private readonly variants = new Map<Lock, number>()
  private readonly lonely: Uint8Array[] = []
  private readonly rows: (Uint8Array | undefined)[][] = []

  constructor(private readonly programs: readonly Program[], layout: Layout, judge: Judge, hotplugLock: Lock) {
    let bits = layout.size
    layout.places.forEach((p, i) => {
      if (p.kind !== 'lock') return
      this.probe.set(i, bits++)
      this.variants.set(p.h, 1 + 2 * this.variants.size)
    })
    this.words = (bits + 31) >>> 5
    programs.forEach((program, t) => {
      this.steps[t] = program.nodes.map((n) => this.footprint(n, t, programs.length))
      this.closeAtomic(program, t)
      this.futures[t] = []
      for (let variant = 0; variant <= 2 * this.variants.size; variant++) this.futures[t]!.push(this.future(program, t, variant))
      this.lonely[t] = Uint8Array.from(program.nodes, (n) => {
        if (n.does === Do.Done || n.closesLoop || n.inner || (n.id === 0 && judge.has(QUIESCENT))) return 0
        const { writes } = this.steps[t]![n.id]!
        if (watched(writes, judge.places(ANY))) return 0
        // what a reader writes shows while no operation is in flight
        if (program.spec.role === 'reader' && watched(writes, judge.places(QUIESCENT))) return 0
        if (watched(writes, judge.places(UNLOCKED)) && !n.held.some((h) => h.lock === hotplugLock && h.mode === 'write')) return 0
        return 1
      })
    })
  }

  /** True when the thread's next step alone stands for all that can happen next. `at` is the node of each thread. */
  alone(thread: number, at: Int32Array): boolean {
    const id = at[thread]!
    const lonely = this.lonely[thread]!
    if (id >= lonely.length || lonely[id] === 0) return false
    for (let other = 0; other < this.programs.length; other++) {
      if (other === thread) continue
      const m = at[other]!
      const rows = (this.rows[thread * 4 + other] ??= [])
      let row = rows[id]
      if (!row) rows[id] = row = new Uint8Array(this.programs[other]!.nodes.length)
      if (m >= row.length) return false
      let known = row[m]!
      if (known === 0) row[m] = known = this.conflict(thread, id, other, m) ? CONFLICT : FREE
      if (known === CONFLICT) return false
    }
    return true
  }

  private conflict(thread: number, id: number, other: number, m: number): boolean {
    if (m >= this.futures[other]![0]!.length) return true
    const step = this.steps[thread]![id]!
    if (!meets(step, this.futures[other]![0]![m]!)) return false
    for (const { lock, mode } of this.programs[thread]!.nodes[id]!.held) {
      if (mode === 'seq') continue
      const variant = this.variants.get(lock)
      if (variant === undefined || lock.kind === 'rcu') continue
      if (!meets(step, this.futures[other]![variant + (mode === 'read' ? 1 : 0)]![m]!)) return false
    }
    return true
  }

  private footprint(n: Node, thread: number, threads: number): Footprint {
    const f = { reads: new Uint32Array(this.words), writes: new Uint32Array(this.words) }
    const set = (to: Uint32Array, bit: number): void => {
      to[bit >>> 5]! |= 1 << (bit & 31)
    }
    const r = (bit: number): void => set(f.reads, bit)
    const w = (bit: number): void => set(f.writes, bit)
    const lock = n.step?.h as Lock
    const probe = this.probe.get(n.place) ?? -1
    switch (n.does) {
      case Do.Constant: case Do.Choose: case Do.Done: break
      case Do.Read: case Do.Wait: r(n.place); break
      case Do.Write: w(n.place); break
      case Do.Add: case Do.Update:
        r(n.place)
        w(n.place)
        break
      case Do.Look: n.places.forEach(r); break
      case Do.Fill: n.places.forEach(w); break
      case Do.Map:
        n.places.forEach(r)
        n.places.forEach(w)
        break
      case Do.Lock: case Do.TryLock:
        if (n.step!.text === 'read' && sharable(lock) && lock.kind !== 'rcu') r(n.place)
        else w(n.place)
        if (n.does === Do.TryLock) r(probe)
        if (lock.kind === 'seqlock') w(n.place + 1)
        break
      case Do.Unlock:
        w(probe)
        if (lock.kind === 'rcu') {
          w(n.place)
          for (let t = 0; t < threads; t++) w(n.place + 1 + t)
        }
        break
      case Do.SeqBegin: case Do.SeqRetry:
        r(probe)
        r(n.place + 1)
        break
      case Do.GraceBegin:
        r(n.place)
        w(n.place + 1 + thread)
        break
      case Do.GraceEnd: r(n.place + 1 + thread); break
    }
    return f
  }

  /** The first step of an atomic call stands for all of it. */
  private closeAtomic(program: Program, t: number): void {
    for (let changed = true; changed; ) {
      changed = false
      for (const n of program.nodes)
        for (const next of n.edges.values()) if (program.nodes[next]!.inner && join(this.steps[t]![n.id]!, this.steps[t]![next]!)) changed = true
    }
  }

  /** `variant` 0: all paths; odd: those that do not take the lock at all; even: those that do not take it for writing. */
  private future(program: Program, t: number, variant: number): Footprint[] {
    const lock = [...this.variants].find(([, v]) => v === variant || v + 1 === variant)?.[0]
    const waits = (n: Node): boolean =>
      lock !== undefined && n.does === Do.Lock && n.step!.h === lock && (variant % 2 === 1 || n.step!.text !== 'read' || !sharable(lock))
    const out = program.nodes.map((n) => {
      const own = this.steps[t]![n.id]!
      return waits(n) ? { reads: new Uint32Array(this.words), writes: new Uint32Array(this.words) } : { reads: own.reads.slice(), writes: own.writes.slice() }
    })
    for (let changed = true; changed; ) {
      changed = false
      for (let i = program.nodes.length - 1; i >= 0; i--) {
        const n = program.nodes[i]!
        if (waits(n)) continue
        for (const next of n.edges.values()) if (join(out[i]!, out[next]!)) changed = true
      }
    }
    return out
  }
}

const meets = (step: Footprint, future: Footprint): boolean => {
  for (let i = 0; i < step.writes.length; i++) if (step.writes[i]! & (future.reads[i]! | future.writes[i]!) || step.reads[i]! & future.writes[i]!) return true
  return false
}

/** Adds `from` to `into`; true when that changed anything. */
function join(into: Footprint, from: Footprint): boolean {
  let changed = false
  for (let i = 0; i < into.reads.length; i++) {
    const reads = (into.reads[i]! | from.reads[i]!) >>> 0
    const writes = (into.writes[i]! | from.writes[i]!) >>> 0
    if (reads !== into.reads[i] || writes !== into.writes[i]) changed = true
    into.reads[i] = reads
    into.writes[i] = writes
  }
  return changed
}

function watched(writes: Uint32Array, places: Uint8Array | undefined): boolean {
  if (!places) return false
  for (let i = 0; i < places.length; i++) if (places[i] && writes[i >>> 5]! & (1 << (i & 31))) return true
  return false
}
