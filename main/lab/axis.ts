/** The axis of the map: which stretches of the physical space hold anything, and the lanes of its tracks. */
import type { Axis, AxisSegment } from '../../preload/contract.ts'
import { alignDown, alignUp } from '../engine/units.ts'
import { eachResource } from '../engine/state/resource-tree.ts'
import type { Document } from './document.ts'
import { zoneKeyOf } from './zone-key.ts'

/** A gap of at most this many sections between two stretches stays open. */
const OPEN_GAP = 2

export function axis(doc: Document): Axis {
  const { kernel: k, store } = doc
  const section = k.pagesPerSection * k.pageSize
  const found: { start: number; end: number }[] = []
  const top = k.pluggableEnd / k.pageSize
  let sections = 0
  store.eachRun([k.sectionFlags], 0, top, (s, e, flags) => {
    if (!flags) return
    found.push({ start: s * k.pageSize, end: e * k.pageSize })
    sections += (e - s) / k.pagesPerSection
  })
  // System RAM without sections, as a failed removal may leave it
  eachResource(store.ref(k.iomem), (r) => {
    if (r.sysram) found.push({ start: alignDown(r.start, section), end: alignUp(r.end, section) })
  })
  // what devices claim or map may have no section at all
  const held = [
    ...store.ref(k.devices).flatMap((d) => [...d.regions, ...d.ram]),
    ...store.ref(k.pgmaps).flatMap((p) => p.ranges.map((r) => ({ start: r.start * k.pageSize, end: r.end * k.pageSize }))),
    ...doc.steps.flatMap(({ command: c }) => (c.op === 'request_region' ? [{ start: c.start, end: c.start + c.size }] : [])),
  ]
  for (const h of held) if (h.end > h.start && h.end <= k.pluggableEnd) found.push({ start: alignDown(h.start, section), end: alignUp(h.end, section) })
  found.sort((a, b) => a.start - b.start)
  const segments: { start: number; end: number }[] = []
  for (const f of found) {
    const last = segments[segments.length - 1]
    if (last && f.start - last.end <= OPEN_GAP * section) last.end = Math.max(last.end, f.end)
    else segments.push({ ...f })
  }
  let blocks = 0
  let pages = 0
  let mapped = 0
  store.eachRun([k.blockState], 0, top, (s, e, state) => {
    if (state) blocks += (e - s) / k.pagesPerBlock
  })
  store.eachRun([k.page], 0, top, (s, e, page) => {
    if (page) pages += e - s
  })
  store.eachRun([k.directMap], 0, top, (s, e, on) => {
    if (on) mapped += (e - s) * k.pageSize
  })
  let levels = 1
  eachResource(store.ref(k.iomem), (r, depth) => {
    if (segments.some((s) => r.start < s.end && s.start < r.end)) levels = Math.max(levels, depth + 1)
  })
  return {
    segments: segments as readonly AxisSegment[],
    spaceEnd: k.description.iomemEnd,
    lanes: lanes(doc).map((z) => ({ node: z.node.id, zone: zoneKeyOf(z.index), spanned: store.cell(z.spanned), present: store.cell(z.present), startPfn: store.cell(z.startPfn) })),
    nodes: shownNodes(doc).map((n) => ({ node: n.id, spanned: store.cell(n.spanned), present: store.cell(n.present), startPfn: store.cell(n.startPfn) })),
    resourceLevels: levels,
    counts: { blocks, sections, pages, mapped },
  }
}

/** Zones that have or had a span, in node and index order: the lanes of the zone track. */
export const lanes = (doc: Document) =>
  doc.kernel.nodeIds.flatMap((id) => doc.kernel.node(id).zones.filter((z) => doc.store.cell(z.spanned) > 0 || doc.store.cell(z.initialized) > 0))

/** Nodes that are online or span anything: the lanes of the node track. */
export const shownNodes = (doc: Document) =>
  doc.kernel.nodeIds.map((id) => doc.kernel.node(id)).filter((n) => doc.store.cell(n.online) > 0 || doc.store.cell(n.spanned) > 0)
