import { describe, expect, it } from 'vitest'
import { problems, recorded, value } from '../../../test/fixtures/text/read.ts'
import { parseBlocks } from './blocks.ts'

const parse = (text: string): ReturnType<typeof parseBlocks> => parseBlocks(text, 'blocks')
const SYS = '/sys/devices/system/memory'

const LISTING = `${SYS}/block_size_bytes:8000000
${SYS}/auto_online_blocks:offline
${SYS}/memory0/phys_index:00000000
${SYS}/memory0/removable:1
${SYS}/memory0/state:online
${SYS}/memory0/valid_zones:none
${SYS}/memory0/uevent:
${SYS}/memory0/node0
${SYS}/memory0/node1
${SYS}/memory32/state:offline
${SYS}/memory32/valid_zones:Normal Movable
/sys/devices/system/node/node1/memory32
/sys/devices/system/node/node1/cpulist:
/sys/devices/system/node/node0/cpulist:0-3,8
/sys/devices/system/node/online:0-1
`

describe('a listing of memory blocks', () => {
  it('is read from grep and ls, whatever else is in it', () => {
    const got = value(parse(LISTING))
    expect(got.blockSize).toBe(0x8000000)
    expect(got.blocks).toEqual([
      { block: 0, line: 3, state: 'online', zones: [], nodes: [0, 1], removable: true },
      { block: 32, line: 10, state: 'offline', zones: ['Normal', 'Movable'], nodes: [1] },
    ])
    expect([...got.cpus]).toEqual([[1, 0], [0, 5]])
    expect(got.onlineNodes).toEqual([0, 1])
  })

  it('is read with relative paths, through the nodes\' links, and as head prints it', () => {
    const expected = [{ block: 7, line: expect.any(Number), state: 'going-offline', nodes: [3] }]
    expect(value(parse('memory7/state:going-offline\nmemory7/node3\n')).blocks).toEqual(expected)
    expect(value(parse('/sys/devices/system/node/node3/memory7/state:going-offline\n')).blocks).toEqual(expected)
    expect(value(parse('==> memory7/state <==\ngoing-offline\n\nmemory7/node3 -> ../../node/node3\n')).blocks).toEqual(expected)
  })

  it('is read from JSON', () => {
    const got = value(parse(recorded('boot-2n-2g', 'memory_blocks.json')))
    expect(got.blockSize).toBe(0x8000000)
    expect(got.blocks).toHaveLength(16)
    expect(got.blocks[9]).toEqual({ block: 9, line: 1, state: 'online', zones: ['DMA32'], nodes: [1], removable: true })
  })

  it('tells the machine\'s constants where it lists them', () => {
    const got = value(parse(`${LISTING}/proc/sys/kernel/arch:aarch64\n/proc/self/smaps:KernelPageSize:       64 kB\n`))
    expect([got.arch, got.pageShift]).toEqual(['arm64', 16])
  })

  it('warns where it contradicts itself', () => {
    const got = value(parse('memory3/phys_index:00000004\nmemory3/state:online\nmemory3/state:offline\nblock_size_bytes:8000000\nblock_size_bytes:10000000\n'))
    expect(got.warnings.map((w) => `${w.line}: ${w.text}`)).toEqual([
      '1: memory3/phys_index is 00000004, which is not 3 in hexadecimal',
      '3: memory3/state is offline here and online above; the first is used',
      '5: block_size_bytes is 10000000 here and another on line 4; the first is used',
    ])
  })

  it('names line and field where it is broken', () => {
    expect(problems(parse('memory3/state:onlin\n'))).toEqual(['blocks:1: memory3/state: "onlin", expected online, offline or going-offline [ZL-IMPORT-STATE]'])
    expect(problems(parse('memory3/valid_zones:Normal Moveable\n'))).toEqual(['blocks:1: memory3/valid_zones: "Moveable", expected zone names, or none [ZL-BLOCKS-ZONES]'])
    expect(problems(parse('block_size_bytes:8000001\n'))).toEqual(['blocks:1: block_size_bytes: "8000001", expected a power of two from 1 MiB, in hexadecimal [ZL-BLOCKS-SIZE]'])
    expect(problems(parse('memory3/state online\n'))).toEqual(['blocks:1: line: "memory3/state online", expected "PATH:VALUE" as grep -H prints it [ZL-BLOCKS-LINE]'])
    expect(problems(parse('{"block_size_bytes": "zz", "blocks": [{"block": -1}]}'))).toHaveLength(2)
    expect(problems(parse('nothing\n'))).toEqual(['blocks: blocks: no memoryN/… line, expected files of /sys/devices/system/memory, as PATH:VALUE lines [ZL-BLOCKS-EMPTY]'])
  })
})
