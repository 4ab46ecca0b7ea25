/**
 * Steps: what a modelled kernel operation yields. An executor consumes them; nothing else touches shared state.
 *
 * A step object is valid until the next one is made: the constructors below reuse one object a kind, because a run
 * makes millions of them. Executors that keep steps copy them.
 */
import type { Cell, Field, Handle, Lock, Ref } from '../state/handles.ts'
import type { Kernel } from '../state/kernel.ts'

export const StepKind = {
  Read: 0, Write: 1, Add: 2, Get: 3, Fill: 4, Scan: 5, Extent: 6, ReadRef: 7, WriteRef: 8, Lock: 9, Unlock: 10,
  Print: 11, Warn: 12, Cost: 13, Call: 14, Fail: 15, Count: 16, Map: 17, Bug: 18, Choose: 19,
  WaitUntil: 20, UpdateRef: 21, TryLock: 22, SeqBegin: 23, SeqRetry: 24, MightSleep: 25, Synchronize: 26,
} as const
export type StepKind = (typeof StepKind)[keyof typeof StepKind]

/** Decides on the values of up to four fields at one pfn. Pure. */
export type Predicate = (a: number, b: number, c: number, d: number) => boolean

export class Step {
  a = 0
  b = 0
  c = 0
  text = ''
  /** Kind-specific: an Operation and its arguments, a list of fields, a predicate, a new value. */
  x: unknown = undefined
  y: unknown = undefined
  constructor(readonly kind: StepKind, public h: Handle | undefined = undefined) {}
}

/**
 * What an operation is: a generator of steps. Steps answer with a number (0 where there is nothing to answer);
 * operations return a number: 0, a count, an id, or a negative errno.
 */
export type Steps = Generator<Step, number, number>

/** A modelled kernel function. `source` names the file it lives in and the versions the code holds for. */
export interface Operation<A extends readonly unknown[]> {
  readonly name: string
  readonly source: string
  readonly body: (k: Kernel, ...args: A) => Steps
}

/** Declares a modelled kernel function: `op('online_pages', 'mm/memory_hotplug.c, v6.1', function* (k, …) { … })`. */
export const op = <A extends readonly unknown[]>(
  name: string, source: string, body: (k: Kernel, ...args: A) => Steps,
): Operation<A> => ({ name, source, body })

/** In `b` of a read or write: READ_ONCE(), WRITE_ONCE(). Two marked accesses are no data race. */
export const MARKED = 1
/** In `a` of a call. */
export const CALL = { plain: 0, atomic: 1, retry: 2 } as const

const writeStep = new Step(StepKind.Write)
const addStep = new Step(StepKind.Add)
const getStep = new Step(StepKind.Get)
const fillStep = new Step(StepKind.Fill)
const mapStep = new Step(StepKind.Map)
const scanStep = new Step(StepKind.Scan)
const countStep = new Step(StepKind.Count)
const extentStep = new Step(StepKind.Extent)
const writeRefStep = new Step(StepKind.WriteRef)
const lockStep = new Step(StepKind.Lock)
const unlockStep = new Step(StepKind.Unlock)
const printStep = new Step(StepKind.Print)
const warnStep = new Step(StepKind.Warn)
const costStep = new Step(StepKind.Cost)
const callStep = new Step(StepKind.Call)
const failStep = new Step(StepKind.Fail)
const bugStep = new Step(StepKind.Bug)
const chooseStep = new Step(StepKind.Choose)
const readOnceStep = new Step(StepKind.Read)
readOnceStep.b = MARKED
const writeOnceStep = new Step(StepKind.Write)
writeOnceStep.b = MARKED
const updateRefStep = new Step(StepKind.UpdateRef)
const tryLockStep = new Step(StepKind.TryLock)
const seqBeginStep = new Step(StepKind.SeqBegin)
const seqRetryStep = new Step(StepKind.SeqRetry)
const mightSleepStep = new Step(StepKind.MightSleep)
const synchronizeStep = new Step(StepKind.Synchronize)
const waitUntilStep = new Step(StepKind.WaitUntil)

/** Reads a scalar. */
export const read = (cell: Cell): Step => cell.readStep

/** Writes a scalar. */
export function write(cell: Cell, value: number): Step {
  writeStep.h = cell
  writeStep.a = value
  return writeStep
}

/** Adds to a scalar as one atomic step (the kernel's atomic_long_add and counters under a lock); answers the new value. */
export function add(cell: Cell, delta: number): Step {
  addStep.h = cell
  addStep.a = delta
  return addStep
}

/** Reads a field at a pfn. */
export function get(field: Field, pfn: number): Step {
  getStep.h = field
  getStep.a = pfn
  return getStep
}

/** Sets a field for all units that [start, end) touches. */
export function fill(field: Field, start: number, end: number, value: number): Step {
  fillStep.h = field
  fillStep.a = start
  fillStep.b = end
  fillStep.c = value
  return fillStep
}

/** Replaces each value v of a field over [start, end) by change(v). `change` is pure. */
export function map(field: Field, start: number, end: number, change: (value: number) => number): Step {
  mapStep.h = field
  mapStep.a = start
  mapStep.b = end
  mapStep.x = change
  return mapStep
}

/**
 * The first pfn of start, start+stride, start+2·stride, … below `end` at which `test` holds for the values of the fields
 * (up to four); -1 when there is none. With a negative stride: `start`, start-|stride|, … down to `end` inclusive.
 */
export function scan(fields: readonly Field[], start: number, end: number, stride: number, test: Predicate): Step {
  scanStep.x = fields
  scanStep.y = test
  scanStep.a = start
  scanStep.b = end
  scanStep.c = stride
  return scanStep
}

/** Number of pages in [start, end) for which `test` holds. */
export function count(fields: readonly Field[], start: number, end: number, test: Predicate): Step {
  countStep.x = fields
  countStep.y = test
  countStep.a = start
  countStep.b = end
  return countStep
}

/**
 * How far a loop over units may go in one go: the end of the longest [start, e) in which all fields stay as they are at
 * `start`, in whole units of `unit` pages, at least one unit (clipped to `end`). This is the grain: an executor that
 * wants single units answers start + unit. An operation may treat [start, e) at once only where its kernel original
 * does the same to every unit of it.
 */
export function extent(fields: readonly Field[], start: number, end: number, unit: number): Step {
  extentStep.x = fields
  extentStep.a = start
  extentStep.b = end
  extentStep.c = unit
  return extentStep
}

/** Reads a shared immutable value: `const tree = yield* readRef(k.iomem)`. */
export function* readRef<T>(ref: Ref<T>): Generator<Step, T, number> {
  return (yield ref.readStep) as unknown as T
}

/** Replaces a shared immutable value. */
export function writeRef<T>(ref: Ref<T>, value: T): Step {
  writeRefStep.h = ref
  writeRefStep.x = value
  return writeRefStep
}

/**
 * Takes a lock; `mode` matters for locks with readers. `retry`: for writing, and one who finds it taken does not queue but sleeps and
 * comes again (lock_device_hotplug_sysfs()).
 */
export function lock(l: Lock, mode: 'write' | 'read' | 'retry' = 'write'): Step {
  lockStep.h = l
  lockStep.text = mode === 'read' ? 'read' : 'write'
  lockStep.a = mode === 'retry' ? 1 : 0
  return lockStep
}

export function unlock(l: Lock): Step {
  unlockStep.h = l
  return unlockStep
}

/** Kernel log levels. */
export const KERN_EMERG = 0
export const KERN_ERR = 3
export const KERN_WARNING = 4
export const KERN_INFO = 6
export const KERN_DEBUG = 7

/** printk: a line the kernel would print. */
export function print(level: number, text: string): Step {
  printStep.a = level
  printStep.text = text
  return printStep
}

/** WARN(): continues afterwards. `once` is a key: WARN_ON_ONCE prints the first time only. `text` may be empty. */
export function warn(text: string, once?: string): Step {
  warnStep.text = text
  warnStep.x = once
  return warnStep
}

/**
 * BUG(), or a page fault in the kernel: the thread ends here, and the locks that it holds stay held for ever. Nothing behind
 * this step runs. `text` is what the log says first.
 */
export function bug(text: string): Step {
  bugStep.text = text
  return bugStep
}

/**
 * Something that the kernel does not determine, such as what an uninitialised struct page says: answers one of 0 … alternatives-1.
 * A run takes the value of the cell (which the user sets); an exploration tries all.
 */
export function choose(cell: Cell, alternatives: number): Step {
  chooseStep.h = cell
  chooseStep.a = alternatives
  return chooseStep
}

/**
 * A cost that the timed executor charges: `units` of `name` (engine/timing/costs.ts). `node` is the node whose memory is written, -1 where
 * that does not matter; `home` says whether that is its RAM or a device there; `workers` threads of the node share the work, -1 for one a
 * CPU. The run executor counts units only.
 */
export function cost(name: string, units: number, node = -1, home: 'ram' | 'device' = 'ram', workers = 1): Step {
  costStep.text = name
  costStep.a = units
  costStep.b = node
  costStep.c = workers
  costStep.x = home
  return costStep
}

/** Sleeps until a scalar has a value: a completion, a wait queue. A run in which nobody else could set it hangs. */
export function waitUntil(cell: Cell, value: number): Step {
  waitUntilStep.h = cell
  waitUntilStep.a = value
  return waitUntilStep
}

/** Calls another modelled function; the executor keeps the stack. Answers what it returns. */
export function call<A extends readonly unknown[]>(operation: Operation<A>, ...args: A): Step {
  callStep.x = operation
  callStep.y = args
  callStep.a = CALL.plain
  return callStep
}

/**
 * Calls a function of which nobody sees the middle: where the kernel does in one instruction, or in memory of its own, what the model
 * needs several steps for. It takes no lock and does not wait.
 */
export function atomic<A extends readonly unknown[]>(operation: Operation<A>, ...args: A): Step {
  const step = call(operation, ...args)
  step.a = CALL.atomic
  return step
}

/** What an attempt returns that is to be made again. */
export const AGAIN = -0x100000

/**
 * Calls `attempt` until it returns something else than AGAIN: `const end = yield* retry(zoneEnd, zone)`. A failed attempt leaves nothing
 * behind, so its callee keeps what it reads to itself.
 */
export function* retry<A extends readonly unknown[]>(attempt: Operation<A>, ...args: A): Generator<Step, number, number> {
  for (;;) {
    const step = call(attempt, ...args)
    step.a = CALL.retry
    const answer = yield step
    if (answer !== AGAIN) return answer
  }
}

/** READ_ONCE() of a scalar. */
export function readOnce(cell: Cell): Step {
  readOnceStep.h = cell
  return readOnceStep
}

/** WRITE_ONCE() of a scalar. */
export function writeOnce(cell: Cell, value: number): Step {
  writeOnceStep.h = cell
  writeOnceStep.a = value
  return writeOnceStep
}

/** Replaces a shared immutable value v by change(v), as one atomic step. `change` is pure. */
export function updateRef<T>(ref: Ref<T>, change: (value: T) => T): Step {
  updateRefStep.h = ref
  updateRefStep.x = change
  return updateRefStep
}

/** Takes a lock if it is free: 1, or 0 at once. */
export function tryLock(l: Lock, mode: 'write' | 'read' = 'write'): Step {
  tryLockStep.h = l
  tryLockStep.text = mode
  return tryLockStep
}

/** read_seqbegin(): waits until no writer is inside; answers the sequence. Reads up to seqRetry() are no data race. */
export function seqBegin(l: Lock): Step {
  seqBeginStep.h = l
  return seqBeginStep
}

/** read_seqretry(): 1 when a writer was there since; the attempt then returns AGAIN. */
export function seqRetry(l: Lock, sequence: number): Step {
  seqRetryStep.h = l
  seqRetryStep.a = sequence
  return seqRetryStep
}

/** might_sleep(): `what` may sleep here (flipping a static key, reclaim). Mutexes, rwsems and waits say so themselves. */
export function mightSleep(what: string): Step {
  mightSleepStep.text = what
  return mightSleepStep
}

/** synchronize_rcu(): waits until everybody has left who is inside lock(l, 'read') now. `l` is of kind rcu. */
export function synchronize(l: Lock): Step {
  synchronizeStep.h = l
  return synchronizeStep
}

/** Says which rule refused, for the result of the command; answers -errno: `return yield fail(ERRNO.EBUSY, '…')`. */
export function fail(errno: number, reason: string): Step {
  failStep.a = errno
  failStep.text = reason
  return failStep
}
