/** Questions to measure by: threads that have nothing in common, threads that fight over one word, and small ones about real operations. */
import { boot, type Booted } from '../../main/engine/boot/boot.ts'
import { thread, type Question } from '../../main/engine/executors/explore/explore.ts'
import { stateInvariant } from '../../main/engine/executors/explore/invariants.ts'
import { call, fill, get, lock, op, read, unlock, write } from '../../main/engine/executors/step.ts'
import { addMemory } from '../../main/engine/kernel/add-memory.ts'
import { memremapPages, memunmapPages, type PgmapRequest } from '../../main/engine/kernel/memremap-pages.ts'
import { stateStore } from '../../main/engine/kernel/memory-block.ts'
import { removeMemory } from '../../main/engine/kernel/remove-memory.ts'
import { PROFILES } from '../../main/engine/profiles/profiles.ts'
import { GiB, MiB } from '../../main/engine/units.ts'
import { smallGuest } from '../golden/machine.ts'

const guest = (profile = 'v6.1', setUp: (b: Booted) => void = () => {}): Booted => {
  const booted = boot(smallGuest(), PROFILES.get(profile)!)
  setUp(booted)
  return booted
}

/** Each thread initialises sections of its own. */
export function disjoint(threads = 4, sections = 24): Question {
  const { kernel: k, store } = guest()
  const init = op('init_sections', 'test', function* (_k, first: number) {
    for (let s = first; s < first + sections; s++) yield fill(k.mark, s * k.pagesPerSection, (s + 1) * k.pagesPerSection, 1)
    return 0
  })
  return { kernel: k, base: store, threads: Array.from({ length: threads }, (_, t) => thread(`T${t}`, init, 64 + t * sections)), invariants: [] }
}

/** Threads that grow one zone under one lock, each section at most once. */
export function contended(threads = 4, grows = 4): Question {
  const { kernel: k, store } = guest()
  const next = k.zone(0, 4).managed
  const node = k.node(0)
  const grow = op('deferred_grow_zone', 'test', function* () {
    const before = yield read(next)
    yield lock(node.sizeLock)
    const now = yield read(next)
    if (now !== before) {
      yield unlock(node.sizeLock)
      return 0
    }
    const pfn = (64 + now) * k.pagesPerSection
    const was = yield get(k.mark, pfn)
    yield fill(k.mark, pfn, pfn + k.pagesPerSection, was + 1)
    yield write(next, now + 1)
    yield unlock(node.sizeLock)
    return 0
  })
  const allocate = op('alloc_pages', 'test', function* () {
    for (let i = 0; i < grows; i++) yield call(grow)
    return 0
  })
  return { kernel: k, base: store, threads: Array.from({ length: threads }, (_, t) => thread(`T${t}`, allocate)), invariants: [] }
}

const device = (start: number, size: number): PgmapRequest => ({ type: 'generic', node: 0, owner: 'device', ranges: [{ start: start / 4096, end: (start + size) / 4096 }] })

/** Small questions about real operations, by name. */
export const SMALL: Readonly<Record<string, () => Question>> = {
  'device add against release, v5.3': () => release('v5.3'),
  'device add against release, v6.1': () => release('v6.1'),
  'online against unplug': () => {
    const { kernel, store } = guest('v6.1', (b) => b.executor.run(addMemory, 0, 8 * GiB, 128 * MiB, {}))
    return { kernel, base: store, threads: [thread('online', stateStore, (8 * GiB) / 4096, 'online'), thread('unplug', removeMemory, 8 * GiB, 128 * MiB)], invariants: ['I1', 'I2', 'I3', 'I5', 'I8', 'I19', 'I21', 'I25'].map((id) => stateInvariant(id)) }
  },
  'two device adds': () => {
    const { kernel, store } = guest()
    return { kernel, base: store, threads: [thread('A', memremapPages, device(8 * GiB, 128 * MiB)), thread('B', memremapPages, device(9 * GiB, 128 * MiB))], invariants: ['I1', 'I3'].map((id) => stateInvariant(id)) }
  },
  'RAM beside a device add': () => {
    const { kernel, store } = guest()
    return { kernel, base: store, threads: [thread('device', memremapPages, device(8 * GiB, 128 * MiB)), thread('RAM', addMemory, 0, 9 * GiB, 128 * MiB, {})], invariants: ['I1', 'I3', 'I5'].map((id) => stateInvariant(id)) }
  },
}

function release(profile: string): Question {
  const { kernel, store } = guest(profile, (b) => b.executor.run(memremapPages, device(10 * GiB, 128 * MiB)))
  return { kernel, base: store, threads: [thread('add', memremapPages, device(10 * GiB + 128 * MiB, 128 * MiB)), thread('release', memunmapPages, 1)], invariants: [stateInvariant('I1')] }
}
