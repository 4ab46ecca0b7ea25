/** Where locks are taken and dropped: the order of lock steps and of the functions around them, by profile. */
import { describe, expect, test } from 'vitest'
import { lockStory as story } from '../../../test/golden/lock-story.ts'
import { BLOCK, Rig, smallGuest } from '../../../test/golden/machine.ts'
import { PROFILES } from '../profiles/profiles.ts'
import { ZONE } from '../state/zone.ts'
import { GiB } from '../units.ts'
import { addMemory } from './add-memory.ts'
import { onlineStore, stateStore } from './memory-block.ts'
import { removeMemory } from './remove-memory.ts'
import { movePfnRangeToZone } from './zone-span.ts'

const AT = 8 * GiB
const rigOf = (id: string): Rig => new Rig(smallGuest(), undefined, PROFILES.get(id)!)

test('move_pfn_range_to_zone(): what of the growth is inside node_size_lock and span_seqlock', () => {
  const functions = ['init_currently_empty_zone', 'clear_zone_contiguous', 'resize_zone_range', 'resize_pgdat_range', 'memmap_init_range', 'set_zone_contiguous']
  const grow = (id: string) => {
    const rig = rigOf(id)
    return story(rig, functions, movePfnRangeToZone, rig.engine.booted.kernel.zone(0, ZONE.DEVICE), AT / 4096, 32768)
  }
  const before = 'init_currently_empty_zone clear_zone_contiguous +NSL +SEQ resize_zone_range -SEQ resize_pgdat_range -NSL memmap_init_range set_zone_contiguous'
  const inside = 'clear_zone_contiguous +NSL +SEQ init_currently_empty_zone resize_zone_range -SEQ resize_pgdat_range -NSL memmap_init_range set_zone_contiguous'
  const none = 'clear_zone_contiguous init_currently_empty_zone resize_zone_range resize_pgdat_range memmap_init_range set_zone_contiguous'
  for (const id of ['v4.18', 'rfc-2018-08', 'v4.20']) expect([id, grow(id)]).toEqual([id, before])
  for (const id of ['blind-2018-09', 'v5.0', 'v5.2', 'v5.3', 'v3-2019-08', 'v5.4', 'v5.5', 'v5.10']) expect([id, grow(id)]).toEqual([id, inside])
  for (const id of ['v6.1', 'v6.12', 'v7.2']) expect([id, grow(id)]).toEqual([id, none])
})

describe('a block goes online', () => {
  const online = (id: string, how: 'state' | 'online') => {
    const rig = rigOf(id)
    rig.add(AT, BLOCK)
    const functions = ['zone_for_pfn_range', 'move_pfn_range_to_zone']
    return (how === 'state' ? story(rig, functions, stateStore, AT / 4096, 'online_movable') : story(rig, functions, onlineStore, AT / 4096, '1'))
      .replace(/ [+-](?:NSL|SEQ)/g, '')
  }
  test('by its state: mem_hotplug_lock outside the device lock until v4.19, inside since; the zone is chosen inside until v5.13', () => {
    expect(online('v4.18', 'state')).toBe('+DHL +MHL +DL zone_for_pfn_range move_pfn_range_to_zone -DL -MHL -DHL')
    for (const id of ['v4.20', 'v5.4', 'v5.10']) expect(online(id, 'state')).toBe('+DHL +DL +MHL zone_for_pfn_range move_pfn_range_to_zone -MHL -DL -DHL')
    expect(online('v6.1', 'state')).toBe('+DHL +DL zone_for_pfn_range +MHL move_pfn_range_to_zone -MHL -DL -DHL')
  })
  test('by the attribute "online": without mem_hotplug_lock until v4.19 (kernel-behaviour B13)', () => {
    expect(online('v4.18', 'online')).toBe('+DHL +DL zone_for_pfn_range move_pfn_range_to_zone -DL -DHL')
    expect(online('v4.20', 'online')).toBe('+DHL +DL +MHL zone_for_pfn_range move_pfn_range_to_zone -MHL -DL -DHL')
  })
  test('present pages of the node change under node_size_lock until v5.13', () => {
    const rig = rigOf('v5.10')
    rig.add(AT, BLOCK)
    expect(story(rig, ['adjust_present_page_count'], stateStore, AT / 4096, 'online')).toContain('adjust_present_page_count +NSL -NSL')
  })
})

describe('the attribute "online"', () => {
  test('takes truth values; what is so already is no error, unlike a state', () => {
    for (const id of ['v4.18', 'v6.1']) {
      const rig = rigOf(id)
      rig.add(AT, BLOCK)
      const write = (value: string) => rig.run({ op: 'block', block: AT / BLOCK, file: 'online', state: value })
      expect([write('maybe').errno, write('1').ret, write('y').ret, rig.blockAt(AT).state, rig.block(AT, 'online').errno]).toEqual(['EINVAL', 0, 0, 'online', 'EINVAL'])
      expect([write('0').ret, rig.blockAt(AT).state]).toEqual([0, 'offline'])
    }
  })
})

describe('memory is added and removed', () => {
  const functions = ['__add_section', 'hotplug_memory_register', 'create_memory_block_devices', 'device_online', 'check_memblock_offlined_cb', 'remove_memory_block_devices', 'unregister_memory_section', '__remove_zone', 'sparse_remove_one_section', 'section_deactivate']
  const add = (id: string, policy = 'offline') => {
    const rig = rigOf(id)
    rig.ok({ op: 'policy', name: 'auto_online_blocks', value: policy })
    return story(rig, functions, addMemory, 0, AT, BLOCK, {})
  }
  test('v4.18: no device_hotplug_lock, a section under node_size_lock, its block with it, and onlining inside mem_hotplug_lock', () => {
    expect(add('v4.18')).toBe('+MHL __add_section +NSL -NSL hotplug_memory_register +DL -DL -MHL')
    expect(add('v4.18', 'online')).toMatch(/^\+MHL __add_section .* device_online \+DL .* -DL -MHL$/)
  })
  test('v4.20 takes device_hotplug_lock, v5.0 drops node_size_lock, v5.3 makes blocks afterwards', () => {
    expect(add('v4.20')).toBe('+DHL +MHL __add_section +NSL -NSL hotplug_memory_register +DL -DL -MHL -DHL')
    expect(add('v5.0')).toBe('+DHL +MHL __add_section hotplug_memory_register +DL -DL -MHL -DHL')
    for (const id of ['v5.3', 'v5.5', 'v6.1']) expect(add(id)).toBe('+DHL +MHL create_memory_block_devices +DL -DL -MHL -DHL')
    expect(add('v4.20', 'online')).toMatch(/-MHL device_online \+DL \+MHL .* -MHL -DL -DHL$/)
  })
  const remove = (id: string) => {
    const rig = rigOf(id)
    rig.add(AT, BLOCK)
    rig.block(AT, 'online_movable')
    rig.block(AT, 'offline')
    return story(rig, functions, removeMemory, AT, BLOCK)
  }
  test('removal: where blocks are tested and removed, and where spans shrink', () => {
    expect(remove('v4.18')).toBe('+MHL check_memblock_offlined_cb unregister_memory_section +DL -DL __remove_zone +NSL +SEQ -SEQ -NSL sparse_remove_one_section +NSL -NSL -MHL')
    expect(remove('v5.0')).toBe('+DHL +MHL check_memblock_offlined_cb unregister_memory_section +DL -DL __remove_zone +NSL +SEQ -SEQ -NSL sparse_remove_one_section -MHL -DHL')
    for (const id of ['v5.3', 'v5.4']) expect(remove(id)).toBe('+DHL +MHL check_memblock_offlined_cb remove_memory_block_devices +DL -DL __remove_zone +NSL +SEQ -SEQ -NSL section_deactivate -MHL -DHL')
    expect(remove('v5.5')).toBe('+DHL +MHL check_memblock_offlined_cb remove_memory_block_devices +DL -DL section_deactivate -MHL -DHL')
    for (const id of ['v5.10', 'v6.1']) expect(remove(id)).toBe('+DHL check_memblock_offlined_cb remove_memory_block_devices +DL -DL +MHL section_deactivate -MHL -DHL')
    expect(remove('v6.12')).toBe('+DHL check_memblock_offlined_cb +MHL remove_memory_block_devices +DL -DL section_deactivate -MHL -DHL')
  })
})
