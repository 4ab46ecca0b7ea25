/** Struct pages of device memory: the range that they come in, their initialisation, their references. mm/memremap.c, mm/page_alloc.c. */
import { bug, cost, fill, map, op, readRef, scan } from '../executors/step.ts'
import type { Kernel } from '../state/kernel.ts'
import { PAGE, packPage, pageState, withoutReference } from '../state/page.ts'
import { altmapOffset, pfnFirst, type DeviceMemoryType, type Pgmap } from '../state/pgmap.ts'
import { ZONE } from '../state/zone.ts'
import { alignDown, alignUp, hex } from '../units.ts'
import { faultOnUnmapped } from './struct-page.ts'
import { structPages } from './vmemmap.ts'

export interface PfnRange { readonly start: number; readonly end: number }

/** What a range comes to where device memory comes in whole sections: align_start and align_end of devm_memremap_pages() until v5.2. */
export const wholeSections = (k: Kernel, { start, end }: PfnRange): PfnRange => ({ start: alignDown(start, k.pagesPerSection), end: alignUp(end, k.pagesPerSection) })

/** The range that memory is added and removed for. */
export const addedRange = (k: Kernel, range: PfnRange): PfnRange => (k.profile.decisions.deviceGranularity === 'section' ? wholeSections(k, range) : range)

/** Whether an idle page of the type has page_ref_count() 0. */
function idleWithoutReference(k: Kernel, type: DeviceMemoryType): boolean {
  switch (k.profile.decisions.idleReference) {
    case 'all': return false
    case 'but-unaddressable': return type === 'private' || type === 'coherent'
    case 'generic-only': return type !== 'generic'
  }
}

const devicePage = (k: Kernel, p: Pgmap, node: number): number => packPage(PAGE.device, node, ZONE.DEVICE, true, p.id, idleWithoutReference(k, p.type))

/**
 * memmap_init_zone_device(): every page of the range that was added and that belongs to the device, outside mem_hotplug_lock since v4.20. The
 * altmap counts from its own base, which is the first page of the added range.
 */
export const memmapInitZoneDevice = op('memmap_init_zone_device', 'mm/page_alloc.c, v4.20+', function* (k, p: Pgmap, range: PfnRange, node: number) {
  const from = p.altmap && p.altmap.basePfn === range.start ? p.altmap.basePfn + altmapOffset(p.altmap) : range.start
  if (from >= range.end) return 0
  yield* faultOnUnmapped(k, from, range.end)
  yield cost('device struct page init', structPages(k, p, range.end - from), node, p.altmap ? 'device' : 'ram')
  yield fill(k.page, from, range.end, devicePage(k, p, node))
  return 0
})

/**
 * The loop of devm_memremap_pages() until v4.19: pages that were initialised under the lock get their page map and a reference of it. Only those of
 * the driver's own range: what whole sections have around it stays without.
 */
export const setPgmapOfPages = op('for_each_device_pfn', 'kernel/memremap.c, until v4.19', function* (k, p: Pgmap, range: PfnRange, node: number) {
  const from = range.start === p.ranges[0]!.start ? pfnFirst(p) : range.start
  if (from >= range.end) return 0
  yield cost('device struct page second pass', range.end - from, node, p.altmap ? 'device' : 'ram')
  yield fill(k.page, from, range.end, devicePage(k, p, node))
  return 0
})

/** memmap_init_zone() as the series of 2019-08-29 has it: all pages but the reserve in one pass, those of the altmap with their page map too. */
export const memmapInitUnderLock = op('memmap_init_zone', 'mm/page_alloc.c, [PATCH v3 01/11] of 2019-08-29', function* (k, p: Pgmap, range: PfnRange, node: number) {
  const { altmap } = p
  const from = range.start + (altmap && altmap.basePfn === range.start ? altmap.reserve : 0)
  const device = Math.min(range.end, altmap && altmap.basePfn === range.start ? altmap.basePfn + altmapOffset(altmap) : range.start)
  yield* faultOnUnmapped(k, from, range.end)
  yield cost('device struct page init', structPages(k, p, range.end - from), node, altmap ? 'device' : 'ram')
  if (device > from) yield fill(k.page, from, device, packPage(PAGE.initialised, node, ZONE.DEVICE, true, p.id))
  if (range.end > device) yield fill(k.page, device, range.end, devicePage(k, p, node))
  return 0
})

/**
 * put_page() of each device page (until v5.17). Seen only where the struct pages stay readable: in early sections. Pages that somebody else's removal
 * took away are a page fault.
 */
export const putPages = op('put_page', 'mm/memremap.c, v5.17 and before', function* (k, id: number) {
  const p = (yield* readRef(k.pgmaps)).find((m) => m.id === id)!
  for (let i = 0; i < p.ranges.length; i++) {
    const from = i === 0 ? pfnFirst(p) : p.ranges[i]!.start
    if (from >= p.ranges[i]!.end) continue
    const gone = yield scan([k.page], from, p.ranges[i]!.end, 1, (page) => pageState(page) === PAGE.absent)
    if (gone >= 0) yield bug(`BUG: unable to handle page fault: the struct page of pfn ${hex(gone)} is not mapped`)
    yield map(k.page, from, p.ranges[i]!.end, withoutReference)
  }
  return 0
})
