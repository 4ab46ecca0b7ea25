/** What the programs of one exploration have in common. */
import type { Kernel } from '../../state/kernel.ts'
import type { RangeStore } from '../../state/range-store.ts'
import type { Layout, Scope } from './scope.ts'
import type { Values } from './values.ts'

export interface World {
  readonly kernel: Kernel
  readonly base: RangeStore
  readonly values: Values
  readonly scope: Scope
  layout: Layout
  /** Ranges of struct pages are written in pieces of at most this many pages. */
  readonly pageGrain: number
  readonly without: ReadonlySet<string>
  /** Tests: see ExploreOptions.checkMerges. */
  readonly checkMerges: boolean
  /** While the scope is being found: a node that wants more of it is left unresolved. */
  lenient: boolean
  resumes: number
}

/** pfns between which the pieces of a write to struct pages lie. */
export function pieceBorders(world: World, start: number, end: number): readonly number[] {
  const { pagesPerSubsection } = world.kernel
  const borders = [start]
  for (let at = (Math.floor(start / world.pageGrain) + 1) * world.pageGrain; at < end; at += world.pageGrain) borders.push(at)
  // "in progress" shows even of a range that would be one piece
  const middle = Math.ceil((start + end) / 2 / pagesPerSubsection) * pagesPerSubsection
  if (borders.length === 1 && middle > start && middle < end) borders.push(middle)
  borders.push(end)
  return borders
}
