/** Memory blocks against sections, pages and zones. I7, I24. */
import { MEM } from '../state/block.ts'
import { PAGE, pageIn, pagePgmap, pageState } from '../state/page.ts'
import { SECTION } from '../state/section.ts'
import { ZONE_NAMES, zoneIdIndex, zoneIdNode } from '../state/zone.ts'
import { alignDown } from '../units.ts'
import { busySystemRam, uncovered } from './ram-ranges.ts'
import type { Check } from './result.ts'
import { pfns } from './wording.ts'

/** Pages of online RAM: in the buddy, or kept from it by virtio-mem (PageOffline). */
const inBuddyOrOffline = (page: number): boolean => pageState(page) === PAGE.online || pageState(page) === PAGE.offline

/** I7 */
export const blockStates: Check = (k, store) => {
  let broken: string | undefined
  const ram = busySystemRam(k, store)
  const judge = (s: number, e: number, state: number, zid: number, flags: number, page: number): string | undefined => {
    const block = `memory block ${k.blockOf(s)}`
    const present = (flags & SECTION.present) !== 0
    const online = (flags & SECTION.online) !== 0
    switch (state) {
      case MEM.none:
        // device memory never has blocks
        return present && uncovered(ram, s, e) === undefined ? `section ${Math.floor(s / k.pagesPerSection)} is RAM and belongs to no memory block` : undefined
      case MEM.online:
        if (present && !online) return `${block} is online, its section ${Math.floor(s / k.pagesPerSection)} is not`
        if (zid !== 0 && inBuddyOrOffline(page) && !pageIn(page, zoneIdNode(zid), zoneIdIndex(zid)))
          return `${block} is in zone ${zoneIdNode(zid)}/${ZONE_NAMES[zoneIdIndex(zid)]!}, its ${pfns(s, e)} are in another`
        return undefined
      case MEM.offline:
        if (online) return `${block} is offline, its section ${Math.floor(s / k.pagesPerSection)} is online`
        if (inBuddyOrOffline(page)) return `${block} is offline, its ${pfns(s, e)} are in the buddy`
        if (zid !== 0) return `${block} is offline and names zone ${zoneIdNode(zid)}/${ZONE_NAMES[zoneIdIndex(zid)]!}`
        return undefined
      default:
        return `${block} is in state ${state} with no operation running`
    }
  }
  store.eachRun([k.blockState, k.blockZone, k.sectionFlags, k.page], 0, k.pluggableEnd / k.pageSize, (s, e, state, zid, flags, page) => {
    broken = judge(s, e, state ?? 0, zid ?? 0, flags ?? 0, page ?? 0)
    return broken === undefined
  })
  return { broken }
}

/**
 * I24: the pages of a block that hold its own memmap are never in the buddy; those that an altmap set aside are no pages of the
 * device's, and no more of them are used than there are.
 */
export const selfHostedMemmap: Check = (k, store) => {
  for (const p of store.ref(k.pgmaps)) {
    const altmap = p.altmap
    if (!altmap) continue
    const offset = altmap.reserve + altmap.free
    if (altmap.alloc < 0 || altmap.alloc + altmap.align > altmap.free) return { broken: `the altmap of page map ${p.id} has handed out ${altmap.alloc} pages and lost ${altmap.align} of ${altmap.free}` }
    let handed: string | undefined
    store.eachRun([k.page], altmap.basePfn, altmap.basePfn + offset, (s, e, page) => {
      if (pageState(page ?? 0) === PAGE.online || (pageState(page ?? 0) === PAGE.device && pagePgmap(page ?? 0) === p.id)) handed = `${pfns(s, e)} are set aside by the altmap of page map ${p.id}, and are handed out`
      return handed === undefined
    })
    if (handed !== undefined) return { broken: handed }
  }
  let broken: string | undefined
  store.eachRun([k.blockVmemmapPages, k.page], 0, k.pluggableEnd / k.pageSize, (s, e, vmemmap, page) => {
    if (!vmemmap || pageState(page ?? 0) !== PAGE.online) return true
    const block = alignDown(s, k.pagesPerBlock)
    const memmap = s < block + vmemmap ? block : block + k.pagesPerBlock
    if (memmap < e) broken = `memory block ${k.blockOf(memmap)} holds its memmap in its first ${vmemmap} pages, and of those ${pfns(Math.max(s, memmap), Math.min(e, memmap + vmemmap))} are in the buddy`
    return broken === undefined
  })
  return { broken }
}
