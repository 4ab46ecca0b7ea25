/** memory_hotplug.online_policy=auto-movable: how much of hot-added memory a plain `online` gives to Movable. */
import { describe, expect, test } from 'vitest'
import { GiB, MiB } from '../../main/engine/units.ts'
import { BLOCK, machine, Rig, smallGuest } from './machine.ts'

const POLICY = 'memory_hotplug.online_policy=auto-movable'
const zoneAt = (rig: Rig, at: number): string | undefined => rig.blockAt(at).zone

describe('the ratio, 301 % by default', () => {
  // 1 GiB of boot memory less 97 pages: 262047 early kernel pages allow 788761 Movable, that is 24 blocks
  const guest = (cmdline = POLICY): Rig => new Rig(machine({ ram: [{ start: 0, end: GiB }], cmdline }))

  test('counts early pages of kernel zones, holes not among them, against Movable pages', () => {
    const rig = guest()
    rig.add(8 * GiB, 25 * BLOCK)
    rig.each(8 * GiB, 8 * GiB + 25 * BLOCK, 'online')
    expect(Math.floor((262047 * 301) / 100 / 32768)).toBe(24)
    expect([rig.zone('Movable').present / 32768, zoneAt(rig, 8 * GiB + 24 * BLOCK)]).toEqual([24, 'Normal'])
  })

  test('hot-added kernel memory does not raise it', () => {
    const rig = guest()
    rig.add(8 * GiB, 34 * BLOCK)
    rig.each(8 * GiB, 8 * GiB + 8 * BLOCK, 'online_kernel')
    rig.each(8 * GiB + 8 * BLOCK, 8 * GiB + 34 * BLOCK, 'online')
    expect(rig.zone('Movable').present / 32768).toBe(24)
  })

  test('early memory that went offline no longer counts', () => {
    // seven whole blocks of boot memory, of which the kernel zone keeps 229279 pages when one is offline: 690129 Movable, 21 blocks
    const rig = new Rig(machine({ ram: [{ start: 0, end: GiB }], cmdline: POLICY, observed: { reserved: [] } }))
    rig.block(BLOCK, 'offline')
    rig.add(8 * GiB, 25 * BLOCK)
    rig.each(8 * GiB, 8 * GiB + 25 * BLOCK, 'online')
    expect(rig.zone('Movable').present / 32768).toBe(21)
  })

  test('of 100 allows as much as there is, of 0 nothing', () => {
    for (const [ratio, blocks] of [[100, 7], [0, 0]] as const) {
      const rig = guest(`${POLICY} memory_hotplug.auto_movable_ratio=${ratio}`)
      rig.add(8 * GiB, 10 * BLOCK)
      rig.each(8 * GiB, 8 * GiB + 10 * BLOCK, 'online')
      expect(rig.zone('Movable').present / 32768).toBe(blocks)
    }
  })

  test('is asked of the node too, unless auto_movable_numa_aware is off', () => {
    const zone = (aware: string): string | undefined => {
      const rig = new Rig(machine({ ram: [{ start: 0, end: GiB }], nodes: [{ id: 0, cpus: 1 }, { id: 1, cpus: 0 }], cmdline: `${POLICY} memory_hotplug.auto_movable_numa_aware=${aware}` }))
      rig.add(8 * GiB, BLOCK, 1)
      rig.block(8 * GiB, 'online')
      return zoneAt(rig, 8 * GiB)
    }
    expect([zone('Y'), zone('N')]).toEqual(['Normal', 'Movable'])
  })

  test('asks nobody about online_kernel and online_movable', () => {
    const rig = guest(`${POLICY} memory_hotplug.auto_movable_ratio=0`)
    rig.add(8 * GiB, 2 * BLOCK)
    rig.block(8 * GiB, 'online_movable')
    rig.block(8 * GiB + BLOCK, 'online_kernel')
    expect([zoneAt(rig, 8 * GiB), zoneAt(rig, 8 * GiB + BLOCK)]).toEqual(['Movable', 'Normal'])
  })
})

describe('a DIMM is one group', () => {
  const dimm = (rig: Rig, start: number, blocks: number): void => void rig.ok({ op: 'plug_dimm', id: `at ${start}`, start, size: blocks * BLOCK, node: 0 })

  test('goes Movable only when all of it could', () => {
    // room for 24 blocks: the first DIMM takes 20, the second would need 8
    const rig = new Rig(machine({ ram: [{ start: 0, end: GiB }], cmdline: POLICY }))
    dimm(rig, 8 * GiB, 20)
    dimm(rig, 16 * GiB, 8)
    rig.each(8 * GiB, 8 * GiB + 20 * BLOCK, 'online')
    rig.each(16 * GiB, 16 * GiB + 8 * BLOCK, 'online')
    expect(rig.engine.snapshot().blocks.filter((b) => b.first >= 64).map((b) => [b.last - b.first + 1, b.zone])).toEqual([[20, 'Movable'], [8, 'Normal']])
  })

  test('stays in kernel zones when one block of it is there', () => {
    const rig = new Rig(smallGuest({ cmdline: POLICY }))
    dimm(rig, 8 * GiB, 2)
    rig.block(8 * GiB + BLOCK, 'online_kernel')
    rig.block(8 * GiB, 'online')
    expect(zoneAt(rig, 8 * GiB)).toBe('Normal')
  })

  test('asks for a kernel zone with the size of what is left of the group, not with the block’s', () => {
    // the DIMM ends where the node's DMA32 begins: its four blocks together reach into DMA32, the block alone does not
    const rig = new Rig(machine({ ram: [{ start: 0, end: 64 * MiB, node: 0 }, { start: GiB, end: 1.5 * GiB, node: 1 }], cmdline: `${POLICY} memory_hotplug.auto_movable_ratio=1` }))
    rig.ok({ op: 'plug_dimm', id: 'below', start: GiB - 4 * BLOCK, size: 4 * BLOCK, node: 1 })
    rig.block(GiB - 2 * BLOCK, 'online')
    expect(zoneAt(rig, GiB - 2 * BLOCK)).toBe('DMA32')
    // with nothing left to ask the ratio for, as for a block of no group, it is Normal
    rig.run({ op: 'policy', name: 'auto_movable_ratio', value: '0' })
    rig.block(GiB - 4 * BLOCK, 'online')
    expect(zoneAt(rig, GiB - 4 * BLOCK)).toBe('Normal')
  })
})

test('the policy decides at online time: it may change between two blocks', () => {
  const rig = new Rig(smallGuest())
  rig.add(8 * GiB, 2 * BLOCK)
  rig.block(8 * GiB, 'online')
  rig.ok({ op: 'policy', name: 'online_policy', value: 'auto-movable' })
  rig.block(8 * GiB + BLOCK, 'online')
  expect([zoneAt(rig, 8 * GiB), zoneAt(rig, 8 * GiB + BLOCK)]).toEqual(['Normal', 'Movable'])
})

test('auto-online uses the policy as well, block by block in order', () => {
  const rig = new Rig(machine({ ram: [{ start: 0, end: GiB }], cmdline: `${POLICY} memhp_default_state=online memory_hotplug.auto_movable_ratio=100` }))
  rig.add(8 * GiB, 10 * BLOCK)
  expect(rig.engine.snapshot().blocks.filter((b) => b.first >= 64).map((b) => [b.first, b.last, b.state, b.zone])).toEqual([[64, 70, 'online', 'Movable'], [71, 73, 'online', 'Normal']])
})
