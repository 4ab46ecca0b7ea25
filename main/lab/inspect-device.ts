/** The inspector of a device: what its type declares, what it holds, and the two lives of its resource and its struct pages. */
import { altmapOffset } from '../engine/state/pgmap.ts'
import { deviceView, machineView } from '../engine/machine-view.ts'
import { formatSize, hex } from '../engine/units.ts'
import type { Document } from './document.ts'
import type { Row, RowGroup } from './fields.ts'
import { gone, type Body } from './inspect-body.ts'

export function device(doc: Document, name: string): Body {
  const { kernel: k, store } = doc
  const d = store.ref(k.devices).find((x) => x.name === name)
  if (!d) return gone(name)
  const type = doc.engine.types.get(d.type)
  const maps = store.ref(k.pgmaps).filter((p) => d.pgmaps.includes(p.id))
  const bytes = (pages: number): string => formatSize(pages * k.pageSize)
  const groups: RowGroup[] = [
    { title: type ? type.title : d.type, rows: [
      { name: 'type', raw: d.type, ...(type ? { doc: type.doc } : {}), watch: k.devices },
      ...Object.entries(d.params).map(([key, value]): Row => ({ name: key, raw: typeof value === 'number' && type?.params[key]?.kind !== 'int' && type?.params[key]?.kind !== 'node' ? hex(value) : String(value), ...(typeof value === 'number' && type?.params[key]?.kind === 'bytes' ? { human: formatSize(value) } : {}), ...(type?.params[key] ? { doc: type.params[key].doc } : {}) })),
    ] },
  ]
  for (const p of maps) {
    const range = p.ranges[0]!
    const pages = range.end - range.start
    groups.push({ title: `struct dev_pagemap ${p.id}`, rows: [
      { name: 'type', raw: p.type, watch: k.pgmaps },
      { name: 'range', raw: `${hex(range.start * k.pageSize)}-${hex(range.end * k.pageSize - 1)}`, human: bytes(pages) },
      { name: 'ref', raw: p.live ? 'live' : 'killed' },
      { name: 'node', raw: String(p.node) },
      ...(p.vmemmapShift ? [{ name: 'vmemmap_shift', raw: String(p.vmemmapShift), human: bytes(2 ** p.vmemmapShift) }] : []),
      { name: 'struct pages', raw: String(pages), human: `${formatSize(pages * k.constants.structPageSize)} in ${p.altmap && p.altmap.alloc > 0 ? 'the device' : 'RAM'}` },
    ] })
    if (p.altmap) groups.push({ title: 'struct vmem_altmap', rows: [
      { name: 'base_pfn', raw: hex(p.altmap.basePfn), watch: k.pgmaps }, { name: 'reserve', raw: String(p.altmap.reserve), human: bytes(p.altmap.reserve), doc: 'Kept for the driver; these struct pages are never initialised.' },
      { name: 'free', raw: String(p.altmap.free), human: bytes(p.altmap.free), doc: 'Set aside to store the memmap.' }, { name: 'align', raw: String(p.altmap.align), doc: 'Lost to alignment.' },
      { name: 'alloc', raw: String(p.altmap.alloc), human: bytes(p.altmap.alloc), doc: 'Handed out for the memmap.' }, { name: 'offset', raw: String(altmapOffset(p.altmap)), doc: 'First page that belongs to the device.' },
    ] })
  }
  groups.push({ title: 'two lives', rows: [
    { name: 'resource', raw: d.regions.length ? d.regions.map((r) => `${hex(r.start)}-${hex(r.end - 1)}`).join(', ') : 'none claimed', ...(d.regions[0] ? { human: `released: ${d.regions[0].release}` } : {}), doc: 'The claimed range lives until its release policy ends it.', watch: k.iomem },
    { name: 'struct pages', raw: maps.length ? 'mapped' : 'none', doc: 'They live from memremap_pages to memunmap_pages.', watch: k.pgmaps },
  ] })
  if (type?.describe) {
    const context = { name, params: d.params as never, machine: machineView(k, store), device: deviceView(d) }
    groups.push({ title: 'type', rows: type.describe(context).map((r): Row => ({ name: r.name, raw: r.value, ...(r.doc ? { doc: r.doc } : {}) })) })
  }
  const first = maps[0]?.ranges[0]
  const held = d.regions[0]
  const range = first ? { start: first.start * k.pageSize, end: first.end * k.pageSize } : held ? { start: held.start, end: held.end } : undefined
  return { path: 'Devices', title: name, ...(range ? { range } : {}), groups, notes: [] }
}
