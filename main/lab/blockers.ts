/** "What stops me from removing it": refusals that removal would meet now, and what it would leave behind; read off the state. */
import type { Blocker, Selection } from '../../preload/contract.ts'
import { MEM } from '../engine/state/block.ts'
import { inUse, MARK } from '../engine/state/kernel.ts'
import { eachResource, type Resource } from '../engine/state/resource-tree.ts'
import { SECTION } from '../engine/state/section.ts'
import { hex } from '../engine/units.ts'
import { answerOf, type Document } from './document.ts'
import { answerText } from './history-text.ts'
import { NOBODY, owners, pgmapRanges } from './owners.ts'
import { plainReason } from './plain-reason.ts'

/** At most this many of a kind; a large range has many blocks. */
const MOST = 8

/** For [start, end) in bytes. */
export function blockers(doc: Document, start: number, end: number): Blocker[] {
  const from = Math.floor(start / doc.kernel.pageSize)
  const to = Math.ceil(end / doc.kernel.pageSize)
  return [...pageMaps(doc, from, to), ...blocks(doc, from, to), ...ownerless(doc, from, to), ...early(doc, from, to), ...regions(doc, start, end)]
}

/** Live page maps, and what unplugging their device would answer. */
function pageMaps(doc: Document, from: number, to: number): Blocker[] {
  const { kernel: k, store } = doc
  const out: Blocker[] = []
  const asked = new Set<string>()
  for (const r of pgmapRanges(doc)) {
    if (r.start >= to || r.end <= from || out.length >= MOST) continue
    const { owner, id, type, altmap } = r.pgmap
    const selection: Selection = { kind: 'device', name: owner }
    out.push({ refuses: true, selection, text: `${owner}: page map ${id} (${type}) is live; its struct pages stay until ${owner} is unplugged` })
    if (altmap && altmap.alloc > 0) out.push({ refuses: false, selection, text: `${owner}: ${altmap.alloc} pages of the range hold its own struct pages (altmap); they go with the last section` })
    const marked = store.scan([k.mark], r.start, r.end, 1, inUse)
    if (marked >= 0) out.push({ refuses: true, selection: { kind: 'page', pfn: marked }, text: `pfn ${hex(marked)} is ${store.at(k.mark, marked) === MARK.pinned ? 'pinned' : 'in use'}: memunmap_pages() would wait for it` })
    if (asked.has(owner)) continue
    asked.add(owner)
    const answer = doc.engine.tryOut({ op: 'remove_device', name: owner })
    if (answer.ret < 0 && marked < 0) out.push({ refuses: true, selection, text: `${owner} cannot be unplugged: ${answerText(answerOf(answer))} ${plainReason(answer.reason ?? '')}`.trim() })
  }
  return out
}

/** Memory blocks: online ones must go offline first, and what that would answer. */
function blocks(doc: Document, from: number, to: number): Blocker[] {
  const { kernel: k, store } = doc
  const out: Blocker[] = []
  let more = 0
  store.eachRun([k.blockState], from, to, (s, e, state) => {
    if (!state || state === MEM.offline) return
    for (let block = Math.floor(s / k.pagesPerBlock); block * k.pagesPerBlock < e; block++) {
      if (out.length >= MOST) {
        more++
        continue
      }
      const answer = doc.engine.tryOut({ op: 'block', block, state: 'offline' })
      const selection: Selection = { kind: 'block', block }
      out.push({
        refuses: true, selection,
        text: answer.ret < 0 ? `block ${block} is online and cannot go offline: ${answerText(answerOf(answer))} ${plainReason(answer.reason ?? '')}`.trim() : `block ${block} is online; it must go offline first, and can`,
      })
    }
  })
  if (more) out.push({ refuses: true, text: `${more} more blocks are online` })
  return out
}

/** Struct pages without an owner: leftovers of a failed add, or of a device inside an early section. */
function ownerless(doc: Document, from: number, to: number): Blocker[] {
  const { kernel: k, store } = doc
  const out: Blocker[] = []
  for (const o of owners(doc, from, to)) {
    if (o.name !== NOBODY || out.length >= MOST) continue
    const first = o.start - (o.start % k.pagesPerSection)
    const within = (pfn: number): number => (pfn - (pfn % k.pagesPerSubsection) - first) / k.pagesPerSubsection
    const where = `section ${hex(first / k.pagesPerSection)}, sub-sections ${within(o.start)}–${within(o.end - 1)}`
    const selection: Selection = { kind: 'section', section: first / k.pagesPerSection }
    out.push(store.at(k.subsectionMap, o.start)
      ? { refuses: true, selection, text: `${where}: present without an owner (a failed add left them); nobody can remove them, and an add there answers -EEXIST` }
      : { refuses: false, selection, text: `${where}: struct pages of a device that has gone; their bits are clear, and they still say zone Device` })
  }
  return out
}

function early(doc: Document, from: number, to: number): Blocker[] {
  const { kernel: k, store } = doc
  const out: Blocker[] = []
  store.eachRun([k.sectionFlags], from, to, (s, e, flags) => {
    if (!((flags ?? 0) & SECTION.early) || out.length >= MOST) return
    const first = Math.floor(s / k.pagesPerSection)
    const last = Math.ceil(e / k.pagesPerSection) - 1
    out.push({
      refuses: false, selection: { kind: 'section', section: first },
      text: `section ${hex(first)}${last > first ? `–${hex(last)}` : ''} is early: its memmap came with boot and stays, whole, until its last sub-section goes`,
    })
  })
  return out
}

/** Innermost busy regions that no device of the range claims, and those that outlive their struct pages. */
function regions(doc: Document, start: number, end: number): Blocker[] {
  const { kernel: k, store } = doc
  const devices = store.ref(k.devices)
  const out: Blocker[] = []
  const isLeaf = (r: Resource): boolean => !r.children.some((c) => c.busy && c.start < end && start < c.end)
  eachResource(store.ref(k.iomem), (r) => {
    if (!r.busy || r.sysram || r.start >= end || r.end <= start || out.length >= MOST || !isLeaf(r)) return
    const holder = devices.find((d) => d.regions.some((g) => g.start === r.start && g.end === r.end && g.name === r.name))
    const where = `region "${r.name}" ${hex(r.start)}-${hex(r.end - 1)}`
    const selection: Selection = holder ? { kind: 'device', name: holder.name } : { kind: 'resource', start: r.start, end: r.end, name: r.name }
    const policy = holder?.regions.find((g) => g.start === r.start && g.end === r.end)?.release
    out.push({ refuses: false, selection, text: holder ? `${where} is claimed by ${holder.name} (release: ${policy})` : `${where} is busy, and no device of this lab holds it: whoever asks for the range gets -EBUSY` })
  })
  return out
}
