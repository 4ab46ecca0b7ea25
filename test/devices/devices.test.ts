import { expect, test } from 'vitest'
import { BUILT_IN } from '../../plugins/built-in.ts'
import { bootEngine } from '../../main/engine/engine.ts'
import { deviceTypes } from '../../main/engine/devices.ts'
import { loadScenario } from '../../main/engine/scenario/parse.ts'
import { V6_1 } from '../../main/engine/profiles/profiles.ts'
import { GiB, MiB } from '../../main/engine/units.ts'

const machine = (memory = '1GiB') => {
  const s = loadScenario(`zonelab: 1\ntitle: t\nmachine: {memory: ${memory}, physical-bits: 40}\n`, 't.yaml')
  if (!s.ok) throw new Error(JSON.stringify(s.errors))
  return bootEngine(s.value.description, V6_1, 'coarse', deviceTypes(BUILT_IN))
}
const device = (e: ReturnType<typeof machine>) => e.snapshot().nodes[0]?.zones.find((z) => z.name === 'Device')

test('private memory goes to the highest free region, in whole sections, and ZONE_DEVICE never shrinks after it', () => {
  const e = machine()
  expect(e.execute({ op: 'add_device', name: 'gpu0', type: 'hmm-private', params: { size: '2MiB', node: 0 } }).ret).toBe(0)
  const at = 0xfcf8000000
  expect(device(e)).toMatchObject({ startPfn: at / 4096, spanned: 32768, present: 0, managed: 0 })
  expect(e.execute({ op: 'remove_device', name: 'gpu0' }).ret).toBe(0)
  expect(device(e)).toMatchObject({ startPfn: at / 4096, spanned: 32768 })
  expect(e.snapshot().sections.some((s) => s.first === at / (128 * MiB))).toBe(false)
})

test('an altmap serves whole sections from the device: 256 MiB takes 1024 pages, aligned', () => {
  const e = machine()
  const add = e.execute({ op: 'add_device', name: 'd', type: 'generic', params: { at: 5 * GiB, size: 256 * MiB, reserve: 2, free: 2046, node: 0 } })
  expect(add).toMatchObject({ ret: 0 })
  const [map] = e.booted.store.ref(e.booted.kernel.pgmaps)
  expect(map?.altmap).toMatchObject({ alloc: 1024, align: 510 })
  expect(e.execute({ op: 'remove_device', name: 'd' }).ret).toBe(0)
  expect(e.booted.store.ref(e.booted.kernel.pgmaps)).toEqual([])
})

test('the checks of memremap_pages come in the order of the kernel', () => {
  const e = machine()
  const add = (name: string, params: Record<string, number | boolean>) => e.execute({ op: 'add_device', name, type: 'generic', params: { node: 0, ...params } }).errno ?? 'ok'
  expect(add('a', { at: 5 * GiB, size: 32 * MiB })).toBe('ok')
  expect(add('b', { at: 5 * GiB, size: 32 * MiB })).toBe('EBUSY')
  expect(add('c', { at: 5 * GiB, size: 32 * MiB, claim: false })).toBe('ENOMEM')
  expect(add('d', { at: 16 * MiB, size: 2 * MiB, claim: false })).toBe('ENXIO')
  expect(add('e', { at: 6 * GiB, size: MiB, claim: false })).toBe('EINVAL')
  expect(add('f', { at: 5 * GiB - 32 * MiB, size: 96 * MiB, claim: false })).toBe('EEXIST')
})

test('a hook that throws leaves no trace, and the error names type, hook and message', () => {
  const bad = { ...BUILT_IN.find((t) => t.id === 'hmm-private')!, id: 'bad', *plug() { yield { do: 'request_mem_region', start: 6 * GiB, size: MiB, name: 'x' } as const; throw new Error('lost the datasheet') } }
  const s = machine()
  const e = bootEngine(s.description, V6_1, 'coarse', deviceTypes([bad as never]))
  const before = e.snapshot()
  const r = e.execute({ op: 'add_device', name: 'x', type: 'bad', params: {} })
  expect(r).toMatchObject({ ret: -5, hookError: true })
  expect(r.reason).toMatch(/device type bad, onPlug.*: lost the datasheet/)
  expect(e.snapshot()).toEqual(before)
  expect(e.position()).toBe(0)
})

test('bad parameters are named all at once', () => {
  const r = machine().execute({ op: 'add_device', name: 'x', type: 'generic', params: { size: 'much', node: 5000, colour: 'red' } })
  expect(r.errno).toBe('EINVAL')
  for (const part of ['colour: unknown parameter', 'size: "much": not a size', 'node: 5000: above 1023']) expect(r.reason).toContain(part)
})
