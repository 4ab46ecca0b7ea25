/** What an operation does with locks, as a line of text. */
import { expect } from 'vitest'
import { op, StepKind, type Operation, type Steps } from '../../main/engine/executors/step.ts'
import type { Lock } from '../../main/engine/state/handles.ts'
import type { Rig } from './machine.ts'

const SHORT: Readonly<Record<string, string>> = {
  device_hotplug_lock: 'DHL', pgmap_lock: 'PGMAP', hmm_devmem_lock: 'HMM',  'memory block device lock': 'DL', mem_hotplug_lock: 'MHL', 'node 0 node_size_lock': 'NSL', 'zone 0/Movable span_seqlock': 'SEQ', 'zone 0/Device span_seqlock': 'SEQ',
}

/** Runs an operation and answers locks as +NAME and -NAME, and calls of `functions` in between, in order. */
export function lockStory<A extends readonly unknown[]>(rig: Rig, functions: readonly string[], operation: Operation<A>, ...args: A): string {
  const seen: string[] = []
  const traced = op('traced', 'a test', function* (k) {
    const frames: Steps[] = [operation.body(k, ...args)]
    let input = 0
    for (;;) {
      const r = frames[frames.length - 1]!.next(input)
      if (r.done) {
        input = r.value
        frames.pop()
        if (frames.length === 0) return r.value
        continue
      }
      const s = r.value
      const lock = s.kind === StepKind.Lock || s.kind === StepKind.Unlock ? SHORT[(s.h as Lock).name] : undefined
      if (lock !== undefined) seen.push((s.kind === StepKind.Lock ? '+' : '-') + lock)
      if (s.kind === StepKind.Call) {
        const callee = s.x as Operation<readonly unknown[]>
        if (functions.includes(callee.name)) seen.push(callee.name)
        frames.push(callee.body(k, ...(s.y as readonly unknown[])))
        input = 0
      } else input = yield s
    }
  })
  expect(rig.engine.booted.executor.run(traced)).toMatchObject({ stopped: undefined, lockFaults: [] })
  return seen.join(' ')
}
