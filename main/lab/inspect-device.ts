/** The inspector of a device: what its type declares, and what it holds: page maps, altmaps, claimed regions. */
import { HookError } from '../engine/devices.ts'
import { altmapOffset } from '../engine/state/pgmap.ts'
import { deviceView, machineView } from '../engine/machine-view.ts'
import { formatSize, hex } from '../engine/units.ts'
import type { Document } from './document.ts'
import type { Row, RowGroup } from './fields.ts'
import { gone, type Body } from './inspect-body.ts'
import { partOf } from './writers.ts'

export function device(doc: Document, name: string): Body {
  const { kernel: k, store } = doc
  const d = store.ref(k.devices).find((x) => x.name === name)
  if (!d) return gone(name)
  const type = doc.engine.types.get(d.type)
  const maps = store.ref(k.pgmaps).filter((p) => d.pgmaps.includes(p.id))
  const bytes = (pages: number): string => formatSize(pages * k.pageSize)
  const own = partOf(k.devices, (all) => all.find((x) => x.name === name))
  const given = Object.entries(d.params).filter(([, value]) => value !== '')
  const groups: RowGroup[] = [
    { title: type ? type.title : d.type, rows: [
      { name: 'type', raw: d.type, ...(type ? { doc: type.doc } : {}), watch: own },
      ...given.map(([key, value]): Row => ({ name: key, raw: typeof value === 'number' && type?.params[key]?.kind !== 'int' && type?.params[key]?.kind !== 'node' ? hex(value) : String(value), ...(typeof value === 'number' && type?.params[key]?.kind === 'bytes' ? { human: formatSize(value) } : {}), ...(type?.params[key] ? { doc: type.params[key].doc } : {}) })),
    ] },
  ]
  for (const p of maps) {
    const range = p.ranges[0]!
    const pages = range.end - range.start
    const map = partOf(k.pgmaps, (all) => all.find((x) => x.id === p.id))
    const altmap = partOf(k.pgmaps, (all) => all.find((x) => x.id === p.id)?.altmap)
    groups.push({ title: `struct dev_pagemap ${p.id}`, rows: [
      { name: 'type', raw: p.type, watch: map },
      { name: 'range', raw: `${hex(range.start * k.pageSize)}-${hex(range.end * k.pageSize - 1)}`, human: bytes(pages) },
      { name: 'ref', raw: p.live ? 'live' : 'killed' },
      { name: 'node', raw: String(p.node) },
      ...(p.vmemmapShift ? [{ name: 'vmemmap_shift', raw: String(p.vmemmapShift), human: bytes(2 ** p.vmemmapShift) }] : []),
      { name: 'struct pages', raw: String(pages), human: `${formatSize(pages * k.constants.structPageSize)} in ${p.altmap && p.altmap.alloc > 0 ? 'the device' : 'RAM'}` },
    ] })
    if (p.altmap) groups.push({ title: 'struct vmem_altmap', rows: [
      { name: 'base_pfn', raw: hex(p.altmap.basePfn), watch: altmap }, { name: 'reserve', raw: String(p.altmap.reserve), human: bytes(p.altmap.reserve), doc: 'Kept for the driver; these struct pages are never initialised.' },
      { name: 'free', raw: String(p.altmap.free), human: bytes(p.altmap.free), doc: 'Set aside to store the memmap.' }, { name: 'align', raw: String(p.altmap.align), doc: 'Lost to alignment.' },
      { name: 'alloc', raw: String(p.altmap.alloc), human: bytes(p.altmap.alloc), doc: 'Handed out for the memmap.' }, { name: 'offset', raw: String(altmapOffset(p.altmap)), doc: 'First page that belongs to the device.' },
    ] })
  }
  if (d.regions.length > 0) groups.push({ title: 'struct resource', rows: d.regions.map((r): Row => ({
    name: r.name, raw: `${hex(r.start)}-${hex(r.end - 1)}`, human: `release: ${r.release}`, doc: 'Claimed range; it lives until its release policy ends it.',
    watch: partOf(k.devices, (all) => all.find((x) => x.name === name)?.regions),
  })) })
  if (type?.describe) {
    const context = { name, params: d.params as never, machine: machineView(k, store), device: deviceView(d) }
    groups.push({ title: 'type', rows: told(() => type.describe?.(context) ?? []).map((r): Row => ({ name: r.name, raw: r.value, ...(r.doc ? { doc: r.doc } : {}) })) })
  }
  const held = [...maps.flatMap((p) => p.ranges.map((r) => ({ start: r.start * k.pageSize, end: r.end * k.pageSize }))), ...d.regions, ...d.ram]
  const range = held.length > 0 ? { start: Math.min(...held.map((r) => r.start)), end: Math.max(...held.map((r) => r.end)) } : undefined
  return { path: 'Devices', title: name, ...(range ? { range } : {}), groups, notes: [] }
}

type Rows = readonly { readonly name: string; readonly value: string; readonly doc?: string }[]

/** Rows of a type's own; when its `describe` throws, one that says so. */
function told(describe: () => Rows): Rows {
  try {
    return describe()
  } catch (e) {
    const where = e instanceof HookError && e.place !== undefined ? ` at ${e.place}` : ''
    return [{ name: 'describe', value: `failed${where}: ${e instanceof Error ? e.message : String(e)}` }]
  }
}
