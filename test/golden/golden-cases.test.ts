/** The golden cases of ordinary RAM on v5.5 and later. G7 to G9 stand beside the resource tree, G10 beside the block size. */
import { describe, expect, test } from 'vitest'
import { GiB, MiB } from '../../main/engine/units.ts'
import { BLOCK, machine, Rig, smallGuest } from './machine.ts'

describe('G1: a node whose MOVABLE is empty, blocks 41 and 43 brought online_movable', () => {
  // the numbers of the series that made zones shrink at offline: node 1 from 0x140000 on, a DIMM of 512 MiB
  const rig = new Rig(machine({ ram: [{ start: 0, end: 4 * GiB, node: 0 }, { start: 4 * GiB, end: 5 * GiB, node: 1 }] }))
  rig.ok({ op: 'plug_dimm', id: 'dimm0', start: 40 * BLOCK, size: 4 * BLOCK, node: 1 })

  test('MOVABLE spans the block between them, which is neither present nor managed', () => {
    rig.block(41 * BLOCK, 'online_movable')
    rig.block(43 * BLOCK, 'online_movable')
    expect(rig.zone('Movable', 1)).toMatchObject({ startPfn: 41 * 32768, spanned: 98304, present: 65536, managed: 65536, contiguous: false })
  })
  test('G1b: offline of 43 takes the span back over the block that was never online', () => {
    rig.block(43 * BLOCK, 'offline')
    expect(rig.zone('Movable', 1)).toMatchObject({ startPfn: 41 * 32768, spanned: 32768, present: 32768, managed: 32768, contiguous: true })
  })
  test('G1c: offline of 41 leaves nothing, and a start of 0', () => {
    rig.block(41 * BLOCK, 'offline')
    expect(rig.zone('Movable', 1)).toMatchObject({ startPfn: 0, spanned: 0, present: 0, managed: 0 })
    expect(rig.breaches).toEqual([])
  })
})

describe('G13: a plain online of a range that meets no zone', () => {
  test('goes to Normal, which grows over the hole and is not contiguous', () => {
    const rig = new Rig(smallGuest())
    rig.add(8 * GiB, BLOCK)
    rig.ok({ op: 'block', block: 64, state: 'online' })
    expect(rig.zone('Normal')).toMatchObject({ startPfn: 0x100000, spanned: 0x108000, present: 0x80000 + 32768, contiguous: false })
    expect(rig.node()).toMatchObject({ startPfn: 1, spanned: 0x208000 - 1 })
  })
})

describe('G14: an add of 127 MiB', () => {
  test('is -EINVAL for RAM, leaves no resource, and says so with the block size', () => {
    const rig = new Rig(smallGuest())
    const before = rig.engine.snapshot()
    const result = rig.add(8 * GiB, 127 * MiB)
    expect(result.errno).toBe('EINVAL')
    expect(result.log.map((l) => l.text)).toEqual(['Block size [0x8000000] unaligned hotplug range: start 0x200000000, size 0x7f00000'])
    expect(rig.engine.snapshot()).toEqual(before)
  })
})

describe('G16: a veto of MEM_GOING_ONLINE', () => {
  const rig = new Rig(smallGuest())
  rig.add(8 * GiB, 2 * BLOCK)
  rig.ok({ op: 'notifier', name: 'ksm', event: 'MEM_GOING_ONLINE', answer: 'veto' })

  test('is -EPERM for who asked, names the subscriber, and spans are as before', () => {
    const before = rig.engine.snapshot()
    for (const word of ['online', 'online_kernel', 'online_movable']) {
      const result = rig.block(8 * GiB, word)
      expect([result.errno, result.reason]).toEqual(['EPERM', expect.stringMatching(/ksm answers NOTIFY_BAD to MEM_GOING_ONLINE/)])
      const now = rig.engine.snapshot()
      expect(now.nodes.map((n) => [n.startPfn, n.spanned, n.present, ...n.zones.map((z) => [z.startPfn, z.spanned, z.present, z.managed])])).toEqual(
        before.nodes.map((n) => [n.startPfn, n.spanned, n.present, ...n.zones.map((z) => [z.startPfn, z.spanned, z.present, z.managed])]))
      expect([now.blocks, now.sections, now.iomem]).toEqual([before.blocks, before.sections, before.iomem])
    }
    expect(rig.breaches).toEqual([])
  })

  test('is over when the subscriber leaves', () => {
    rig.ok({ op: 'notifier', name: 'ksm', event: 'MEM_GOING_ONLINE', answer: 'allow' })
    expect(rig.block(8 * GiB, 'online_movable').ret).toBe(0)
  })

  test('of MEM_GOING_OFFLINE leaves the block online and nothing isolated', () => {
    rig.ok({ op: 'notifier', name: 'slab', event: 'MEM_GOING_OFFLINE', answer: 'veto' })
    const before = rig.engine.snapshot()
    expect(rig.block(8 * GiB, 'offline')).toMatchObject({ errno: 'EPERM', reason: expect.stringContaining('slab') })
    expect(rig.engine.snapshot()).toEqual(before)
    expect(rig.breaches).toEqual([])
  })
})

describe('G19: offline of a block that holds one reserved page', () => {
  test('is -EBUSY at isolation, and the page is dumped', () => {
    const rig = new Rig(smallGuest({ observed: { reserved: [{ start: 4 * GiB + 5 * MiB, end: 4 * GiB + 5 * MiB + 4096 }] } }))
    const result = rig.block(4 * GiB, 'offline')
    expect(result).toMatchObject({ errno: 'EBUSY', reason: 'failure to isolate range: unmovable page, pfn 0x100500 [start_isolate_page_range]' })
    expect(result.log.map((l) => l.text).slice(-2)).toEqual(['flags: (reserved|node=0|zone=2)', 'page dumped because: unmovable page'])
    expect(rig.block(4 * GiB + BLOCK, 'offline').ret).toBe(0)
  })
})

describe('G20: remove_memory of an online block', () => {
  test('is -EBUSY, names the block by its addresses, and removes nothing of the range', () => {
    const rig = new Rig(smallGuest())
    rig.add(8 * GiB, 4 * BLOCK)
    rig.block(8 * GiB + 2 * BLOCK, 'online_movable')
    const before = rig.engine.snapshot()
    const result = rig.run({ op: 'remove_memory', start: 8 * GiB, size: 4 * BLOCK })
    expect([result.errno, result.log.map((l) => l.text)]).toEqual(['EBUSY', ['removing memory fails, because memory [0x0000000210000000-0x0000000217ffffff] is onlined']])
    expect(rig.engine.snapshot()).toEqual(before)
  })
})
