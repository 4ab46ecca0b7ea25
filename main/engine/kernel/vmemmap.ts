/** How many struct pages a range really has, where compound device pages share the pages that hold them. mm/mm_init.c and mm/sparse-vmemmap.c, v5.17+. */
import type { Kernel } from '../state/kernel.ts'
import type { Pgmap } from '../state/pgmap.ts'

/** VMEMMAP_RESERVE_NR: pages of memmap that each compound page keeps. */
const RESERVED = 2

/** vmemmap_can_optimize() and compound_nr_pages(): struct pages behind `nr` pages of a page map (none: RAM). */
export function structPages(k: Kernel, p: Pgmap | undefined, nr: number): number {
  const compound = 2 ** (p?.vmemmapShift ?? 0)
  const kept = (RESERVED * k.pageSize) / k.constants.structPageSize
  const powerOfTwo = Number.isInteger(Math.log2(k.constants.structPageSize))
  return compound <= kept || p?.altmap || !powerOfTwo ? nr : Math.ceil(nr / compound) * kept
}
