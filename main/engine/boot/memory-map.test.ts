import { describe, expect, test } from 'vitest'
import { machine } from '../../../test/golden/machine.ts'
import type { FirmwareRange, FirmwareType } from '../machine/description.ts'
import { GiB, KiB, MiB } from '../units.ts'
import { parseCmdline } from './cmdline.ts'
import { absentPages, bootMemoryMap, memblockOf, updateTable } from './memory-map.ts'

const range = (type: FirmwareType, start: number, end: number): FirmwareRange => ({ start, end, type })
/** Usable ranges of 2 GiB of firmware RAM after the command line, in MiB (fractions where it is less). */
const usable = (cmdline: string, firmware: readonly FirmwareRange[] = [range('usable', 0, 2 * GiB)], arch = 'arm64'): number[][] =>
  map(cmdline, firmware, arch).filter((r) => r.type === 'usable').map((r) => [r.start / MiB, r.end / MiB])
const map = (cmdline: string, firmware: readonly FirmwareRange[] = [range('usable', 0, 2 * GiB)], arch = 'arm64'): readonly FirmwareRange[] =>
  bootMemoryMap(machine({ ram: [], firmware, cmdline, arch }), parseCmdline(cmdline))

describe('e820__update_table()', () => {
  test('the higher type number wins where entries overlap, equal neighbours are joined', () => {
    expect(updateTable([range('usable', 0, 100), range('reserved', 40, 60), range('acpi-data', 50, 55), range('usable', 100, 200)])).toEqual([
      range('usable', 0, 40), range('reserved', 40, 50), range('acpi-data', 50, 55), range('reserved', 55, 60), range('usable', 60, 200),
    ])
  })
  test('ranges that must not be merged keep their borders: persistent-legacy and soft-reserved', () => {
    expect(updateTable([range('persistent-legacy', 0, 10), range('persistent-legacy', 10, 20), range('soft-reserved', 20, 30), range('soft-reserved', 30, 40)])).toHaveLength(4)
    expect(updateTable([range('reserved', 0, 10), range('reserved', 10, 20)])).toEqual([range('reserved', 0, 20)])
  })
})

describe('mem=', () => {
  test('takes RAM above its value away and nothing else', () => {
    expect(usable('mem=512M')).toEqual([[0, 512]])
    expect(map('mem=512M', [range('usable', 0, GiB), range('acpi-nvs', GiB, GiB + MiB)])).toEqual([range('usable', 0, 512 * MiB), range('acpi-nvs', GiB, GiB + MiB)])
  })
  test('of 0, or of what is not a number, is ignored', () => {
    expect(usable('mem=0')).toEqual([[0, 2048]])
    expect(usable('mem=lots')).toEqual([[0, 2048]])
    expect(parseCmdline('mem=lots').ignored).toEqual(['mem=lots'])
  })
  test('acts where it stands: RAM that memmap= adds later stays, RAM that it added before goes', () => {
    expect(usable('mem=512M memmap=256M@4G')).toEqual([[0, 512], [4096, 4352]])
    expect(usable('memmap=256M@4G mem=512M')).toEqual([[0, 512]])
  })
})

describe('memmap=', () => {
  test('@ adds RAM, but firmware’s reserved ranges win over it', () => {
    expect(usable('memmap=1G@4G')).toEqual([[0, 2048], [4096, 5120]])
    expect(usable('memmap=2G@0', [range('usable', 0, GiB), range('reserved', GiB, GiB + 64 * MiB)])).toEqual([[0, 1024], [1088, 2048]])
  })
  test('# makes ACPI tables of a range, $ reserves it, ! gives it to pmem', () => {
    expect(map('memmap=64M#1G')).toEqual([range('usable', 0, GiB), range('acpi-data', GiB, GiB + 64 * MiB), range('usable', GiB + 64 * MiB, 2 * GiB)])
    expect(map('memmap=64M$1G')).toEqual([range('usable', 0, GiB), range('reserved', GiB, GiB + 64 * MiB), range('usable', GiB + 64 * MiB, 2 * GiB)])
    expect(map('memmap=64M!1G')).toEqual([range('usable', 0, GiB), range('persistent-legacy', GiB, GiB + 64 * MiB), range('usable', GiB + 64 * MiB, 2 * GiB)])
  })
  test('by type number: $ cannot take ACPI tables away, ! takes whatever is there and holes as well', () => {
    const firmware = [range('usable', 0, GiB), range('acpi-data', GiB, GiB + MiB)]
    expect(map(`memmap=64M$${GiB - 32 * MiB}`, firmware)).toEqual([
      range('usable', 0, GiB - 32 * MiB), range('reserved', GiB - 32 * MiB, GiB), range('acpi-data', GiB, GiB + MiB), range('reserved', GiB + MiB, GiB + 32 * MiB),
    ])
    // a type that keeps its borders is cut at those of what lies under it, too
    expect(map(`memmap=64M!${GiB - 32 * MiB}`, firmware)).toEqual([
      range('usable', 0, GiB - 32 * MiB), range('persistent-legacy', GiB - 32 * MiB, GiB), range('persistent-legacy', GiB, GiB + MiB), range('persistent-legacy', GiB + MiB, GiB + 32 * MiB),
    ])
  })
  test('of a size alone is mem=, also of several in one word', () => {
    expect(usable('memmap=1G')).toEqual([[0, 1024]])
    expect(usable('memmap=64M$256M,64M$512M')).toEqual([[0, 256], [320, 512], [576, 2048]])
  })
  test('=exactmap drops all that came before it, firmware’s map too', () => {
    expect(usable('memmap=exactmap memmap=640K@0 memmap=1023M@1M')).toEqual([[0, 0.625], [1, 1024]])
    expect(usable('memmap=1G@4G memmap=exactmap memmap=512M@0')).toEqual([[0, 512]])
  })
  test('with a sign that it does not know acts by its size, as mem= does', () => {
    expect(usable('memmap=64M?1G')).toEqual([[0, 64]])
  })
  test('that cannot be read, and the form that changes types, is ignored and named', () => {
    expect(usable('memmap=64M%1G-1+2 memmap=nonsense')).toEqual([[0, 2048]])
    expect(parseCmdline('memmap=64M%1G-1+2 memmap=nonsense').ignored).toEqual(['memmap=64M%1G-1+2', 'memmap=nonsense'])
  })
})

describe('trim_bios_range(), x86', () => {
  test('keeps the first page and takes 640 KiB to 1 MiB out', () => {
    expect(map('', [range('usable', 0, GiB)], 'x86_64')).toEqual([range('reserved', 0, 4 * KiB), range('usable', 4 * KiB, 640 * KiB), range('usable', MiB, GiB)])
  })
  test('other architectures keep all', () => {
    expect(usable('')).toEqual([[0, 2048]])
  })
})

describe('memblock', () => {
  test('takes whole pages, each range rounded inwards before neighbours are joined', () => {
    expect(memblockOf([range('usable', 100, 0x9fc00), range('usable', 0x9fc00, 0xa0000)], 4096)).toEqual([{ start: 1, end: 0x9f }])
    expect(memblockOf([range('usable', 0, 0x9f000), range('usable', 0x9f000, 0xa0000)], 4096)).toEqual([{ start: 0, end: 0xa0 }])
    expect(memblockOf([range('usable', 100, 4095)], 4096)).toEqual([])
  })
  test('has no pmem and no soft-reserved memory', () => {
    expect(memblockOf([range('persistent', 0, MiB), range('soft-reserved', MiB, 2 * MiB), range('usable', 2 * MiB, 3 * MiB)], 4096)).toEqual([{ start: 512, end: 768 }])
  })
  test('absent pages of a span are those in no range', () => {
    const ranges = [{ start: 10, end: 20 }, { start: 30, end: 40 }]
    expect([absentPages(ranges, 0, 50), absentPages(ranges, 15, 35), absentPages(ranges, 10, 20)]).toEqual([30, 10, 0])
  })
})
