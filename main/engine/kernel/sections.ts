/**
 * Sections and sub-sections: adding and removing memmap. mm/sparse.c and mm/memory_hotplug.c, v6.1 with SPARSEMEM_VMEMMAP.
 *
 * The kernel's loops go section by section. Sections in equal state are treated alike, so the loops here go by `extent`:
 * as far as flags, usage and sub-section map stay equal, in whole sections.
 */
import { ERRNO } from '../errors.ts'
import { call, cost, extent, fail, fill, get, map, op, read, scan, warn, write } from '../executors/step.ts'
import type { Kernel } from '../state/kernel.ts'
import { PAGE } from '../state/page.ts'
import { SECTION, USAGE } from '../state/section.ts'
import { alignDown, alignUp } from '../units.ts'

/** check_pfn_span(): both ends on a sub-section border. v5.3+ with VMEMMAP. */
const misaligned = (k: Kernel, pfn: number, nr: number): boolean => pfn % k.pagesPerSubsection !== 0 || nr % k.pagesPerSubsection !== 0

/** End of the piece that a loop over sections takes in one go from pfn: a part of a section, or whole equal sections. */
const pieceEnd = (k: Kernel, pfn: number, end: number): number => {
  const border = alignDown(pfn, k.pagesPerSection) + k.pagesPerSection
  return pfn % k.pagesPerSection !== 0 || end < border ? Math.min(border, end) : alignDown(end, k.pagesPerSection)
}

/**
 * sparse_add_section(), for [pfn, end): within one section, or whole sections in equal state. -EEXIST when a sub-section is
 * there already. A hot-added section is not early; existing low bits are kept.
 */
export const sparseAddSection = op('sparse_add_section', 'mm/sparse.c, v6.1', function* (k, node: number, pfn: number, end: number) {
  const usage = yield get(k.sectionUsage, pfn)
  // section_activate
  if (usage === USAGE.none) yield fill(k.sectionUsage, pfn, end, USAGE.slab)
  const taken = yield scan([k.subsectionMap], pfn, end, k.pagesPerSubsection, (bit) => bit !== 0)
  if (taken >= 0) {
    if (usage === USAGE.none) yield fill(k.sectionUsage, pfn, end, USAGE.none)
    return yield fail(ERRNO.EEXIST, `sub-section of pfn 0x${taken.toString(16)} is there already`)
  }
  yield fill(k.subsectionMap, pfn, end, 1)
  const early = (yield get(k.sectionFlags, pfn)) & SECTION.early
  const whole = end - pfn >= k.pagesPerSection
  if (whole || !early) {
    yield cost('memmap allocation', end - pfn)
    yield fill(k.page, pfn, end, k.profile.decisions.debugVm ? PAGE.poisoned : PAGE.garbage)
  } else if (k.profile.decisions.debugVm) yield fill(k.page, pfn, end, PAGE.poisoned)
  yield fill(k.sectionNode, pfn, end, node + 1)
  const last = Math.floor((end - 1) / k.pagesPerSection)
  if (last > (yield read(k.highestPresentSection))) yield write(k.highestPresentSection, last)
  yield map(k.sectionFlags, pfn, end, (flags) => flags | SECTION.present | SECTION.valid)
  yield cost('section add', Math.ceil((end - pfn) / k.pagesPerSection))
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
  if (!early) yield fill(k.page, pfn, end, PAGE.absent)
  else if (empty) yield fill(k.page, first, last, PAGE.absent)
  if (empty) {
    yield fill(k.sectionFlags, first, last, 0)
    yield fill(k.sectionNode, first, last, 0)
  }
  yield cost('section remove', Math.ceil((end - pfn) / k.pagesPerSection))
  return 0
})

/** __add_pages(): section by section; an error stops it and what was added before stays. */
export const addPages = op('__add_pages', 'mm/memory_hotplug.c, v6.1', function* (k, node: number, start: number, nr: number) {
  if (misaligned(k, start, nr)) {
    yield warn(`Misaligned __add_pages start: 0x${start.toString(16)} end: #${(start + nr - 1).toString(16)}`)
    return yield fail(ERRNO.EINVAL, 'start and size must be multiples of a sub-section')
  }
  const end = start + nr
  for (let pfn = start; pfn < end; ) {
    const piece = pieceEnd(k, pfn, end)
    const cut = yield extent([k.sectionFlags, k.sectionUsage, k.subsectionMap], pfn, piece, Math.min(k.pagesPerSection, piece - pfn))
    const err = yield call(sparseAddSection, node, pfn, cut)
    if (err) return err
    pfn = cut
  }
  return 0
})

/** __remove_pages(): a section that is not valid gets a WARN (once) and is passed over. */
export const removePages = op('__remove_pages', 'mm/memory_hotplug.c, v5.15+', function* (k, start: number, nr: number) {
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
 * arch_add_memory(), x86: the linear map first, then the pages; max_pfn rises even when adding pages fails, and the
 * linear map is not undone. arch/x86/mm/init_64.c, v6.1.
 */
export const archAddMemory = op('arch_add_memory', 'arch/x86/mm/init_64.c, v6.1', function* (k, node: number, start: number, nr: number) {
  yield fill(k.directMap, start, start + nr, 1)
  const err = yield call(addPages, node, start, nr)
  if (err) yield warn('', 'add_pages')
  if (start + nr > (yield read(k.maxPfn))) yield write(k.maxPfn, start + nr)
  return err
})

/** arch_remove_memory(), x86: the sections, then the linear map. */
export const archRemoveMemory = op('arch_remove_memory', 'arch/x86/mm/init_64.c, v6.1', function* (k, start: number, nr: number) {
  yield call(removePages, start, nr)
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
