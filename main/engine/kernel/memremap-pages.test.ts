import { describe, expect, test } from 'vitest'
import { lockStory } from '../../../test/golden/lock-story.ts'
import { Rig, smallGuest } from '../../../test/golden/machine.ts'
import { PROFILES } from '../profiles/profiles.ts'
import { GiB, MiB } from '../units.ts'
import { hmmDevmemPagesCreate } from './hmm-devmem.ts'
import { memremapPages, memunmapPages, type PgmapRequest } from './memremap-pages.ts'
import { newPgmap } from './new-pgmap.ts'
import { storePgmap } from './pgmap-table.ts'

const AT = 8 * GiB
const PAGES = (128 * MiB) / 4096
const rigOf = (id: string): Rig => new Rig(smallGuest(), undefined, PROFILES.get(id)!)
const request: PgmapRequest = { type: 'generic', ranges: [{ start: AT / 4096, end: AT / 4096 + 2 * PAGES }], node: 0, owner: 'd', altmap: { basePfn: AT / 4096, reserve: 2, free: 1534 } }
/** Without the locks inside mem_hotplug_lock. */
const outer = (story: string): string => story.replace(/[+-](?:NSL|SEQ) ?/g, '').trim()

describe('device memory is added', () => {
  const functions = ['get_dev_pagemap', 'arch_add_memory', 'move_pfn_range_to_zone', 'memmap_init_range', 'memmap_init_zone', 'for_each_device_pfn', 'memmap_init_zone_device']
  const add = (id: string): string => outer(lockStory(rigOf(id), functions, memremapPages, request))
  const test2 = 'get_dev_pagemap get_dev_pagemap'

  test('v4.18: all struct pages under mem_hotplug_lock, then once more outside for the page map', () => {
    for (const id of ['v4.18', 'rfc-2018-08']) expect([id, add(id)]).toEqual([id, `${test2} +PGMAP -PGMAP +MHL arch_add_memory move_pfn_range_to_zone memmap_init_range -MHL for_each_device_pfn`])
  })
  test('the blind shot: the zone grows after mem_hotplug_lock was dropped', () => {
    expect(add('blind-2018-09')).toBe(`${test2} +PGMAP -PGMAP +MHL arch_add_memory -MHL move_pfn_range_to_zone memmap_init_range memmap_init_zone_device`)
  })
  test('v4.20 on: only the pages of an altmap inside; an XArray needs no mutex (v5.0)', () => {
    expect(add('v4.20')).toBe(`${test2} +PGMAP -PGMAP +MHL arch_add_memory move_pfn_range_to_zone memmap_init_range -MHL memmap_init_zone_device`)
    for (const id of ['v5.0', 'v5.2', 'v5.3', 'v5.4', 'v5.10', 'v6.1', 'v7.2']) expect([id, add(id)]).toEqual([id, `${test2} +MHL arch_add_memory move_pfn_range_to_zone memmap_init_range -MHL memmap_init_zone_device`])
  })
  test('the series of 2019-08-29: all in one pass inside', () => {
    expect(add('v3-2019-08')).toBe(`${test2} +MHL arch_add_memory move_pfn_range_to_zone memmap_init_range memmap_init_zone -MHL`)
  })
  test('HMM\'s own code asks nobody for page maps, and has a table and a mutex of its own', () => {
    const rig = rigOf('v4.18')
    const { altmap: _none, ...rest } = request
    const unnamed = { ...rest, type: 'private' as const, live: true, vmemmapShift: 0, altmap: undefined }
    expect(outer(lockStory(rig, [...functions, 'add_pages'], hmmDevmemPagesCreate, unnamed))).toBe('+HMM -HMM +MHL add_pages move_pfn_range_to_zone memmap_init_range -MHL for_each_device_pfn')
  })
})

describe('device memory is released', () => {
  const functions = ['percpu_ref_kill', 'put_page', 'dev_pagemap_cleanup', 'page_to_nid', 'page_zone', 'remove_pfn_range_from_zone', '__shrink_pages', 'arch_remove_memory', '__remove_zone', 'pgmap_array_delete']
  const release = (id: string): string => {
    const rig = rigOf(id)
    const { ret } = rig.engine.booted.executor.run(memremapPages, { ...request, altmap: { basePfn: AT / 4096, reserve: 0, free: 1536 } })
    expect(ret).toBe(1)
    return outer(lockStory(rig, functions, memunmapPages, ret))
  }
  test('the order of kill, pages, zone, sections and table', () => {
    const remove = 'arch_remove_memory page_zone __remove_zone __remove_zone'
    for (const id of ['v4.18', 'v4.20']) expect([id, release(id)]).toEqual([id, `percpu_ref_kill put_page +MHL ${remove} -MHL pgmap_array_delete +PGMAP -PGMAP`])
    for (const id of ['v5.0', 'v5.2']) expect([id, release(id)]).toEqual([id, `percpu_ref_kill put_page page_to_nid +MHL ${remove} -MHL pgmap_array_delete`])
    expect(release('v5.3')).toBe(`percpu_ref_kill put_page dev_pagemap_cleanup page_to_nid +MHL ${remove} -MHL pgmap_array_delete`)
    expect(release('v3-2019-08')).toBe('percpu_ref_kill put_page dev_pagemap_cleanup page_to_nid +MHL page_zone remove_pfn_range_from_zone arch_remove_memory -MHL pgmap_array_delete')
    for (const id of ['v5.5', 'v5.10']) expect([id, release(id)]).toEqual([id, 'percpu_ref_kill put_page dev_pagemap_cleanup +MHL remove_pfn_range_from_zone arch_remove_memory -MHL pgmap_array_delete'])
    for (const id of ['v6.1', 'v7.2']) expect([id, release(id)]).toEqual([id, 'percpu_ref_kill +MHL remove_pfn_range_from_zone arch_remove_memory -MHL pgmap_array_delete'])
  })
})

test('the radix tree has one entry for each aligned power of two of the range', () => {
  const rig = rigOf('v4.18')
  const { kernel: k, store, executor } = rig.engine.booted
  const range = { start: AT / 4096 + 3, end: AT / 4096 + 1030 }
  const { ret: id } = executor.run(newPgmap, { type: 'generic', ranges: [range], node: 0, owner: 'd', live: true, vmemmapShift: 0, altmap: undefined })
  const from = store.journal.applied
  expect(executor.run(storePgmap, range.start, range.end, id).ret).toBe(0)
  // 3, 4-7, 8-15, … 512-1023, 1024-1027, 1028-1029
  expect(store.journal.applied - from).toBe(1 + 8 + 2)
  expect(store.scan([k.pgmapIndex], range.start, range.end, 1, (there) => there !== id)).toBe(-1)
})
