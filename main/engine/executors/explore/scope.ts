/**
 * The scope: every place that some thread may write, found while threads run. A layout numbers the places. A field's places are stretches that
 * are always written as a whole, cut where writes and the base's runs begin and end, so that no precision is lost.
 */
import type { Cell, Field, Lock, Ref } from '../../state/handles.ts'
import type { RangeStore } from '../../state/range-store.ts'
import type { Values } from './values.ts'

/** Thrown when a thread wants to write where the layout has no place; the scope has it by then. */
export class ScopeGrown extends Error {}

export type Place =
  | { readonly kind: 'cell'; readonly h: Cell }
  | { readonly kind: 'ref'; readonly h: Ref<unknown> }
  /** In units of the field. */
  | { readonly kind: 'field'; readonly h: Field; readonly start: number; readonly end: number }
  /** 0 free, owner + 1, or minus the mask of readers. */
  | { readonly kind: 'lock'; readonly h: Lock }
  /** A seqlock's sequence. */
  | { readonly kind: 'sequence'; readonly h: Lock }
  /** Readers that thread `thread` still waits for in synchronize_rcu(), a mask. */
  | { readonly kind: 'grace'; readonly h: Lock; readonly thread: number }

interface FieldScope { readonly h: Field; readonly cuts: Set<number>; covered: { readonly start: number; readonly end: number }[] }

export class Scope {
  private readonly cells = new Set<Cell>()
  private readonly refs = new Set<Ref<unknown>>()
  private readonly locks = new Set<Lock>()
  private readonly fields = new Map<Field, FieldScope>()
  version = 0

  addCell(h: Cell): void {
    if (!this.cells.has(h)) this.version++
    this.cells.add(h)
  }
  addRef(h: Ref<unknown>): void {
    if (!this.refs.has(h)) this.version++
    this.refs.add(h)
  }
  addLock(h: Lock): void {
    if (!this.locks.has(h)) this.version++
    this.locks.add(h)
  }
  /** Units [start, end) are written as a whole. */
  addUnits(h: Field, start: number, end: number): void {
    let f = this.fields.get(h)
    if (!f) this.fields.set(h, (f = { h, cuts: new Set(), covered: [] }))
    this.version++
    f.cuts.add(start)
    f.cuts.add(end)
    // joined with what it touches
    const apart = f.covered.filter((c) => c.end < start || c.start > end)
    const joined = f.covered.filter((c) => !(c.end < start || c.start > end))
    apart.push({ start: Math.min(start, ...joined.map((c) => c.start)), end: Math.max(end, ...joined.map((c) => c.end)) })
    f.covered = apart.sort((a, b) => a.start - b.start)
  }

  layout(base: RangeStore, values: Values, threads: number): Layout {
    const places: Place[] = []
    const initial: number[] = []
    for (const h of this.locks) {
      places.push({ kind: 'lock', h })
      initial.push(0)
      if (h.kind === 'seqlock') {
        places.push({ kind: 'sequence', h })
        initial.push(0)
      }
      if (h.kind === 'rcu')
        for (let thread = 0; thread < threads; thread++) {
          places.push({ kind: 'grace', h, thread })
          initial.push(0)
        }
    }
    for (const h of this.cells) {
      places.push({ kind: 'cell', h })
      initial.push(values.code(base.cell(h)))
    }
    for (const h of this.refs) {
      places.push({ kind: 'ref', h })
      initial.push(values.refCode(base.ref(h)))
    }
    for (const { h, cuts, covered } of this.fields.values())
      for (const c of covered) {
        const runs = base.fields[h.id]!.runs(c.start, c.end)
        for (let i = 0; i < runs.length; i += 3) {
          const [from, to, value] = [runs[i]!, runs[i + 1]!, runs[i + 2]!]
          const borders = [from, ...[...cuts].filter((x) => x > from && x < to).sort((a, b) => a - b), to]
          for (let b = 1; b < borders.length; b++) {
            places.push({ kind: 'field', h, start: borders[b - 1]!, end: borders[b]! })
            initial.push(values.code(value))
          }
        }
      }
    return new Layout(this.version, places, Int32Array.from(initial))
  }
}

/** Ascending places of one field. */
interface FieldPlaces { readonly starts: number[]; readonly ends: number[]; readonly first: number }

export class Layout {
  private readonly byHandle = new Map<Cell | Ref<unknown> | Lock, number>()
  private readonly fields = new Map<Field, FieldPlaces>()

  constructor(readonly version: number, readonly places: readonly Place[], readonly initial: Int32Array) {
    places.forEach((p, i) => {
      if (p.kind === 'field') {
        let f = this.fields.get(p.h)
        if (!f) this.fields.set(p.h, (f = { starts: [], ends: [], first: i }))
        f.starts.push(p.start)
        f.ends.push(p.end)
      } else if (p.kind === 'cell' || p.kind === 'ref' || p.kind === 'lock') this.byHandle.set(p.h, i)
    })
  }

  get size(): number {
    return this.places.length
  }

  /** Place of a scalar, a reference or a lock; -1 where nobody writes it. */
  of(h: Cell | Ref<unknown> | Lock): number {
    return this.byHandle.get(h) ?? -1
  }

  /** Index into the field's places of the last one that starts at or below `unit`; -1 for none. */
  private below(f: FieldPlaces, unit: number): number {
    let lo = 0
    let hi = f.starts.length
    while (lo < hi) {
      const mid = (lo + hi) >>> 1
      if (f.starts[mid]! <= unit) lo = mid + 1
      else hi = mid
    }
    return lo - 1
  }

  /** Place of a unit of a field; -1 where nobody writes it. */
  at(h: Field, unit: number): number {
    const f = this.fields.get(h)
    if (!f) return -1
    const i = this.below(f, unit)
    return i >= 0 && unit < f.ends[i]! ? f.first + i : -1
  }

  /** Start and end, in units, of the stretch around a unit that no place begins or ends in. */
  around(h: Field, unit: number): readonly [start: number, end: number] {
    const f = this.fields.get(h)
    if (!f) return [0, Infinity]
    const i = this.below(f, unit)
    if (i >= 0 && unit < f.ends[i]!) return [f.starts[i]!, f.ends[i]!]
    return [i >= 0 ? f.ends[i]! : 0, f.starts[i + 1] ?? Infinity]
  }

  /** Places that meet units [start, end). */
  within(h: Field, start: number, end: number): number[] {
    const f = this.fields.get(h)
    const out: number[] = []
    if (!f) return out
    let i = this.below(f, start)
    if (i < 0 || f.ends[i]! <= start) i++
    for (; i < f.starts.length && f.starts[i]! < end; i++) out.push(f.first + i)
    return out
  }

  /** The places that make up units [start, end) exactly; undefined when they do not. */
  exactly(h: Field, start: number, end: number): number[] | undefined {
    const f = this.fields.get(h)
    if (!f) return undefined
    const found = this.within(h, start, end)
    let at = start
    for (const i of found) {
      if (f.starts[i - f.first] !== at) return undefined
      at = f.ends[i - f.first]!
    }
    return at === end ? found : undefined
  }
}
