/** Find: an address, a pfn, a node, a zone, a block, a section, a DIMM or a resource, by what is typed. */
import type { FindResult, Selection } from '../../preload/contract.ts'
import { eachResource } from '../engine/state/resource-tree.ts'
import { formatSize, hex, parseSize } from '../engine/units.ts'
import type { Document } from './document.ts'
import { lanes } from './axis.ts'
import { outline } from './outline.ts'

const MAX_RESULTS = 24

export function find(doc: Document, query: string): FindResult[] {
  const { kernel: k, store } = doc
  const q = query.trim().toLowerCase()
  if (q === '') return []
  const out: FindResult[] = []
  const push = (label: string, detail: string, selection: Selection, start: number, end: number): void => {
    if (out.length < MAX_RESULTS) out.push({ label, detail, selection, range: { start, end } })
  }
  const numbered = /^(block|memory|section|pfn|page|node)\s*(0x[0-9a-f]+|\d+)$/.exec(q)
  const n = numbered ? Number(numbered[2]) : Number.NaN
  const block = (nr: number): void => {
    const state = store.at(k.blockState, nr * k.pagesPerBlock)
    if (state) push(`memory block ${nr}`, hex(nr * k.blockBytes), { kind: 'block', block: nr }, nr * k.blockBytes, (nr + 1) * k.blockBytes)
  }
  const section = (nr: number): void => {
    const size = k.pagesPerSection * k.pageSize
    if (Number.isSafeInteger(nr) && store.at(k.sectionFlags, nr * k.pagesPerSection)) push(`section ${hex(nr)}`, hex(nr * size), { kind: 'section', section: nr }, nr * size, (nr + 1) * size)
  }
  const page = (pfn: number): void => {
    if (pfn * k.pageSize < doc.description.iomemEnd) push(`pfn ${hex(pfn)}`, `page at ${hex(pfn * k.pageSize)}`, { kind: 'page', pfn }, pfn * k.pageSize, (pfn + 1) * k.pageSize)
  }
  if (numbered) {
    if (numbered[1] === 'block' || numbered[1] === 'memory') block(n)
    else if (numbered[1] === 'section') section(n)
    else if (numbered[1] === 'pfn' || numbered[1] === 'page') page(n)
  }
  const size = parseSize(q)
  if (size !== undefined) {
    if (size < doc.description.iomemEnd) push(`address ${hex(size)}`, `${formatSize(size)}, block ${Math.floor(size / k.blockBytes)}`, { kind: 'page', pfn: Math.floor(size / k.pageSize) }, size, size + k.pageSize)
    if (/^(0x[0-9a-f]+|\d+)$/.test(q)) {
      page(size)
      block(size)
      section(size)
    }
  }
  for (const id of k.nodeIds) {
    const node = k.node(id)
    if (!`node ${id}`.includes(q) && q !== `n${id}`) continue
    const start = store.cell(node.startPfn) * k.pageSize
    push(`node ${id}`, formatSize(store.cell(node.present) * k.pageSize), { kind: 'node', node: id }, start, start + Math.max(k.pageSize, store.cell(node.spanned) * k.pageSize))
  }
  for (const z of lanes(doc)) {
    if (!`node ${z.node.id} zone ${z.name} ${z.node.id}/${z.name}`.toLowerCase().includes(q)) continue
    const start = store.cell(z.startPfn) * k.pageSize
    push(`${z.node.id}/${z.name}`, `${formatSize(store.cell(z.present) * k.pageSize)} present`, { kind: 'zone', node: z.node.id, zone: z.name }, start, start + Math.max(k.pageSize, store.cell(z.spanned) * k.pageSize))
  }
  for (const d of store.ref(k.dimms)) if (d.id.toLowerCase().includes(q)) push(d.id, `${formatSize(d.size)} at ${hex(d.start)}`, { kind: 'dimm', id: d.id }, d.start, d.start + d.size)
  for (const d of outline(doc).devices) if (`${d.name} ${d.type} ${d.title}`.toLowerCase().includes(q)) push(d.name, `${d.title}${d.size ? `, ${formatSize(d.size)} at ${hex(d.start)}` : ''}`, { kind: 'device', name: d.name }, d.start, d.start + Math.max(k.pageSize, d.size))
  eachResource(store.ref(k.iomem), (r) => {
    if (r.name.toLowerCase().includes(q)) push(r.name, `${hex(r.start)}-${hex(r.end - 1)}`, { kind: 'resource', start: r.start, end: r.end, name: r.name }, r.start, r.end)
  })
  return out
}
