import { describe, expect, test } from 'vitest'
import { BLOCK, Rig, machine, smallGuest } from '../../../test/golden/machine.ts'
import { PROFILES, V4_18, V5_3, V5_4, V5_5, V6_1 } from '../profiles/profiles.ts'
import { GiB } from '../units.ts'

const AT = 8 * GiB
/** Node 1 is possible, has no CPU and no memory. */
const guest = () => machine({ ram: [{ start: 0, end: 2 * GiB }], nodes: [{ id: 0, cpus: 1 }, { id: 1, cpus: 0 }] })
const withMemory = (profile = V4_18): Rig => {
  const rig = new Rig(guest(), undefined, profile)
  rig.ok({ op: 'add_memory', node: 1, start: AT, size: 2 * BLOCK })
  return rig
}

describe('the first memory of a node', () => {
  test('until v5.7 the node starts where it was added before any of it is online, 0 since', () => {
    expect(['v4.18', 'v5.5', 'v5.10', 'v6.1'].map((id) => [id, withMemory(PROFILES.get(id)).node(1).startPfn])).toEqual([
      ['v4.18', AT / 4096], ['v5.5', AT / 4096], ['v5.10', 0], ['v6.1', 0],
    ])
  })
})

describe('the last memory of a node is removed', () => {
  test.each(['v4.18', 'v5.3', 'v5.4', 'v5.5', 'v6.1'])('%s: the node goes offline with it', (id) => {
    const rig = withMemory(PROFILES.get(id))
    rig.each(AT, AT + 2 * BLOCK, 'online_movable')
    rig.each(AT, AT + 2 * BLOCK, 'offline')
    rig.ok({ op: 'remove_memory', start: AT, size: BLOCK })
    expect(rig.node(1).online).toBe(true)
    rig.ok({ op: 'remove_memory', start: AT + BLOCK, size: BLOCK })
    expect(rig.node(1).online).toBe(false)
  })
  test('until v5.3 sections are asked for their node: one that was never online says what it likes, and the node may go while it has a block (kernel-behaviour B21)', () => {
    const play = (says: 'zone-0' | 'wild', profile = V5_3): Rig => {
      const rig = withMemory(profile)
      rig.ok({ op: 'policy', name: 'uninitialised_pages', value: says })
      // both blocks lie in the node's span, the second is never online
      rig.block(AT, 'online_movable')
      rig.ok({ op: 'add_memory', node: 1, start: AT + 2 * BLOCK, size: BLOCK })
      rig.block(AT + 2 * BLOCK, 'online_movable')
      for (const at of [AT, AT + 2 * BLOCK]) {
        rig.block(at, 'offline')
        const removed = rig.run({ op: 'remove_memory', start: at, size: BLOCK })
        if (removed.errno) throw new Error(removed.reason)
      }
      return rig
    }
    expect([play('zone-0').node(1).online, play('wild').node(1).online]).toEqual([true, false])
    // later kernels ask the span and the blocks
    for (const profile of [V5_4, V5_5, V6_1]) expect(play('wild', profile).node(1).online).toBe(true)
  })
})

test('auto_online_blocks and memhp_default_state= know two words until v5.6', () => {
  for (const [id, errno, state] of [['v4.18', 'EINVAL', 'offline'], ['v5.5', 'EINVAL', 'offline'], ['v5.10', undefined, 'online_movable'], ['v6.1', undefined, 'online_movable']] as const) {
    const rig = new Rig(smallGuest({ cmdline: 'memhp_default_state=online_movable' }), undefined, PROFILES.get(id)!)
    expect([id, rig.engine.snapshot().autoOnline]).toEqual([id, state])
    expect([id, rig.run({ op: 'policy', name: 'auto_online_blocks', value: 'online_kernel' }).errno]).toEqual([id, errno])
    rig.ok({ op: 'policy', name: 'auto_online_blocks', value: 'online' })
  }
})
