/**
 * The RangeStore: values behind the handles for the run executor. Scalars are numbers, references are immutable values,
 * and everything kept per page, section or block is a RangeMap in units of its field. Every write goes to the journal.
 */
import type { LogLine } from '../command.ts'
import { FieldReader } from './field-reader.ts'
import type { Cell, Field, Ref } from './handles.ts'
import { Journal, type JournalEntry } from './journal.ts'
import type { RangeMap } from './range-map.ts'

export class RangeStore extends FieldReader {
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
  override at(h: Field, pfn: number): number {
    return this.fields[h.id]!.get(h.unit === 1 ? pfn : Math.floor(pfn / h.unit))
  }
  /** End (exclusive pfn) of the run of a field that holds pfn. */
  override endOf(h: Field, pfn: number): number {
    return this.fields[h.id]!.endOf(Math.floor(pfn / h.unit)) * h.unit
  }
  override startOf(h: Field, pfn: number): number {
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

  /**
   * Does something of which nothing stays: state, history and what can be redone are afterwards as they were. `body` may do and undo as it
   * likes, but not go back behind where it began.
   */
  observe<T>(body: () => T): T {
    const { journal } = this
    const outer = journal.kept
    const mine: NonNullable<Journal['kept']> = { from: journal.applied, later: undefined }
    const end = journal.entries.length
    journal.kept = mine
    try {
      return body()
    } finally {
      journal.kept = outer
      if (journal.applied !== mine.from) this.travel(mine.from)
      if (mine.later) {
        journal.entries.length = mine.from
        for (const entry of mine.later) journal.entries.push(entry)
      } else journal.entries.length = end
    }
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
}
