/** Decisions about nodes. mm/memory_hotplug.c, arch/x86/mm/numa_emulation.c. */
import { decision } from '../decision.ts'

export const NODE_DECISIONS = {
  nodeData: decision({
    title: 'Structures of a node without memory',
    doc: 'When the pglist_data of a possible node is made.',
    source: '09f49dca570a [hash mem] (v5.19); recordings of 5.10 and 6.1',
    values: { 'at-hot-add': 'When add_memory() brings its first memory; device memory on such a node is an oops.', 'at-boot': 'At boot, for every possible node.' },
    history: [['v4.13', 'at-hot-add'], ['v5.19', 'at-boot']],
  }),
  nodeOfflineTest: decision({
    title: 'When a node goes offline',
    doc: 'What try_offline_node() asks to know whether the node has memory left.',
    source: '2c91f8fc6c99 (v5.4)',
    values: { 'section-pages': 'pfn_to_nid() of the present sections in the node\'s span: struct pages that may never have been initialised.', span: 'The node span, and whether a block claims the node.' },
    history: [['v4.13', 'section-pages'], ['v5.4', 'span']],
  }),
  hotaddNodeStart: decision({
    title: 'Start of a node that memory comes to',
    doc: 'What node_start_pfn says from the add until the first block is online.',
    source: 'mm/memory_hotplug.c, hotadd_new_pgdat(); "set node_start_pfn of hotadded pgdat to 0", 2020-04-22 (v5.8)',
    values: { 'range-start': 'The first pfn of the memory that was added.', zero: '0.' },
    history: [['v4.13', 'range-start'], ['v5.8', 'zero']],
  }),
  nodeOnline: decision({
    title: 'When a node comes online',
    doc: 'Where add_memory() sets it online.',
    source: 'mm/memory_hotplug.c; read in 6.12 and 7.2',
    values: { 'after-blocks': 'After sections and blocks are there; failing is a BUG.', 'before-sections': 'Before; undone when the add fails.' },
    history: [['v4.13', 'after-blocks'], ['v6.17', 'before-sections']],
  }),
  nodeNotifiers: decision({
    title: 'Notifiers of first and last memory',
    doc: 'Whether the first and the last memory of a node have a notifier chain of their own.',
    source: 'series adding NODE_ADDING_FIRST_MEMORY (v6.17 [mem])',
    values: { none: 'They are fields of the memory notifier\'s data.', own: 'A chain of node notifiers around the memory notifiers.' },
    history: [['v4.13', 'none'], ['v6.17', 'own']],
  }),
  numaFake: decision({
    title: 'Borders of numa=fake nodes',
    doc: 'Where numa_cleanup_meminfo() begins the memory of the first node, and so from where the sizes of faked nodes are counted.',
    source: 'arch/x86/mm/numa.c (v6.1), mm/numa_memblks.c (v6.12), both read; recordings of 6.1 and 6.12',
    values: { 'from-zero': 'At address 0.', 'from-first-ram': 'At the first page of RAM (memblock_start_of_DRAM()).' },
    history: [['v4.13', 'from-zero'], ['v6.12', 'from-first-ram']],
  }),
} as const
