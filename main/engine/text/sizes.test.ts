import { describe, expect, it } from 'vitest'
import { humanSize, readNumberList, readSize } from './sizes.ts'

const M = 2 ** 20

describe('sizes', () => {
  it.each([
    [0, '0B'], [128 * M, '128M'], [7 * 256 * M, '1.8G'], [21 * 128 * M, '2.6G'], [19 * 256 * M, '4.8G'], [9 * 128 * M, '1.1G'], [23 * 128 * M, '2.9G'],
    [125 * 128 * M, '15.6G'], [1023 * M, '1023M'], [2 ** 44, '16T'], [2 ** 30 - 1, '1024M'],
  ])('%d bytes are printed as lsmem prints them: %s', (bytes, text) => expect(humanSize(bytes)).toBe(text))

  it('are read as bytes, or as a number of a unit within half a digit', () => {
    expect(readSize('134217728')).toEqual({ bytes: 134217728, slack: 0 })
    expect(readSize('128M')).toEqual({ bytes: 128 * M, slack: M / 20 })
    expect(readSize('2,6G')?.bytes).toBe(Math.round(2.6 * 2 ** 30))
    expect(readSize('0B')?.bytes).toBe(0)
    for (const wrong of ['', '128Q', '1.5', 'M', '-1', '0x80']) expect(readSize(wrong)).toBeUndefined()
  })

  it('lists of numbers are ranges', () => {
    expect(readNumberList('0-7,32')).toEqual([{ first: 0, last: 7 }, { first: 32, last: 32 }])
    for (const wrong of ['', '7-0', '1-', 'a', '1 2']) expect(readNumberList(wrong)).toBeUndefined()
  })
})
