/** Decisions about which lock is held where. */
import { decision } from '../decision.ts'

export const LOCK_DECISIONS = {
  deviceGrowth: decision({
    title: 'Device memory enters the zone',
    doc: 'Whether memremap_pages() calls move_pfn_range_to_zone() inside mem_hotplug_lock.',
    source: 'thread of 2018-09-28 ("blind shot"); never merged',
    values: { 'under-hotplug-lock': 'Inside.', 'after-hotplug-lock': 'After it was dropped.' },
    history: [['v4.13', 'under-hotplug-lock']],
  }),
  sectionLock: decision({
    title: 'Lock of sections',
    doc: 'Whether a section is written under node_size_lock.',
    source: '83af658898cb [hash mem], W. Yang v4 2018-12-04 (v5.0)',
    values: { 'node-size-lock': 'Under node_size_lock of its node.', none: 'mem_hotplug_lock alone.' },
    history: [['v4.13', 'node-size-lock'], ['v5.0', 'none']],
  }),
  onlineFile: decision({
    title: 'The file memoryN/online',
    doc: 'Whether onlining through the generic attribute "online" takes mem_hotplug_lock.',
    source: '381eab4a6ee8 (v4.20)',
    values: { 'no-hotplug-lock': 'device_hotplug_lock and the device lock only.', 'hotplug-lock': 'As memoryN/state does.' },
    history: [['v4.13', 'no-hotplug-lock'], ['v4.20', 'hotplug-lock']],
  }),
  hotplugLockPlace: decision({
    title: 'mem_hotplug_lock of an online',
    doc: 'Who takes mem_hotplug_lock for memoryN/state and for blocks that come online by themselves.',
    source: '381eab4a6ee8 (v4.20)',
    values: {
      caller: 'The caller, before the device lock; add_memory() onlines blocks while it still holds it.',
      'online-pages': 'online_pages() and offline_pages() (memory_block_online() later), inside the device lock; add_memory() drops it before it onlines blocks.',
    },
    history: [['v4.13', 'caller'], ['v4.20', 'online-pages']],
  }),
  zoneChoicePlace: decision({
    title: 'Where onlining chooses the zone',
    doc: 'Whether the zone of a block is chosen by spans that mem_hotplug_lock keeps still.',
    source: 'mm/memory_hotplug.c, online_pages() and drivers/base/memory.c, memory_block_online(); a08a2ae34613 [hash mem] (v5.14)',
    values: { 'inside-hotplug-lock': 'Inside.', 'before-hotplug-lock': 'Before it is taken.' },
    history: [['v4.13', 'inside-hotplug-lock'], ['v5.14', 'before-hotplug-lock']],
  }),
  deviceHotplugLock: decision({
    title: 'device_hotplug_lock of add_memory()',
    doc: 'Who takes device_hotplug_lock around add_memory() and remove_memory().',
    source: '8df1d0e4a265 [hash mem], d15e59260f62 (v4.20)',
    values: { caller: 'The caller should; not every driver does.', itself: 'add_memory() and remove_memory() themselves.' },
    history: [['v4.13', 'caller'], ['v4.20', 'itself']],
  }),
  blockDevices: decision({
    title: 'Memory block devices come and go',
    doc: 'When the devices of memory blocks are made and removed.',
    source: 'drivers/base/memory.c, mm/memory_hotplug.c; db051a0dac13 [hash mem] (v5.3), f1037ec0cc8a (v5.6); v6.8',
    values: {
      'with-each-section': 'In __add_section() and __remove_section(), section by section.',
      'all-inside-lock': 'All after the sections were added; for a removal they are tested to be offline, and removed, inside mem_hotplug_lock.',
      'removed-before-lock': 'All after the sections were added; all before mem_hotplug_lock is taken for a removal.',
      'removed-inside-lock': 'All after the sections were added; all inside mem_hotplug_lock for a removal.',
    },
    history: [['v4.13', 'with-each-section'], ['v5.3', 'all-inside-lock'], ['v5.6', 'removed-before-lock'], ['v6.8', 'removed-inside-lock']],
  }),
} as const
