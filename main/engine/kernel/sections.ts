/**
 * Sections and sub-sections: adding and removing memmap. mm/sparse.c and mm/memory_hotplug.c, v6.1 with SPARSEMEM_VMEMMAP.
 *
 * The kernel's loops go section by section. Sections in equal state are treated alike, so the loops here go by `extent`:
 * as far as flags, usage and sub-section map stay equal, in whole sections.
 */
import { ERRNO } from '../errors.ts'
import { call, cost, extent, fail, fill, get, map, op, read, readRef, scan, updateRef, warn, write } from '../executors/step.ts'
import type { Kernel } from '../state/kernel.ts'
import { PAGE } from '../state/page.ts'
import { altmapAlloc, altmapOffset } from '../state/pgmap.ts'
import { SECTION, USAGE } from '../state/section.ts'
import { alignDown, alignUp } from '../units.ts'
import { prWarnOnce } from './print-once.ts'
import { structPages } from './vmemmap.ts'

/** check_pfn_span(): both ends on a sub-section border. v5.3+ with VMEMMAP. */
const misaligned = (k: Kernel, pfn: number, nr: number): boolean => pfn % k.pagesPerSubsection !== 0 || nr % k.pagesPerSubsection !== 0

/** End of the piece that a loop over sections takes in one go from pfn: a part of a section, or whole equal sections. */
const pieceEnd = (k: Kernel, pfn: number, end: number): number => {
  const border = alignDown(pfn, k.pagesPerSection) + k.pagesPerSection
  return pfn % k.pagesPerSection !== 0 || end < border ? Math.min(border, end) : alignDown(end, k.pagesPerSection)
}

/** Pages of memmap that one section needs. */
const memmapPages = (k: Kernel): number => (k.pagesPerSection * k.constants.structPageSize) / k.pageSize

/**
 * populate_section_memmap() for [pfn, end): within one section, or whole sections. Base pages from RAM below a section,
 * whatever the altmap; else from the altmap of page map `pgmap` (0: none). Answers how far it got; short of `end` the altmap is used up.
 */
const populateSectionMemmap = op('populate_section_memmap', 'mm/sparse-vmemmap.c, v6.1', function* (k, pfn: number, end: number, pgmap: number) {
  const maps = yield* readRef(k.pgmaps)
  const owner = maps.find((p) => p.id === pgmap)
  const altmap = owner?.altmap
  const sections = (end - pfn) / k.pagesPerSection
  let reached = end
  if (altmap && sections >= 1) {
    const got = altmapAlloc(altmap, memmapPages(k), sections)
    reached = pfn + got.done * k.pagesPerSection
    if (got.done > 0) {
      yield updateRef(k.pgmaps, (all) => all.map((p) => (p.id === pgmap ? { ...p, altmap: got.altmap } : p)))
      yield fill(k.memmapHome, pfn, reached, pgmap)
    }
  }
  yield cost('memmap allocation', structPages(k, owner, reached - pfn))
  if (reached > pfn) yield fill(k.page, pfn, reached, k.profile.decisions.debugVm === 'on' ? PAGE.poisoned : PAGE.garbage)
  return reached
})

/**
 * sparse_add_section(), for [pfn, end): within one section, or whole sections in equal state. -EEXIST when a sub-section is
 * there already, -ENOMEM when an altmap is used up; sections in front of that one are there then. A hot-added section is not
 * early; existing low bits are kept. `pgmap` is the page map that it is for, 0 for RAM.
 */
export const sparseAddSection = op('sparse_add_section', 'mm/sparse.c, v6.1', function* (k, node: number, pfn: number, end: number, pgmap: number) {
  const usage = yield get(k.sectionUsage, pfn)
  // section_activate
  if (usage === USAGE.none) yield fill(k.sectionUsage, pfn, end, USAGE.slab)
  const taken = yield scan([k.subsectionMap], pfn, end, k.pagesPerSubsection, (bit) => bit !== 0)
  if (taken >= 0) {
    if (usage === USAGE.none) yield fill(k.sectionUsage, pfn, end, USAGE.none)
    return yield fail(ERRNO.EEXIST, `sub-section of pfn 0x${taken.toString(16)} is there already`)
  }
  const early = (yield get(k.sectionFlags, pfn)) & SECTION.early
  let reached = end
  if (end - pfn < k.pagesPerSection && early) {
    // the boot memmap is complete and is used again
    if (k.profile.decisions.debugVm === 'on') yield fill(k.page, pfn, end, PAGE.poisoned)
  } else reached = yield call(populateSectionMemmap, pfn, end, pgmap)
  if (reached < end && usage === USAGE.none) yield fill(k.sectionUsage, reached, end, USAGE.none)
  if (reached > pfn) {
    yield fill(k.subsectionMap, pfn, reached, 1)
    yield fill(k.sectionNode, pfn, reached, node + 1)
    const last = Math.floor((reached - 1) / k.pagesPerSection)
    if (last > (yield read(k.highestPresentSection))) yield write(k.highestPresentSection, last)
    yield map(k.sectionFlags, pfn, reached, (flags) => flags | SECTION.present | SECTION.valid)
    yield cost('section add', Math.ceil((reached - pfn) / k.pagesPerSection))
  }
  if (reached < end) return yield fail(ERRNO.ENOMEM, 'the altmap has too few pages for the memmap')
  return 0
})

/**
 * depopulate_section_memmap(): whole sections give their memmap back to the altmap that it came from. A part of a section
 * frees nothing while the rest of its PMD is in use; what the pages said is gone all the same.
 */
const depopulateSectionMemmap = op('depopulate_section_memmap', 'arch/x86/mm/init_64.c, v6.1', function* (k, pfn: number, end: number, empty: boolean) {
  const home = yield get(k.memmapHome, pfn)
  if (home !== 0 && end - pfn >= k.pagesPerSection) {
    const freed = ((end - pfn) / k.pagesPerSection) * memmapPages(k)
    yield updateRef(k.pgmaps, (all) => all.map((p) => (p.id === home && p.altmap ? { ...p, altmap: { ...p.altmap, alloc: p.altmap.alloc - freed } } : p)))
  }
  yield fill(k.page, pfn, end, PAGE.absent)
  if (empty) yield fill(k.memmapHome, pfn, end, 0)
  return 0
})

/** section_deactivate(), for [pfn, end): within one section, or whole sections in equal state. */
export const sectionDeactivate = op('section_deactivate', 'mm/sparse.c, v6.1', function* (k, pfn: number, end: number) {
  const early = ((yield get(k.sectionFlags, pfn)) & SECTION.early) !== 0
  if ((yield scan([k.subsectionMap], pfn, end, k.pagesPerSubsection, (bit) => bit === 0)) >= 0) {
    yield warn(`section already deactivated (0x${pfn.toString(16)} + ${end - pfn})`)
    return 0
  }
  yield fill(k.subsectionMap, pfn, end, 0)
  const first = alignDown(pfn, k.pagesPerSection)
  const last = alignUp(end, k.pagesPerSection)
  const empty = (yield scan([k.subsectionMap], first, last, k.pagesPerSubsection, (bit) => bit !== 0)) < 0
  // usage from boot memory is kept for re-use
  if (empty && (yield get(k.sectionUsage, pfn)) === USAGE.slab) yield fill(k.sectionUsage, first, last, USAGE.none)
  if (!early) yield call(depopulateSectionMemmap, pfn, end, empty)
  else if (empty) yield fill(k.page, first, last, PAGE.absent)
  if (empty) {
    yield fill(k.sectionFlags, first, last, 0)
    yield fill(k.sectionNode, first, last, 0)
  }
  yield cost('section remove', Math.ceil((end - pfn) / k.pagesPerSection))
  return 0
})

/** __add_pages(): section by section; an error stops it and what was added before stays. */
export const addPages = op('__add_pages', 'mm/memory_hotplug.c, v6.1', function* (k, node: number, start: number, nr: number, pgmap: number) {
  const maps = yield* readRef(k.pgmaps)
  const altmap = maps.find((p) => p.id === pgmap)?.altmap
  if (altmap && (altmap.basePfn !== start || altmapOffset(altmap) > nr)) {
    yield* prWarnOnce(k, 'invalid altmap', 'memory add fail, invalid altmap')
    return yield fail(ERRNO.EINVAL, 'invalid altmap: its base is not the first pfn, or it is larger than the range')
  }
  if (misaligned(k, start, nr)) {
    yield warn(`Misaligned __add_pages start: 0x${start.toString(16)} end: #${(start + nr - 1).toString(16)}`)
    return yield fail(ERRNO.EINVAL, 'start and size must be multiples of a sub-section')
  }
  const end = start + nr
  for (let pfn = start; pfn < end; ) {
    const piece = pieceEnd(k, pfn, end)
    const cut = yield extent([k.sectionFlags, k.sectionUsage, k.subsectionMap], pfn, piece, Math.min(k.pagesPerSection, piece - pfn))
    const err = yield call(sparseAddSection, node, pfn, cut, pgmap)
    if (err) return err
    pfn = cut
  }
  return 0
})

/**
 * __remove_pages(): a section that is not valid gets a WARN (once) and is passed over. `zone` is the zoneId of the zone that the range
 * leaves where kernels pass one down (ramSpanShrinks at-remove), else 0; `pgmap` the page map that the range is of, 0 for RAM; `nid` the
 * node that the caller names, where kernels ask for one.
 */
export const removePages = op('__remove_pages', 'mm/memory_hotplug.c, v5.15+', function* (k, _zone: number, start: number, nr: number, _pgmap: number, _nid?: number) {
  if (misaligned(k, start, nr)) {
    yield warn(`Misaligned __remove_pages start: 0x${start.toString(16)} end: #${(start + nr - 1).toString(16)}`)
    return 0
  }
  const end = start + nr
  for (let pfn = start; pfn < end; ) {
    const piece = pieceEnd(k, pfn, end)
    const cut = yield extent([k.sectionFlags, k.sectionUsage, k.subsectionMap], pfn, piece, Math.min(k.pagesPerSection, piece - pfn))
    if ((yield get(k.sectionFlags, pfn)) & SECTION.valid) yield call(sectionDeactivate, pfn, cut)
    else yield call(removeInvalidSection)
    pfn = cut
  }
  return 0
})

const removeInvalidSection = op('__remove_section', 'mm/memory_hotplug.c, v6.1', function* () {
  yield warn('', '__remove_section')
  return 0
})

/**
 * arch_add_memory(), x86: the linear map first, then the pages; the linear map is not undone when adding pages fails.
 * `pgmap` is the page map it is for, 0 for RAM. arch/x86/mm/init_64.c, v6.1.
 */
export const archAddMemory = op('arch_add_memory', 'arch/x86/mm/init_64.c, v6.1', function* (k, node: number, start: number, nr: number, pgmap: number) {
  yield fill(k.directMap, start, start + nr, 1)
  return yield call(addPagesX86, node, start, nr, pgmap)
})

/** add_pages(), x86: max_pfn rises even when the add fails; for device memory until 6.15 (stable 6.1). */
export const addPagesX86 = op('add_pages', 'arch/x86/mm/init_64.c, v6.1', function* (k, node: number, start: number, nr: number, pgmap: number) {
  const err = yield call(addPages, node, start, nr, pgmap)
  if (err) yield warn('', 'add_pages')
  const raises = pgmap === 0 || k.profile.decisions.maxPfn === 'raised'
  if (raises && start + nr > (yield read(k.maxPfn))) yield write(k.maxPfn, start + nr)
  return err
})

/** arch_remove_memory(), x86: the sections, then the linear map. `pgmap` and `nid` as for __remove_pages(). */
export const archRemoveMemory = op('arch_remove_memory', 'arch/x86/mm/init_64.c, v6.1', function* (k, start: number, nr: number, pgmap: number, nid?: number) {
  yield call(removePages, 0, start, nr, pgmap, nid)
  yield fill(k.directMap, start, start + nr, 0)
  return 0
})

/** online_mem_sections / offline_mem_sections: the IS_ONLINE bit of every section that the range touches. */
export const onlineMemSections = op('online_mem_sections', 'mm/sparse.c, v4.13+', function* (k, start: number, end: number) {
  yield map(k.sectionFlags, start, end, (flags) => flags | SECTION.online)
  return 0
})
export const offlineMemSections = op('offline_mem_sections', 'mm/sparse.c, v4.13+', function* (k, start: number, end: number) {
  yield map(k.sectionFlags, start, end, (flags) => flags & ~SECTION.online)
  return 0
})
