/** Decisions about spans: when zones and nodes grow and shrink, and what counts as still there. mm/memory_hotplug.c. */
import { decision } from '../decision.ts'

export const SPAN_DECISIONS = {
  ramSpanShrinks: decision({
    title: 'RAM leaves the zone span',
    doc: 'When the spans of zone and node shrink after RAM. At hot-remove the zone is page_zone() of the first page, which may never have been initialised.',
    source: 'feee6b298916 (v5.5); rfc-2018-08 2/3',
    values: {
      'at-remove': '__remove_section() or __remove_zone() shrinks, in the zone that the first struct page names.',
      'at-offline': 'offline_pages() shrinks, in the zone that it knows.',
    },
    history: [['v4.13', 'at-remove'], ['v5.5', 'at-offline']],
  }),
  failedOnline: decision({
    title: 'A failed online',
    doc: 'What becomes of spans that grew before a notifier vetoed MEM_GOING_ONLINE.',
    source: 'feee6b298916 (v5.5)',
    values: { 'leaves-spans': 'The spans stay grown.', 'restores-spans': 'remove_pfn_range_from_zone() shrinks them again.' },
    history: [['v4.13', 'leaves-spans'], ['v5.5', 'restores-spans']],
  }),
  shrinkUnit: decision({
    title: 'Unit of the shrink scan',
    doc: 'How far apart the pages are that find_smallest_section_pfn() and find_biggest_section_pfn() test.',
    source: 'ba72b4c8cf60 and series (v5.3)',
    values: { section: 'Section by section.', subsection: 'Sub-section by sub-section.' },
    history: [['v4.13', 'section'], ['v5.3', 'subsection']],
  }),
  shrinkTest: decision({
    title: 'What counts as still there',
    doc: 'Which units a shrink scan takes for a part of the zone, beside their node and zone being right.',
    source: '7ce700bf11b5 (v5.4); rfc-2018-08 2/3; v3 2019-08-29',
    values: {
      'valid-section': 'The section has a memmap.',
      'online-section': 'The section is online: never true of device memory.',
      'pfn-valid': 'pfn_valid(): the sub-section has a memmap.',
      'online-or-device': 'Online RAM; in ZONE_DEVICE pfn_valid() and not poisoned: garbage may still pass.',
      'online-page': 'pfn_to_online_page().',
    },
    history: [['v4.13', 'valid-section'], ['v5.3', 'pfn-valid'], ['v5.4', 'online-page']],
  }),
  deviceSpanShrinks: decision({
    title: 'ZONE_DEVICE shrinks',
    doc: 'Whether the release of device memory shrinks the spans of ZONE_DEVICE and the node.',
    source: '7ce700bf11b5 (v5.4); rfc-2018-08 2/3',
    values: {
      yes: 'At release, like RAM at hot-remove.',
      'past-the-end': 'devm: in the zone of, and for, the range behind the device\'s (pfn is read after the loop over its pages); HMM: never.',
      no: 'Never: the span is the hull of all device memory that the node ever had.',
    },
    history: [['v4.13', 'yes'], ['v5.4', 'no']],
  }),
  nodeSpan: decision({
    title: 'Node span after a shrink',
    doc: 'How the span of the node is found again.',
    source: '00d6c019b5bc [hash mem] (v5.4)',
    values: {
      scan: 'shrink_pgdat_span(): like the zone, a scan of units by node.',
      'from-zones': 'update_pgdat_span(): from the lowest zone start to the highest zone end, ZONE_DEVICE included.',
    },
    history: [['v4.13', 'scan'], ['v5.4', 'from-zones']],
  }),
  holesRescan: decision({
    title: 'A zone of holes only',
    doc: 'Whether shrink_zone_span() scans the whole span again for anything left, also after a removal from the middle.',
    source: 'v6 of "Shrink zones before removing memory", "Don\'t check for all holes" (v5.6); v3 05/11 of 2019-08-29',
    values: {
      yes: 'Scans; a zone without any unit left becomes empty.',
      'shrinks-again': 'Moves both ends of the span to the first and the last unit left.',
      no: 'Only a removal at an edge can empty a zone.',
    },
    history: [['v4.13', 'yes'], ['v5.6', 'no']],
  }),
  shrinkWrites: decision({
    title: 'Order of writes of a shrink',
    doc: 'Which word a shrink at the start of a zone writes first: what somebody sees who reads start and span without a lock.',
    source: 'v6 of "Shrink zones before removing memory", "Drop local variables in shrink_zone_span()" (v5.6)',
    values: { 'start-first': 'zone_start_pfn, then spanned_pages.', 'spanned-first': 'spanned_pages, then zone_start_pfn.' },
    history: [['v4.13', 'start-first'], ['v5.6', 'spanned-first']],
  }),
  spanLocks: decision({
    title: 'Locks around span changes',
    doc: 'Locks inside mem_hotplug_lock while spans of zone and node change.',
    source: '27cacaad16c5 (v5.14)',
    values: { 'node-and-zone': 'node_size_lock, and span_seqlock inside it for the zone.', none: 'mem_hotplug_lock alone.' },
    history: [['v4.13', 'node-and-zone'], ['v5.14', 'none']],
  }),
  emptyZoneInit: decision({
    title: 'First memory of an empty zone',
    doc: 'Where init_currently_empty_zone() sits in move_pfn_range_to_zone(); it writes zone_start_pfn.',
    source: 'fa004ab7365f [hash mem] (v5.0), from the blind shot of 2018-09-28',
    values: {
      'before-span-locks': 'Before node_size_lock and span_seqlock are taken.',
      'inside-span-locks': 'Under both (where there are such locks), in one go with the growth.',
    },
    history: [['v4.13', 'before-span-locks'], ['v5.0', 'inside-span-locks']],
  }),
  offlinedPages: decision({
    title: 'Struct pages that went offline',
    doc: 'How __offline_isolated_pages() leaves pages that it takes off the buddy allocator.',
    source: 'mm/page_alloc.c; "Don\'t set pages PageReserved() when offlining", 2019-10-21 (v5.5)',
    values: { reserved: 'PageReserved, as before they came online.', plain: 'Not reserved; they say the zone that they were in until they are poisoned.' },
    history: [['v4.13', 'reserved'], ['v5.5', 'plain']],
  }),
  poisonOnLeave: decision({
    title: 'Struct pages that leave a zone',
    doc: 'Whether remove_pfn_range_from_zone() calls page_init_poison() (which does something in DEBUG_VM kernels only).',
    source: '"Poison memmap in remove_pfn_range_from_zone()" (v5.6)',
    values: { no: 'They keep what they said.', yes: 'They are poisoned, and say nothing any more.' },
    history: [['v4.13', 'no'], ['v5.6', 'yes']],
  }),
} as const
