import { describe, expect, it } from 'vitest'
import { fixture, problems, recorded, value } from '../../../test/fixtures/text/read.ts'
import { parseZoneinfo } from './zoneinfo.ts'

const parse = (text: string): ReturnType<typeof parseZoneinfo> => parseZoneinfo(text, 'zoneinfo')
const zonesOf = (text: string): Record<string, readonly (number | undefined)[]> =>
  Object.fromEntries(value(parse(text)).nodes.flatMap((n) => n.zones.map((z) => [`${n.id}/${z.name}`, [z.startPfn, z.spanned, z.present, z.managed]])))

describe('/proc/zoneinfo', () => {
  it('is read with its per-node statistics and pagesets, as 6.1 prints it', () => {
    expect(zonesOf(recorded('boot-2n-2g', 'zoneinfo.txt'))).toEqual({
      '0/DMA': [1, 4095, 3998, 3840],
      '0/DMA32': [4096, 258048, 258048, expect.any(Number)],
      '0/Normal': [undefined, 0, 0, 0], '0/Movable': [undefined, 0, 0, 0], '0/Device': [undefined, 0, 0, 0],
      '1/DMA': [undefined, 0, 0, 0],
      '1/DMA32': [262144, 262112, 262112, expect.any(Number)],
      '1/Normal': [undefined, 0, 0, 0], '1/Movable': [undefined, 0, 0, 0], '1/Device': [undefined, 0, 0, 0],
    })
  })

  it.each(['5.10', '6.12', '7.2'])('is read in the layout of %s', (kernel) => {
    const zones = zonesOf(fixture(`kernel-${kernel}-4n-zoneinfo.txt`))
    expect(Object.keys(zones)).toHaveLength(20)
    expect(zones['1/DMA32']?.slice(0, 3)).toEqual([0x40000, 786432, 262112])
    expect(zones['3/Normal']?.slice(0, 3)).toEqual([0x180000, 524288, 524288])
  })

  it('is read in the layout of 3.10, which names no empty zones', () => {
    expect(zonesOf(fixture('zoneinfo-3.10.txt'))).toEqual({
      '0/DMA': [1, 4095, 3998, 3977], '0/DMA32': [4096, 1044480, 782300, 720903], '1/Normal': [1048576, 4194304, 4194304, 4116480],
    })
  })

  it('leaves the start of a zone without pages unknown: the kernel does not print it', () => {
    expect(zonesOf(fixture('zoneinfo-arm64-64k.txt'))['2/Device']).toEqual([undefined, 8192, 0, 0])
  })

  it('is read with CRLF line ends and without the last one', () => {
    const text = fixture('zoneinfo-3.10.txt')
    expect(zonesOf(text.replace(/\n/g, '\r\n').trimEnd())).toEqual(zonesOf(text))
  })

  it('reads a zone of which only "pages free 0" was printed, and says what stays unknown', () => {
    const got = value(parse('Node 0, zone   Normal\n  pages free     0\n'))
    expect(got.nodes[0]?.zones).toEqual([{ name: 'Normal', line: 1 }])
    expect(got.warnings.map((w) => w.text)).toEqual([
      'Node 0, zone Normal: no "spanned"; its span stays unknown', 'Node 0, zone Normal: no "present"; its pages stay unknown',
    ])
  })

  it('warns when more pages are present than spanned', () => {
    const got = value(parse('Node 0, zone Normal\n spanned 10\n present 11\n'))
    expect(got.warnings).toEqual([{ file: 'zoneinfo', line: 1, text: 'Node 0, zone Normal: present 11 is more than spanned 10' }])
  })

  it('names line, field and what was expected where it is broken', () => {
    expect(problems(parse('Node 0, zone Normal\n        spanned  12x\n        present\n'))).toEqual([
      'zoneinfo:2: spanned: "12x", expected a number of pages [ZL-IMPORT-NUMBER]',
      'zoneinfo:3: present: nothing, expected a number of pages [ZL-IMPORT-NUMBER]',
    ])
    expect(problems(parse('Node 0, zone Norm\n'))).toEqual(['zoneinfo:1: zone: "Norm", expected one of DMA, DMA32, Normal, HighMem, Movable, Device [ZL-ZONEINFO-ZONE]'])
    expect(problems(parse('Node zero, zone Normal\n'))).toEqual(['zoneinfo:1: node: "zero", expected a node number [ZL-ZONEINFO-HEADER]'])
    expect(problems(parse('Node 0, zone\n'))).toEqual(['zoneinfo:1: zone header: "Node 0, zone", expected "Node N, zone NAME" [ZL-ZONEINFO-HEADER]'])
    expect(problems(parse('Node 0, zone DMA\n spanned 1\nNode 0, zone DMA\n'))).toEqual([
      'zoneinfo:3: Node 0, zone DMA: a second one (the first is on line 1), expected each zone once [ZL-ZONEINFO-TWICE]',
    ])
    expect(problems(parse('MemTotal: 1 kB\n'))).toEqual(['zoneinfo: zones: no "Node N, zone NAME" line, expected the text of /proc/zoneinfo [ZL-ZONEINFO-EMPTY]'])
  })

  it('lists at most twenty errors', () => {
    expect(problems(parse('Node 0, zone Q\n'.repeat(100)))).toHaveLength(20)
  })
})
