import { expect, test } from 'vitest'
import { GiB, MiB } from '../../main/engine/units.ts'
import { Machine } from '../devices/machine.ts'

const AT = 5 * GiB
const SIZE = 128 * MiB

/** A device with a release policy; `iomem` says what stands in the resource tree there. */
function driver(release: string) {
  const m = new Machine('{memory: 1GiB, physical-bits: 40}')
  expect(m.add('first', 'generic', { at: AT, size: SIZE, node: 0, release })).toBe('ok')
  return Object.assign(m, {
    names: () => m.iomem(AT, AT + SIZE).map((line) => line.replace(/^.* : /, '')),
    /** Another driver asks for the same range. */
    second: () => m.run({ op: 'request_region', start: AT, size: SIZE, name: 'second' }),
  })
}

test.each([
  // policy, region after the struct pages went, what a second driver gets then, region after unplug
  ['driver', ['first'], 'EBUSY', []],
  ['keep', ['first'], 'EBUSY', ['first']],
  ['release', [], 'ok', []],
  ['sysram-only', ['first'], 'EBUSY', []],
  ['refcount', ['first'], 'EBUSY', []],
  ['device-managed-flag', ['first'], 'EBUSY', []],
])('%s: pages unmapped, range still used, second driver in between', (policy, left, answer, end) => {
  const m = driver(policy)
  expect(m.act('first', 'unmap-pages')).toBe('ok')
  expect(m.pgmap('first')).toBeUndefined()
  expect(m.names()).toEqual(left)
  expect(m.second()).toBe(answer)
  expect(m.remove('first')).toBe('ok')
  expect(m.names()).toEqual(end)
})

test('release: the driver that gives its region back in the end takes it from the second one, or meets nothing', () => {
  const robbed = driver('release')
  robbed.act('first', 'unmap-pages')
  robbed.second()
  expect(robbed.names()).toEqual(['second'])
  expect(robbed.remove('first')).toBe('ok')
  expect(robbed.names()).toEqual([])
  const alone = driver('release')
  expect(alone.remove('first')).toBe('ok')
  expect(alone.log).toEqual(['Trying to free nonexistent resource <0000000140000000-0000000147ffffff>'])
})

test('refcount: a driver that lets go early leaves the region to its struct pages', () => {
  const m = driver('refcount')
  expect(m.act('first', 'release-region')).toBe('ok')
  expect(m.names()).toEqual(['first'])
  expect(m.act('first', 'release-region')).toBe('ENOENT')
  expect(m.act('first', 'unmap-pages')).toBe('ok')
  expect(m.names()).toEqual([])
  expect(m.remove('first')).toBe('ok')
  expect(m.log).toEqual([])
})

test('driver: letting go early leaves struct pages on a range that anybody may claim', () => {
  const m = driver('driver')
  expect(m.act('first', 'release-region')).toBe('ok')
  expect(m.second()).toBe('ok')
  expect(m.pgmap('first')?.type).toBe('generic')
  expect(m.remove('first')).toBe('ok')
  expect(m.names()).toEqual(['second'])
})

test('pages come back on the range that the device had', () => {
  const m = driver('driver')
  expect(m.act('first', 'map-pages')).toBe('EEXIST')
  m.act('first', 'unmap-pages')
  expect(m.act('first', 'unmap-pages')).toBe('ENOENT')
  expect(m.act('first', 'map-pages')).toBe('ok')
  expect(m.pgmap('first')?.ranges[0]).toEqual({ start: AT / 4096, end: (AT + SIZE) / 4096 })
  expect(m.remove('first')).toBe('ok')
  expect(m.names()).toEqual([])
})
