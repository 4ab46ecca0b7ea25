import { describe as story, expect, it } from 'vitest'
import { fixture, recorded, value } from '../../../test/fixtures/text/read.ts'
import { bootEngine } from '../engine.ts'
import { describe } from './describe.ts'
import { importTexts } from './import-texts.ts'
import { importReport } from './report.ts'
import type { ImportReport } from './report.ts'

const report = (...texts: (readonly [string, string])[]): ImportReport => {
  const facts = value(importTexts(texts.map(([name, text]) => ({ name, text }))))
  // as it is printed: absent members are really absent
  return JSON.parse(JSON.stringify(importReport(facts, bootEngine(value(describe(facts)).description).snapshot()))) as ImportReport
}
const empty = (name: string): object => ({ name, startPfn: 0, spanned: 0, present: 0, managed: 0 })

story('the import report', () => {
  it('of a boot log has ranges, spans and pages; managed pages stay unknown, and so do resources', () => {
    const got = report(['dmesg', recorded('kernelcore-2g', 'dmesg.txt')])
    expect(Object.keys(got)).toEqual(['nodes', 'blocks', 'warnings'])
    expect(got.warnings).toEqual([])
    expect(got.nodes).toEqual([{
      id: 0, ranges: [{ start: '0x1000', end: '0x9f000' }, { start: '0x100000', end: '0x7ffe0000' }], spanned: 524255, present: 524158,
      zones: [
        { name: 'DMA', startPfn: 1, spanned: 4095, present: 3998 }, { name: 'DMA32', startPfn: 4096, spanned: 128000, present: 128000 }, empty('Normal'),
        { name: 'Movable', startPfn: 0x20400, spanned: 392160, present: 392160 }, empty('Device'),
      ],
    }])
    expect(got.blocks?.[0]).toEqual({ block: 0, start: '0x0', size: 134217728, state: 'online', node: 0, zones: [] })
    expect(got.blocks?.[15]).toEqual({ block: 15, start: '0x78000000', size: 134217728, state: 'online', node: 0, zones: ['Movable'] })
  })

  it('of a boot log names memoryless nodes', () => {
    const got = report(['dmesg', recorded('dimm-memoryless-node', 'dmesg.txt')])
    expect(got.nodes?.[1]).toEqual({ id: 1, ranges: [], spanned: 0, present: 0, zones: ['DMA', 'DMA32', 'Normal', 'Movable', 'Device'].map(empty) })
  })

  it('of a boot log whose zone lines are lost takes them from the memory map', () => {
    const lost = recorded('boot-2n-2g', 'dmesg.txt').replace(/^.*(Zone ranges|(DMA|DMA32|Normal|Device) +(\[mem|empty)|Early memory|node +\d: \[mem|Initmem).*\n/gm, '')
    const got = report(['dmesg', lost])
    expect(got.nodes?.map((n) => [n.id, n.ranges, n.spanned, n.present])).toEqual([[0, undefined, 262143, 262046], [1, undefined, 262112, 262112]])
    expect(got.nodes?.[0]?.zones?.[1]).toEqual({ name: 'DMA32', startPfn: 4096, spanned: 258048, present: 258048 })
  })

  it('warns where the log\'s own zones are not what its memory map gives', () => {
    const got = report(['dmesg', recorded('boot-1n-1g', 'dmesg.txt').replace('BIOS-e820: [mem 0x0000000000100000-0x000000003ffdffff] usable', 'BIOS-e820: [mem 0x0000000000100000-0x000000003ff9ffff] usable')])
    expect(got.warnings).toEqual([{ file: 'dmesg', line: expect.any(Number), text: 'node 0, zone DMA32: the log printed spanned 258016, present 258016, the memory map gives spanned 257952, present 257952' }])
    expect(got.nodes?.[0]?.zones?.[1]).toMatchObject({ spanned: 258016 })
  })

  it('of other architectures holds what their logs print; blocks only where their size is known', () => {
    const arm = report(['dmesg', fixture('arm64-64k-dmesg.txt')])
    expect(arm.nodes?.map((n) => [n.id, n.spanned, n.present])).toEqual([[0, 3145728, 1032129], [1, 0, 0], [2, 1048576, 1048576]])
    expect(arm.nodes?.[0]?.ranges).toHaveLength(4)
    expect(arm.blocks?.map((b) => b.block).slice(0, 3)).toEqual([0, 1, 260])
    const power = report(['dmesg', fixture('ppc64le-dmesg.txt')])
    expect(power.nodes?.map((n) => [n.id, n.present, n.zones?.map((z) => z.name)])).toEqual([[0, 2097152, ['Normal', 'Movable', 'Device']], [8, 2097152, ['Normal', 'Movable', 'Device']], [252, 0, ['Normal', 'Movable', 'Device']]])
    expect(power.blocks).toBeUndefined()
  })

  it('of /proc/zoneinfo has spans and pages, no ranges, blocks or resources; the start of an empty zone is not told', () => {
    const got = report(['zoneinfo', recorded('boot-2n-2g', 'zoneinfo.txt')])
    expect(Object.keys(got)).toEqual(['nodes', 'warnings'])
    expect(got.nodes?.[1]).toEqual({
      id: 1, spanned: 262112, present: 262112,
      zones: [
        { name: 'DMA', spanned: 0, present: 0, managed: 0 }, { name: 'DMA32', startPfn: 262144, spanned: 262112, present: 262112, managed: expect.any(Number) },
        ...['Normal', 'Movable', 'Device'].map((name) => ({ name, spanned: 0, present: 0, managed: 0 })),
      ],
    })
  })

  it('leaves the span of a node unknown when the start of one of its zones is', () => {
    const got = importReport(value(importTexts([{ name: 'z', text: fixture('zoneinfo-arm64-64k.txt') }])))
    expect(got.nodes?.map((n) => [n.id, n.spanned, n.present])).toEqual([[0, 3145728, 1032129], [2, undefined, 1048576]])
  })

  it('of /proc/iomem is the tree, addresses as hex and ends exclusive', () => {
    const got = report(['iomem', '00001000-0009fbff : System RAM\n  00001000-00001fff : Kernel code\n100000000-13fffffff : System RAM\n'])
    expect(got).toEqual({
      resources: [
        { start: '0x1000', end: '0x9fc00', name: 'System RAM', children: [{ start: '0x1000', end: '0x2000', name: 'Kernel code', children: [] }] },
        { start: '0x100000000', end: '0x140000000', name: 'System RAM', children: [] },
      ],
      warnings: [],
    })
  })

  it('of lsmem lists each block; nodes where NODE was printed, with the ranges of their blocks', () => {
    const got = importReport(value(importTexts([{ name: 'lsmem', text: 'RANGE SIZE STATE REMOVABLE BLOCK NODE ZONES\n0x0-0xfffffff 256M online yes 0-1 0 None\n0x10000000-0x17ffffff 128M online yes 2 0 Normal\n0x40000000-0x47ffffff 128M offline  8 3 Normal/Movable\n' }])))
    expect(got.nodes).toEqual([{ id: 0, ranges: [{ start: '0x0', end: '0x18000000' }] }, { id: 3, ranges: [{ start: '0x40000000', end: '0x48000000' }] }])
    expect(got.blocks).toEqual([
      { block: 0, start: '0x0', size: 134217728, state: 'online', node: 0, zones: [] },
      { block: 1, start: '0x8000000', size: 134217728, state: 'online', node: 0, zones: [] },
      { block: 2, start: '0x10000000', size: 134217728, state: 'online', node: 0, zones: ['Normal'] },
      { block: 8, start: '0x40000000', size: 134217728, state: 'offline', node: 3, zones: ['Normal', 'Movable'] },
    ])
    const bare = importReport(value(importTexts([{ name: 'lsmem', text: 'RANGE SIZE\n0x0-0xfffffff 256M\n\nMemory block size: 128M\nTotal online memory: 128M\nTotal offline memory: 128M\n' }])))
    expect(bare).toEqual({ blocks: [{ block: 0, start: '0x0', size: 134217728 }, { block: 1, start: '0x8000000', size: 134217728 }], warnings: [] })
  })

  it('of all texts together takes the running state, and puts what was added since boot to the ranges', () => {
    const texts = ['zoneinfo.txt', 'iomem.txt', 'memory_blocks.json'].map((f) => [f, recorded('dimm-memoryless-node', f, '02-online-32')] as const)
    const got = report(...texts, ['dmesg', recorded('dimm-memoryless-node', 'dmesg.txt')])
    expect(got.nodes?.[1]).toMatchObject({ id: 1, ranges: [{ start: '0x100000000', end: '0x110000000' }], spanned: 32768, present: 32768 })
    expect(got.nodes?.[0]?.ranges).toEqual([{ start: '0x1000', end: '0x9f000' }, { start: '0x100000', end: '0x3ffe0000' }])
    expect(got.blocks?.find((b) => b.block === 32)).toMatchObject({ state: 'online', node: 1, zones: ['Normal'] })
    expect(got.resources?.length).toBeGreaterThan(5)
    expect(got.warnings.every((w) => w.file === 'zoneinfo.txt' && w.line !== undefined)).toBe(true)
  })
})
