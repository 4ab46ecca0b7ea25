import { describe, expect, it } from 'vitest'
import { fixture, problems, recorded, value } from '../../../test/fixtures/text/read.ts'
import type { InputText, MachineFacts } from './facts.ts'
import { importTexts } from './import-texts.ts'

const M = 2 ** 20
const of = (...texts: (readonly [string, string])[]): ReturnType<typeof importTexts> => importTexts(texts.map(([name, text]): InputText => ({ name, text })))
const told = (...texts: (readonly [string, string])[]): MachineFacts => value(of(...texts))
const warnings = (facts: MachineFacts): string[] => facts.warnings.map((w) => `${w.file}${w.line === undefined ? '' : `:${w.line}`}: ${w.text}`)
const step = (recording: string, name?: string): (readonly [string, string])[] =>
  ['zoneinfo.txt', 'iomem.txt', 'memory_blocks.json'].map((f) => [f, recorded(recording, f, name)] as const)

describe('texts of one machine', () => {
  it('combine without a word when they agree', () => {
    const facts = told(...step('boot-4n-6g'), ['dmesg', recorded('boot-4n-6g', 'dmesg.txt')])
    expect(facts.warnings).toEqual([])
    expect([facts.arch, facts.kernel, facts.kernelVersion, facts.constants, facts.blockSize, facts.hypervisor, facts.maxPfn]).toEqual([
      'x86_64', '6.1.0-56-amd64', { major: 6, minor: 1 }, { pageShift: 12 }, 128 * M, true, 0x200000,
    ])
    expect(facts.blocks).toHaveLength(48)
    expect(facts.nodes?.map((n) => [n.id, n.startPfn, n.spanned, n.present])).toEqual([[0, 1, 262143, 262046], [1, 0x40000, 1048576, 524256], [2, 0x140000, 262144, 262144], [3, 0x180000, 524288, 524288]])
  })

  it('leave unknown what none of them tells', () => {
    const facts = told(['iomem', '00000000-3fffffff : System RAM\n'])
    expect(facts).toEqual({ constants: {}, resources: [{ start: 0, end: 2 ** 30, name: 'System RAM' }], warnings: [] })
  })

  it('tell of memory that came and went since boot, with both places', () => {
    const facts = told(...step('dimm-512m-movable', '02-online-all'), ['dmesg', recorded('dimm-512m-movable', 'dmesg.txt')])
    expect(warnings(facts)).toEqual([
      expect.stringMatching(/^zoneinfo\.txt:\d+: Node 0, zone Movable: startPfn 1048576, spanned 131072, present 131072 here, startPfn 0, spanned 0, present 0 by the boot log \(dmesg:\d+\); memory changed since boot/),
    ])
  })

  it('may be one paste of several commands', () => {
    const paste = ['zoneinfo.txt', 'iomem.txt', 'dmesg.txt'].map((f) => `$ cat ${f}\n${recorded('boot-2n-2g', f)}`).join('')
    const apart = told(['p', recorded('boot-2n-2g', 'zoneinfo.txt')], ['p', recorded('boot-2n-2g', 'iomem.txt')], ['p', recorded('boot-2n-2g', 'dmesg.txt')])
    expect(told(['p', paste])).toEqual({ ...apart, zonesPrintedAt: { file: 'p', line: 353 } })
    expect(problems(of(['p', paste.replace('00100000-7ffdffff : System RAM', '00100000-7ffdfff : System RAM').replace('00100000-7ffdfff :', '00100000-000fffff :')]))[0]).toMatch(/^p:\d{3}: resource: end 0xfffff below its start 0x100000/)
  })

  it('tell the page size together: one counts pages, the other bytes', () => {
    const lsmem = 'RANGE STATE BLOCK NODE\n0x0-0x3fffffff online 0-1 0\n0x2080000000-0x2fffffffff online 260-383 0\n0x202000000000-0x202fffffffff online 65792-65919 2\n\nMemory block size: 512M\n'
    const facts = told(['zoneinfo', fixture('zoneinfo-arm64-64k.txt')], ['lsmem', lsmem])
    expect([facts.constants, warnings(facts)]).toEqual([{ pageShift: 16 }, []])
  })

  it('that contradict each other are reported with both places, and one of them is used', () => {
    const lsmem = 'RANGE STATE BLOCK NODE ZONES\n0x0-0xfffffff offline 0-1 1 DMA\n0x10000000-0x17ffffff online 2 0 Normal\n\nMemory block size: 128M\n'
    const sysfs = 'block_size_bytes:8000000\nmemory0/state:online\nmemory0/node1\nmemory1/state:online\nmemory1/node1\nmemory2/state:online\nmemory2/node0\nmemory2/valid_zones:Movable\nmemory3/state:online\n'
    const facts = told(['lsmem', lsmem], ['sysfs', sysfs])
    expect(warnings(facts)).toEqual([
      'lsmem:2: memory blocks 0-1: state offline here, online at sysfs:2; the latter is used',
      'lsmem:3: memory block 2: zones Normal here, Movable at sysfs:6; the latter is used',
      'sysfs:9: memory block 3 is not listed in lsmem',
    ])
    expect(facts.blocks?.map((b) => [b.block, b.state, b.node, b.zones])).toEqual([[0, 'online', 1, ['DMA']], [1, 'online', 1, ['DMA']], [2, 'online', 0, ['Movable']], [3, 'online', undefined, undefined]])
  })

  it('of different block sizes are not mixed', () => {
    const facts = told(['sysfs', 'block_size_bytes:10000000\nmemory0/state:online\n'], ['lsmem', 'RANGE STATE BLOCK\n0x0-0x7ffffff online 0\n'], ['dmesg', 'BIOS-e820: [mem 0x0-0xfffffff] usable\nx86/mm: Memory block size: 2048MB\n'])
    expect(warnings(facts)).toEqual([
      'lsmem:2: memory block size 128 MiB here, 256 MiB at sysfs:1; the latter is used',
      'dmesg:2: memory block size 2 GiB here, 256 MiB at sysfs:1; the latter is used',
      'lsmem:2: the rows are left out: their blocks have another size than 256 MiB',
    ])
    expect(facts.blocks).toEqual([{ block: 0, start: 0, size: 256 * M, state: 'online' }])
  })

  it('twice the same form: the first is used, each difference is said', () => {
    const zone = (present: number): string => `Node 0, zone Normal\n spanned 100\n present ${present}\n managed 1\n start_pfn: 0\n`
    const facts = told(['a', zone(100)], ['b', `${zone(90)}Node 1, zone Normal\n spanned 1\n present 1\n`])
    expect(facts.nodes?.map((n) => n.present)).toEqual([100])
    expect(warnings(facts)).toEqual(['b:1: Node 0, zone Normal: present 90 here, 100 at a:1; the latter is used', 'b:6: Node 1, zone Normal is not in a'])
    expect(warnings(told(['a', '1000-1fff : x\n'], ['b', '1000-2fff : x\n']))).toEqual(['b:1: the resources differ from those of a:1; the latter are used'])
    expect(warnings(told(['a', 'Linux version 6.1.0 (x)\nKernel command line: a=1\n'], ['b', 'Linux version 6.2.0 (x)\nKernel command line: a=2\n']))).toEqual([
      'b:1: another kernel than at a:1; the latter is used where both logs tell a thing', 'b:2: another command line than at a:2; the latter is used',
    ])
  })

  it('cannot have more pages present than blocks online', () => {
    const facts = told(['zoneinfo', 'Node 0, zone Normal\n spanned 65537\n present 65537\n managed 1\n start_pfn: 0\n'], ['lsmem', 'RANGE STATE BLOCK NODE\n0x0-0x7ffffff online 0 0\n0x8000000-0xfffffff online 1 0\n'], ['dmesg', 'BIOS-e820: [mem 0x0-0xfffffff] usable\n'])
    expect(warnings(facts)).toEqual(['zoneinfo:1: 65537 pages are present, but the online memory blocks at lsmem:2 hold 65536'])
  })

  it('from different machines show by blocks without RAM', () => {
    const facts = told(['iomem', '00000000-07ffffff : System RAM\n40000000-47ffffff : System RAM\n'], ['lsmem', 'RANGE STATE BLOCK\n0x0-0xfffffff online 0-1\n'])
    expect(warnings(facts)).toEqual(['lsmem:2: memory block 1 (0x8000000) has no System RAM in iomem:1', 'iomem:2: System RAM at 0x40000000 lies in no memory block of lsmem:2'])
  })

  it('say which block belongs to two nodes', () => {
    expect(warnings(told(['blocks', recorded('boot-numa-fake-3', 'memory_blocks.json')]))).toEqual(['blocks:1: memory block 2 belongs to nodes 0 and 1', 'blocks:1: memory block 5 belongs to nodes 1 and 2'])
  })

  it('keep lsmem ranges that nothing splits into blocks out of the blocks, and say why', () => {
    const facts = told(['lsmem', 'RANGE NODE\n0x0-0x7ffffff 0\n'])
    expect([facts.blocks, warnings(facts)]).toEqual([undefined, ['lsmem:2: the size of a memory block is not told (no summary, no BLOCK column); the ranges cannot be split into blocks']])
  })

  it('are refused together when one of them is broken', () => {
    expect(problems(of(['a', 'Node 0, zone Normal\n spanned x\n'], ['b', '2000-1fff : x\n1000-1fff : y\n']))).toEqual([
      'a:2: spanned: "x", expected a number of pages [ZL-IMPORT-NUMBER]',
      'b:1: resource: end 0x1fff below its start 0x2000, expected an end at or above the start [ZL-IMPORT-RANGE]',
    ])
  })

  it('leave page counts unknown when nothing tells the page size', () => {
    const facts = told(['log', 'Linux version 6.1.0 (x) (aarch64-linux-gnu-gcc 12)\nZone ranges:\n  DMA      [mem 0x40000000-0xffffffff]\nEarly memory node ranges\n  node   0: [mem 0x40000000-0x7fffffff]\n'])
    expect([facts.constants, warnings(facts)]).toEqual([{}, ['log:5: the page size is not told: how many pages nodes and zones have stays unknown']])
    expect(told(['log', 'Linux version 6.1.0+64k (x) (aarch64-linux-gnu-gcc 12)\n  node   0: [mem 0x40000000-0x7fffffff]\n']).constants).toEqual({ pageShift: 16 })
    expect(told(['log', 'Linux version 6.1.0 (x) (aarch64-linux-gnu-gcc 12)\n  node   0: [mem 0x40000000-0x7fff0fff]\n']).constants).toEqual({ pageShift: 12 })
  })

  it('of no known form are named, with the forms that are', () => {
    const forms = 'a boot log (dmesg), /proc/zoneinfo, /proc/iomem, lsmem output, a listing of /sys/devices/system/memory, or a scenario'
    expect(problems(of(['a.txt', '\n\nMemTotal: 5 kB\n'], ['b.txt', ' \n'], ['c.yaml', 'zonelab: 1\n']))).toEqual([
      `a.txt:3: "MemTotal: 5 kB", expected ${forms} [ZL-IMPORT-UNKNOWN]`,
      `b.txt: no text, expected ${forms} [ZL-IMPORT-EMPTY]`,
      'c.yaml: a scenario, expected captured text of a machine; a scenario is run or opened, not imported [ZL-IMPORT-SCENARIO]',
    ])
    expect(problems(of())).toEqual([`import: no text, expected ${forms} [ZL-IMPORT-EMPTY]`])
  })
})
