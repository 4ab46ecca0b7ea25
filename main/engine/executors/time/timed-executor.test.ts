import { describe, expect, test } from 'vitest'
import { Rig, smallGuest } from '../../../../test/golden/machine.ts'
import { bind, type Bound } from '../../operation-of.ts'
import type { Kernel } from '../../state/kernel.ts'
import type { Lock } from '../../state/handles.ts'
import { criticalPath } from '../../timing/critical-path.ts'
import { parameterOf, type CostValues } from '../../timing/costs.ts'
import { add, bug, call, cost, lock, op, read, seqBegin, seqRetry, tryLock, unlock, waitUntil, write } from '../step.ts'
import { runTimed } from './timed-executor.ts'
import type { TimedRun } from './timed-run.ts'

/** A machine with eight CPUs on node 0 and two on node 1. Locks cost nothing here unless a story says so. */
function machine() {
  return new Rig({ ...smallGuest(), nodes: [{ id: 0, cpus: 8 }, { id: 1, cpus: 2 }] }).engine.booted
}

interface Story { readonly name?: string; readonly node?: number; readonly cpu?: number; readonly start?: number; readonly does: (k: Kernel) => Bound | readonly Bound[] }

const FREE: CostValues = { 'percpu-rwsem write': 0, 'memory bandwidth ceiling': 0, 'device bandwidth ceiling': 0 }

function timed(stories: readonly Story[], costs: CostValues = {}): TimedRun {
  const { kernel, store, executor } = machine()
  return runTimed({
    kernel, store, functions: executor.functions, costs: { ...FREE, ...costs },
    costOf: (name) => {
      const p = parameterOf(name)
      return p?.use === 'charged' ? p : undefined
    },
    threads: stories.map(({ name, node = 0, cpu = -1, start = 0, does }, i) => {
      const todo = [does(kernel)].flat()
      return { name: name ?? `t${i}`, node, cpu, start, next: () => (todo.length > 0 ? { text: 'work', bound: todo.shift()! } : undefined) }
    }),
  })
}

/** Works for `ns` (the cost "notifier" is 1 ns here). */
const work = (ns: number) => cost('notifier', ns)
const NS: CostValues = { notifier: 1 }

const locked = (of: (k: Kernel) => Lock, ns: number, mode: 'read' | 'write' | 'retry' = 'write') =>
  op('locked', 'test', function* (k) {
    yield lock(of(k), mode)
    yield work(ns)
    yield unlock(of(k))
    return 0
  })

const ends = (run: TimedRun) => run.threads.map((t) => t.end)

describe('locks', () => {
  test('who waits for a lock gets it in the order in which they came', () => {
    const one = bind(locked((k) => k.resourceLock, 100))
    const run = timed([{ does: () => one }, { start: 20, does: () => one }, { start: 10, does: () => one }], NS)
    expect(ends(run)).toEqual([100, 300, 200])
    expect(run.locks).toMatchObject([{ mode: 'write', taken: 3, held: 300, longestHold: 100, waited: 270, longestWait: 180, mostWaiters: 2 }])
    expect(run.locks[0]!.waiters).toEqual([{ at: 10, n: 1 }, { at: 20, n: 2 }, { at: 100, n: 1 }, { at: 200, n: 0 }])
    expect([run.total, run.ideal]).toEqual([300, 120])
  })

  test('readers share; one who comes after a waiting writer waits behind it', () => {
    const reader = bind(locked((k) => k.resourceLock, 100, 'read'))
    const writer = bind(locked((k) => k.resourceLock, 50))
    const run = timed([{ does: () => reader }, { start: 10, does: () => reader }, { start: 20, does: () => writer }, { start: 30, does: () => reader }], NS)
    expect(ends(run)).toEqual([100, 110, 160, 260])
    expect(run.locks.find((l) => l.mode === 'read')).toMatchObject({ taken: 3, held: 300, waited: 130, mostWaiters: 1 })
  })

  test('the first writer of a percpu rwsem waits for a grace period; writers soon after one another share it', () => {
    const writer = bind(locked((k) => k.memHotplugLock, 100))
    const run = timed([{ does: () => writer }, { start: 5, does: () => writer }, { start: 400, does: () => writer }, { start: 2000, does: () => writer }], { ...NS, 'percpu-rwsem write': 250 })
    // 0: 250 + 100; 5: the same grace period, then the lock; 400: within a grace period of the last writer; 2000: anew
    expect(ends(run)).toEqual([350, 450, 550, 2350])
    expect(run.threads.map((t) => t.slept)).toEqual([250, 245, 0, 250])
  })

  test('one who finds device_hotplug_lock taken comes again every 5 ms and does not queue', () => {
    const sysfs = bind(locked((k) => k.deviceHotplugLock, 1e6, 'retry'))
    const driver = bind(locked((k) => k.deviceHotplugLock, 2e6))
    const run = timed([{ does: () => driver }, { start: 1e6, does: () => sysfs }, { start: 1.5e6, does: () => driver }], NS)
    // comes at 1 ms and at 6 ms; the second driver, which queued later, has it from 2 to 4 ms
    expect(ends(run)).toEqual([2e6, 7e6, 4e6])
    expect(run.threads[1]!.pieces.map((p) => [p.kind, p.from, p.to])).toEqual([['wait', 1e6, 4e6], ['sleep', 4e6, 6e6], ['work', 6e6, 7e6]])
  })

  test('a wait for ever takes no events: ten minutes of 5 ms retries are one wait', () => {
    const run = timed([{ does: () => bind(locked((k) => k.deviceHotplugLock, 600e9)) }, { start: 1, does: () => bind(locked((k) => k.deviceHotplugLock, 1, 'retry')) }], NS)
    expect(run.events).toBeLessThan(6)
    expect(run.threads[1]!.end).toBe(1 + 120_000 * 5e6 + 1)
  })

  test('two threads that take two locks in opposite order wait for ever, and the run says so', () => {
    const both = (first: (k: Kernel) => Lock, second: (k: Kernel) => Lock) => op('both', 'test', function* (k) {
      yield lock(first(k))
      yield work(10)
      yield lock(second(k))
      yield unlock(second(k))
      yield unlock(first(k))
      return 0
    })
    const run = timed([{ does: () => bind(both((k) => k.resourceLock, (k) => k.memoryChain)) }, { does: () => bind(both((k) => k.memoryChain, (k) => k.resourceLock)) }], NS)
    expect(run.threads.map((t) => [t.state, t.reason])).toEqual([
      ['hangs', 'waits for ever for memory_chain, which t1 holds'], ['hangs', 'waits for ever for resource_lock, which t0 holds'],
    ])
  })

  test('a BUG ends a thread with its locks held: who needs them hangs, the others go on', () => {
    const broken = op('broken', 'test', function* (k) {
      yield lock(k.resourceLock)
      yield bug('kernel BUG at mm/page_alloc.c')
      return 0
    })
    const run = timed([{ does: () => bind(broken) }, { start: 1, does: () => bind(locked((k) => k.resourceLock, 1)) }, { does: () => bind(locked((k) => k.memoryChain, 100)) }], NS)
    expect(run.threads.map((t) => t.state)).toEqual(['stopped', 'hangs', 'done'])
    expect(run.threads[0]!.commands[0]).toMatchObject({ errno: 'BUG' })
  })

  test('a lock that is only tried is not waited for; a reader of a sequence waits until the writer has left it', () => {
    const tries = op('tries', 'test', function* (k) {
      yield work(10)
      const got = yield tryLock(k.resourceLock)
      if (got) yield unlock(k.resourceLock)
      return got
    })
    const run = timed([{ does: () => bind(locked((k) => k.resourceLock, 50)) }, { does: () => [bind(tries), bind(locked((k) => k.memoryChain, 90)), bind(tries)] }], NS)
    expect(run.threads[1]!.commands.map((c) => c.ret)).toEqual([0, 0, 1])
    const reads = op('reads', 'test', function* (k) {
      yield work(10)
      const seq = yield seqBegin(k.zone(0, 2).spanSeqlock)
      return yield seqRetry(k.zone(0, 2).spanSeqlock, seq)
    })
    const sequence = timed([{ does: () => bind(locked((k) => k.zone(0, 2).spanSeqlock, 50)) }, { does: () => bind(reads) }, { start: 60, does: () => bind(reads) }], NS)
    expect(sequence.threads.map((t) => [t.end, t.state])).toEqual([[50, 'done'], [50, 'done'], [70, 'done']])
  })

  test('taking a lock may cost time', () => {
    const run = timed([{ does: () => bind(locked((k) => k.resourceLock, 100)) }, { does: () => bind(locked((k) => k.resourceLock, 100)) }], { ...NS, 'lock acquire': 7 })
    expect(ends(run)).toEqual([107, 214])
  })
})

describe('CPUs and memory', () => {
  const busy = op('busy', 'test', function* () {
    yield work(100)
    return 0
  })
  const writes = (node: number, pages: number, home: 'ram' | 'device' = 'ram', workers = 1) => op('writes', 'test', function* () {
    yield cost('struct page init', pages, node, home, workers)
    return 0
  })
  const S = 32768

  test('threads that are more than the CPUs of their node get an equal share each', () => {
    const run = timed([{ node: 1, does: () => bind(busy) }, { node: 1, does: () => bind(busy) }, { node: 1, does: () => bind(busy) }, { node: 0, does: () => bind(busy) }], NS)
    expect(ends(run)).toEqual([150, 150, 150, 100])
  })

  test('one who comes later slows the others down from then on, and goes on faster when they are done', () => {
    const run = timed([{ cpu: 8, node: 1, does: () => bind(busy) }, { cpu: 8, node: 1, start: 50, does: () => bind(busy) }, { cpu: 9, node: 1, does: () => bind(busy) }], NS)
    expect(ends(run)).toEqual([150, 200, 100])
  })

  test("struct pages of another node take longer by the remote factor", () => {
    const run = timed([{ node: 0, does: () => bind(writes(0, 10)) }, { node: 0, does: () => bind(writes(1, 10)) }], { 'struct page init': 10, 'remote node factor': 1.5 })
    expect(ends(run)).toEqual([100, 150])
  })

  test('under a ceiling demand D slows down by sqrt(1 + (D/B)²), and one writer alone takes what the cost says', () => {
    // 64 bytes in 10 ns: 6.4 GB/s each
    const costs = { 'struct page init': 10, 'memory bandwidth ceiling': 12.8 }
    expect(ends(timed([{ does: () => bind(writes(0, 1000)) }], costs))).toEqual([10_000])
    const two = timed([{ does: () => bind(writes(0, 1000)) }, { does: () => bind(writes(0, 1000)) }], costs)
    expect(ends(two)[0]).toBeCloseTo(10_000 * Math.sqrt((1 + 1) / (1 + 0.25)), 6)
    // the device of the node has a ceiling of its own
    expect(ends(timed([{ does: () => bind(writes(0, 1000)) }, { does: () => bind(writes(0, 1000, 'device')) }], costs))).toEqual([10_000, 10_000])
  })

  test('workers share the work of a thread: as many as the node has CPUs, and none for less than a section', () => {
    const costs = { 'struct page init': 1 }
    expect(ends(timed([{ does: () => bind(writes(0, 16 * S, 'ram', -1)) }], costs))).toEqual([2 * S])
    expect(ends(timed([{ does: () => bind(writes(0, 3 * S, 'ram', -1)) }], costs))).toEqual([S])
    expect(ends(timed([{ does: () => bind(writes(0, 16 * S, 'ram', -1)) }], { ...costs, 'padata workers': 4 }))).toEqual([4 * S])
    expect(ends(timed([{ node: 1, does: () => bind(writes(1, 16 * S, 'ram', 4)) }], costs))).toEqual([8 * S])
  })
})

describe('time and state', () => {
  test('steps of different threads apply in the order of simulated time', () => {
    const seen: [string, number][] = []
    const adder = (name: string, delay: number) => op(name, 'test', function* (k) {
      for (let i = 0; i < 3; i++) {
        yield work(delay)
        seen.push([name, yield add(k.maxPfn, 1)])
      }
      return 0
    })
    const first = op('first', 'test', function* (k) {
      yield write(k.maxPfn, 0)
      return 0
    })
    timed([{ does: () => [bind(first), bind(adder('a', 20))] }, { does: () => bind(adder('b', 30)) }], NS)
    // at 60 both are ready: a was there first
    expect(seen).toEqual([['a', 1], ['b', 2], ['a', 3], ['a', 4], ['b', 5], ['b', 6]])
  })

  test('a wait for a value ends when somebody sets it; nobody hangs who does not wait', () => {
    const setter = op('setter', 'test', function* (k) {
      yield work(70)
      yield write(k.signalPending, 1)
      return 0
    })
    const waiter = op('waiter', 'test', function* (k, value: number) {
      yield waitUntil(k.signalPending, value)
      return yield read(k.signalPending)
    })
    const run = timed([{ does: () => bind(setter) }, { does: () => bind(waiter, 1) }, { does: () => bind(waiter, 2) }], NS)
    expect(run.threads.map((t) => [t.end, t.state])).toEqual([[70, 'done'], [70, 'done'], [70, 'hangs']])
    expect(run.threads[1]!.awaited).toBe(70)
    expect(run.ideal).toBe(70)
  })

  test('the critical path leads from the end through those who let others go on, without gaps', () => {
    const chain = op('chain', 'test', function* (k) {
      yield work(10)
      yield call(locked((kk) => kk.resourceLock, 100))
      yield work(5)
      void k
      return 0
    })
    const run = timed([{ does: () => bind(chain) }, { start: 3, does: () => bind(chain) }, { start: 4, does: () => bind(chain) }], NS)
    expect(run.total).toBe(315)
    const path = criticalPath(run)
    expect(path.map((p) => [p.thread, p.from, p.to, p.piece?.fn])).toEqual([
      [0, 0, 10, 'chain'], [0, 10, 110, 'locked'], [1, 110, 210, 'locked'], [2, 210, 310, 'locked'], [2, 310, 315, 'chain'],
    ])
  })

  test('what a thread did adds up to its time, and a cost without a value is named', () => {
    const odd = op('odd', 'test', function* () {
      yield cost('no such cost', 5)
      yield work(10)
      yield cost('synchronize_rcu', 1)
      return 0
    })
    const run = timed([{ start: 5, does: () => bind(odd) }], { ...NS, synchronize_rcu: 1000 })
    const [t] = run.threads
    expect(t!.worked + t!.slept + t!.waited + t!.awaited).toBe(t!.end - t!.start)
    expect([run.unknownCosts, run.costs]).toEqual([['no such cost'], [{ name: 'no such cost', units: 5, time: 0 }, { name: 'notifier', units: 10, time: 10 }, { name: 'synchronize_rcu', units: 1, time: 1000 }]])
  })
})
