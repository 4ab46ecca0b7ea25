/**
 * How property tests run: with a seed that a failure prints (fast-check does) and ZL_SEED repeats: ZL_SEED=1234 npx vitest run
 * test/property. ZL_RUNS multiplies the number of runs.
 */
import type fc from 'fast-check'

const number = (name: string): number | undefined => {
  const text = process.env[name]
  const n = text === undefined || text === '' ? NaN : Number(text)
  return Number.isFinite(n) ? n : undefined
}

/** Parameters of fc.assert for `runs` sequences. */
export function replayable<T>(runs: number): fc.Parameters<T> {
  const seed = number('ZL_SEED')
  const factor = number('ZL_RUNS') ?? 1
  return { numRuns: Math.ceil(runs * factor), ...(seed === undefined ? {} : { seed }) }
}
