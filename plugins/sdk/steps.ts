/**
 * Kernel steps that a device type may take. A hook is a generator: it yields a step and gets a number back, 0 or more on
 * success, a negative errno on failure, as the kernel function answers. Plain data, so a hook can run in a sandbox and be
 * journaled, explored and timed like the kernel model. All addresses and sizes are bytes, `end` is exclusive, unless a name says pages.
 */

/** MEMORY_DEVICE_*; include/linux/memremap.h. `public` existed until v5.2. */
export type DeviceMemoryType = 'private' | 'public' | 'coherent' | 'fs-dax' | 'generic' | 'pci-p2pdma'

/**
 * When the region of a device is given back; the question of the 2018 thread. "Hot-remove" is the shared code that takes struct pages away;
 * the driver gives its region back itself when it is unplugged, whatever hot-remove has done, except with `keep`.
 */
export type ReleasePolicy =
  /** Hot-remove leaves it alone; the driver gives it back. What drivers rely on since v5.2 (d9eb1417c77d), when the release moved out of the shared path. */
  | 'driver'
  /** Nobody gives it back: it stays claimed until somebody releases it by hand. */
  | 'keep'
  /** Hot-remove gives it back, whoever asked for it: the driver loses a region that it may still use, and its own release meets nothing, or another's. */
  | 'release'
  /** Hot-remove gives it back only if it is System RAM, which a driver's region never is (the check that was merged in v5.0, 65c78784135f). */
  | 'sysram-only'
  /** Driver and struct pages hold it; it goes when the last of them lets go. */
  | 'refcount'
  /** Hot-remove gives it back unless it is marked device managed, which a driver's region is. */
  | 'device-managed-flag'

/** One step, plain data; made with `kernel`, which says of each what it answers. */
export type KernelStep =
  | { readonly do: 'request_mem_region'; readonly start: number; readonly size: number; readonly name: string }
  | { readonly do: 'release_mem_region'; readonly start: number; readonly size: number }
  | { readonly do: 'request_free_mem_region'; readonly size: number; readonly name: string }
  | { readonly do: 'insert_resource'; readonly start: number; readonly end: number; readonly name: string; readonly busy: boolean; readonly sysram?: boolean; readonly desc?: 'device-public' }
  | { readonly do: 'remove_resource'; readonly start: number; readonly end: number | undefined; readonly name: string }
  | { readonly do: 'insert_resource_expand_to_fit'; readonly start: number; readonly end: number; readonly name: string }
  | { readonly do: 'set_resource_flags'; readonly start: number; readonly end: number; readonly name: string; readonly busy: boolean; readonly sysram: boolean }
  | { readonly do: 'alloc_free_mem_region'; readonly base: string; readonly at: number; readonly size: number; readonly align: number; readonly name: string }
  | { readonly do: 'memremap_pages'; readonly type: DeviceMemoryType; readonly start: number; readonly size: number; readonly node: number; readonly altmap?: AltmapPages; readonly vmemmapShift?: number }
  | { readonly do: 'memunmap_pages'; readonly pgmap: number }
  | { readonly do: 'add_memory_driver_managed'; readonly node: number; readonly start: number; readonly size: number; readonly name: string; readonly group?: number; readonly merge?: boolean }
  | { readonly do: 'remove_memory'; readonly start: number; readonly size: number }
  | { readonly do: 'offline_and_remove_memory'; readonly start: number; readonly size: number }
  | { readonly do: 'memory_group_register'; readonly node: number; readonly size: number; readonly dynamic?: boolean }
  | { readonly do: 'memory_group_unregister'; readonly group: number }
  | { readonly do: 'write_block_states'; readonly first: number; readonly last: number; readonly word: 'offline' | 'online' | 'online_kernel' | 'online_movable'; readonly node?: number }
  | { readonly do: 'count_blocks'; readonly first: number; readonly last: number; readonly node?: number; readonly online?: boolean }
  | { readonly do: 'memory_block_zone'; readonly start: number }
  | { readonly do: 'set_subblocks'; readonly start: number; readonly size: number; readonly plugged: boolean }
  | { readonly do: 'abandon_subblocks'; readonly start: number; readonly size: number }
  | { readonly do: 'print'; readonly level: number; readonly text: string }
  | { readonly do: 'cost'; readonly name: string; readonly units: number }
  | { readonly do: 'lock'; readonly lock: string }
  | { readonly do: 'unlock'; readonly lock: string }
  | { readonly do: 'fail'; readonly errno: number; readonly reason: string }
  | { readonly do: 'remember'; readonly device: Partial<DeviceMemo> }

/** An altmap in pages: the memmap of the range is stored inside the range. */
export interface AltmapPages {
  /** Leading pages kept for the driver; their struct pages are never initialised. */
  readonly reserve: number
  /** Pages set aside for the memmap. */
  readonly free: number
  /** First page, when it is not the first of the range (which the kernel refuses with -EINVAL). */
  readonly base?: number
}

/** What the lab keeps about a device. A hook replaces members with `kernel.remember`. */
export interface DeviceMemo {
  /** Regions that it claims in the resource tree, and what becomes of them on unplug. */
  readonly regions: readonly { readonly start: number; readonly end: number; readonly name: string; readonly release: ReleasePolicy }[]
  /** Ids that memremap_pages answered. */
  readonly pgmaps: readonly number[]
  /** Ranges that it turned into System RAM. */
  readonly ram: readonly { readonly start: number; readonly end: number }[]
  /** Node of its struct pages, or of its RAM; -1 where nothing says. */
  readonly node: number
  /** The type's own notes: plain data. */
  readonly data: Readonly<Record<string, string | number | boolean>>
}

/** What a hook is: yields steps, gets each answer, returns 0 or more for success or a negative errno. */
export type Steps = Generator<KernelStep, number, number>

/** errnos as include/uapi/asm-generic/errno-base.h numbers them; return them negative. */
export const ERRNO = {
  EPERM: 1, ENOENT: 2, EINTR: 4, EIO: 5, ENXIO: 6, E2BIG: 7, EAGAIN: 11, ENOMEM: 12, EBUSY: 16, EEXIST: 17, ENODEV: 19, EINVAL: 22,
  ENOSPC: 28, ERANGE: 34, ENOSYS: 38, EOPNOTSUPP: 95, EALREADY: 114,
} as const

/** Makers of steps, named as the kernel functions they stand for. */
export const kernel = {
  /** Claims a range. 0; -EBUSY when something busy is there. kernel/resource.c */
  requestMemRegion: (start: number, size: number, name: string): KernelStep => ({ do: 'request_mem_region', start, size, name }),
  /** Gives back exactly this range. 0; -EINVAL and a warning when no busy region has these bounds. kernel/resource.c */
  releaseMemRegion: (start: number, size: number): KernelStep => ({ do: 'release_mem_region', start, size }),
  /** Claims a free range near the top of the physical space, whole sections. Answers its start divided by the section size; -ERANGE. kernel/resource.c, v5.3+ */
  requestFreeMemRegion: (size: number, name: string): KernelStep => ({ do: 'request_free_mem_region', size, name }),
  /** Puts a resource in; existing ones that it contains move below it. 0; -EBUSY on a partial overlap. kernel/resource.c */
  insertResource: (start: number, end: number, name: string, busy: boolean, sysram = false, desc?: 'device-public'): KernelStep => ({ do: 'insert_resource', start, end, name, busy, sysram, ...(desc ? { desc } : {}) }),
  /** Takes a resource out; what was below moves up. `end` undefined: the one around `start`, whatever its bounds have become. 0; -EINVAL when it is not there. kernel/resource.c */
  removeResource: (start: number, end: number | undefined, name: string): KernelStep => ({ do: 'remove_resource', start, end, name }),
  /** Puts a resource in that grows until it contains whatever it partly overlaps. Answers 0. kernel/resource.c */
  insertResourceExpandToFit: (start: number, end: number, name: string): KernelStep => ({ do: 'insert_resource_expand_to_fit', start, end, name }),
  /** `res->flags = …` by the owner of a resource: busy or not, System RAM or not. 0; -EINVAL when it is not there. */
  setResourceFlags: (start: number, end: number, name: string, flags: { readonly busy: boolean; readonly sysram: boolean }): KernelStep =>
    ({ do: 'set_resource_flags', start, end, name, ...flags }),
  /**
   * Puts a resource that is not busy into the lowest free place inside the resource of name `base` around address `at`, searched upwards in steps of `size`.
   * Answers its start divided by `align`; -ERANGE when there is no room, -EINVAL when there is no such resource. kernel/resource.c, v6.0+
   */
  allocFreeMemRegion: (base: { readonly name: string; readonly at: number }, size: number, align: number, name: string): KernelStep =>
    ({ do: 'alloc_free_mem_region', base: base.name, at: base.at, size, align, name }),
  /** Struct pages for device memory. Answers a page map id above 0; -EINVAL, -ENOMEM, -ENXIO, -EEXIST. mm/memremap.c */
  memremapPages: (map: Omit<Extract<KernelStep, { do: 'memremap_pages' }>, 'do'>): KernelStep => ({ do: 'memremap_pages', ...map }),
  /** Takes the struct pages away again. 0; -ENOENT for an unknown id. mm/memremap.c */
  memunmapPages: (pgmap: number): KernelStep => ({ do: 'memunmap_pages', pgmap }),
  /** Adds RAM on behalf of a driver; `name` is "System RAM (DRIVER)"; `merge` joins neighbouring ranges in /proc/iomem. 0; -E2BIG, -EEXIST, -EINVAL. mm/memory_hotplug.c, v5.8+ */
  addMemoryDriverManaged: (node: number, start: number, size: number, name: string, group?: number, merge?: boolean): KernelStep =>
    ({ do: 'add_memory_driver_managed', node, start, size, name, ...(group === undefined ? {} : { group }), ...(merge === undefined ? {} : { merge }) }),
  /** Removes offline blocks. 0; -EBUSY when one is online. mm/memory_hotplug.c */
  removeMemory: (start: number, size: number): KernelStep => ({ do: 'remove_memory', start, size }),
  /** Offlines and removes; brings back what it had taken when one block refuses. 0; -EBUSY, -EINVAL. mm/memory_hotplug.c */
  offlineAndRemoveMemory: (start: number, size: number): KernelStep => ({ do: 'offline_and_remove_memory', start, size }),
  /** A memory group for blocks that share a fate. Answers its id above 0; -EINVAL. drivers/base/memory.c, v5.15+ */
  memoryGroupRegister: (node: number, size: number, dynamic = false): KernelStep => ({ do: 'memory_group_register', node, size, dynamic }),
  /** 0; -EBUSY while blocks are in it, -EINVAL when unknown. drivers/base/memory.c, v5.15+ */
  memoryGroupUnregister: (group: number): KernelStep => ({ do: 'memory_group_unregister', group }),
  /**
   * As a tool does it: writes a word to the state file of each of the blocks first … last that is not so already, in the order in which the folder
   * of a node (or /sys/devices/system/memory) lists them; the first refusal ends it. With `node` only that node's blocks. Answers how many it wrote; -EBUSY,
   * -EINVAL, -EPERM, … of the one that refused. drivers/base/memory.c
   */
  writeBlockStates: (first: number, last: number, word: 'offline' | 'online' | 'online_kernel' | 'online_movable', node?: number): KernelStep =>
    ({ do: 'write_block_states', first, last, word, ...(node === undefined ? {} : { node }) }),
  /** How many of the blocks first … last there are; only those of a node, only those that are online (or not) where asked. Reads sysfs. */
  countBlocks: (first: number, last: number, which: { readonly node?: number; readonly online?: boolean } = {}): KernelStep => ({ do: 'count_blocks', first, last, ...which }),
  /** Zone of the memory block at an address: its index + 1 (1 DMA, 2 DMA32, 3 Normal, 4 Movable) while online, 0 while offline, -ENOENT for no block. drivers/base/memory.c, v5.18+ */
  memoryBlockZone: (start: number): KernelStep => ({ do: 'memory_block_zone', start }),
  /**
   * virtio-mem: what its device backs. Pages of online blocks go to the buddy allocator (plugged) or are taken from it and kept fake-offline; blocks
   * that are not online follow when they are onlined. 0; -EBUSY when a page that is to be taken cannot move. drivers/virtio/virtio_mem.c
   */
  setSubblocks: (start: number, size: number, plugged: boolean): KernelStep => ({ do: 'set_subblocks', start, size, plugged }),
  /** virtio-mem's driver goes: blocks with sub-blocks that are not plugged cannot be offlined any more. Answers 0. drivers/virtio/virtio_mem.c */
  abandonSubblocks: (start: number, size: number): KernelStep => ({ do: 'abandon_subblocks', start, size }),
  /** printk; levels 3 err, 4 warn, 6 info. */
  print: (level: number, text: string): KernelStep => ({ do: 'print', level, text }),
  /** Something that takes time: `units` of cost `name`, which the type declares in `costs`. */
  cost: (name: string, units: number): KernelStep => ({ do: 'cost', name, units }),
  /** Takes a lock of the plugin's own, by name; locks nest in the order in which the type lists them. */
  lock: (lock: string): KernelStep => ({ do: 'lock', lock }),
  /** Drops it again; a hook that ends with one held is refused. */
  unlock: (lock: string): KernelStep => ({ do: 'unlock', lock }),
  /** Says which rule refused; answers -errno: `return yield kernel.fail(ERRNO.EBUSY, '…')`. */
  fail: (errno: number, reason: string): KernelStep => ({ do: 'fail', errno, reason }),
  /** Notes what the device holds now. Answers 0. */
  remember: (device: Partial<DeviceMemo>): KernelStep => ({ do: 'remember', device }),
} as const
