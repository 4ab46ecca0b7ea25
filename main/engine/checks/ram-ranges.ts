/** Where the resource tree says that busy System RAM is. */
import type { Kernel } from '../state/kernel.ts'
import type { Reader } from '../state/reader.ts'
import type { Resource } from '../state/resource-tree.ts'

export interface PfnRange { readonly start: number; readonly end: number }

/** Topmost busy System RAM, as pfns in ascending order, each piece rounded inwards to whole pages, touching pieces joined. */
export function busySystemRam(k: Kernel, store: Reader): PfnRange[] {
  const out: { start: number; end: number }[] = []
  const walk = (r: Resource): void => {
    for (const c of r.children) {
      if (!c.busy || !c.sysram) {
        walk(c)
        continue
      }
      const start = Math.ceil(c.start / k.pageSize)
      const end = Math.floor(c.end / k.pageSize)
      const last = out[out.length - 1]
      if (end <= start) continue
      if (last && last.end === start) last.end = end
      else out.push({ start, end })
    }
  }
  walk(store.ref(k.iomem))
  return out
}

/** The first part of [start, end) that none of the ascending ranges covers. */
export function uncovered(ranges: readonly PfnRange[], start: number, end: number): PfnRange | undefined {
  // the last range that starts at or below `start`
  let lo = 0
  let hi = ranges.length
  while (lo < hi) {
    const mid = (lo + hi) >>> 1
    if (ranges[mid]!.start <= start) lo = mid + 1
    else hi = mid
  }
  const inside = ranges[lo - 1]
  if (!inside || inside.end <= start) return { start, end: Math.min(end, ranges[lo]?.start ?? end) }
  return inside.end >= end ? undefined : { start: inside.end, end }
}
