import { describe, expect, test } from 'vitest'
import { Rig, machine, smallGuest } from '../../../test/golden/machine.ts'
import { GiB, MiB } from '../units.ts'

const DIMM = 8 * GiB
const plug = (rig: Rig, start: number, size: number, id = 'd0') => rig.run({ op: 'plug_dimm', id, start, size, node: 0 })
const eject = (rig: Rig, id = 'd0') => rig.run({ op: 'unplug_dimm', id })

describe('a DIMM that firmware had in its map already', () => {
  test('is bound to the driver although add_memory says -EEXIST, and its eject takes the boot memory away', () => {
    const rig = new Rig(machine({ ram: [{ start: 0, end: 2 * GiB }], observed: { reserved: [] } }))
    expect(plug(rig, GiB, 256 * MiB).errno).toBe('EEXIST')
    expect(eject(rig).ret).toBe(0)
    expect(rig.engine.snapshot().sections.map((s) => [s.first, s.last])).toEqual([[0, 7], [10, 15]])
    expect(rig.engine.snapshot().iomem.filter((r) => r.name === 'System RAM').map((r) => [r.start, r.end])).toEqual([[0x1000, 0xa0000], [MiB, GiB], [GiB + 256 * MiB, 2 * GiB]])
    expect(rig.breaches).toEqual([])
  })

  // found by random sequences: the blocks were looked for from the middle of a block on, and those of the wrong names went offline
  test('and that starts inside a block: every block that it touches is asked to go offline', () => {
    const rig = new Rig(machine({ ram: [{ start: 0, end: 512 * MiB }], observed: { reserved: [] } }))
    expect(plug(rig, MiB, 128 * MiB).errno).toBe('EEXIST')
    // block 0 holds DMA and DMA32, so it refuses; block 1 comes back
    expect(eject(rig).errno).toBe('EBUSY')
    expect(rig.engine.snapshot().blocks.map((b) => [b.first, b.last, b.state])).toEqual([[0, 0, 'online'], [1, 3, 'online']])
    expect(rig.breaches).toEqual([])
  })

  test('and whose range is not made of blocks: removing it is a BUG in the kernel, and the DIMM stays', () => {
    const rig = new Rig(machine({ ram: [{ start: 0, end: 512 * MiB }], observed: { reserved: [] } }))
    expect(plug(rig, 129 * MiB, 64 * MiB).errno).toBe('EEXIST')
    const ejected = eject(rig)
    expect([ejected.errno, ejected.reason]).toEqual(['EINVAL', expect.stringContaining('BUG')])
    expect(eject(rig).errno).toBe('EINVAL')
    expect(rig.blockAt(128 * MiB).state).toBe('offline')
    expect(rig.breaches).toEqual([])
  })
})

describe('an eject that is refused', () => {
  test('takes the block that refused a second time before it gives up, and brings back what it took with a plain online', () => {
    const rig = new Rig(smallGuest())
    plug(rig, DIMM, 512 * MiB)
    rig.each(DIMM, DIMM + 512 * MiB, 'online_movable')
    rig.ok({ op: 'mark', start: DIMM + 256 * MiB, size: 4096, as: 'pinned' })
    const refused = eject(rig)
    expect([refused.errno, refused.log.at(-1)?.text]).toEqual(['EBUSY', 'memory memory66: Offline failed.'])
    // blocks 64, 65 and 67 were offline for a moment; 66 held Movable at its own place, so the others find it in their way
    expect(rig.engine.snapshot().blocks.filter((b) => b.first >= 64).map((b) => [b.first, b.last, b.state, b.zone])).toEqual([
      [64, 65, 'online', 'Normal'], [66, 66, 'online', 'Movable'], [67, 67, 'online', 'Normal'],
    ])
    expect(rig.span('Movable')).toEqual([DIMM / 4096 + 2 * 32768, 32768, 32768])
  })

  test('leaves a block offline that was offline before', () => {
    const rig = new Rig(smallGuest())
    plug(rig, DIMM, 384 * MiB)
    rig.block(DIMM, 'online_movable')
    rig.block(DIMM + 256 * MiB, 'online_kernel')
    rig.ok({ op: 'mark', start: DIMM + 300 * MiB, size: 4096, as: 'unmovable' })
    expect(eject(rig).errno).toBe('EBUSY')
    expect(rig.engine.snapshot().blocks.filter((b) => b.first >= 64).map((b) => b.state)).toEqual(['online', 'offline', 'online'])
  })
})

test('ejecting a DIMM whose add failed asks no block, and one that never was is -ENODEV', () => {
  const rig = new Rig(smallGuest())
  expect(plug(rig, DIMM, 100 * MiB).errno).toBe('EINVAL')
  expect(eject(rig).ret).toBe(0)
  expect(eject(rig).errno).toBe('ENODEV')
})

test('a plugged DIMM is one group: auto-movable takes its last block to a kernel zone when its first went there', () => {
  const rig = new Rig(smallGuest({ cmdline: 'memory_hotplug.online_policy=auto-movable' }))
  plug(rig, DIMM, 256 * MiB)
  rig.block(DIMM, 'online_kernel')
  rig.block(DIMM + 128 * MiB, 'online')
  expect(rig.blockAt(DIMM + 128 * MiB).zone).toBe('Normal')
})
