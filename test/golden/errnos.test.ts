/** The errno of every refusal that ordinary RAM knows, with the rule that refused. */
import { describe, expect, test } from 'vitest'
import type { Command, CommandResult } from '../../main/engine/command.ts'
import { GiB, MiB, TiB } from '../../main/engine/units.ts'
import { BLOCK, machine, Rig, smallGuest } from './machine.ts'

const DIMM = 8 * GiB
const said = (r: CommandResult): string[] => r.log.map((l) => l.text)

describe('add_memory', () => {
  const rig = new Rig(smallGuest({ nodes: [{ id: 0, cpus: 1 }, { id: 1, cpus: 0 }], resources: [{ start: 9 * GiB, end: 10 * GiB, name: 'PCI Bus 0000:00' }, { start: 10 * GiB, end: 10 * GiB + 2 * MiB, name: 'claimed', busy: true }] }))
  rig.add(DIMM, 2 * BLOCK)
  const add = (start: number, size: number, node = 0): CommandResult => rig.add(start, size, node)

  test.each<[string, number, number, number, string, RegExp]>([
    ['of size 0', 11 * GiB, 0, 0, 'E2BIG', /size is 0 \[register_memory_resource\]/],
    ['beyond 46 bits', 2 ** 46 - BLOCK, 2 * BLOCK, 0, 'E2BIG', /ends beyond 0x400000000000/],
    ['beyond what /proc/iomem covers', TiB, BLOCK, 0, 'EEXIST', /not inside \/proc\/iomem, which ends at 0x10000000000/],
    ['over boot RAM', GiB, BLOCK, 0, 'EEXIST', /"System RAM" 0x100000-0x7fffffff is in the way/],
    ['over hot-added RAM', DIMM + BLOCK, BLOCK, 0, 'EEXIST', /"System RAM" 0x200000000-0x20fffffff is in the way/],
    ['over 2 MiB that a driver claimed', 10 * GiB, BLOCK, 0, 'EEXIST', /"claimed" 0x280000000/],
    ['half inside a window', 9 * GiB - BLOCK, 2 * BLOCK, 0, 'EEXIST', /"PCI Bus 0000:00" 0x240000000/],
    ['of 100 MiB', 11 * GiB, 100 * MiB, 0, 'EINVAL', /multiples of the memory block size 0x8000000 \[check_hotplug_memory_range\]/],
    ['64 MiB off', 11 * GiB + 64 * MiB, BLOCK, 0, 'EINVAL', /multiples of the memory block size/],
    ['on a node that is not possible', 11 * GiB, BLOCK, 3, 'EINVAL', /node 3 is not possible/],
    ['on NUMA_NO_NODE', 11 * GiB, BLOCK, -1, 'EINVAL', /node -1 is not possible/],
  ])('%s', (_what, start, size, node, errno, reason) => {
    const before = rig.engine.snapshot()
    const result = add(start, size, node)
    expect([result.ret < 0, result.errno, result.reason]).toEqual([true, errno, expect.stringMatching(reason)])
    expect(rig.engine.snapshot()).toEqual(before)
  })

  test('prints what the kernel prints', () => {
    expect(said(add(11 * GiB, 0))).toEqual(['Hotplug memory [0x2c0000000-0x2c0000000] exceeds maximum addressable range [0x0-0x3fffffffffff]'])
    expect(said(add(11 * GiB, BLOCK, 3))).toContain('node 3 was absent from the node_possible_map')
    expect(said(add(GiB, BLOCK))).toEqual([])
  })

  test('wholly inside a window that nobody claimed is fine: the resource nests', () => {
    expect(add(9 * GiB, BLOCK).ret).toBe(0)
    expect(rig.engine.snapshot().iomem.find((r) => r.name === 'PCI Bus 0000:00')?.children).toMatchObject([{ start: 9 * GiB, end: 9 * GiB + BLOCK, name: 'System RAM', busy: true }])
  })

  test('the address range is looked at before the resource, that before the alignment, that before the node', () => {
    expect(add(2 ** 46, 100 * MiB, 3).errno).toBe('E2BIG')
    expect(add(GiB, 100 * MiB, 3).errno).toBe('EEXIST')
    expect(add(11 * GiB, 100 * MiB, 3).log.map((l) => l.level)).toEqual([3])
  })
})

describe('a word written to memoryN/state', () => {
  const rig = new Rig(smallGuest())
  rig.add(DIMM, 2 * BLOCK)
  const write = (at: number, word: string): string => rig.block(at, word).errno ?? 'ok'

  test('an unknown one is -EINVAL, with a newline a known one is fine', () => {
    expect(['', 'on', 'Online', 'online_', 'offline ', '1', 'online\n\n'].map((w) => write(DIMM, w))).toEqual(Array.from({ length: 7 }, () => 'EINVAL'))
    expect([write(DIMM, 'online_movable\n'), write(DIMM, 'offline\n')]).toEqual(['ok', 'ok'])
  })
  test('a state that the block is in already is -EINVAL: an online block does not change its zone', () => {
    expect(write(DIMM, 'offline')).toBe('EINVAL')
    expect(write(DIMM, 'online_movable')).toBe('ok')
    expect(['online', 'online_kernel', 'online_movable'].map((w) => write(DIMM, w))).toEqual(['EINVAL', 'EINVAL', 'EINVAL'])
    expect(rig.blockAt(DIMM).zone).toBe('Movable')
  })
  test('but the word is kept, and a device_online() without a word of its own goes by it: a refused eject brings the block back elsewhere', () => {
    const other = new Rig(smallGuest())
    other.ok({ op: 'plug_dimm', id: 'd', start: DIMM, size: 2 * BLOCK, node: 0 })
    other.each(DIMM, DIMM + 2 * BLOCK, 'online_kernel')
    expect(other.block(DIMM, 'online_movable').errno).toBe('EINVAL')
    expect(other.blockAt(DIMM).onlineType).toBe('online_movable')
    other.ok({ op: 'mark', start: DIMM + BLOCK, size: 4096, as: 'unmovable' })
    expect(other.run({ op: 'unplug_dimm', id: 'd' }).errno).toBe('EBUSY')
    expect([other.blockAt(DIMM).zone, other.blockAt(DIMM + BLOCK).zone]).toEqual(['Movable', 'Normal'])
  })
  test('a block that is not there is -ENOENT', () => {
    expect(rig.run({ op: 'block', block: 12345, state: 'online' }).errno).toBe('ENOENT')
  })
})

describe('offline', () => {
  test('of a block in two zones is -EINVAL, of one with a hole too', () => {
    const rig = new Rig(machine({ ram: [{ start: 0, end: 1000 * MiB }] }))
    expect([rig.block(0, 'offline').reason, rig.block(896 * MiB, 'offline').reason]).toEqual([
      'the block spans several zones or nodes (block.zone is NULL) [memory_block_offline]', expect.stringMatching(/^memory holes: .* \[offline_pages\]$/),
    ])
  })
  test('of what is unmovable: -EBUSY in a kernel zone, never an end in Movable', () => {
    const rig = new Rig(smallGuest())
    rig.add(DIMM, 2 * BLOCK)
    rig.block(DIMM, 'online_kernel')
    rig.block(DIMM + BLOCK, 'online_movable')
    rig.ok({ op: 'mark', start: DIMM, size: 2 * BLOCK, as: 'unmovable' })
    expect(rig.block(DIMM, 'offline').errno).toBe('EBUSY')
    expect(rig.block(DIMM + BLOCK, 'offline')).toMatchObject({ errno: 'EINTR', reason: expect.stringContaining('no retry limit') })
  })
  test('of a pinned page: the loop ends by a signal only, and then the block is online as before', () => {
    const rig = new Rig(smallGuest())
    rig.add(DIMM, BLOCK)
    rig.block(DIMM, 'online_movable')
    rig.ok({ op: 'mark', start: DIMM + 4096, size: 4096, as: 'pinned' })
    const before = rig.engine.snapshot()
    expect([rig.block(DIMM, 'offline', true).errno, rig.block(DIMM, 'offline').errno]).toEqual(['EINTR', 'EINTR'])
    expect(rig.engine.snapshot()).toEqual(before)
    rig.ok({ op: 'mark', start: DIMM + 4096, size: 4096, as: 'none' })
    expect(rig.block(DIMM, 'offline').ret).toBe(0)
  })
  test('checks in the order of the kernel: zones, holes, isolation, notifier, signal', () => {
    const rig = new Rig(smallGuest())
    rig.add(DIMM, BLOCK)
    rig.block(DIMM, 'online_kernel')
    rig.ok({ op: 'notifier', name: 'slab', event: 'MEM_GOING_OFFLINE', answer: 'veto' })
    rig.ok({ op: 'mark', start: DIMM, size: 4096, as: 'unmovable' })
    expect(rig.block(DIMM, 'offline', true).errno).toBe('EBUSY')
    rig.ok({ op: 'mark', start: DIMM, size: 4096, as: 'pinned' })
    expect(rig.block(DIMM, 'offline', true).errno).toBe('EPERM')
    rig.ok({ op: 'notifier', name: 'slab', event: 'MEM_GOING_OFFLINE', answer: 'allow' })
    expect(rig.block(DIMM, 'offline', true).errno).toBe('EINTR')
  })
})

describe('remove_memory', () => {
  test('of a range without memory is 0, with a WARN for its blocks and one for its sections, the first time', () => {
    const rig = new Rig(smallGuest())
    const first = rig.run({ op: 'remove_memory', start: 100 * GiB, size: BLOCK })
    expect([first.ret, first.log.filter((l) => l.splat === 'WARN' && l.text.startsWith('WARNING')).map((l) => l.fn)]).toEqual([0, ['remove_memory_block_devices', '__remove_section']])
    expect(said(rig.run({ op: 'remove_memory', start: 100 * GiB, size: BLOCK }))).toEqual([])
  })
  test('of what is not made of blocks is a BUG in the kernel; here -EINVAL', () => {
    const rig = new Rig(smallGuest())
    rig.add(DIMM, BLOCK)
    for (const [start, size] of [[DIMM + MiB, BLOCK], [DIMM, 64 * MiB], [DIMM, 0]] as const) expect(rig.run({ op: 'remove_memory', start, size })).toMatchObject({ errno: 'EINVAL', reason: expect.stringContaining('BUG') })
  })
  test('of blocks that hold their own memmap goes one block at a time', () => {
    const rig = new Rig(smallGuest({ cmdline: 'memory_hotplug.memmap_on_memory=1' }))
    rig.ok({ op: 'plug_dimm', id: 'a', start: DIMM, size: BLOCK, node: 0 })
    rig.ok({ op: 'plug_dimm', id: 'b', start: DIMM + BLOCK, size: BLOCK, node: 0 })
    const refused = rig.run({ op: 'remove_memory', start: DIMM, size: 2 * BLOCK })
    expect([refused.errno, said(refused)]).toEqual(['EINVAL', ['Refuse to remove 0x200000000 - 0x210000000,wrong granularity']])
    expect(rig.run({ op: 'remove_memory', start: DIMM, size: BLOCK }).ret).toBe(0)
  })
})

describe('offline_and_remove_memory', () => {
  test('of misaligned ranges is -EINVAL before anything is asked', () => {
    const rig = new Rig(smallGuest())
    for (const [start, size] of [[DIMM + MiB, BLOCK], [DIMM, 64 * MiB], [DIMM, 0]] as const) expect(rig.run({ op: 'offline_and_remove_memory', start, size }).errno).toBe('EINVAL')
  })
  test('of blocks that hold their own memmap takes them offline, fails at the remove, says so, and brings them back', () => {
    const rig = new Rig(smallGuest({ cmdline: 'memory_hotplug.memmap_on_memory=1' }))
    for (const [id, at, word] of [['a', DIMM, 'online_movable'], ['b', DIMM + BLOCK, 'online_kernel']] as const) {
      rig.ok({ op: 'plug_dimm', id, start: at, size: BLOCK, node: 0 })
      rig.block(at, word)
    }
    const refused = rig.run({ op: 'offline_and_remove_memory', start: DIMM, size: 2 * BLOCK })
    expect([refused.errno, said(refused)]).toEqual(['EINVAL', ['Refuse to remove 0x200000000 - 0x210000000,wrong granularity', 'offline_and_remove_memory: Failed to remove memory: -22']])
    expect([rig.blockAt(DIMM).zone, rig.blockAt(DIMM + BLOCK).zone]).toEqual(['Movable', 'Normal'])
    expect(rig.breaches).toEqual([])
  })
})

describe('policies', () => {
  const rig = new Rig(smallGuest())
  const set = (name: Extract<Command, { op: 'policy' }>['name'], value: string): string => rig.run({ op: 'policy', name, value }).errno ?? 'ok'
  test('take the words of the kernel, and refuse others with -EINVAL', () => {
    expect(['offline', 'online', 'online_kernel', 'online_movable\n', 'on', ''].map((v) => set('auto_online_blocks', v))).toEqual(['ok', 'ok', 'ok', 'ok', 'EINVAL', 'EINVAL'])
    expect(['contig-zones', 'auto-movable', 'auto_movable'].map((v) => set('online_policy', v))).toEqual(['ok', 'ok', 'EINVAL'])
    expect(['0', '301', '4294967295', '4294967296', '-1', '3.5', ''].map((v) => set('auto_movable_ratio', v))).toEqual(['ok', 'ok', 'ok', 'EINVAL', 'EINVAL', 'EINVAL', 'EINVAL'])
    expect(['Y', 'n', '1', '0', 'maybe', ''].map((v) => set('auto_movable_numa_aware', v))).toEqual(['ok', 'ok', 'ok', 'ok', 'EINVAL', 'EINVAL'])
  })
})
