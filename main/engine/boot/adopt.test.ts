import { describe, expect, test } from 'vitest'
import { BLOCK, machine, Rig, type MachineCase } from '../../../test/golden/machine.ts'
import type { AdoptedBlock, AdoptedZone } from '../machine/description.ts'
import { GiB, MiB } from '../units.ts'

/** 1 GiB of boot memory on node 0; what else there is, the text told. */
const seen = (blocks: readonly AdoptedBlock[] | undefined, zones?: readonly AdoptedZone[], rest: Partial<MachineCase> = {}): Rig =>
  new Rig(machine({ ram: [{ start: 0, end: GiB }], nodes: [{ id: 0, cpus: 1 }, { id: 1, cpus: 0 }], adopted: { ...(blocks ? { blocks } : {}), ...(zones ? { zones } : {}) }, ...rest }))
const block = (nr: number, zone?: AdoptedBlock['zone'], node = 0): AdoptedBlock => ({ block: nr, state: zone === undefined ? 'offline' : 'online', node, ...(zone === undefined ? {} : { zone }) })
const zone = (name: AdoptedZone['zone'], startPfn: number, spanned: number, present: number, managed = present, node = 0): AdoptedZone => ({ node, zone: name, startPfn, spanned, present, managed })
const bootZones = [zone('DMA', 1, 4095, 3999, 3840), zone('DMA32', 4096, 258048, 258048, 240000)]
const bootBlocks = [block(0, 'none'), ...[1, 2, 3, 4, 5, 6, 7].map((nr) => block(nr, 'DMA32'))]

describe('blocks that boot does not know', () => {
  test('were hot-added: sections that are not early, a resource, max_pfn, and zones made of those that are online', () => {
    const rig = seen([...bootBlocks, block(32, 'Normal'), block(33), block(34, 'Movable'), block(35, 'Normal')])
    const s = rig.engine.snapshot()
    expect(s.sections.filter((x) => x.first >= 32).map((x) => [x.first, x.last, x.flags])).toEqual([[32, 32, 7], [33, 33, 3], [34, 35, 7]])
    expect(s.iomem.filter((r) => r.start >= 4 * GiB)).toMatchObject([{ start: 4 * GiB, end: 4 * GiB + 4 * BLOCK, name: 'System RAM', busy: true }])
    expect([rig.span('Normal'), rig.span('Movable'), s.maxPfn]).toEqual([[0x100000, 4 * 32768, 2 * 32768], [0x110000, 32768, 32768], 0x120000])
    expect(rig.zone('Normal')).toMatchObject({ presentEarly: 0, managed: 65536, contiguous: false })
    expect(rig.breaches).toEqual([])
  })

  test('on a node without memory bring it online', () => {
    const rig = seen([...bootBlocks, block(32, undefined, 1), block(33, 'Movable', 1)])
    expect(rig.node(1)).toMatchObject({ online: true, hasMemory: true, hasNormalMemory: false, startPfn: 0x108000, spanned: 32768 })
    const idle = seen([...bootBlocks, block(32, undefined, 1)])
    expect(idle.node(1)).toMatchObject({ online: true, hasMemory: false, spanned: 0 })
  })

  test('that name no zone are where a told span covers them, else in the kernel zone of their address', () => {
    const online: AdoptedBlock = { block: 33, state: 'online', node: 0 }
    expect(seen([...bootBlocks, online]).blockAt(33 * BLOCK).zone).toBe('Normal')
    expect(seen([...bootBlocks, { ...online, block: 16 }]).blockAt(16 * BLOCK).zone).toBe('DMA32')
    expect(seen([...bootBlocks, block(32, 'Movable'), online, block(34, 'Movable')], [...bootZones, zone('Movable', 0x100000, 98304, 98304)]).blockAt(33 * BLOCK).zone).toBe('Movable')
  })

  test('go on as any block: offline, remove, and their resource goes with them', () => {
    const rig = seen([...bootBlocks, block(32, 'Movable'), block(33, 'Movable')])
    rig.ok({ op: 'offline_and_remove_memory', start: 4 * GiB, size: 2 * BLOCK })
    expect([rig.span('Movable'), rig.engine.snapshot().iomem.filter((r) => r.start >= 4 * GiB)]).toEqual([[0, 0, 0], []])
    expect(rig.breaches).toEqual([])
  })
})

describe('blocks that boot derived otherwise', () => {
  test('take the zone that was seen, struct pages and all, so that they can leave it', () => {
    // /proc/iomem alone makes boot memory of a DIMM, which it puts into Normal
    const rig = seen([...bootBlocks, block(32, 'Movable'), block(33, 'Normal')], undefined, { ram: [{ start: 0, end: GiB }, { start: 4 * GiB, end: 4 * GiB + 2 * BLOCK }] })
    expect([rig.span('Movable'), rig.span('Normal')]).toEqual([[0x100000, 32768, 32768], [0x108000, 32768, 32768]])
    expect(rig.block(4 * GiB, 'offline').ret).toBe(0)
    expect(rig.breaches).toEqual([])
  })

  test('that are offline are not present, and a zone whose end they were ends before them', () => {
    const rig = seen([...bootBlocks, block(32, 'Normal'), block(33), block(34, 'Normal'), block(35)], undefined, { ram: [{ start: 0, end: GiB }, { start: 4 * GiB, end: 4 * GiB + 4 * BLOCK }] })
    expect(rig.zone('Normal')).toMatchObject({ startPfn: 0x100000, spanned: 98304, present: 65536, presentEarly: 65536 })
    expect(rig.breaches).toEqual([])
  })
})

describe('zones that were told', () => {
  test('are taken as they are, those that are not listed are empty', () => {
    const rig = seen(undefined, [...bootZones, zone('Movable', 0x100000, 0, 0)])
    expect([rig.span('DMA'), rig.span('DMA32'), rig.zone('DMA32').managed]).toEqual([[1, 4095, 3999], [4096, 258048, 258048], 240000])
    expect(rig.breaches).toEqual([])
  })

  test('whose managed pages lack some have them reserved at the top of their boot memory, not in what was hot-added', () => {
    const rig = seen([...bootBlocks, block(32, 'Normal'), block(64, 'Normal')], [...bootZones, zone('Normal', 0x100000, 33 * 32768, 65536, 65000)], { ram: [{ start: 0, end: GiB }, { start: 4 * GiB, end: 4 * GiB + BLOCK }] })
    expect([rig.block(64 * BLOCK, 'offline').ret, rig.block(32 * BLOCK, 'offline').errno]).toEqual([0, 'EBUSY'])
  })

  test('without blocks: memory that no zone spans is offline', () => {
    const rig = seen(undefined, bootZones, { ram: [{ start: 0, end: GiB }, { start: 4 * GiB, end: 4 * GiB + 2 * BLOCK }] })
    expect(rig.engine.snapshot().blocks.filter((b) => b.first >= 32)).toMatchObject([{ first: 32, last: 33, state: 'offline' }])
    expect([rig.node().present, rig.breaches]).toEqual([3999 + 258048, []])
  })

  test('without blocks: a zone that has fewer pages than it spans has offline blocks inside, its ends online', () => {
    const rig = seen(undefined, [...bootZones, zone('Normal', 0x100000, 5 * 32768, 3 * 32768)], { ram: [{ start: 0, end: GiB }, { start: 4 * GiB, end: 4 * GiB + 5 * BLOCK }] })
    expect(rig.engine.snapshot().blocks.filter((b) => b.first >= 32).map((b) => [b.first, b.last, b.state])).toEqual([[32, 33, 'online'], [34, 35, 'offline'], [36, 36, 'online']])
    for (const nr of [32, 33, 36]) rig.block(nr * BLOCK, 'offline')
    expect([rig.span('Normal'), rig.breaches]).toEqual([[0, 0, 0], []])
  })

  test('of another node than boot gave the pages to move them there', () => {
    const rig = seen(undefined, [zone('DMA', 1, 4095, 3999), zone('DMA32', 4096, 126976, 126976), zone('DMA32', 131072, 131072, 131072, 131072, 1)])
    expect(rig.engine.snapshot().pages.find((p) => p.start === 131072)).toMatchObject({ node: 1, zone: 'DMA32' })
    expect(rig.breaches).toEqual([])
  })
})

test('history begins after what was taken over', () => {
  const rig = seen([...bootBlocks, block(32, 'Movable')])
  expect([rig.engine.position(), rig.engine.booted.store.log]).toEqual([0, []])
})

test('a block that was seen going offline is online', () => {
  const rig = seen([...bootBlocks.slice(0, 7), { block: 7, state: 'going-offline', node: 0, zone: 'DMA32' }], undefined, { observed: { reserved: [] } })
  expect(rig.blockAt(7 * BLOCK).state).toBe('online')
  expect(rig.block(7 * BLOCK, 'offline').ret).toBe(0)
})

test('numbers of nodes and blocks that the machine cannot have are passed over', () => {
  const rig = seen([...bootBlocks, { block: 32, state: 'online', node: 77, zone: 'Movable' }], [...bootZones, zone('Normal', 0x100000, 32768, 32768, 32768, 77)], { ram: [{ start: 0, end: 1000 * MiB }] })
  expect(rig.blockAt(32 * BLOCK)).toMatchObject({ nodes: [0], zone: 'Movable' })
})
