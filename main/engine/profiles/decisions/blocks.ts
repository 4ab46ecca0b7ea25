/** Decisions about memory blocks and onlining. drivers/base/memory.c, mm/memory_hotplug.c. */
import { decision } from '../decision.ts'

export const BLOCK_DECISIONS = {
  bareMetalBlocks: decision({
    title: 'Size of a memory block on bare metal',
    doc: 'What probe_memory_block_size() of x86 says without a hypervisor, from 64 GiB of boot memory on.',
    source: 'arch/x86/mm/init_64.c; 078eb6aa50dc [hash mem] (v4.17), fe124c95df9e (v5.9)',
    values: { divides: 'As on a guest: the largest power of two up to 2 GiB that divides the end of boot memory.', largest: '2 GiB, whatever the end.' },
    history: [['v4.17', 'divides'], ['v5.9', 'largest']],
  }),
  blockZone: decision({
    title: 'Zone of a memory block',
    doc: 'How a block knows its zone, for valid_zones and for offlining.',
    source: 'drivers/base/memory.c; 24feb47c5fa5 (v5.0) [mem], 395f6081bad4 (v5.18) [mem]; recordings of 5.10 and 6.1',
    values: {
      'pages-only': 'By walking its pages (test_pages_in_a_zone()): the zone that all of them name.',
      walked: 'The same, and each page has to lie in the span of the zone: a block that ends in a hole behind the last RAM has none.',
      remembered: 'memory_block.zone, set at boot and by online.',
    },
    history: [['v4.13', 'pages-only'], ['v5.0', 'walked'], ['v5.18', 'remembered']],
  }),
  offlineHoles: decision({
    title: 'Offline of a block with holes',
    doc: 'Whether offline_pages() takes a block of which a part is no System RAM.',
    source: 'c5e79ef561b0 [hash mem] (v5.5); absent in a tree of 5.4 age',
    values: { taken: 'It does; what is no RAM is not counted.', refused: '-EINVAL: "memory holes".' },
    history: [['v4.13', 'taken'], ['v5.5', 'refused']],
  }),
  autoOnlineWords: decision({
    title: 'Words for auto_online_blocks',
    doc: 'What auto_online_blocks and memhp_default_state= take.',
    source: '5f47adf762b7 (v5.7)',
    values: { 'on-off': '"online" and "offline".', any: '"online_kernel" and "online_movable" as well.' },
    history: [['v4.13', 'on-off'], ['v5.7', 'any']],
  }),
  memmapOnMemory: decision({
    title: 'memmap_on_memory',
    doc: 'Whether hot-added RAM can hold its own struct pages.',
    source: 'a08a2ae34613 [hash mem] (v5.14), v6.8',
    values: { none: 'It cannot; the option is ignored.', 'one-block': 'For a range of exactly one block; an add with the flag elsewhere is -EINVAL.', 'each-block': 'For any number of blocks, each with its own; ignored where it is not possible.' },
    history: [['v4.13', 'none'], ['v5.14', 'one-block'], ['v6.8', 'each-block']],
  }),
  addedPages: decision({
    title: 'Pages between move to a zone and online',
    doc: 'How hot-added RAM is marked before it is handed to the buddy allocator.',
    source: 'series of 2024-06 (v6.11)',
    values: { reserved: 'PageReserved.', offline: 'PageOffline; pages that hold struct pages get no mark.' },
    history: [['v4.13', 'reserved'], ['v6.11', 'offline']],
  }),
  autoMovable: decision({
    title: 'Policy auto-movable',
    doc: 'online_policy, auto_movable_ratio and memory groups.',
    source: 'e83a437faa62 [hash mem] (v5.15)',
    values: { none: 'There is none; the option is ignored.', ratio: 'The ratio rule, with memory groups.' },
    history: [['v4.13', 'none'], ['v5.15', 'ratio']],
  }),
  presentEarly: decision({
    title: 'present_early_pages',
    doc: 'Whether a zone counts which of its present pages are from boot.',
    source: '4b0970024408 [hash mem] (v5.15)',
    values: { none: 'It does not.', counted: 'It does.' },
    history: [['v4.13', 'none'], ['v5.15', 'counted']],
  }),
  offlineManaged: decision({
    title: 'managed_pages at offline',
    doc: 'By how much it sinks.',
    source: 'mm/memory_hotplug.c, offline_pages(); read in 6.1 and 6.12 (v6.11)',
    values: { 'all-pages': 'By all pages of the range.', 'not-offline': 'By those that are not PageOffline.' },
    history: [['v4.13', 'all-pages'], ['v6.11', 'not-offline']],
  }),
  hwpoisonOnline: decision({
    title: 'Online of a block with a hardware-poisoned page',
    doc: 'Whether memory_block_online() refuses.',
    source: 'drivers/base/memory.c; read in 6.1 and 6.12',
    values: { allowed: 'It does not.', refused: '-EHWPOISON.' },
    history: [['v4.13', 'allowed'], ['v6.2', 'refused']],
  }),
  virtioMemUnit: decision({
    title: 'Sub-block of virtio-mem',
    doc: 'The smallest amount that it plugs.',
    source: 'drivers/virtio/virtio_mem.c; recordings of 5.10 and 6.1; v5.16 [mem]',
    values: { 'max-order': 'The largest buddy (4 MiB).', pageblock: 'A pageblock (2 MiB).' },
    history: [['v5.8', 'max-order'], ['v5.16', 'pageblock']],
  }),
} as const
