import { describe as story, expect, it } from 'vitest'
import { fixture, problems, recorded, value } from '../../../test/fixtures/text/read.ts'
import { bootEngine } from '../engine.ts'
import type { Snapshot } from '../snapshot-types.ts'
import { printIomem } from '../text/iomem.ts'
import { describe } from './describe.ts'
import type { Described } from './describe.ts'
import { importTexts } from './import-texts.ts'

const G = 2 ** 30
const M = 2 ** 20
const of = (...texts: (readonly [string, string])[]): Described => value(describe(value(importTexts(texts.map(([name, text]) => ({ name, text }))))))
const booted = (d: Described): Snapshot => bootEngine(d.description).snapshot()
/** [start, spanned, present] of each zone that spans anything. */
const zones = (s: Snapshot): unknown => Object.fromEntries(s.nodes.flatMap((n) => n.zones.filter((z) => z.spanned > 0).map((z) => [`${n.id}/${z.name}`, [z.startPfn, z.spanned, z.present]])))
const blocks = (s: Snapshot): unknown => s.blocks.flatMap((b) => Array.from({ length: b.last - b.first + 1 }, (_, i) => [b.first + i, b.state, b.validZones, b.nodes]))
const recordedBlocks = (recording: string, step?: string): unknown =>
  (JSON.parse(recorded(recording, 'memory_blocks.json', step)) as { blocks: { block: number; state: string; valid_zones: string; nodes: number[] }[] }).blocks.map((b) => [b.block, b.state, b.valid_zones, b.nodes])
const step = (recording: string, name?: string): (readonly [string, string])[] =>
  ['zoneinfo.txt', 'iomem.txt', 'memory_blocks.json'].map((f) => [f, recorded(recording, f, name)] as const)

story('a machine from a boot log', () => {
  it('boots to the zones and blocks that its kernel had', () => {
    const d = of(['dmesg', recorded('boot-4n-6g', 'dmesg.txt')])
    expect(d.warnings).toEqual([])
    expect([d.description.title, d.description.nodes, d.description.adopted]).toEqual(['QEMU Standard PC (Q35 + ICH9, 2009)', [{ id: 0, cpus: 1 }, { id: 1, cpus: 0 }, { id: 2, cpus: 0 }, { id: 3, cpus: 0 }], undefined])
    const s = booted(d)
    expect(zones(s)).toEqual({
      '0/DMA': [1, 4095, 3998], '0/DMA32': [4096, 258048, 258048], '1/DMA32': [0x40000, 786432, 262112], '1/Normal': [0x100000, 262144, 262144],
      '2/Normal': [0x140000, 262144, 262144], '3/Normal': [0x180000, 524288, 524288],
    })
    expect(blocks(s)).toEqual(recordedBlocks('boot-4n-6g'))
  })

  it('keeps memmap= and numa=fake= for boot to apply', () => {
    expect(zones(booted(of(['dmesg', recorded('e820-256m', 'dmesg.txt')])))).toEqual({ '0/DMA': [1, 4095, 3998], '0/DMA32': [4096, 258016, 192480] })
    expect(blocks(booted(of(['dmesg', recorded('boot-numa-fake-3', 'dmesg.txt')])))).toEqual(recordedBlocks('boot-numa-fake-3'))
  })

  it('of an arm64 server with 64K pages brings its own constants, zone limits and nodes; mem= was applied before the log', () => {
    const d = of(['dmesg', fixture('arm64-64k-dmesg.txt')])
    expect([d.warnings, d.description.arch, d.description.constants, d.description.zoneLimits, d.description.blockSize]).toEqual([
      [], 'arm64', { pageShift: 16, sectionShift: 29, subsectionShift: 21, pageblockOrder: 13, maxOrder: 14, maxPhysmemBits: 48, structPageSize: 64 },
      { dma: 4 * G, dma32: 4 * G }, 512 * M,
    ])
    expect(d.description.nodes).toEqual([{ id: 0, cpus: 2 }, { id: 1, cpus: 1 }, { id: 2, cpus: 1 }])
    expect(d.description.cmdline).not.toContain('mem=')
    const s = booted(d)
    expect(zones(s)).toEqual({ '0/DMA': [0, 65536, 16321], '0/Normal': [65536, 3080192, 1015808], '2/Normal': [0x20200000, 1048576, 1048576] })
    expect(s.nodes.find((n) => n.id === 1)).toMatchObject({ online: true, present: 0 })
  })

  it('of a POWER server has sparse nodes, 16 MiB sections and a hole of 32 TiB', () => {
    const d = of(['dmesg', fixture('ppc64le-dmesg.txt')])
    expect([d.warnings, d.description.constants.pageShift, d.description.constants.sectionShift, d.description.zoneLimits]).toEqual([[], 16, 24, {}])
    expect(d.description.nodes.map((n) => n.id)).toEqual([0, 8, 252])
    expect(zones(booted(d))).toEqual({ '0/Normal': [0, 2097152, 2097152], '8/Normal': [0x20000000, 2097152, 2097152] })
  })

  it('of an s390 guest ends ZONE_DMA at 2 GiB', () => {
    const d = of(['dmesg', fixture('s390x-journal.txt')], ['lsmem', fixture('lsmem-s390x.txt')])
    expect([d.description.arch, d.description.blockSize, d.description.zoneLimits]).toEqual(['s390x', 256 * M, { dma: 2 * G }])
    const s = booted(d)
    expect(s.blocks.map((b) => [b.first, b.last, b.state])).toContainEqual([20, 23, 'offline'])
  })

  it('of 2.6.32 boots to what that kernel printed', () => {
    expect(zones(booted(of(['dmesg', fixture('x86-2.6.32-dmesg.txt')])))).toEqual({
      '0/DMA': [16, 4080, 3983], '0/DMA32': [4096, 1044480, 847584], '0/Normal': [1048576, 196608, 196608], '1/Normal': [1245184, 1048576, 1048576],
    })
  })
})

story('a running machine', () => {
  it.each([
    ['dimm-1g-out-of-order', '10-offline-38'], ['dimm-interleaved-nodes', '00-boot'], ['dimm-6g-2n', '04-online-67'], ['dimm-memoryless-node', '03-online-movable-33'], ['boot-4n-6g', '00-boot'],
  ])('%s at %s is taken over with its zones, blocks and resources', (recording, name) => {
    const d = of(...step(recording, name))
    expect(d.warnings).toEqual([])
    const s = booted(d)
    const seen = value(importTexts(step(recording, name).map(([n, text]) => ({ name: n, text })))).nodes ?? []
    expect(zones(s)).toEqual(Object.fromEntries(seen.flatMap((n) => n.zones.filter((z) => z.spanned).map((z) => [`${n.id}/${z.name}`, [z.startPfn, z.spanned, z.present]]))))
    expect(blocks(s)).toEqual(recordedBlocks(recording, name))
    expect(printIomem(s)).toBe(recorded(recording, 'iomem.txt', name))
  })

  it('and its boot log together are the same machine', () => {
    const d = of(...step('dimm-6g-2n', '04-online-67'), ['dmesg', recorded('dimm-6g-2n', 'dmesg.txt')])
    const s = booted(d)
    expect(blocks(s)).toEqual(recordedBlocks('dimm-6g-2n', '04-online-67'))
    expect(printIomem(s)).toBe(recorded('dimm-6g-2n', 'iomem.txt', '04-online-67'))
  })

  it('from /proc/zoneinfo alone has its zones; where the holes lie is said to be unknown', () => {
    const d = of(['zoneinfo.txt', recorded('boot-4n-6g', 'zoneinfo.txt')])
    expect(d.warnings.map((w) => w.text)).toEqual(['nothing tells where the holes of node 0, zone DMA; node 1, zone DMA32 are; each is put at the beginning of its zone'])
    expect(d.description.arch).toBe('x86_64')
    expect(zones(booted(d))).toMatchObject({ '0/DMA': [1, 4095, 3998], '1/DMA32': [0x40000, 786432, 262112], '3/Normal': [0x180000, 524288, 524288] })
  })

  it('from memory blocks alone has its blocks and nodes', () => {
    const d = of(['blocks', recorded('dimm-1g-out-of-order', 'memory_blocks.json', '10-offline-38')])
    expect(blocks(booted(d))).toEqual(expect.arrayContaining([[32, 'online', 'Movable', [0]], [34, 'online', 'Normal', [0]], [38, 'offline', expect.any(String), [0]]]))
    expect(d.warnings.map((w) => w.text)).toContain('RAM is taken from the memory blocks: holes inside a block are not told')
  })

  it('of 64K pages, seen by zones and blocks: the page size follows from the two', () => {
    const lsmem = 'RANGE STATE BLOCK NODE\n0x0-0x3fffffff online 0-1 0\n0x2080000000-0x2fffffffff online 260-383 0\n0x202000000000-0x202fffffffff online 65792-65919 2\n\nMemory block size: 512M\n'
    const d = of(['zoneinfo', fixture('zoneinfo-arm64-64k.txt')], ['lsmem', lsmem], ['/proc/cmdline', 'Linux version 6.1.0 (x) (aarch64-linux-gnu-gcc 12)\nKernel command line: quiet\n'])
    expect(d.warnings.map((w) => w.text)).toEqual(['RAM is taken from the memory blocks: holes inside a block are not told', 'node 2, zone Device: spans 8192 pages from a start that is not told; it is left out'])
    expect(zones(booted(d))).toEqual({ '0/DMA': [0, 65536, 16321], '0/Normal': [65536, 3080192, 1015808], '2/Normal': [0x20200000, 1048576, 1048576] })
  })

  it('whose first block is not block 0 has none below it', () => {
    const s = booted(of(['lsmem', fixture('lsmem-arm64-16k.json')]))
    expect(s.blocks.map((b) => [b.first, b.last, b.state])).toEqual([[8192, 8316, 'online'], [8319, 8319, 'offline']])
  })

  it('without a word about its architecture is taken for x86-64, and that is said', () => {
    const d = of(['iomem', '00000000-3fffffff : System RAM\n'])
    expect(d.warnings.map((w) => w.text)).toEqual(['nothing tells the architecture: x86-64 is assumed', 'nothing tells the page size: 4 KiB, usual on x86_64, is assumed'])
    expect(d.description.title).toBe('x86_64, 1 node, 1 GiB')
  })

  it('leaves out a resource that cuts through the memory map, and says so', () => {
    const log = 'BIOS-e820: [mem 0x0000000000100000-0x000000003fffffff] usable\nKernel command line: mem=512M\n'
    const d = of(['dmesg', log], ['iomem', '00100000-1fffffff : System RAM\n20000000-2fffffff : window\n'])
    expect(d.description.resources).toEqual([{ start: 0x20000000, end: 0x30000000, name: 'window' }])
    const cut = of(['dmesg', log.replace('mem=512M', 'mem=640M')], ['iomem', '00100000-1fffffff : System RAM\n20000000-2fffffff : window\n'])
    expect(cut.warnings.map((w) => w.text)).toEqual(['resources that do not fit the memory map are left out: window 0x20000000-0x2fffffff'])
    expect(booted(cut).iomem.map((r) => r.name)).toEqual(['System RAM'])
  })
})

story('what cannot boot', () => {
  it('is refused with what is missing', () => {
    const facts = value(importTexts([{ name: 'dmesg', text: 'Kernel command line: ro quiet\n' }]))
    expect(problems(describe(facts))).toEqual([
      'imported machine: memory: no text that says where RAM is, expected a boot log, /proc/iomem read as root, lsmem, memory blocks with their size, or /proc/zoneinfo with start_pfn [ZL-IMPORT-NO-RAM]',
    ])
    const far = value(importTexts([{ name: 'dmesg', text: '  node 5000: [mem 0x0-0x3fffffff]\n' }]))
    expect(problems(describe(far))).toEqual(['imported machine: nodes: node 5000, expected node numbers up to 1023 [ZL-IMPORT-NODE]'])
  })
})
