import { describe, expect, test } from 'vitest'
import { machine, type MachineCase, type Ram } from '../../../test/golden/machine.ts'
import { GiB, MiB } from '../units.ts'
import { parseCmdline } from './cmdline.ts'
import { bootMemoryMap, memblockOf } from './memory-map.ts'
import { numaLayout, type NumaLayout } from './numa.ts'

// Borders of fake nodes are worked out by hand from arch/x86/mm/numa_emulation.c; RAM from 0 on lacks 97 pages (the first, and the BIOS area).

function layout(ram: readonly Ram[], cmdline = '', rest: Partial<MachineCase> = {}): NumaLayout {
  const description = machine({ ram, cmdline, ...rest })
  const p = parseCmdline(cmdline)
  return numaLayout(description, memblockOf(bootMemoryMap(description, p), 4096), p)
}
/** node:start-end in MiB, the first pages and the BIOS area not told. */
const nodes = (l: NumaLayout): string[] => {
  const out: { node: number; start: number; end: number }[] = []
  for (const m of l.memory) {
    const last = out[out.length - 1]
    if (last && last.node === m.node && (last.end === m.start || m.start === 0x100)) last.end = m.end
    else out.push({ ...m, start: m.start === 1 ? 0 : m.start })
  }
  return out.map((m) => `${m.node}:${m.start / 256}-${m.end / 256}`)
}
const GIB: readonly Ram[] = [{ start: 0, end: GiB }]

describe('the SRAT', () => {
  test('gives each piece of RAM its node, and makes nodes possible that have none', () => {
    const l = layout([{ start: 0, end: GiB, node: 0 }, { start: GiB, end: 2 * GiB, node: 2 }], '', {
      affinity: [{ start: 0, end: GiB, node: 0 }, { start: GiB, end: 2 * GiB, node: 2 }, { start: 8 * GiB, end: 16 * GiB, node: 5, hotplug: true }], nodes: [{ id: 0, cpus: 2 }, { id: 3, cpus: 1 }],
    })
    expect(nodes(l)).toEqual(['0:0-1024', '2:1024-2048'])
    expect(l.nodes).toEqual([{ id: 0, cpus: 2 }, { id: 2, cpus: 0 }, { id: 3, cpus: 1 }, { id: 5, cpus: 0 }])
    expect(l.warnings).toEqual([])
  })

  test('may interleave nodes', () => {
    const l = layout([{ start: 0, end: GiB, node: 0 }, { start: GiB, end: 2 * GiB, node: 1 }, { start: 2 * GiB, end: 3 * GiB, node: 0 }])
    expect(nodes(l)).toEqual(['0:0-1024', '1:1024-2048', '0:2048-3072'])
  })

  test('marks what is hot-pluggable, range by range, though one node has several', () => {
    const l = layout([{ start: 4 * GiB, end: 5 * GiB, node: 0 }, { start: 5 * GiB, end: 6 * GiB, node: 0, hotplug: true }, { start: 6 * GiB, end: 7 * GiB, node: 0 }])
    expect(l.memory.map((m) => [m.start / 0x40000, m.end / 0x40000, m.hotplug])).toEqual([[4, 5, false], [5, 6, true], [6, 7, false]])
  })

  test('that misses 1 MiB of RAM is not believed: one node, nothing hot-pluggable', () => {
    const ram: readonly Ram[] = [{ start: 0, end: GiB, hotplug: true }, { start: 4 * GiB, end: 5 * GiB }]
    const short = layout(ram, '', { affinity: [{ start: 0, end: GiB, node: 1, hotplug: true }, { start: 4 * GiB, end: 5 * GiB - MiB, node: 2 }] })
    expect(nodes(short)).toEqual(['0:0-1024', '0:4096-5120'])
    expect(short.warnings).toEqual(['NUMA: nodes only cover 2046MB of your 2047MB RAM. Not used.'])
    expect(short.memory.some((m) => m.hotplug)).toBe(false)
    expect(short.nodes.map((n) => n.id)).toEqual([0])
  })

  test('that misses less than that is, and the lowest node takes the rest', () => {
    const l = layout([{ start: 0, end: GiB }, { start: 4 * GiB, end: 5 * GiB }], '', { affinity: [{ start: 0, end: GiB, node: 1 }, { start: 4 * GiB, end: 5 * GiB - 512 * 1024, node: 2 }] })
    expect(nodes(l)).toEqual(['1:0-1024', '2:4096-5119.5', '1:5119.5-5120'])
  })

  test('in which two nodes claim one address is not used', () => {
    const l = layout(GIB, '', { affinity: [{ start: 0, end: 768 * MiB, node: 0 }, { start: 512 * MiB, end: GiB, node: 1 }] })
    expect(nodes(l)).toEqual(['0:0-1024'])
    expect(l.warnings).toHaveLength(1)
  })

  test('may claim one address twice for the same node', () => {
    expect(nodes(layout(GIB, '', { affinity: [{ start: 0, end: 768 * MiB, node: 1 }, { start: 512 * MiB, end: GiB, node: 1 }] }))).toEqual(['1:0-1024'])
  })

  test('is not read with numa=off', () => {
    const l = layout([{ start: 0, end: GiB, node: 0 }, { start: GiB, end: 2 * GiB, node: 1, hotplug: true }], 'numa=off')
    expect(nodes(l)).toEqual(['0:0-2048'])
    expect(l.memory.some((m) => m.hotplug)).toBe(false)
    expect(l.nodes.map((n) => n.id)).toEqual([0])
  })

  test('of which mem= leaves a node without RAM keeps the node possible', () => {
    const l = layout([{ start: 0, end: GiB, node: 0 }, { start: 4 * GiB, end: 5 * GiB, node: 1 }], 'mem=1G')
    expect(nodes(l)).toEqual(['0:0-1024'])
    expect(l.nodes.map((n) => n.id)).toEqual([0, 1])
  })
})

describe('numa=fake=N', () => {
  test('3 of 1 GiB: steps of 32 MiB, the remainder to the first, what is too little for one more to the last', () => {
    // 262047 pages / 3 = 341.2 MiB, so 320 MiB and one node with 32 MiB more; behind 672 MiB another 320 would leave 32
    expect(nodes(layout(GIB, 'numa=fake=3'))).toEqual(['0:0-352', '1:352-672', '2:672-1024'])
  })

  test('1 is what there was', () => {
    expect(nodes(layout(GIB, 'numa=fake=1'))).toEqual(['0:0-1024'])
  })

  test('2 over two nodes takes from them in turn, and the second round starts again with fake node 0', () => {
    // 1 GiB - 97 pages and 3 GiB: 524239 pages each = 2047.8 MiB: 2016 MiB, and one node with 32 MiB more (31.8 * 2 = 63.6 MiB).
    // fake 0 would be 2048 MiB of node 0, which has 1 GiB; fake 1 is 2016 MiB of node 1; the 1056 MiB behind are less than 2016, so they go with it
    const l = layout([{ start: 0, end: GiB, node: 0 }, { start: 4 * GiB, end: 7 * GiB, node: 1 }], 'numa=fake=2')
    expect(nodes(l)).toEqual(['0:0-1024', '1:4096-7168'])
  })

  test('4 over two nodes of 2 GiB: each is halved', () => {
    // 1048479 pages / 4 = 262119 = 1023.9 MiB: 992 MiB, and three nodes with 32 MiB more (31.9 * 4 = 127.6)
    const l = layout([{ start: 0, end: 2 * GiB, node: 0 }, { start: 4 * GiB, end: 6 * GiB, node: 1 }], 'numa=fake=4')
    expect(nodes(l)).toEqual(['0:0-1024', '2:1024-2048', '1:4096-5120', '3:5120-6144'])
    expect(l.nodes.map((n) => n.id)).toEqual([0, 1, 2, 3])
  })

  test('64 of 1 GiB would be less than 32 MiB each: not done', () => {
    const l = layout(GIB, 'numa=fake=64')
    expect(nodes(l)).toEqual(['0:0-1024'])
    expect(l.warnings).toEqual(['numa=fake=64 cannot be done: ignored'])
  })
})

describe('numa=fake=<size>', () => {
  test('256M of 1 GiB: each node has that much RAM at least, so the first is longer and the last takes the rest', () => {
    // [0, 256M) lacks 97 pages: 288M. The node from 544M would end at 800M and leave 224M: it takes them
    expect(nodes(layout(GIB, 'numa=fake=256M'))).toEqual(['0:0-288', '1:288-544', '2:544-1024'])
  })

  test('smaller than 32 MiB is 32 MiB', () => {
    expect(nodes(layout([{ start: MiB, end: 161 * MiB }], 'numa=fake=8M', { arch: 'other' }))).toEqual(['0:1-33', '1:33-65', '2:65-97', '3:97-129', '4:129-161'])
  })

  test('is rounded down to 32 MiB', () => {
    expect(nodes(layout([{ start: MiB, end: 257 * MiB }], 'numa=fake=100M', { arch: 'other' }))).toEqual(['0:1-97', '1:97-257'])
  })

  test('1G walks over the hole below 4 GiB', () => {
    // fake 0: 1 GiB and 32 MiB for the BIOS area; fake 1 begins at 1056M and has 992 MiB below 2 GiB: it goes on in steps of 32 MiB until 4 GiB + 32 MiB
    expect(nodes(layout([{ start: 0, end: 2 * GiB }, { start: 4 * GiB, end: 6 * GiB }], 'numa=fake=1G'))).toEqual(['0:0-1056', '1:1056-2048', '1:4096-4128', '2:4128-6144'])
  })
})

describe('numa=fake=NU', () => {
  test('2U halves each physical node by addresses, holes not counted', () => {
    const l = layout([{ start: 0, end: GiB, node: 0 }, { start: 4 * GiB, end: 6 * GiB, node: 1 }], 'numa=fake=2U')
    expect(nodes(l)).toEqual(['0:0-512', '1:512-1024', '2:4096-5120', '3:5120-6144'])
  })

  test('3U of 1 GiB: 320 MiB each, and what is left over is one more', () => {
    // 341.3 MiB down to 320; behind 960 MiB there are 64 left
    expect(nodes(layout(GIB, 'numa=fake=3U'))).toEqual(['0:0-320', '1:320-640', '2:640-960', '3:960-1024'])
  })

  test('40U of 1 GiB cannot be: 32 MiB each make 32 only', () => {
    expect(layout(GIB, 'numa=fake=40U').warnings).toEqual(['numa=fake=40U cannot be done: ignored'])
  })
})

test('a fake node has the CPUs of the physical node that it was cut from', () => {
  const l = layout([{ start: 0, end: GiB, node: 0 }, { start: 4 * GiB, end: 5 * GiB, node: 1 }], 'numa=fake=2U', { nodes: [{ id: 0, cpus: 4 }, { id: 1, cpus: 0 }] })
  expect(l.nodes).toEqual([{ id: 0, cpus: 4 }, { id: 1, cpus: 4 }, { id: 2, cpus: 0 }, { id: 3, cpus: 0 }])
})
