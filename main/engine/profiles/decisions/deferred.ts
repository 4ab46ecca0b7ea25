/** Decisions about struct pages that boot leaves for later, and about handing pages to the buddy allocator. mm/page_alloc.c, mm/memory_hotplug.c. */
import { decision } from '../decision.ts'

export const DEFERRED_DECISIONS = {
  deferredInit: decision({
    title: 'Lock of the node threads at boot',
    doc: 'What deferred_init_memmap() holds while it initialises and frees the struct pages that were left for later.',
    source: '3d060856adfc, 117003c32771 (v5.8)',
    values: {
      'under-node-lock': 'node_size_lock of its node with interrupts off, from beginning to end.',
      claimed: 'node_size_lock to take first_deferred_pfn only; from then on the zone cannot be grown any more.',
    },
    history: [['v4.13', 'under-node-lock'], ['v5.8', 'claimed']],
  }),
  deferredThreads: decision({
    title: 'Threads of a node at boot',
    doc: 'How many threads share the deferred struct pages of a node.',
    source: 'e44431498f5f (v5.8)',
    values: { one: 'One, pgdatinitN.', padata: 'On x86 as many as the node has CPUs, in chunks of whole sections.' },
    history: [['v4.13', 'one'], ['v5.8', 'padata']],
  }),
  deferredGrow: decision({
    title: 'Growing a zone by deferred struct pages',
    doc: 'What an allocation does that finds no memory while struct pages are left for later, and what keeps it apart from the node thread.',
    source: 'c9e97a1997fb, 3a2d7fa8a3d5 (v4.17); thread of 2018-02-08, "initialize pages on demand during boot"',
    values: {
      none: 'It fails: so much is initialised up front that it should not happen.',
      'own-lock': 'A global deferred_zone_grow_lock, without irqsave; the static key is switched off under it before the node threads start. It sleeps there.',
      'node-size-lock': 'node_size_lock; who finds first_deferred_pfn changed tries its allocation again. The static key is switched off when all threads are done.',
    },
    history: [['v4.13', 'none'], ['v4.17', 'node-size-lock']],
  }),
  onlineFree: decision({
    title: 'Pages handed over by online_pages()',
    doc: 'In which pieces online pages go to the buddy allocator.',
    source: 'a9cd410a3d29 (v5.1)',
    values: { 'order-0': 'One by one.', 'max-order': 'In the largest aligned pieces.' },
    history: [['v4.13', 'order-0'], ['v5.1', 'max-order']],
  }),
} as const
