/**
 * The lock order, from what local states hold and want. A cycle is one that threads could close: each step of it by another thread, no lock
 * held by two of them all the while (such a gate keeps them apart), and no two that only read.
 */
import type { Lock } from '../../state/handles.ts'
import { Do } from './node.ts'
import { sharable } from './machine.ts'
import type { Program } from './program.ts'

interface Edge {
  readonly from: Lock
  readonly fromReads: boolean
  readonly to: Lock
  readonly toReads: boolean
  readonly thread: number
  readonly node: number
  readonly others: readonly Lock[]
}

export interface LockCycle {
  readonly locks: readonly string[]
  readonly text: string
  /** A local state in which a thread is about to close it. */
  readonly thread: number
  readonly node: number
}

export function lockCycles(programs: readonly Program[], without: ReadonlySet<string>): readonly LockCycle[] {
  const edges = new Map<string, Edge>()
  programs.forEach((program, thread) => {
    for (const n of program.nodes) {
      if (n.does !== Do.Lock) continue
      const to = n.step!.h as Lock
      const toReads = n.step!.text === 'read' && sharable(to)
      for (const h of n.held) {
        if (h.mode === 'seq' || h.lock === to || h.lock.kind === 'rcu' || to.kind === 'rcu' || without.has(h.lock.name)) continue
        const others = n.held.filter((o) => o !== h && o.mode === 'write' && !without.has(o.lock.name)).map((o) => o.lock)
        const edge: Edge = { from: h.lock, fromReads: h.mode === 'read', to, toReads, thread, node: n.id, others }
        const key = `${h.lock.id} ${edge.fromReads} ${to.id} ${toReads} ${thread} ${others.map((o) => o.id).sort((a, b) => a - b).join()}`
        if (!edges.has(key)) edges.set(key, edge)
      }
    }
  })
  const all = [...edges.values()]
  const found = new Map<string, LockCycle>()
  const walk = (path: readonly Edge[]): void => {
    const first = path[0]!
    const last = path[path.length - 1]!
    for (const e of all) {
      if (e.from !== last.to || (last.toReads && e.fromReads)) continue
      if (path.some((p) => p.thread === e.thread || p.others.some((o) => e.others.includes(o)))) continue
      const next = [...path, e]
      if (e.to === first.from && !(e.toReads && first.fromReads)) {
        const locks = next.map((x) => x.from.name)
        const key = [...locks].sort().join('\n')
        if (!found.has(key)) {
          const text = next.map((x) => `${programs[x.thread]!.spec.name} takes ${x.to.name} with ${x.from.name} held in ${programs[x.thread]!.nodes[x.node]!.operation.name}()`).join(', ')
          found.set(key, { locks, text, thread: e.thread, node: e.node })
        }
      } else if (next.length < programs.length) walk(next)
    }
  }
  for (const e of all) walk([e])
  return [...found.values()]
}
