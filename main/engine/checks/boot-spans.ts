/** Where boot let each zone begin and end: borders there may be holes, which no later operation can leave. */
import { parseCmdline } from '../boot/cmdline.ts'
import { bootMemoryMap, memblockOf } from '../boot/memory-map.ts'
import { numaLayout } from '../boot/numa.ts'
import { zoneSizes } from '../boot/zone-sizes.ts'
import type { Kernel } from '../state/kernel.ts'
import { ZONE_NAMES, zoneId } from '../state/zone.ts'

export interface BootSpan { readonly start: number; readonly end: number }

const known = new WeakMap<Kernel, ReadonlyMap<number, BootSpan>>()

/** zoneId -> span in pfns, derived from the description once a machine. */
export function bootSpans(k: Kernel): ReadonlyMap<number, BootSpan> {
  const before = known.get(k)
  if (before) return before
  const { description } = k
  const p = parseCmdline(description.cmdline)
  const { memory } = numaLayout(description, memblockOf(bootMemoryMap(description, p), k.pageSize), p)
  const spans = new Map<number, BootSpan>()
  for (const z of zoneSizes(description, memory, p, k.nodeIds).zones) spans.set(zoneId(z.node, z.index), { start: z.start, end: z.start + z.spanned })
  for (const z of description.adopted?.zones ?? []) {
    const index = ZONE_NAMES.indexOf(z.zone)
    if (index >= 0) spans.set(zoneId(z.node, index), { start: z.startPfn, end: z.startPfn + z.spanned })
  }
  known.set(k, spans)
  return spans
}
