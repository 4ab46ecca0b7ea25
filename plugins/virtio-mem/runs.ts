/** Sets of small numbers as sorted, disjoint runs [first, end): a bitmap that stays short. Immutable. */

export type Runs = readonly (readonly [first: number, end: number])[]

export const NONE: Runs = []

/** With all of [first, end). */
export function plus(runs: Runs, first: number, end: number): Runs {
  if (first >= end) return runs
  const apart = runs.filter(([a, b]) => b < first || a > end)
  const joined = runs.filter(([a, b]) => b >= first && a <= end)
  const run = [Math.min(first, ...joined.map(([a]) => a)), Math.max(end, ...joined.map(([, b]) => b))] as const
  return [...apart, run].sort((x, y) => x[0] - y[0])
}

/** Without any of [first, end). */
export const minus = (runs: Runs, first: number, end: number): Runs =>
  runs.flatMap(([a, b]): (readonly [number, number])[] => (b <= first || a >= end ? [[a, b]] : [...(a < first ? [[a, first] as const] : []), ...(b > end ? [[end, b] as const] : [])]))

/** Is every number of [first, end) in it? */
export const covers = (runs: Runs, first: number, end: number): boolean => runs.some(([a, b]) => a <= first && end <= b)

/** Is any number of [first, end) in it? */
export const meets = (runs: Runs, first: number, end: number): boolean => runs.some(([a, b]) => a < end && first < b)

/** How many numbers are in it. */
export const sizeOf = (runs: Runs): number => runs.reduce((sum, [a, b]) => sum + b - a, 0)

/** The runs inside [first, end), cut to it. */
export const within = (runs: Runs, first: number, end: number): Runs =>
  runs.flatMap(([a, b]) => (b <= first || a >= end ? [] : [[Math.max(a, first), Math.min(b, end)] as const]))

/** "0-31,40-63": first and last of each run. */
export const runsText = (runs: Runs): string => runs.map(([a, b]) => `${a}-${b - 1}`).join(',')

export const parseRuns = (text: string): Runs =>
  text === '' ? NONE : text.split(',').map((part) => {
    const [first = 0, last = 0] = part.split('-').map(Number)
    return [first, last + 1] as const
  })
