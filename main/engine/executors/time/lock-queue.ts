/**
 * A lock of the timed executor: who has it, who waits, first come first served. Writers and spinlock holders exclude everybody; readers
 * share, but one who comes after a waiting writer waits behind it. A percpu rwsem's first writer waits for a grace period before it
 * queues (rcu_sync); those who come while another writes, or within a grace period after it, need not.
 */
import type { Lock } from '../../state/handles.ts'

export type LockMode = 'read' | 'write'

export interface Waiter { readonly thread: number; readonly mode: LockMode; readonly since: number }

/** What the table of a run says of one lock in one mode. Times in ns. */
export interface LockStats {
  readonly lock: Lock
  readonly mode: LockMode
  taken: number
  held: number
  longestHold: number
  waited: number
  longestWait: number
  mostWaiters: number
  /** How many waited from when on. */
  readonly waiters: { readonly at: number; readonly n: number }[]
  readonly holds: { readonly thread: number; readonly from: number; readonly to: number }[]
}

export class LockQueue {
  private writer: { readonly thread: number; readonly since: number } | undefined
  private readonly readers = new Map<number, number>()
  private readonly queue: Waiter[] = []
  private readonly waiting = { read: 0, write: 0 }
  private readonly byMode: { read?: LockStats; write?: LockStats } = {}
  /** Threads that sleep and come again. */
  readonly retriers: { readonly thread: number; readonly since: number }[] = []
  // rcu_sync
  private writers = 0
  private syncedAt = -1
  private idleAt = -1

  /** `record`: keep who held it when, and how many waited when. */
  constructor(readonly lock: Lock, private readonly record = true) {}

  get stats(): readonly LockStats[] {
    return [this.byMode.write, this.byMode.read].filter((s) => s !== undefined)
  }

  /** A thread that has it, for "waits for X": the writer, or the reader that came first. */
  get holder(): number | undefined {
    return this.writer?.thread ?? this.readers.keys().next().value
  }

  get free(): boolean {
    return this.writer === undefined && this.readers.size === 0
  }

  /** rcu_sync_enter(): when the grace period that a new writer has to wait for is over; `now` when there is none to wait for. */
  writerComes(now: number, gracePeriod: number): number {
    if (this.writers++ === 0 && now >= this.idleAt) this.syncedAt = now + gracePeriod
    return Math.max(now, this.syncedAt)
  }

  /** rcu_sync_exit(): readers go back to the fast path a grace period after the last writer. */
  writerGoes(now: number, gracePeriod: number): void {
    if (--this.writers === 0) this.idleAt = now + gracePeriod
  }

  /** Takes it if nobody is in the way. */
  tryTake(thread: number, mode: LockMode, now: number): boolean {
    if (this.writer !== undefined || this.queue.length > 0 || (mode === 'write' && this.readers.size > 0)) return false
    this.take(thread, mode, now, now)
    return true
  }

  wait(thread: number, mode: LockMode, now: number): void {
    this.queue.push({ thread, mode, since: now })
    this.count(mode, 1, now)
  }

  retry(thread: number, since: number): void {
    this.retriers.push({ thread, since })
    this.count('write', 1, since)
  }

  /** A retrier that got it, after waiting since `since`. */
  retried(thread: number, since: number, now: number): void {
    this.retriers.splice(this.retriers.findIndex((r) => r.thread === thread), 1)
    this.count('write', -1, now)
    this.take(thread, 'write', now, since)
  }

  /** Drops it; answers those who have it now. */
  release(thread: number, now: number): readonly Waiter[] {
    const mode = this.writer?.thread === thread ? 'write' : 'read'
    const since = mode === 'write' ? this.writer!.since : this.readers.get(thread)
    if (since === undefined) return []
    if (mode === 'write') this.writer = undefined
    else this.readers.delete(thread)
    const s = this.of(mode)
    s.held += now - since
    s.longestHold = Math.max(s.longestHold, now - since)
    if (this.record) s.holds.push({ thread, from: since, to: now })
    const granted: Waiter[] = []
    for (;;) {
      const next = this.queue[0]
      if (!next || this.writer !== undefined || (next.mode === 'write' && this.readers.size > 0)) return granted
      this.queue.shift()
      this.count(next.mode, -1, now)
      this.take(next.thread, next.mode, now, next.since)
      granted.push(next)
    }
  }

  /** What is held when a run ends with threads that never go on counts up to then. */
  close(now: number): void {
    const still = [...(this.writer ? [{ ...this.writer, mode: 'write' as const }] : []), ...[...this.readers].map(([thread, since]) => ({ thread, since, mode: 'read' as const }))]
    for (const { thread, since, mode } of still) {
      const s = this.of(mode)
      s.held += now - since
      s.longestHold = Math.max(s.longestHold, now - since)
      s.holds.push({ thread, from: since, to: now })
    }
    for (const w of [...this.queue, ...this.retriers.map((r) => ({ ...r, mode: 'write' as const }))]) this.waited(this.of(w.mode), now - w.since)
  }

  private take(thread: number, mode: LockMode, now: number, since: number): void {
    if (mode === 'write') this.writer = { thread, since: now }
    else this.readers.set(thread, now)
    const s = this.of(mode)
    s.taken++
    this.waited(s, now - since)
  }

  private waited(s: LockStats, time: number): void {
    s.waited += time
    s.longestWait = Math.max(s.longestWait, time)
  }

  private count(mode: LockMode, change: 1 | -1, now: number): void {
    const n = (this.waiting[mode] += change)
    const s = this.of(mode)
    s.mostWaiters = Math.max(s.mostWaiters, n)
    if (!this.record) return
    if (s.waiters.at(-1)?.at === now) s.waiters.pop()
    s.waiters.push({ at: now, n })
  }

  private of(mode: LockMode): LockStats {
    return (this.byMode[mode] ??= { lock: this.lock, mode, taken: 0, held: 0, longestHold: 0, waited: 0, longestWait: 0, mostWaiters: 0, waiters: [], holds: [] })
  }
}
