/** Memory block constants. include/linux/memory.h and memory_hotplug.h, v6.1. */

/** memory_block.state; 0 where there is no block. */
export const MEM = { none: 0, online: 1, goingOffline: 2, offline: 4 } as const

/** MMOP_*: what onlining means. */
export const MMOP = { offline: 0, online: 1, onlineKernel: 2, onlineMovable: 3 } as const

/** online_type_to_str, in MMOP order. */
export const ONLINE_TYPE_TEXT = ['offline', 'online', 'online_kernel', 'online_movable'] as const
