/** Forms of declared parameters, with a free address to start from. */
import type { FormField } from '../../preload/contract.ts'
import type { Params } from '../../plugins/sdk/index.ts'
import { alignUp, GiB, hex } from '../engine/units.ts'
import type { Document } from './document.ts'

/** A form of declared parameters; fields are named "params.NAME". */
export function paramForm(doc: Document, params: Params): readonly FormField[] {
  return Object.entries(params).map(([name, p]) => {
    const common = { name: `params.${name}`, label: name, doc: p.doc, ...(p.advanced ? { advanced: true } : {}) }
    switch (p.kind) {
      case 'bytes': return { ...common, kind: 'bytes', value: p.default }
      case 'address': return { ...common, kind: p.optional ? 'optional-bytes' : 'bytes', optional: p.optional, value: p.default ?? (p.optional ? '' : hex(freeAddress(doc))) }
      case 'node': return { ...common, kind: 'choice', value: String(p.default), choices: ['-1', ...doc.kernel.nodeIds.map(String)] }
      case 'int': return { ...common, kind: 'text', value: p.optional ? '' : String(p.default), optional: p.optional === true }
      case 'choice': return { ...common, kind: 'choice', value: p.default, choices: p.choices }
      case 'bool': return { ...common, kind: 'choice', value: String(p.default), choices: ['true', 'false'] }
      case 'text': return { ...common, kind: 'text', value: p.default, optional: p.default === '' }
    }
  })
}

/** First address where a DIMM or a device fits above all RAM, at 4 GiB or higher, on a block border and clear of what devices hold. */
export function freeAddress(doc: Document): number {
  const { kernel: k, store } = doc
  let end = 4 * GiB
  for (const d of store.ref(k.dimms)) end = Math.max(end, d.start + d.size)
  for (const r of store.ref(k.iomem).children) if (r.sysram) end = Math.max(end, r.end)
  const held = [
    ...store.ref(k.devices).flatMap((d) => [...d.regions, ...d.ram]),
    ...store.ref(k.pgmaps).flatMap((p) => p.ranges.map((r) => ({ start: r.start * k.pageSize, end: r.end * k.pageSize }))),
  ].sort((a, b) => a.start - b.start)
  let at = alignUp(end, k.blockBytes)
  for (const h of held) if (h.start < at + k.blockBytes && h.end > at) at = alignUp(h.end, k.blockBytes)
  return at
}
