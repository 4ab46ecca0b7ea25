/**
 * The run executor: applies an operation's steps in order to a RangeStore, with a call stack of its own so that a step
 * costs the same at any depth. It checks what only a running kernel can: lock order and locks left held.
 */
import type { LogLine } from '../command.ts'
import type { Cell, Field, Lock, Ref } from '../state/handles.ts'
import { FunctionNames } from '../state/journal.ts'
import type { Kernel } from '../state/kernel.ts'
import type { RangeStore } from '../state/range-store.ts'
import { KERN_EMERG, KERN_WARNING, StepKind, type Operation, type Predicate, type Steps } from './step.ts'

/** How finely bulk loops are cut: by equal runs, or one unit at a time. Both end in the same state (a test for each operation). */
export type Grain = 'coarse' | 'fine'

export interface RunOutcome {
  readonly ret: number
  /**
   * The operation did not return. `bug`: BUG() or a kernel page fault ended its thread. `hangs`: it waits for ever for a lock of
   * such a thread. What it held stays held (`Kernel.heldForEver`); `ret` means nothing.
   */
  readonly stopped: 'bug' | 'hangs' | undefined
  /** Rule that refused first, and the kernel function it sits in. */
  readonly reason: string | undefined
  readonly steps: number
  readonly log: readonly LogLine[]
  /** Lock-order violations and locks left held; empty unless the model is wrong or a rule is broken. */
  readonly lockFaults: readonly string[]
  /** Costs charged, by name. */
  readonly costs: ReadonlyMap<string, number>
}

export class RunExecutor {
  readonly functions = new FunctionNames()
  constructor(readonly kernel: Kernel, readonly store: RangeStore, readonly grain: Grain = 'coarse') {}

  run<A extends readonly unknown[]>(operation: Operation<A>, ...args: A): RunOutcome {
    const { kernel, store, functions } = this
    const frames: Steps[] = []
    const names: number[] = []
    const held: { readonly lock: Lock; readonly mode: 'read' | 'write' }[] = []
    const lockFaults: string[] = []
    const costs = new Map<string, number>()
    const firstLine = store.log.length
    const bodies = store.ref(kernel.heldForEver)
    let stopped: RunOutcome['stopped']
    let reason: string | undefined
    let steps = 0
    let frame = operation.body(kernel, ...args)
    let fn = functions.id(operation.name)
    store.fn = fn
    let input = 0
    running: for (;;) {
      const r = frame.next(input)
      if (r.done) {
        input = r.value
        const caller = frames.pop()
        if (!caller) break
        frame = caller
        store.fn = fn = names.pop()!
        continue
      }
      steps++
      const s = r.value
      input = 0
      switch (s.kind) {
        case StepKind.Read: input = store.cells[(s.h as Cell).id]!; break
        case StepKind.Write: store.setCell(s.h as Cell, s.a); break
        case StepKind.Add: {
          const cell = s.h as Cell
          input = store.cells[cell.id]! + s.a
          store.setCell(cell, input)
          break
        }
        case StepKind.Get: input = store.at(s.h as Field, s.a); break
        case StepKind.Fill: store.setField(s.h as Field, s.a, s.b, s.c); break
        case StepKind.Map: store.mapField(s.h as Field, s.a, s.b, s.x as (value: number) => number); break
        case StepKind.Scan: input = store.scan(s.x as readonly Field[], s.a, s.b, s.c, s.y as Predicate); break
        case StepKind.Count: input = store.count(s.x as readonly Field[], s.a, s.b, s.y as Predicate); break
        case StepKind.Extent:
          input = this.grain === 'fine' ? Math.min(s.b, s.a + s.c) : store.extent(s.x as readonly Field[], s.a, s.b, s.c)
          break
        case StepKind.ReadRef: input = store.refs[(s.h as Ref<unknown>).id] as number; break
        case StepKind.WriteRef: store.setRef(s.h as Ref<unknown>, s.x); break
        case StepKind.Call: {
          const callee = s.x as Operation<readonly unknown[]>
          frames.push(frame)
          names.push(fn)
          frame = callee.body(kernel, ...(s.y as readonly unknown[]))
          store.fn = fn = functions.id(callee.name)
          break
        }
        case StepKind.Lock: {
          const lock = s.h as Lock
          const body = bodies.length === 0 ? undefined : bodies.find((l) => l.lock === lock && (l.mode === 'write' || s.text === 'write'))
          if (body) {
            stopped = 'hangs'
            reason = `waits for ever for ${lock.name}, which ${body.by}() never dropped [${functions.name(fn)}]`
            break running
          }
          const outer = held.findLast((l) => l.lock.rank >= lock.rank)
          if (outer && !this.orderException(held, lock)) lockFaults.push(`${lock.name} taken inside ${outer.lock.name} in ${functions.name(fn)}()`)
          held.push({ lock, mode: s.text as 'read' | 'write' })
          break
        }
        case StepKind.UpdateRef: {
          const ref = s.h as Ref<unknown>
          store.setRef(ref, (s.x as (value: unknown) => unknown)(store.refs[ref.id]))
          break
        }
        case StepKind.TryLock: {
          const lock = s.h as Lock
          if (held.some((l) => l.lock === lock) || bodies.some((l) => l.lock === lock)) break
          held.push({ lock, mode: s.text as 'read' | 'write' })
          input = 1
          break
        }
        case StepKind.SeqBegin: case StepKind.SeqRetry: case StepKind.MightSleep: case StepKind.Synchronize: break
        case StepKind.Unlock: {
          const lock = s.h as Lock
          const at = held.findLastIndex((l) => l.lock === lock)
          if (at < 0) lockFaults.push(`${lock.name} dropped but not held in ${functions.name(fn)}()`)
          else held.splice(at, 1)
          break
        }
        case StepKind.Print: store.print({ level: s.a, text: s.text, fn: functions.name(fn) }); break
        case StepKind.Warn: this.warn(s.text, s.x as string | undefined, functions.name(fn)); break
        case StepKind.Cost: costs.set(s.text, (costs.get(s.text) ?? 0) + s.a); break
        case StepKind.Bug:
          store.print({ level: KERN_EMERG, text: s.text, fn: functions.name(fn), splat: 'BUG' })
          stopped = 'bug'
          reason = `${s.text} [${functions.name(fn)}]`
          break running
        case StepKind.WaitUntil:
          if (store.cells[(s.h as Cell).id] === s.a) break
          stopped = 'hangs'
          reason = `waits for ever for ${(s.h as Cell).name} to be ${s.a} [${functions.name(fn)}]`
          break running
        case StepKind.Choose: {
          const cell = s.h as Cell
          input = Math.min(store.cells[cell.id]!, s.a - 1)
          if (cell === kernel.uninitialised) store.setRef(kernel.uninitialisedReads, { times: store.ref(kernel.uninitialisedReads).times + 1, last: functions.name(fn) })
          break
        }
        case StepKind.Fail:
          input = -s.a
          reason ??= `${s.text} [${functions.name(fn)}]`
          break
      }
    }
    if (stopped) {
      if (held.length > 0) store.setRef(kernel.heldForEver, [...bodies, ...held.map(({ lock, mode }) => ({ lock, mode, by: operation.name }))])
    } else for (const l of held) lockFaults.push(`${l.lock.name} still held when ${operation.name}() returned`)
    return { ret: stopped ? 0 : input, stopped, reason, steps, log: store.log.slice(firstLine), lockFaults, costs }
  }

  /**
   * The one inversion that the kernel allows: add_memory registers block devices (device lock) with mem_hotplug_lock held, online
   * and offline take them the other way round; device_hotplug_lock makes it safe (kernel-behaviour 4.2). Where callers are trusted to take
   * that lock, the explorer says what comes of one who does not (B14).
   */
  private orderException(held: readonly { readonly lock: Lock }[], lock: Lock): boolean {
    const { deviceLock, deviceHotplugLock, profile } = this.kernel
    return lock === deviceLock && (profile.decisions.deviceHotplugLock === 'caller' || held.some((l) => l.lock === deviceHotplugLock))
  }

  private warn(text: string, once: string | undefined, fn: string): void {
    const { store, kernel } = this
    if (kernel.profile.decisions.bugMessages === 'off') return
    if (once !== undefined) {
      const seen = store.ref(kernel.warnedOnce)
      if (seen.includes(once)) return
      store.setRef(kernel.warnedOnce, [...seen, once])
    }
    store.print({ level: KERN_WARNING, text: '------------[ cut here ]------------', fn, splat: 'WARN' })
    if (text !== '') store.print({ level: KERN_WARNING, text, fn, splat: 'WARN' })
    store.print({ level: KERN_WARNING, text: `WARNING: at ${fn}`, fn, splat: 'WARN' })
  }
}
