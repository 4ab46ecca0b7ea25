import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { RangeMap } from './range-map.ts'

const SIZE = 64

/** The same map as an array of SIZE values, and one value for all that lies beyond. */
class NaiveMap {
  readonly values = new Array<number>(SIZE).fill(0)
  beyond = 0
  set(start: number, end: number, value: number): void {
    for (let i = start; i < Math.min(end, SIZE); i++) this.values[i] = value
    if (end === Infinity && start <= SIZE) this.beyond = value
  }
  get(i: number): number {
    return i < SIZE ? this.values[i]! : this.beyond
  }
  runs(start: number, end: number): number[] {
    const out: number[] = []
    for (let i = start; i < end; i++) {
      if (out.length && out[out.length - 1] === this.get(i)) out[out.length - 2] = i + 1
      else out.push(i, i + 1, this.get(i))
    }
    return out
  }
  endOf(i: number): number {
    for (let j = i; j < SIZE; j++) if (this.get(j) !== this.get(i)) return j
    return this.beyond === this.get(i) ? Infinity : SIZE
  }
  startOf(i: number): number {
    let j = Math.min(i, SIZE)
    if (j === SIZE && this.beyond !== this.get(i)) return SIZE
    while (j > 0 && this.get(j - 1) === this.get(i)) j--
    return j
  }
}

const index = fc.nat(SIZE)
const write = fc.record({ start: index, end: fc.oneof({ weight: 9, arbitrary: index }, { weight: 1, arbitrary: fc.constant(Infinity) }), value: fc.nat(3) })

test('behaves as an array does, after any writes, and never keeps two equal runs side by side', () => {
  fc.assert(
    fc.property(fc.array(write, { maxLength: 40 }), fc.array(fc.tuple(index, index), { maxLength: 6 }), (writes, ranges) => {
      const map = new RangeMap()
      const naive = new NaiveMap()
      for (const { start, end, value } of writes) {
        map.set(start, end, value)
        naive.set(start, end, value)
        // look-ups in between move the place that the next one starts from
        expect(map.get(start)).toBe(naive.get(start))
        expect(map.get(0)).toBe(naive.get(0))
      }
      for (let i = 0; i <= SIZE; i++) expect([i, map.get(i), map.endOf(i), map.startOf(i)]).toEqual([i, naive.get(i), naive.endOf(i), naive.startOf(i)])
      for (const [start, end] of ranges) {
        expect(map.runs(start, end)).toEqual(naive.runs(start, end))
        const visited: number[] = []
        map.each(start, end, (s, e, v) => void visited.push(s, e, v))
        expect(visited).toEqual(naive.runs(start, end))
      }
      const all = map.runs(0, Infinity)
      expect(map.runCount).toBe(all.length / 3)
      for (let i = 3; i < all.length; i += 3) expect([all[i], all[i + 2] === all[i - 1]]).toEqual([all[i - 2], false])
    }),
    { numRuns: 3000 },
  )
})

describe('its size', () => {
  test('is one run for 4 PiB that is all alike, and three with a page in the middle that is not', () => {
    const map = new RangeMap()
    map.set(0, 2 ** 40, 4)
    expect(map.runCount).toBe(2)
    map.set(2 ** 39, 2 ** 39 + 1, 7)
    expect(map.runs(0, 2 ** 40)).toEqual([0, 2 ** 39, 4, 2 ** 39, 2 ** 39 + 1, 7, 2 ** 39 + 1, 2 ** 40, 4])
    map.set(2 ** 39, 2 ** 39 + 1, 4)
    expect(map.runCount).toBe(2)
  })

  test('goes back to one run when all is written over', () => {
    const map = new RangeMap()
    for (let i = 0; i < 1000; i += 2) map.set(i, i + 1, 1)
    expect(map.runCount).toBe(1000)
    map.set(0, Infinity, 0)
    expect(map.runs(0, Infinity)).toEqual([0, Infinity, 0])
  })
})

test('an empty or reversed range writes nothing and visits nothing', () => {
  const map = new RangeMap()
  map.set(5, 5, 1)
  map.set(9, 3, 1)
  expect(map.runCount).toBe(1)
  expect(map.runs(7, 7)).toEqual([])
  map.each(9, 3, () => expect.unreachable())
})

test('a visit that answers false is the last', () => {
  const map = new RangeMap()
  map.set(10, 20, 1)
  map.set(30, 40, 2)
  const seen: number[] = []
  map.each(0, 100, (start) => seen.push(start) < 2)
  expect(seen).toEqual([0, 10])
})
