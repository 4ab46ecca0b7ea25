import { describe, expect, test } from 'vitest'
import { smallGuest } from '../../../../test/golden/machine.ts'
import { boot, type Booted } from '../../boot/boot.ts'
import { addMemory } from '../../kernel/add-memory.ts'
import { stateStore } from '../../kernel/memory-block.ts'
import { memremapPages, memunmapPages, type PgmapRequest } from '../../kernel/memremap-pages.ts'
import { offlineAndRemoveMemory, removeMemory } from '../../kernel/remove-memory.ts'
import { PROFILES } from '../../profiles/profiles.ts'
import { Lock } from '../../state/handles.ts'
import { GiB, MiB } from '../../units.ts'
import { add, AGAIN, atomic, bug, call, choose, lock, mightSleep, op, read, readOnce, retry, seqBegin, seqRetry, synchronize, unlock, waitUntil, write, writeOnce } from '../step.ts'
import { explore, exploring, NotDeterministic, QuestionError, thread, type ExploreOptions, type Exploration, type ThreadSpec } from './explore.ts'
import { stateInvariant } from './invariants.ts'

const guest = (profile = 'v6.1', setUp: (b: Booted) => void = () => {}): Booted => {
  const booted = boot(smallGuest(), PROFILES.get(profile)!)
  setUp(booted)
  return booted
}
const ask = ({ kernel, store }: Booted, threads: readonly ThreadSpec[], options: Partial<ExploreOptions> = {}, invariants: readonly string[] = []): Exploration =>
  explore({ kernel, base: store, threads, invariants: invariants.map((id) => stateInvariant(id)), options: { checkMerges: true, ...options } })!
const device = (start: number, size: number): PgmapRequest => ({ type: 'generic', node: 0, owner: 'device', ranges: [{ start: start / 4096, end: (start + size) / 4096 }] })
const pfn = (at: number): number => at / 4096
const values = (e: Exploration): readonly (readonly number[])[] => e.results.map((r) => r.map((x) => (x.kind === 'returned' ? x.value : NaN)).sort((a, b) => a - b))
/** Thread, function, what and where, of the steps that matter. */
const story = (e: Exploration): readonly string[] => e.trace.filter((s) => s.marked).map((s) => `${s.name} ${s.function} ${s.kind} ${s.cell ?? s.lock ?? ''}`)

describe('two operations of the kernel', () => {
  test('a release beside an add that still initialises its pages: the span shrinks below them in v5.0 and v5.3, not before, not since v5.4', () => {
    const verdicts = Object.fromEntries(
      ['v4.18', 'v5.0', 'v5.3', 'v5.4', 'v6.1'].map((profile) => {
        const booted = guest(profile, (b) => b.executor.run(memremapPages, device(10 * GiB, 128 * MiB)))
        const e = ask(booted, [thread('add', memremapPages, device(10 * GiB + 128 * MiB, 128 * MiB)), thread('release', memunmapPages, 1)], {}, ['I1'])
        return [profile, e.broken?.id ?? e.verdict]
      }),
    )
    expect(verdicts).toEqual({ 'v4.18': 'holds', 'v5.0': 'I1', 'v5.3': 'I1', 'v5.4': 'holds', 'v6.1': 'holds' })
  })

  test('the story of it: the add has left the lock and not begun, the release reads what its pages say', () => {
    const booted = guest('v5.3', (b) => b.executor.run(memremapPages, device(10 * GiB, 128 * MiB)))
    const e = ask(booted, [thread('add', memremapPages, device(10 * GiB + 128 * MiB, 128 * MiB)), thread('release', memunmapPages, 1)], {}, ['I1'])
    expect(e.trace.map((s) => s.name).filter((name, i, all) => name !== all[i - 1])).toEqual(['add', 'release', 'add'])
    const scan = e.trace.find((s) => s.name === 'release' && s.function === 'find_smallest_section_pfn' && s.to === 'garbage')
    expect(scan).toMatchObject({ kind: 'read', start: pfn(10 * GiB + 128 * MiB) })
    expect(scan?.held).toContain('mem_hotplug_lock')
    expect(story(e)).toEqual(['release find_smallest_section_pfn read struct page, section_mem_map flags, subsection_map, section nid pfn 0x288000-0x28ffff', 'add memmap_init_zone_device write struct page pfn 0x288000-0x28bfff'])
    expect(e.races.some((r) => r.a.function === 'memmap_init_zone_device' && r.b.function.startsWith('find_'))).toBe(true)
  })

  test('online against unplug: each order gives its answers, and nothing is left in between', () => {
    const booted = guest('v6.1', (b) => b.executor.run(addMemory, 0, 8 * GiB, 128 * MiB, {}))
    const threads = [thread('online', stateStore, pfn(8 * GiB), 'online'), thread('unplug', removeMemory, 8 * GiB, 128 * MiB)]
    const e = ask(booted, threads, {}, ['I1', 'I2', 'I3', 'I4', 'I5', 'I7', 'I8', 'I11', 'I16', 'I19', 'I21', 'I25', 'I26'])
    expect(e).toMatchObject({ verdict: 'holds', complete: true, findings: [], terminalCount: 2 })
    expect(values(e)).toEqual([[-22, 0], [-16, 0]])
    expect(e.bound).toMatch(/^2 threads, 1 section, \d+ states, complete/)
  })

  test('sequential runs are among the ends', () => {
    const setUp = (b: Booted): void => void b.executor.run(addMemory, 0, 8 * GiB, 256 * MiB, {})
    const e = ask(guest('v6.1', setUp), [thread('online', stateStore, pfn(8 * GiB), 'online'), thread('unplug', offlineAndRemoveMemory, 8 * GiB, 256 * MiB)])
    const ends = e.terminals.map((t) => JSON.stringify(t.results.map((r) => (r.kind === 'returned' ? r.value : r.text))))
    for (const order of [[0, 1], [1, 0]]) {
      const b = guest('v6.1', setUp)
      const ret = [0, 0]
      for (const t of order) ret[t] = t === 0 ? b.executor.run(stateStore, pfn(8 * GiB), 'online').ret : b.executor.run(offlineAndRemoveMemory, 8 * GiB, 256 * MiB).ret
      expect(ends).toContain(JSON.stringify(ret))
    }
  })

  test('adding memory without device_hotplug_lock: the device lock and the hotplug lock are taken both ways round', () => {
    const booted = guest('v6.1', (b) => b.executor.run(addMemory, 0, 8 * GiB, 128 * MiB, {}))
    const threads = [thread('add', addMemory, 0, 9 * GiB, 128 * MiB, {}), thread('online', stateStore, pfn(8 * GiB), 'online')]
    expect(ask(booted, threads)).toMatchObject({ verdict: 'holds', lockCycles: [] })
    const without = ask(booted, threads, { without: ['device_hotplug_lock'] })
    expect(without).toMatchObject({ verdict: 'broken', broken: { kind: 'deadlock' } })
    expect(without.broken?.text).toMatch(/add waits for memory block device lock \(held by online\).*online waits for mem_hotplug_lock \(held by add\)/)
    expect(without.lockCycles).toHaveLength(1)
  })

  test('a machine that is asked about is left as it was', () => {
    const booted = guest()
    const before = JSON.stringify([booted.store.cells, booted.store.refs, booted.store.journal.applied])
    ask(booted, [thread('add', addMemory, 0, 9 * GiB, 128 * MiB, {}), thread('device', memremapPages, device(8 * GiB, 64 * MiB))])
    expect(JSON.stringify([booted.store.cells, booted.store.refs, booted.store.journal.applied])).toBe(before)
  })
})

describe('what a thread may do', () => {
  const booted = guest()
  const { kernel: k } = booted
  const { contiguous: a, managed: b } = k.zone(0, 4)
  const fn = (name: string, body: Parameters<typeof op>[2]) => op(name, 'test', body)
  const under = (l: Lock, mode: 'read' | 'write' = 'write') => fn(`increment under ${l.name}`, function* () {
    yield lock(l, mode)
    yield write(a, (yield read(a)) + 1)
    yield unlock(l)
    return 0
  })
  const increment = fn('increment', function* () {
    yield write(a, (yield read(a)) + 1)
    return 0
  })
  const ends = (e: Exploration, cell: string): readonly string[] => [...new Set(e.terminals.map((t) => t.changes.find((c) => c.cell === cell)?.value ?? 'as before'))].sort()

  test('increments without a lock get lost, and race', () => {
    const e = ask(booted, [thread('T1', increment), thread('T2', increment)], { all: true, breaks: { deadlock: true, race: true, bug: true, lockOrder: true, sleep: true } })
    expect(ends(e, a.name)).toEqual(['1', '2'])
    expect(e.races.map((r) => `${Number(r.a.write)}${Number(r.b.write)}`).sort()).toEqual(['01', '10', '11'])
    expect(e.broken?.kind).toBe('race')
    expect(story(e)).toHaveLength(2)
  })

  test('under any lock they do not; as readers of one they do', () => {
    for (const l of [k.memHotplugLock, k.resourceLock, k.node(0).sizeLock, k.zone(0, 4).spanSeqlock, k.deviceHotplugLock]) {
      const e = ask(booted, [thread('T1', under(l)), thread('T2', under(l)), thread('T3', under(l))], { all: true })
      expect(ends(e, a.name)).toEqual(['3'])
      expect(e.races).toEqual([])
    }
    expect(ends(ask(booted, [thread('T1', under(k.memHotplugLock, 'read')), thread('T2', under(k.memHotplugLock, 'read'))]), a.name)).toEqual(['1', '2'])
  })

  test('READ_ONCE and WRITE_ONCE are no race, and lose increments all the same', () => {
    const once = fn('increment', function* () {
      yield writeOnce(a, (yield readOnce(a)) + 1)
      return 0
    })
    const e = ask(booted, [thread('T1', once), thread('T2', once)])
    expect([ends(e, a.name), e.races]).toEqual([['1', '2'], []])
    const counter = fn('atomic_inc', function* () {
      yield add(a, 1)
      return 0
    })
    expect(ends(ask(booted, [thread('T1', counter), thread('T2', counter)]), a.name)).toEqual(['2'])
    const whole = fn('whole', function* () {
      return yield atomic(increment)
    })
    expect(ends(ask(booted, [thread('T1', whole), thread('T2', whole)]), a.name)).toEqual(['2'])
  })

  test('a reader that retries sees a pair that existed, one that does not sees a torn one; the retry loop is a finite cycle', () => {
    const { spanSeqlock } = k.zone(0, 4)
    const writer = fn('writer', function* () {
      yield lock(spanSeqlock)
      yield write(a, 1)
      yield write(b, 1)
      yield unlock(spanSeqlock)
      return 0
    })
    const attempt = fn('attempt', function* () {
      const start = yield seqBegin(spanSeqlock)
      const both = (yield read(a)) * 10 + (yield read(b))
      return (yield seqRetry(spanSeqlock, start)) ? AGAIN : both
    })
    const careful = fn('careful', function* () {
      return yield* retry(attempt)
    })
    const plain = fn('plain', function* () {
      return (yield read(a)) * 10 + (yield read(b))
    })
    const seen = (reader: typeof careful): unknown => {
      const e = ask(booted, [thread('W', writer), thread('R', reader)])
      return [values(e)[1], e.races.length > 0, e.complete]
    }
    expect(seen(careful)).toEqual([[0, 11], false, true])
    expect(seen(plain)).toEqual([[0, 1, 10, 11], true, true])
  })

  test('a thread that BUGs keeps its locks, and the others wait for ever', () => {
    const dies = fn('dies', function* () {
      yield lock(k.memHotplugLock)
      yield bug('kernel BUG at mm/page_alloc.c')
      yield unlock(k.memHotplugLock)
      return 0
    })
    const e = ask(booted, [thread('T1', dies), thread('T2', under(k.memHotplugLock))], { all: true })
    expect(e.findings.map((f) => f.kind).sort()).toEqual(['bug', 'deadlock'])
    expect(e.findings.find((f) => f.kind === 'deadlock')?.text).toBe('T2 waits for mem_hotplug_lock (held by T1) in increment under mem_hotplug_lock()')
  })

  test('all that the kernel leaves open is tried', () => {
    const says = fn('says', function* () {
      return yield choose(k.uninitialised, 3)
    })
    expect(values(ask(booted, [thread('T1', says)]))).toEqual([[0, 1, 2]])
  })

  test('sleeping with a spinlock held, and in an interrupt', () => {
    const careless = fn('careless', function* () {
      yield lock(k.node(0).sizeLock)
      yield mightSleep('static_branch_disable()')
      yield unlock(k.node(0).sizeLock)
      return 0
    })
    expect(ask(booted, [thread('T1', careless)]).broken).toEqual({ kind: 'sleep', id: 'I15', text: 'careless() may sleep (static_branch_disable()) with node 0 node_size_lock held' })
    const irq: ThreadSpec = { ...thread('irq', under(k.memHotplugLock)), context: { irqOn: 0 } }
    expect(ask(booted, [thread('T1', increment), irq]).broken).toMatchObject({ kind: 'sleep' })
  })

  test('an interrupt on the CPU that holds its lock waits for ever, unless interrupts were off', () => {
    const irq = (l: Lock): ThreadSpec => ({ ...thread('irq', under(l)), context: { irqOn: 0 } })
    expect(ask(booted, [thread('T1', under(k.resourceLock)), irq(k.resourceLock)])).toMatchObject({ verdict: 'broken', broken: { kind: 'deadlock' } })
    expect(ask(booted, [thread('T1', under(k.node(0).sizeLock)), irq(k.node(0).sizeLock)])).toMatchObject({ verdict: 'holds', complete: true })
    // it ends before its host goes on: between the host's read and write it may still come
    expect(ends(ask(booted, [thread('T1', increment), { ...thread('irq', increment), context: { irqOn: 0 } }]), a.name)).toEqual(['1', '2'])
  })

  test('a wait ends when another thread brings it about, or never', () => {
    const waits = fn('waits', function* () {
      yield waitUntil(a, 1)
      return yield read(b)
    })
    const completes = fn('completes', function* () {
      yield writeOnce(b, 7)
      yield writeOnce(a, 1)
      return 0
    })
    expect(values(ask(booted, [thread('T1', waits), thread('T2', completes)]))[0]).toEqual([7])
    expect(ask(booted, [thread('T1', waits)]).broken).toMatchObject({ kind: 'deadlock', text: `T1 waits for ${a.name} to be 1 in waits()` })
  })

  test('synchronize_rcu() waits for those who are inside', () => {
    const rcu = new Lock(99, 'rcu', 'rcu', 99)
    const reader = fn('reader', function* () {
      yield lock(rcu, 'read')
      const live = yield readOnce(a)
      const used = live === 0 ? yield readOnce(b) : 0
      yield unlock(rcu)
      return used
    })
    const frees = (careful: boolean) => fn('frees', function* () {
      yield writeOnce(a, 1)
      if (careful) yield synchronize(rcu)
      yield writeOnce(b, 99)
      return 0
    })
    expect(values(ask(booted, [thread('R', reader), thread('W', frees(true))]))[0]).toEqual([0])
    expect(values(ask(booted, [thread('R', reader), thread('W', frees(false))]))[0]).toEqual([0, 99])
  })

  test('three locks in a ring are a cycle of three, though no two threads deadlock; a common outer lock makes it harmless', () => {
    const [x, y, z] = [k.deviceHotplugLock, k.deviceLock, k.memHotplugLock]
    const both = (first: Lock, second: Lock, gate?: Lock) => fn(`${first.name} then ${second.name}`, function* () {
      if (gate) yield lock(gate)
      yield lock(first)
      yield lock(second)
      yield unlock(second)
      yield unlock(first)
      if (gate) yield unlock(gate)
      return 0
    })
    const ring = (gate?: Lock): Exploration => ask(booted, [thread('T1', both(x, y, gate)), thread('T2', both(y, z, gate)), thread('T3', both(z, x, gate))], { all: true })
    expect(ring().lockCycles).toEqual([[x.name, y.name, z.name]])
    expect(ring().findings.map((f) => f.kind).sort()).toEqual(['deadlock', 'lock-order'])
    expect(ring(k.memoryChain)).toMatchObject({ verdict: 'holds', lockCycles: [] })
  })
})

describe('a question that cannot be explored', () => {
  const booted = guest()
  const { kernel: k } = booted
  const noop = op('noop', 'test', function* () {
    yield write(k.zone(0, 4).contiguous, 1)
    return 0
  })
  test('says which field, and the limit', () => {
    expect(() => ask(booted, [])).toThrow(new QuestionError('threads', '0 threads', '1 to 4'))
    expect(() => ask(booted, Array.from({ length: 5 }, (_, i) => thread(`T${i}`, noop)))).toThrow('threads: 5 threads; 1 to 4')
    expect(() => ask(booted, [thread('T', noop), thread('T', noop)])).toThrow('two threads "T"')
    expect(() => stateInvariant('I99')).toThrow('"I99"')
  })

  test('an operation that reads something else than steps is named', () => {
    let calls = 0
    const fickle = op('fickle', 'test', function* () {
      yield read(k.zone(0, 4).managed)
      yield write(++calls % 2 ? k.zone(0, 4).contiguous : k.zone(0, 4).present, 1)
      yield read(k.zone(0, 4).contiguous)
      return 0
    })
    expect(() => ask(booted, [thread('T1', fickle), thread('T2', noop)])).toThrow(NotDeterministic)
    expect(() => ask(booted, [thread('T1', fickle), thread('T2', noop)])).toThrow(/operation is not deterministic: fickle\(\)/)
  })

  test('one that hides what it observed in a caller is caught where histories merge', () => {
    const cell = k.zone(0, 4).contiguous
    const inner = op('inner', 'test', function* (_k, seen: { value: number }) {
      seen.value = yield read(cell)
      return 0
    })
    const hides = op('hides', 'test', function* () {
      class Seen { value = 0 }
      const seen = new Seen()
      yield call(inner, seen)
      yield write(k.zone(0, 4).managed, 5)
      yield write(k.zone(0, 4).present, seen.value)
      return 0
    })
    expect(() => ask(booted, [thread('T1', hides), thread('T2', noop)])).toThrow(NotDeterministic)
  })

  test('an exploration that is stopped says where it stopped; one that is cancelled answers nothing', () => {
    const threads = [thread('T1', memremapPages, device(8 * GiB, 64 * MiB)), thread('T2', memremapPages, device(9 * GiB, 64 * MiB))]
    expect(ask(booted, threads, { maxStates: 100 })).toMatchObject({ verdict: 'incomplete', complete: false, bound: expect.stringContaining('stopped at 100 states') })
    const { kernel, store } = booted
    const run = exploring({ kernel, base: store, threads: [...threads, thread('T3', memremapPages, device(10 * GiB, 64 * MiB))], invariants: [], options: { reduce: 'off' } })
    expect(run.next().done).toBe(false)
    expect(explore({ kernel, base: store, threads: [...threads, thread('T3', memremapPages, device(10 * GiB, 64 * MiB))], invariants: [], options: { reduce: 'off' } }, undefined, () => true)).toBeUndefined()
  })
})
