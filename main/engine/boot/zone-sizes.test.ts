import { describe, expect, test } from 'vitest'
import { machine, Rig, type MachineCase, type Ram } from '../../../test/golden/machine.ts'
import type { ZoneName } from '../machine/description.ts'
import { GiB, MiB } from '../units.ts'

// All numbers are worked out by hand from find_zone_movable_pfns_for_nodes() and calculate_node_totalpages(), mm/page_alloc.c. RAM
// from 0 on has pfns 1-0xa0 and 0x100 on x86: 159 pages, then the rest without the first 256.

/** Every zone with a span as "node/zone start spanned present". */
function zones(rig: Rig): string[] {
  const hex = (n: number): string => '0x' + n.toString(16)
  return rig.engine.snapshot().nodes.flatMap((n) => n.zones.filter((z) => z.spanned > 0).map((z) => `${n.id}/${z.name} ${hex(z.startPfn)} ${hex(z.spanned)} ${hex(z.present)}`))
}
const boot = (ram: readonly Ram[], cmdline = '', rest: Partial<MachineCase> = {}): Rig => new Rig(machine({ ram, cmdline, ...rest }))
/** First pfn of Movable on each node that has one. */
const movable = (rig: Rig): Record<number, number> =>
  Object.fromEntries(rig.engine.snapshot().nodes.flatMap((n) => n.zones.filter((z) => z.name === 'Movable' && z.spanned > 0).map((z) => [n.id, z.startPfn])))
const oneNode: readonly Ram[] = [{ start: 0, end: 2 * GiB }]

describe('without parameters', () => {
  test('one node with RAM below 2 GiB and from 4 to 6 GiB: DMA32 spans the hole up to 4 GiB, because the node goes on above', () => {
    // the documented example knows no BIOS area, so the architecture here is one that keeps 640 KiB to 1 MiB
    const rig = boot([{ start: 4096, end: 2 * GiB }, { start: 4 * GiB, end: 6 * GiB }], '', { arch: 'other' })
    expect(zones(rig)).toEqual(['0/DMA 0x1 0xfff 0xfff', '0/DMA32 0x1000 0xff000 0x7f000', '0/Normal 0x100000 0x80000 0x80000'])
    expect([rig.node().startPfn, rig.node().spanned]).toEqual([1, 0x17ffff])
  })

  test('on x86 the BIOS area is spanned and absent', () => {
    const rig = boot([{ start: 0, end: 2 * GiB }, { start: 4 * GiB, end: 6 * GiB }])
    expect(rig.span('DMA')).toEqual([1, 0xfff, 0xfff - 0x60])
  })

  test('a node that ends below a zone has none of it, and one that begins above has none either', () => {
    expect(zones(boot([{ start: 0, end: 512 * MiB, node: 0 }, { start: 512 * MiB, end: 2 * GiB, node: 1 }, { start: 4 * GiB, end: 5 * GiB, node: 2 }]))).toEqual([
      '0/DMA 0x1 0xfff 0xf9f', '0/DMA32 0x1000 0x1f000 0x1f000', '1/DMA32 0x20000 0x60000 0x60000', '2/Normal 0x100000 0x40000 0x40000',
    ])
  })

  test('a node that begins exactly at a zone border has the zone above only', () => {
    expect(zones(boot([{ start: 0, end: 16 * MiB, node: 0 }, { start: 16 * MiB, end: 64 * MiB, node: 1 }]))).toEqual(['0/DMA 0x1 0xfff 0xf9f', '1/DMA32 0x1000 0x3000 0x3000'])
  })

  test('a node around another spans it; what is not its own is absent', () => {
    expect(zones(boot([{ start: 4 * GiB, end: 5 * GiB, node: 0 }, { start: 5 * GiB, end: 6 * GiB, node: 1 }, { start: 6 * GiB, end: 7 * GiB, node: 0 }]))).toEqual([
      '0/Normal 0x100000 0xc0000 0x80000', '1/Normal 0x140000 0x40000 0x40000',
    ])
  })

  test('an architecture without low zones has one zone from its first page on', () => {
    expect(zones(boot([{ start: GiB, end: 6 * GiB }], '', { arch: 'other', zoneLimits: {} }))).toEqual(['0/Normal 0x40000 0x140000 0x140000'])
  })
})

describe('kernelcore=', () => {
  test('512M of 2 GiB: Movable begins at the next 4 MiB, in the middle of block 4', () => {
    // 131072 wanted; 159 + 3840 lie below 16 MiB, where Movable cannot be; 0x1000 + 127073 = 0x20061
    const rig = boot(oneNode, 'kernelcore=512M')
    expect(zones(rig)).toEqual(['0/DMA 0x1 0xfff 0xf9f', '0/DMA32 0x1000 0x1f400 0x1f400', '0/Movable 0x20400 0x5fc00 0x5fc00'])
    expect(rig.blockAt(512 * MiB).validZones).toBe('none')
  })

  test('a percentage is of the pages present', () => {
    // 524191 * 5000 / 10000 = 262095; 0x1000 + 262095 - 3999 = 0x40030
    expect(movable(boot(oneNode, 'kernelcore=50%'))).toEqual({ 0: 0x40400 })
  })

  test('of nothing, or of all there is and more, makes no Movable', () => {
    for (const word of ['kernelcore=0', 'kernelcore=2G', 'kernelcore=100%', 'kernelcore=64G']) expect(movable(boot(oneNode, word))).toEqual({})
  })

  test('memory below the highest zone counts as kernel memory: 1 GiB is met by node 0 alone, and node 1 is all Movable', () => {
    const rig = boot([{ start: 0, end: 2 * GiB, node: 0 }, { start: 4 * GiB, end: 6 * GiB, node: 1 }], 'kernelcore=1G')
    expect(zones(rig)).toEqual(['0/DMA 0x1 0xfff 0xf9f', '0/DMA32 0x1000 0x7f000 0x7f000', '1/Movable 0x100000 0x80000 0x80000'])
    expect([rig.node(1).hasMemory, rig.node(1).hasNormalMemory]).toEqual([true, false])
  })

  test('is spread evenly: what a small node cannot give is asked of the others in a second round', () => {
    // 393216 wanted of nodes of 1 GiB, 256 MiB and 1.75 GiB. Round 1, 131072 each: node 0 to 0x20061, node 1 all of it, node 2 to 0x70000;
    // 65536 are left for two: 32768 each: node 0 to 0x28061, node 2 to 0x78000
    const rig = boot([{ start: 0, end: GiB, node: 0 }, { start: GiB, end: 1.25 * GiB, node: 1 }, { start: 1.25 * GiB, end: 3 * GiB, node: 2 }], 'kernelcore=1536M')
    expect(movable(rig)).toEqual({ 0: 0x28400, 2: 0x78000 })
  })

  test('walks over a hole of the node: the pages after it count as the pages before it do', () => {
    // 0x20000 wanted: 3999 below 16 MiB, then 0x1000-0x10000 are 61440, so 65633 are left for what begins at 0x30000
    const rig = boot([{ start: 0, end: 256 * MiB }, { start: 768 * MiB, end: 2 * GiB }], 'kernelcore=512M')
    expect(movable(rig)).toEqual({ 0: Math.ceil((0x30000 + 65633) / 1024) * 1024 })
  })
})

describe('movablecore=', () => {
  test('512M of 2 GiB: at least that much at the end', () => {
    // 524191 - 131072 = 393119 for the kernel: 0x1000 + 393119 - 3999 = 0x60000
    expect(boot(oneNode, 'movablecore=512M').span('Movable')).toEqual([0x60000, 0x20000, 0x20000])
  })

  test('is rounded up to 4 MiB before it is taken off', () => {
    // 510 MiB + 4 KiB becomes 512 MiB
    expect(boot(oneNode, 'movablecore=522244K').span('Movable')).toEqual([0x60000, 0x20000, 0x20000])
  })

  test('of more than there is leaves nothing for the kernel, so there is no Movable', () => {
    expect(movable(boot(oneNode, 'movablecore=64G'))).toEqual({})
  })

  test('with kernelcore=, the one that leaves the kernel more wins', () => {
    // 1536 MiB Movable would leave 130975 pages; 262144 wanted: 0x1000 + 262144 - 3999 = 0x40061
    expect(movable(boot(oneNode, 'kernelcore=1G movablecore=1536M'))).toEqual({ 0: 0x40400 })
    expect(movable(boot(oneNode, 'kernelcore=1M movablecore=512M'))).toEqual({ 0: 0x60000 })
  })

  test('a percentage too', () => {
    // 524191 * 2500 / 10000 = 131047, rounded up to 131072
    expect(movable(boot(oneNode, 'movablecore=25%'))).toEqual({ 0: 0x60000 })
  })
})

describe('movable_node', () => {
  const hot: readonly Ram[] = [{ start: 0, end: GiB, node: 0, hotplug: true }, { start: GiB, end: 2 * GiB, node: 1, hotplug: true }]

  test('makes Movable of hot-pluggable memory, but never on the node that the kernel was loaded to', () => {
    const rig = boot(hot, 'movable_node')
    expect(zones(rig)).toEqual(['0/DMA 0x1 0xfff 0xf9f', '0/DMA32 0x1000 0x3f000 0x3f000', '1/Movable 0x40000 0x40000 0x40000'])
  })

  test('begins at the lowest hot-pluggable address of a node, and what lies above is Movable whether hot-pluggable or not', () => {
    const rig = boot([{ start: 0, end: GiB, node: 0 }, { start: 4 * GiB, end: 5 * GiB, node: 1 }, { start: 5 * GiB, end: 6 * GiB, node: 1, hotplug: true }, { start: 6 * GiB, end: 7 * GiB, node: 1 }], 'movable_node')
    expect(zones(rig).slice(2)).toEqual(['1/Normal 0x100000 0x40000 0x40000', '1/Movable 0x140000 0x80000 0x80000'])
  })

  test('wins over kernelcore= and movablecore=', () => {
    expect(movable(boot(hot, 'movable_node kernelcore=256M movablecore=256M'))).toEqual({ 1: 0x40000 })
    expect(movable(boot([{ start: 0, end: 2 * GiB }], 'movable_node kernelcore=256M'))).toEqual({})
  })

  test('decides where a plain online goes that meets no zone, or two', () => {
    const online = (cmdline: string): string | undefined => {
      const rig = boot([{ start: 0, end: GiB }], cmdline)
      rig.add(8 * GiB, 128 * MiB)
      rig.block(8 * GiB, 'online')
      return rig.blockAt(8 * GiB).zone
    }
    expect([online(''), online('movable_node')]).toEqual(['Normal', 'Movable'])
  })
})

describe('kernelcore=mirror on a machine without mirrored memory', () => {
  test('makes all memory above 4 GiB Movable', () => {
    expect(zones(boot([{ start: 0, end: 2 * GiB }, { start: 4 * GiB, end: 6 * GiB }], 'kernelcore=mirror')).slice(1)).toEqual(['0/DMA32 0x1000 0xff000 0x7f000', '0/Movable 0x100000 0x80000 0x80000'])
  })

  // found by random machines: Normal kept the pages as present that Movable has
  test('Normal may span Movable, and then has no page of its own', () => {
    const rig = boot([{ start: 0, end: 64 * MiB }, { start: 4 * GiB + 128 * MiB, end: 4 * GiB + 256 * MiB }], 'kernelcore=mirror')
    expect(zones(rig).slice(1)).toEqual(['0/DMA32 0x1000 0xff000 0x3000', '0/Normal 0x100000 0x10000 0x0', '0/Movable 0x108000 0x8000 0x8000'])
    const names: ZoneName[] = ['DMA32', 'Movable']
    expect(names.map((n) => rig.zone(n).contiguous)).toEqual([false, true])
    expect(rig.breaches).toEqual([])
  })
})
