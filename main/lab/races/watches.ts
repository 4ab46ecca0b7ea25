/** Which values a trace is about: scalars that change and that more than one thread looks at, start and span of zones first. */
import type { RaceWatch } from '../../../preload/contract.ts'
import type { TraceStep } from '../../engine/executors/explore/exploration.ts'

/** As many columns as there is room for. */
const MOST = 3

export function watches(trace: readonly TraceStep[]): RaceWatch[] {
  const found = new Map<string, { threads: Set<number>; writes: number; first: number }>()
  for (const [i, s] of trace.entries()) {
    // places of pages have pfns; lists are no values that fit a column
    if (s.cell === undefined || s.start !== undefined || s.kind === 'update') continue
    const known = found.get(s.cell) ?? { threads: new Set(), writes: 0, first: i }
    known.threads.add(s.thread)
    if (s.from !== undefined && s.from !== s.to) known.writes++
    found.set(s.cell, known)
  }
  const about = trace.filter((s) => s.marked).map((s) => s.cell)
  const rank = (cell: string): number => (about.includes(cell) ? 0 : /^zone .*(?:zone_start_pfn|spanned_pages)$/.test(cell) ? 1 : cell.startsWith('zone ') ? 2 : 3)
  const wanted = [...found]
    .filter(([cell, f]) => f.writes > 0 && (f.threads.size > 1 || about.includes(cell) || rank(cell) === 1) && !cell.startsWith('last page map'))
    .sort(([a, x], [b, y]) => rank(a) - rank(b) || x.first - y.first)
  // where start and span of zones move, nothing else is what it is about
  const zones = wanted.filter(([cell]) => rank(cell) < 3)
  return (zones.length > 0 ? zones : wanted)
    .slice(0, MOST)
    .sort(([a, x], [b, y]) => Number(b.endsWith('zone_start_pfn')) - Number(a.endsWith('zone_start_pfn')) || x.first - y.first)
    .map(([cell]) => ({ cell, name: cell.slice(cell.lastIndexOf(' ') + 1), values: valuesOf(cell, trace) }))
}

/** What a scalar is before the first step and after each, from what the steps themselves say of it. */
function valuesOf(cell: string, trace: readonly TraceStep[]): string[] {
  const first = trace.find((s) => s.cell === cell)
  let now = first?.from ?? first?.to ?? ''
  return [now, ...trace.map((s) => (s.cell === cell ? (now = s.to ?? now) : now))]
}
