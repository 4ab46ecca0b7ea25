import { expect, test } from 'vitest'
import { BUILT_IN } from '../../plugins/built-in.ts'
import { defineDeviceType, ERRNO, kernel, param, type AnyDeviceType, type DeviceContext, type PlugContext, type Steps } from '../../plugins/sdk/index.ts'
import { checkType } from '../../main/plugins/check/check.ts'
import type { Law } from '../../main/plugins/check/laws.ts'
import { knownTypes } from '../../main/plugins/known-types.ts'

const params = { at: param.address({ doc: 'Where.' }), size: param.bytes({ default: '128MiB', min: '2MiB', multipleOf: '2MiB', doc: 'Size.' }), node: param.node() }
type P = typeof params
const sound = {
  id: 'under-test', title: 'Under test', doc: 'x', params, memory: 'generic', mapping: 'linear', granularity: 'subsection',
  placement: ({ at, size }: { readonly at: number; readonly size: number }) => ({ at: 'fixed', start: at, size }) as const,
  resource: { name: (name: string) => name, release: 'driver' },
  samples: [{ title: 'one section', params: { at: '0x200000000' } }],
} as const

/** Laws that break, with what is said and the commands that led there. */
const broken = (type: AnyDeviceType, runs = 200) => checkType(type, knownTypes(), { runs }).laws.filter((l) => !l.holds).map((l) => ({ law: l.law, detail: l.detail ?? '', ops: (l.commands ?? []).map((c) => c.op) }))
const laws = (type: AnyDeviceType): Law[] => broken(type).map((b) => b.law)

function* claim({ name, params: { at, size } }: PlugContext<P>): Steps {
  return yield kernel.requestMemRegion(at, size, name)
}
const memo = ({ name, params: { at, size } }: PlugContext<P>) => ({ start: at, end: at + size, name, release: 'driver' as const })

/** An unplug with nothing to take away. */
function* nothing(): Steps {
  yield kernel.cost('nothing', 1)
  return 0
}

test('a sound type breaks no law', () => {
  expect(broken(defineDeviceType(sound))).toEqual([])
})

test.each(BUILT_IN.map((t) => [t.id, t] as const))('built in: %s obeys', (_id, type) => {
  expect(broken(type, 100)).toEqual([])
})

test('interleavings: a lock that plug and unplug take in opposite orders around the kernel\'s, with the story', () => {
  const crossed = defineDeviceType({
    ...sound, locks: ['a', 'b'],
    samples: [{ title: 'one', params: { at: '0x200000000' } }, { title: 'another', params: { at: '0x280000000' } }],
    *onPlug(c: PlugContext<P>) {
      const swapped = c.params.at === 0x280000000
      yield kernel.lock(swapped ? 'b' : 'a')
      yield kernel.lock(swapped ? 'a' : 'b')
      const err = yield* claim(c)
      yield kernel.unlock(swapped ? 'a' : 'b')
      yield kernel.unlock(swapped ? 'b' : 'a')
      if (err < 0) return err
      yield kernel.remember({ regions: [memo(c)] })
      return 0
    },
    *onUnplug({ device }: DeviceContext<P>) {
      for (const r of device.regions) yield kernel.releaseMemRegion(r.start, r.end - r.start)
      return 0
    },
  })
  const law = checkType(crossed, knownTypes(), { runs: 1 }).laws.find((l) => l.law === 'interleavings')
  expect(law).toMatchObject({ holds: false })
  expect(law?.detail).toMatch(/T1 waits for b \(held by T2\).*T2 waits for a \(held by T1\)/)
  expect(law?.trace?.filter((l) => / lock (?:a|b)$/.test(l))).toHaveLength(2)
  expect(law?.commands).toHaveLength(2)
})

test('samples: one that cannot be added', () => {
  expect(broken(defineDeviceType({ ...sound, samples: [{ title: 'over RAM', params: { at: '0x1000000' } }] }))[0]).toMatchObject({ law: 'samples', ops: ['add_device'] })
})

test('memo: what is not noted is lost', () => {
  const forgets = defineDeviceType({
    ...sound,
    *onPlug(c: PlugContext<P>) {
      const err = yield* claim(c)
      if (err < 0) return err
      yield kernel.memremapPages({ type: 'generic', start: c.params.at, size: c.params.size, node: c.params.node })
      yield kernel.remember({ regions: [memo(c)] })
      return 0
    },
  })
  expect(broken(forgets)).toContainEqual({ law: 'memo', detail: 'd0 has page maps [1] and notes []; yield kernel.remember({ pgmaps })', ops: ['add_device'] })
})

test('refusal: a claim that a refused add forgets to give back', () => {
  const leaks = defineDeviceType({
    ...sound,
    *onPlug(c: PlugContext<P>) {
      const err = yield* claim(c)
      if (err < 0) return err
      const pgmap = yield kernel.memremapPages({ type: 'generic', start: c.params.at, size: c.params.size + 4096, node: c.params.node })
      if (pgmap < 0) return pgmap
      yield kernel.remember({ pgmaps: [pgmap], regions: [memo(c)] })
      return 0
    },
    samples: [],
  })
  expect(broken(leaks)[0]).toMatchObject({ law: 'refusal', detail: 'add_device answered -EINVAL, yet the resource tree has changed', ops: ['add_device'] })
})

test('release: a policy that says one thing and a hook that does another', () => {
  const keeps = defineDeviceType({
    ...sound,
    *onUnplug({ device }: DeviceContext<P>) {
      for (const p of device.pgmaps) yield kernel.memunmapPages(p)
      return 0
    },
  })
  expect(broken(keeps)[0]).toMatchObject({ law: 'release', ops: ['add_device', 'remove_device'] })
  const gives = defineDeviceType({
    ...sound, resource: { ...sound.resource, release: 'keep' },
    *onUnplug({ device }: DeviceContext<P>) {
      for (const p of device.pgmaps) yield kernel.memunmapPages(p)
      for (const r of device.regions) yield kernel.releaseMemRegion(r.start, r.end - r.start)
      return 0
    },
  })
  expect(broken(gives)[0]).toMatchObject({ law: 'release', detail: expect.stringContaining('release policy keep, yet region "d0" 0x200000000-0x207ffffff has gone') as string })
})

test('restores: something beside the device that stays', () => {
  const litter = defineDeviceType({
    ...sound,
    *onPlug(c: PlugContext<P>) {
      yield kernel.insertResource(2 ** 39, 2 ** 39 + 2 ** 20, `${c.name} window`, false)
      return 0
    },
    onUnplug: nothing,
  })
  expect(broken(litter)).toContainEqual({ law: 'restores', detail: 'after everything was removed: /proc/iomem: "d0 window" 0x8000000000-0x80000fffff is left', ops: ['add_device', 'remove_device'] })
})

test('determinism: a type with a memory of its own', () => {
  let plugged = 0
  const counts = defineDeviceType({
    ...sound,
    *onPlug({ name }: PlugContext<P>) { yield kernel.print(6, `${name} is device ${++plugged}`); return 0 },
    onUnplug: nothing,
  })
  expect(broken(counts)[0]).toMatchObject({ law: 'determinism', ops: ['add_device', 'remove_device'] })
})

test('locks: out of order, not listed, or left held', () => {
  const order = defineDeviceType({ ...sound, locks: ['outer', 'inner'], *onPlug() { yield kernel.lock('inner'); yield kernel.lock('outer'); yield kernel.unlock('outer'); yield kernel.unlock('inner'); return 0 } })
  expect(laws(order)).toContain('locks')
  expect(laws(defineDeviceType({ ...sound, *onPlug() { yield kernel.lock('mine'); yield kernel.unlock('mine'); return 0 } }))).toContain('locks')
  expect(laws(defineDeviceType({ ...sound, locks: ['mine'], *onPlug() { yield kernel.lock('mine'); return 0 } }))).toContain('locks')
  expect(laws(defineDeviceType({ ...sound, locks: ['outer', 'inner'], *onPlug() { yield kernel.lock('inner'); yield kernel.unlock('inner'); yield kernel.lock('outer'); yield kernel.lock('inner'); yield kernel.unlock('inner'); yield kernel.unlock('outer'); return 0 }, onUnplug: nothing }))).toEqual([])
})

test('hooks: one that throws, found by chance and shrunk to what makes it throw', () => {
  const rare = defineDeviceType({
    ...sound,
    mayUnplug: ({ machine }) => {
      if (machine.devices.length > 1) throw new Error('more than one')
      return undefined
    },
  })
  expect(broken(rare)[0]).toMatchObject({ law: 'hooks', detail: expect.stringMatching(/onUnplug.*more than one/) as string, ops: ['add_device', 'add_device', 'remove_device'] })
})

test('text: a region whose name does not read back', () => {
  expect(laws(defineDeviceType({ ...sound, resource: { name: (name) => `  ${name} `, release: 'driver' } }))).toContain('text')
})

test('invariants: a region given back while its pages are mapped', () => {
  const early = defineDeviceType({
    ...sound,
    *onPlug(c: PlugContext<P>) {
      const err = yield* claim(c)
      if (err < 0) return err
      const pgmap = yield kernel.memremapPages({ type: 'generic', start: c.params.at, size: c.params.size, node: c.params.node })
      if (pgmap < 0) yield kernel.releaseMemRegion(c.params.at, c.params.size)
      else yield kernel.remember({ pgmaps: [pgmap], regions: [memo(c)] })
      return Math.min(0, pgmap)
    },
    actions: {
      suspend: {
        title: 'suspend', doc: 'x', params: {},
        *run({ device }) {
          for (const r of device.regions) yield kernel.releaseMemRegion(r.start, r.end - r.start)
          return 0
        },
      },
    },
  })
  expect(broken(early)[0]).toMatchObject({ law: 'invariants', detail: expect.stringMatching(/^I11, .*device d\d holds/) as string, ops: ['add_device', 'device_action'] })
})

test('neighbours: an add that does not claim its range', () => {
  const wrong = defineDeviceType({
    ...sound,
    *onPlug(c: PlugContext<P>) {
      const pgmap = yield kernel.memremapPages({ type: 'generic', start: c.params.at, size: c.params.size, node: c.params.node })
      if (pgmap < 0) return yield kernel.fail(ERRNO.EBUSY, 'taken')
      yield kernel.remember({ pgmaps: [pgmap], regions: [] })
      return 0
    },
  })
  expect(broken(wrong)[0]).toMatchObject({ law: 'neighbours', ops: ['add_device', 'add_device'] })
})

test('a type that 6.1 does not have plays its samples on the newest kernel that has it; one that none has is passed over, with the reason', () => {
  const samples = [{ title: 'one section', params: { at: '0x140000000', size: '128MiB' } }]
  const old = checkType(defineDeviceType({ ...sound, until: 'v5.2', samples }), knownTypes())
  expect([old.kernel, old.skipped, old.runs, old.laws.filter((l) => !l.holds)]).toEqual(['Linux 5.2', undefined, 0, []])
  expect(checkType(defineDeviceType({ ...sound, since: 'v9.0' }), knownTypes()).skipped).toMatch(/came with v9\.0/)
})

test('HMM public memory is checked on 5.2', () => {
  const hmmPublic = knownTypes().get('hmm-public')
  if (!hmmPublic) throw new Error('no hmm-public')
  const report = checkType(hmmPublic, knownTypes())
  expect([report.kernel, report.laws.filter((l) => !l.holds)]).toEqual(['Linux 5.2', []])
})
