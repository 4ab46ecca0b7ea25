/** Page maps: what the kernel's table lists, what spans say of them, who holds their range. I10, I28, and I11 for devices. */
import { ZONE } from '../state/zone.ts'
import { eachResource } from '../state/resource-tree.ts'
import { hex } from '../units.ts'
import type { Check } from './result.ts'
import { pfns, zoneName } from './wording.ts'

/** I10. A failed add over others' ranges takes their entries off the table: that is what 6.1 does. */
export const pgmapIndex: Check = (k, store) => {
  const known = new Map(store.ref(k.pgmaps).map((p) => [p.id, p]))
  let broken: string | undefined
  store.eachRun([k.pgmapIndex], 0, k.pluggableEnd / k.pageSize, (s, e, id) => {
    if (!id) return true
    const map = known.get(id)
    if (!map) broken = `the table lists page map ${id} for ${pfns(s, e)}, and there is no such page map`
    else if (!map.ranges.some((r) => r.start <= s && e <= r.end)) broken = `the table lists page map ${id} for ${pfns(s, e)}, outside its ranges`
    return broken === undefined
  })
  if (broken !== undefined) return { broken }
  for (const map of known.values()) {
    // HMM's own page maps stand in HMM's own table (v4.14 … v4.20)
    if (map.hmm) continue
    for (const r of map.ranges) {
      const lost = store.scan([k.pgmapIndex], r.start, r.end, 1, (id) => id !== map.id)
      if (lost >= 0) return { byDesign: `the table does not list ${pfns(lost, lost + 1)} of live page map ${map.id}: a failed add over it erased the entries` }
    }
  }
  return {}
}

/** I28, as far as the present shows it: every live page map lies inside the span of its node's ZONE_DEVICE. */
export const deviceSpan: Check = (k, store) => {
  for (const p of store.ref(k.pgmaps)) {
    const zone = k.zone(p.node, ZONE.DEVICE)
    const start = store.cell(zone.startPfn)
    const end = start + store.cell(zone.spanned)
    for (const r of p.ranges) if (r.start < start || r.end > end) return { broken: `page map ${p.id} covers ${pfns(r.start, r.end)}, ${zoneName(zone)} spans ${pfns(start, end)}` }
  }
  return {}
}

/** I11, for devices: what a device claims is in the resource tree, and no two live page maps cover one page. */
export const devicesOwnTheirRanges: Check = (k, store) => {
  const claimed = new Set<string>()
  eachResource(store.ref(k.iomem), (r) => {
    claimed.add(`${r.start}-${r.end}`)
  })
  for (const d of store.ref(k.devices))
    for (const r of d.regions)
      if (!claimed.has(`${r.start}-${r.end}`)) return { broken: `device ${d.name} holds ${hex(r.start)}-${hex(r.end - 1)}, which the resource tree does not give it any more` }
  const ranges = store.ref(k.pgmaps).filter((p) => p.live).flatMap((p) => p.ranges.map((r) => ({ ...r, id: p.id }))).sort((a, b) => a.start - b.start)
  for (let i = 1; i < ranges.length; i++) {
    const [a, b] = [ranges[i - 1]!, ranges[i]!]
    if (b.start < a.end) return { broken: `page maps ${a.id} and ${b.id} both cover ${pfns(b.start, Math.min(a.end, b.end))}` }
  }
  return {}
}
