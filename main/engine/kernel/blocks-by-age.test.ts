/** Memory blocks and nodes as kernels of different age have them: memmap_on_memory, poison, notifiers, zones of blocks. */
import { describe, expect, test } from 'vitest'
import { Rig, machine, smallGuest, type MachineCase } from '../../../test/golden/machine.ts'
import type { Profile } from '../profiles/profile.ts'
import { V4_18, V5_10, V5_5, V6_1, V6_12, V7_2 } from '../profiles/profiles.ts'
import { GiB, MiB } from '../units.ts'

const DIMM = 8 * GiB
const rigOf = (profile: Profile, rest: Partial<MachineCase> = {}): Rig => new Rig(smallGuest(rest), undefined, profile)
const plug = (rig: Rig, size: number, node = 0) => rig.run({ op: 'plug_dimm', id: 'd0', start: DIMM, size, node })
const movable = (rig: Rig) => rig.engine.snapshot().nodes[0]!.zones.find((z) => z.name === 'Movable')!
const blocks = (rig: Rig, from: number) => rig.engine.snapshot().blocks.filter((b) => b.first >= from).map((b) => [b.first, b.last, b.state, b.vmemmapPages])

describe('memmap_on_memory', () => {
  const on = { cmdline: 'memory_hotplug.memmap_on_memory=Y' }

  test('carries the struct pages of a DIMM of one block, or of each block from v6.8 on', () => {
    for (const [profile, perBlock, managed] of [[V5_10, 0, 2 * 32768], [V6_1, 0, 2 * 32768], [V6_12, 512, 2 * 32256]] as const) {
      const rig = rigOf(profile, on)
      expect(plug(rig, 256 * MiB).ret).toBe(0)
      rig.each(DIMM, DIMM + 256 * MiB, 'online_movable')
      expect([profile.id, blocks(rig, 64), movable(rig).present, movable(rig).managed]).toEqual([profile.id, [[64, 65, 'online', perBlock]], 65536, managed])
      expect(rig.run({ op: 'unplug_dimm', id: 'd0' }).ret).toBe(0)
      expect([blocks(rig, 64), movable(rig).spanned, rig.engine.snapshot().sections.filter((s) => s.first >= 64)]).toEqual([[], 0, []])
      expect(rig.breaches).toEqual([])
    }
  })

  test('an add with the flag where it cannot be: -EINVAL, later ignored; before, nobody knows the flag', () => {
    const add = (profile: Profile) => rigOf(profile).run({ op: 'add_memory', node: 0, start: DIMM, size: 256 * MiB, memmapOnMemory: true }).errno
    expect([V5_10, V6_1, V6_12].map(add)).toEqual([undefined, 'EINVAL', undefined])
  })

  test('a DIMM of which a part carries its own struct pages is not removed in one piece', () => {
    const rig = rigOf(V6_12, on)
    rig.ok({ op: 'add_memory', node: 0, start: DIMM, size: 128 * MiB, memmapOnMemory: true })
    rig.ok({ op: 'add_memory', node: 0, start: DIMM + 128 * MiB, size: 128 * MiB })
    const refused = rig.run({ op: 'remove_memory', start: DIMM, size: 256 * MiB })
    expect([refused.errno, refused.log.some((l) => l.text === 'WARNING: at try_remove_memory')]).toEqual(['EINVAL', true])
    rig.ok({ op: 'remove_memory', start: DIMM, size: 128 * MiB })
    rig.ok({ op: 'remove_memory', start: DIMM + 128 * MiB, size: 128 * MiB })
  })

  test('the pages that hold struct pages are reserved until v6.10, and have no mark since', () => {
    const first = (profile: Profile) => {
      const rig = rigOf(profile, on)
      plug(rig, 128 * MiB)
      rig.block(DIMM, 'online_movable')
      return rig.engine.snapshot().pages.find((p) => p.start === DIMM / 4096)
    }
    expect(first(V6_1)).toMatchObject({ end: DIMM / 4096 + 512, state: 'initialised', reserved: true })
    expect(first(V6_12)).toMatchObject({ end: DIMM / 4096 + 512, state: 'initialised', reserved: false })
  })
})

describe('a hardware-poisoned page', () => {
  test('does not keep a block online, and keeps it offline from v6.2 on', () => {
    for (const [profile, answer] of [[V6_1, undefined], [V6_12, 'EHWPOISON']] as const) {
      const rig = rigOf(profile)
      plug(rig, 128 * MiB)
      rig.block(DIMM, 'online_movable')
      rig.ok({ op: 'mark', start: DIMM + MiB, size: 4096, as: 'hwpoison' })
      expect(rig.block(DIMM, 'offline').ret).toBe(0)
      expect(rig.block(DIMM, 'online_movable').errno).toBe(answer)
      if (answer) rig.ok({ op: 'unplug_dimm', id: 'd0' })
    }
  })
})

describe('notifiers', () => {
  const node1: Partial<MachineCase> = { nodes: [{ id: 0, cpus: 1 }, { id: 1, cpus: 0 }] }

  test('the first memory of a node can be vetoed on the chain of nodes, v6.17 on: spans are as before', () => {
    const rig = rigOf(V7_2, node1)
    plug(rig, 256 * MiB, 1)
    rig.ok({ op: 'notifier', name: 'n', event: 'NODE_ADDING_FIRST_MEMORY', answer: 'veto' })
    const refused = rig.block(DIMM, 'online_movable')
    expect([refused.errno, refused.reason]).toEqual(['EPERM', expect.stringContaining('NODE_ADDING_FIRST_MEMORY')])
    expect(rig.engine.snapshot().nodes[1]).toMatchObject({ online: true, hasMemory: false, spanned: 0 })
    rig.ok({ op: 'notifier', name: 'n', event: 'NODE_ADDING_FIRST_MEMORY', answer: 'allow' })
    expect(rig.block(DIMM, 'online_movable').ret).toBe(0)
    expect(rig.block(DIMM + 128 * MiB, 'online_movable').ret).toBe(0)
    rig.ok({ op: 'notifier', name: 'n', event: 'NODE_REMOVING_LAST_MEMORY', answer: 'veto' })
    expect(rig.block(DIMM, 'offline').ret).toBe(0)
    expect(rig.block(DIMM + 128 * MiB, 'offline').errno).toBe('EPERM')
    expect(rig.engine.snapshot().nodes[1]).toMatchObject({ hasMemory: true, present: 32768 })
    expect(rig.breaches).toEqual([])
  })

  test('MEM_PREPARE_ONLINE is sent before the block is touched, from v6.8 until it was taken out again', () => {
    const rig = rigOf(V6_12, { cmdline: 'memory_hotplug.memmap_on_memory=Y' })
    plug(rig, 128 * MiB)
    rig.ok({ op: 'notifier', name: 's390', event: 'MEM_PREPARE_ONLINE', answer: 'veto' })
    expect(rig.block(DIMM, 'online_movable').errno).toBe('EPERM')
    expect(movable(rig)).toMatchObject({ spanned: 0, present: 0 })
  })

  test('an event that the kernel does not have is refused', () => {
    for (const profile of [V6_1, V7_2]) expect(rigOf(profile).run({ op: 'notifier', name: 'n', event: 'MEM_PREPARE_ONLINE', answer: 'veto' }).errno).toBe('EINVAL')
    expect(rigOf(V6_12).run({ op: 'notifier', name: 'n', event: 'NODE_ADDING_FIRST_MEMORY', answer: 'veto' }).errno).toBe('EINVAL')
  })
})

describe('the zone of a block', () => {
  /** RAM ends inside block 7. */
  const short = (profile: Profile): Rig => new Rig(machine({ ram: [{ start: 0, end: 1000 * MiB }], observed: { reserved: [] } }), undefined, profile)

  test('that ends in a hole behind the last RAM: none while pages are walked against the span of the zone, else that of its pages', () => {
    const zone = (profile: Profile): string => short(profile).engine.snapshot().blocks.find((b) => b.last === 7)!.validZones
    expect([V4_18, V5_5, V5_10, V6_1, V7_2].map(zone)).toEqual(['DMA32', 'none', 'none', 'DMA32', 'DMA32'])
  })

  test('a block with a hole goes offline until v5.4 and counts what is RAM, and is refused since', () => {
    const old = short(V4_18)
    const before = old.engine.snapshot().nodes[0]!.present
    // the hole is reserved, which isolation does not take
    expect(old.block(7 * 128 * MiB, 'offline').errno).toBe('EBUSY')
    expect(old.engine.snapshot().nodes[0]!.present).toBe(before)
    for (const profile of [V5_10, V6_1]) expect(short(profile).block(7 * 128 * MiB, 'offline').errno).toBe('EINVAL')
  })
})

describe('auto-movable and present_early_pages', () => {
  test('are of v5.15: before, the parameters do not exist and nothing is counted', () => {
    const rig = rigOf(V5_10, { cmdline: 'memory_hotplug.online_policy=auto-movable' })
    plug(rig, 128 * MiB)
    rig.block(DIMM, 'online')
    expect([rig.blockAt(DIMM).zone, rig.run({ op: 'policy', name: 'online_policy', value: 'auto-movable' }).errno]).toEqual(['Normal', 'ENOENT'])
    expect(rig.engine.snapshot().nodes[0]!.zones.every((z) => z.presentEarly === 0)).toBe(true)
  })
})
