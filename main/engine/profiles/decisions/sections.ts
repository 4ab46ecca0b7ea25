/** Decisions about sections. mm/sparse.c, include/linux/mmzone.h. */
import { decision } from '../decision.ts'

export const SECTION_DECISIONS = {
  sectionCollision: decision({
    title: 'A section that is there already',
    doc: 'What __add_pages() makes of -EEXIST.',
    source: 'ba72b4c8cf60 and series, v10 09/13 of 2019-06-18 (v5.3)',
    values: { swallowed: 'Goes on as if it had added it.', reported: 'Stops and reports it.' },
    history: [['v4.13', 'swallowed'], ['v5.3', 'reported']],
  }),
  earlySections: decision({
    title: 'Early sections',
    doc: 'Whether a section remembers that it is from boot (bit 3).',
    source: '326e1b8f83a4 (v5.3)',
    values: { unmarked: 'It does not.', marked: 'SECTION_IS_EARLY; its memmap is complete.' },
    history: [['v4.13', 'unmarked'], ['v5.3', 'marked']],
  }),
  pfnValid: decision({
    title: 'pfn_valid()',
    doc: 'What has a struct page.',
    source: 'f46edbd1b151 [hash mem] (v5.3)',
    values: { section: 'Every pfn of a valid section.', subsection: 'Of a valid section that is not early, the pfns of sub-sections whose bit is set.' },
    history: [['v4.13', 'section'], ['v5.3', 'subsection']],
  }),
  onlinePageTest: decision({
    title: 'pfn_to_online_page()',
    doc: 'Which pages count as online.',
    source: '9f605f260594, 9f9b02e5b346, 1f90a3477df3 (v5.12)',
    values: {
      section: 'Every page of an online section, holes and device memory too.',
      'subsection-and-pgmap': 'The sub-section bit has to be set and, in a tainted section, no live page map listed for the pfn.',
    },
    history: [['v4.13', 'section'], ['v5.12', 'subsection-and-pgmap']],
  }),
  taint: decision({
    title: 'Sections with RAM and device memory',
    doc: 'Whether a section at whose inside a device range ends is marked (bit 4).',
    source: '1f90a3477df3 (v5.12)',
    values: { none: 'It is not.', edges: 'SECTION_TAINT_ZONE_DEVICE, for as long as the section lives.' },
    history: [['v4.13', 'none'], ['v5.12', 'edges']],
  }),
  invalidSection: decision({
    title: 'Removal of a section that is not there',
    doc: 'What __remove_pages() makes of a section without a memmap.',
    source: '9d1d887d785b, ac5c94264580 [both hashes mem] (v5.2); read in trees of 4.19 and 5.3 age',
    values: { stops: '-EINVAL: sections behind it stay; arch_remove_memory() warns once.', 'passed-over': 'A WARN (once), and it goes on.' },
    history: [['v4.13', 'stops'], ['v5.2', 'passed-over']],
  }),
  bootUsage: decision({
    title: 'Usage of a section that was early once',
    doc: 'What section_deactivate() does with a usage from boot memory, when the section was removed, added again and leaves again.',
    source: '8068df3b6037 [hash mem], "don\'t free usage map when removing a re-added early section" (v5.5)',
    values: { kept: 'It is kept (before v5.3: a section that is added gets a new one).', freed: 'kfree() of boot memory: a BUG in the slab allocator.' },
    history: [['v4.13', 'kept'], ['v5.3', 'freed'], ['v5.5', 'kept']],
  }),
  earlyRemoval: decision({
    title: 'Device memory leaves an early section',
    doc: 'What happens to the boot memmap when a part of an early section is removed.',
    source: 'ef69bc9f689d, "never partially remove memmap for early section" (v5.8)',
    values: {
      depopulates: 'The part\'s memmap is unmapped: filled with 0xFD where its PMD is in use, gone on CPUs without PSE, and nothing maps it again.',
      keeps: 'It stays while any sub-section is left.',
    },
    history: [['v4.13', 'depopulates'], ['v5.8', 'keeps']],
  }),
  usageFree: decision({
    title: 'Usage of a section that empties',
    doc: 'When the object that holds the sub-section map is freed. A pfn walker may have read the pointer just before.',
    source: '5ec8e8ea8b77 (v6.8, in stable trees before: read in 6.1.192, 5.10.262 [mem])',
    values: {
      'at-once': 'kfree(): a walker in pfn_valid() reads freed memory.',
      'after-rcu': 'The section stops being valid first, and kfree_rcu() waits for readers.',
    },
    history: [['v4.13', 'at-once'], ['v6.8', 'after-rcu']],
  }),
} as const
