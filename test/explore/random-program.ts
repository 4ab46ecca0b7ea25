/** Random little kernels: threads that read, write, lock, retry, wait and choose over a few places. Made from a seed, so that a failure has a name. */
import { AGAIN, add, atomic, bug, call, choose, count, fill, get, lock, map, op, read, readOnce, readRef, retry, scan, seqBegin, seqRetry, synchronize, tryLock, unlock, updateRef, waitUntil, write, writeOnce, type Operation, type Step } from '../../main/engine/executors/step.ts'
import { thread, type Question, type StateInvariant } from '../../main/engine/executors/explore/explore.ts'
import type { Booted } from '../../main/engine/boot/boot.ts'
import { Lock, type Cell } from '../../main/engine/state/handles.ts'
import type { Kernel } from '../../main/engine/state/kernel.ts'

/** A generator of numbers in [0, n) that depends on the seed only. */
export const dice = (seed: number) => {
  let x = (seed + 1) * 0x9e3779b1
  return (n: number): number => {
    x ^= x << 13
    x ^= x >>> 17
    x ^= x << 5
    return (x >>> 0) % n
  }
}

type Statement =
  | { readonly do: 'read' | 'readOnce' | 'write' | 'writeOnce' | 'add' | 'bump' | 'get' | 'fill' | 'map' | 'scan' | 'count' | 'update' | 'ref' | 'choose' | 'wait' | 'synchronize'; readonly at: number; readonly value: number }
  | { readonly do: 'lock' | 'trylock' | 'rcu'; readonly at: number; readonly mode: 'read' | 'write'; readonly body: readonly Statement[] }
  | { readonly do: 'call' | 'atomic'; readonly body: readonly Statement[] }
  | { readonly do: 'if'; readonly value: number; readonly body: readonly Statement[]; readonly other: readonly Statement[] }
  | { readonly do: 'retry'; readonly at: number; readonly cells: readonly number[] }
  | { readonly do: 'bug'; readonly value: number }

const CELLS = 4

/** What programs are about: handles of a booted machine, and locks of every kind. */
export interface Ground { readonly booted: Booted; readonly cells: readonly Cell[]; readonly locks: readonly Lock[]; readonly rcu: Lock; readonly seq: Lock; readonly first: number }

export function groundOf(booted: Booted): Ground {
  const { kernel: k } = booted
  const zone = k.zone(0, 4)
  return {
    booted, cells: [zone.contiguous, zone.managed, zone.present, zone.presentEarly].slice(0, CELLS), first: (16 * 2 ** 30) / 4096,
    locks: [
      new Lock(900, 'mutex A', 'mutex', 50), new Lock(901, 'mutex B', 'mutex', 51), new Lock(902, 'rwsem', 'percpu-rwsem', 52), new Lock(903, 'rwlock', 'rwlock', 53),
      new Lock(904, 'spinlock', 'spinlock', 54),
    ],
    seq: new Lock(905, 'seqlock', 'seqlock', 55), rcu: new Lock(906, 'rcu', 'rcu', 56),
  }
}

function statements(roll: (n: number) => number, size: number, depth: number, inside: readonly number[], atomically: boolean): Statement[] {
  const out: Statement[] = []
  for (let i = 0; i < size; i++) {
    const body = (more: readonly number[] = [], quiet = atomically): Statement[] => statements(roll, 1 + roll(2), depth + 1, [...inside, ...more], quiet)
    const what = roll(depth > 2 ? 14 : atomically ? 17 : 27)
    const at = roll(CELLS)
    const value = roll(3)
    if (what < 3) out.push({ do: 'read', at, value })
    else if (what < 6) out.push({ do: 'write', at, value })
    else if (what === 6) out.push({ do: 'add', at, value: 1 + value })
    else if (what === 7) out.push({ do: 'bump', at, value })
    else if (what === 8) out.push({ do: roll(2) ? 'readOnce' : 'writeOnce', at, value })
    else if (what === 9) out.push({ do: roll(2) ? 'get' : 'fill', at: roll(3), value })
    else if (what === 10) out.push({ do: (['scan', 'count', 'map'] as const)[roll(3)]!, at: roll(3), value })
    else if (what === 11) out.push({ do: roll(3) ? 'update' : 'ref', at, value })
    else if (what === 12) out.push({ do: 'choose', at, value: 2 })
    else if (what === 13) out.push({ do: roll(5) ? 'read' : 'bug', at, value })
    else if (what < 17) out.push({ do: 'if', value, body: body(), other: roll(2) ? body() : [] })
    else if (what < 21) {
      const l = roll(5)
      // a thread that takes a lock twice deadlocks by itself: now and then
      if (inside.includes(l) && roll(4)) out.push({ do: 'read', at, value })
      else out.push({ do: 'lock', at: l, mode: roll(2) ? 'read' : 'write', body: body([l]) })
    } else if (what === 21) out.push({ do: 'trylock', at: roll(5), mode: roll(2) ? 'read' : 'write', body: body() })
    else if (what === 22) out.push(roll(2) ? { do: 'rcu', at: 0, mode: 'read', body: body() } : { do: 'synchronize', at: 0, value: 0 })
    else if (what === 23) out.push({ do: roll(2) ? 'call' : 'atomic', body: body([], true) })
    else if (what === 24) out.push(roll(2) ? { do: 'retry', at: 0, cells: [at, roll(CELLS)] } : { do: 'lock', at: -1, mode: 'write', body: body() })
    else if (what === 25) out.push(roll(3) ? { do: 'call', body: body() } : { do: 'wait', at, value })
    else out.push({ do: 'write', at, value })
  }
  return out
}

/** One variable a frame: what it read last. */
interface Variable { x: number }

function operations(ground: Ground): Operation<readonly [readonly Statement[], number]> {
  const { cells, locks, seq, rcu, first, booted: { kernel: k } } = ground
  const field = k.mark
  const from = (at: number): number => first + at * 8
  const attempt = op('attempt', 'test', function* (_k, both: readonly number[]) {
    const start = yield seqBegin(seq)
    const a = yield read(cells[both[0]!]!)
    const b = yield read(cells[both[1]!]!)
    return (yield seqRetry(seq, start)) ? AGAIN : (a + b) % 3
  })
  function* one(s: Statement, v: Variable): Generator<Step, void, number> {
    switch (s.do) {
      case 'read': v.x = yield read(cells[s.at]!); break
      case 'readOnce': v.x = yield readOnce(cells[s.at]!); break
      case 'write': yield write(cells[s.at]!, s.value); break
      case 'writeOnce': yield writeOnce(cells[s.at]!, (v.x + s.value) % 3); break
      case 'add': yield add(cells[s.at]!, s.value); break
      case 'bump': yield write(cells[s.at]!, (v.x + 1) % 3); break
      case 'get': v.x = yield get(field, from(s.at)); break
      case 'fill': yield fill(field, from(s.at), from(s.at) + 8 + 4 * s.value, s.value); break
      case 'map': yield map(field, from(s.at), from(s.at) + 8, (old) => (old + 1) % 3); break
      case 'scan': v.x = (yield scan([field], from(0), from(4), 8, (m) => m === s.value)) < 0 ? 0 : 1; break
      case 'count': v.x = (yield count([field], from(s.at), from(s.at) + 12, (m) => m === s.value)) % 3; break
      case 'update': yield updateRef(k.warnedOnce, (old) => [...new Set([...old, String(s.value)])].sort()); break
      case 'ref': v.x = (yield* readRef(k.warnedOnce)).length; break
      case 'choose': v.x = yield choose(k.uninitialised, s.value); break
      case 'wait': yield waitUntil(cells[s.at]!, s.value); break
      case 'synchronize': yield synchronize(rcu); break
      case 'if': for (const t of v.x === s.value ? s.body : s.other) yield* one(t, v); break
      case 'lock': case 'trylock': case 'rcu': {
        const l = s.do === 'rcu' ? rcu : s.at < 0 ? seq : locks[s.at]!
        if (s.do === 'trylock') {
          if (!(yield tryLock(l, s.mode))) break
        } else yield lock(l, s.mode)
        for (const t of s.body) yield* one(t, v)
        yield unlock(l)
        break
      }
      case 'call': v.x = yield call(block, s.body, v.x); break
      case 'atomic': v.x = yield atomic(block, s.body, v.x); break
      case 'retry': v.x = yield* retry(attempt, s.cells); break
      case 'bug': if (v.x === s.value) yield bug('BUG: a number')
    }
  }
  const block: Operation<readonly [readonly Statement[], number]> = op('block', 'test', function* (_k: Kernel, body: readonly Statement[], x: number) {
    const v = { x }
    for (const s of body) yield* one(s, v)
    return v.x
  })
  return block
}

const INVARIANTS = ['any', 'unlocked', 'quiescent'] as const

/** A question of two or three threads. */
export function randomQuestion(ground: Ground, seed: number): Question {
  const roll = dice(seed)
  const block = operations(ground)
  const { kernel, store } = ground.booted
  const threads = Array.from({ length: 2 + (roll(4) === 0 ? 1 : 0) }, (_, t) =>
    ({ ...thread(`T${t}`, block, statements(roll, 2 + roll(3), 0, [], false), 0), role: roll(6) === 0 ? ('reader' as const) : ('operation' as const) }))
  const invariants: StateInvariant[] = []
  for (const scope of INVARIANTS)
    if (roll(3) === 0) {
      const [a, b, sum] = [ground.cells[roll(CELLS)]!, ground.cells[roll(CELLS)]!, 2 + roll(2)]
      invariants.push({ id: scope, title: 'sum', scope, judge: (_k, reader) => (reader.cell(a) + reader.cell(b) === sum ? `${a.name} and ${b.name} make ${sum}` : undefined) })
    }
  const wanted = roll(3)
  return {
    kernel, base: store, threads, invariants,
    ...(roll(4) === 0 ? { outcome: (results: Parameters<NonNullable<Question['outcome']>>[0]) => (results.every((r) => r.kind === 'returned' && r.value === wanted) ? 'all alike' : undefined) } : {}),
  }
}

/** The statements of a seed's threads, for reading. */
export const spellOut = (question: Question): string => JSON.stringify(question.threads.map((t) => t.args[0]), undefined, 1)
