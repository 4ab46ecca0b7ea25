/** Rows of the inspector: a kernel field, its value raw and human, who wrote it last, and what it means. */
import type { Field, InspectorGroup } from '../../preload/contract.ts'
import type { Cell } from '../engine/state/handles.ts'
import { formatSize, hex } from '../engine/units.ts'
import type { Document } from './document.ts'
import { lastWriters, type Watched } from './writers.ts'

/** A row before its writer is known. */
export interface Row {
  readonly name: string
  readonly raw: string
  readonly human?: string
  readonly doc?: string
  readonly watch?: Watched
}
export interface RowGroup { readonly title: string; readonly rows: readonly Row[] }

/** Looks up all writers of all groups in one walk. */
export function finish(doc: Document, groups: readonly RowGroup[]): InspectorGroup[] {
  const rows = groups.flatMap((g) => g.rows)
  const writers = lastWriters(doc, rows.map((r) => r.watch))
  let i = 0
  return groups.map((g) => ({
    title: g.title,
    fields: g.rows.map((r): Field => {
      const w = writers[i++]
      return {
        name: r.name, raw: r.raw, ...(r.human === undefined ? {} : { human: r.human }), ...(r.doc === undefined ? {} : { doc: r.doc }),
        ...(w ? { step: w.step, failed: w.failed, changed: w.step > 0 && w.step === doc.position, ...(w.fn ? { fn: w.fn } : {}) } : {}),
      }
    }),
  }))
}

/** A count of pages, with its size. */
export const pagesRow = (doc: Document, name: string, cell: Cell, text: string): Row => {
  const pages = doc.store.cell(cell)
  return { name, raw: String(pages), human: formatSize(pages * doc.kernel.pageSize), doc: text, watch: cell }
}
/** A pfn, with its address as a size. */
export const pfnRow = (doc: Document, name: string, cell: Cell, text: string): Row => {
  const pfn = doc.store.cell(cell)
  return { name, raw: hex(pfn), human: formatSize(pfn * doc.kernel.pageSize), doc: text, watch: cell }
}
export const flagRow = (doc: Document, name: string, cell: Cell, text: string): Row => ({ name, raw: String(doc.store.cell(cell)), doc: text, watch: cell })
