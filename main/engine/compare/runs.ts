/** Two lists of runs on one axis, cut where they differ. */

export interface Run { readonly start: number; readonly end: number }

/** A stretch on which two lists say different things of one field; `a` and `b` are undefined where the list has no run. */
export interface DifferingRun extends Run { readonly a: string | undefined; readonly b: string | undefined }

/** Fields of a run as text, in a fixed order. The first tells whether there is anything: where one list has no run, it alone is told. */
export type FieldsOf<R> = (run: R) => readonly string[]

/**
 * Where two sorted lists of disjoint runs differ, by field: equal neighbours are joined. Cost grows with the number of runs.
 */
export function differingRuns<R extends Run>(a: readonly R[], b: readonly R[], fieldCount: number, fieldsOf: FieldsOf<R>): readonly (readonly DifferingRun[])[] {
  const out: { start: number; end: number; a: string | undefined; b: string | undefined }[][] = Array.from({ length: fieldCount }, () => [])
  let i = 0
  let j = 0
  let at = Math.min(a[0]?.start ?? Infinity, b[0]?.start ?? Infinity)
  while (i < a.length || j < b.length) {
    const [ra, rb] = [a[i], b[j]]
    const inA = ra !== undefined && ra.start <= at
    const inB = rb !== undefined && rb.start <= at
    const end = Math.min(ra ? (inA ? ra.end : ra.start) : Infinity, rb ? (inB ? rb.end : rb.start) : Infinity)
    if (inA || inB) {
      const [fa, fb] = [inA ? fieldsOf(ra) : undefined, inB ? fieldsOf(rb) : undefined]
      for (let f = 0; f < (fa && fb ? fieldCount : 1); f++) {
        if (fa?.[f] === fb?.[f]) continue
        const last = out[f]!.at(-1)
        if (last && last.end === at && last.a === fa?.[f] && last.b === fb?.[f]) last.end = end
        else out[f]!.push({ start: at, end, a: fa?.[f], b: fb?.[f] })
      }
    }
    at = end
    if (ra && ra.end <= at) i++
    if (rb && rb.end <= at) j++
  }
  return out
}
