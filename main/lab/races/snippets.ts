/** What threads could do on a document's machine as it is, as text of a question: what the buttons beside the text insert, and a question to begin with. */
import type { RaceAction } from '../../../preload/contract.ts'
import { MEM } from '../../engine/state/block.ts'
import { formatSize, hex } from '../../engine/units.ts'
import type { Document } from '../document.ts'
import { lanes } from '../axis.ts'

const EACH = 3

export function snippets(doc: Document): RaceAction[] {
  const { kernel: k, store } = doc
  const out: RaceAction[] = []
  const add = (group: string, label: string, text: string): void => void out.push({ group, label, text })
  const unit = Math.max(k.blockBytes, k.pagesPerSection * k.pageSize)
  const free = freeAddress(doc, unit)
  add('memory', `add-memory ${hex(free)}`, `add-memory: {at: ${hex(free)}, size: ${formatSize(unit).replace(' ', '')}}`)
  add('device memory', `map-pages ${hex(free)}`, `map-pages: {at: ${hex(free)}, size: ${formatSize(unit).replace(' ', '')}}`)
  for (const p of store.ref(k.pgmaps).slice(0, EACH)) {
    const [range] = p.ranges
    if (!range) continue
    add('device memory', `unmap-pages ${hex(range.start * k.pageSize)}`, `unmap-pages: {at: ${hex(range.start * k.pageSize)}}`)
    add('readers', `walk-pfn ${hex(range.start)}`, `walk-pfn: {pfn: ${hex(range.start)}}`)
  }
  for (const d of store.ref(k.devices).slice(0, 2 * EACH)) add('devices', `remove-device ${d.name}`, `remove-device: ${d.name}`)
  for (const d of store.ref(k.dimms).slice(0, EACH)) add('memory', `unplug-dimm ${d.id}`, `unplug-dimm: ${d.id}`)
  const blocks = { offline: [] as number[], online: [] as number[] }
  store.eachRun([k.blockState], 0, k.pluggableEnd / k.pageSize, (s, e, state) => {
    if (state !== MEM.offline && state !== MEM.online) return
    const list = state === MEM.offline ? blocks.offline : blocks.online
    for (let pfn = s; pfn < e; pfn += k.pagesPerBlock) list.push(k.blockOf(pfn))
  })
  for (const b of blocks.offline.slice(0, EACH)) for (const word of ['online_kernel', 'online_movable'] as const) add('blocks', `${word} ${b}`, `${word}: ${b}`)
  for (const b of blocks.online.slice(-EACH)) add('blocks', `offline ${b}`, `offline: ${b}`)
  for (const z of lanes(doc).filter((zone) => store.cell(zone.spanned) > 0).slice(-EACH)) {
    const name = `${z.node.id}/${z.name}`
    add('readers', `read-zone ${name}`, `read-zone: {zone: ${name}, pfn: ${hex(store.cell(z.startPfn) + store.cell(z.spanned) - 1)}, protocol: seqlock}`)
  }
  return out
}

/** The first address behind all that is or was there. */
function freeAddress(doc: Document, unit: number): number {
  const section = doc.kernel.pagesPerSection * doc.kernel.pageSize
  let end = 0
  doc.everOccupied.each(0, doc.kernel.pluggableEnd / section, (_s, e, there) => {
    if (there) end = e * section
  })
  return Math.ceil(end / unit) * unit
}

/** Two threads that can do something here. */
export function firstQuestion(actions: readonly RaceAction[]): string {
  const first = actions.find((a) => a.text.startsWith('map-pages'))
  const second = actions.find((a) => a.text.startsWith('unmap-pages')) ?? actions.find((a) => a.group === 'blocks') ?? actions.find((a) => a !== first)
  return ['question: Does anything break, whatever the order?', 'threads:', ...[first, second].flatMap((a, i) => (a ? [`  - name: T${i + 1}`, '    do:', `      - ${a.text}`] : []))].join('\n') + '\n'
}
