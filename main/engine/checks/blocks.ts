/** Memory blocks against sections, pages and zones. I7, I24. */
import { MEM } from '../state/block.ts'
import { PAGE, pageIn, pageState } from '../state/page.ts'
import { SECTION } from '../state/section.ts'
import { ZONE_NAMES, zoneIdIndex, zoneIdNode } from '../state/zone.ts'
import { alignDown } from '../units.ts'
import type { Check } from './result.ts'
import { pfns } from './wording.ts'

/** I7 */
export const blockStates: Check = (k, store) => {
  let broken: string | undefined
  const judge = (s: number, e: number, state: number, zid: number, flags: number, page: number): string | undefined => {
    const block = `memory block ${k.blockOf(s)}`
    const present = (flags & SECTION.present) !== 0
    const online = (flags & SECTION.online) !== 0
    switch (state) {
      case MEM.none:
        return present ? `section ${Math.floor(s / k.pagesPerSection)} is present and belongs to no memory block` : undefined
      case MEM.online:
        if (present && !online) return `${block} is online, its section ${Math.floor(s / k.pagesPerSection)} is not`
        if (zid !== 0 && pageState(page) === PAGE.online && !pageIn(page, zoneIdNode(zid), zoneIdIndex(zid)))
          return `${block} is in zone ${zoneIdNode(zid)}/${ZONE_NAMES[zoneIdIndex(zid)]!}, its ${pfns(s, e)} are in another`
        return undefined
      case MEM.offline:
        if (online) return `${block} is offline, its section ${Math.floor(s / k.pagesPerSection)} is online`
        if (pageState(page) === PAGE.online) return `${block} is offline, its ${pfns(s, e)} are in the buddy`
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

/** I24, for blocks that hold their own memmap: those pages are never in the buddy. */
export const selfHostedMemmap: Check = (k, store) => {
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
