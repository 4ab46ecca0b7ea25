import { describe, expect, it } from 'vitest'
import { fixture, problems, value } from '../../../test/fixtures/text/read.ts'
import type { LsmemText } from './lsmem.ts'
import { parseLsmem } from './lsmem.ts'

const G = 2 ** 30
const M = 2 ** 20
const parse = (text: string): ReturnType<typeof parseLsmem> => parseLsmem(text, 'lsmem')
/** start, end, state, removable, blocks, node, zones of each row. */
const rows = (t: LsmemText): unknown[] => t.rows.map((r) => [r.start, r.end, r.state, r.removable, r.blocks?.map((b) => `${b.first}-${b.last}`).join(), r.node, r.zones?.join('/')])

const TABLE = `RANGE                                  SIZE   STATE REMOVABLE BLOCK NODE  ZONES
0x0000000000000000-0x0000000007ffffff  128M  online       yes     0    0   None
0x0000000008000000-0x000000003fffffff  896M  online       yes   1-7    0  DMA32
0x0000000100000000-0x0000000107ffffff  128M offline              32    1 Normal

Memory block size:       128M
Total online memory:       1G
Total offline memory:    128M
`
const EXPECTED = [
  [0, 128 * M, 'online', true, '0-0', 0, ''],
  [128 * M, G, 'online', true, '1-7', 0, 'DMA32'],
  [4 * G, 4 * G + 128 * M, 'offline', undefined, '32-32', 1, 'Normal'],
]

describe('lsmem', () => {
  it('is read as a table, an empty REMOVABLE found by where it stands', () => {
    const got = value(parse(TABLE))
    expect(rows(got)).toEqual(EXPECTED)
    expect([got.blockSize, got.blockSizeLine, got.warnings]).toEqual([128 * M, 6, []])
  })

  it('is read as raw, pairs and JSON with the same result', () => {
    const raw = 'RANGE SIZE STATE REMOVABLE BLOCK NODE ZONES\n0x0-0x7ffffff 128M online yes 0 0 None\n0x8000000-0x3fffffff 896M online yes 1-7 0 DMA32\n0x100000000-0x107ffffff 128M offline  32 1 Normal\n'
    const pairs = 'RANGE="0x0-0x7ffffff" SIZE="128M" STATE="online" REMOVABLE="yes" BLOCK="0" NODE="0" ZONES="None"\nRANGE="0x8000000-0x3fffffff" SIZE="896M" STATE="online" REMOVABLE="yes" BLOCK="1-7" NODE="0" ZONES="DMA32"\nRANGE="0x100000000-0x107ffffff" SIZE="128M" STATE="offline" REMOVABLE="" BLOCK="32" NODE="1" ZONES="Normal"\n'
    const json = JSON.stringify({ memory: [
      { range: '0x0-0x7ffffff', size: '128M', state: 'online', removable: true, block: '0', node: 0, zones: 'None' },
      { range: '0x8000000-0x3fffffff', size: 939524096, state: 'online', removable: 'yes', block: '1-7', node: '0', zones: 'DMA32' },
      { range: '0x100000000-0x107ffffff', size: '128M', state: 'offline', removable: '-', block: 32, node: 1, zones: 'Normal' },
    ] })
    for (const text of [raw, pairs, json]) {
      const got = value(parse(text))
      expect(rows(got)).toEqual(EXPECTED)
      expect(got.blockSize).toBe(128 * M)
    }
  })

  it('is read without heading, in bytes, with columns in any order, and with "-" in empty cells', () => {
    expect(rows(value(parse('0x0000000000000000-0x000000003fffffff   1G online       yes   0-7\n\nMemory block size:       128M\n')))).toEqual([[0, G, 'online', true, '0-7', undefined, undefined]])
    expect(rows(value(parse('RANGE SIZE STATE REMOVABLE BLOCK\n0x0-0x3fffffff 1073741824 offline - 0-7\n\nMemory block size:             134217728\n')))).toEqual([[0, G, 'offline', undefined, '0-7', undefined, undefined]])
    expect(rows(value(parse('NODE BLOCK STATE   RANGE\n   1 32-33 on->off 0x0000000100000000-0x000000010fffffff\n')))).toEqual([[4 * G, 4 * G + 256 * M, 'going-offline', undefined, '32-33', 1, undefined]])
    expect(rows(value(parse('BLOCK  SIZE ZONES\n0-7,32 1.1G Normal\n\nMemory block size: 128M\n')))).toEqual([[undefined, undefined, undefined, undefined, '0-7,32-32', undefined, 'Normal']])
  })

  it('is read from an s390 machine of an older kernel, which names the zones that an online block could be in', () => {
    const got = value(parse(fixture('lsmem-s390x.txt')))
    expect(rows(got)).toEqual([
      [0, 7 * 256 * M, 'online', true, '0-6', undefined, 'DMA'],
      [7 * 256 * M, 2 * G, 'online', false, '7-7', undefined, 'DMA/Normal'],
      [2 * G, 4 * G, 'online', true, '8-15', undefined, 'Normal'],
      [4 * G, 4 * G + 256 * M, 'offline', undefined, '16-16', undefined, 'Normal'],
      [4 * G + 256 * M, 5 * G, 'online', true, '17-19', undefined, 'Movable'],
      [5 * G, 6 * G, 'offline', undefined, '20-23', undefined, 'Normal/Movable'],
    ])
    expect([got.blockSize, got.warnings]).toEqual([256 * M, []])
  })

  it('is read from s390-tools\' own lsmem', () => {
    const text = `Address Range                          Size (MB)  State    Removable  Device
===============================================================================
0x0000000000000000-0x000000001fffffff        512  online   no         0-511
0x0000000020000000-0x000000003ffffffe        512  offline  -          512-1023

Memory device size  : 1 MB
Memory block size   : 256 MB
Total online memory : 512 MB
Total offline memory: 512 MB
`
    const got = value(parse(text))
    expect(rows(got)).toEqual([[0, G / 2, 'online', false, undefined, undefined, undefined], [G / 2, G, 'offline', undefined, undefined, undefined, undefined]])
    expect([got.blockSize, got.warnings]).toEqual([256 * M, []])
  })

  it('knows the state of rows without one when the summary says that nothing is offline', () => {
    const text = (offline: string): string => `RANGE SIZE\n0x0-0x3fffffff 1G\n\nMemory block size: 128M\nTotal online memory: 1G\nTotal offline memory: ${offline}\n`
    expect(value(parse(text('0B'))).rows[0]?.state).toBe('online')
    expect(value(parse(text('128M'))).rows[0]?.state).toBeUndefined()
  })

  it('takes a block at 1 TiB for what it is: the first need not be block 0', () => {
    expect(rows(value(parse(fixture('lsmem-arm64-16k.json'))))).toEqual([
      [0x10000000000, 0x103e8000000, 'online', true, '8192-8316', 0, 'DMA'],
      [0x103f8000000, 0x10400000000, 'offline', undefined, '8319-8319', 0, 'Normal/Movable'],
    ])
  })

  it('warns where it contradicts itself', () => {
    expect(value(parse('RANGE SIZE BLOCK\n0x0-0x7ffffff 512M 0\n')).warnings).toEqual([{ file: 'lsmem', line: 2, text: 'SIZE says 536870912 bytes, RANGE 134217728; the range is used' }])
    expect(value(parse(TABLE.replace(/^0x0000000008.*\n/m, ''))).warnings.map((w) => w.line)).toEqual([6])
  })

  it('names line and column where it is broken', () => {
    const row = (cells: string): string => `RANGE SIZE STATE REMOVABLE BLOCK\n${cells}\n\nMemory block size: 128M\n`
    expect(problems(parse(row('0x0-0x7ffgfff 128M online yes 0')))).toEqual(['lsmem:2: RANGE end: "0x7ffgfff", expected a hexadecimal address [ZL-IMPORT-HEX]'])
    expect(problems(parse(row('0x8000000-0x7ffffff 128M online yes 0')))).toEqual(['lsmem:2: RANGE: end 0x7ffffff below its start 0x8000000, expected an end at or above the start [ZL-IMPORT-RANGE]'])
    expect(problems(parse(row('0x0-0x7ffffff 128Q online yes 0')))).toEqual(['lsmem:2: SIZE: "128Q", expected a size such as 1.5G, 128M or 134217728 [ZL-IMPORT-SIZE]'])
    expect(problems(parse(row('0x0-0x7ffffff 128M onlined yes 0')))).toEqual(['lsmem:2: STATE: "onlined", expected online, offline or on->off [ZL-IMPORT-STATE]'])
    expect(problems(parse(row('0x0-0x7ffffff 128M online yes 1')))).toEqual(['lsmem:2: BLOCK: 1, expected 0-0, where a range at 0x0 lies in blocks of 134217728 bytes [ZL-LSMEM-BLOCK]'])
    expect(problems(parse(row('0x0-0x7fffff 8M online yes 0')))).toEqual(['lsmem:2: RANGE: 0x0-0x7fffff, expected whole memory blocks of 134217728 bytes [ZL-LSMEM-ALIGN]'])
    expect(problems(parse(row('0x0-0x7ffffff 128M online yes 0\n0x0-0x7ffffff 128M online yes 0')))).toEqual(['lsmem:3: RANGE: 0x0-0x7ffffff, expected memory that line 2 does not list already [ZL-LSMEM-OVERLAP]'])
    expect(problems(parse('RANGE STATE\n0x0-0x7ffffff online\n\nMemory block size: 100M\n'))).toEqual(['lsmem:4: Memory block size: "100M", expected a power of two from 1M [ZL-LSMEM-BLOCKSIZE]'])
    expect(problems(parse('{ "memory": [\n {"range": "0x0-0x7ffffff"},\n {"range": "0x0-zz"}\n] }'))).toEqual(['lsmem:3: RANGE end: "zz", expected a hexadecimal address [ZL-IMPORT-HEX]'])
    expect(problems(parse('{ "memory": ['))[0]).toMatch(/^lsmem: JSON: .*, expected the output of lsmem -J \[ZL-LSMEM-JSON\]$/)
    expect(problems(parse('SIZE STATE\n1G online\n'))).toEqual(['lsmem:2: row: neither RANGE nor BLOCK, expected a column that says which memory a row is about [ZL-LSMEM-ROW]'])
  })
})
