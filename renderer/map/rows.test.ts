import { describe, expect, it } from 'vitest'
import { layoutRows, rowAt } from './rows.ts'

const lanesOf = (nodes: number, zones: readonly ('DMA' | 'DMA32' | 'Normal' | 'Movable')[]) => ({
  resourceLevels: 2,
  nodes: Array.from({ length: nodes }, (_, node) => ({ node, spanned: 1, present: 1, startPfn: 0 })),
  lanes: Array.from({ length: nodes }, (_, node) => zones.map((zone) => ({ node, zone, spanned: 1, present: 1, startPfn: 0 }))).flat(),
})
const options = { collapsed: new Set<string>(), opened: new Set<string>(), zoomed: false, pageMaps: false, available: 640 }

describe('rows of the map', () => {
  it('puts each zone under its node and blocks, sections and pages below', () => {
    const { rows } = layoutRows({ ...options, axis: lanesOf(2, ['DMA32', 'Normal']) })
    expect(rows.map((row) => row.key)).toEqual([
      'resources', 'node 0', 'zone 0/DMA32', 'zone 0/Normal', 'node 1', 'zone 1/DMA32', 'zone 1/Normal', 'blocks', 'sections', 'pages', 'directmap',
    ])
  })
  it('gives spare height to zones and struct pages, and fills the room exactly', () => {
    const { rows, height } = layoutRows({ ...options, axis: lanesOf(1, ['DMA', 'DMA32', 'Normal']), available: 500 })
    expect(height).toBe(500)
    expect(rows.find((row) => row.kind === 'zone')?.height).toBeGreaterThan(33)
  })
  it('thins the lanes of a machine with four nodes before anything scrolls', () => {
    const { rows, height } = layoutRows({ ...options, axis: lanesOf(4, ['DMA32', 'Normal']), available: 500 })
    expect(height).toBe(500)
    expect(rows.filter((row) => row.kind === 'zone')).toHaveLength(8)
  })
  it('folds the zones of 16 nodes into their rows, so that blocks, sections and struct pages need no scrolling', () => {
    const { rows, height } = layoutRows({ ...options, axis: lanesOf(16, ['Normal', 'Movable']), pageMaps: true, available: 582 })
    expect(rows.filter((row) => row.kind === 'node').every((row) => row.folded)).toBe(true)
    expect(rows.some((row) => row.kind === 'zone')).toBe(false)
    expect(height).toBeLessThanOrEqual(582)
  })
  it('keeps a node open that the user opened', () => {
    const { rows } = layoutRows({ ...options, axis: lanesOf(16, ['Normal', 'Movable']), opened: new Set(['node 3']) })
    expect(rows.filter((row) => row.kind === 'zone').map((row) => row.key)).toEqual(['zone 3/Normal', 'zone 3/Movable'])
  })
  it('folds the same nodes at every zoom', () => {
    const axis = lanesOf(3, ['DMA32', 'Normal'])
    const folded = (zoomed: boolean, available: number): boolean => layoutRows({ ...options, axis, zoomed, available }).rows.some((row) => row.folded)
    for (let available = 300; available < 700; available++) expect(folded(true, available)).toBe(folded(false, available))
  })
  it('shows page maps between struct pages and the direct map where there are devices', () => {
    const { rows } = layoutRows({ ...options, axis: lanesOf(1, ['Normal']), pageMaps: true })
    expect(rows.slice(-3).map((row) => row.key)).toEqual(['pages', 'pagemaps', 'directmap'])
  })
  it('keeps only the name of a collapsed track, and of a collapsed node its bar', () => {
    const { rows } = layoutRows({ ...options, axis: lanesOf(2, ['Normal']), collapsed: new Set(['blocks', 'node 0']) })
    expect(rows.find((row) => row.key === 'blocks')).toMatchObject({ collapsed: true, height: 16 })
    expect(rows.find((row) => row.key === 'node 0')).toMatchObject({ folded: true, collapsed: false })
    expect(rows.map((row) => row.key)).not.toContain('zone 0/Normal')
    expect(rows.map((row) => row.key)).toContain('zone 1/Normal')
  })
  it('never overlaps rows and finds the one under the pointer', () => {
    const { rows } = layoutRows({ ...options, axis: lanesOf(4, ['DMA', 'DMA32', 'Normal']), zoomed: true })
    rows.forEach((row, i) => expect(row.y).toBeGreaterThanOrEqual(i === 0 ? 0 : rows[i - 1]!.y + rows[i - 1]!.height))
    const zone = rows.find((row) => row.key === 'zone 2/Normal')!
    expect(rowAt(rows, zone.y + 1)).toBe(zone)
    expect(rowAt(rows, zone.y - 1)).toBeUndefined()
  })
})
