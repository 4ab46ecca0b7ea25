/** Decisions about what the log says. Nothing but the text hangs on them. */
import { decision } from '../decision.ts'

export const TEXT_DECISIONS = {
  misalignedText: decision({
    title: 'Warning of a misaligned range',
    doc: 'How __add_pages() and __remove_pages() print the end of a range that is no whole number of sub-sections.',
    source: 'mm/memory_hotplug.c, read in 6.1 and 6.12; recordings; release in between unverified',
    values: { hash: '"end: #2040ff".', hex: '"end: 0x2040ff".' },
    history: [['v4.13', 'hash'], ['v6.12', 'hex']],
  }),
  offlinedText: decision({
    title: '"Offlined Pages"',
    doc: 'Whether an offline is told in the log.',
    source: 'mm/memory_hotplug.c; recordings of 5.10 and 6.1; v5.12 [mem]',
    values: { info: '"Offlined Pages 32768" in the log.', debug: 'At debug level only.' },
    history: [['v4.13', 'info'], ['v5.12', 'debug']],
  }),
  pageDump: decision({
    title: 'dump_page()',
    doc: 'The first line of the dump of a page that cannot move.',
    source: 'mm/debug.c; recordings of 6.1 and 6.12; release in between unverified',
    values: { pointer: '"page:PTR refcount:…".', plain: '"page: refcount:…".' },
    history: [['v4.13', 'pointer'], ['v6.9', 'plain']],
  }),
  absentSection: decision({
    title: 'Removal of a section that is not there',
    doc: 'The function that warns.',
    source: 'mm/memory_hotplug.c, mm/sparse.c; read in 6.1 and 6.12',
    values: { 'remove-section': '__remove_section().', 'sparse-remove-section': 'sparse_remove_section(), which it was folded into.' },
    history: [['v4.13', 'remove-section'], ['v6.9', 'sparse-remove-section']],
  }),
  ramWarning: decision({
    title: 'Warning of a device range over RAM',
    doc: 'How memremap_pages() says that its range meets System RAM.',
    source: 'kernel/memremap.c of 4.19 and 5.2 age, mm/memremap.c of 5.3 age; 6869b7b20659 (v5.4), a4574f63edc6 [hash mem] (v5.10); recordings of 5.10 and 6.1',
    values: {
      'devm_memremap_pages': '"devm_memremap_pages attempted on mixed region [mem 0x…]": with its function and the resource.',
      'memremap_pages': 'The same by the name that the function has from then on.',
      range: '"attempted on mixed region 0x…-0x…".',
    },
    history: [['v4.13', 'devm_memremap_pages'], ['v5.4', 'memremap_pages'], ['v5.10', 'range']],
  }),
} as const
