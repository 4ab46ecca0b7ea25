/** Decisions about the resource tree and who gives what back. kernel/resource.c, mm/memory_hotplug.c. */
import { decision } from '../decision.ts'

export const RESOURCE_DECISIONS = {
  resourceRelease: decision({
    title: 'Who releases the resource of removed memory',
    doc: 'Where the hot-remove path calls release_mem_region_adjustable(), and for whom.',
    source: 'd9eb1417c77d (v5.2); rfc-2018-08 2/3 and its 31 replies',
    values: {
      'unless-zone-device': 'At the start of __remove_pages(), unless the zone that it is given is ZONE_DEVICE.',
      'without-altmap': 'At the start of __remove_pages(), whenever there is no altmap: also for device memory whose driver still holds it.',
      'remove-memory': 'In remove_memory() only: device memory never gets there.',
    },
    history: [['v4.13', 'unless-zone-device'], ['v5.2', 'remove-memory']],
  }),
  releaseSysram: decision({
    title: 'release_mem_region_adjustable() of what is not RAM',
    doc: 'Whether it stops, with success, at a resource without IORESOURCE_SYSRAM; it does so before it looks below it.',
    source: '65c78784135f (v5.0), e686c32590f4 (v6.3, in stable trees before)',
    values: { any: 'It takes any busy memory resource.', 'sysram-only': 'It returns 0 at the first that is not System RAM.' },
    history: [['v4.13', 'any'], ['v5.0', 'sysram-only'], ['v6.3', 'any']],
  }),
  releaseNoMatch: decision({
    title: 'release_mem_region_adjustable() without a match',
    doc: 'What it does when no resource contains the range.',
    source: 'cb8e3c8b4f45 [hash mem] (v5.10)',
    values: { warns: '-EINVAL, and its caller prints a warning.', silent: 'Nothing.' },
    history: [['v4.13', 'warns'], ['v5.10', 'silent']],
  }),
  ramNesting: decision({
    title: 'RAM inside another resource',
    doc: 'Whether add_memory() may put its resource inside one that is not busy.',
    source: 'mm/memory_hotplug.c, register_memory_resource(); v5.1',
    values: { refused: 'Any overlap is -EEXIST.', allowed: 'It nests.' },
    history: [['v4.13', 'refused'], ['v5.1', 'allowed']],
  }),
  splitChildren: decision({
    title: 'Children of a resource that is split',
    doc: 'Where they go when release_mem_region_adjustable() cuts a hole into their parent.',
    source: 'kernel/resource.c; read in 7.2, absent in 6.12',
    values: { 'first-half': 'All stay with the first half.', 'by-address': 'Each goes to the half that it lies in.' },
    history: [['v4.13', 'first-half'], ['v7.0', 'by-address']],
  }),
  driverManaged: decision({
    title: 'RAM that a driver found',
    doc: 'What dax/kmem and others call their RAM.',
    source: 'v5.1 (kmem), v5.8 (driver managed)',
    values: { none: 'No driver adds RAM of a device.', plain: '"System RAM", like any.', named: '"System RAM (DRIVER)", driver managed, not in the firmware map.' },
    history: [['v4.13', 'none'], ['v5.1', 'plain'], ['v5.8', 'named']],
  }),
  removeOnline: decision({
    title: 'remove_memory() of an online block',
    doc: 'What a block that is not offline means.',
    source: 'mm/memory_hotplug.c, remove_memory(); v5.3 [release mem]',
    values: { bug: 'BUG().', refused: '-EBUSY.' },
    history: [['v4.13', 'bug'], ['v5.3', 'refused']],
  }),
} as const
