/** What is printed from a snapshot is read back as the same machine. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { value } from '../../../test/fixtures/text/read.ts'
import type { BlockRun, NodeSnapshot, ResourceSnapshot, Snapshot, ZoneSnapshot } from '../snapshot-types.ts'
import { parseBlocks, printBlocks } from './blocks.ts'
import { parseIomem, printIomem } from './iomem.ts'
import { parseLsmem, printLsmem, printLsmemJson } from './lsmem.ts'
import { recognise } from './recognise.ts'
import { ZONE_NAMES } from './zone-names.ts'
import { parseZoneinfo, printZoneinfo } from './zoneinfo.ts'

const base: Omit<Snapshot, 'nodes' | 'blocks' | 'iomem'> = {
  arch: 'x86_64', constants: { pageSize: 4096, sectionSize: 2 ** 27, subsectionSize: 2 ** 21, blockSize: 2 ** 27 },
  maxPfn: 0, highestPresentSection: 0, autoOnline: 'offline', heldForEver: [], sections: [], pages: [], pgmaps: [], listed: [], devices: [], directMap: [],
}
const pages = fc.integer({ min: 0, max: 2 ** 40 })
const zone = (index: number): fc.Arbitrary<ZoneSnapshot> =>
  fc.tuple(pages, pages, pages, pages, fc.boolean()).map(([startPfn, spanned, hole, reserved, empty]) => {
    const present = empty ? 0 : Math.max(0, spanned - hole)
    const none = empty || spanned === 0
    return {
      name: ZONE_NAMES[index]!, index, startPfn: none ? 0 : startPfn, spanned: none ? 0 : spanned, present, presentEarly: 0,
      managed: Math.max(0, present - reserved), contiguous: false, initialized: true,
    }
  })
const node = (id: number): fc.Arbitrary<NodeSnapshot> =>
  fc.tuple(...ZONE_NAMES.map((_, i) => zone(i))).map((zones) => ({ id, hasData: true, online: true, hasCpu: true, hasMemory: true, hasNormalMemory: true, startPfn: 0, spanned: 0, present: 0, zones }))
const nodes = fc.uniqueArray(fc.integer({ min: 0, max: 1023 }), { minLength: 1, maxLength: 5 }).chain((ids) => fc.tuple(...ids.map(node)))

/** Siblings one after another in [start, end), each with children inside, eight levels deep at most. */
function resources(start: number, end: number, depth: number): fc.Arbitrary<ResourceSnapshot[]> {
  if (depth === 0 || end - start < 16) return fc.constant([])
  const names = fc.constantFrom('System RAM', 'PCI Bus 0000:00', '0000:00:1f.2', 'pnp 00:05', 'Reserved', 'a : b')
  return fc.uniqueArray(fc.integer({ min: 0, max: 15 }), { maxLength: 6 }).chain((at) => {
    const cuts = at.sort((a, b) => a - b).map((n) => start + Math.floor(((end - start) * n) / 15))
    const pairs = cuts.flatMap((c, i) => (i % 2 === 0 && cuts[i + 1] !== undefined && cuts[i + 1]! > c ? [[c, cuts[i + 1]!] as const] : []))
    return fc.tuple(...pairs.map(([s, e]) => fc.tuple(names, resources(s, e, depth - 1)).map(([name, children]) => ({ start: s, end: e, name, busy: true, sysram: false, children }))))
  })
}

const run: fc.Arbitrary<Omit<BlockRun, 'first' | 'last'> & { gap: number; count: number }> = fc
  .record({
    gap: fc.integer({ min: 0, max: 2 ** 20 }), count: fc.integer({ min: 1, max: 5 }), state: fc.constantFrom('online' as const, 'offline' as const, 'going-offline' as const),
    node: fc.integer({ min: 0, max: 9 }), zones: fc.constantFrom('none', 'DMA32', 'Normal', 'Movable', 'Normal Movable', 'Movable Normal'),
  })
  .map(({ gap, count, state, node: nid, zones }) => ({ gap, count, state, nodes: [nid], zone: 'none' as const, validZones: zones, onlineType: 'offline', vmemmapPages: 0 }))
const blocks = fc.array(run, { minLength: 1, maxLength: 12 }).map((runs): BlockRun[] => {
  let next = 0
  return runs.map(({ gap, count, ...rest }) => {
    const first = next + gap
    next = first + count
    return { ...rest, first, last: next - 1 }
  })
})
const snapshot = fc.record({ nodes, iomem: resources(0, 2 ** 52, 8), blocks }).map((parts): Snapshot => ({ ...base, ...parts }))

const strip = (r: readonly ResourceSnapshot[]): unknown => r.map(({ start, end, name, children }) => ({ start, end, name, ...(children.length > 0 ? { children: strip(children) } : {}) }))
/** Each block as state, node and zones. */
const expanded = (runs: readonly BlockRun[]): unknown => runs.flatMap((r) => Array.from({ length: r.last - r.first + 1 }, (_, i) => [r.first + i, r.state, r.nodes[0], r.validZones === 'none' ? '' : r.validZones]))

describe('printed and read back', () => {
  it('/proc/zoneinfo tells the same zones', () => {
    fc.assert(fc.property(snapshot, (s) => {
      const text = printZoneinfo(s)
      expect(recognise(text)).toBe('zoneinfo')
      expect(value(parseZoneinfo(text, 'z')).nodes.map((n) => ({ id: n.id, zones: n.zones.map(({ line: _, ...z }) => z) }))).toEqual(
        s.nodes.map((n) => ({ id: n.id, zones: n.zones.map(({ name, startPfn, spanned, present, managed }) => ({ name, spanned, present, managed, ...(present === 0 ? {} : { startPfn }) })) })),
      )
    }))
  })

  it('/proc/iomem is the same tree', () => {
    fc.assert(fc.property(snapshot, (s) => {
      fc.pre(s.iomem.length > 0)
      expect(value(parseIomem(printIomem(s), 'i')).resources).toEqual(strip(s.iomem))
    }))
  })

  it('lsmem lists the same blocks, grouped or not, in a table or in JSON, in bytes or not', () => {
    fc.assert(fc.property(snapshot, fc.boolean(), fc.boolean(), fc.constantFrom(printLsmem, printLsmemJson), (s, all, bytes, print) => {
      const text = print(s, { all, bytes })
      expect(recognise(text)).toBe('lsmem')
      const got = value(parseLsmem(text, 'l'))
      expect(got.warnings).toEqual([])
      expect(got.rows.flatMap((r) => Array.from({ length: r.blocks![0]!.last - r.blocks![0]!.first + 1 }, (_, i) => [r.blocks![0]!.first + i, r.state, r.node, r.zones?.join(' ')]))).toEqual(expanded(s.blocks))
      expect(got.blockSize).toBe(2 ** 27)
    }))
  })

  it('the block listing tells the same blocks', () => {
    fc.assert(fc.property(snapshot, (s) => {
      const text = printBlocks(s)
      expect(recognise(text)).toBe('blocks')
      const got = value(parseBlocks(text, 'b'))
      expect(got.blocks.map((b) => [b.block, b.state, b.nodes[0], b.zones?.join(' ')])).toEqual(expanded(s.blocks))
      expect(got.blockSize).toBe(2 ** 27)
    }))
  })
})
