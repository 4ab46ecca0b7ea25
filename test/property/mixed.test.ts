/** RAM and device memory side by side in one small stretch of the physical space, where they meet all the time. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Command } from '../../main/engine/command.ts'
import { deviceTypes } from '../../main/engine/devices.ts'
import { bootEngine, type Engine } from '../../main/engine/engine.ts'
import { V6_1 } from '../../main/engine/profiles/profiles.ts'
import { loadScenario } from '../../main/engine/scenario/parse.ts'
import { eachResource } from '../../main/engine/state/resource-tree.ts'
import { GiB, MiB } from '../../main/engine/units.ts'
import { BUILT_IN } from '../../plugins/built-in.ts'
import { expectInvariants, during } from './play.ts'
import { replayable } from './replay.ts'
import { stateOf, describe as told } from './state.ts'

const description = (() => {
  // 1000 MiB: boot RAM ends inside a section, so device memory can share it
  const read = loadScenario('zonelab: 1\ntitle: mixed\nmachine: {memory: 1000MiB, nodes: [{memory: 1000MiB, cpus: 1}, {}], physical-bits: 40}\n', 'mixed.yaml')
  if (!read.ok) throw new Error(JSON.stringify(read.errors))
  return read.value.description
})()
const engineOf = (grain: 'coarse' | 'fine') => bootEngine(description, V6_1, grain, deviceTypes(BUILT_IN))

const BLOCK = 128 * MiB
const node = fc.constantFrom(0, 1)
const block = fc.integer({ min: 32, max: 39 })
/** Places around the end of boot RAM and from 4 GiB on, mostly on sub-section borders. */
const place = fc.oneof(
  { weight: 6, arbitrary: fc.integer({ min: 0, max: 511 }).map((n) => 4 * GiB + n * 2 * MiB) },
  { weight: 2, arbitrary: fc.integer({ min: 480, max: 511 }).map((n) => n * 2 * MiB) },
  { weight: 1, arbitrary: fc.integer({ min: 0, max: 1023 }).map((n) => 4 * GiB + n * MiB) },
)
const size = fc.constantFrom(1, 2, 4, 30, 32, 64, 126, 128, 192, 256, 384).map((n) => n * MiB)
const name = fc.constantFrom('a', 'b', 'c')

const altmap = fc.option(fc.record({ reserve: fc.constantFrom(0, 2, 512), free: fc.constantFrom(100, 512, 1022, 1536) }), { nil: undefined })
/** Drivers here claim their range first; what an unclaimed range comes to is told in test/golden and in the recordings. */
const addDevice = fc.record({ name, type: fc.constantFrom('generic', 'pci-p2pdma', 'hmm-private', 'hmm-coherent'), at: place, size, node, altmap }).map(
  ({ name: n, type, altmap: a, ...p }): Command => ({ op: 'add_device', name: n, type, params: { ...p, ...(type === 'generic' && a ? a : {}) } }),
)
const command: fc.Arbitrary<Command> = fc.oneof(
  { weight: 6, arbitrary: addDevice },
  { weight: 3, arbitrary: name.map((n): Command => ({ op: 'remove_device', name: n })) },
  { weight: 3, arbitrary: fc.record({ op: fc.constant('add_memory' as const), node, start: block.map((b) => b * BLOCK), size: fc.constantFrom(BLOCK, 2 * BLOCK, 64 * MiB) }) },
  { weight: 2, arbitrary: fc.record({ op: fc.constant('plug_dimm' as const), id: name, start: block.map((b) => b * BLOCK), size: fc.constantFrom(BLOCK, 2 * BLOCK), node }) },
  { weight: 1, arbitrary: name.map((id): Command => ({ op: 'unplug_dimm', id })) },
  { weight: 6, arbitrary: fc.record({ op: fc.constant('block' as const), block: fc.oneof(block, fc.integer({ min: 0, max: 7 })), state: fc.constantFrom('online', 'online_kernel', 'online_movable', 'offline') }) },
  { weight: 2, arbitrary: fc.record({ op: fc.constantFrom('remove_memory' as const, 'offline_and_remove_memory' as const), start: block.map((b) => b * BLOCK), size: fc.constantFrom(BLOCK, 2 * BLOCK) }) },
  { weight: 1, arbitrary: fc.record({ op: fc.constant('mark' as const), start: place, size: fc.constant(4096), as: fc.constantFrom('unmovable' as const, 'pinned' as const, 'none' as const) }) },
  { weight: 1, arbitrary: fc.record({ op: fc.constant('request_region' as const), start: place, size, name: fc.constant('driver') }) },
  { weight: 1, arbitrary: fc.record({ op: fc.constant('release_region' as const), start: place, size }) },
)

/**
 * A caller that removes RAM which it never added takes away whatever lies there, device memory included; an ACPI device whose add
 * answered -EEXIST does so too. That is the caller's fault, in the kernel as here, and no sequence of these.
 */
function callersFault(engine: Engine, c: Command): boolean {
  const { kernel: k, store } = engine.booted
  if (c.op === 'release_region') {
    // giving back what somebody else holds
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

test('after every command on RAM and devices in one place all invariants hold, and undoing all of it leads back to boot', () => {
  fc.assert(
    fc.property(fc.array(command, { minLength: 4, maxLength: 16 }), (commands) => {
      const engine = engineOf('coarse')
      const boot = stateOf(engine)
      for (const c of commands)
        if (!callersFault(engine, c)) during(JSON.stringify(c), () => {
          const result = engine.execute(c)
          expect(result.hookError).toBeUndefined()
          expectInvariants(engine)
        })
      engine.travel(0)
      expect(told(engine, boot, stateOf(engine))).toBe('')
    }),
    replayable(5000),
  )
})

test('one section at a time and runs of equal sections end in the same state, with devices too', () => {
  fc.assert(
    fc.property(fc.array(command, { minLength: 4, maxLength: 12 }), (commands) => {
      const [coarse, fine] = [engineOf('coarse'), engineOf('fine')]
      for (const c of commands) if (!callersFault(coarse, c)) during(JSON.stringify(c), () => expect(fine.execute(c).ret).toBe(coarse.execute(c).ret))
      expect(fine.snapshot()).toEqual(coarse.snapshot())
    }),
    replayable(500),
  )
})
