/**
 * A total map from non-negative integers to small integers, kept as sorted runs: `value(i)` is the value of the run that
 * `i` falls into, and equal neighbours are always merged. Memory and time grow with the number of distinct runs, never
 * with the length of the ranges. The index space ends at MAX_ADDRESS; everything not set is 0.
 *
 * Runs are handed out flat, as [start, end, value, start, end, value, …]: no object a run.
 */
export class RangeMap {
  /** Starts of runs, ascending; the first is 0. Run i covers [starts[i], starts[i+1]). */
  private readonly starts: number[] = [0]
  private readonly values: number[] = [0]
  /** Run that the last look-up fell into: look-ups come in neighbourhoods. */
  private last = 0

  /** Number of runs. */
  get runCount(): number {
    return this.starts.length
  }

  /** Index of the run that holds `index`. */
  private runAt(index: number): number {
    const { starts } = this
    let lo = this.last
    if (lo < starts.length && starts[lo]! <= index) {
      const next = starts[lo + 1]
      if (next === undefined || index < next) return lo
      if (starts[lo + 2] === undefined || index < starts[lo + 2]!) return (this.last = lo + 1)
      lo++
    } else lo = 0
    let hi = starts.length - 1
    while (lo < hi) {
      const mid = (lo + hi + 1) >>> 1
      if (starts[mid]! <= index) lo = mid
      else hi = mid - 1
    }
    return (this.last = lo)
  }

  get(index: number): number {
    return this.values[this.runAt(index)]!
  }

  /** End (exclusive) of the run that holds `index`; Infinity for the last one. */
  endOf(index: number): number {
    return this.starts[this.runAt(index) + 1] ?? Infinity
  }

  /** Start of the run that holds `index`. */
  startOf(index: number): number {
    return this.starts[this.runAt(index)]!
  }

  /** Sets [start, end) to `value`; an empty range changes nothing. */
  set(start: number, end: number, value: number): void {
    if (start >= end) return
    const { starts, values } = this
    const first = this.runAt(start)
    // run that holds `end`, for what stays behind the range
    let last = first
    while (last + 1 < starts.length && starts[last + 1]! < end) last++
    if (first === last && values[first] === value) return
    const tailValue = values[last]!
    const hasTail = (starts[last + 1] ?? Infinity) > end && end !== Infinity
    const hasHead = starts[first]! < start

    const newStarts: number[] = []
    const newValues: number[] = []
    if (hasHead) {
      newStarts.push(starts[first]!)
      newValues.push(values[first]!)
    }
    const from = first
    let to = last + 1
    // merge with what is on the left
    const leftValue = hasHead ? values[first]! : first > 0 ? values[first - 1]! : undefined
    if (leftValue !== value) {
      newStarts.push(start)
      newValues.push(value)
    }
    if (hasTail) {
      if (tailValue !== value) {
        newStarts.push(end)
        newValues.push(tailValue)
      }
    } else if (to < starts.length && values[to] === value) to++
    if (newStarts.length === to - from) {
      for (let i = 0; i < newStarts.length; i++) {
        starts[from + i] = newStarts[i]!
        values[from + i] = newValues[i]!
      }
    } else {
      starts.splice(from, to - from, ...newStarts)
      values.splice(from, to - from, ...newValues)
    }
    if (this.last >= starts.length) this.last = 0
  }

  /** The runs of [start, end), clipped, flat: start, end, value, … */
  runs(start: number, end: number): number[] {
    const out: number[] = []
    if (start >= end) return out
    let i = this.runAt(start)
    let at = start
    while (at < end) {
      const next = Math.min(this.starts[i + 1] ?? Infinity, end)
      out.push(at, next, this.values[i]!)
      at = next
      i++
    }
    return out
  }

  /** Calls `visit(start, end, value)` for each run of [start, end), clipped; stops when it returns false. */
  each(start: number, end: number, visit: (start: number, end: number, value: number) => boolean | void): void {
    if (start >= end) return
    let i = this.runAt(start)
    let at = start
    while (at < end) {
      const next = Math.min(this.starts[i + 1] ?? Infinity, end)
      if (visit(at, next, this.values[i]!) === false) return
      at = next
      i++
    }
  }
}
