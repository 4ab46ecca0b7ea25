import { describe, expect, it } from 'vitest'
import { layoutRows, rowAt } from './rows.ts'

const lanesOf = (nodes: number, zones: readonly ('DMA' | 'DMA32' | 'Normal' | 'Movable')[]) => ({
  resourceLevels: 2,
  nodes: Array.from({ length: nodes }, (_, node) => ({ node, spanned: 1, present: 1, startPfn: 0 })),
  lanes: Array.from({ length: nodes }, (_, node) => zones.map((zone) => ({ node, zone, spanned: 1, present: 1, startPfn: 0 }))).flat(),
})
const options = { collapsed: new Set<string>(), zoomed: false, available: 640 }

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
  it('thins the lanes of a machine with 16 nodes before it scrolls', () => {
    const { rows, height } = layoutRows({ ...options, axis: lanesOf(16, ['Normal', 'Movable']) })
    expect(rows.filter((row) => row.kind === 'zone').every((row) => row.height === 16)).toBe(true)
    expect(height).toBeGreaterThan(640)
    const nodes = rows.filter((row) => row.kind === 'node')
    expect(nodes[2]!.y - nodes[1]!.y).toBeLessThan(70)
  })
  it('keeps only the name of a collapsed track, and of a collapsed node its bar', () => {
    const { rows } = layoutRows({ ...options, axis: lanesOf(2, ['Normal']), collapsed: new Set(['blocks', 'node 0']) })
    expect(rows.find((row) => row.key === 'blocks')).toMatchObject({ collapsed: true, height: 16 })
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
