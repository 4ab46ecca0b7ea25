/** A figure that `npm run bench` measures: what `*.bench.ts` modules export by default, one or a list. */
export interface Figure {
  /** Short and stable, "cli-cold-start"; `npm run bench -- cli` runs the figures whose name contains "cli". */
  readonly name: string
  readonly unit: string
  /** The goal as text, "≤ 16". */
  readonly goal: string
  run(): Promise<Measured>
}

export interface Measured {
  readonly value: number
  /** Whether the goal is met. */
  readonly holds: boolean
  /** What was measured beside it in the same run, to compare with: "empty node 52 ms". */
  readonly beside?: string
}

/** The middle one of the values in order. */
export const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN

/** Milliseconds that something took. */
export async function elapsed(run: () => unknown): Promise<number> {
  const before = performance.now()
  await run()
  return performance.now() - before
}
