/**
 * The timed executor: threads that carry out operations under a simulated clock. Steps take no time, costs do; a thread runs until it has
 * to wait for time, for a lock, or for a value. Steps of different threads apply in the order of simulated time, at equal times in the order
 * in which the threads became ready. No clock and no randomness: jitter comes from the caller.
 */
import { errnoName } from '../../errors.ts'
import type { Cell, Lock } from '../../state/handles.ts'
import type { FunctionNames } from '../../state/journal.ts'
import type { Kernel } from '../../state/kernel.ts'
import type { RangeStore } from '../../state/range-store.ts'
import { valueOf, type ChargedCost, type CostValues } from '../../timing/costs.ts'
import { KERN_EMERG, KERN_WARNING, StepKind, type Operation, type Step } from '../step.ts'
import { applyToStore } from './apply.ts'
import { LockQueue, type LockMode } from './lock-queue.ts'
import { deviceMemoryOf, isDeviceMemory, Job, ramOf, Sharing } from './sharing.ts'
import type { CostRun, PieceBody, ThreadRun, TimedRun } from './timed-run.ts'
import { TimedThread, type ThreadSpec } from './timed-thread.ts'

export interface TimedInput {
  readonly kernel: Kernel
  /** As the threads find it; left as they leave it. */
  readonly store: RangeStore
  readonly functions: FunctionNames
  readonly threads: readonly ThreadSpec[]
  readonly costs: CostValues
  /** What a cost that operations charge is; undefined for a name that nobody declared. */
  costOf(name: string): ChargedCost | undefined
  /** A factor for the next duration; 1 when absent. */
  jitter?(): number
  /** false: the totals are enough, pieces and who held which lock when are left out. */
  readonly record?: boolean
}

/** struct pages that no section is smaller than, for padata's smallest chunk. */
const minChunk = (k: Kernel): number => k.pagesPerSection

export function runTimed(input: TimedInput): TimedRun {
  const turns = timedTurns(input)
  for (;;) {
    const r = turns.next()
    if (r.done) return r.value
  }
}

/** The same in turns, each of a few events, for who has something else to do meanwhile; nothing is lost by leaving it half way. */
export function timedTurns(input: TimedInput): Generator<void, TimedRun> {
  return new TimedExecutor(input).turns()
}

const EVENTS_A_TURN = 32

class TimedExecutor {
  private now = 0
  private events = 0
  private readonly threads: readonly TimedThread[]
  private readonly ready: TimedThread[] = []
  private readonly queues = new Map<Lock, LockQueue>()
  private readonly costs = new Map<string, { units: number; time: number }>()
  private readonly unknown = new Set<string>()
  private readonly sharing: Sharing
  private readonly gracePeriod: number
  private readonly retrySleep: number
  private readonly acquire: number
  private readonly remote: number
  private readonly recording: boolean
  private awaiting = 0

  constructor(private readonly input: TimedInput) {
    const { costs, kernel } = input
    this.recording = input.record ?? true
    const ceiling = { ram: valueOf(costs, 'memory bandwidth ceiling') || Infinity, device: valueOf(costs, 'device bandwidth ceiling') || Infinity }
    this.sharing = new Sharing({
      cpus: (node) => kernel.node(node).cpus,
      ceiling: (target) => (isDeviceMemory(target) ? ceiling.device : ceiling.ram),
    })
    this.gracePeriod = valueOf(costs, 'percpu-rwsem write')
    this.retrySleep = valueOf(costs, 'sysfs retry sleep')
    this.acquire = valueOf(costs, 'lock acquire')
    this.remote = valueOf(costs, 'remote node factor')
    this.threads = input.threads.map((spec, i) => new TimedThread(i, spec))
  }

  *turns(): Generator<void, TimedRun> {
    const firstLine = this.input.store.log.length
    for (const t of this.threads) {
      if (t.spec.start > 0) t.state = { at: 'sleeping', until: t.spec.start, cost: '' }
      else this.ready.push(t)
    }
    for (;;) {
      for (let t = this.ready.shift(); t; t = this.ready.shift()) this.advance(t)
      this.sharing.settle(this.now)
      const next = this.nextEvent()
      if (next === Infinity) break
      this.now = next
      for (const t of this.threads) this.wake(t)
      if (++this.events % EVENTS_A_TURN === 0) yield
    }
    return this.outcome(firstLine)
  }

  private nextEvent(): number {
    let next = Infinity
    for (const { state } of this.threads) {
      if (state.at === 'working') next = Math.min(next, state.job.doneAt)
      else if (state.at === 'sleeping' || state.at === 'retrying') next = Math.min(next, state.until)
    }
    return next
  }

  /** Lets a thread go on whose time has come. */
  private wake(t: TimedThread): void {
    const { state, now } = { state: t.state, now: this.now }
    if (state.at === 'working' && state.job.doneAt <= now) {
      this.sharing.end(state.job)
      const c = this.costs.get(state.cost)!
      c.time += now - t.since
      this.piece(t, { kind: 'work', cost: state.cost, units: state.units, workers: state.job.workers, node: state.job.target < 0 ? -1 : Math.floor(state.job.target / 2), device: state.cost.startsWith('device ') || (state.job.target >= 0 && isDeviceMemory(state.job.target)) })
      this.ready.push(t)
    } else if (state.at === 'sleeping' && state.until <= now) {
      if (state.cost === '') t.since = now
      else {
        this.costs.get(state.cost)!.time += now - t.since
        this.piece(t, { kind: 'sleep', cost: state.cost })
      }
      t.state = { at: 'ready' }
      if (!state.next || this.enter(t, state.next.lock, state.next.mode)) this.ready.push(t)
    } else if (state.at === 'retrying' && state.until <= now) {
      const q = this.queue(state.lock)
      if (!q.free) {
        t.state = { ...state, until: Infinity, holder: q.holder ?? -1 }
        return
      }
      q.retried(t.index, t.since, now)
      this.piece(t, { kind: 'wait', what: state.lock.name, mode: 'write', holder: state.holder, by: state.freedBy }, state.freedAt)
      if (now > state.freedAt) {
        this.charged('sysfs retry sleep', 1).time += now - state.freedAt
        this.piece(t, { kind: 'sleep', cost: 'sysfs retry sleep' })
      }
      this.has(t, state.lock, 'write')
    }
  }

  /** Takes steps until the thread has to wait. */
  private advance(t: TimedThread): void {
    const { kernel, store, functions } = this.input
    t.state = { at: 'ready' }
    if (t.passes) {
      this.unlock(t, t.passes)
      t.passes = undefined
    }
    for (;;) {
      const frame = t.frame
      if (!frame) {
        if (!this.begin(t)) return
        continue
      }
      store.fn = t.fn
      let r: IteratorResult<Step, number>
      try {
        r = frame.next(t.input)
      } catch (e) {
        // only hooks of device types may throw; what they did stays, and nothing behind it happens
        if (!t.hook) throw e
        this.stop(t, 'stopped', e instanceof Error ? e.message : String(e))
        return
      }
      if (r.done) {
        t.input = r.value
        t.frame = t.frames.pop()
        t.fn = t.names.pop() ?? 0
        if (!t.frame) this.finish(t, r.value)
        continue
      }
      const s = r.value
      t.input = 0
      const answer = applyToStore(store, s)
      if (answer !== undefined) {
        t.input = answer
        if (this.awaiting > 0 && (s.kind === StepKind.Write || s.kind === StepKind.Add)) this.valueChanged(t, s.h as Cell)
        continue
      }
      switch (s.kind) {
        case StepKind.Call: {
          const callee = s.x as Operation<readonly unknown[]>
          t.frames.push(frame)
          t.names.push(t.fn)
          t.frame = callee.body(kernel, ...(s.y as readonly unknown[]))
          t.fn = functions.id(callee.name)
          break
        }
        case StepKind.Cost: if (this.charge(t, s)) return; break
        case StepKind.Lock: if (!this.lock(t, s.h as Lock, s.text as LockMode, s.a === 1)) return; break
        case StepKind.TryLock: t.input = this.queue(s.h as Lock).tryTake(t.index, s.text as LockMode, this.now) ? 1 : 0; if (t.input === 1) t.held.push({ lock: s.h as Lock, mode: s.text as LockMode }); break
        case StepKind.SeqBegin: if (!this.seqBegin(t, s.h as Lock)) return; break
        case StepKind.Unlock: this.unlock(t, s.h as Lock); break
        case StepKind.WaitUntil: if (!this.await(t, s.h as Cell, s.a)) return; break
        case StepKind.Print: store.print({ level: s.a, text: s.text, fn: functions.name(t.fn) }); break
        case StepKind.Warn: this.warn(s.text, s.x as string | undefined, functions.name(t.fn)); break
        case StepKind.Bug:
          store.print({ level: KERN_EMERG, text: s.text, fn: functions.name(t.fn), splat: 'BUG' })
          this.stop(t, 'stopped', `${s.text} [${functions.name(t.fn)}]`)
          return
        case StepKind.Fail:
          t.input = -s.a
          t.reason ??= `${s.text} [${functions.name(t.fn)}]`
          break
        default: throw new Error(`a step of kind ${s.kind} has no meaning in time`)
      }
    }
  }

  /** The next command of a thread; false when there is none. */
  private begin(t: TimedThread): boolean {
    const next = t.spec.next(t.lastRet)
    if (!next) {
      t.state = { at: 'done' }
      t.end = this.now
      return false
    }
    t.reason = undefined
    t.command = { text: next.text, from: this.now }
    if ('refused' in next) {
      t.reason = next.refused.reason
      this.finish(t, next.refused.ret)
      return true
    }
    const { operation, args, hook } = next.bound
    t.hook = hook !== undefined
    t.frame = operation.body(this.input.kernel, ...args)
    t.fn = this.input.functions.id(operation.name)
    t.input = 0
    return true
  }

  private finish(t: TimedThread, ret: number): void {
    const errno = ret < 0 ? errnoName(ret) : undefined
    t.commands.push({ ...t.command!, to: this.now, ret, ...(errno === undefined ? {} : { errno }), ...(ret < 0 && t.reason !== undefined ? { reason: t.reason } : {}) })
    t.command = undefined
    t.lastRet = ret
  }

  private stop(t: TimedThread, at: 'stopped' | 'hangs', reason: string): void {
    t.state = { at }
    t.reason = reason
    t.end = this.now
    if (t.command) t.commands.push({ ...t.command, to: this.now, ret: -1, errno: at === 'stopped' ? 'BUG' : 'HANGS', reason })
  }

  // ---------------------------------------------------------------------------------------------------------------- time

  /** Charges a cost; true when the thread has to wait for it to pass. */
  private charge(t: TimedThread, s: Step): boolean {
    const { kernel, costs } = this.input
    const [name, units] = [s.text, s.a]
    if (units <= 0) return false
    const cost = this.input.costOf(name)
    this.charged(name, units)
    if (!cost) {
      this.unknown.add(name)
      return false
    }
    let perUnit = costs[name] ?? cost.default
    const node = s.b < 0 ? t.spec.node : s.b
    if (cost.kind === 'memory' && node !== t.spec.node) perUnit *= this.remote
    const time = perUnit * units * this.jitter()
    if (time <= 0) return false
    if (cost.kind === 'wait') {
      t.state = { at: 'sleeping', until: this.now + time, cost: name }
      t.since = this.now
      return true
    }
    const cpus = kernel.node(t.spec.node).cpus
    const asked = s.c < 0 ? valueOf(costs, 'padata workers') || cpus : Math.max(s.c, name.startsWith('device struct page') ? valueOf(costs, 'device init workers') : 1)
    const workers = Math.max(1, Math.min(asked, cpus, Math.floor(units / minChunk(kernel))))
    const memory = cost.kind === 'memory' ? (s.x === 'device' ? deviceMemoryOf(node) : ramOf(node)) : -1
    this.work(t, name, units, new Job(t.index, t.spec.node, t.spec.cpu, workers, time, memory, memory < 0 ? 0 : kernel.constants.structPageSize / perUnit, this.now))
    return true
  }

  private work(t: TimedThread, cost: string, units: number, job: Job): void {
    this.sharing.start(job)
    t.state = { at: 'working', job, cost, units }
    t.since = this.now
  }

  private charged(name: string, units: number): { units: number; time: number } {
    let c = this.costs.get(name)
    if (!c) this.costs.set(name, (c = { units: 0, time: 0 }))
    c.units += units
    return c
  }

  private jitter(): number {
    return this.input.jitter?.() ?? 1
  }

  // --------------------------------------------------------------------------------------------------------------- locks

  private queue(lock: Lock): LockQueue {
    let q = this.queues.get(lock)
    if (!q) this.queues.set(lock, (q = new LockQueue(lock, this.recording)))
    return q
  }

  /** True when the thread has the lock now and goes on at once. */
  private lock(t: TimedThread, lock: Lock, mode: LockMode, retry: boolean): boolean {
    const { store, kernel } = this.input
    const body = store.ref(kernel.heldForEver).find((l) => l.lock === lock && (l.mode === 'write' || mode === 'write'))
    if (body) {
      this.stop(t, 'hangs', `waits for ever for ${lock.name}, which ${body.by}() never dropped`)
      return false
    }
    const q = this.queue(lock)
    if (retry) {
      if (q.tryTake(t.index, 'write', this.now)) return this.taken(t, lock, 'write')
      q.retry(t.index, this.now)
      t.state = { at: 'retrying', lock, holder: q.holder ?? -1, until: Infinity, freedAt: 0, freedBy: -1 }
      t.since = this.now
      return false
    }
    if (mode === 'write' && lock.kind === 'percpu-rwsem') {
      const until = q.writerComes(this.now, this.gracePeriod * this.jitter())
      if (until > this.now) {
        this.charged('percpu-rwsem write', 1)
        t.state = { at: 'sleeping', until, cost: 'percpu-rwsem write', next: { lock, mode } }
        t.since = this.now
        return false
      }
    }
    return this.enter(t, lock, mode)
  }

  private enter(t: TimedThread, lock: Lock, mode: LockMode): boolean {
    const q = this.queue(lock)
    if (q.tryTake(t.index, mode, this.now)) return this.taken(t, lock, mode)
    q.wait(t.index, mode, this.now)
    t.state = { at: 'queued', lock, mode, holder: q.holder ?? -1 }
    t.since = this.now
    return false
  }

  /** Notes that the thread holds the lock; false when taking it costs time. */
  private taken(t: TimedThread, lock: Lock, mode: LockMode): boolean {
    t.held.push({ lock, mode })
    if (this.acquire <= 0) return true
    this.charged('lock acquire', 1)
    this.work(t, 'lock acquire', 1, new Job(t.index, t.spec.node, t.spec.cpu, 1, this.acquire * this.jitter(), -1, 0, this.now))
    return false
  }

  /** A thread that waited has the lock and goes on. */
  private has(t: TimedThread, lock: Lock, mode: LockMode): void {
    if (this.taken(t, lock, mode)) this.ready.push(t)
  }

  /** A reader of a sequence waits until no writer is inside, and holds nothing afterwards. */
  private seqBegin(t: TimedThread, lock: Lock): boolean {
    t.passes = lock
    if (!this.enter(t, lock, 'read')) return false
    t.passes = undefined
    this.unlock(t, lock)
    return true
  }

  private unlock(t: TimedThread, lock: Lock): void {
    const at = t.held.findLastIndex((l) => l.lock === lock)
    if (at < 0) throw new Error(`${lock.name} dropped but not held in ${this.input.functions.name(t.fn)}()`)
    const { mode } = t.held.splice(at, 1)[0]!
    const q = this.queue(lock)
    const granted = q.release(t.index, this.now)
    if (mode === 'write' && lock.kind === 'percpu-rwsem') q.writerGoes(this.now, this.gracePeriod)
    for (const w of granted) {
      const waiter = this.threads[w.thread]!
      const holder = waiter.state.at === 'queued' ? waiter.state.holder : -1
      this.piece(waiter, { kind: 'wait', what: lock.name, mode: w.mode, holder, by: t.index })
      waiter.state = { at: 'ready' }
      this.has(waiter, lock, w.mode)
    }
    if (!q.free) return
    for (const { thread, since } of q.retriers) {
      const r = this.threads[thread]!
      if (r.state.at !== 'retrying') continue
      const until = since + Math.ceil((this.now - since) / this.retrySleep) * this.retrySleep
      r.state = { ...r.state, until, freedAt: this.now, freedBy: t.index }
    }
  }

  // -------------------------------------------------------------------------------------------------------------- values

  private await(t: TimedThread, cell: Cell, value: number): boolean {
    if (this.input.store.cell(cell) === value) return true
    t.state = { at: 'awaiting', cell: cell.id, name: cell.name, value }
    t.since = this.now
    this.awaiting++
    return false
  }

  private valueChanged(by: TimedThread, cell: Cell): void {
    const value = this.input.store.cell(cell)
    for (const t of this.threads) {
      const { state } = t
      if (state.at !== 'awaiting' || state.cell !== cell.id || state.value !== value) continue
      this.awaiting--
      this.piece(t, { kind: 'wait', what: state.name, mode: 'value', holder: -1, by: by.index })
      t.state = { at: 'ready' }
      this.ready.push(t)
    }
  }

  // ------------------------------------------------------------------------------------------------------------- records

  /** Notes what the thread did since it began to do it. */
  private piece(t: TimedThread, what: PieceBody, to = this.now): void {
    const from = t.since
    t.since = to
    if (to <= from) return
    t.spent[what.kind === 'wait' && what.mode === 'value' ? 'await' : what.kind] += to - from
    if (!this.recording) return
    const fn = this.input.functions.name(t.fn)
    const command = t.commands.length
    const held = t.heldNames
    // written out by kind: one shape each
    switch (what.kind) {
      case 'work': t.pieces.push({ kind: 'work', from, to, fn, command, held, cost: what.cost, units: what.units, workers: what.workers, node: what.node, device: what.device }); break
      case 'wait': t.pieces.push({ kind: 'wait', from, to, fn, command, held, what: what.what, mode: what.mode, holder: what.holder, by: what.by }); break
      case 'sleep': t.pieces.push({ kind: 'sleep', from, to, fn, command, held, cost: what.cost }); break
    }
  }

  private warn(text: string, once: string | undefined, fn: string): void {
    const { store, kernel } = this.input
    if (once !== undefined) {
      const seen = store.ref(kernel.warnedOnce)
      if (seen.includes(once)) return
      store.setRef(kernel.warnedOnce, [...seen, once])
    }
    store.print({ level: KERN_WARNING, text, fn, splat: 'WARN' })
  }

  private outcome(firstLine: number): TimedRun {
    for (const t of this.threads) {
      const { state } = t
      if (state.at === 'queued') this.hangs(t, state.lock.name, state.mode, state.holder)
      else if (state.at === 'retrying') this.hangs(t, state.lock.name, 'write', state.holder)
      else if (state.at === 'awaiting') this.hangs(t, state.name, 'value', -1)
    }
    for (const q of this.queues.values()) q.close(this.now)
    const threads = this.threads.map(threadRun)
    const total = Math.max(0, ...threads.map((t) => t.end))
    return {
      total,
      ideal: Math.max(0, ...threads.map((t) => t.end - t.waited)),
      threads,
      locks: [...this.queues.values()].sort((a, b) => a.lock.rank - b.lock.rank).flatMap((q) => q.stats),
      costs: [...this.costs].map(([name, c]): CostRun => ({ name, ...c })),
      unknownCosts: [...this.unknown],
      events: this.events,
      log: this.input.store.log.slice(firstLine),
    }
  }

  private hangs(t: TimedThread, what: string, mode: LockMode | 'value', holder: number): void {
    this.piece(t, { kind: 'wait', what, mode, holder, by: -1 })
    this.stop(t, 'hangs', `waits for ever for ${what}${holder < 0 ? '' : `, which ${this.threads[holder]!.spec.name} holds`}`)
  }
}

function threadRun(t: TimedThread): ThreadRun {
  const { at } = t.state
  return {
    name: t.spec.name, node: t.spec.node, cpu: t.spec.cpu, start: t.spec.start, end: t.end,
    waited: t.spent.wait, awaited: t.spent.await, slept: t.spent.sleep, worked: t.spent.work,
    state: at === 'stopped' || at === 'hangs' ? at : 'done',
    ...(at !== 'done' && t.reason !== undefined ? { reason: t.reason } : {}),
    commands: t.commands, pieces: t.pieces,
  }
}
