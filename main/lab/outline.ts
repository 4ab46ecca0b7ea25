/** The outline: nodes and zones, DIMMs, blocks with equal neighbours joined. */
import type { Outline, OutlineDevice } from '../../preload/contract.ts'
import { MEM } from '../engine/state/block.ts'
import type { Document } from './document.ts'
import { zoneKeyOf, zoneKeyOfBlock } from './zone-key.ts'

export function outline(doc: Document): Outline {
  const { kernel: k, store } = doc
  const blocks: { first: number; last: number; state: string; zone: Outline['blocks'][number]['zone'] }[] = []
  let blockCount = 0
  store.eachRun([k.blockState, k.blockZone], 0, k.pluggableEnd / k.pageSize, (s, e, state, zid) => {
    if (!state) return
    const first = s / k.pagesPerBlock
    const last = e / k.pagesPerBlock - 1
    blockCount += last - first + 1
    const online = state !== MEM.offline
    blocks.push({ first, last, state: state === MEM.online ? 'online' : state === MEM.offline ? 'offline' : 'going-offline', zone: zoneKeyOfBlock(zid ?? 0, online) })
  })
  const maps = store.ref(k.pgmaps)
  return {
    nodes: k.nodeIds.map((id) => {
      const n = k.node(id)
      return {
        id, online: store.cell(n.online) === 1, present: store.cell(n.present), hasCpu: n.cpus > 0,
        zones: n.zones
          .filter((z) => store.cell(z.spanned) > 0 || store.cell(z.initialized) > 0)
          .map((z) => ({ name: zoneKeyOf(z.index), spanned: store.cell(z.spanned), present: store.cell(z.present) })),
      }
    }),
    dimms: store.ref(k.dimms).map(({ id, start, size, node }) => ({ id, start, size, node })),
    devices: store.ref(k.devices).map((d): OutlineDevice => {
      const held = [...d.regions, ...d.ram, ...maps.filter((p) => p.owner === d.name).flatMap((p) => p.ranges.map((r) => ({ start: r.start * k.pageSize, end: r.end * k.pageSize })))]
      const start = held.length ? Math.min(...held.map((r) => r.start)) : 0
      return { name: d.name, type: d.type, title: doc.engine.types.get(d.type)?.title ?? d.type, start, size: held.length ? Math.max(...held.map((r) => r.end)) - start : 0, node: d.node }
    }),
    blocks, blockCount,
    blockSize: k.blockBytes, sectionSize: k.pagesPerSection * k.pageSize, subsectionSize: k.pagesPerSubsection * k.pageSize, pageSize: k.pageSize,
  }
}
