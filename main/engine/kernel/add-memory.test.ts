import { expect, test } from 'vitest'
import { BLOCK, Rig, smallGuest } from '../../../test/golden/machine.ts'
import { GiB } from '../units.ts'

const AT = 8 * GiB
const ram = (rig: Rig): string[] => rig.engine.snapshot().iomem.filter((r) => r.start >= AT).map((r) => `${(r.start - AT) / BLOCK}-${(r.end - AT) / BLOCK} ${r.name}`)
const add = (rig: Rig, block: number, flags: { merge?: boolean; memmapOnMemory?: boolean } = {}) => rig.run({ op: 'add_memory', node: 0, start: AT + block * BLOCK, size: BLOCK, ...flags })

test('MHP_MERGE_RESOURCE joins neighbours that were added so too, on both sides, and no others; removing splits again', () => {
  const rig = new Rig(smallGuest())
  add(rig, 0)
  add(rig, 1, { merge: true })
  add(rig, 3, { merge: true })
  expect(ram(rig)).toEqual(['0-1 System RAM', '1-2 System RAM', '3-4 System RAM'])
  add(rig, 2, { merge: true })
  add(rig, 4)
  expect(ram(rig)).toEqual(['0-1 System RAM', '1-4 System RAM', '4-5 System RAM'])
  rig.ok({ op: 'remove_memory', start: AT + 2 * BLOCK, size: BLOCK })
  expect(ram(rig)).toEqual(['0-1 System RAM', '1-2 System RAM', '3-4 System RAM', '4-5 System RAM'])
  // what was split off is mergeable still
  add(rig, 2, { merge: true })
  expect(ram(rig)).toEqual(['0-1 System RAM', '1-4 System RAM', '4-5 System RAM'])
  expect(rig.breaches).toEqual([])
})

test('MHP_MEMMAP_ON_MEMORY is -EINVAL unless the kernel was booted for it, and then for exactly one block', () => {
  const plain = new Rig(smallGuest())
  expect(add(plain, 0, { memmapOnMemory: true }).errno).toBe('EINVAL')
  expect(ram(plain)).toEqual([])
  const rig = new Rig(smallGuest({ cmdline: 'memory_hotplug.memmap_on_memory=1' }))
  expect(rig.run({ op: 'add_memory', node: 0, start: AT, size: 2 * BLOCK, memmapOnMemory: true }).errno).toBe('EINVAL')
  expect(add(rig, 0, { memmapOnMemory: true }).ret).toBe(0)
  expect(rig.blockAt(AT).vmemmapPages).toBe(512)
})
