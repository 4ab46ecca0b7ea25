/** Walks over fields, for whatever keeps their values as runs: a RangeStore, or the explorer's places over one. */
import type { Predicate } from '../executors/step.ts'
import { alignDown } from '../units.ts'
import type { Field } from './handles.ts'

export abstract class FieldReader {
  /** Value of a field at a pfn. */
  abstract at(h: Field, pfn: number): number
  /** End (exclusive pfn) of a run of equal values that holds pfn; equal runs may follow each other. */
  abstract endOf(h: Field, pfn: number): number
  abstract startOf(h: Field, pfn: number): number

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
