/** The whole state behind an engine as comparable values, and what the kernel leaves behind when everything that was added has gone. */
import type { Engine } from '../../engine/engine.ts'
import type { RangeMap } from '../../engine/state/range-map.ts'
import { SECTION } from '../../engine/state/section.ts'
import { ZONE } from '../../engine/state/zone.ts'
import { hex } from '../../engine/units.ts'

export interface State {
  readonly cells: readonly number[]
  readonly refs: readonly unknown[]
  /** Flat runs (start, end, value) of each field. */
  readonly fields: readonly (readonly number[])[]
  readonly log: number
}

const runsOf = (map: RangeMap): readonly number[] => map.runs(0, Infinity)

export function stateOf({ booted: { store } }: Engine): State {
  return { cells: [...store.cells], refs: [...store.refs], fields: store.fields.map(runsOf), log: store.log.length }
}

const equal = (a: unknown, b: unknown): boolean => a === b || JSON.stringify(a) === JSON.stringify(b)

/** What differs, by name, exactly. */
export function differences({ booted: { kernel: k } }: Engine, a: State, b: State): string[] {
  return [
    ...k.allCells.filter((c) => a.cells[c.id] !== b.cells[c.id]).map((c) => `${c.name} is ${b.cells[c.id]}, was ${a.cells[c.id]}`),
    ...k.allRefs.filter((r) => !equal(a.refs[r.id], b.refs[r.id])).map((r) => r.name),
    ...k.allFields.filter((f) => !equal(a.fields[f.id], b.fields[f.id])).map((f) => `${f.name}${firstDifference(a.fields[f.id]!, b.fields[f.id]!, f.unit * k.pageSize)}`),
    ...(a.log === b.log ? [] : ['kernel log']),
  ]
}

/**
 * What a machine still has of devices that have gone, `before` and now, beyond what the kernel itself leaves: spans of ZONE_DEVICE and of nodes (never
 * shrunk), zones that were initialised once, the highest pfn and section, page map numbers, WARN_ONCE flags, and within early sections the taint and
 * the stale pages (kernel-behaviour 3b-3e). `refused`: an add was refused, which may leave parts of it (surprise 19), so fields are not judged.
 */
export function leftovers(engine: Engine, before: State, now: State, refused: boolean): string[] {
  const { kernel: k } = engine.booted
  const allowed = new Set([k.maxPfn.id, k.highestPresentSection.id, k.lastPgmap.id])
  for (const node of k.nodes.values()) {
    for (const cell of [node.startPfn, node.spanned, node.nrZones]) allowed.add(cell.id)
    const device = node.zones[ZONE.DEVICE]
    // a node that spans device memory stays online
    if (device && now.cells[device.spanned.id]! > 0) allowed.add(node.online.id)
    for (const z of node.zones) {
      allowed.add(z.initialized.id).add(z.contiguous.id)
      if (z.index === ZONE.DEVICE) allowed.add(z.startPfn.id).add(z.spanned.id)
      else if (now.cells[z.spanned.id] === 0) allowed.add(z.startPfn.id)
    }
  }
  const early = earlyRanges(engine)
  const fields = refused ? [] : k.allFields.flatMap((f) => {
    if (f === k.blockOnlineType) return []
    const outside = (runs: readonly number[]): readonly number[] => {
      if (f === k.page || f === k.subsectionMap) return cut(runs, early, f.unit)
      return f === k.sectionFlags ? joined(runs.map((v, i) => (i % 3 === 2 && v & SECTION.early ? v & ~SECTION.taint : v))) : runs
    }
    const [a, b] = [outside(before.fields[f.id]!), outside(now.fields[f.id]!)]
    return equal(a, b) ? [] : [`${f.name}${firstDifference(a, b, f.unit * k.pageSize)}`]
  })
  return [
    ...k.allCells.filter((c) => !allowed.has(c.id) && before.cells[c.id] !== now.cells[c.id]).map((c) => `${c.name} is ${now.cells[c.id]}, was ${before.cells[c.id]}`),
    ...k.allRefs.filter((r) => r !== k.warnedOnce && !equal(before.refs[r.id], now.refs[r.id])).map((r) => (r === k.iomem ? `/proc/iomem: ${iomemDifference(before.refs[r.id], now.refs[r.id])}` : r.name)),
    ...fields,
  ]
}

/** pfn ranges of early sections. */
function earlyRanges({ booted: { kernel: k, store } }: Engine): readonly (readonly [number, number])[] {
  const out: [number, number][] = []
  store.eachRun([k.sectionFlags], 0, k.pluggableEnd / k.pageSize, (s, e, flags) => {
    if ((flags ?? 0) & SECTION.early) out.push([s, e])
  })
  return out
}

/** Runs without the parts inside the ranges. */
function cut(runs: readonly number[], ranges: readonly (readonly [number, number])[], unit: number): readonly number[] {
  const out: number[] = []
  for (let i = 0; i < runs.length; i += 3) {
    let at = runs[i]!
    const end = runs[i + 1]!
    for (const [from, to] of ranges) {
      const [s, e] = [from / unit, to / unit]
      if (e <= at || s >= end) continue
      if (s > at) out.push(at, s, runs[i + 2]!)
      at = Math.min(end, e)
    }
    if (at < end) out.push(at, end, runs[i + 2]!)
  }
  return joined(out)
}

/** Runs with equal neighbours joined; those of value 0 left out. */
function joined(runs: readonly number[]): readonly number[] {
  const out: number[] = []
  for (let i = 0; i < runs.length; i += 3) {
    if (runs[i + 2] === 0) continue
    if (out.length > 0 && out[out.length - 2] === runs[i] && out[out.length - 1] === runs[i + 2]) out[out.length - 2] = runs[i + 1]!
    else out.push(runs[i]!, runs[i + 1]!, runs[i + 2]!)
  }
  return out
}

function firstDifference(a: readonly number[], b: readonly number[], unitBytes: number): string {
  for (let i = 0; i < Math.max(a.length, b.length); i += 3) {
    if (a[i] === b[i] && a[i + 1] === b[i + 1] && a[i + 2] === b[i + 2]) continue
    const start = Math.min(a[i] ?? Infinity, b[i] ?? Infinity)
    return Number.isFinite(start) ? ` at ${hex(start * unitBytes)}` : ''
  }
  return ''
}

interface Node { readonly start: number; readonly end: number; readonly name: string; readonly children: readonly Node[] }
function iomemDifference(before: unknown, now: unknown): string {
  const lines = (n: Node): string[] => n.children.flatMap((c) => [`"${c.name}" ${hex(c.start)}-${hex(c.end - 1)}`, ...lines(c)])
  const [a, b] = [lines(before as Node), lines(now as Node)]
  const more = b.find((line) => !a.includes(line))
  const less = a.find((line) => !b.includes(line))
  return more !== undefined ? `${more} is left` : less !== undefined ? `${less} has gone` : 'the same lines, nested otherwise'
}
