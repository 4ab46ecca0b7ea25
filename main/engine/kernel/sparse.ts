/**
 * Sections and sub-sections: adding and removing memmap. mm/sparse.c with SPARSEMEM_VMEMMAP, v5.3+.
 *
 * The kernel's loops go section by section. Sections in equal state are treated alike, so these take [pfn, end): within one section, or
 * whole sections in equal state.
 */
import { ERRNO } from '../errors.ts'
import { bug, call, cost, fail, fill, get, map, op, print, KERN_ERR, read, readRef, scan, synchronize, updateRef, warn, write } from '../executors/step.ts'
import type { Kernel } from '../state/kernel.ts'
import { PAGE } from '../state/page.ts'
import { altmapAlloc } from '../state/pgmap.ts'
import { SECTION, USAGE } from '../state/section.ts'
import { alignDown, alignUp } from '../units.ts'
import { structPages } from './vmemmap.ts'

/** Pages of memmap that one section needs. */
const memmapPages = (k: Kernel): number => (k.pagesPerSection * k.constants.structPageSize) / k.pageSize

/**
 * populate_section_memmap() for [pfn, end): within one section, or whole sections. Base pages from RAM below a section,
 * whatever the altmap; else from the altmap of page map `pgmap` (0: none). Answers how far it got; short of `end` the altmap is used up, or
 * the CPU has no PSE and cannot take memmap from an altmap.
 */
export const populateSectionMemmap = op('populate_section_memmap', 'mm/sparse-vmemmap.c, v6.1', function* (k, pfn: number, end: number, pgmap: number, nid: number) {
  const maps = yield* readRef(k.pgmaps)
  const owner = maps.find((p) => p.id === pgmap)
  const altmap = owner?.altmap
  const sections = (end - pfn) / k.pagesPerSection
  // vmemmap_alloc_block() looks for the node's zonelists
  if (!(altmap && sections >= 1) && !(yield read(k.node(nid).hasData))) yield bug('BUG: unable to handle page fault for address: (____ptrval____)')
  let reached = end
  if (altmap && sections >= 1 && !k.pse) {
    yield print(KERN_ERR, 'vmemmap_populate: no cpu support for altmap allocations')
    reached = pfn
  } else if (altmap && sections >= 1) {
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

/** Why a range got no memmap from its altmap. */
export const noMemmap = (k: Kernel): string => (k.pse ? 'the altmap has too few pages for the memmap' : 'a CPU without PSE takes no memmap from an altmap')

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
    if (k.profile.decisions.sectionCollision === 'swallowed') return -ERRNO.EEXIST
    return yield fail(ERRNO.EEXIST, `sub-section of pfn 0x${taken.toString(16)} is there already`)
  }
  yield fill(k.subsectionMap, pfn, end, 1)
  const early = (yield get(k.sectionFlags, pfn)) & SECTION.early
  let reached = end
  if (end - pfn < k.pagesPerSection && early) {
    // the boot memmap is complete and is used again
    if (k.profile.decisions.debugVm === 'on') yield fill(k.page, pfn, end, PAGE.poisoned)
  } else reached = yield call(populateSectionMemmap, pfn, end, pgmap, node)
  if (reached < end) {
    // section_deactivate
    yield fill(k.subsectionMap, reached, end, 0)
    if (usage === USAGE.none) yield fill(k.sectionUsage, reached, end, USAGE.none)
  }
  if (reached > pfn) {
    yield fill(k.sectionNode, pfn, reached, node + 1)
    const last = Math.floor((reached - 1) / k.pagesPerSection)
    if (last > (yield read(k.highestPresentSection))) yield write(k.highestPresentSection, last)
    yield map(k.sectionFlags, pfn, reached, (flags) => flags | SECTION.present | SECTION.valid)
    yield cost('section add', Math.ceil((reached - pfn) / k.pagesPerSection))
  }
  if (reached < end) return yield fail(ERRNO.ENOMEM, noMemmap(k))
  return 0
})

/**
 * depopulate_section_memmap(): whole sections give their memmap back to the altmap that it came from. A part of a section
 * frees nothing while the rest of its PMD is in use; what the pages said is gone all the same.
 */
export const depopulateSectionMemmap = op('depopulate_section_memmap', 'arch/x86/mm/init_64.c, v6.1', function* (k, pfn: number, end: number, empty: boolean) {
  const home = yield get(k.memmapHome, pfn)
  if (home !== 0 && end - pfn >= k.pagesPerSection) {
    const freed = ((end - pfn) / k.pagesPerSection) * memmapPages(k)
    yield updateRef(k.pgmaps, (all) => all.map((p) => (p.id === home && p.altmap ? { ...p, altmap: { ...p.altmap, alloc: p.altmap.alloc - freed } } : p)))
  }
  yield fill(k.page, pfn, end, PAGE.absent)
  if (empty) yield fill(k.memmapHome, pfn, end, 0)
  return 0
})

/**
 * section_deactivate(), for [pfn, end): within one section, or whole sections in equal state. The memmap of an early section is complete and
 * from boot; until v5.7 a part of it was unmapped with the part of the section (earlyRemoval), and until v5.4 the usage of a section
 * that had been early once was taken for slab (bootUsage).
 */
export const sectionDeactivate = op('section_deactivate', 'mm/sparse.c, v5.3+', function* (k, pfn: number, end: number) {
  const { earlyRemoval, bootUsage, usageFree } = k.profile.decisions
  const early = ((yield get(k.sectionFlags, pfn)) & SECTION.early) !== 0
  if ((yield scan([k.subsectionMap], pfn, end, k.pagesPerSubsection, (bit) => bit === 0)) >= 0) {
    yield warn(`section already deactivated (0x${pfn.toString(16)} + ${end - pfn})`)
    return 0
  }
  yield fill(k.subsectionMap, pfn, end, 0)
  const first = alignDown(pfn, k.pagesPerSection)
  const last = alignUp(end, k.pagesPerSection)
  const empty = (yield scan([k.subsectionMap], first, last, k.pagesPerSubsection, (bit) => bit !== 0)) < 0
  if (empty) {
    if (usageFree === 'after-rcu') yield map(k.sectionFlags, first, last, (flags) => flags & ~SECTION.valid)
    const usage = yield get(k.sectionUsage, pfn)
    // kfree_rcu(): the model waits for the readers instead of leaving the wait to somebody else
    if (usageFree === 'after-rcu' && usage === USAGE.slab) yield synchronize(k.rcu)
    // usage from boot memory is kept for re-use
    if (usage === USAGE.slab) yield fill(k.sectionUsage, first, last, USAGE.none)
    else if (!early && bootUsage === 'freed') return yield bug('kernel BUG at mm/slub.c: kfree() of the usage of a section that was early once')
  }
  if (!early) yield call(depopulateSectionMemmap, pfn, end, empty)
  else if (empty) yield fill(k.page, first, last, PAGE.absent)
  else if (earlyRemoval === 'depopulates') yield call(depopulateEarlyPart, pfn, end)
  if (empty) {
    yield fill(k.sectionFlags, first, last, 0)
    yield fill(k.sectionNode, first, last, 0)
  }
  yield cost('section remove', Math.ceil((end - pfn) / k.pagesPerSection))
  return 0
})

/**
 * vmemmap_free() of a part of a boot memmap. With PSE the section's struct pages share one PMD page: those of the part are filled with 0xFD and
 * stay mapped. Without it they lie in base pages of their own, which go; nothing maps them again.
 */
const depopulateEarlyPart = op('vmemmap_free', 'arch/x86/mm/init_64.c', function* (k, pfn: number, end: number) {
  yield fill(k.page, pfn, end, k.pse ? PAGE.garbage : PAGE.absent)
  return 0
})
