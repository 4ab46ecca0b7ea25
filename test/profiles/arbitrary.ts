/**
 * Random commands on RAM and device memory side by side, leaning towards what kernels differ in: memory that is removed before it was online,
 * vetoes, altmaps with a reserve, blocks of one DIMM in several zones, devices in the sections of RAM and of each other.
 */
import fc from 'fast-check'
import type { Command } from '../../main/engine/command.ts'
import type { Engine } from '../../main/engine/engine.ts'
import { loadScenario } from '../../main/engine/scenario/parse.ts'
import { eachResource } from '../../main/engine/state/resource-tree.ts'
import { GiB, MiB } from '../../main/engine/units.ts'

/** 1000 MiB: boot RAM ends inside a section, which device memory can share. Node 1 has no memory at boot. */
export const description = (() => {
  const read = loadScenario('zonelab: 1\ntitle: mixed\nmachine: {memory: 1000MiB, nodes: [{memory: 1000MiB, cpus: 1}, {}], physical-bits: 40}\n', 'mixed.yaml')
  if (!read.ok) throw new Error(JSON.stringify(read.errors))
  return read.value.description
})()

const BLOCK = 128 * MiB
const node = fc.constantFrom(0, 0, 0, 1)
const block = fc.integer({ min: 32, max: 37 })
/** From 4 GiB on and around the end of boot RAM, mostly on borders of sections, then of sub-sections. */
const place = fc.oneof(
  { weight: 5, arbitrary: block.map((b) => b * BLOCK) },
  { weight: 4, arbitrary: fc.integer({ min: 0, max: 383 }).map((n) => 4 * GiB + n * 2 * MiB) },
  { weight: 2, arbitrary: fc.integer({ min: 490, max: 511 }).map((n) => n * 2 * MiB) },
)
const size = fc.constantFrom(2, 8, 30, 64, 128, 128, 192, 256).map((n) => n * MiB)
const blocks = fc.constantFrom(1, 1, 2, 3).map((n) => n * BLOCK)
const name = fc.constantFrom('a', 'b', 'c')
const altmap = fc.option(fc.record({ reserve: fc.constantFrom(0, 2, 512), free: fc.constantFrom(100, 512, 1022, 1536) }), { nil: undefined })

const addDevice = fc.record({
  name, type: fc.constantFrom('generic', 'generic', 'hmm-private', 'hmm-public', 'hmm-coherent', 'pci-p2pdma'), at: place, size, node, altmap, claim: fc.constantFrom(true, true, true, true, true, false),
}).map(({ name: n, type, altmap: a, claim, at, size: s, node: nid }): Command => ({
  op: 'add_device', name: n, type,
  // an altmap that leaves no page to the device is a caller's fault, too
  params: { at, size: s, node: nid, ...(type === 'generic' ? { claim, ...(s > 8 * MiB ? a : {}) } : {}) },
}))

const command: fc.Arbitrary<Command> = fc.oneof(
  { weight: 6, arbitrary: addDevice },
  { weight: 4, arbitrary: name.map((n): Command => ({ op: 'remove_device', name: n })) },
  { weight: 4, arbitrary: fc.record({ op: fc.constant('add_memory' as const), node, start: block.map((b) => b * BLOCK), size: blocks }) },
  { weight: 2, arbitrary: fc.record({ op: fc.constant('plug_dimm' as const), id: name, start: block.map((b) => b * BLOCK), size: blocks, node }) },
  { weight: 2, arbitrary: name.map((id): Command => ({ op: 'unplug_dimm', id })) },
  { weight: 7, arbitrary: fc.record({ op: fc.constant('block' as const), block: fc.oneof({ weight: 5, arbitrary: block }, { weight: 1, arbitrary: fc.integer({ min: 0, max: 7 }) }), state: fc.constantFrom('online', 'online_kernel', 'online_movable', 'offline') }) },
  { weight: 4, arbitrary: fc.record({ op: fc.constantFrom('remove_memory' as const, 'offline_and_remove_memory' as const), start: block.map((b) => b * BLOCK), size: blocks }) },
  { weight: 1, arbitrary: fc.record({ op: fc.constant('notifier' as const), name: fc.constant('ksm'), event: fc.constantFrom('MEM_GOING_ONLINE' as const, 'MEM_GOING_OFFLINE' as const), answer: fc.constantFrom('veto' as const, 'allow' as const) }) },
  { weight: 1, arbitrary: fc.record({ op: fc.constant('policy' as const), name: fc.constant('uninitialised_pages' as const), value: fc.constantFrom('zone-0', 'device', 'wild') }) },
  { weight: 1, arbitrary: fc.record({ op: fc.constant('policy' as const), name: fc.constant('auto_online_blocks' as const), value: fc.constantFrom('offline', 'online', 'online_movable') }) },
  { weight: 1, arbitrary: fc.record({ op: fc.constant('request_region' as const), start: place, size, name: fc.constant('driver') }) },
  { weight: 1, arbitrary: fc.record({ op: fc.constant('release_region' as const), start: place, size }) },
)

const WORDS = ['online', 'online_kernel', 'online_movable'] as const
const words = (n: number) => fc.array(fc.constantFrom(...WORDS, 'none'), { minLength: n, maxLength: n })
const device = (n: string, at: number, s: number, more: Readonly<Record<string, string | number | boolean>> = {}): Command => ({ op: 'add_device', name: n, type: 'generic', params: { at, size: s, node: 0, ...more } })
const online = (b: number, state: string): Command => ({ op: 'block', block: b, state })

/** What the defects of old kernels need, in a row: each makes a state from which random commands go on. */
const motif: fc.Arbitrary<readonly Command[]> = fc.oneof(
  // memory whose blocks go to several zones, or never online, and is removed as one
  fc.record({ first: fc.integer({ min: 32, max: 35 }), to: words(3), nid: fc.constantFrom(0, 1), dimm: fc.boolean(), again: fc.boolean() }).map(({ first, to, nid, dimm, again }): Command[] => [
    dimm ? { op: 'plug_dimm', id: 'm', start: first * BLOCK, size: 3 * BLOCK, node: nid } : { op: 'add_memory', node: nid, start: first * BLOCK, size: 3 * BLOCK },
    ...to.flatMap((w, i) => (w === 'none' ? [] : [online(first + i, w)])),
    ...to.flatMap((w, i) => (w === 'none' ? [] : [online(first + i, 'offline')])),
    dimm ? { op: 'unplug_dimm', id: 'm' } : { op: 'remove_memory', start: first * BLOCK, size: 3 * BLOCK },
    ...(again ? [{ op: 'add_memory', node: nid, start: first * BLOCK, size: BLOCK } as const] : []),
  ]),
  // a block that changes its zone, or whose online is vetoed
  fc.record({ b: block, from: fc.constantFrom(...WORDS), to: fc.constantFrom(...WORDS), veto: fc.boolean(), nid: fc.constantFrom(0, 1), again: fc.boolean() }).map(({ b, from, to, veto, nid, again }): Command[] => [
    { op: 'add_memory', node: nid, start: b * BLOCK, size: BLOCK },
    ...(veto ? [{ op: 'notifier', name: 'ksm', event: 'MEM_GOING_ONLINE', answer: 'veto' } as const] : []),
    online(b, from), online(b, 'offline'),
    ...(veto ? [{ op: 'notifier', name: 'ksm', event: 'MEM_GOING_ONLINE', answer: 'allow' } as const] : []),
    online(b, to), online(b, 'offline'), { op: 'remove_memory', start: b * BLOCK, size: BLOCK },
    ...(again ? [{ op: 'add_memory', node: nid, start: b * BLOCK, size: BLOCK } as const] : []),
  ]),
  // two devices of which one goes; where boot RAM ends, or with pages kept for the driver
  fc.record({ b: fc.integer({ min: 32, max: 35 }), early: fc.boolean(), reserve: fc.constantFrom(0, 2, 512), first: fc.boolean() }).map(({ b, early, reserve, first }): Command[] => [
    early ? device('p', 500 * 2 * MiB, 8 * MiB) : device('p', b * BLOCK, BLOCK, { reserve, free: 1534 }),
    device('q', (b + 1) * BLOCK, BLOCK, { reserve, free: 1534 }),
    { op: 'remove_device', name: first ? 'p' : 'q' }, { op: 'remove_device', name: first ? 'q' : 'p' },
  ]),
  // a device in front of RAM, and RAM on a device that claimed nothing
  fc.record({ b: fc.integer({ min: 32, max: 36 }), to: fc.constantFrom(...WORDS), nid: fc.constantFrom(0, 0, -1) }).map(({ b, to, nid }): Command[] => [
    { op: 'add_memory', node: 0, start: (b + 1) * BLOCK, size: BLOCK }, online(b + 1, to), device('r', b * BLOCK, BLOCK, { node: nid }), { op: 'remove_device', name: 'r' },
  ]),
  fc.record({ b: block, nid: node, s: fc.constantFrom(64 * MiB, BLOCK) }).map(({ b, nid, s }): Command[] => [
    device('u', b * BLOCK, s, { claim: false }), { op: 'add_memory', node: nid, start: b * BLOCK, size: BLOCK }, online(b, 'online'), { op: 'remove_device', name: 'u' },
  ]),
  // two devices inside one section, and one around both that claimed nothing
  fc.record({ b: block, type: fc.constantFrom('generic', 'hmm-private'), around: fc.boolean() }).map(({ b, type, around }): Command[] => [
    { op: 'add_device', name: 'v', type, params: { at: b * BLOCK + 8 * MiB, size: 30 * MiB, node: 0 } },
    around ? device('w', b * BLOCK, BLOCK, { claim: false }) : device('w', b * BLOCK + 64 * MiB, 2 * MiB),
    { op: 'remove_device', name: 'v' }, { op: 'remove_device', name: 'w' },
  ]),
)

/** Up to `max` single commands, with the rows of commands above strewn in. */
export const sequences = (max: number): fc.Arbitrary<readonly Command[]> =>
  fc.array(fc.oneof({ weight: 6, arbitrary: command.map((c) => [c]) }, { weight: 1, arbitrary: motif }), { minLength: 3, maxLength: max, size: 'max' }).map((rows) => rows.flat())

/**
 * A caller that removes RAM which it never added takes away whatever lies there; that is the caller's fault, in the kernel as here, and
 * no sequence of these. So is giving back a region that somebody else holds.
 */
export function callersFault(engine: Engine, c: Command): boolean {
  const { kernel: k, store } = engine.booted
  if (c.op === 'release_region') {
    let own = false
    eachResource(store.ref(k.iomem), (r) => {
      if (r.name === 'driver' && r.start === c.start && r.end === c.start + c.size) own = true
    })
    return !own
  }
  if (c.op === 'add_device' && c.type === 'hmm-public') {
    // platform code describes public memory where nothing else is
    const [start, end] = [Number(c.params['at']), Number(c.params['at']) + Number(c.params['size'])]
    let taken = false
    eachResource(store.ref(k.iomem), (r) => {
      if (r !== store.ref(k.iomem) && r.start < end && start < r.end) taken = true
    })
    return taken
  }
  const range = c.op === 'unplug_dimm' ? store.ref(k.dimms).find((d) => d.id === c.id) : c.op === 'remove_memory' || c.op === 'offline_and_remove_memory' ? c : undefined
  if (!range) return false
  return store.scan([k.blockState], range.start / k.pageSize, (range.start + range.size) / k.pageSize, k.pagesPerBlock, (state) => state === 0) >= 0
}
