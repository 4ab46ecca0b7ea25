import { describe, expect, test } from 'vitest'
import { BLOCK, machine, Rig, smallGuest } from '../../../test/golden/machine.ts'
import { RunExecutor } from '../executors/run.ts'
import { memremapPages } from '../kernel/memremap-pages.ts'
import { memunmapPages } from '../kernel/memunmap-pages.ts'
import { lock, op, unlock } from '../executors/step.ts'
import { MEM } from '../state/block.ts'
import type { Kernel } from '../state/kernel.ts'
import { PAGE, packPage } from '../state/page.ts'
import type { RangeStore } from '../state/range-store.ts'
import { SECTION, USAGE } from '../state/section.ts'
import { ZONE, zoneId } from '../state/zone.ts'
import { GiB, MiB } from '../units.ts'
import { checkInvariants } from './invariants.ts'

const DIMM = 8 * GiB
const pfn = (address: number): number => address / 4096

/**
 * 4 GiB of boot RAM, a DIMM of 512 MiB: block 64 Normal, 65 offline, 66 and 67 Movable; block 72 holds its own memmap; 256 MiB of
 * device memory at 12 GiB whose memmap is on the device.
 */
function guest(): { k: Kernel; store: RangeStore; rig: Rig } {
  const rig = new Rig(smallGuest({ cmdline: 'memory_hotplug.memmap_on_memory=1', nodes: [{ id: 0, cpus: 1 }, { id: 1, cpus: 0 }], observed: { reserved: [] } }))
  rig.ok({ op: 'plug_dimm', id: 'd0', start: DIMM, size: 4 * BLOCK, node: 0 })
  rig.ok({ op: 'plug_dimm', id: 'd1', start: DIMM + 8 * BLOCK, size: BLOCK, node: 0 })
  rig.block(DIMM, 'online_kernel')
  rig.each(DIMM + 2 * BLOCK, DIMM + 4 * BLOCK, 'online_movable')
  rig.block(DIMM + 8 * BLOCK, 'online_kernel')
  const { kernel, store, executor } = rig.engine.booted
  const mapped = executor.run(memremapPages, { type: 'generic', ranges: [{ start: device, end: device + 65536 }], node: 0, owner: 'probe', altmap: { basePfn: device, reserve: 2, free: 2046 } })
  expect(mapped).toMatchObject({ ret: 1, lockFaults: [] })
  return { k: kernel, store, rig }
}

const first = pfn(DIMM)
const offline = pfn(DIMM + BLOCK)
const movable = pfn(DIMM + 2 * BLOCK)
const selfHosted = pfn(DIMM + 8 * BLOCK)
const device = pfn(12 * GiB)

test('the whole list appears, in order, each with a line of its own, on a machine where all of it holds', () => {
  const { k, store } = guest()
  const results = checkInvariants(k, store)
  expect(results.map((r) => r.id)).toEqual(Array.from({ length: 28 }, (_, i) => `I${i + 1}`))
  expect(results.filter((r) => !r.holds)).toEqual([])
  expect(new Set(results.map((r) => r.title)).size).toBe(28)
  for (const r of results) if (!r.modelled) expect(r.detail).toMatch(/\w/)
})

/** Writes that no kernel would do, each with the invariant that must notice, and what it must name. */
const corruptions: readonly [id: string, what: string, corrupt: (k: Kernel, store: RangeStore) => void, names: RegExp][] = [
  ['I1', 'a zone loses the end of its span', (k, s) => s.setCell(k.zone(0, ZONE.MOVABLE).spanned, 32768), /pfns 0x210000-0x220000 \(65536 pages\) name zone 0\/Movable, which spans pfns 0x210000-0x218000/],
  ['I1', 'a page names a node that is not possible', (k, s) => s.setField(k.page, first, first + 1, packPage(PAGE.online, 9, 2, false)), /node 9, zone index 2, which do not exist/],
  ['I2', 'more pages present than spanned', (k, s) => {
    const { present } = k.zone(0, ZONE.DMA)
    s.setCell(k.node(0).present, s.cell(k.node(0).present) + 5000 - s.cell(present))
    s.setCell(present, 5000)
  }, /zone 0\/DMA has 5000 present pages in a span of 4095/],
  ['I2', 'more pages managed than present', (k, s) => s.setCell(k.zone(0, ZONE.MOVABLE).managed, 65537), /zone 0\/Movable manages 65537 pages of 65536 present/],
  ['I2', 'more early pages than present', (k, s) => s.setCell(k.zone(0, ZONE.MOVABLE).presentEarly, 65537), /65537 present_early_pages of 65536/],
  ['I2', 'a node that does not count its zones', (k, s) => s.setCell(k.node(0).present, s.cell(k.node(0).present) - 1), /node 0 has node_present_pages/],
  ['I3', 'a node that ends before its zones', (k, s) => s.setCell(k.node(0).spanned, 0x1000), /node 0 spans pfns 0x1-0x1001/],
  ['I3', 'a node that spans something and has no zone', (k, s) => s.setCell(k.node(1).spanned, 512), /none of its zones/],
  ['I4', 'two resources overlap', (k, s) => {
    const tree = s.ref(k.iomem)
    s.setRef(k.iomem, { ...tree, children: [...tree.children, { ...tree.children.at(-1)!, start: DIMM + 8 * BLOCK + 4096, end: DIMM + 10 * BLOCK }] })
  }, /overlap or are out of order/],
  ['I4', 'a child sticks out', (k, s) => {
    const tree = s.ref(k.iomem)
    const last = tree.children.at(-1)!
    s.setRef(k.iomem, { ...tree, children: [...tree.children.slice(0, -1), { ...last, children: [{ ...last, start: last.start, end: last.end + 1 }] }] })
  }, /sticks out of its parent/],
  ['I5', 'a memmap is lost', (k, s) => s.setField(k.page, offline, offline + 100, PAGE.absent), /pfns 0x208000-0x208064 \(100 pages\) are valid and have no memmap/],
  ['I5', 'a memmap without a section', (k, s) => s.setField(k.page, 0x500000, 0x500001, PAGE.garbage), /pfn 0x500000 are not valid and have a memmap \(garbage\)/],
  ['I6', 'a counter below zero', (k, s) => s.setCell(k.zone(0, ZONE.NORMAL).managed, -1), /zone 0\/Normal managed_pages is -1/],
  ['I6', 'pageblocks that stay isolated', (k, s) => s.setCell(k.zone(0, ZONE.NORMAL).nrIsolatePageblock, 64), /nr_isolate_pageblock 64/],
  ['I6', 'a group below zero', (k, s) => s.setRef(k.groups, s.ref(k.groups).map((g) => ({ ...g, presentMovable: -1 }))), /memory group 1 has/],
  ['I7', 'an online block with an offline section', (k, s) => s.mapField(k.sectionFlags, first, first + 1, (f) => f & ~SECTION.online), /memory block 64 is online, its section 64 is not/],
  ['I7', 'an offline block with an online section', (k, s) => s.mapField(k.sectionFlags, offline, offline + 1, (f) => f | SECTION.online), /memory block 65 is offline, its section 65 is online/],
  ['I7', 'an offline block with a page in the buddy', (k, s) => s.setField(k.page, offline + 7, offline + 8, packPage(PAGE.online, 0, 2, false)), /its pfn 0x208007 are in the buddy/],
  ['I7', 'a block whose pages are in another zone', (k, s) => s.setField(k.blockZone, first, first + 1, zoneId(0, ZONE.MOVABLE)), /memory block 64 is in zone 0\/Movable/],
  ['I7', 'an offline block that names a zone', (k, s) => s.setField(k.blockZone, offline, offline + 1, zoneId(0, ZONE.NORMAL)), /offline and names zone 0\/Normal/],
  ['I7', 'a block that is still going offline', (k, s) => s.setField(k.blockState, first, first + 1, MEM.goingOffline), /in state 2 with no operation running/],
  ['I7', 'a section without a block', (k, s) => s.setField(k.blockState, offline, offline + 1, MEM.none), /section 65 is RAM and belongs to no memory block/],
  ['I8', 'contiguous over a hole', (k, s) => s.setCell(k.zone(0, ZONE.NORMAL).contiguous, 1), /zone 0\/Normal says contiguous, and the pageblock at pfn 0x180000/],
  ['I8', 'contiguous over one foreign last page', (k, s) => {
    s.setCell(k.zone(0, ZONE.MOVABLE).contiguous, 1)
    s.setField(k.page, movable + 511, movable + 512, packPage(PAGE.online, 0, ZONE.NORMAL, false))
  }, /the pageblock that ends at pfn 0x2101ff is not of this zone/],
  ['I8', 'contiguous ZONE_DEVICE', (k, s) => s.setCell(k.zone(0, ZONE.DEVICE).contiguous, 1), /zone 0\/Device says contiguous/],
  ['I9', 'an online page that was never initialised', (k, s) => s.setField(k.page, first + 3, first + 4, PAGE.garbage), /pfn_to_online_page\(\) finds pfn 0x200003, whose struct pages are garbage/],
  ['I9', 'a poisoned page in a contiguous zone', (k, s) => {
    s.setCell(k.zone(0, ZONE.MOVABLE).contiguous, 1)
    s.mapField(k.sectionFlags, movable, movable + 1, (f) => f & ~SECTION.online)
    s.setField(k.page, movable + 3, movable + 4, PAGE.poisoned)
  }, /zone 0\/Movable says contiguous, so its walkers read pfn 0x210003, whose struct pages are poisoned/],
  ['I10', 'a table that lists more than a page map has', (k, s) => s.setField(k.pgmapIndex, device + 65536, device + 65537, 1), /the table lists page map 1 for pfn.*outside its ranges/],
  ['I10', 'a table that lists what is gone', (k, s) => s.setField(k.pgmapIndex, 0x400000, 0x400001, 9), /the table lists page map 9 for pfn 0x400000, and there is no such page map/],
  ['I11', 'hot-added memory whose resource is gone', (k, s) => s.setRef(k.iomem, { ...s.ref(k.iomem), children: s.ref(k.iomem).children.filter((c) => c.start !== DIMM) }), /pfns 0x200000-0x2\w+ \(\d+ pages\) are RAM, and no busy System RAM/],
  ['I11', 'boot memory whose resource is not busy', (k, s) => s.setRef(k.iomem, { ...s.ref(k.iomem), children: s.ref(k.iomem).children.map((c) => ({ ...c, busy: c.start !== 4 * GiB })) }), /pfns 0x100000-/],
  ['I11', 'two page maps over one page', (k, s) => s.setRef(k.pgmaps, [...s.ref(k.pgmaps), { ...s.ref(k.pgmaps)[0]!, id: 2, altmap: undefined }]), /page maps 1 and 2 both cover/],
  ['I12', 'a zone with a span that was never initialised', (k, s) => s.setCell(k.zone(0, ZONE.MOVABLE).initialized, 0), /zone 0\/Movable spans 65536 pages and was never initialised/],
  ['I12', 'a node that does not count its highest zone', (k, s) => s.setCell(k.node(0).nrZones, 3), /node 0 has nr_zones 3/],
  ['I16', 'an online section of an offline block', (k, s) => s.mapField(k.sectionFlags, offline, offline + 1, (f) => f | SECTION.online), /of offline memory block 65/],
  ['I16', 'an online section without a block', (k, s) => s.setField(k.blockState, first, first + 1, MEM.none), /and there is no memory block/],
  ['I16', 'an online page of ZONE_DEVICE', (k, s) => s.setField(k.page, first, first + 1, packPage(PAGE.device, 0, ZONE.DEVICE, true)), /pfn 0x200000 of ZONE_DEVICE/],
  ['I19', 'a bit without a section', (k, s) => s.setField(k.subsectionMap, 0x500000, 0x500001, 1), /pfns 0x500000-0x500200 \(512 pages\) are set in a section that is not present/],
  ['I19', 'a bit without usage', (k, s) => s.setField(k.sectionUsage, offline, offline + 1, USAGE.none), /in a section without usage/],
  ['I19', 'a gap in a hot-added section', (k, s) => s.setField(k.subsectionMap, offline, offline + 1, 0), /of a hot-added section have their sub-section bits clear/],
  ['I19', 'a present section that is not valid', (k, s) => s.mapField(k.sectionFlags, offline, offline + 1, () => SECTION.present), /present and valid go together/],
  ['I20', 'RAM that is not mapped', (k, s) => s.setField(k.directMap, offline, offline + 1, 0), /pfn 0x208000 are RAM and not in the linear map/],
  ['I20', 'device memory that is not mapped', (k, s) => s.setField(k.directMap, device + 5, device + 6, 0), /pfn 0x300005 of generic device memory are not in the linear map/],
  ['I21', 'a span that a failed online left grown', (k, s) => {
    s.setCell(k.zone(0, ZONE.MOVABLE).startPfn, offline)
    s.setCell(k.zone(0, ZONE.MOVABLE).spanned, 98304)
  }, /zone 0\/Movable starts at pfn 0x208000, which is memory that is not online in it/],
  ['I21', 'a span that ends in a hole', (k, s) => s.setCell(k.zone(0, ZONE.MOVABLE).spanned, 98304), /zone 0\/Movable ends at pfn 0x227fff, which is a hole/],
  ['I24', 'a page of a memmap in the buddy', (k, s) => s.setField(k.page, selfHosted + 511, selfHosted + 512, packPage(PAGE.online, 0, 2, false)), /memory block 72 holds its memmap in its first 512 pages, and of those pfns? 0x2401ff/],
  ['I24', 'a page of an altmap that the device got', (k, s) => s.setField(k.page, device + 2047, device + 2048, packPage(PAGE.device, 0, ZONE.DEVICE, true, 1)), /pfn 0x3007ff are set aside by the altmap of page map 1, and are handed out/],
  ['I24', 'more of an altmap used than there is', (k, s) => s.setRef(k.pgmaps, s.ref(k.pgmaps).map((p) => ({ ...p, altmap: p.altmap && { ...p.altmap, alloc: 2047 } }))), /has handed out 2047 pages and lost \d+ of 2046/],
  ['I25', 'a page that changes its zone', (k, s) => s.setField(k.page, first, first + 1, packPage(PAGE.online, 0, ZONE.MOVABLE, false)), /zone 0\/Normal has \d+ present pages, \d+ struct pages of RAM name it/],
  ['I26', 'a section of another node than its block', (k, s) => s.setField(k.sectionNode, offline, offline + 1, 2), /section 65 is of node 1, its memory block 65 of node 0/],
  ['I26', 'a section of a node that is not possible', (k, s) => s.setField(k.sectionNode, offline, offline + 1, 6), /section 65 is of node 5, which is not possible/],
  ['I26', 'a block in a zone of another node', (k, s) => s.setField(k.blockZone, first, first + 1, zoneId(1, ZONE.NORMAL)), /memory block 64 is of node 0, its zone of node 1/],
  ['I26', 'pages of another node', (k, s) => s.setField(k.page, first, first + 1, packPage(PAGE.online, 1, ZONE.NORMAL, false)), /section 64 is of node 0, its pfn 0x200000 of node 1/],
  ['I28', 'a span of ZONE_DEVICE that shrank', (k, s) => s.setCell(k.zone(0, ZONE.DEVICE).spanned, 32768), /page map 1 covers pfns 0x300000-0x310000 .*, zone 0\/Device spans pfns 0x300000-0x308000/],
  ['I27', 'present pages in ZONE_DEVICE', (k, s) => s.setCell(k.zone(1, ZONE.DEVICE).present, 512), /zone 1\/Device has 512 present and 0 managed/],
]

describe('a state that no kernel leaves is noticed', () => {
  test.each(corruptions)('%s: %s', (id, _what, corrupt, names) => {
    const { k, store } = guest()
    corrupt(k, store)
    const result = checkInvariants(k, store).find((r) => r.id === id)
    expect(result).toMatchObject({ id, holds: false, modelled: true })
    expect(result?.detail).toMatch(names)
  })

  test('every invariant that is judged by the state has such a state, and I23 by the steps', () => {
    const { k, store } = guest()
    const judged = checkInvariants(k, store).filter((r) => r.modelled).map((r) => r.id)
    expect(new Set([...corruptions.map(([id]) => id), 'I23'])).toEqual(new Set(judged))
  })

  test('I23: a device lock inside mem_hotplug_lock without device_hotplug_lock', () => {
    const { k, store } = guest()
    const wrong = op('register_memory', 'nowhere', function* (kernel) {
      yield lock(kernel.memHotplugLock)
      yield lock(kernel.deviceLock)
      yield unlock(kernel.deviceLock)
      return 0
    })
    const { lockFaults } = new RunExecutor(k, store).run(wrong)
    expect(lockFaults).toEqual([
      'memory block device lock taken inside mem_hotplug_lock in register_memory()',
      'mem_hotplug_lock still held when register_memory() returned',
    ])
    expect(checkInvariants(k, store, lockFaults).find((r) => r.id === 'I23')).toMatchObject({ holds: false, detail: lockFaults[0] })
  })
})

describe('what only looks wrong is said to be by design', () => {
  const byDesign = (rig: Rig, id: string): string | undefined => {
    expect(rig.breaches).toEqual([])
    return rig.engine.invariants().find((r) => r.id === id)?.byDesign
  }

  test('I4: removing memory over the border of two DIMMs leaves both resources in the tree', () => {
    const rig = new Rig(smallGuest())
    rig.add(DIMM, 2 * BLOCK)
    rig.add(DIMM + 2 * BLOCK, 2 * BLOCK)
    rig.ok({ op: 'remove_memory', start: DIMM + BLOCK, size: 2 * BLOCK })
    expect(byDesign(rig, 'I4')).toMatch(/over pfns 0x208000-0x218000/)
  })

  test('I10: entries of a live page map that a failed add over it erased', () => {
    const { k, store, rig } = guest()
    store.setField(k.pgmapIndex, device + 100, device + 200, 0)
    expect(byDesign(rig, 'I10')).toMatch(/does not list pfn 0x300064 of live page map 1/)
  })

  test('I16: struct pages of a device that is gone, whose sub-sections a failed add brought back', () => {
    const rig = new Rig(machine({ ram: [{ start: 0, end: 1000 * MiB }] }))
    const { executor } = rig.engine.booted
    const start = pfn(1000 * MiB)
    const map = (mib: number, free?: number): number =>
      executor.run(memremapPages, { type: 'generic', ranges: [{ start, end: start + pfn(mib * MiB) }], node: 0, owner: 'probe', ...(free === undefined ? {} : { altmap: { basePfn: start, reserve: 0, free } }) }).ret
    expect(executor.run(memunmapPages, map(126)).ret).toBe(0)
    expect(map(256, 100)).toBe(-12)
    expect(byDesign(rig, 'I16')).toMatch(/of ZONE_DEVICE: a failed add set their sub-section bits again/)
  })

  test('I20: private memory on a range that a failed add had left mapped', () => {
    const { k, store, rig } = guest()
    store.setRef(k.pgmaps, store.ref(k.pgmaps).map((p) => ({ ...p, type: 'private' as const })))
    expect(byDesign(rig, 'I20')).toMatch(/of private device memory are in the linear map: left there by a failed add/)
  })

  test('I20: the linear map that a failed add leaves behind', () => {
    const { k, store, rig } = guest()
    store.setField(k.directMap, 0x500000, 0x501000, 1)
    expect(byDesign(rig, 'I20')).toMatch(/pfns 0x500000-0x501000 \(4096 pages\) are in the linear map without memory/)
  })

  test('I1, I2: a node that boot began inside a sub-section loses that piece of its span to a failed online below it', () => {
    // node 1 begins 1 MiB above a sub-section border
    const border = 4 * GiB + BLOCK + 2 ** 20
    const rig = new Rig(machine({ ram: [{ start: 0, end: GiB }, { start: 4 * GiB, end: border, node: 0 }, { start: border, end: border + 2 * 2 ** 20, node: 1 }], observed: { reserved: [] } }))
    rig.add(2 * GiB, BLOCK, 1)
    rig.ok({ op: 'notifier', name: 'ksm', event: 'MEM_GOING_ONLINE', answer: 'veto' })
    expect(rig.block(2 * GiB, 'online_kernel').errno).toBe('EPERM')
    expect(rig.span('Normal', 1)).toEqual([pfn(border) + 256, 256, 512])
    expect(byDesign(rig, 'I1')).toMatch(/a shrink steps by sub-sections/)
    expect(byDesign(rig, 'I2')).toMatch(/zone 1\/Normal has 512 present pages in a span of 256/)
  })

  test('I3: the span of a node is the sum of its zones at boot, which kernelcore=mirror lets overlap', () => {
    const rig = new Rig(machine({ ram: [{ start: 0, end: 64 * 2 ** 20 }, { start: 4 * GiB + BLOCK, end: 4 * GiB + 2 * BLOCK }], cmdline: 'kernelcore=mirror', observed: { reserved: [] } }))
    expect(byDesign(rig, 'I3')).toMatch(/node 0 spans .* its zones only/)
  })
})

test('zones that were taken over from text are not counted page by page', () => {
  const rig = new Rig(smallGuest({ adopted: { zones: [{ node: 0, zone: 'Normal', startPfn: 0x100000, spanned: 0x80000, present: 0x70000, managed: 0x70000 }] } }))
  expect(rig.engine.invariants().find((r) => r.id === 'I25')).toMatchObject({ holds: true, modelled: false })
})
