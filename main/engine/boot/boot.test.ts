import { describe, expect, test } from 'vitest'
import { machine, Rig, smallGuest, type MachineCase, type Ram } from '../../../test/golden/machine.ts'
import { InputErrors } from '../errors.ts'
import type { PageRun } from '../snapshot-types.ts'
import { GiB, KiB, MiB } from '../units.ts'

const boot = (ram: readonly Ram[], rest: Partial<MachineCase> = {}): Rig => new Rig(machine({ ram, observed: { reserved: [] }, ...rest }))
const pageAt = (rig: Rig, pfn: number): PageRun | undefined => rig.engine.snapshot().pages.find((p) => p.start <= pfn && pfn < p.end)
const place = (rig: Rig, pfn: number): string => {
  const p = pageAt(rig, pfn)
  return p ? `${p.node}/${p.zone} ${p.state}${p.reserved ? ' reserved' : ''}` : 'absent'
}
const blocks = (rig: Rig): unknown[] => rig.engine.snapshot().blocks.map((b) => [b.first, b.last, b.zone, b.validZones, b.nodes])

describe('nodes', () => {
  test('a possible node without memory is online when it has a CPU, and absent otherwise; both have their zones, all empty', () => {
    const rig = boot([{ start: 0, end: GiB }], { nodes: [{ id: 0, cpus: 1 }, { id: 2, cpus: 1 }, { id: 7, cpus: 0 }] })
    expect(rig.engine.snapshot().nodes.map((n) => [n.id, n.online, n.hasCpu, n.hasMemory, n.hasNormalMemory, n.spanned])).toEqual([
      [0, true, true, true, true, 262143], [2, true, true, false, false, 0], [7, false, false, false, false, 0],
    ])
    expect(rig.node(7).zones.map((z) => z.spanned + z.present + z.managed + z.startPfn)).toEqual([0, 0, 0, 0, 0])
    expect(rig.breaches).toEqual([])
  })

  // found by random machines: nodes of less than 4 MiB were left offline, which 6.1.192 does no more
  test('a node of a single page is as much a node as any other', () => {
    const rig = boot([{ start: 0, end: 128 * MiB, node: 1 }, { start: 128 * MiB, end: 128 * MiB + 4 * KiB, node: 0 }], { nodes: [{ id: 0, cpus: 0 }, { id: 1, cpus: 1 }] })
    expect([rig.node(0).online, rig.node(0).hasMemory, rig.span('DMA32', 0)]).toEqual([true, true, [0x8000, 1, 1]])
    expect(blocks(rig)).toEqual([[0, 0, 'none', 'none', [1]], [1, 1, 'DMA32', 'DMA32', [0]]])
    // a hot-added block does not touch what the node has
    rig.add(256 * MiB, 128 * MiB, 0)
    expect(rig.span('DMA32', 0)).toEqual([0x8000, 1, 1])
    expect(rig.breaches).toEqual([])
  })

  test('ids may be sparse', () => {
    const rig = boot([{ start: 0, end: GiB, node: 3 }, { start: GiB, end: 2 * GiB, node: 900 }])
    expect(rig.engine.snapshot().nodes.map((n) => [n.id, n.present])).toEqual([[3, 262047], [900, 262144]])
  })
})

describe('sections', () => {
  test('of boot memory are present, valid, online and early, and their sub-section maps have the bits of RAM only', () => {
    // 1000 MiB: the last section holds 104 MiB, 52 sub-sections
    const rig = boot([{ start: 0, end: 1000 * MiB }])
    expect(rig.engine.snapshot().sections).toEqual([
      { first: 0, last: 6, flags: 15, node: 0, subsections: 'full' },
      { first: 7, last: 7, flags: 15, node: 0, subsections: '0xfffffffffffff' },
    ])
    expect(rig.engine.snapshot().highestPresentSection).toBe(7)
    expect(rig.engine.snapshot().maxPfn).toBe(0x3e800)
  })

  test('that two nodes share are of the node of the lower range', () => {
    const rig = boot([{ start: 0, end: 192 * MiB, node: 1 }, { start: 192 * MiB, end: 256 * MiB, node: 0 }])
    expect(rig.engine.snapshot().sections.map((s) => [s.first, s.last, s.node])).toEqual([[0, 1, 1]])
  })

  test('are not there over a hole of whole sections', () => {
    const rig = boot([{ start: 0, end: 256 * MiB }, { start: 512 * MiB, end: 640 * MiB }])
    expect(rig.engine.snapshot().sections.map((s) => [s.first, s.last])).toEqual([[0, 1], [4, 4]])
  })
})

describe('struct pages of holes in boot sections', () => {
  test('are reserved pages of the zone above: page 0, and the BIOS area', () => {
    const rig = boot([{ start: 0, end: GiB }])
    expect([place(rig, 0), place(rig, 1), place(rig, 0x9f), place(rig, 0xa0), place(rig, 0xff), place(rig, 0x100)]).toEqual([
      '0/DMA initialised reserved', '0/DMA online', '0/DMA online', '0/DMA initialised reserved', '0/DMA initialised reserved', '0/DMA online',
    ])
  })

  test('between two nodes are of the node above, those behind the last range of the last zone of its node', () => {
    const rig = boot([{ start: 0, end: 200 * MiB, node: 0 }, { start: 204 * MiB, end: 250 * MiB, node: 1 }])
    expect([place(rig, 200 * 256), place(rig, 250 * 256), place(rig, 256 * 256 - 1), place(rig, 256 * 256)]).toEqual(['1/DMA32 initialised reserved', '1/DMA32 initialised reserved', '1/DMA32 initialised reserved', 'absent'])
  })

  test('that fill whole sections have no struct pages', () => {
    const rig = boot([{ start: 0, end: 256 * MiB }, { start: 512 * MiB, end: 640 * MiB }])
    expect([place(rig, 0x10000), place(rig, 0x1ffff), place(rig, 0x20000)]).toEqual(['absent', 'absent', '0/DMA32 online'])
  })

  test('that lie in a section below RAM belong to the zone of that RAM, which need not span them', () => {
    const rig = boot([{ start: 0, end: 128 * MiB, node: 0 }, { start: 4 * GiB + 64 * MiB, end: 4 * GiB + 128 * MiB, node: 1 }])
    expect(place(rig, 0x100000)).toBe('1/Normal initialised reserved')
    expect(rig.span('Normal', 1)).toEqual([0x104000, 0x4000, 0x4000])
    expect(rig.breaches).toEqual([])
  })
})

describe('contiguous', () => {
  test('is true of a zone that RAM fills, though its pageblocks hold reserved holes, and false where a section is missing', () => {
    const rig = boot([{ start: 0, end: GiB }, { start: 4 * GiB, end: 5 * GiB }])
    expect([rig.zone('DMA').contiguous, rig.zone('DMA32').contiguous, rig.zone('Normal').contiguous, rig.zone('Movable').contiguous]).toEqual([true, false, true, false])
  })

  test('is false where another node owns a pageblock of the span', () => {
    const rig = boot([{ start: 4 * GiB, end: 5 * GiB, node: 0 }, { start: 5 * GiB, end: 6 * GiB, node: 1 }, { start: 6 * GiB, end: 7 * GiB, node: 0 }])
    expect([rig.zone('Normal', 0).contiguous, rig.zone('Normal', 1).contiguous]).toEqual([false, true])
  })
})

describe('memory blocks', () => {
  test('name their zone where one zone meets them, and none on a border of zones', () => {
    const rig = boot([{ start: 0, end: 512 * MiB }])
    expect(blocks(rig)).toEqual([[0, 0, 'none', 'none', [0]], [1, 3, 'DMA32', 'DMA32', [0]]])
  })

  test('exist where one of their sections is present, and are online', () => {
    const rig = boot([{ start: 0, end: 640 * MiB }, { start: 4 * GiB + 896 * MiB, end: 5 * GiB }], { blockSize: 512 * MiB })
    expect(blocks(rig)).toEqual([[0, 0, 'none', 'none', [0]], [1, 1, 'DMA32', 'DMA32', [0]], [9, 9, 'Normal', 'Normal', [0]]])
    expect(rig.engine.snapshot().blocks.every((b) => b.state === 'online')).toBe(true)
  })

  test('of two nodes are linked to both, and name no zone', () => {
    // numa=fake=3 of 1 GiB: borders at 352 and 672 MiB, in blocks 2 and 5
    const rig = boot([{ start: 0, end: GiB }], { cmdline: 'numa=fake=3' })
    expect(blocks(rig)).toEqual([
      [0, 0, 'none', 'none', [0]], [1, 1, 'DMA32', 'DMA32', [0]], [2, 2, 'none', 'none', [0, 1]], [3, 4, 'DMA32', 'DMA32', [1]], [5, 5, 'none', 'none', [1, 2]], [6, 7, 'DMA32', 'DMA32', [2]],
    ])
    expect(rig.block(256 * MiB, 'offline')).toMatchObject({ errno: 'EINVAL', reason: expect.stringContaining('block.zone is NULL') })
  })

  test('around a Movable that begins inside one name no zone', () => {
    const rig = boot([{ start: 0, end: 2 * GiB }], { cmdline: 'kernelcore=512M' })
    expect(blocks(rig)).toEqual([[0, 0, 'none', 'none', [0]], [1, 3, 'DMA32', 'DMA32', [0]], [4, 4, 'none', 'none', [0]], [5, 15, 'Movable', 'Movable', [0]]])
  })

  test('with a hole cannot go offline, whole ones can: present falls, the span stays, and they stay early', () => {
    const rig = boot([{ start: 0, end: 1000 * MiB }])
    expect(rig.block(896 * MiB, 'offline')).toMatchObject({ errno: 'EINVAL', reason: expect.stringContaining('memory holes: 6144 of 32768 pages') })
    const before = rig.zone('DMA32')
    rig.each(128 * MiB, 256 * MiB, 'offline')
    expect(rig.zone('DMA32')).toMatchObject({ startPfn: before.startPfn, spanned: before.spanned, present: before.present - 32768, presentEarly: before.presentEarly - 32768 })
    expect(rig.engine.snapshot().sections.find((s) => s.first === 1)).toMatchObject({ last: 1, flags: 11 })
    rig.each(128 * MiB, 256 * MiB, 'online')
    expect(rig.zone('DMA32')).toEqual({ ...before, contiguous: false })
    expect(rig.breaches).toEqual([])
  })
})

describe('what boot keeps for itself', () => {
  test('is the memmap at the top of each node where nobody tells, so its last block cannot go offline', () => {
    const rig = new Rig(machine({ ram: [{ start: 0, end: GiB, node: 0 }, { start: 4 * GiB, end: 5 * GiB, node: 1 }] }))
    // 8 sections with 512 pages of memmap each
    expect([rig.zone('Normal', 1).present, rig.zone('Normal', 1).managed]).toEqual([0x40000, 0x40000 - 8 * 512])
    expect(rig.block(5 * GiB - 128 * MiB, 'offline').errno).toBe('EBUSY')
    expect(rig.block(4 * GiB, 'offline').ret).toBe(0)
    expect(rig.engine.booted.estimated).toEqual(['0/DMA', '0/DMA32', '1/Normal'])
  })

  test('is what was observed where somebody does', () => {
    const rig = new Rig(smallGuest({ observed: { reserved: [{ start: 4 * GiB, end: 4 * GiB + 8 * KiB }], managed: [{ node: 0, zone: 'Normal', pages: 524286 }] } }))
    expect([place(rig, 0x100001), place(rig, 0x100002)]).toEqual(['0/Normal initialised reserved', '0/Normal online'])
    expect([rig.zone('Normal').managed, rig.engine.booted.estimated]).toEqual([524286, ['0/DMA', '0/DMA32']])
  })

  test('never lets managed fall below zero: what no struct page is reserved for is looked for at the top of the zone', () => {
    const rig = new Rig(machine({ ram: [{ start: 0, end: 2 * GiB }], cmdline: 'kernelcore=1%', observed: { managed: [{ node: 0, zone: 'Movable', pages: 400000 }] } }))
    const size = 128 * MiB
    for (let at = size; at < 2 * GiB; at += size) rig.block(at, 'offline')
    expect(rig.zone('Movable').managed).toBeGreaterThanOrEqual(0)
    expect(rig.breaches).toEqual([])
  })
})

describe('parameters of memory hotplug', () => {
  const policy = (cmdline: string): string => new Rig(smallGuest({ cmdline })).engine.snapshot().autoOnline
  test('memhp_default_state= decides what a new block does', () => {
    expect([policy(''), policy('memhp_default_state=online'), policy('memhp_default_state=online_movable'), policy('memhp_default_state=nonsense')]).toEqual(['offline', 'online', 'online_movable', 'offline'])
  })
  test('a value that cannot be read is told', () => {
    const rig = new Rig(smallGuest({ cmdline: 'memhp_default_state=nonsense memory_hotplug.auto_movable_ratio=many quiet' }))
    expect(rig.engine.booted.warnings).toEqual([
      'command line: "memhp_default_state=nonsense" cannot be read and is ignored', 'command line: "memory_hotplug.auto_movable_ratio=many" cannot be read and is ignored',
    ])
  })
})

test('history begins after boot', () => {
  const { engine } = new Rig(smallGuest())
  expect([engine.position(), engine.booted.store.log, engine.booted.store.journal.entries]).toEqual([0, [], []])
  expect(() => engine.travel(1)).toThrow(/outside 0\.\.0/)
})

test('the same description boots to the same machine', () => {
  const d = smallGuest({ cmdline: 'numa=fake=3 kernelcore=40%' })
  expect(new Rig(d).engine.snapshot()).toEqual(new Rig(d).engine.snapshot())
})

describe('a machine that cannot be', () => {
  const codes = (d: Partial<MachineCase>): string[] => {
    try {
      return new Rig(smallGuest(d)).breaches.slice()
    } catch (error) {
      if (!(error instanceof InputErrors)) throw error
      return error.errors.map((e) => `${e.code} ${e.field ?? ''}`)
    }
  }
  test('names the field, every one of them', () => {
    expect(codes({ ram: [{ start: GiB, end: GiB }] })).toEqual(['ZL-MACHINE-RANGE firmware[0]', 'ZL-MACHINE-RANGE affinity[0]'])
    expect(codes({ nodes: [{ id: 1, cpus: 1 }, { id: 1, cpus: -1 }] })).toEqual(['ZL-MACHINE-NODE nodes[1].cpus', 'ZL-MACHINE-NODE nodes[1].id'])
    expect(codes({ ram: [{ start: 0, end: 2 ** 47 }], iomemEnd: 2 ** 48 })).toEqual(['ZL-MACHINE-RANGE firmware[0]'])
    expect(codes({ iomemEnd: 0 })).toEqual(['ZL-MACHINE-RANGE iomemEnd'])
  })
  test('has no RAM', () => {
    expect(codes({ cmdline: 'memmap=exactmap memmap=64M$0' })).toEqual(['ZL-MACHINE-NO-RAM firmware'])
    expect(codes({ ram: [{ start: 100, end: 4000 }] })).toEqual(['ZL-MACHINE-NO-RAM firmware'])
  })
  test('has resources that neither nest nor are disjoint', () => {
    expect(codes({ resources: [{ start: GiB, end: 3 * GiB, name: 'PCI Bus 0000:00' }] })).toEqual(['ZL-MACHINE-RESOURCE resources'])
  })
})
