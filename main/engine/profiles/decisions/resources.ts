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
    values: {
      any: 'It takes any busy memory resource.',
      'sysram-only': 'It returns 0 at the first that is not System RAM. RAM inside such a resource stays in the tree; dax/kmem hides that, for it gives its own resource back with all that is below it.',
    },
    history: [['v4.13', 'any'], ['v5.0', 'sysram-only'], ['v6.3', 'any']],
  }),
  releaseNoMatch: decision({
    title: 'release_mem_region_adjustable() without a match',
    doc: 'What it does when no resource contains the range.',
    source: 'cb8e3c8b4f45 [hash mem] (v5.10)',
    values: { warns: '-EINVAL, and its caller prints "Unable to release resource".', silent: 'Nothing; a range outside the tree, or a child that would stick out, is a WARN.' },
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
  regionIntersects: decision({
    title: 'Search for System RAM in a range',
    doc: 'Where region_intersects() looks, by which memremap_pages() refuses RAM.',
    source: 'b4afe4183ec7 (v6.12, in the stable trees of 5.4, 5.10 and 6.1 from October 2024)',
    values: { 'top-level': 'At the top level of /proc/iomem only: RAM inside something else (dax/kmem, a CXL window) is not seen.', descendants: 'Below as well.' },
    history: [['v4.13', 'top-level'], ['v6.12', 'descendants']],
  }),
  freeRegionLock: decision({
    title: 'Claim of a free physical region',
    doc: 'Whether somebody can claim the range between the search for it and its request.',
    source: '56fd94919b8b (v5.13)',
    values: { 'each-look': 'resource_lock is taken for each look and again for the request, which may fail: -ENOMEM.', 'whole-search': 'It is held from the first look to the request.' },
    history: [['v4.14', 'each-look'], ['v5.13', 'whole-search']],
  }),
  driverRamRemoval: decision({
    title: 'RAM of a driver is taken back',
    doc: 'Whether dax/kmem removes its RAM when it is unbound.',
    source: '9f960da72b25 [hash mem], "device-dax: Hotremove persistent memory that is used like normal RAM" (v5.3)',
    values: { never: 'It has no remove function: the RAM stays until the next boot.', tries: 'It tries once; online memory stays.' },
    history: [['v4.13', 'never'], ['v5.3', 'tries']],
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
