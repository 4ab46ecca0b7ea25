/** What of the physical space is in use: sections, System RAM, what devices claim or map, regions that somebody asked for. */
import { eachResource } from '../engine/state/resource-tree.ts'
import type { Document } from './document.ts'

/** Adds what is in use now to what ever was. */
export function noteOccupied(doc: Document): void {
  const { kernel: k, store } = doc
  const section = k.pagesPerSection * k.pageSize
  const note = (start: number, end: number): void => {
    if (end > start && end <= k.pluggableEnd) doc.everOccupied.set(Math.floor(start / section), Math.ceil(end / section), 1)
  }
  store.eachRun([k.sectionFlags], 0, k.pluggableEnd / k.pageSize, (s, e, flags) => {
    if (flags) note(s * k.pageSize, e * k.pageSize)
  })
  // System RAM without sections, as a failed removal may leave it
  eachResource(store.ref(k.iomem), (r) => {
    if (r.sysram) note(r.start, r.end)
  })
  // what devices claim or map may have no section at all
  for (const d of store.ref(k.devices)) for (const r of [...d.regions, ...d.ram]) note(r.start, r.end)
  for (const p of store.ref(k.pgmaps)) for (const r of p.ranges) note(r.start * k.pageSize, r.end * k.pageSize)
  const last = doc.steps[doc.position - 1]?.command
  if (last?.op === 'request_region') note(last.start, last.start + last.size)
}
