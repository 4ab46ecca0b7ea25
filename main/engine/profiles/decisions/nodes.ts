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
    source: 'mm/memory_hotplug.c; read in 6.12, in a tree of 6.19-rc5 age and in 7.2',
    values: { 'after-blocks': 'After sections and blocks are there; failing is a BUG.', 'before-sections': 'Before; undone when the add fails.' },
    history: [['v4.13', 'after-blocks'], ['v7.0', 'before-sections']],
  }),
  nodeNotifiers: decision({
    title: 'Notifiers of first and last memory',
    doc: 'Whether the first and the last memory of a node have a notifier chain of their own.',
    source: 'series adding NODE_ADDING_FIRST_MEMORY (v6.17 [mem]); read in a tree of 6.19-rc5 age',
    values: { none: 'They are fields of the memory notifier\'s data.', own: 'A chain of node notifiers around the memory notifiers; a veto of ADDING or REMOVING ends the operation.' },
    history: [['v4.13', 'none'], ['v6.17', 'own']],
  }),
  prepareNotifier: decision({
    title: 'Notifiers before a memory block is touched',
    doc: 'Whether memory_block_online() sends MEM_PREPARE_ONLINE before anything else, and offline MEM_FINISH_OFFLINE last.',
    source: 'drivers/base/memory.c; c5f1e2d18909 (v6.8) [hash mem], read in 6.12; gone in 7.2',
    values: { none: 'It does not.', sent: 'It does; a veto of MEM_PREPARE_ONLINE leaves everything as it was.' },
    history: [['v4.13', 'none'], ['v6.8', 'sent'], ['v7.0', 'none']],
  }),
  maskClearing: decision({
    title: 'Node masks at offline',
    doc: 'When offline_pages() clears N_MEMORY and N_NORMAL_MEMORY of a node that lost its last memory.',
    source: 'mm/memory_hotplug.c; read in 6.1 and 6.12, release in between unverified',
    values: { 'after-zonelists': 'After the zonelists were rebuilt, which still name the node then.', 'before-zonelists': 'Before.' },
    history: [['v4.13', 'after-zonelists'], ['v6.12', 'before-zonelists']],
  }),
  blockNid: decision({
    title: 'Node of a memory block',
    doc: 'When memory_block.nid is set for hot-added memory.',
    source: 'drivers/base/memory.c and node.c; read in 6.12 and 7.2',
    values: { 'at-link': 'When the block is linked to the node.', 'at-creation': 'When the block is created.' },
    history: [['v4.13', 'at-link'], ['v7.0', 'at-creation']],
  }),
  numaFake: decision({
    title: 'Borders of numa=fake nodes',
    doc: 'Where numa_cleanup_meminfo() begins the memory of the first node, and so from where the sizes of faked nodes are counted.',
    source: 'arch/x86/mm/numa.c (v6.1), mm/numa_memblks.c (v6.12), both read; recordings of 6.1 and 6.12',
    values: { 'from-zero': 'At address 0.', 'from-first-ram': 'At the first page of RAM (memblock_start_of_DRAM()).' },
    history: [['v4.13', 'from-zero'], ['v6.12', 'from-first-ram']],
  }),
} as const
