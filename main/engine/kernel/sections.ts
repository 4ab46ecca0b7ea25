/**
 * Memory is added and removed: section by section, with the linear map around it. mm/memory_hotplug.c and arch/x86/mm/init_64.c with
 * SPARSEMEM_VMEMMAP. What happens to a section: sparse.ts, and whole-sections.ts for kernels without sub-sections.
 *
 * The kernel's loops go section by section. Sections in equal state are treated alike, so the loops here go by `extent`:
 * as far as flags, usage and sub-section map stay equal, in whole sections.
 */
import { ERRNO } from '../errors.ts'
import { bug, call, extent, fail, fill, get, map, op, read, readRef, warn, write } from '../executors/step.ts'
import type { Kernel } from '../state/kernel.ts'
import { altmapOffset } from '../state/pgmap.ts'
import { SECTION } from '../state/section.ts'
import { ZONE, type Zone } from '../state/zone.ts'
import { alignDown, alignUp, hex } from '../units.ts'
import { hotplugMemoryRegister, unregisterMemorySection } from './block-devices.ts'
import { releaseMemoryResource } from './mem-region.ts'
import { prWarnOnce } from './print-once.ts'
import { sectionDeactivate, sparseAddSection } from './sparse.ts'
import { followZone, pageZone } from './struct-page.ts'
import { sparseAddOneSection, sparseRemoveOneSection } from './whole-sections.ts'
import { clearZoneContiguous, setZoneContiguous } from './zone-contiguous.ts'
import { removeZone, sectionsAlike } from './zone-shrink.ts'

/** check_pfn_span(): both ends on a sub-section border. v5.3+ with VMEMMAP. */
const misaligned = (k: Kernel, pfn: number, nr: number): boolean => pfn % k.pagesPerSubsection !== 0 || nr % k.pagesPerSubsection !== 0

/** End of the piece that a loop over sections takes in one go from pfn: a part of a section, or whole equal sections. */
const pieceEnd = (k: Kernel, pfn: number, end: number): number => {
  const border = alignDown(pfn, k.pagesPerSection) + k.pagesPerSection
  return pfn % k.pagesPerSection !== 0 || end < border ? Math.min(border, end) : alignDown(end, k.pagesPerSection)
}

/** How the warning prints the last pfn of a misaligned range. */
const misalignedEnd = (k: Kernel, last: number): string => (k.profile.decisions.misalignedText === 'hash' ? '#' : '0x') + last.toString(16)

/** Kernels without a sub-section map add and remove whole sections. */
const byWholeSections = (k: Kernel): boolean => k.profile.decisions.pfnValid === 'section'

/**
 * check_hotplug_memory_addressable() (v5.5 … v5.11), for a range that ends beyond the last address; the maximum that it prints is twice what it allows. Before,
 * the sections got numbers that no table of sections has (derived); after, nobody asks here.
 */
const checkAddressable = op('check_hotplug_memory_addressable', 'mm/memory_hotplug.c, v5.5 … v5.11', function* (k, start: number, nr: number) {
  const { rangeLimit } = k.profile.decisions
  if (rangeLimit === 'pluggable') return 0
  const end = start + nr
  if (rangeLimit === 'nowhere') return yield bug(`BUG: unable to handle page fault: section ${hex(Math.floor((end - 1) / k.pagesPerSection))} is beyond the table of sections`)
  yield warn(`Hotplugged memory exceeds maximum addressable address, range=${hex(start * k.pageSize)}-${hex(end * k.pageSize - 1)}, maximum=${hex(2 * k.pluggableEnd - 1)}`)
  return yield fail(ERRNO.E2BIG, `range ends beyond ${hex(k.pluggableEnd)}`)
})

/** __add_pages(): section by section; an error stops it and what was added before stays. -EEXIST may not count as one (sectionCollision). */
export const addPages = op('__add_pages', 'mm/memory_hotplug.c, v4.13+', function* (k, node: number, start: number, nr: number, pgmap: number) {
  if ((start + nr) * k.pageSize > k.pluggableEnd) {
    const refused = yield call(checkAddressable, start, nr)
    if (refused) return refused
  }
  const maps = yield* readRef(k.pgmaps)
  const altmap = maps.find((p) => p.id === pgmap)?.altmap
  if (altmap && (altmap.basePfn !== start || altmapOffset(altmap) > nr)) {
    yield* prWarnOnce(k, 'invalid altmap', 'memory add fail, invalid altmap')
    return yield fail(ERRNO.EINVAL, 'invalid altmap: its base is not the first pfn, or it is larger than the range')
  }
  const whole = byWholeSections(k)
  if (!whole && misaligned(k, start, nr)) {
    yield warn(`Misaligned __add_pages start: 0x${start.toString(16)} end: ${misalignedEnd(k, start + nr - 1)}`)
    return yield fail(ERRNO.EINVAL, 'start and size must be multiples of a sub-section')
  }
  const end = whole ? alignUp(start + nr, k.pagesPerSection) : start + nr
  // on a node without structures the first section may be the last: populate_section_memmap() faults
  const alone = !(yield read(k.node(node).hasData))
  for (let pfn = whole ? alignDown(start, k.pagesPerSection) : start; pfn < end; ) {
    const piece = alone ? Math.min(end, alignDown(pfn, k.pagesPerSection) + k.pagesPerSection) : pieceEnd(k, pfn, end)
    const cut = yield extent([k.sectionFlags, k.sectionUsage, k.subsectionMap], pfn, piece, Math.min(k.pagesPerSection, piece - pfn))
    const err = whole ? yield call(addSection, node, pfn, cut, pgmap) : yield call(sparseAddSection, node, pfn, cut, pgmap)
    if (err && !(err === -ERRNO.EEXIST && k.profile.decisions.sectionCollision === 'swallowed')) return err
    // RAM gets its memory block here where blocks come with each section
    if (!err && pgmap === 0 && k.profile.decisions.blockDevices === 'with-each-section') yield call(hotplugMemoryRegister, node, pfn, cut)
    pfn = cut
  }
  return 0
})

/** __add_section(): one whole section, or several in equal state. */
const addSection = op('__add_section', 'mm/memory_hotplug.c, until v5.2', function* (k, node: number, pfn: number, end: number, pgmap: number) {
  if ((yield get(k.sectionFlags, pfn)) & SECTION.valid) {
    if (k.profile.decisions.sectionCollision === 'swallowed') return -ERRNO.EEXIST
    return yield fail(ERRNO.EEXIST, `section of pfn 0x${pfn.toString(16)} is there already`)
  }
  return yield call(sparseAddOneSection, node, pfn, end, pgmap)
})

/**
 * __remove_pages(). `zone` is the zoneId of the zone that the range leaves, where kernels pass one down (ramSpanShrinks at-remove), else 0;
 * `pgmap` the page map that the range is of, 0 for RAM; `nid` the node that the caller names, where kernels ask for one. Kernels that are
 * given the zone shrink it here, section by section.
 */
export const removePages = op('__remove_pages', 'mm/memory_hotplug.c, v4.13+', function* (k, zid: number, start: number, nr: number, pgmap: number, nid?: number) {
  const { ramSpanShrinks, resourceRelease } = k.profile.decisions
  let zone: Zone | undefined
  if (ramSpanShrinks === 'at-remove') {
    // is_dev_zone() follows the zone first; later kernels' first look is clear_zone_contiguous()
    if (resourceRelease === 'unless-zone-device') zone = yield* followZone(k, zid)
    else yield call(clearContiguousOf, zid)
    zone ??= yield* followZone(k, zid)
  }
  const releases =
    resourceRelease === 'without-altmap' ? !(yield* readRef(k.pgmaps)).some((p) => p.id === pgmap && p.altmap) : resourceRelease === 'unless-zone-device' && (zone ? zone.index !== ZONE.DEVICE : pgmap === 0)
  if (releases) yield call(releaseMemoryResource, start * k.pageSize, nr * k.pageSize)
  if (zone) yield call(clearZoneContiguous, zone)
  const end = start + nr
  if (byWholeSections(k)) {
    if (start % k.pagesPerSection !== 0 || nr % k.pagesPerSection !== 0) return yield bug('kernel BUG at mm/memory_hotplug.c: __remove_pages() of a part of a section')
  } else if (misaligned(k, start, nr)) {
    yield warn(`Misaligned __remove_pages start: 0x${start.toString(16)} end: ${misalignedEnd(k, start + nr - 1)}`)
    return 0
  }
  let err = 0
  for (let pfn = start; pfn < end && !err; ) {
    const piece = pieceEnd(k, pfn, end)
    const cut = zone ? yield* sectionsAlike(k, zone, pfn, piece) : yield extent([k.sectionFlags, k.sectionUsage, k.subsectionMap], pfn, piece, Math.min(k.pagesPerSection, piece - pfn))
    err = yield call(removeSection, zone, pfn, cut, nid)
    pfn = cut
  }
  if (zone) yield call(setZoneContiguous, zone)
  return err
})

/** clear_zone_contiguous() of a zone that a struct page names: the first to follow the pointer. */
const clearContiguousOf = op('clear_zone_contiguous', 'mm/page_alloc.c, v4.6+', function* (k, zid: number) {
  yield* followZone(k, zid)
  return 0
})

/** sparse_remove_section() of a section that is not valid. */
const sparseRemoveAbsentSection = op('sparse_remove_section', 'mm/sparse.c', function* () {
  yield warn('', 'sparse_remove_section')
  return 0
})

/** __remove_section(): a section that is not valid stops the removal (until v5.1), or gets a WARN (once) and is passed over. */
const removeSection = op('__remove_section', 'mm/memory_hotplug.c, v4.13+', function* (k, zone: Zone | undefined, pfn: number, end: number, nid: number | undefined) {
  const { invalidSection, blockDevices } = k.profile.decisions
  if (!((yield get(k.sectionFlags, pfn)) & SECTION.valid)) {
    if (invalidSection === 'stops') return -ERRNO.EINVAL
    if (k.profile.decisions.absentSection === 'remove-section') yield warn('', '__remove_section')
    else yield call(sparseRemoveAbsentSection)
    return 0
  }
  if (blockDevices === 'with-each-section') yield call(unregisterMemorySection, pfn, end)
  if (zone) yield call(removeZone, zone, pfn, end - pfn)
  if (!byWholeSections(k)) return yield call(sectionDeactivate, pfn, end)
  return yield call(sparseRemoveOneSection, zone ? zone.node.id : (nid ?? (yield get(k.sectionNode, pfn)) - 1), pfn, end)
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

/**
 * arch_remove_memory(), x86: the sections, then the linear map. `pgmap` and `nid` as for __remove_pages(). Where spans shrink at hot-remove
 * the zone is that of the first struct page, behind the altmap's, whoever initialised it.
 */
export const archRemoveMemory = op('arch_remove_memory', 'arch/x86/mm/init_64.c, v4.18+', function* (k, start: number, nr: number, pgmap: number, nid?: number) {
  let zid = 0
  if (k.profile.decisions.ramSpanShrinks === 'at-remove') {
    const altmap = pgmap === 0 ? undefined : (yield* readRef(k.pgmaps)).find((p) => p.id === pgmap)?.altmap
    zid = yield call(pageZone, start + altmapOffset(altmap))
  }
  if (yield call(removePages, zid, start, nr, pgmap, nid)) yield warn('', 'arch_remove_memory')
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
