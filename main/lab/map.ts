/**
 * The map's tracks over an address range: exact items where they are few, else one packed summary a column. Work grows with
 * the runs inside the range and with the columns asked for, never with bytes.
 */
import { MAP_STATES, ZONE_KEYS, type MapItem, type MapReply, type MapState, type TrackColumns, type TrackId, type TrackItems, type ZoneKey } from '../../preload/contract.ts'
import { MEM } from '../engine/state/block.ts'
import { PAGE, pageInitialised, pageNode, pagePgmap, pagePlace, pageState, pageZone } from '../engine/state/page.ts'
import { SECTION } from '../engine/state/section.ts'
import { ZONE } from '../engine/state/zone.ts'
import { eachResource, type Resource } from '../engine/state/resource-tree.ts'
import { lanes, shownNodes } from './axis.ts'
import type { Document } from './document.ts'
import { pgmapRanges } from './owners.ts'
import { MARK_LABEL, PAGE_LABEL, mapStateOfPage, sectionLetters, zoneKeyOf, zoneKeyOfBlock, zoneKeyOfPage } from './zone-key.ts'

interface Range { readonly start: number; readonly end: number }

/** Receives the pieces of a track in order of lane and address; addresses in bytes. */
type Emit = (start: number, end: number, lane: number, zone: ZoneKey, state: MapState, label: () => { label: string; detail?: string; count?: number; nr?: number; device?: string }) => void

export function map(doc: Document, range: Range, columns: number, tracks: readonly TrackId[], limit: number): MapReply {
  return {
    revision: doc.revision,
    tracks: tracks.map((track) => exact(doc, track, range, limit, false) ?? (COUNTED.has(track) ? exact(doc, track, range, limit, true) : undefined) ?? summarise(doc, track, range, columns)),
  }
}

/** Tracks whose equal neighbours may come as one item that counts them: a machine of many blocks is a few runs of them. */
const COUNTED: ReadonlySet<TrackId> = new Set(['blocks', 'sections', 'subsections'])

/** The items of a track, when there are at most `limit`. `joined`: equal neighbours as one. */
function exact(doc: Document, track: TrackId, range: Range, limit: number, joined: boolean): TrackItems | undefined {
  const items: MapItem[] = []
  let over = false
  walk(doc, track, range, limit, (start, end, lane, zone, state, say) => {
    if (over || items.length >= limit) {
      over = true
      return false
    }
    const { label, detail, count, nr, device } = say()
    items.push({ start, end, lane, zone, state, label, ...(detail === undefined ? {} : { detail }), count: count ?? 1, ...(nr === undefined ? {} : { nr }), ...(device === undefined ? {} : { device }) })
    return true
  }, joined)
  return over ? undefined : { track, items }
}

/** One packed summary a column and lane; see TrackColumns. */
function summarise(doc: Document, track: TrackId, range: Range, columns: number): TrackColumns {
  const laneCount = track === 'zones' ? lanes(doc).length : track === 'nodes' ? shownNodes(doc).length : track === 'resources' ? resourceLevels(doc) : 1
  const cells = new Uint32Array(laneCount * columns)
  // how much of each column the zone that holds it so far covers
  const cover = new Float64Array(laneCount * columns)
  const scale = columns / (range.end - range.start)
  const paint = (start: number, end: number, lane: number, zone: ZoneKey, state: MapState): void => {
    const from = Math.max(0, (start - range.start) * scale)
    const to = Math.min(columns, (end - range.start) * scale)
    if (to <= from) return
    const zoneBits = ZONE_KEYS.indexOf(zone)
    const stateBit = 1 << (4 + MAP_STATES.indexOf(state))
    const last = Math.min(columns - 1, Math.ceil(to) - 1)
    for (let c = Math.floor(from); c <= last; c++) {
      const i = lane * columns + c
      const amount = Math.min(to, c + 1) - Math.max(from, c)
      let cell = cells[i]!
      if (cell !== 0) cell |= 1 << 20
      if (zoneBits !== 0 && amount > cover[i]!) {
        cover[i] = amount
        cell = (cell & ~7) | zoneBits
      }
      cells[i] = cell | stateBit
    }
  }
  walk(doc, track, range, Infinity, (start, end, lane, zone, state) => {
    if (lane < laneCount) paint(start, end, lane, zone, state)
    return true
  }, true)
  return { track, lanes: laneCount, columns, cells }
}

function resourceLevels(doc: Document): number {
  let levels = 1
  eachResource(doc.store.ref(doc.kernel.iomem), (_r, depth) => {
    levels = Math.max(levels, depth + 1)
  })
  return levels
}

/** Every piece of a track inside a range, in order of lane and address; equal blocks, sections and sub-sections as one. */
export const eachPiece = (doc: Document, track: TrackId, range: Range, visit: (...args: Parameters<Emit>) => void): void =>
  walk(doc, track, range, Infinity, (...args) => {
    visit(...args)
    return true
  }, true)

type Visit = (...args: Parameters<Emit>) => boolean

/** Walks the pieces of a track inside a range. `joined`: equal blocks, sections and sub-sections come as one piece. */
function walk(doc: Document, track: TrackId, range: Range, limit: number, visit: Visit, joined = false): void {
  const { kernel: k, store } = doc
  const page = k.pageSize
  const from = Math.floor(range.start / page)
  const to = Math.min(Math.ceil(range.end / page), k.pluggableEnd / page)
  switch (track) {
    case 'resources': {
      const devices = store.ref(k.devices)
      const holder = (r: Resource): string | undefined => devices.find((d) => d.regions.some((g) => g.start === r.start && g.end === r.end && g.name === r.name))?.name
      eachResource(store.ref(k.iomem), (r, depth) => {
        if (r.start < range.end && range.start < r.end) visit(r.start, r.end, depth, 'none', r.busy ? 'busy' : 'free', () => ({ label: r.name, device: r.busy ? holder(r) : undefined }))
      })
      return
    }
    case 'nodes': {
      const shown = shownNodes(doc)
      const laneOf = new Map(shown.map((n, lane) => [n.id, lane]))
      shown.forEach((n, lane) => {
        const start = store.cell(n.startPfn) * page
        const end = start + store.cell(n.spanned) * page
        if (start < range.end && range.start < end) visit(start, end, lane, 'none', 'span', () => ({ label: `node ${n.id}` }))
      })
      runs(doc, from, to, (value) => (presentPage(value) ? pageNode(value) + 1 : 0), (s, e, node) => {
        const lane = laneOf.get(node - 1)
        return lane === undefined || visit(s * page, e * page, lane, 'none', 'present', () => ({ label: '' }))
      })
      return
    }
    case 'zones': {
      const all = lanes(doc)
      const laneOf = new Map(all.map((z, lane) => [z.node.id * 8 + z.index, lane]))
      all.forEach((z, lane) => {
        const start = store.cell(z.startPfn) * page
        const end = start + store.cell(z.spanned) * page
        if (start < range.end && range.start < end) visit(start, end, lane, zoneKeyOf(z.index), 'span', () => ({ label: '' }))
      })
      runs(doc, from, to, (value) => (presentPage(value) ? pagePlace(value) + 1 : 0), (s, e, key) => {
        const lane = laneOf.get(key - 1)
        return lane === undefined || visit(s * page, e * page, lane, zoneKeyOf((key - 1) & 7), 'present', () => ({ label: '' }))
      })
      // pages of devices are never present: what is in the span of ZONE_DEVICE
      if (all.some((z) => z.index === ZONE.DEVICE)) {
        devicePages(doc, from, to, (s, e, node) => {
          const lane = laneOf.get(node * 8 + ZONE.DEVICE)
          return lane === undefined || visit(s * page, e * page, lane, 'Device', 'device', () => ({ label: '' }))
        })
      }
      return
    }
    case 'blocks':
      store.eachRun([k.blockState, k.blockZone], from, to, (s, e, state, zid) => {
        if (!state) return
        const zone = zoneKeyOfBlock(zid ?? 0, state !== MEM.offline)
        const drawn: MapState = state === MEM.online ? 'online' : state === MEM.offline ? 'offline' : 'going-offline'
        return units(s, e, k.pagesPerBlock, joined, limit, (us, ue, nr, count) =>
          visit(us * page, ue * page, 0, zone, drawn, () => ({ label: count === 1 ? String(nr) : `${nr}–${nr + count - 1}`, detail: drawn, nr, count })))
      })
      return
    case 'sections':
      store.eachRun([k.sectionFlags], from, to, (s, e, flags) => {
        if (!flags) return
        return units(s, e, k.pagesPerSection, joined, limit, (us, ue, nr, count) =>
          visit(us * page, ue * page, 0, 'none', flags & SECTION.online ? 'online' : 'present', () => ({ label: nr.toString(16), detail: sectionLetters(flags), nr, count })))
      })
      return
    case 'subsections':
      store.eachRun([k.subsectionMap, k.sectionFlags], from, to, (s, e, bit, flags) => {
        if (!flags) return
        return units(s, e, k.pagesPerSubsection, joined, limit, (us, ue, nr, count) =>
          visit(us * page, ue * page, 0, 'none', bit ? 'present' : 'none', () => ({ label: String(nr % (k.pagesPerSection / k.pagesPerSubsection)), nr, count })))
      })
      return
    case 'pages':
      pages(doc, from, to, visit)
      return
    case 'pagemaps':
      for (const r of pgmapRanges(doc)) {
        if (r.start >= to || r.end <= from) continue
        const { id, type, owner, altmap, live } = r.pgmap
        const says = { detail: `${type}, page map ${id}${live ? '' : ', killed'}`, nr: id, device: owner }
        if (altmap && r.first > r.start && !visit(r.start * page, r.first * page, 0, 'Device', 'altmap', () => ({
          ...says, label: `${owner} altmap`, detail: `reserve ${altmap.reserve}, free ${altmap.free}, align ${altmap.align}, alloc ${altmap.alloc}`,
        }))) return
        if (r.first < r.end && !visit(r.first * page, r.end * page, 0, 'Device', 'device', () => ({ ...says, label: `${owner} · ${type}` }))) return
      }
      return
    case 'directmap':
      store.eachRun([k.directMap], from, to, (s, e, on) => {
        if (on) return visit(s * page, e * page, 0, 'none', 'mapped', () => ({ label: 'mapped' }))
      })
  }
}

/** Struct pages: what each says; those of devices with their device, an altmap's own pages apart from the rest. */
function pages(doc: Document, from: number, to: number, visit: Visit): void {
  const { kernel: k, store } = doc
  const maps = pgmapRanges(doc)
  const byId = new Map(maps.map((m) => [m.pgmap.id, m]))
  store.eachRun([k.page, k.mark, k.pgmapIndex], from, to, (s, e, value, mark, listed) => {
    if (!value) return
    const label = (text: string): string => [text, MARK_LABEL[mark ?? 0] ?? ''].filter((t) => t !== '').join(' · ')
    const detail = pageInitialised(value) ? `node ${pageNode(value)}` : undefined
    const held = listed ? byId.get(listed) : pagePgmap(value) ? byId.get(pagePgmap(value)) : undefined
    const owner = held && s >= held.start && e <= held.end ? held : undefined
    if (owner) {
      const device = owner.pgmap.owner
      // [base, base + reserve) was never initialised, [base + reserve, base + offset) holds the memmap
      const cut = Math.min(e, Math.max(s, owner.first))
      if (cut > s && !visit(s * k.pageSize, cut * k.pageSize, 0, 'Device', 'altmap', () => ({ label: label(`${device} altmap`), detail: pageInitialised(value) ? 'holds struct pages, has no page map' : 'reserve: never initialised', device }))) return false
      return cut >= e || visit(cut * k.pageSize, e * k.pageSize, 0, zoneKeyOfPage(value), mapStateOfPage(value), () => ({ label: label(device), detail: [detail, owner.pgmap.type, listed ? '' : 'unlisted'].filter(Boolean).join(', '), device }))
    }
    const left = pageState(value) === PAGE.device
    return visit(s * k.pageSize, e * k.pageSize, 0, zoneKeyOfPage(value), mapStateOfPage(value), () => ({
      label: label(left ? 'device, without an owner' : (PAGE_LABEL[pageState(value)] ?? '')), detail,
    }))
  })
}

/** A page that its zone counts as present: initialised and of RAM. */
const presentPage = (value: number): boolean => pageInitialised(value) && pageZone(value) !== ZONE.DEVICE

/** Runs of pages that say ZONE_DEVICE, by node; what belongs together is joined. */
function devicePages(doc: Document, from: number, to: number, visit: (start: number, end: number, node: number) => boolean): void {
  const { kernel: k, store } = doc
  let open: { start: number; end: number; node: number } | undefined
  let stopped = false
  store.eachRun([k.page], from, to, (s, e, value) => {
    if (!value || !pageInitialised(value) || pageZone(value) !== ZONE.DEVICE) return
    if (open && open.end === s && open.node === pageNode(value)) {
      open.end = e
      return
    }
    stopped = open !== undefined && !visit(open.start, open.end, open.node)
    open = { start: s, end: e, node: pageNode(value) }
    return !stopped
  })
  if (open && !stopped) visit(open.start, open.end, open.node)
}

/**
 * Runs of RAM pages in online sections by a key of their own; runs with an equal key are joined, 0 is left out. Pages of
 * offline sections are not present even when they are initialised.
 */
function runs(doc: Document, from: number, to: number, key: (page: number) => number, visit: (start: number, end: number, key: number) => boolean): void {
  const { kernel: k, store } = doc
  let openStart = 0
  let openEnd = 0
  let openKey = 0
  const flush = (): boolean => openKey === 0 || visit(openStart, openEnd, openKey)
  let stopped = false
  store.eachRun([k.page, k.sectionFlags, k.bootMemory], from, to, (s, e, page, flags, ram) => {
    // struct pages of holes in early sections are initialised, but no RAM is behind them
    const present = ((flags ?? 0) & SECTION.online) !== 0 && (((flags ?? 0) & SECTION.early) === 0 || ram === 1)
    const value = present ? key(page ?? 0) : 0
    if (value === openKey && s === openEnd) {
      openEnd = e
      return
    }
    if (!flush()) {
      stopped = true
      return false
    }
    openStart = s
    openEnd = e
    openKey = value
  })
  if (!stopped) flush()
}

/** Cuts a run into its units, or leaves it whole. Stops early when the visitor has had enough. */
function units(start: number, end: number, unit: number, joined: boolean, limit: number, visit: (start: number, end: number, nr: number, count: number) => boolean): boolean | void {
  const first = Math.floor(start / unit)
  const last = Math.ceil(end / unit)
  if (joined) return visit(first * unit, last * unit, first, last - first)
  const most = Math.min(last, first + limit + 1)
  for (let nr = first; nr < most; nr++) if (!visit(nr * unit, (nr + 1) * unit, nr, 1)) return false
}
