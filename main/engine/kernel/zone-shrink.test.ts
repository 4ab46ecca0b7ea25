import { describe, expect, test } from 'vitest'
import { BLOCK, Rig, SECTION_PAGES, machine, smallGuest } from '../../../test/golden/machine.ts'
import { bootEngine } from '../engine.ts'
import { changed } from '../profiles/profile.ts'
import { PROFILES, RFC_2018_08, V3_2019_08, V4_18, V5_3, V5_4, V5_5, V6_1 } from '../profiles/profiles.ts'
import { GiB } from '../units.ts'

/** Node 1 begins at block 40, and nothing of it is movable. */
const twoNodes = () => machine({ ram: [{ start: 0, end: 2 * GiB }, { start: 4 * GiB, end: 5 * GiB, node: 1 }] })
const B41 = 41 * BLOCK
const B43 = 43 * BLOCK
const withBlocks = (id: string): Rig => {
  const rig = new Rig(twoNodes(), undefined, PROFILES.get(id)!)
  for (const at of [B41, B43]) {
    rig.run({ op: 'add_memory', node: 1, start: at, size: BLOCK })
    expect(rig.block(at, 'online_movable').ret).toBe(0)
  }
  return rig
}

describe('blocks 41 and 43 are online in Movable; block 43 goes offline, is removed, then block 41', () => {
  const atRemove = ['v4.18', 'blind-2018-09', 'v4.20', 'v5.0', 'v5.2', 'v5.3', 'v5.4']
  const atOffline = ['rfc-2018-08', 'v3-2019-08', 'v5.5', 'v5.10', 'v6.1', 'v6.12', 'v7.2']
  test.each(atRemove)('%s: the zone keeps its span until the block is removed', (id) => {
    const rig = withBlocks(id)
    expect(rig.span('Movable', 1)).toEqual([41 * SECTION_PAGES, 98304, 65536])
    rig.block(B43, 'offline')
    expect(rig.span('Movable', 1)).toEqual([41 * SECTION_PAGES, 98304, 32768])
    rig.ok({ op: 'remove_memory', start: B43, size: BLOCK })
    expect(rig.span('Movable', 1)).toEqual([41 * SECTION_PAGES, 32768, 32768])
    rig.block(B41, 'offline')
    rig.ok({ op: 'remove_memory', start: B41, size: BLOCK })
    expect(rig.span('Movable', 1)).toEqual([0, 0, 0])
  })
  test.each(atOffline)('%s: the zone shrinks when the block goes offline', (id) => {
    const rig = withBlocks(id)
    expect(rig.span('Movable', 1)).toEqual([41 * SECTION_PAGES, 98304, 65536])
    rig.block(B43, 'offline')
    expect(rig.span('Movable', 1)).toEqual([41 * SECTION_PAGES, 32768, 32768])
    rig.block(B41, 'offline')
    expect(rig.span('Movable', 1)).toEqual([0, 0, 0])
    expect([rig.node(1).startPfn, rig.node(1).spanned]).toEqual([32 * SECTION_PAGES, 8 * SECTION_PAGES])
  })
  test.each([...atRemove, ...atOffline])('%s: the node ends where its memory ends once both are removed', (id) => {
    const rig = withBlocks(id)
    for (const at of [B43, B41]) {
      rig.block(at, 'offline')
      rig.ok({ op: 'remove_memory', start: at, size: BLOCK })
    }
    expect([rig.node(1).startPfn, rig.node(1).spanned, rig.node(1).present]).toEqual([32 * SECTION_PAGES, 8 * SECTION_PAGES, 8 * SECTION_PAGES])
  })
})

describe('a block that was never online is removed (kernel-behaviour B6)', () => {
  const AT = 8 * GiB
  const never = (profile = V4_18, says?: 'zone-0' | 'device' | 'wild'): Rig => {
    const rig = new Rig(smallGuest(), undefined, profile)
    if (says) rig.ok({ op: 'policy', name: 'uninitialised_pages', value: says })
    expect(rig.add(AT, BLOCK).ret).toBe(0)
    return rig
  }
  const ram = (rig: Rig) => rig.engine.snapshot().iomem.filter((r) => r.start >= AT).map((r) => r.name)

  test('v4.18, garbage says zone 0 of the right node: ZONE_DMA is asked to shrink, and nothing is lost', () => {
    const rig = never(V4_18, 'zone-0')
    const dma = rig.zone('DMA')
    rig.ok({ op: 'remove_memory', start: AT, size: BLOCK })
    expect(rig.zone('DMA')).toEqual(dma)
    expect(ram(rig)).toEqual([])
  })
  test('v4.18, garbage says ZONE_DEVICE: the resource is taken for a device\'s and stays; the range cannot be added again', () => {
    const rig = never(V4_18, 'device')
    rig.ok({ op: 'remove_memory', start: AT, size: BLOCK })
    expect(ram(rig)).toEqual(['System RAM'])
    expect(rig.add(AT, BLOCK).errno).toBe('EEXIST')
  })
  test.each([V4_18, V5_3, V5_4])('$id, garbage says nothing: a page fault with mem_hotplug_lock held, and all of hotplug hangs', (profile) => {
    const rig = never(profile, 'wild')
    const removed = rig.run({ op: 'remove_memory', start: AT, size: BLOCK })
    expect([removed.errno, removed.reason]).toEqual(['BUG', expect.stringContaining(profile === V4_18 ? '[__remove_pages]' : '[clear_zone_contiguous]')])
    expect(rig.engine.snapshot().heldForEver.map((l) => l.lock)).toContain('mem_hotplug_lock')
    expect(rig.add(AT + 4 * BLOCK, BLOCK).errno).toBe('HANGS')
  })
  test('v5.3 with DEBUG_VM: the poisoned page is a BUG before anything was asked of it', () => {
    const rig = never(changed(V5_3, { id: 'v5.3-debug', title: 'v5.3 with DEBUG_VM', date: V5_3.date }, { debugVm: 'on' }))
    expect(rig.run({ op: 'remove_memory', start: AT, size: BLOCK })).toMatchObject({ errno: 'BUG', reason: expect.stringContaining('PagePoisoned') })
  })
  test.each([RFC_2018_08, V3_2019_08, V5_5, V6_1])('$id asks no struct page', (profile) => {
    const rig = never(profile, 'wild')
    rig.ok({ op: 'remove_memory', start: AT, size: BLOCK })
    expect(ram(rig)).toEqual([])
  })
  test('v5.4: only the zone of the first page shrinks, when a range was onlined to two', () => {
    const rig = new Rig(smallGuest(), undefined, V5_4)
    rig.add(AT, 2 * BLOCK)
    rig.block(AT, 'online_movable')
    rig.block(AT + BLOCK, 'online_kernel')
    rig.each(AT, AT + 2 * BLOCK, 'offline')
    rig.ok({ op: 'remove_memory', start: AT, size: 2 * BLOCK })
    expect(rig.span('Movable')).toEqual([0, 0, 0])
    // Normal spans memory that is gone
    expect(rig.span('Normal')).toEqual([4 * GiB / 4096, (AT + 2 * BLOCK - 4 * GiB) / 4096, 2 * GiB / 4096])
  })
})

test('a kernel that shrinks section by section at offline and poisons what leaves: the pages say nothing any more', () => {
  const rig = new Rig(smallGuest(), undefined, changed(V4_18, { id: 'x', title: 'x', date: V4_18.date }, { ramSpanShrinks: 'at-offline', poisonOnLeave: 'yes' }))
  rig.add(8 * GiB, BLOCK)
  rig.block(8 * GiB, 'online_movable')
  rig.block(8 * GiB, 'offline')
  expect(rig.engine.snapshot().pages.find((p) => p.start === 8 * GiB / 4096)).toMatchObject({ state: 'garbage', end: 8 * GiB / 4096 + SECTION_PAGES })
  expect(rig.span('Movable')).toEqual([0, 0, 0])
})

describe('an online that a notifier vetoes (kernel-behaviour B17)', () => {
  const AT = 8 * GiB
  const vetoed = (id: string): Rig => {
    const rig = new Rig(smallGuest(), undefined, PROFILES.get(id)!)
    rig.add(AT, BLOCK)
    rig.ok({ op: 'notifier', name: 'n', event: 'MEM_GOING_ONLINE', answer: 'veto' })
    expect(rig.block(AT, 'online_movable').errno).toBe('EPERM')
    return rig
  }
  test.each(['v4.18', 'rfc-2018-08', 'v5.3', 'v5.4'])('%s: Movable spans memory that is offline, and a later online elsewhere overlaps it', (id) => {
    const rig = vetoed(id)
    expect(rig.span('Movable')).toEqual([AT / 4096, 32768, 0])
    rig.ok({ op: 'notifier', name: 'n', event: 'MEM_GOING_ONLINE', answer: 'allow' })
    rig.block(AT, 'online_kernel')
    expect([rig.span('Movable')[1], rig.span('Normal')[0] + rig.span('Normal')[1]]).toEqual([32768, AT / 4096 + 32768])
  })
  test.each(['v3-2019-08', 'v5.5', 'v5.10', 'v6.1'])('%s: the span is as before', (id) => {
    expect(vetoed(id).span('Movable')).toEqual([0, 0, 0])
  })
})

describe('the middle of a zone is removed', () => {
  test.each(['v4.18', 'v5.4', 'v5.5', 'v6.1'])('%s: the span stays, and has a hole', (id) => {
    const AT = 8 * GiB
    const rig = new Rig(smallGuest(), undefined, PROFILES.get(id)!)
    rig.add(AT, 3 * BLOCK)
    rig.each(AT, AT + 3 * BLOCK, 'online_movable')
    rig.block(AT + BLOCK, 'offline')
    rig.ok({ op: 'remove_memory', start: AT + BLOCK, size: BLOCK })
    expect([rig.zone('Movable').spanned, rig.zone('Movable').contiguous]).toEqual([3 * SECTION_PAGES, false])
    // with both ends gone too, nothing is left to span
    for (const at of [AT, AT + 2 * BLOCK]) {
      rig.block(at, 'offline')
      rig.ok({ op: 'remove_memory', start: at, size: BLOCK })
    }
    expect(rig.span('Movable')).toEqual([0, 0, 0])
  })
})

test.each(['v4.18', 'rfc-2018-08', 'v5.3', 'v5.4', 'v5.5'])('%s: a range of two zones leaves section by section; done at once where sections are alike, the machine is the same', (id) => {
  const play = (grain: 'coarse' | 'fine') => {
    const engine = bootEngine(twoNodes(), PROFILES.get(id)!, grain)
    const blocks = (first: number, last: number, state: string) => {
      for (let block = first; block <= last; block++) expect(engine.execute({ op: 'block', block, state }).ret).toBe(0)
    }
    engine.execute({ op: 'add_memory', node: 1, start: B41, size: 6 * BLOCK })
    blocks(41, 44, 'online_movable')
    blocks(45, 46, 'online_kernel')
    blocks(41, 46, 'offline')
    expect(engine.execute({ op: 'remove_memory', start: B41, size: 6 * BLOCK }).ret).toBe(0)
    return engine.snapshot()
  }
  expect(play('fine')).toEqual(play('coarse'))
})
