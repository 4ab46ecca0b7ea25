import { describe, expect, it } from 'vitest'
import { GiB, MiB } from '../ui/format.ts'
import { draggedRange, itemAt, levelAt, rangeOfSelection, selectionAt, zoneInFolded } from './hit.ts'
import type { DrawItem } from './items.ts'
import { layoutRows } from './rows.ts'

const sizes = { page: 4096, subsection: 2 * MiB, section: 128 * MiB, block: 128 * MiB }
const wide = 32 / sizes.section
const item = (start: number, end: number, state: DrawItem['state'], lane = 0): DrawItem =>
  ({ start, end, lane, zone: 'Normal', state, label: 'x', count: 1, packed: false, cut: false })
const { rows } = layoutRows({
  axis: { resourceLevels: 2, nodes: [{ node: 3, spanned: 1, present: 1, startPfn: 0 }], lanes: [{ node: 3, zone: 'Normal', spanned: 1, present: 1, startPfn: 0 }] },
  collapsed: new Set(), opened: new Set(), zoomed: false, pageMaps: true, available: 600,
})
const row = (kind: string) => rows.find((r) => r.kind === kind)!

describe('what is under the pointer', () => {
  it('is what is present, before the span behind it', () => {
    const items = [item(0, GiB, 'span'), item(0, 512 * MiB, 'present')]
    expect(itemAt(items, 0, 100, 0)?.state).toBe('present')
    expect(itemAt(items, 0, 600 * MiB, 0)?.state).toBe('span')
    expect(itemAt(items, 1, 100, 0)).toBeUndefined()
  })
  it('is a thin item when the pointer is near it', () => {
    const thin = item(GiB, GiB + 4096, 'busy')
    expect(itemAt([thin], 0, GiB - 8 * MiB, 16 * MiB)).toBe(thin)
    expect(itemAt([thin], 0, GiB - 32 * MiB, 16 * MiB)).toBeUndefined()
  })
  it('finds the resource level', () => {
    expect([0, 19, 22, 45].map(levelAt)).toEqual([0, 0, 1, 2])
  })
})

describe('a folded node', () => {
  const lanes = [{ node: 0, zone: 'DMA32' }, { node: 3, zone: 'Normal' }, { node: 3, zone: 'Movable' }] as const
  const zones = [item(0, 4 * GiB, 'span', 1), item(0, GiB, 'present', 1), item(GiB, 2 * GiB, 'present', 2), item(0, GiB, 'present', 0)]
  it('answers with the zone whose pages are under the pointer', () => {
    const found = zoneInFolded(row('node'), lanes, zones, GiB + 5, 0)
    expect(found?.row).toMatchObject({ kind: 'zone', node: 3, zone: 'Movable', lane: 2 })
    expect(found && selectionAt(found.row, found.item, GiB + 5, wide, sizes)).toEqual({ kind: 'zone', node: 3, zone: 'Movable' })
  })
  it('is the node itself where no zone has pages', () => {
    expect(zoneInFolded(row('node'), lanes, zones, 3 * GiB, 0)).toBeUndefined()
  })
})

describe('what a click selects', () => {
  it('is the block and section by number', () => {
    const at = 34 * sizes.section + 5
    const on = item(34 * sizes.section, 35 * sizes.section, 'online')
    expect(selectionAt(row('blocks'), on, at, wide, sizes)).toEqual({ kind: 'block', block: 34 })
    expect(selectionAt(row('sections'), on, at, wide, sizes)).toEqual({ kind: 'section', section: 34 })
    expect(selectionAt(row('blocks'), undefined, at, wide, sizes)).toBeUndefined()
  })
  it('is finer the deeper the zoom', () => {
    const on = item(0, GiB, 'online')
    expect(selectionAt(row('pages'), on, 5 * MiB, 6 / sizes.subsection, sizes)).toEqual({ kind: 'subsection', subsection: 2 })
    expect(selectionAt(row('pages'), on, 8192, 10 / 4096, sizes)).toEqual({ kind: 'page', pfn: 2 })
  })
  it('is the device of a page map', () => {
    const bar: DrawItem = { ...item(GiB, 2 * GiB, 'device'), device: 'pmem0', nr: 1 }
    expect(selectionAt(row('pagemaps'), bar, GiB, wide, sizes)).toEqual({ kind: 'device', name: 'pmem0' })
    expect(selectionAt(row('pagemaps'), undefined, GiB, wide, sizes)).toBeUndefined()
  })
  it('is the zone of a lane, also where the lane is empty', () => {
    expect(selectionAt(row('zone'), undefined, 0, wide, sizes)).toEqual({ kind: 'zone', node: 3, zone: 'Normal' })
  })
})

describe('dragging with Shift', () => {
  it('takes whole blocks at the full view and sub-sections when they can be seen', () => {
    expect(draggedRange(130 * MiB, 300 * MiB, wide, sizes)).toEqual({ start: 128 * MiB, end: 384 * MiB })
    expect(draggedRange(9 * MiB, 3 * MiB, 8 / sizes.subsection, sizes)).toEqual({ start: 2 * MiB, end: 10 * MiB })
  })
  it('covers what a selection of numbers covers', () => {
    expect(rangeOfSelection({ kind: 'blocks', first: 32, last: 33 }, sizes)).toEqual({ start: 4 * GiB, end: 4 * GiB + 256 * MiB })
    expect(rangeOfSelection({ kind: 'node', node: 0 }, sizes)).toBeUndefined()
  })
})
