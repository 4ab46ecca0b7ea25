import { describe, expect, it } from 'vitest'
import { addressDigits, exactSize, GiB, hexAddress, hexRange, KiB, MiB, parseBytes, shortSize, TiB } from './format.ts'

describe('sizes are never rounded', () => {
  it('takes the largest unit that says the size exactly', () => {
    expect(exactSize(256 * MiB)).toBe('256 MiB')
    expect(exactSize(1006.375 * GiB)).toBe('1006.375 GiB')
    expect(exactSize(3998 * 4 * KiB)).toBe('15992 KiB')
    expect(exactSize(4 * TiB)).toBe('4 TiB')
    expect(exactSize(0)).toBe('0 B')
    expect(exactSize(4097)).toBe('4097 B')
  })
  it('shortens only the unit', () => {
    expect(shortSize(128 * MiB)).toBe('128M')
    expect(shortSize(1.5 * GiB)).toBe('1.5G')
  })
})

describe('addresses have the width of the machine', () => {
  it('counts the digits of the last byte, at least eight', () => {
    expect(addressDigits(2 ** 40)).toBe(10)
    expect(addressDigits(2 ** 46)).toBe(12)
    expect(addressDigits(2 ** 30)).toBe(8)
  })
  it('prints ranges with an inclusive end, as /proc/iomem does', () => {
    expect(hexRange({ start: 0x110000000, end: 0x118000000 }, 10)).toBe('0x0110000000–0x0117ffffff')
    expect(hexAddress(0xfcf8000000, 10)).toBe('0xfcf8000000')
  })
})

describe('sizes that people type', () => {
  it('reads hex, suffixes and fractions, and nothing else', () => {
    expect(parseBytes('512M')).toBe(512 * MiB)
    expect(parseBytes(' 1.5 GiB ')).toBe(1.5 * GiB)
    expect(parseBytes('0x100000000')).toBe(4 * GiB)
    expect(parseBytes('4096')).toBe(4096)
    expect(parseBytes('0.3K')).toBeUndefined()
    expect(parseBytes('lots')).toBeUndefined()
    expect(parseBytes('9999999P')).toBeUndefined()
  })
})
