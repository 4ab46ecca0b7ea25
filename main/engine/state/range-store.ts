/**
 * The RangeStore: values behind the handles for the run executor. Scalars are numbers, references are immutable values,
 * and everything kept per page, section or block is a RangeMap in units of its field. Every write goes to the journal.
 */
import type { LogLine } from '../command.ts'
import { alignDown } from '../units.ts'
import type { Predicate } from '../executors/step.ts'
import type { Cell, Field, Ref } from './handles.ts'
import { Journal, type JournalEntry } from './journal.ts'
import type { RangeMap } from './range-map.ts'

export class RangeStore {
  readonly cells: number[] = []
  readonly refs: unknown[] = []
  readonly fields: RangeMap[] = []
  readonly log: LogLine[] = []
  readonly journal = new Journal()
  /** Function that is running, for the journal. */
  fn = 0

  cell(h: Cell): number {
    return this.cells[h.id]!
  }
  ref<T>(h: Ref<T>): T {
    return this.refs[h.id] as T
  }
  /** Value of a field at a pfn. */
  at(h: Field, pfn: number): number {
    return this.fields[h.id]!.get(h.unit === 1 ? pfn : Math.floor(pfn / h.unit))
  }
  /** End (exclusive pfn) of the run of a field that holds pfn. */
  endOf(h: Field, pfn: number): number {
    return this.fields[h.id]!.endOf(Math.floor(pfn / h.unit)) * h.unit
  }
  startOf(h: Field, pfn: number): number {
    return this.fields[h.id]!.startOf(Math.floor(pfn / h.unit)) * h.unit
  }

  setCell(h: Cell, value: number): void {
    const before = this.cells[h.id]!
    if (before === value) return
    this.cells[h.id] = value
    this.journal.push({ kind: 'cell', h, before, after: value, fn: this.fn })
  }

  setRef<T>(h: Ref<T>, value: T): void {
    const before = this.refs[h.id]
    if (before === value) return
    this.refs[h.id] = value
    this.journal.push({ kind: 'ref', h, before, after: value, fn: this.fn })
  }

  /** Sets a field for every unit that the pfn range touches. */
  setField(h: Field, startPfn: number, endPfn: number, value: number): void {
    if (endPfn <= startPfn) return
    this.setUnits(h, Math.floor(startPfn / h.unit), Math.ceil(endPfn / h.unit), value)
  }

  private setUnits(h: Field, start: number, end: number, value: number): void {
    const map = this.fields[h.id]!
    if (map.get(start) === value && map.endOf(start) >= end) return
    const before = map.runs(start, end)
    map.set(start, end, value)
    this.journal.push({ kind: 'field', h, start, end, before, after: value, fn: this.fn })
  }

  /** Replaces each value of a field over the units that the pfn range touches. */
  mapField(h: Field, startPfn: number, endPfn: number, change: (value: number) => number): void {
    if (endPfn <= startPfn) return
    const runs = this.fields[h.id]!.runs(Math.floor(startPfn / h.unit), Math.ceil(endPfn / h.unit))
    for (let i = 0; i < runs.length; i += 3) {
      const after = change(runs[i + 2]!)
      if (after !== runs[i + 2]) this.setUnits(h, runs[i]!, runs[i + 1]!, after)
    }
  }

  print(line: LogLine): void {
    this.log.push(line)
    this.journal.push({ kind: 'log', line, fn: this.fn })
  }

  /** Goes back or forth to a journal position, exactly. */
  travel(position: number): void {
    const { journal } = this
    if (!Number.isInteger(position) || position < 0 || position > journal.entries.length)
      throw new Error(`journal position ${position} is outside 0..${journal.entries.length}`)
    while (journal.applied > position) this.revert(journal.entries[--journal.applied]!)
    while (journal.applied < position) this.apply(journal.entries[journal.applied++]!)
  }

  private revert(e: JournalEntry): void {
    switch (e.kind) {
      case 'cell': this.cells[e.h.id] = e.before; break
      case 'ref': this.refs[e.h.id] = e.before; break
      case 'log': this.log.pop(); break
      case 'field': {
        const map = this.fields[e.h.id]!
        for (let i = 0; i < e.before.length; i += 3) map.set(e.before[i]!, e.before[i + 1]!, e.before[i + 2]!)
      }
    }
  }

  private apply(e: JournalEntry): void {
    switch (e.kind) {
      case 'cell': this.cells[e.h.id] = e.after; break
      case 'ref': this.refs[e.h.id] = e.after; break
      case 'log': this.log.push(e.line); break
      case 'field': this.fields[e.h.id]!.set(e.start, e.end, e.after)
    }
  }

  /** Number of distinct runs over all fields: what the state costs. */
  get runCount(): number {
    return this.fields.reduce((n, f) => n + f.runCount, 0)
  }

  /** Visits the runs of several fields together: each call covers a pfn range in which none of them changes. */
  eachRun(fields: readonly Field[], start: number, end: number, visit: (start: number, end: number, ...values: number[]) => boolean | void): void {
    let at = start
    const values: number[] = new Array<number>(fields.length).fill(0)
    while (at < end) {
      let next = end
      for (let i = 0; i < fields.length; i++) {
        values[i] = this.at(fields[i]!, at)
        const e = this.endOf(fields[i]!, at)
        if (e < next) next = e
      }
      if (visit(at, next, ...values) === false) return
      at = next
    }
  }

  /** See `scan` in executors/step.ts. */
  scan(fields: readonly Field[], start: number, end: number, stride: number, test: Predicate): number {
    const [f0, f1, f2, f3] = fields
    const holds = (pfn: number): boolean => test(this.at(f0!, pfn), f1 ? this.at(f1, pfn) : 0, f2 ? this.at(f2, pfn) : 0, f3 ? this.at(f3, pfn) : 0)
    if (stride > 0) {
      let at = start
      while (at < end) {
        if (holds(at)) return at
        let next = this.endOf(f0!, at)
        if (f1) next = Math.min(next, this.endOf(f1, at))
        if (f2) next = Math.min(next, this.endOf(f2, at))
        if (f3) next = Math.min(next, this.endOf(f3, at))
        at = Math.max(at + stride, next === Infinity ? end : start + Math.ceil((next - start) / stride) * stride)
      }
      return -1
    }
    const back = -stride
    let at = start
    while (at >= end) {
      if (holds(at)) return at
      let first = this.startOf(f0!, at)
      if (f1) first = Math.max(first, this.startOf(f1, at))
      if (f2) first = Math.max(first, this.startOf(f2, at))
      if (f3) first = Math.max(first, this.startOf(f3, at))
      // the next candidate below `first`
      at = Math.min(at - back, start - Math.ceil((start - first + 1) / back) * back)
    }
    return -1
  }

  /** See `count` in executors/step.ts. */
  count(fields: readonly Field[], start: number, end: number, test: Predicate): number {
    let n = 0
    this.eachRun(fields, start, end, (s, e, a, b, c, d) => {
      if (test(a ?? 0, b ?? 0, c ?? 0, d ?? 0)) n += e - s
    })
    return n
  }

  /** See `extent` in executors/step.ts, coarsest grain. */
  extent(fields: readonly Field[], start: number, end: number, unit: number): number {
    let same = end
    for (const f of fields) same = Math.min(same, this.endOf(f, start))
    const whole = alignDown(same - start, unit)
    return Math.min(end, start + Math.max(unit, whole))
  }
}
