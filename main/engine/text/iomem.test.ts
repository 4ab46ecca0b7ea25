import { describe, expect, it } from 'vitest'
import { problems, recorded, value } from '../../../test/fixtures/text/read.ts'
import type { ResourceDescription } from '../machine/description.ts'
import { parseIomem } from './iomem.ts'

const parse = (text: string): ReturnType<typeof parseIomem> => parseIomem(text, 'iomem')
const tree = (resources: readonly ResourceDescription[] | undefined): unknown => resources?.map((r) => [r.start, r.end, r.name, ...(r.children ? [tree(r.children)] : [])])

describe('/proc/iomem', () => {
  it('nests by indentation', () => {
    const got = value(parse(recorded('boot-1n-1g', 'iomem.txt')))
    expect(got.hidden).toBe(false)
    expect(got.warnings).toEqual([])
    expect(got.resources?.map((r) => r.name)).toContain('PCI MMCONFIG 0000 [bus 00-ff]')
    expect(tree(got.resources?.filter((r) => r.start === 0xb0000000))).toEqual([
      [0xb0000000, 0xc0000000, 'PCI MMCONFIG 0000 [bus 00-ff]', [[0xb0000000, 0xc0000000, 'Reserved', [[0xb0000000, 0xc0000000, 'pnp 00:05']]]]],
    ])
    expect(got.resources?.find((r) => r.start === 0x1000)).toEqual({ start: 0x1000, end: 0x9fc00, name: 'System RAM' })
  })

  it('nests deeper than the five levels that the kernel indents by where addresses lie', () => {
    const text = ['0000-ffff : a', '  0000-ffff : b', '    0000-ffff : c', '      0000-ffff : d', '        0000-ffff : e', '          0000-ffff : f', '          1000-1fff : g', '          2000-2fff : h']
    const f = (r: ResourceDescription | undefined, depth: number): ResourceDescription | undefined => (depth === 0 ? r : f(r?.children?.[0], depth - 1))
    const deepest = f(value(parse(text.join('\n'))).resources?.[0], 5)
    expect(deepest?.name).toBe('f')
    expect(deepest?.children?.map((c) => c.name)).toEqual(['g', 'h'])
  })

  it('keeps a colon in a name, and reads 16-digit addresses', () => {
    expect(tree(value(parse('fed00000-fed003ff : HPET 0\n  fed00000-fed003ff : PNP0103:00\n380000000000-3fffffffffff : PCI Bus 0000:00\n')).resources)).toEqual([
      [0xfed00000, 0xfed00400, 'HPET 0', [[0xfed00000, 0xfed00400, 'PNP0103:00']]],
      [0x380000000000, 0x400000000000, 'PCI Bus 0000:00'],
    ])
  })

  it('recognises the zeros that an unprivileged reader gets', () => {
    const got = value(parse('00000000-00000000 : Reserved\n00000000-00000000 : System RAM\n  00000000-00000000 : Kernel code\n'))
    expect(got.hidden).toBe(true)
    expect(got.resources).toBeUndefined()
    expect(got.warnings).toEqual([{ file: 'iomem', line: 1, text: 'all addresses are 0: the kernel hides them from a reader without CAP_SYS_ADMIN; read /proc/iomem as root' }])
  })

  it('reads text whose indentation became tabs', () => {
    expect(tree(value(parse('1000-1fff : a\r\n\t1000-17ff : b\r\n\t\t1000-10ff : c\r\n')).resources)).toEqual([[0x1000, 0x2000, 'a', [[0x1000, 0x1800, 'b', [[0x1000, 0x1100, 'c']]]]]])
  })

  it('clips what reaches beyond any physical address, and says so', () => {
    const got = value(parse('100000000-ffffffffffffffff : PCI Bus 0000:00\n  fffffffffffff000-ffffffffffffffff : far\n'))
    expect(tree(got.resources)).toEqual([[0x100000000, 2 ** 52, 'PCI Bus 0000:00']])
    expect(got.warnings.map((w) => w.line)).toEqual([1, 2])
  })

  it('passes over the command that made it', () => {
    expect(value(parse('root@host:~# cat /proc/iomem\n1000-1fff : System RAM')).resources).toHaveLength(1)
  })

  it('names line and field where it is broken', () => {
    expect(problems(parse('1000-1ff : System RAM\n'))).toEqual(['iomem:1: resource: end 0x1ff below its start 0x1000, expected an end at or above the start [ZL-IMPORT-RANGE]'])
    expect(problems(parse('0000zzzz-1fff : System RAM\n'))).toEqual(['iomem:1: resource start: "0000zzzz", expected a hexadecimal address [ZL-IMPORT-HEX]'])
    expect(problems(parse('1000-1fff : a\n00002000-0000\n'))).toEqual(['iomem:2: resource: "00002000-0000", expected "START-END : NAME" with hexadecimal addresses [ZL-IOMEM-LINE]'])
    expect(problems(parse('1000-1fff : a\n    1000-1fff : b\n'))).toEqual(['iomem:2: resource: an indentation of 4, expected at most 2: one level below the line before [ZL-IOMEM-INDENT]'])
    expect(problems(parse('1000-1fff : a\n  2000-2fff : b\n'))).toEqual(['iomem:2: resource: b 0x2000-0x2fff, outside its parent, expected a range within a 0x1000-0x1fff of line 1 [ZL-IOMEM-NEST]'])
    expect(problems(parse('1000-1fff : a\n1800-2fff : b\n'))).toEqual(['iomem:2: resource: b 0x1800-0x2fff, which overlaps a 0x1000-0x1fff of line 1, expected siblings that do not overlap [ZL-IOMEM-OVERLAP]'])
    expect(problems(parse('hello\n'))).toEqual(['iomem: resources: no "START-END : NAME" line, expected the text of /proc/iomem [ZL-IOMEM-EMPTY]'])
  })
})
