/** Section flags, the low bits of section_mem_map, and where a section's usage lives. include/linux/mmzone.h, v5.12+. */
export const SECTION = { present: 1, valid: 2, online: 4, early: 8, taint: 16 } as const

/** The usage object (sub-section map and pageblock flags): none, from slab, or from boot memory (kept for re-use). */
export const USAGE = { none: 0, slab: 1, boot: 2 } as const
