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
const node = fc.constantFrom(0, 0, 1)
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
  name, type: fc.constantFrom('generic', 'generic', 'hmm-private', 'hmm-public', 'hmm-coherent', 'pci-p2pdma'), at: place, size, node, altmap, claim: fc.constantFrom(true, true, true, false),
}).map(({ name: n, type, altmap: a, claim, at, size: s, node: nid }): Command => ({
  op: 'add_device', name: n, type,
  params: { at, size: s, node: nid, ...(type === 'hmm-public' ? {} : { claim }), ...(type === 'generic' && a ? a : {}) },
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

export const sequences = (max: number): fc.Arbitrary<readonly Command[]> => fc.array(command, { minLength: 3, maxLength: max, size: 'max' })

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
  const range = c.op === 'unplug_dimm' ? store.ref(k.dimms).find((d) => d.id === c.id) : c.op === 'remove_memory' || c.op === 'offline_and_remove_memory' ? c : undefined
  if (!range) return false
  return store.scan([k.blockState], range.start / k.pageSize, (range.start + range.size) / k.pageSize, k.pagesPerBlock, (state) => state === 0) >= 0
}
