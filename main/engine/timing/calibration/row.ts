/** A published figure, what it was measured on, and how the timeline computes it. */
import type { CostName, CostValues } from '../costs.ts'
import type { Experiment } from './experiment.ts'

/** A parameter that a row needs, and the rows of the same class of hardware that it is fitted on: never the row itself. */
export interface Free {
  readonly cost: CostName
  readonly on: readonly string[]
  /** What is fitted is a share of this: channel bandwidth of the machine, GB/s. */
  readonly of?: number
}

export interface Row {
  readonly id: string
  /** Part of the published figures that it stands in. */
  readonly section: '7.1' | '7.3' | '7.4'
  /** Rows of one class may be fitted on each other. */
  readonly hardware: string
  readonly what: string
  /** Seconds, or a bare ratio; a range where a range was published. */
  readonly published: number | readonly [low: number, high: number]
  readonly unit: 's' | 'ratio'
  readonly source: string
  /** How to compute it; absent where the figure does not give enough, and `cannot` says why. */
  readonly experiment?: Experiment
  readonly free?: readonly Free[]
  /** Parameters that are what another is: the same code on the same memory. */
  readonly same?: Readonly<Partial<Record<CostName, CostName>>>
  /** Held fixed: what the publication says, or what does not matter to the figure. */
  readonly fixed?: CostValues
  readonly cannot?: string
  /** Why it comes out as it does, where it does not meet. */
  readonly note?: string
}

export const range = (row: Row): readonly [low: number, high: number] => (typeof row.published === 'number' ? [row.published, row.published] : row.published)

/** How far a computed value is from what was published; 0 inside a range. */
export function errorOf(row: Row, computed: number): number {
  const [low, high] = range(row)
  return computed < low ? computed / low - 1 : computed > high ? computed / high - 1 : 0
}
