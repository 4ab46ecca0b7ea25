/** Decisions about device memory: struct pages, page maps, types, where it may be. mm/memremap.c, kernel/memremap.c, mm/hmm.c. */
import { decision } from '../decision.ts'

export const DEVICE_DECISIONS = {
  devicePageInit: decision({
    title: 'Struct pages of device memory',
    doc: 'Where and how often they are initialised.',
    source: '966cf44f637e (v4.20); threads of 2018-09-28 and 2019-08-29',
    values: {
      twice: 'All but the reserve under mem_hotplug_lock; then a loop outside gives each its page map.',
      outside: 'All of them, once, outside mem_hotplug_lock.',
      'altmap-inside': 'The pages that hold an altmap\'s memmap under mem_hotplug_lock (no page map), all others outside.',
      'under-lock': 'All in one pass under mem_hotplug_lock, those of the altmap with their page map too.',
    },
    history: [['v4.13', 'twice'], ['v4.20', 'altmap-inside']],
  }),
  deviceGranularity: decision({
    title: 'Granularity of device memory',
    doc: 'What a device range is rounded to, or has to be aligned to.',
    source: 'ba72b4c8cf60 and series (v5.3)',
    values: { section: 'Expanded to whole sections.', subsection: 'Taken as it is; both ends have to be on a sub-section border.' },
    history: [['v4.13', 'section'], ['v5.3', 'subsection']],
  }),
  mixedRegion: decision({
    title: 'RAM in the same section',
    doc: 'Over which range memremap_pages() looks for System RAM.',
    source: 'ba72b4c8cf60 and series (v5.3)',
    values: { 'whole-sections': 'Over the range expanded to whole sections.', exact: 'Over the range itself.' },
    history: [['v4.13', 'whole-sections'], ['v5.3', 'exact']],
  }),
  mapOverRam: decision({
    title: 'A device range that is RAM throughout',
    doc: 'What devm_memremap_pages() answers.',
    source: 'kernel/memremap.c; support killed in v5.0',
    values: { 'no-op': 'Success; nothing is mapped.', refused: '-ENXIO.' },
    history: [['v4.13', 'no-op'], ['v5.0', 'refused']],
  }),
  pgmapIndex: decision({
    title: 'Table of page maps',
    doc: 'How a page map is found by pfn, and what an occupied slot means. Patches of November 2018 still have the radix tree, linux-next of January 2019 the XArray.',
    source: 'kernel/memremap.c: pgmap_radix (trees of 4.18 to 4.20 age), pgmap_array (5.0)',
    values: {
      radix: 'A radix tree under pgmap_lock, with one entry for each aligned power of two pages of the range; an occupied slot is -EEXIST.',
      xarray: 'An XArray; a store overwrites what is there, and a release erases whatever is there.',
    },
    history: [['v4.13', 'radix'], ['v5.0', 'xarray']],
  }),
  pgmapReference: decision({
    title: 'Reference of a page map that goes',
    doc: 'What a look-up by pfn meets between the end of the wait for references and the removal from the table.',
    source: 'mm/memremap.c, dev_pagemap_cleanup(), "Fix reuse of pgmap instances with internal references" (v5.3 [release mem]); "remove support for external pgmap refcounts" (v5.17 [release mem]); recording of 5.10',
    values: {
      stays: 'A dead counter: nothing is found.',
      cleared: 'A NULL pointer instead of the counter, where the driver has none of its own (all types but fs-dax): an oops.',
    },
    history: [['v4.13', 'stays'], ['v5.3', 'cleared'], ['v5.17', 'stays']],
  }),
  releasePage: decision({
    title: 'Zone and node of a release',
    doc: 'Which struct page the release asks for the zone (and node) that the range leaves.',
    source: '77e080e7680e (v5.4), 2c2a5af6fed2 (v5.0)',
    values: {
      'past-the-altmap': 'The first behind the altmap\'s pages: arch_remove_memory() skips them.',
      first: 'The first of the range, which was never initialised when the altmap reserves it.',
      'first-initialised': 'The first that was initialised.',
    },
    history: [['v4.13', 'past-the-altmap'], ['v5.0', 'first'], ['v5.4', 'first-initialised']],
  }),
  releaseNode: decision({
    title: 'Node that a release names',
    doc: 'Whose lock the removal of device sections takes, where it takes node_size_lock.',
    source: '[RFC PATCH 1/3 and 2/3] of 2018-08-07: nid = dev_to_node(dev) in devm_memremap_pages_release()',
    values: {
      'of-the-zone': 'The node of the zone that is left.',
      'of-the-device': 'dev_to_node(): -1 for a device that names none, whose memory went to the nearest node; NODE_DATA(-1) is a page fault.',
    },
    history: [['v4.13', 'of-the-zone']],
  }),
  releaseWait: decision({
    title: 'Wait for pages in use',
    doc: 'When a release waits until nobody references its pages any more.',
    source: '50f44ee7248a, "mm/devm_memremap_pages: Fix final page put race" (v5.2 [release mem])',
    values: {
      'after-removal': 'In the driver, after the struct pages and the linear map are gone: pages in use are pulled away under their user, and the driver waits for ever.',
      'before-removal': 'Before anything is removed.',
    },
    history: [['v4.13', 'after-removal'], ['v5.2', 'before-removal']],
  }),
  vmemmapShift: decision({
    title: 'Compound device pages',
    doc: 'Whether memremap_pages() looks at the order of pages that a driver asks for (vmemmap_shift).',
    source: 'c4386bd8ee3a [hash mem] (v5.17); 646b67d57589 (v6.18), absent in 6.12',
    values: { none: 'There are base pages only.', taken: 'Any order is taken.', checked: 'An order beyond the largest folio (1 GiB on x86-64) is -EINVAL: "requested folio size unsupported".' },
    history: [['v4.13', 'none'], ['v5.17', 'taken'], ['v6.18', 'checked']],
  }),
  hmm: decision({
    title: 'HMM device memory',
    doc: 'Whether HMM has code of its own to add device memory.',
    source: '69324b8f4833 (v5.0); hmm_devmem_add() deleted in v5.3',
    values: {
      own: 'hmm_devmem_add() adds pages itself, with a radix tree of its own.',
      unified: 'hmm_devmem_add() is a thin wrapper around devm_memremap_pages().',
      none: 'Drivers call devm_request_free_mem_region() and devm_memremap_pages().',
    },
    history: [['v4.14', 'own'], ['v5.0', 'unified'], ['v5.3', 'none']],
  }),
  memoryTypes: decision({
    title: 'Types of device memory',
    doc: 'Which MEMORY_DEVICE_* there are.',
    source: 'include/linux/memremap.h',
    values: {
      'hmm-public': 'PRIVATE, PUBLIC, FS_DAX.',
      p2pdma: 'PRIVATE, PUBLIC, FS_DAX, PCI_P2PDMA.',
      generic: 'PRIVATE, FS_DAX, GENERIC (called DEVDAX until v5.9), PCI_P2PDMA.',
      coherent: 'PRIVATE, COHERENT, FS_DAX, GENERIC, PCI_P2PDMA.',
    },
    history: [['v4.18', 'hmm-public'], ['v4.20', 'p2pdma'], ['v5.3', 'generic'], ['v6.0', 'coherent']],
  }),
  idleReference: decision({
    title: 'References of idle device pages',
    doc: 'page_ref_count() of a device page that nobody uses.',
    source: 'ef233450898f (v6.1), 38607c62b34b and b7e282378773 (v6.15 [mem]); recordings of 5.10, 6.1, 6.12, 7.2',
    values: {
      all: '1, whatever its type.',
      'but-unaddressable': '0 for private and coherent memory, 1 for the rest.',
      'generic-only': '1 for generic memory, 0 for the rest.',
    },
    history: [['v4.13', 'all'], ['v6.1', 'but-unaddressable'], ['v6.15', 'generic-only']],
  }),
  releaseReference: decision({
    title: 'References at release',
    doc: 'What a release drops before it waits.',
    source: '27674ef6c73f (v5.18); recordings of 5.10 and 6.1',
    values: { 'each-page': 'The reference of each page.', 'device-counter': 'The device\'s counter only; a page keeps its own.' },
    history: [['v4.13', 'each-page'], ['v5.18', 'device-counter']],
  }),
  freeRegion: decision({
    title: 'Search for a free physical region',
    doc: 'Candidates of request_free_mem_region(), downwards from the end E of what is searched (and upwards those of a region in a CXL window).',
    source: '659aa050a538 (v6.7, in stable trees from 6.6.11), kernel/resource.c, get_free_mem_region(); recordings of 6.1 and 6.12',
    values: { 'by-size': 'E - k * size.', 'by-section': 'E - size - k * section: regions pack without gaps. In a CXL window by the alignment.' },
    history: [['v4.14', 'by-size'], ['v6.7', 'by-section']],
  }),
  maxPfn: decision({
    title: 'max_pfn and device memory',
    doc: 'Whether an add of device memory, also a failed one, raises max_pfn.',
    source: 'arch/x86/mm/init_64.c, add_pages(); recordings',
    values: { raised: 'Raised, never lowered.', ram: 'RAM only raises it.' },
    history: [['v4.13', 'raised'], ['v6.15', 'ram']],
  }),
  rangeLimit: decision({
    title: 'Memory beyond what can be addressed',
    doc: 'Where a range beyond the last address is stopped.',
    source: 'mm/memory_hotplug.c',
    values: {
      nowhere: 'Nowhere in common code; x86 warns of pages beyond max_pfn in the direct map.',
      'add-pages': 'check_hotplug_memory_addressable() in __add_pages(): -E2BIG and a WARN.',
      pluggable: 'mhp_range_allowed(): -E2BIG before anything is done (RAM), -EINVAL (device memory).',
    },
    history: [['v4.13', 'nowhere'], ['v5.5', 'add-pages'], ['v5.12', 'pluggable']],
  }),
} as const
