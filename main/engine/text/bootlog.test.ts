import { describe, expect, it } from 'vitest'
import { fixture, problems, recorded, value } from '../../../test/fixtures/text/read.ts'
import type { BootLog } from './bootlog.ts'
import { parseBootLog } from './bootlog.ts'

const G = 2 ** 30
const T = 2 ** 40
const M = 2 ** 20
const parse = (text: string): ReturnType<typeof parseBootLog> => parseBootLog(text, 'log')
const spans = (list: readonly { start: number; end: number; node?: number; zone?: string }[] | undefined): unknown => list?.map((r) => [r.node ?? r.zone, r.start, r.end])
const map = (log: BootLog): unknown => log.firmware?.ranges.map((r) => [r.start, r.end, r.type])

describe('a boot log', () => {
  it('of a 6.1 guest with four nodes tells its memory', () => {
    const log = value(parse(recorded('boot-4n-6g', 'dmesg.txt')))
    expect(log.warnings).toEqual([])
    expect([log.arch, log.version, log.pageShift, log.blockSize?.bytes, log.hypervisor, log.maxPfn, log.product]).toEqual([
      'x86_64', { major: 6, minor: 1 }, 12, 128 * M, true, 0x200000, 'QEMU Standard PC (Q35 + ICH9, 2009)',
    ])
    expect(log.cmdline).toEqual({ text: 'console=ttyS0 nokaslr mitigations=off panic=-1 rdinit=/init', line: 2 })
    expect(map(log)).toEqual([
      [0, 0x9fc00, 'usable'], [0x9fc00, 0x100000, 'reserved'], [0x100000, 0x7ffe0000, 'usable'], [0x7ffe0000, 2 * G, 'reserved'],
      [0xb0000000, 0xc0000000, 'reserved'], [0xfed1c000, 0xfed20000, 'reserved'], [0xfffc0000, 4 * G, 'reserved'], [4 * G, 8 * G, 'usable'],
      [0xfd00000000, T, 'reserved'],
    ])
    expect(log.affinity.map((a) => [a.node, a.start, a.end, a.hotplug])).toEqual([
      [0, 0, 0xa0000, false], [0, 0x100000, G, false], [1, G, 2 * G, false], [1, 4 * G, 5 * G, false], [2, 5 * G, 6 * G, false], [3, 6 * G, 8 * G, false], [3, 8 * G, 22 * G, true],
    ])
    expect([...log.cpus]).toEqual([[0, 1]])
    expect(spans(log.zoneRanges)).toEqual([['DMA', 0x1000, 16 * M], ['DMA32', 16 * M, 4 * G], ['Normal', 4 * G, 8 * G], ['Device', 8 * G, 8 * G]])
    expect(log.movableStarts).toEqual([])
    expect(spans(log.earlyRanges)).toEqual([[0, 0x1000, 0x9f000], [0, 0x100000, G], [1, G, 0x7ffe0000], [1, 4 * G, 5 * G], [2, 5 * G, 6 * G], [3, 6 * G, 8 * G]])
    expect(spans(log.initmem)).toEqual([[0, 0x1000, G], [1, G, 5 * G], [2, 5 * G, 6 * G], [3, 6 * G, 8 * G]])
  })

  it.each(['5.10', '6.12', '7.2'])('of %s tells the same memory, in its own words', (kernel) => {
    const log = value(parse(fixture(`kernel-${kernel}-4n-dmesg.txt`)))
    const as61 = value(parse(recorded('boot-4n-6g', 'dmesg.txt')))
    expect(log.warnings).toEqual([])
    expect(map(log)).toEqual(map(as61))
    expect(spans(log.affinity)).toEqual(spans(as61.affinity))
    expect(spans(log.zoneRanges)).toEqual(spans(as61.zoneRanges))
    expect(spans(log.earlyRanges)).toEqual(spans(as61.earlyRanges))
    expect([log.arch, log.pageShift, log.blockSize?.bytes, log.maxPfn]).toEqual(['x86_64', 12, 128 * M, 0x200000])
  })

  it('tells where Movable starts, and which nodes have no memory', () => {
    expect(value(parse(recorded('kernelcore-2g', 'dmesg.txt'))).movableStarts).toEqual([{ node: 0, start: 0x20400000, line: expect.any(Number) }])
    expect(spans(value(parse(recorded('dimm-memoryless-node', 'dmesg.txt'))).initmem)).toEqual([[0, 0x1000, 0x3ffe0000], [1, 0, 0]])
  })

  it('of an arm64 server with 64K pages: its page size from sizes printed both ways, a hole of 32 TiB, a memoryless node', () => {
    const log = value(parse(fixture('arm64-64k-dmesg.txt')))
    expect([log.arch, log.pageShift, log.firmware, log.hypervisor, log.warnings]).toEqual(['arm64', 16, undefined, undefined, []])
    expect(spans(log.zoneRanges)).toEqual([['DMA', 0, 4 * G], ['DMA32', 4 * G, 4 * G], ['Normal', 4 * G, 0x203000000000], ['Device', 0x203000000000, 0x203000000000]])
    expect(spans(log.earlyRanges)).toEqual([
      [0, 0, 0x2f130000], [0, 0x2f130000, 0x31810000], [0, 0x31810000, 0x3fc10000], [0, 0x2080000000, 0x3000000000], [2, 0x202000000000, 0x203000000000],
    ])
    expect(spans(log.initmem)).toContainEqual([1, 0, 0])
    expect([...log.cpus]).toEqual([[0, 2], [1, 1], [2, 1]])
  })

  it('of a POWER server: sparse node ids, 64K pages, memoryless nodes in the older wording', () => {
    const log = value(parse(fixture('ppc64le-dmesg.txt')))
    expect([log.arch, log.pageShift, log.warnings]).toEqual(['ppc64', 16, []])
    expect(spans(log.earlyRanges)).toEqual([[0, 0, 128 * G], [8, 32 * T, 32 * T + 128 * G]])
    expect(spans(log.initmem)).toEqual([[0, 0, 128 * G], [8, 32 * T, 32 * T + 128 * G], [252, 0, 0]])
  })

  it('of an s390 guest, out of a journal', () => {
    const log = value(parse(fixture('s390x-journal.txt')))
    expect([log.arch, log.pageShift, log.cmdline?.text]).toEqual(['s390x', 12, 'root=/dev/dasda1 quiet'])
    expect(spans(log.zoneRanges)).toEqual([['DMA', 0, 2 * G], ['Normal', 2 * G, 5 * G]])
    expect(spans(log.earlyRanges)).toEqual([[0, 0, 5 * G]])
  })

  it('of 2.6.32: pfns instead of addresses, ends that are not included, and the map that quirks made', () => {
    const log = value(parse(fixture('x86-2.6.32-dmesg.txt')))
    expect(log.warnings).toEqual([])
    expect(map(log)).toContainEqual([0x10000, 0x9fc00, 'usable'])
    expect(map(log)).toContainEqual([0xcfee0000, 0xcfee3000, 'acpi-nvs'])
    expect(spans(log.affinity)).toEqual([[0, 0, 0xa0000], [0, 0x100000, 0xd0000000], [0, 4 * G, 0x130000000], [1, 0x130000000, 0x230000000]])
    expect(spans(log.zoneRanges)).toEqual([['DMA', 0x10000, 16 * M], ['DMA32', 16 * M, 4 * G], ['Normal', 4 * G, 0x230000000]])
    expect(spans(log.earlyRanges)).toEqual([[0, 0x10000, 0x9f000], [0, 0x100000, 0xcfee0000], [0, 4 * G, 0x130000000], [1, 0x130000000, 0x230000000]])
  })

  it('reads decimal pfns, as before 2.6.30', () => {
    const log = value(parse('Zone PFN ranges:\n  DMA             0 ->     4096\n  Normal       4096 ->   131056\n  HighMem    131056 ->   131056\nMovable zone start PFN for each node\n  Node 0: 65536\nearly_node_map[1] active PFN ranges\n    0:        0 ->   131056\n'))
    expect(spans(log.zoneRanges)).toEqual([['DMA', 0, 16 * M], ['Normal', 16 * M, 131056 * 4096], ['HighMem', 131056 * 4096, 131056 * 4096]])
    expect(log.movableStarts).toEqual([{ node: 0, start: 256 * M, line: 6 }])
    expect(spans(log.earlyRanges)).toEqual([[0, 0, 131056 * 4096]])
  })

  it('knows every type of the firmware\'s map, in each wording', () => {
    const types = (lines: string[]): unknown => value(parse(lines.map((t, i) => `BIOS-e820: [mem 0x${i}000000-0x${i}ffffff] ${t}`).join('\n'))).firmware?.ranges.map((r) => r.type)
    expect(types(['usable', 'reserved', 'ACPI data', 'ACPI NVS', 'unusable', 'persistent (type 7)', 'persistent (type 12)', 'soft reserved', 'type 20'])).toEqual([
      'usable', 'reserved', 'acpi-data', 'acpi-nvs', 'unusable', 'persistent', 'persistent-legacy', 'soft-reserved', 'reserved',
    ])
    expect(types([' System RAM', ' device reserved', ' persistent RAM (type 12)'])).toEqual(['usable', 'reserved', 'persistent-legacy'])
  })

  it('takes the firmware\'s map where mem= or memmap= made another: boot applies them again', () => {
    const log = value(parse(recorded('e820-256m', 'dmesg.txt')))
    expect(map(log)).toContainEqual([0x100000, 0x3ffe0000, 'usable'])
    const lost = value(parse(recorded('e820-256m', 'dmesg.txt').replace(/^.*ommand line.*$/gm, '')))
    expect(map(lost)).toContainEqual([0x20000000, 0x30000000, 'persistent-legacy'])
  })

  it('applies what the kernel says it changed in the map, but for what it always does', () => {
    const text = (...edits: string[]): string => ['BIOS-e820: [mem 0x0000000000000000-0x00000000ffffffff] usable', ...edits].join('\n')
    expect(map(value(parse(text('e820: update [mem 0x00000000-0x00000fff] usable ==> reserved', 'e820: remove [mem 0x000a0000-0x000fffff] usable'))))).toEqual([[0, 4 * G, 'usable']])
    expect(map(value(parse(text('e820: update [mem 0xcf000000-0xffffffff] usable ==> reserved'))))).toEqual([[0, 0xcf000000, 'usable'], [0xcf000000, 4 * G, 'reserved']])
    expect(map(value(parse(text('e820: remove [mem 0x40000000-0xfffffffffffffffe] usable'))))).toEqual([[0, G, 'usable']])
  })

  it('resolves overlapping entries as the kernel does, and says so', () => {
    const log = value(parse('BIOS-e820: [mem 0x0-0x2fffff] usable\nBIOS-e820: [mem 0x100000-0x1fffff] reserved\n'))
    expect(map(log)).toEqual([[0, 0x100000, 'usable'], [0x100000, 0x200000, 'reserved'], [0x200000, 0x300000, 'usable']])
    expect(log.warnings.map((w) => w.text)).toEqual(['memory map: 0x100000-0x1fffff reserved overlaps 0x0-0x2fffff usable; the kernel lets the higher type number win'])
  })

  it('of several boots is read to the last that tells of memory', () => {
    const boot = (version: string, end: string): string => `Linux version ${version} (x) #1\n  node   0: [mem 0x0-0x${end}]\nZone ranges:\n  Normal   [mem 0x0-0x${end}]\n`
    const log = value(parse(`${boot('6.1.0', '3fffffff')}${boot('6.1.1', '7fffffff')}Linux version 6.1.2 (x) #1\nusb 1-1: new device\n`))
    expect([log.kernel?.text, spans(log.earlyRanges)]).toEqual(['Linux version 6.1.1 (x) #1', [[0, 0, 2 * G]]])
    expect(log.warnings).toEqual([{ file: 'log', line: 5, text: 'the log holds 2 boots; this one, the last, is read (the others begin on lines 1)' }])
  })

  it('is read from Windows line ends and without the last one', () => {
    const text = recorded('boot-2n-2g', 'dmesg.txt')
    expect(value(parse(text.replace(/\n/g, '\r\n').trimEnd()))).toEqual(value(parse(text)))
  })

  it('is read with lines that a mail wrapped, and with a command line in pieces', () => {
    const log = value(parse('Early memory node ranges\n  node   0: [mem \n0x0000000080000000-0x00000020ffffffff]\nInitmem setup node 0 [mem\n0x0000000080000000-0x00000020ffffffff]\nKernel command line: a=1 b=2 \\\nKernel command line: c=3\nKernel command line: d=4\n'))
    expect([spans(log.earlyRanges), spans(log.initmem), log.cmdline]).toEqual([[[0, 2 * G, 0x2100000000]], [[0, 2 * G, 0x2100000000]], { text: 'a=1 b=2 c=3', line: 6 }])
  })

  it('warns where page counts and ranges differ', () => {
    const log = value(parse('BIOS-e820: [mem 0x0-0x3fffffff] usable\n  node   0: [mem 0x0-0x3fffffff]\nOn node 0 totalpages: 262143\n'))
    expect(log.warnings).toEqual([{ file: 'log', line: 3, text: 'node 0 has 262143 pages here, its memory ranges (line 2) hold 262144' }])
  })

  it('warns of an SRAT that the kernel would drop', () => {
    const log = value(parse('SRAT: Node 0 PXM 0 0-80000000\nSRAT: Node 1 PXM 1 [mem 0x40000000-0xbfffffff]\n'))
    expect(log.warnings.map((w) => w.text)).toEqual(['SRAT: the range of node 1 overlaps that of node 0 on line 1; the kernel drops such a table'])
  })

  it('names line and field where a known line is broken', () => {
    const of = (line: string): string[] => problems(parse(`[    0.000000] ${line}\n`))
    expect(of('BIOS-e820: [mem 0x0000000000000000-0x00000000000')).toEqual(['log:1: BIOS-e820: "[mem 0x0000000000000000-0x00000000000", expected "[mem 0xSTART-0xEND] TYPE" [ZL-BOOTLOG-E820]'])
    expect(of('BIOS-e820: [mem 0x0000-0x0fff]')).toEqual(['log:1: BIOS-e820 type: nothing, expected usable, reserved, soft reserved, ACPI data, ACPI NVS, unusable, persistent or type N [ZL-BOOTLOG-TYPE]'])
    expect(of('BIOS-e820: [mem 0x2000-0x0fff] usable')).toEqual(['log:1: BIOS-e820: end 0xfff below its start 0x2000, expected an end at or above the start [ZL-IMPORT-RANGE]'])
    expect(of('BIOS-e820: 00000000000z0000 - 000000000009fc00 (usable)')).toEqual(['log:1: BIOS-e820: "00000000000z0000 - 000000000009fc00 (usable)", expected "[mem 0xSTART-0xEND] TYPE" [ZL-BOOTLOG-E820]'])
    expect(of('ACPI: SRAT: Node 0 PXM 0 [mem 0x00000000')).toEqual(['log:1: SRAT: "Node 0 [mem 0x00000000", expected "Node N PXM P [mem 0xSTART-0xEND]" [ZL-BOOTLOG-SRAT]'])
    expect(of('  node   0: [mem 0x0000000000001000-0x00000000000zzfff]')).toEqual(['log:1: node 0 end: "0x00000000000zzfff", expected a hexadecimal address [ZL-IMPORT-HEX]'])
    expect(of('x86/mm: Memory block size: 100MB')).toEqual(['log:1: Memory block size: "100MB", expected a power of two in MB [ZL-IMPORT-SIZE]'])
    const section = (heading: string, line: string): string[] => problems(parse(`${heading}\n${line}\n`))
    expect(section('Zone ranges:', '  DMA32    [mem 0x0000000001000000-')).toEqual(['log:2: zone DMA32: "[mem 0x0000000001000000-", expected "[mem 0xSTART-0xEND]" [ZL-BOOTLOG-RANGE]'])
    expect(section('Zone ranges:', '  Normal   nothing')).toEqual(['log:2: zone Normal: "nothing", expected "[mem 0xSTART-0xEND]" [ZL-BOOTLOG-RANGE]'])
    expect(section('Movable zone start for each node', '  Node 0: 0x')).toEqual(['log:2: Movable zone start: "Node 0: 0x", expected "Node N: 0xADDRESS" [ZL-BOOTLOG-MOVABLE]'])
    expect(section('Early memory node ranges', '  node   x: [mem 0x0-0xfff]')).toEqual(['log:2: memory node range: "node   x: [mem 0x0-0xfff]", expected "node N: [mem 0xSTART-0xEND]" [ZL-BOOTLOG-NODE]'])
    expect(section('  node   0: [mem 0x0-0x1fff]', '  node   1: [mem 0x1000-0x2fff]')).toEqual(['log:2: memory node range: 0x1000-0x2fff, which overlaps line 1, expected ranges that do not overlap [ZL-BOOTLOG-OVERLAP]'])
    expect(problems(parse('usb 1-1: new device\n'))).toEqual(['log: log: no line of a boot log about memory, expected a boot log (dmesg) from its beginning [ZL-BOOTLOG-EMPTY]'])
  })

  it('of 20 MB is read', () => {
    const noise = Array.from({ length: 260_000 }, (_, i) => `[${String(i / 10).padStart(12)}00] usb ${i % 9}-1: new high-speed USB device number ${i} using xhci_hcd, node`).join('\n')
    const log = value(parse(`${recorded('boot-4n-6g', 'dmesg.txt')}\n${noise}\n`))
    expect(noise.length).toBeGreaterThan(20_000_000)
    expect(spans(log.earlyRanges)).toHaveLength(6)
  })
})
