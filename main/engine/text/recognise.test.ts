import { describe, expect, it } from 'vitest'
import { fixture, recorded } from '../../../test/fixtures/text/read.ts'
import { recognise, splitForms } from './recognise.ts'

describe('the form of a text', () => {
  it.each([
    ['zoneinfo', recorded('boot-1n-1g', 'zoneinfo.txt')],
    ['zoneinfo', fixture('zoneinfo-3.10.txt')],
    ['iomem', recorded('boot-1n-1g', 'iomem.txt')],
    ['iomem', '00000000-00000000 : System RAM\r\n'],
    ['lsmem', fixture('lsmem-s390x.txt')],
    ['lsmem', fixture('lsmem-arm64-16k.json')],
    ['lsmem', 'RANGE="0x0-0x7ffffff" SIZE="128M"\n'],
    ['lsmem', 'BLOCK NODE\n 0 0\n'],
    ['lsmem', '0x0000000000000000-0x000000003fffffff   1G online       yes   0-7\n'],
    ['lsmem', 'Memory block size:       128M\nTotal online memory:      24G\nTotal offline memory:      0B\n'],
    ['lsmem', '[{"range":"0x0-0x7ffffff"}]'],
    ['blocks', 'memory0/state:online\n'],
    ['blocks', recorded('boot-1n-1g', 'memory_blocks.json')],
    ['bootlog', recorded('boot-1n-1g', 'dmesg.txt')],
    ['bootlog', fixture('s390x-journal.txt')],
    ['bootlog', fixture('x86-2.6.32-dmesg.txt')],
    ['bootlog', '  node   0: [mem 0x0000000000001000-0x000000000009efff]\n'],
    ['bootlog', 'Kernel command line: ro quiet\n'],
    ['scenario', '# a story\nzonelab: 1\ntitle: x\n'],
    ['scenario', '{ "zonelab": 1 }'],
    [undefined, ''],
    [undefined, '   \n'],
    [undefined, 'MemTotal: 16384 kB\nMemFree: 12 kB\n'],
    [undefined, 'Node 0, zone      DMA      1      1      1      0\n'],
    [undefined, '{ "a": 1 }'],
  ])('%s', (form, text) => expect(recognise(text)).toBe(form))
})

describe('a text of several captures', () => {
  const paste = '# cat /proc/iomem\n00001000-0009fbff : System RAM\n# lsmem\nRANGE BLOCK\n0x0-0x7ffffff 0\n\nMemory block size: 128M\n$ grep . /proc/zoneinfo\nNode 0, zone DMA\n  pages free 1\n'

  it('is taken apart, each part with its lines where they were', () => {
    expect(splitForms(paste).map((p) => [p.form, p.text.split('\n').flatMap((line, i) => (line === '' ? [] : [i + 1]))])).toEqual([
      ['iomem', [1, 2, 3]], ['lsmem', [4, 5, 7, 8]], ['zoneinfo', [9, 10]],
    ])
  })

  it('is one part when it has one form', () => {
    for (const text of [recorded('boot-4n-6g', 'dmesg.txt'), fixture('ppc64le-dmesg.txt'), fixture('x86-2.6.32-dmesg.txt'), fixture('s390x-journal.txt'), recorded('boot-4n-6g', 'zoneinfo.txt'), fixture('lsmem-s390x.txt'), fixture('lsmem-arm64-16k.json')]) {
      expect(splitForms(text)).toEqual([{ form: recognise(text), text }])
    }
  })
})
