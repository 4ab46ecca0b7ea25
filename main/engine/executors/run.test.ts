import { describe, expect, test } from 'vitest'
import { Rig, smallGuest } from '../../../test/golden/machine.ts'
import type { LockKind } from '../state/handles.ts'
import { Lock } from '../state/handles.ts'
import { GiB, MiB } from '../units.ts'
import { RunExecutor } from './run.ts'
import { add, bug, call, choose, cost, count, extent, fail, fill, get, lock, map, op, print, read, readRef, scan, unlock, warn, write, writeRef } from './step.ts'

const rig = (): Rig => new Rig(smallGuest())

describe('steps', () => {
  test('answer what the store holds, and write what they say', () => {
    const { kernel: k, store, executor } = rig().engine.booted
    const seen: number[] = []
    const { ret, steps } = executor.run(op('all kinds', 'test', function* (kernel) {
      seen.push(yield read(kernel.maxPfn))
      yield write(kernel.maxPfn, 5)
      seen.push(yield add(kernel.maxPfn, 2), yield read(kernel.maxPfn))
      yield fill(kernel.mark, 100, 200, 2)
      yield map(kernel.mark, 150, 250, (v) => v + 1)
      seen.push(yield get(kernel.mark, 149), yield get(kernel.mark, 150), yield get(kernel.mark, 249))
      seen.push(yield scan([kernel.mark], 0, 1000, 1, (v) => v === 3), yield scan([kernel.mark], 1000, 0, -1, (v) => v === 2), yield scan([kernel.mark], 0, 1000, 1, (v) => v === 9))
      seen.push(yield count([kernel.mark], 0, 1000, (v) => v !== 0), yield extent([kernel.mark], 100, 1000, 1))
      yield writeRef(kernel.warnedOnce, [...(yield* readRef(kernel.warnedOnce)), 'x'])
      return 42
    }))
    expect(seen).toEqual([0x180000, 7, 7, 2, 3, 1, 150, 149, -1, 150, 150])
    expect([ret, steps]).toEqual([42, 16])
    expect([store.cell(k.maxPfn), store.ref(k.warnedOnce)]).toEqual([7, ['x']])
  })

  test('an extent is one unit in the fine grain', () => {
    const { kernel, store } = rig().engine.booted
    const asked = op('extent', 'test', function* (k, unit: number) {
      return yield extent([k.mark], 100, 1000, unit)
    })
    expect(new RunExecutor(kernel, store, 'coarse').run(asked, 64).ret).toBe(996)
    expect(new RunExecutor(kernel, store, 'fine').run(asked, 64).ret).toBe(164)
    expect(new RunExecutor(kernel, store, 'fine').run(asked, 4096).ret).toBe(1000)
  })
})

describe('calls', () => {
  test('answer what the callee returned, to any depth, and every write says which function made it', () => {
    const { kernel: k, store, executor } = rig().engine.booted
    const deep = op('deep', 'test', function* (kernel, n: number): Generator<ReturnType<typeof read>, number, number> {
      if (n === 0) {
        yield write(kernel.maxPfn, 1)
        return 0
      }
      return (yield call(deep, n - 1)) + 1
    })
    const outer = op('outer', 'test', function* (kernel) {
      yield write(kernel.signalPending, 1)
      const depth = yield call(deep, 2000)
      yield write(kernel.signalPending, 0)
      return depth
    })
    const before = store.journal.applied
    expect(executor.run(outer).ret).toBe(2000)
    expect(store.journal.entries.slice(before).map((e) => executor.functions.name(e.fn))).toEqual(['outer', 'deep', 'outer'])
    expect(store.cell(k.maxPfn)).toBe(1)
  })
})

describe('refusals', () => {
  test('the first rule that refused is the reason, with the function that it sits in', () => {
    const inner = op('inner_check', 'test', function* () {
      return yield fail(16, 'the page is busy')
    })
    const outer = op('outer_call', 'test', function* () {
      const err = yield call(inner)
      yield fail(22, 'a later one')
      return err
    })
    expect(rig().engine.booted.executor.run(outer)).toMatchObject({ ret: -16, reason: 'the page is busy [inner_check]' })
  })
})

describe('the kernel log', () => {
  test('keeps level, function and order; only the lines of this run are in its outcome', () => {
    const { executor, store } = rig().engine.booted
    const say = op('printk', 'test', function* (_k, text: string) {
      yield print(6, text)
      return 0
    })
    executor.run(say, 'one')
    expect(executor.run(say, 'two').log).toEqual([{ level: 6, text: 'two', fn: 'printk' }])
    expect(store.log.map((l) => l.text)).toEqual(['one', 'two'])
  })

  test('WARN_ON_ONCE prints once a boot, WARN each time; after an undo the once is there again', () => {
    const { engine } = rig()
    const { executor, store } = engine.booted
    const once = op('__remove_section', 'test', function* () {
      yield warn('', '__remove_section')
      return 0
    })
    const always = op('add_pages', 'test', function* () {
      yield warn('misaligned')
      return 0
    })
    expect(executor.run(once).log.map((l) => [l.text, l.splat])).toEqual([['------------[ cut here ]------------', 'WARN'], ['WARNING: at __remove_section', 'WARN']])
    expect(executor.run(once).log).toEqual([])
    expect(executor.run(always).log.map((l) => l.text)).toEqual(['------------[ cut here ]------------', 'misaligned', 'WARNING: at add_pages'])
    expect(executor.run(always).log).toHaveLength(3)
    engine.travel(0)
    expect(store.log).toEqual([])
    expect(executor.run(once).log).toHaveLength(2)
  })
})

describe('a BUG', () => {
  const take = op('holder', 'test', function* (k, steps: number) {
    yield lock(k.deviceHotplugLock)
    yield write(k.maxPfn, steps)
    yield lock(k.resourceLock, 'read')
    yield call(op('inner', 'test', function* () {
      yield bug('kernel BUG at here')
      yield write(k.maxPfn, 99)
      return 0
    }))
    return 0
  })
  const needs = op('waiter', 'test', function* (k, mode: 'read' | 'write') {
    yield lock(k.memHotplugLock)
    yield lock(k.resourceLock, mode)
    yield unlock(k.resourceLock)
    yield unlock(k.memHotplugLock)
    return 0
  })

  test('ends the thread with its locks held; who needs one later waits for ever, and holds what it has; undo gives all back', () => {
    const { engine } = rig()
    const { executor, store, kernel: k } = engine.booted
    const before = engine.position()
    const outcome = executor.run(take, 7)
    expect(outcome).toMatchObject({ stopped: 'bug', reason: 'kernel BUG at here [inner]', lockFaults: [] })
    expect(outcome.log).toEqual([{ level: 0, text: 'kernel BUG at here', fn: 'inner', splat: 'BUG' }])
    expect(store.cell(k.maxPfn)).toBe(7)
    expect(engine.snapshot().heldForEver).toEqual([{ lock: 'device_hotplug_lock', mode: 'write', by: 'holder' }, { lock: 'resource_lock', mode: 'read', by: 'holder' }])
    expect(executor.run(needs, 'read').stopped).toBeUndefined()
    expect(executor.run(needs, 'write')).toMatchObject({ stopped: 'hangs', reason: 'waits for ever for resource_lock, which holder() never dropped [waiter]' })
    expect(executor.run(needs, 'read').reason).toContain('mem_hotplug_lock, which waiter() never dropped')
    engine.travel(before)
    expect(engine.snapshot().heldForEver).toEqual([])
    expect(executor.run(needs, 'write').stopped).toBeUndefined()
  })
})

test('what the kernel does not determine is what the user set', () => {
  const { engine } = rig()
  const { executor, kernel: k } = engine.booted
  const peek = op('page_zone', 'test', function* () { return yield choose(k.uninitialised, 3) })
  expect(executor.run(peek).ret).toBe(0)
  expect(engine.execute({ op: 'policy', name: 'uninitialised_pages', value: 'wild' }).ret).toBe(0)
  expect(executor.run(peek).ret).toBe(2)
  expect(engine.execute({ op: 'policy', name: 'uninitialised_pages', value: 'nice' })).toMatchObject({ errno: 'EINVAL' })
})

test('costs are added up by name', () => {
  const outcome = rig().engine.booted.executor.run(op('costly', 'test', function* () {
    yield cost('page free', 3)
    yield cost('notifier', 1)
    yield cost('page free', 4)
    return 0
  }))
  expect([...outcome.costs]).toEqual([['page free', 7], ['notifier', 1]])
})

describe('locks', () => {
  const { kernel: k, executor } = rig().engine.booted
  const faults = (...steps: readonly [('lock' | 'unlock'), Lock][]): readonly string[] =>
    executor.run(op('path', 'test', function* () {
      for (const [what, l] of steps) yield what === 'lock' ? lock(l) : unlock(l)
      return 0
    })).lockFaults
  const { deviceHotplugLock: dhl, deviceLock: dl, cpuHotplugLock: cpu, memHotplugLock: mhl, resourceLock: rl } = k

  test('the legal order, taken and dropped, is no fault', () => {
    expect(faults(['lock', dhl], ['lock', dl], ['lock', cpu], ['lock', mhl], ['lock', k.zone(0, 2).lock], ['unlock', k.zone(0, 2).lock], ['unlock', mhl], ['unlock', cpu], ['unlock', dl], ['unlock', dhl])).toEqual([])
  })

  test('add_memory may take a device lock inside mem_hotplug_lock, because device_hotplug_lock is outside both', () => {
    expect(faults(['lock', dhl], ['lock', cpu], ['lock', mhl], ['lock', dl], ['unlock', dl], ['unlock', mhl], ['unlock', cpu], ['unlock', dhl])).toEqual([])
    expect(faults(['lock', cpu], ['lock', mhl], ['lock', dl], ['unlock', dl], ['unlock', mhl], ['unlock', cpu])).toEqual(['memory block device lock taken inside mem_hotplug_lock in path()'])
  })

  test('under a lock that was excused, the locks outside it still count', () => {
    expect(faults(['lock', dhl], ['lock', mhl], ['lock', dl], ['lock', cpu], ['unlock', cpu], ['unlock', dl], ['unlock', mhl], ['unlock', dhl])).toEqual(['cpu_hotplug_lock taken inside mem_hotplug_lock in path()'])
  })

  test('an inner lock outside, a lock twice, one never taken and one never dropped are faults', () => {
    expect(faults(['lock', mhl], ['lock', cpu], ['unlock', cpu], ['unlock', mhl])).toEqual(['cpu_hotplug_lock taken inside mem_hotplug_lock in path()'])
    expect(faults(['lock', rl], ['lock', rl], ['unlock', rl], ['unlock', rl])).toEqual(['resource_lock taken inside resource_lock in path()'])
    expect(faults(['unlock', rl])).toEqual(['resource_lock dropped but not held in path()'])
    expect(faults(['lock', dhl])).toEqual(['device_hotplug_lock still held when path() returned'])
  })

  test('resource_lock is a leaf: nothing of the list is taken inside it', () => {
    const kinds: LockKind[] = ['mutex', 'percpu-rwsem', 'spinlock']
    expect(kinds).toContain(k.zone(0, 2).lock.kind)
    for (const inner of [dhl, dl, cpu, mhl, k.memoryChain, k.zone(0, 2).lock]) expect(faults(['lock', rl], ['lock', inner], ['unlock', inner], ['unlock', rl])).toEqual([`${inner.name} taken inside resource_lock in path()`])
  })
})

test('a command whose locks are wrong is a mistake of the model, and no result', () => {
  const r = rig()
  r.add(8 * GiB, 128 * MiB)
  const { kernel } = r.engine.booted
  // as if mem_hotplug_lock belonged outside cpu_hotplug_lock: mem_hotplug_begin() takes them the other way round
  Object.assign(kernel, { memHotplugLock: new Lock(99, 'mem_hotplug_lock', 'percpu-rwsem', 1) })
  expect(() => r.block(8 * GiB, 'online')).toThrow(/lock rules broken: mem_hotplug_lock taken inside \S+ in mem_hotplug_begin\(\)/)
})
