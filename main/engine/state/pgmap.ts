/** A dev_pagemap: device memory with struct pages. kernel-behaviour 2.6, 2.7; include/linux/memremap.h, v6.1. */

export type DeviceMemoryType = 'private' | 'public' | 'coherent' | 'fs-dax' | 'generic' | 'pci-p2pdma'

/** "The memmap of this range is stored inside the range itself." All in pages. */
export interface Altmap {
  /** Must equal the first pfn of the add. */
  readonly basePfn: number
  /** Leading pfns kept for the driver; their struct pages are never initialised. */
  readonly reserve: number
  /** Pfns set aside to store the memmap. */
  readonly free: number
  /** Lost to alignment. */
  readonly align: number
  /** Handed out so far. */
  readonly alloc: number
}

export interface Pgmap {
  readonly id: number
  readonly type: DeviceMemoryType
  /** pfns, `end` exclusive. */
  readonly ranges: readonly { readonly start: number; readonly end: number }[]
  readonly node: number
  readonly altmap: Altmap | undefined
  /** log2 of pages in a compound device page; 0 for base pages. */
  readonly vmemmapShift: number
  readonly owner: string
  /** False from kill to the end of release: get_dev_pagemap() does not find it then. */
  readonly live: boolean
  /** HMM added it with code of its own (v4.14 … v4.20): it stands in HMM's table, and get_dev_pagemap() does not find it. */
  readonly hmm?: true
  /** pgmap->ref is NULL: its wait is over, and the table still lists it (v5.3 … v5.16). */
  readonly refCleared?: true
  /** dev_to_node(), where that is what a release names and it is not `node`: -1. */
  readonly devNode?: number
}

/** vmem_altmap_offset(): pages in front of the first one that belongs to the device. */
export const altmapOffset = (a: Altmap | undefined): number => (a ? a.reserve + a.free : 0)

/** First pfn of the range that the driver gets. */
export const pfnFirst = (p: Pgmap): number => p.ranges[0]!.start + altmapOffset(p.altmap)

/**
 * altmap_alloc_block_buf() for `count` pieces of `pages` pages (a power of two) each: as many as fit, with the counters
 * after them.
 */
export function altmapAlloc(a: Altmap, pages: number, count: number): { readonly altmap: Altmap; readonly done: number } {
  const next = a.basePfn + a.reserve + a.alloc + a.align
  const lost = (pages - (next % pages)) % pages
  const left = Math.max(0, a.free - a.alloc - a.align)
  // after the first piece the next ones are aligned already
  const done = left < pages + lost ? 0 : Math.min(count, Math.floor((left - lost) / pages))
  return { altmap: done === 0 ? a : { ...a, alloc: a.alloc + done * pages, align: a.align + lost }, done }
}
