/** What real kernels do and a naive model gets wrong, each as a story; every one was seen on a recorded 6.1. */
import { describe, expect, test } from 'vitest'
import { GiB, MiB } from '../../main/engine/units.ts'
import { BLOCK, machine, Rig, SECTION_PAGES, smallGuest } from './machine.ts'

const pfn = (address: number): number => address / 4096

describe('adding memory', () => {
  test('changes no zone and no node count: sections, blocks, a resource and max_pfn appear', () => {
    const rig = new Rig(smallGuest())
    const before = rig.engine.snapshot()
    rig.ok({ op: 'plug_dimm', id: 'd', start: 8 * GiB, size: 4 * BLOCK, node: 0 })
    const after = rig.engine.snapshot()
    expect(after.nodes).toEqual(before.nodes)
    expect(after.sections.filter((s) => s.first >= 64)).toEqual([{ first: 64, last: 67, flags: 3, node: 0, subsections: 'full' }])
    expect(after.blocks.filter((b) => b.first >= 64)).toMatchObject([{ first: 64, last: 67, state: 'offline', nodes: [0], zone: undefined }])
    expect(after.iomem.filter((r) => r.start >= 8 * GiB)).toMatchObject([{ start: 8 * GiB, end: 8 * GiB + 4 * BLOCK, name: 'System RAM', busy: true }])
    expect([after.maxPfn, after.highestPresentSection]).toEqual([pfn(8 * GiB + 4 * BLOCK), 67])
  })

  test('and removing it without an online leaves all as before, except max_pfn and the highest present section, which never fall', () => {
    const rig = new Rig(smallGuest())
    const before = rig.engine.snapshot()
    for (const round of [1, 2]) {
      rig.ok({ op: 'plug_dimm', id: `d${round}`, start: 8 * GiB, size: 4 * BLOCK, node: 0 })
      rig.ok({ op: 'unplug_dimm', id: `d${round}` })
      expect(rig.engine.snapshot()).toEqual({ ...before, maxPfn: pfn(8 * GiB + 4 * BLOCK), highestPresentSection: 67 })
    }
  })

  test('is seen in /proc/iomem whether online or not: one System RAM for each range that was added', () => {
    const rig = new Rig(smallGuest())
    rig.add(8 * GiB, 2 * BLOCK)
    rig.add(8 * GiB + 2 * BLOCK, BLOCK)
    const ram = (): number[][] => rig.engine.snapshot().iomem.filter((r) => r.start >= 8 * GiB).map((r) => [r.start / BLOCK, r.end / BLOCK])
    expect(ram()).toEqual([[64, 66], [66, 67]])
    rig.block(8 * GiB, 'online')
    rig.block(8 * GiB, 'offline')
    expect(ram()).toEqual([[64, 66], [66, 67]])
    rig.ok({ op: 'remove_memory', start: 8 * GiB, size: 2 * BLOCK })
    expect(ram()).toEqual([[66, 67]])
  })
})

describe('spans', () => {
  test('shrink only when the block at an end leaves, and then past the offline blocks beside it', () => {
    const rig = new Rig(machine({ ram: [{ start: 0, end: GiB }] }))
    rig.add(4 * GiB, 4 * BLOCK)
    rig.each(4 * GiB, 4 * GiB + 4 * BLOCK, 'online_kernel')
    rig.block(4 * GiB + 2 * BLOCK, 'offline')
    expect(rig.span('Normal')).toEqual([0x100000, 131072, 98304])
    rig.block(4 * GiB + 3 * BLOCK, 'offline')
    expect(rig.span('Normal')).toEqual([0x100000, 65536, 65536])
  })

  test('move their start the same way, and an empty zone goes to start 0, spanned 0', () => {
    const rig = new Rig(machine({ ram: [{ start: 0, end: GiB }] }))
    rig.add(4 * GiB, 4 * BLOCK)
    rig.each(4 * GiB, 4 * GiB + 4 * BLOCK, 'online_movable')
    rig.block(4 * GiB + BLOCK, 'offline')
    expect(rig.span('Movable')).toEqual([0x100000, 131072, 98304])
    rig.block(4 * GiB, 'offline')
    expect(rig.span('Movable')).toEqual([0x110000, 65536, 65536])
    rig.block(4 * GiB + 2 * BLOCK, 'offline')
    rig.block(4 * GiB + 3 * BLOCK, 'offline')
    expect(rig.span('Movable')).toEqual([0, 0, 0])
  })

  test('of one node’s zones interleave and overlap', () => {
    const rig = new Rig(machine({ ram: [{ start: 0, end: GiB }] }))
    rig.add(4 * GiB, 8 * BLOCK)
    for (const [i, word] of ['online_movable', 'online_movable', 'online_kernel', 'online_kernel', 'online_kernel', 'online_kernel', 'online_kernel', 'online_movable'].entries()) rig.block(4 * GiB + i * BLOCK, word)
    expect([rig.span('Movable'), rig.span('Normal')]).toEqual([[0x100000, 262144, 98304], [0x110000, 163840, 163840]])
    expect(rig.breaches).toEqual([])
  })

  test('of two nodes whose DIMMs alternate cover each other, and shrink to the outermost block of their own node', () => {
    const rig = new Rig(machine({ ram: [{ start: 0, end: 512 * MiB, node: 0 }, { start: 512 * MiB, end: GiB, node: 1 }] }))
    for (let i = 0; i < 4; i++) {
      rig.add(4 * GiB + i * BLOCK, BLOCK, i % 2)
      rig.block(4 * GiB + i * BLOCK, 'online_kernel')
    }
    expect([rig.span('Normal', 0), rig.span('Normal', 1)]).toEqual([[0x100000, 3 * SECTION_PAGES, 65536], [0x108000, 3 * SECTION_PAGES, 65536]])
    expect([rig.node(1).startPfn, rig.node(1).spanned]).toEqual([0x20000, 0x120000 - 0x20000])
    rig.block(4 * GiB + 3 * BLOCK, 'offline')
    expect(rig.span('Normal', 1)).toEqual([0x108000, SECTION_PAGES, SECTION_PAGES])
    rig.block(4 * GiB, 'offline')
    expect(rig.span('Normal', 0)).toEqual([0x110000, SECTION_PAGES, SECTION_PAGES])
  })

  test('of a node are the hull of its zones after an offline; growing, it is only ever enlarged, over any hole', () => {
    const rig = new Rig(machine({ ram: [{ start: 0, end: GiB }] }))
    rig.add(4 * GiB, 2 * BLOCK)
    rig.block(4 * GiB + BLOCK, 'online_movable')
    expect([rig.node().startPfn, rig.node().spanned, rig.node().present]).toEqual([1, 0x110000 - 1, 262047 + 32768])
    rig.block(4 * GiB + BLOCK, 'offline')
    expect([rig.node().startPfn, rig.node().spanned, rig.node().present]).toEqual([1, 0x40000 - 1, 262047])
  })
})

describe('a plain online', () => {
  const valid = (rig: Rig, block: number): string | undefined => rig.engine.snapshot().blocks.find((b) => b.first <= block && block <= b.last)?.validZones

  test('takes the zone whose span covers the block when one alone does, else the kernel zone', () => {
    const rig = new Rig(machine({ ram: [{ start: 0, end: GiB }] }))
    rig.add(4 * GiB, 8 * BLOCK)
    rig.block(33 * BLOCK, 'online_movable')
    rig.block(35 * BLOCK, 'online_movable')
    expect([valid(rig, 34), valid(rig, 36), valid(rig, 32)]).toEqual(['Movable Normal', 'Normal Movable', 'Normal Movable'])
    rig.block(34 * BLOCK, 'online')
    rig.block(36 * BLOCK, 'online')
    expect([rig.blockAt(34 * BLOCK).zone, rig.blockAt(36 * BLOCK).zone]).toEqual(['Movable', 'Normal'])
  })

  test('of other blocks changes when a span grows or shrinks over them', () => {
    const rig = new Rig(machine({ ram: [{ start: 0, end: GiB }] }))
    rig.add(4 * GiB, 8 * BLOCK)
    rig.block(36 * BLOCK, 'online_movable')
    expect([valid(rig, 37), valid(rig, 38)]).toEqual(['Normal Movable', 'Normal Movable'])
    rig.block(39 * BLOCK, 'online_movable')
    expect([valid(rig, 37), valid(rig, 38)]).toEqual(['Movable Normal', 'Movable Normal'])
    rig.block(39 * BLOCK, 'offline')
    expect([valid(rig, 37), valid(rig, 38)]).toEqual(['Normal Movable', 'Normal Movable'])
  })

  test('below 4 GiB takes the low zone whose span meets the block', () => {
    const rig = new Rig(machine({ ram: [{ start: 0, end: GiB }], observed: { reserved: [] } }))
    rig.block(BLOCK, 'offline')
    expect(valid(rig, 1)).toBe('DMA32 Movable')
    rig.block(BLOCK, 'online')
    expect(rig.blockAt(BLOCK).zone).toBe('DMA32')
  })

  test('and where both zones span the block, the kernel zone', () => {
    const rig = new Rig(machine({ ram: [{ start: 0, end: GiB }] }))
    rig.add(4 * GiB, 4 * BLOCK)
    rig.block(32 * BLOCK, 'online_kernel')
    rig.block(33 * BLOCK, 'online_movable')
    rig.block(35 * BLOCK, 'online_kernel')
    expect(valid(rig, 34)).toBe('Normal Movable')
  })
})

test('online_kernel inside a Movable span is allowed', () => {
  const rig = new Rig(machine({ ram: [{ start: 0, end: GiB }] }))
  rig.add(4 * GiB, 3 * BLOCK)
  rig.block(32 * BLOCK, 'online_movable')
  rig.block(34 * BLOCK, 'online_movable')
  expect(rig.block(33 * BLOCK, 'online_kernel').ret).toBe(0)
  expect([rig.span('Movable'), rig.span('Normal')]).toEqual([[0x100000, 98304, 65536], [0x108000, 32768, 32768]])
})

describe('contiguous', () => {
  test('is false after every online, hole or not, and true again after the next offline in the zone when no hole is left', () => {
    const rig = new Rig(machine({ ram: [{ start: 0, end: GiB }] }))
    rig.add(4 * GiB, 4 * BLOCK)
    const said: boolean[] = []
    const after = (at: number, word: string): void => {
      rig.block(at, word)
      said.push(rig.zone('Movable').contiguous)
    }
    after(32 * BLOCK, 'online_movable')
    after(33 * BLOCK, 'online_movable')
    after(34 * BLOCK, 'online_movable')
    after(34 * BLOCK, 'offline')
    after(34 * BLOCK, 'online_movable')
    after(33 * BLOCK, 'offline')
    after(34 * BLOCK, 'offline')
    expect(said).toEqual([false, false, false, true, false, false, true])
  })

  test('is true of a zone with nothing in it, once something has left it', () => {
    const rig = new Rig(machine({ ram: [{ start: 0, end: GiB }] }))
    rig.add(4 * GiB, BLOCK)
    expect(rig.zone('Movable').contiguous).toBe(false)
    rig.block(32 * BLOCK, 'online_movable')
    rig.block(32 * BLOCK, 'offline')
    expect(rig.zone('Movable')).toMatchObject({ spanned: 0, contiguous: true })
  })
})

describe('a refused unplug', () => {
  test('is not a no-op: blocks that had gone offline come back with a plain online, maybe elsewhere', () => {
    // as recorded: 33 Movable alone, 32, 34 and 35 Normal, a page of 34 cannot move
    const rig = new Rig(machine({ ram: [{ start: 0, end: GiB }] }))
    rig.ok({ op: 'plug_dimm', id: 'd', start: 4 * GiB, size: 4 * BLOCK, node: 0 })
    for (const [i, word] of ['online_kernel', 'online_movable', 'online_kernel', 'online_kernel'].entries()) rig.block((32 + i) * BLOCK, word)
    rig.ok({ op: 'mark', start: 34 * BLOCK, size: 4096, as: 'unmovable' })
    expect(rig.span('Movable')).toEqual([0x108000, 32768, 32768])
    expect(rig.run({ op: 'unplug_dimm', id: 'd' }).errno).toBe('EBUSY')
    expect(rig.engine.snapshot().blocks.filter((b) => b.first >= 32)).toMatchObject([{ first: 32, last: 35, state: 'online', zone: 'Normal' }])
    expect(rig.span('Movable')).toEqual([0, 0, 0])
  })

  test('by offline_and_remove_memory remembers the zone that each block was in', () => {
    const rig = new Rig(machine({ ram: [{ start: 0, end: GiB }] }))
    rig.add(4 * GiB, 4 * BLOCK)
    for (const [i, word] of ['online_kernel', 'online_movable', 'online_kernel', 'online_kernel'].entries()) rig.block((32 + i) * BLOCK, word)
    rig.ok({ op: 'mark', start: 34 * BLOCK, size: 4096, as: 'unmovable' })
    expect(rig.run({ op: 'offline_and_remove_memory', start: 4 * GiB, size: 4 * BLOCK }).errno).toBe('EBUSY')
    expect(rig.engine.snapshot().blocks.filter((b) => b.first >= 32).map((b) => [b.first, b.last, b.zone])).toEqual([[32, 32, 'Normal'], [33, 33, 'Movable'], [34, 35, 'Normal']])
  })

  test('does not happen to a DIMM whose blocks can all go, online or not', () => {
    const rig = new Rig(machine({ ram: [{ start: 0, end: GiB }] }))
    const before = rig.engine.snapshot()
    rig.ok({ op: 'plug_dimm', id: 'd', start: 4 * GiB, size: 4 * BLOCK, node: 0 })
    rig.block(33 * BLOCK, 'online_movable')
    rig.block(35 * BLOCK, 'online_kernel')
    rig.ok({ op: 'unplug_dimm', id: 'd' })
    const { nodes, sections, blocks, iomem } = rig.engine.snapshot()
    expect([sections, blocks, iomem]).toEqual([before.sections, before.blocks, before.iomem])
    expect(nodes.map((n) => [n.startPfn, n.spanned, n.present])).toEqual(before.nodes.map((n) => [n.startPfn, n.spanned, n.present]))
  })
})

describe('a node that has no memory', () => {
  const state = (rig: Rig): unknown[] => {
    const n = rig.node(1)
    return [n.online, n.hasMemory, n.hasNormalMemory, n.spanned]
  }
  test('comes online when memory is added, has memory when a block is online, and goes when the memory is removed', () => {
    const rig = new Rig(machine({ ram: [{ start: 0, end: GiB }], nodes: [{ id: 0, cpus: 1 }, { id: 1, cpus: 0 }] }))
    const seen: Record<string, unknown[]> = { boot: state(rig) }
    rig.add(4 * GiB, 2 * BLOCK, 1)
    seen.added = state(rig)
    rig.block(32 * BLOCK, 'online_movable')
    seen.movable = state(rig)
    rig.block(33 * BLOCK, 'online_kernel')
    seen.kernel = state(rig)
    rig.block(33 * BLOCK, 'offline')
    seen.movableLeft = state(rig)
    rig.block(32 * BLOCK, 'offline')
    seen.allOffline = state(rig)
    rig.ok({ op: 'remove_memory', start: 4 * GiB, size: BLOCK })
    seen.halfRemoved = state(rig)
    rig.ok({ op: 'remove_memory', start: 4 * GiB + BLOCK, size: BLOCK })
    seen.removed = state(rig)
    expect(seen).toEqual({
      boot: [false, false, false, 0], added: [true, false, false, 0], movable: [true, true, false, 32768], kernel: [true, true, true, 65536],
      movableLeft: [true, true, false, 32768], allOffline: [true, false, false, 0], halfRemoved: [true, false, false, 0], removed: [false, false, false, 0],
    })
  })

  test('stays online without memory when it has a CPU', () => {
    const rig = new Rig(machine({ ram: [{ start: 0, end: GiB }], nodes: [{ id: 0, cpus: 1 }, { id: 1, cpus: 2 }] }))
    rig.add(4 * GiB, BLOCK, 1)
    rig.ok({ op: 'remove_memory', start: 4 * GiB, size: BLOCK })
    expect(state(rig)).toEqual([true, false, false, 0])
  })

  test('may take memory below that of others, and its zone is Normal there, because it has no DMA32 yet', () => {
    const rig = new Rig(machine({ ram: [{ start: 0, end: GiB }], nodes: [{ id: 0, cpus: 1 }, { id: 1, cpus: 0 }] }))
    rig.add(2 * GiB, BLOCK, 1)
    rig.block(2 * GiB, 'online')
    expect(rig.blockAt(2 * GiB).zone).toBe('Normal')
  })
})

describe('boot', () => {
  test('spans a node that lies on both sides of 4 GiB over the hole below it', () => {
    const rig = new Rig(machine({ ram: [{ start: 0, end: GiB, node: 0 }, { start: GiB, end: 2 * GiB, node: 1 }, { start: 4 * GiB, end: 5 * GiB, node: 1 }] }))
    expect(rig.span('DMA32', 1)).toEqual([0x40000, 786432, 262144])
  })
})

describe('memmap_on_memory', () => {
  const rig = new Rig(machine({ ram: [{ start: 0, end: GiB }], cmdline: 'memory_hotplug.memmap_on_memory=1' }))

  test('is used by a DIMM of exactly one block: 512 of its pages hold its memmap, present and never managed', () => {
    rig.ok({ op: 'plug_dimm', id: 'one', start: 4 * GiB, size: BLOCK, node: 0 })
    rig.block(4 * GiB, 'online_movable')
    expect(rig.zone('Movable')).toMatchObject({ spanned: 32768, present: 32768, managed: 32256 })
    expect(rig.blockAt(4 * GiB).vmemmapPages).toBe(512)
    expect(rig.engine.snapshot().pages.filter((p) => p.start >= 0x100000).map((p) => [p.start, p.end, p.state, p.reserved])).toEqual([[0x100000, 0x100200, 'initialised', true], [0x100200, 0x108000, 'online', false]])
  })
  test('is silently not used by a larger one', () => {
    rig.ok({ op: 'plug_dimm', id: 'four', start: 8 * GiB, size: 4 * BLOCK, node: 0 })
    expect(rig.blockAt(8 * GiB).vmemmapPages).toBe(0)
  })
  test('nor by add_memory, which does not ask for it', () => {
    rig.add(16 * GiB, BLOCK)
    expect(rig.blockAt(16 * GiB).vmemmapPages).toBe(0)
  })
  test('goes offline and away as any other block', () => {
    rig.block(4 * GiB, 'offline')
    expect(rig.span('Movable')).toEqual([0, 0, 0])
    rig.ok({ op: 'unplug_dimm', id: 'one' })
    expect(rig.breaches).toEqual([])
  })
  test('between two other blocks of its zone leaves a hole, at the start of the zone the zone begins at the next one', () => {
    for (const [i, id] of ['a', 'b', 'c'].entries()) {
      rig.ok({ op: 'plug_dimm', id, start: 4 * GiB + i * BLOCK, size: BLOCK, node: 0 })
      rig.block(4 * GiB + i * BLOCK, 'online_movable')
    }
    rig.block(4 * GiB + BLOCK, 'offline')
    expect(rig.span('Movable')).toEqual([0x100000, 98304, 65536])
    rig.block(4 * GiB, 'offline')
    expect(rig.span('Movable')).toEqual([0x110000, 32768, 32768])
    expect(rig.breaches).toEqual([])
  })
  test('refused by a notifier leaves nothing of it', () => {
    const before = rig.engine.snapshot()
    rig.ok({ op: 'notifier', name: 'ksm', event: 'MEM_GOING_ONLINE', answer: 'veto' })
    expect(rig.block(4 * GiB, 'online_kernel').errno).toBe('EPERM')
    expect(rig.engine.snapshot()).toEqual({ ...before, nodes: [{ ...before.nodes[0], zones: before.nodes[0]!.zones.map((z) => (z.name === 'Normal' ? { ...z, contiguous: true, initialized: true } : z)) }] })
  })
})

test('memory that was removed is found again by the next add: same sections, another zone, all counts right', () => {
  const rig = new Rig(smallGuest())
  for (const [round, word, zone] of [[1, 'online_movable', 'Movable'], [2, 'online_kernel', 'Normal'], [3, 'online_movable', 'Movable']] as const) {
    rig.ok({ op: 'plug_dimm', id: `d${round}`, start: 8 * GiB, size: 4 * BLOCK, node: 0 })
    rig.each(8 * GiB, 8 * GiB + 4 * BLOCK, word)
    expect(rig.blockAt(8 * GiB).zone).toBe(zone)
    expect(rig.node().present).toBe(0x80000 - 97 + 0x80000 + 4 * 32768)
    rig.ok({ op: 'unplug_dimm', id: `d${round}` })
    expect([rig.node().present, rig.breaches]).toEqual([0x80000 - 97 + 0x80000, []])
  }
})

test('what the user had marked on memory goes with it: a new DIMM at the same place can go offline', () => {
  const rig = new Rig(smallGuest())
  rig.add(8 * GiB, BLOCK)
  rig.ok({ op: 'mark', start: 8 * GiB, size: 4096, as: 'unmovable' })
  rig.ok({ op: 'remove_memory', start: 8 * GiB, size: BLOCK })
  rig.add(8 * GiB, BLOCK)
  rig.block(8 * GiB, 'online_kernel')
  expect(rig.block(8 * GiB, 'offline').ret).toBe(0)
})
