import { afterEach, beforeEach, expect, test } from 'vitest'
import { BUILT_IN } from '../../plugins/built-in.ts'
import { deviceTypes } from '../../main/engine/devices.ts'
import { bootEngine, type Engine } from '../../main/engine/engine.ts'
import { V6_1 } from '../../main/engine/profiles/profiles.ts'
import { loadScenario } from '../../main/engine/scenario/parse.ts'
import { GiB, MiB } from '../../main/engine/units.ts'
import type { Limits } from '../../main/plugins/sandbox/protocol.ts'
import { loadPlugin, type LoadedPlugin } from '../../main/plugins/load.ts'
import { createLab } from '../../main/lab/lab.ts'
import { pluginFolder, typeModule } from './folder.ts'

const open: LoadedPlugin[] = []
const printed: string[] = []
beforeEach(() => void printed.splice(0))
afterEach(() => {
  for (const p of open.splice(0)) p.dispose()
})

/** A machine that has the built-in types and the one of the module; little memory, as one here eats it all. */
function machine(module: string, limits: Partial<Limits> = {}): Engine {
  const plugin = loadPlugin(pluginFolder(module), { zonelab: '0.1.0', taken: [], limits: { memoryBytes: 4 * MiB, ...limits }, print: (_, text) => printed.push(text) })
  open.push(plugin)
  expect(plugin.info.problems).toEqual([])
  const s = loadScenario('zonelab: 1\ntitle: t\nmachine: {memory: 1GiB, physical-bits: 40}\n', 't.yaml')
  if (!s.ok) throw new Error(JSON.stringify(s.errors))
  return bootEngine(s.value.description, V6_1, 'coarse', deviceTypes([...BUILT_IN, ...plugin.types]))
}
const add = (e: Engine, params: Record<string, string | number | boolean> = {}, name = 'd') => e.execute({ op: 'add_device', name, type: 'my-hbm', params: { at: 5 * GiB, node: 0, ...params } })

test('a declared type of a folder does what the same type does natively', () => {
  const sandboxed = machine(typeModule())
  const native = machine(typeModule())
  expect(add(sandboxed)).toEqual({ ...native.execute({ op: 'add_device', name: 'd', type: 'generic', params: { at: 5 * GiB, size: 128 * MiB, node: 0 } }) })
  const seen = (e: Engine) => ({ ...e.snapshot(), devices: [] })
  expect(seen(sandboxed)).toEqual(seen(native))
  expect(sandboxed.execute({ op: 'remove_device', name: 'd' })).toEqual(native.execute({ op: 'remove_device', name: 'd' }))
  expect(sandboxed.snapshot()).toEqual(native.snapshot())
})

test('a generator hook takes steps, gets their answers, and may ask the machine', () => {
  const e = machine(typeModule(`
  *onPlug({ name, params, machine }) {
    const states = machine.blockStates(0, 256 * 2 ** 20).join()
    yield kernel.print(6, name + ': blocks ' + states + ', ' + machine.nodes.length + ' node')
    const err = yield kernel.requestMemRegion(params.at, params.size, name)
    if (err < 0) return err
    const pgmap = yield kernel.memremapPages({ type: 'generic', start: params.at, size: params.size, node: params.node })
    yield kernel.remember({ pgmaps: [pgmap], regions: [{ start: params.at, end: params.at + params.size, name, release: 'driver' }], data: { pgmap } })
    return 0
  },
  describe: ({ device }) => [{ name: 'page map', value: String(device.data.pgmap) }],`))
  expect(add(e).log.map((l) => l.text)).toEqual(['d: blocks online,online, 1 node'])
  expect(add(e, {}, 'again')).toMatchObject({ errno: 'EBUSY' })
  expect(e.booted.store.ref(e.booted.kernel.devices)[0]?.data).toEqual({ pgmap: 1 })
})

test.each([
  ['throws', `throw new Error('lost the datasheet')`, /^plugin org\.example\.my-hbm: device type my-hbm, onPlug at my-hbm\/index\.ts:12: lost the datasheet$/],
  ['throws deeper down', `const f = () => { throw new TypeError('no') }\n    f()`, /onPlug at my-hbm\/index\.ts:12 \(f\): TypeError: no$/],
  ['never ends', `for (;;);`, /onPlug at my-hbm\/index\.ts:1[12]: ran for longer than a hook may/],
  ['never ends in a built-in function', `const a = []; a.length = 4e9; a.sort()`, /onPlug: ran for longer than a hook may/],
  ['never ends in a regular expression', `void /(x+x+)+y/.test('x'.repeat(64))`, /ran for longer than a hook may/],
  ['yields for ever', `for (;;) yield kernel.cost('nothing', 1)`, /yielded 100000 steps and has not ended|ran for longer/],
  ['eats all memory', `const a = []; for (;;) a.push(new Uint8Array(2 ** 20))`, /onPlug.*needs more memory than a plugin may have \(4 MiB\)/],
  ['calls itself', `const f = (n) => f(n + 1) + 1; f(0)`, /onPlug at my-hbm\/index\.ts:12.*calls itself too deeply/],
  ['yields no step', `yield 42`, /yielded 42, which is no kernel step/],
  ['yields an unknown step', `yield { do: 'reboot' }`, /the step "reboot", which there is not; there are request_mem_region/],
  ['yields a wrong step', `yield { do: 'memremap_pages', type: 'generic', start: 5, size: 2 ** 21, node: 0 }`, /yielded memremap_pages with start: 5, expected bytes, a multiple of the page size 4096/],
  ['yields a number that is none', `yield kernel.requestMemRegion(NaN, 4096, 'x')`, /with start: null, expected a whole number of bytes/],
  ['returns nothing', `return`, /returned nothing: a hook returns 0 or a negative errno/],
])('a hook that %s leaves no trace, and the error names plugin, hook and line', (what, body, reason) => {
  const e = machine(typeModule(`  *onPlug({ params, name }) {
    yield kernel.requestMemRegion(6 * 2 ** 30, 4096, name); yield kernel.print(6, 'begun')
    if (params.size === 2 ** 21) return 0
    yield kernel.insertResource(7 * 2 ** 30, 8 * 2 ** 30, 'half', false)
    ${body}
  },`).replace(/\n\n/g, '\n'), what.includes('built-in') ? { hardMs: 1500 } : what.includes('memory') ? { softMs: 30_000, hardMs: 60_000 } : {})
  const before = e.snapshot()
  const result = add(e)
  expect(result).toMatchObject({ ret: -5, hookError: true })
  expect(result.reason).toMatch(reason)
  expect(e.snapshot()).toEqual(before)
  expect(e.position()).toBe(0)
  // the plugin can still be used
  expect(add(e, { size: '2MiB' })).toMatchObject({ ret: 0, log: [{ text: 'begun' }] })
})

test('the same hook with the same input does the same: chance and clock are fixed', () => {
  const e = machine(typeModule(`  *onPlug({ name }) { yield kernel.print(6, [Math.random(), Math.random(), Date.now(), new Date().toISOString()].join()); return yield kernel.requestMemRegion(2 ** 33, 4096, name) },`))
  const first = e.tryOut({ op: 'add_device', name: 'd', type: 'my-hbm', params: { at: 0 } })
  expect(add(e)).toEqual(first)
  expect(first.log[0]?.text).toBe('0.6270739405881613,0.002735721180215478,0,1970-01-01T00:00:00.000Z')
})

test('data from the machine cannot be changed by a hook', () => {
  const e = machine(typeModule(`  *onPlug({ machine, params }) { machine.nodes.push({}); return 0 },`))
  expect(add(e).reason).toMatch(/onPlug at my-hbm\/index\.ts:8: TypeError/)
})

test('locks out of order are refused as the model refuses them', () => {
  const e = machine(typeModule(`  locks: ['outer', 'inner'],
  *onPlug() { yield kernel.lock('inner'); yield kernel.lock('outer'); return 0 },`))
  const before = e.snapshot()
  expect(add(e)).toMatchObject({ hookError: true })
  expect(e.snapshot()).toEqual(before)
})

test('what it writes to its console comes out', () => {
  add(machine(typeModule(`  *onPlug({ params }) { console.log('params', params); return 0 },`)))
  expect(printed).toEqual(['params {"at":5368709120,"size":134217728,"node":0}'])
})

test('a describe that throws is said in the inspector and stops nothing', async () => {
  const plugin = loadPlugin(pluginFolder(typeModule(`  describe: () => { throw new Error('oops') },`)), { zonelab: '0.1.0', taken: [] })
  open.push(plugin)
  const types = deviceTypes(plugin.types)
  const lab = createLab({ host: 'browser', plugins: { types, plugins: [plugin.info], pluginOf: () => plugin.info.id, reload: async () => undefined, dispose: () => undefined } })
  await lab.openTexts({ texts: [{ name: 'a.yaml', text: 'zonelab: 1\ntitle: t\nmachine: {memory: 1GiB}\nsteps:\n  - add-device: {name: d, type: my-hbm, params: {at: 5GiB}}\n' }] })
  const { groups } = await lab.inspect({ selection: { kind: 'device', name: 'd' } })
  expect(groups.flatMap((g) => g.fields).find((f) => f.name === 'describe')?.raw).toBe('failed at my-hbm/index.ts:8: oops')
  expect((await lab.deviceTypes({}))[0]).toMatchObject({ id: 'my-hbm', plugin: 'org.example.my-hbm', available: true })
})
