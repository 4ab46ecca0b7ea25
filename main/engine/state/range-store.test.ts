import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Cell, Field, Ref } from './handles.ts'
import { RangeMap } from './range-map.ts'
import { RangeStore } from './range-store.ts'

const PAGES = 192
const UNITS = [1, 4, 16, 48] as const

/** A store with a field of each unit (in pages), a cell and a reference. */
function storeOf(): { store: RangeStore; fields: readonly Field[]; cell: Cell; ref: Ref<readonly string[]> } {
  const store = new RangeStore()
  const fields = UNITS.map((unit, id) => new Field(id, `field of ${unit}`, unit))
  for (let i = 0; i < fields.length; i++) store.fields.push(new RangeMap())
  store.cells.push(7)
  store.refs.push([])
  return { store, fields, cell: new Cell(0, 'cell'), ref: new Ref<readonly string[]>(0, 'ref') }
}

const fill = fc.record({ field: fc.nat(UNITS.length - 1), start: fc.nat(PAGES), size: fc.nat(60), value: fc.nat(3) })
const fills = fc.array(fill, { maxLength: 25 })

/** The store filled, and the same as one array a field. */
function filled(writes: readonly { field: number; start: number; size: number; value: number }[]): { store: RangeStore; fields: readonly Field[]; pages: number[][] } {
  const { store, fields } = storeOf()
  const pages = UNITS.map(() => new Array<number>(2 * PAGES).fill(0))
  for (const w of writes) {
    const unit = UNITS[w.field]!
    store.setField(fields[w.field]!, w.start, w.start + w.size, w.value)
    if (w.size > 0) for (let p = Math.floor(w.start / unit) * unit; p < Math.ceil((w.start + w.size) / unit) * unit; p++) pages[w.field]![p] = w.value
  }
  return { store, fields, pages }
}

const threeFields = fc.uniqueArray(fc.nat(UNITS.length - 1), { minLength: 1, maxLength: 3 })
/** A predicate over values 0..3 of three fields, as a table. */
const table = fc.array(fc.boolean(), { minLength: 64, maxLength: 64 })

describe('held against one array element a page', () => {
  test('a fill touches every unit that its range touches, and a look-up finds the value of its unit', () => {
    fc.assert(
      fc.property(fills, (writes) => {
        const { store, fields, pages } = filled(writes)
        for (const [i, field] of fields.entries())
          for (let p = 0; p < PAGES; p++) {
            const values = pages[i]!
            let end = p
            while (end < values.length && values[end] === values[p]) end++
            let start = p
            while (start > 0 && values[start - 1] === values[p]) start--
            expect([p, store.at(field, p), store.startOf(field, p)]).toEqual([p, values[p], start])
            if (end < values.length) expect([p, store.endOf(field, p)]).toEqual([p, end])
          }
      }),
      { numRuns: 200 },
    )
  })

  test('scan finds the first page of its stride at which the test holds, up and down', () => {
    fc.assert(
      fc.property(fills, threeFields, table, fc.nat(PAGES), fc.nat(PAGES), fc.constantFrom(1, 2, 3, 4, 7, 16, 48, 64), (writes, chosen, holds, a, b, stride) => {
        const { store, fields, pages } = filled(writes)
        const [low, high] = [Math.min(a, b), Math.max(a, b)]
        const values = (p: number): [number, number, number] => [pages[chosen[0]!]![p]!, chosen[1] === undefined ? 0 : pages[chosen[1]]![p]!, chosen[2] === undefined ? 0 : pages[chosen[2]]![p]!]
        const test = (x: number, y: number, z: number): boolean => holds[x * 16 + y * 4 + z] ?? false
        const asked = chosen.map((c) => fields[c]!)

        let up = -1
        for (let p = low; p < high && up < 0; p += stride) if (test(...values(p))) up = p
        expect(store.scan(asked, low, high, stride, test)).toBe(up)

        let down = -1
        for (let p = high; p >= low && down < 0; p -= stride) if (test(...values(p))) down = p
        expect(store.scan(asked, high, low, -stride, test)).toBe(down)
      }),
      { numRuns: 2000 },
    )
  })

  test('count counts pages, eachRun cuts where any field changes and nowhere else', () => {
    fc.assert(
      fc.property(fills, threeFields, table, fc.nat(PAGES), fc.nat(PAGES), (writes, chosen, holds, a, b) => {
        const { store, fields, pages } = filled(writes)
        const [low, high] = [Math.min(a, b), Math.max(a, b)]
        const asked = chosen.map((c) => fields[c]!)
        const test = (x: number, y: number, z: number): boolean => holds[x * 16 + y * 4 + z] ?? false
        const key = (p: number): string => chosen.map((c) => pages[c]![p]).join()
        let counted = 0
        for (let p = low; p < high; p++) if (test(pages[chosen[0]!]![p]!, chosen[1] === undefined ? 0 : pages[chosen[1]]![p]!, chosen[2] === undefined ? 0 : pages[chosen[2]]![p]!)) counted++
        expect(store.count(asked, low, high, test)).toBe(counted)

        let at = low
        store.eachRun(asked, low, high, (s, e, ...values) => {
          expect(s).toBe(at)
          for (let p = s; p < e; p++) expect(key(p)).toBe(values.join())
          // a cut without a change may only come from equal values on both sides of nothing: there is none
          if (e < high) expect(key(e)).not.toBe(key(e - 1))
          at = e
        })
        expect(at).toBe(high)
      }),
      { numRuns: 1000 },
    )
  })

  test('extent goes as far as all fields stay as they are, in whole units, one unit at least', () => {
    fc.assert(
      fc.property(fills, threeFields, fc.nat(PAGES - 1), fc.integer({ min: 1, max: PAGES }), fc.constantFrom(1, 4, 16, 48), (writes, chosen, start, size, unit) => {
        const { store, fields, pages } = filled(writes)
        const end = start + size
        const same = (p: number): boolean => chosen.every((c) => pages[c]![p] === pages[c]![start])
        let last = start
        while (last < end && same(last)) last++
        const whole = start + Math.floor((last - start) / unit) * unit
        expect(store.extent(chosen.map((c) => fields[c]!), start, end, unit)).toBe(Math.min(end, Math.max(whole, start + unit)))
      }),
      { numRuns: 1000 },
    )
  })

  test('mapField replaces each value by its image; an empty range touches no unit', () => {
    fc.assert(
      fc.property(fills, fc.nat(3), fc.nat(PAGES), fc.nat(60), (writes, which, start, size) => {
        const { store, fields, pages } = filled(writes)
        const unit = UNITS[which]!
        store.mapField(fields[which]!, start, start + size, (v) => (v + 1) % 3)
        const [from, to] = [Math.floor(start / unit) * unit, Math.ceil((start + size) / unit) * unit]
        for (let p = 0; p < PAGES; p++) {
          const before = pages[which]![p]!
          expect([p, store.at(fields[which]!, p)]).toEqual([p, size > 0 && p >= from && p < to ? (before + 1) % 3 : before])
        }
      }),
      { numRuns: 300 },
    )
  })
})

describe('the journal', () => {
  test('writes of a value that is there already are not recorded', () => {
    const { store, fields, cell, ref } = storeOf()
    store.setCell(cell, 7)
    store.setField(fields[0]!, 3, 9, 0)
    store.setField(fields[0]!, 5, 5, 1)
    const list = store.ref(ref)
    store.setRef(ref, list)
    expect(store.journal.entries).toEqual([])
  })

  test('keeps which kernel function wrote, and what was there before, by runs', () => {
    const { store, fields } = storeOf()
    store.setField(fields[1]!, 8, 24, 2)
    store.fn = 5
    store.setField(fields[1]!, 0, 64, 1)
    expect(store.journal.entries.at(-1)).toEqual({ kind: 'field', h: fields[1], start: 0, end: 16, before: [0, 2, 0, 2, 6, 2, 6, 16, 0], after: 1, fn: 5 })
  })

  test('any position is reached from any other, exactly', () => {
    const write = fc.oneof(
      fill.map((f) => (s: ReturnType<typeof storeOf>) => s.store.setField(s.fields[f.field]!, f.start, f.start + f.size, f.value)),
      fill.map((f) => (s: ReturnType<typeof storeOf>) => s.store.mapField(s.fields[f.field]!, f.start, f.start + f.size, (v) => (v * 2 + 1) % 4)),
      fc.nat(5).map((n) => (s: ReturnType<typeof storeOf>) => s.store.setCell(s.cell, n)),
      fc.nat(5).map((n) => (s: ReturnType<typeof storeOf>) => s.store.setRef(s.ref, [`${n}`])),
      fc.constant((s: ReturnType<typeof storeOf>) => s.store.print({ level: 6, text: 'line', fn: 'printk' })),
    )
    const shown = ({ store, cell, ref }: ReturnType<typeof storeOf>): string => JSON.stringify([store.cell(cell), store.ref(ref), store.log, store.fields.map((f) => f.runs(0, 10000))])
    fc.assert(
      fc.property(fc.array(write, { maxLength: 30 }), fc.array(fc.nat(100), { maxLength: 10 }), (writes, targets) => {
        const s = storeOf()
        const moments = new Map([[0, shown(s)]])
        for (const w of writes) {
          w(s)
          moments.set(s.store.journal.applied, shown(s))
        }
        const positions = [...moments.keys()]
        for (const target of targets) {
          const position = positions[target % positions.length]!
          s.store.travel(position)
          expect(shown(s)).toBe(moments.get(position))
        }
      }),
      { numRuns: 500 },
    )
  })

  test('a write after an undo forgets what had been undone', () => {
    const { store, cell } = storeOf()
    for (const n of [1, 2, 3]) store.setCell(cell, n)
    store.travel(1)
    store.setCell(cell, 9)
    expect(store.journal.entries.map((e) => (e.kind === 'cell' ? [e.before, e.after] : []))).toEqual([[7, 1], [1, 9]])
    store.travel(0)
    expect(store.cell(cell)).toBe(7)
    store.travel(2)
    expect(store.cell(cell)).toBe(9)
    for (const beyond of [3, -1, 0.5]) expect(() => store.travel(beyond)).toThrow(/outside 0\.\.2/)
  })

  test('what was forgotten by a write below it stays forgotten, though an equal number of entries follows', () => {
    const { store, cell } = storeOf()
    for (const n of [1, 2, 3]) store.setCell(cell, n)
    store.travel(0)
    for (const n of [4, 5, 6]) store.setCell(cell, n)
    store.travel(1)
    store.travel(3)
    expect(store.cell(cell)).toBe(6)
  })
})

test('of an observation nothing stays, and what had been undone can still be redone', () => {
  const { store, cell, fields } = storeOf()
  for (const n of [1, 2, 3]) store.setCell(cell, n)
  store.travel(1)
  const answer = store.observe(() => {
    store.setCell(cell, 10)
    store.setField(fields[0]!, 0, 8, 7)
    // observations nest, and each leaves the one around it alone
    expect(store.observe(() => (store.setCell(cell, 11), store.cell(cell)))).toBe(11)
    return store.cell(cell)
  })
  expect([answer, store.cell(cell), store.at(fields[0]!, 0), store.journal.applied, store.journal.entries.length]).toEqual([10, 1, 0, 1, 3])
  store.travel(3)
  expect(store.cell(cell)).toBe(3)
  expect(store.observe(() => (store.setCell(cell, 4), store.journal.applied))).toBe(4)
  expect([store.cell(cell), store.journal.entries.length]).toEqual([3, 3])
})
