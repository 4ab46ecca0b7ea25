/** "Why" sentences of the inspector, each derived from the state and the journal, none made up. */
import { MEM } from '../engine/state/block.ts'
import { MARK } from '../engine/state/kernel.ts'
import type { Node } from '../engine/state/node.ts'
import { PAGE, pageIn, pageState } from '../engine/state/page.ts'
import { SECTION } from '../engine/state/section.ts'
import { ZONE, type Zone } from '../engine/state/zone.ts'
import { formatSize, hex } from '../engine/units.ts'
import type { Document } from './document.ts'
import { lastWriters } from './writers.ts'
import { MARK_LABEL } from './zone-key.ts'

export function notesOnZone(doc: Document, z: Zone): string[] {
  const { kernel: k, store } = doc
  const spanned = store.cell(z.spanned)
  const present = store.cell(z.present)
  const notes: string[] = []
  if (spanned === 0) return [store.cell(z.initialized) ? 'The zone is empty now; it had pages before.' : 'The zone is empty and never had a page.']
  if (spanned !== present) notes.push(`${formatSize((spanned - present) * k.pageSize)} of the span are not present here: holes, offline blocks, or pages of other zones and nodes.`)
  if (z.index !== ZONE.DEVICE && !store.cell(z.contiguous)) {
    const start = store.cell(z.startPfn)
    const hole = store.scan([k.page, k.sectionFlags], start, start + spanned, k.pageblockPages, (page, flags) => !(flags & SECTION.online) || !pageIn(page, z.node.id, z.index))
    const [writer] = lastWriters(doc, [z.contiguous])
    const since = writer && writer.step > 0 ? ` since step ${writer.step}` : ''
    notes.push(hole >= 0
      ? `contiguous is 0${since}: pageblock ${hex(hole)} is not an online page of this zone, so walkers test every pageblock.`
      : `contiguous is 0${since} although no hole is left: it is computed before a section is marked online, and again only at the next offline.`)
  }
  return notes
}

export function notesOnNode(doc: Document, n: Node): string[] {
  const { store, kernel: k } = doc
  const notes: string[] = []
  if (!store.cell(n.online)) notes.push('Possible but not online: its structures exist, sysfs does not show it until memory is added.')
  else if (!store.cell(n.hasMemory)) notes.push('Online without online memory.')
  const hull = n.zones.filter((z) => store.cell(z.spanned) > 0)
  const sum = hull.reduce((t, z) => t + store.cell(z.spanned), 0)
  const spanned = store.cell(n.spanned)
  if (hull.length) {
    const start = Math.min(...hull.map((z) => store.cell(z.startPfn)))
    const end = Math.max(...hull.map((z) => store.cell(z.startPfn) + store.cell(z.spanned)))
    if (spanned !== end - start && spanned === sum) notes.push(`node_spanned_pages is the sum of the zones' spans, as boot sets it; the hull is ${end - start}.`)
  } else if (spanned) notes.push(`The node spans ${formatSize(spanned * k.pageSize)} that no zone spans any more.`)
  return notes
}

export function notesOnBlock(doc: Document, nr: number): string[] {
  const { kernel: k, store } = doc
  const pfn = nr * k.pagesPerBlock
  const end = pfn + k.pagesPerBlock
  const notes: string[] = []
  const state = store.at(k.blockState, pfn)
  if (state === MEM.online && store.at(k.blockZone, pfn) === 0) notes.push('The block lies in several zones or nodes, so it can never go offline.')
  const marked = store.scan([k.mark], pfn, end, 1, (m) => m !== MARK.none)
  if (marked >= 0) notes.push(`pfn ${hex(marked)} is marked ${MARK_LABEL[store.at(k.mark, marked)]}.`)
  if (state === MEM.offline) {
    const stale = store.count([k.page], pfn, end, (p) => pageState(p) === PAGE.garbage)
    if (stale === k.pagesPerBlock) notes.push('Its struct pages are not initialised: zone and node bits mean nothing until it is onlined.')
    const spannedBy = k.nodeIds.flatMap((id) => k.node(id).zones).filter((z) => {
      const s = store.cell(z.startPfn)
      return store.cell(z.spanned) > 0 && s < end && pfn < s + store.cell(z.spanned)
    })
    if (spannedBy.length) notes.push(`Offline, yet spanned by ${spannedBy.map((z) => `${z.node.id}/${z.name}`).join(' and ')}.`)
  }
  return notes
}
