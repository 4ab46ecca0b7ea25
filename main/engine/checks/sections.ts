/** Sections, sub-sections and what hangs on them. I5, I16, I19, I20, I26. */
import { MEM } from '../state/block.ts'
import { PAGE, PAGE_STATES, pageInitialised, pageNode, pagePgmap, pageState, pageZone } from '../state/page.ts'
import { SECTION, USAGE } from '../state/section.ts'
import { ZONE, zoneIdNode } from '../state/zone.ts'
import { firstFault, foundOnline, fromBoot, livePgmaps, valid } from './pfn-walkers.ts'
import type { Check } from './result.ts'
import { pfns } from './wording.ts'

/** I5 */
export const memmapWhereValid: Check = (k, store) =>
  firstFault(k, store, [k.page, k.sectionFlags, k.subsectionMap], (s, e, page = 0, flags = 0, bit = 0) => {
    const mapped = pageState(page) !== PAGE.absent
    const isValid = valid(k, flags, bit)
    if (isValid && !mapped) return `${pfns(s, e)} are valid and have no memmap`
    if (!isValid && mapped) return `${pfns(s, e)} are not valid and have a memmap (${PAGE_STATES[pageState(page)]!})`
    return undefined
  })

/** I16 */
export const onlineSectionsAreRam: Check = (k, store) => {
  const live = livePgmaps(k, store)
  const known = new Set(store.ref(k.pgmaps).map((p) => p.id))
  let byDesign: string | undefined
  const { broken } = firstFault(k, store, [k.page, k.sectionFlags, k.subsectionMap, k.blockState, k.pgmapIndex], (s, e, page = 0, flags = 0, bit = 0, state = 0, pgmap = 0) => {
    if (!foundOnline(k, flags, bit, pgmap, live)) return undefined
    if (state === MEM.none) return `pfn_to_online_page() finds ${pfns(s, e)}, and there is no memory block`
    if (state === MEM.offline) return `pfn_to_online_page() finds ${pfns(s, e)} of offline memory block ${k.blockOf(s)}`
    if (!pageInitialised(page) || pageZone(page) !== ZONE.DEVICE) return undefined
    const found = `pfn_to_online_page() finds ${pfns(s, e)} of ZONE_DEVICE`
    if (pagePgmap(page) === 0 || known.has(pagePgmap(page))) return found
    byDesign ??= `${found}: a failed add set their sub-section bits again, and their struct pages name the device that was there before`
    return undefined
  })
  return { broken, byDesign }
}

/**
 * I19. RAM comes in whole sections: only an early section, or one of device memory, may have gaps in its map. Where all memory does (up to
 * v5.2), "section valid" is all there is to say.
 */
export const subsectionMaps: Check = (k, store) =>
  firstFault(k, store, [k.sectionFlags, k.subsectionMap, k.sectionUsage, k.blockState], (s, e, flags = 0, bit = 0, usage = 0, block = 0) => {
    const present = (flags & SECTION.present) !== 0
    if (present !== ((flags & SECTION.valid) !== 0)) return `section ${Math.floor(s / k.pagesPerSection)} has flags ${flags}: present and valid go together`
    if (k.profile.decisions.pfnValid === 'section') return undefined
    if (bit !== 0 && !present) return `the sub-section bits of ${pfns(s, e)} are set in a section that is not present`
    if (bit !== 0 && usage === USAGE.none) return `the sub-section bits of ${pfns(s, e)} are set in a section without usage`
    if (present && bit === 0 && (flags & SECTION.early) === 0 && block !== MEM.none) return `${pfns(s, e)} of a hot-added section have their sub-section bits clear`
    return undefined
  })

/** I20: RAM and device memory that the CPU can reach are mapped, private device memory is not. */
export const linearMap: Check = (k, store) => {
  const live = livePgmaps(k, store)
  let byDesign: string | undefined
  const { broken } = firstFault(k, store, [k.page, k.sectionFlags, k.subsectionMap, k.directMap, k.pgmapIndex, k.blockState, k.sectionUsage], (s, e, page = 0, flags = 0, bit = 0, mapped = 0, pgmap = 0, block = 0, usage = 0) => {
    const device = bit === 0 ? undefined : live.get(pgmap)
    if (device?.type === 'private') {
      // private memory is never mapped, but it may be given a range that a failed add had left mapped
      if (mapped !== 0) byDesign ??= `${pfns(s, e)} of private device memory are in the linear map: left there by a failed add`
      return undefined
    }
    if (device) return mapped !== 0 ? undefined : `${pfns(s, e)} of ${device.type} device memory are not in the linear map`
    const ram = (flags & SECTION.valid) !== 0 && bit !== 0
    if (mapped === 0 && ((ram && !fromBoot(k, flags, usage) && block !== MEM.none) || pageState(page) === PAGE.online)) return `${pfns(s, e)} are RAM and not in the linear map`
    if (mapped !== 0 && !ram) byDesign ??= `${pfns(s, e)} are in the linear map without memory: left after a failed add`
    return undefined
  })
  return { broken, byDesign }
}

/** I26. Hot-added memory is of one node; an early section may hold pages of several, and names the first. */
export const sameNode: Check = (k, store) =>
  firstFault(k, store, [k.page, k.sectionFlags, k.sectionNode, k.blockNode, k.blockZone, k.sectionUsage], (s, e, page = 0, flags = 0, section = 0, block = 0, zone = 0, usage = 0) => {
    if ((flags & SECTION.present) === 0) return undefined
    const where = `section ${Math.floor(s / k.pagesPerSection)}`
    if (!k.nodes.has(section - 1)) return `${where} is of node ${section - 1}, which is not possible`
    if (zone !== 0 && zoneIdNode(zone) !== block - 1) return `memory block ${k.blockOf(s)} is of node ${block - 1}, its zone of node ${zoneIdNode(zone)}`
    // device memory of several nodes may share a section
    if (fromBoot(k, flags, usage) || block === 0) return undefined
    if (section !== block) return `${where} is of node ${section - 1}, its memory block ${k.blockOf(s)} of node ${block - 1}`
    if (pageInitialised(page) && pageNode(page) !== section - 1) return `${where} is of node ${section - 1}, its ${pfns(s, e)} of node ${pageNode(page)}`
    return undefined
  })
