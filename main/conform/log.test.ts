import { expect, test } from 'vitest'
import { modelLines, recordedLines } from './log.ts'

test('time stamps, pointers and what zone changes print are left out; a dumped page is its pfn', () => {
  expect(recordedLines([
    '[   20.357065] Fallback order for Node 0: 0 ',
    '[   20.358197] Built 1 zonelists, mobility grouping on.  Total pages: 245290',
    '[   28.549777] page:00000000de687c36 refcount:1 mapcount:0 mapping:0000000000000000 index:0x0 pfn:0x110000',
    '[   28.551355] page dumped because: unmovable page',
  ])).toEqual(['page pfn:0x110000', 'page dumped because: unmovable page'])
})

test("of a warning's splat only what it says and where", () => {
  const older = [
    '[    9.044759] ------------[ cut here ]------------',
    '[    9.044940] node 9 was absent from the node_possible_map',
    '[    9.045318] WARNING: CPU: 0 PID: 274 at mm/memory_hotplug.c:1345 add_memory_resource+0x2ce/0x2e0',
    '[    9.045777] Modules linked in: zoneprobe(OE)',
    '[    9.046700] RIP: 0010:add_memory_resource+0x2ce/0x2e0',
    '[    9.053005] ---[ end trace 0000000000000000 ]---',
    '[    9.053005] after it',
  ]
  expect(recordedLines(older)).toEqual(['node 9 was absent from the node_possible_map', 'WARNING at add_memory_resource', 'after it'])
  expect(recordedLines(['[1.0] ------------[ cut here ]------------', '[    9.0] WARNING: mm/memory_hotplug.c:1345 at add_memory_resource+0x2ce/0x2e0, CPU#0: zp/274'])[0]).toContain('WARNING at add_memory_resource')
})

test("the model's lines come out the same; debug lines do not count", () => {
  expect(modelLines([
    { level: 7, text: 'Offlined Pages 32768', fn: 'offline_pages' },
    { level: 4, text: '------------[ cut here ]------------', fn: 'remove_memory_block_devices', splat: 'WARN' },
    { level: 4, text: 'WARNING: at remove_memory_block_devices', fn: 'remove_memory_block_devices', splat: 'WARN' },
    { level: 4, text: 'page:(____ptrval____) refcount:1 mapcount:0 mapping:0000000000000000 index:0x0 pfn:0x110000', fn: 'dump_page' },
  ])).toEqual(['WARNING at remove_memory_block_devices', 'page pfn:0x110000'])
})
