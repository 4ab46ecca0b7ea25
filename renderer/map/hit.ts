/** From a place on the map to the thing there, and to what selecting it means. Arithmetic only. */
import type { Selection, TrackId, ZoneKey } from '../../preload/contract.ts'
import type { DrawItem } from './items.ts'
import { LEVEL, LEVEL_GAP, type Row } from './rows.ts'

export interface Sizes { readonly page: number; readonly subsection: number; readonly section: number; readonly block: number }

/** Finest grain that is at least `px` wide at this scale, never coarser than a section. */
export function grainAt(scale: number, sizes: Sizes, px = 4): 'page' | 'subsection' | 'section' {
  if (sizes.page * scale >= px) return 'page'
  return sizes.subsection * scale >= px ? 'subsection' : 'section'
}

/** The resource level under `y` inside its row. */
export const levelAt = (yInRow: number): number => Math.floor(yInRow / (LEVEL + LEVEL_GAP))

/**
 * The thing drawn at an address of a row: the topmost item that covers it, or one that is closer than `slack` bytes
 * (thin items would otherwise be impossible to point at). What is present wins over the span behind it.
 */
export function itemAt(items: readonly DrawItem[], lane: number, address: number, slack: number): DrawItem | undefined {
  let best: DrawItem | undefined
  let bestScore = Infinity
  for (const item of items) {
    if (item.lane !== lane) continue
    const away = address < item.start ? item.start - address : address >= item.end ? address - item.end : 0
    if (away > slack) continue
    const score = away + (item.state === 'span' ? 0.5 : 0) + (away === 0 ? 0 : 1)
    if (score < bestScore || (score === bestScore && best && item.end - item.start < best.end - best.start)) {
      best = item
      bestScore = score
    }
  }
  return best
}

/** In a folded node, the zone whose present pages lie at an address: the row that it would have, and the item. */
export function zoneInFolded(
  row: Row, lanes: readonly { readonly node: number; readonly zone: ZoneKey }[], zones: readonly DrawItem[], address: number, slack: number,
): { readonly row: Row; readonly item: DrawItem } | undefined {
  for (const [lane, { node, zone }] of lanes.entries()) {
    if (node !== row.node) continue
    const item = itemAt(zones, lane, address, slack)
    if (item && item.state !== 'span') return { row: { ...row, kind: 'zone', track: 'zones', lane, zone }, item }
  }
  return undefined
}

/** What a click on `row` at `address` selects; undefined where there is nothing. */
export function selectionAt(row: Row, item: DrawItem | undefined, address: number, scale: number, sizes: Sizes): Selection | undefined {
  switch (row.kind) {
    case 'resources':
      return item && !item.packed ? { kind: 'resource', start: item.start, end: item.end, name: item.label } : undefined
    case 'node':
      return row.node === undefined ? undefined : { kind: 'node', node: row.node }
    case 'zone':
      return row.node === undefined || row.zone === undefined ? undefined : { kind: 'zone', node: row.node, zone: row.zone }
    case 'blocks':
      return item && { kind: 'block', block: Math.floor(address / sizes.block) }
    case 'sections':
      if (!item) return undefined
      return grainAt(scale, sizes, 3) === 'section'
        ? { kind: 'section', section: Math.floor(address / sizes.section) }
        : { kind: 'subsection', subsection: Math.floor(address / sizes.subsection) }
    case 'pages':
      if (!item) return undefined
      switch (grainAt(scale, sizes)) {
        case 'page': return { kind: 'page', pfn: Math.floor(address / sizes.page) }
        case 'subsection': return { kind: 'subsection', subsection: Math.floor(address / sizes.subsection) }
        default: return { kind: 'section', section: Math.floor(address / sizes.section) }
      }
    case 'pagemaps':
      return item?.device === undefined ? undefined : { kind: 'device', name: item.device }
    case 'directmap':
      return item && { kind: 'range', start: item.start, end: item.end }
  }
}

/** Bytes that a selection covers, where its numbers say so; zones, nodes and DIMMs are known to main only. */
export function rangeOfSelection(selection: Selection, sizes: Sizes): { start: number; end: number } | undefined {
  const cells = (first: number, last: number, size: number) => ({ start: first * size, end: (last + 1) * size })
  switch (selection.kind) {
    case 'block': return cells(selection.block, selection.block, sizes.block)
    case 'blocks': return cells(selection.first, selection.last, sizes.block)
    case 'section': return cells(selection.section, selection.section, sizes.section)
    case 'subsection': return cells(selection.subsection, selection.subsection, sizes.subsection)
    case 'page': return cells(selection.pfn, selection.pfn, sizes.page)
    case 'resource': case 'range': return { start: selection.start, end: selection.end }
    default: return undefined
  }
}

/** A range dragged between two addresses, on whole cells of the finest grain that can be pointed at. */
export function draggedRange(from: number, to: number, scale: number, sizes: Sizes): { start: number; end: number } {
  const size = sizes.block * scale >= 6 && sizes.subsection * scale < 6 ? sizes.block : sizes[grainAt(scale, sizes, 6)]
  return { start: Math.floor(Math.min(from, to) / size) * size, end: (Math.floor(Math.max(from, to) / size) + 1) * size }
}

/** The track whose item gets the selection ring. */
export function ringTrack(selection: Selection): TrackId | undefined {
  switch (selection.kind) {
    case 'block': case 'blocks': return 'blocks'
    case 'section': return 'sections'
    case 'subsection': return 'subsections'
    case 'page': return 'pages'
    case 'resource': return 'resources'
    case 'zone': return 'zones'
    case 'node': return 'nodes'
    case 'device': return 'pagemaps'
    default: return undefined
  }
}
