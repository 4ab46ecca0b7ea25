/** Struct pages against the zones, nodes and RAM that they name. I1, I9, I25. */
import type { Kernel } from '../state/kernel.ts'
import { PAGE, PAGE_STATES, pageInitialised, pageNode, pageState, pageZone } from '../state/page.ts'
import { SECTION } from '../state/section.ts'
import { ZONE, zoneId, type Zone } from '../state/zone.ts'
import { outside, passedOver } from './cut-pages.ts'
import { firstFault, foundOnline, fromBoot, livePgmaps } from './pfn-walkers.ts'
import { busySystemRam } from './ram-ranges.ts'
import type { Check } from './result.ts'
import { pfns, zoneName } from './wording.ts'

const zoneOf = (k: Kernel, page: number): Zone | undefined => k.nodes.get(pageNode(page))?.zones[pageZone(page)]

/**
 * I1. Reserved pages of boot's holes are left out: boot gives those to a neighbouring zone, which need not span them. So is RAM that is
 * offline where struct pages are not poisoned when they leave (up to v5.5): they go on naming the zone that they were in.
 */
export const pagesInsideSpan: Check = (k, store) => {
  let byDesign: string | undefined
  const stale = (page: number, flags: number): boolean => k.profile.decisions.poisonOnLeave === 'no' && (flags & SECTION.online) === 0 && pageZone(page) !== ZONE.DEVICE
  const { broken } = firstFault(k, store, [k.page, k.sectionFlags, k.sectionUsage], (s, e, page = 0, flags = 0, usage = 0) => {
    if (!pageInitialised(page)) return undefined
    // a hole of boot memory, or what a device left there
    if (pageState(page) !== PAGE.online && fromBoot(k, flags, usage)) return undefined
    if (stale(page, flags)) return undefined
    const zone = zoneOf(k, page)
    if (!zone) return `${pfns(s, e)} name node ${pageNode(page)}, zone index ${pageZone(page)}, which do not exist`
    const start = store.cell(zone.startPfn)
    const end = start + store.cell(zone.spanned)
    const beyond = outside(s, e, start, end)
    if (beyond.length === 0) return undefined
    const fault = `${pfns(s, e)} name ${zoneName(zone)}, which spans ${pfns(start, end)}`
    if (!fromBoot(k, flags, usage) || !beyond.every(([from, to]) => passedOver(k, from, to))) return fault
    byDesign ??= `${fault}: a shrink steps by sub-sections and cut the rest off`
    return undefined
  })
  return { broken, byDesign }
}

/** I9: nothing was read so far that nobody had initialised; and, at rest, what a pfn walker is let through to read means something. */
export const readablePagesInitialised: Check = (k, store) => {
  const { times, last } = store.ref(k.uninitialisedReads)
  if (times > 0) return { broken: `${last}() read the zone or node of a struct page that nobody had initialised (${times} time${times === 1 ? '' : 's'} so far)` }
  const live = livePgmaps(k, store)
  const readable = firstFault(k, store, [k.page, k.sectionFlags, k.subsectionMap, k.pgmapIndex], (s, e, page = 0, flags = 0, bit = 0, pgmap = 0) =>
    foundOnline(k, flags, bit, pgmap, live) && !pageInitialised(page)
      ? `pfn_to_online_page() finds ${pfns(s, e)}, whose struct pages are ${PAGE_STATES[pageState(page)]!}`
      : undefined,
  )
  if (readable.broken !== undefined) return readable
  for (const id of k.nodeIds)
    for (const zone of k.node(id).zones) {
      if (store.cell(zone.contiguous) === 0) continue
      let broken: string | undefined
      const start = store.cell(zone.startPfn)
      store.eachRun([k.page], start, start + store.cell(zone.spanned), (s, e, page) => {
        if (!pageInitialised(page ?? 0)) broken = `${zoneName(zone)} says contiguous, so its walkers read ${pfns(s, e)}, whose struct pages are ${PAGE_STATES[pageState(page ?? 0)]!}`
        return broken === undefined
      })
      if (broken !== undefined) return { broken }
    }
  return {}
}

/** I25. Struct pages of busy System RAM in online sections, counted by the zone that they name, are the zones' present pages. */
export const presentPagesByZone: Check = (k, store) => {
  if (k.description.adopted?.zones) return { unknown: 'the zones were taken over from text, which does not show every struct page' }
  const pages = new Map<number, number>()
  for (const { start, end } of busySystemRam(k, store))
    store.eachRun([k.page, k.sectionFlags], start, end, (s, e, page, flags) => {
      if (!pageInitialised(page ?? 0) || ((flags ?? 0) & SECTION.online) === 0) return
      const id = zoneId(pageNode(page ?? 0), pageZone(page ?? 0))
      pages.set(id, (pages.get(id) ?? 0) + e - s)
    })
  for (const id of k.nodeIds)
    for (const zone of k.node(id).zones) {
      if (zone.index === ZONE.DEVICE) continue
      const counted = pages.get(zoneId(id, zone.index)) ?? 0
      const present = store.cell(zone.present)
      if (counted !== present) return { broken: `${zoneName(zone)} has ${present} present pages, ${counted} struct pages of RAM name it` }
    }
  return {}
}
