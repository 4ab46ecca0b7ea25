/** The axis of the map: which stretches of the physical space hold anything, and the lanes of its tracks. */
import type { Axis, AxisSegment } from '../../preload/contract.ts'
import { eachResource } from '../engine/state/resource-tree.ts'
import type { Document } from './document.ts'
import { zoneKeyOf } from './zone-key.ts'

/** A gap of at most this many sections between two stretches stays open. */
const OPEN_GAP = 2

export function axis(doc: Document): Axis {
  const { kernel: k, store } = doc
  const section = k.pagesPerSection * k.pageSize
  const top = k.pluggableEnd / k.pageSize
  let sections = 0
  store.eachRun([k.sectionFlags], 0, top, (s, e, flags) => {
    if (flags) sections += (e - s) / k.pagesPerSection
  })
  // what was ever there stays on the axis, so that the map keeps still while one steps through the history
  const segments: { start: number; end: number }[] = []
  doc.everOccupied.each(0, k.pluggableEnd / section, (s, e, there) => {
    if (!there) return
    const last = segments[segments.length - 1]
    if (last && s * section - last.end <= OPEN_GAP * section) last.end = e * section
    else segments.push({ start: s * section, end: e * section })
  })
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
    counts: { blocks, sections, pages, mapped, pageMaps: store.ref(k.pgmaps).length },
  }
}

/** Zones that have or had a span, in node and index order: the lanes of the zone track. */
export const lanes = (doc: Document) =>
  doc.kernel.nodeIds.flatMap((id) => doc.kernel.node(id).zones.filter((z) => doc.store.cell(z.spanned) > 0 || doc.store.cell(z.initialized) > 0))

/** Nodes that are online or span anything: the lanes of the node track. */
export const shownNodes = (doc: Document) =>
  doc.kernel.nodeIds.map((id) => doc.kernel.node(id)).filter((n) => doc.store.cell(n.online) > 0 || doc.store.cell(n.spanned) > 0)
