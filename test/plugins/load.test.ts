import { symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { createPluginHost, type PluginHost } from '../../main/plugins/host.ts'
import { loadFolders, loadPlugin, type LoadedPlugin } from '../../main/plugins/load.ts'
import { emptyFolder, manifest, pluginFolder, typeModule, write } from './folder.ts'

const open: { dispose(): void }[] = []
afterEach(() => {
  for (const o of open.splice(0)) o.dispose()
})
const load = (dir: string, taken: readonly string[] = []): LoadedPlugin => {
  const plugin = loadPlugin(dir, { zonelab: '0.1.0', taken })
  open.push(plugin)
  return plugin
}
const host = async (...folders: string[]): Promise<PluginHost> => {
  const h = createPluginHost({ folders })
  open.push(h)
  await h.reload()
  return h
}
const problems = (module: string, members: Readonly<Record<string, unknown>> = {}) => load(pluginFolder(module, members)).info.problems

test('a plugin of a folder gives its types', () => {
  const { info, types } = load(pluginFolder(typeModule()))
  expect(info).toMatchObject({ id: 'org.example.my-hbm', version: '0.1.0', title: 'My HBM', types: ['my-hbm'], builtIn: false, enabled: true, problems: [] })
  expect(types[0]).toMatchObject({ id: 'my-hbm', memory: 'generic', params: { size: { kind: 'bytes', default: '128MiB' } } })
})

test('a module may be JavaScript, import its own files and data, and define several types', () => {
  const dir = write(join(emptyFolder(), 'two'), {
    'plugin.json': manifest({ main: './lib/types.js' }),
    'lib/types.js': `import { make } from '../make.ts'\nimport names from './names.json'\nexport default names.map(make)\n`,
    'lib/names.json': '["one", "two"]',
    'make.ts': `import { defineDeviceType, type AnyDeviceType } from 'zonelab'\nexport const make = (id: string): AnyDeviceType => defineDeviceType({ id, title: id, doc: 'x', params: {}, placement: () => ({ at: 'free-region', size: 2 ** 27 }), memory: 'private', mapping: 'none', granularity: 'section', resource: { name: 'x', release: 'driver' } })\n`,
  })
  expect(load(dir).info).toMatchObject({ enabled: true, types: ['one', 'two'], problems: [] })
})

test.each([
  ['node', `import { readFileSync } from 'node:fs'\nexport default readFileSync`, /my-hbm\/index\.ts imports "node:fs": a device type may import "zonelab" and the modules of its own folder/],
  ['a package', `import x from 'left-pad'\nexport default x`, /imports "left-pad"/],
  ['a file outside', `import x from '../../../etc/hostname'\nexport default x`, /imports "..\/..\/..\/etc\/hostname"/],
  ['syntax', `export default {\n  id: ,\n}`, /^my-hbm\/index\.ts:2: Unexpected token/],
  ['a throw', `const x: undefined | { y: number } = undefined as never\n\nexport default x.y`, /^my-hbm\/index\.ts:3: TypeError: cannot read property 'y' of undefined/],
  ['no export', `export const x = 1`, /^my-hbm\/index\.ts: default export: needed/],
  ['an endless module', `for (;;);\nexport default 1`, /ran for longer than a hook may/],
  ['await at the top', `await new Promise(() => undefined)\nexport default 1`, /waits for something/],
])('a module that goes wrong disables its plugin, with the reason: %s', (_what, module, reason) => {
  const { info, types } = load(pluginFolder(module))
  expect(info).toMatchObject({ enabled: false, types: [], id: 'org.example.my-hbm' })
  expect(info.problems).toHaveLength(1)
  expect(info.problems[0]).toMatch(reason)
  expect(types).toEqual([])
})

test('there is no Node, no network and no clock inside', () => {
  const probe = `const seen = ['process', 'require', 'fetch', 'setTimeout', 'WebSocket', 'XMLHttpRequest', 'Buffer', 'WeakRef', 'SharedArrayBuffer', 'std', 'os'].filter((n) => n in globalThis)
const now = [Date.now(), new Date().getTime(), Math.random()]
`
  const { types } = load(pluginFolder(probe + typeModule(`  describe: () => [{ name: 'seen', value: seen.join() }, { name: 'now', value: now.join() }],`)))
  const rows = types[0]?.describe?.({} as never)
  expect(rows).toEqual([{ name: 'seen', value: '' }, { name: 'now', value: '0,0,0.6270739405881613' }])
})

test('the problems of declarations come all at once', () => {
  const module = `import { defineDeviceType, param } from 'zonelab'
export default defineDeviceType({
  id: 'My HBM', title: '', doc: 'x', since: 'v6.9', until: 'v5.2',
  params: {
    size: param.bytes({ default: '1MiB', min: '2MiB', max: '1GiB', multipleof: '2MiB', doc: 'Size' }),
    mode: param.choice({ choices: ['raw', 'fsdax'], default: 'devdax', doc: 'Mode' }),
    depth: param.int({ default: 3.5, min: 4, max: 2, doc: '' }),
    label: param.text({ default: 'x', pattern: '^(', doc: 'Label' }),
  },
  memory: 'private', mapping: 'linear', granularity: '512K',
  resource: { name: (n) => n, release: 'refcnt' },
  locks: ['a', 'a'],
  placment: () => undefined,
  onPlug: async () => 0,
  samples: [{ title: 'x', parms: {} }],
} as never)
`
  expect(problems(module)).toEqual([
    'my-hbm/index.ts: My HBM: placment: unknown member; did you mean "placement"?',
    'my-hbm/index.ts: My HBM: onPlug: is async; hooks cannot wait: write a plain function, or a generator that yields kernel steps',
    'my-hbm/index.ts: My HBM: id: "My HBM": not lower case, digits and hyphens; write for example "my-hbm"',
    'my-hbm/index.ts: My HBM: title: "": empty; write what people call it',
    'my-hbm/index.ts: My HBM: until: "v5.2": before since "v6.9"; swap them',
    'my-hbm/index.ts: My HBM: mapping: "linear": private memory is never in the linear map (the CPU cannot reach it); write "none"',
    'my-hbm/index.ts: My HBM: granularity: "512K": is below the sub-section size 2M; use "2M" or "subsection"',
    'my-hbm/index.ts: My HBM: resource.release: "refcnt": not a release policy; did you mean "refcount"?',
    'my-hbm/index.ts: My HBM: locks.1: "a": named twice; each lock has one place in the order',
    'my-hbm/index.ts: My HBM: params.size.multipleof: unknown member of param.bytes; did you mean "multipleOf"?',
    'my-hbm/index.ts: My HBM: params.size.default: "1MiB": below min 2MiB; raise it or lower min',
    'my-hbm/index.ts: My HBM: params.mode.default: "devdax": not one of its choices raw, fsdax; write one of them',
    'my-hbm/index.ts: My HBM: params.depth.doc: "": needed; write one line for the form, with the unit',
    'my-hbm/index.ts: My HBM: params.depth.default: 3.5: not a whole number',
    'my-hbm/index.ts: My HBM: params.depth.max: 2: below min 4; swap them',
    'my-hbm/index.ts: My HBM: params.label.pattern: "^(": not a regular expression as text; write for example "^[a-z]+$"',
    'my-hbm/index.ts: My HBM: samples.0.parms: unknown member; there are title, params',
    'my-hbm/index.ts: My HBM: samples.0.params: needed; write {} for all defaults',
  ])
})

test('samples are held against the parameters', () => {
  expect(problems(typeModule(`  samples: [{ title: 'x', params: { at: '5GiB', size: '1MiB', colour: 'red' } as never }],`))).toEqual([
    'my-hbm/index.ts: my-hbm: samples.0.params: colour: unknown parameter; there are at, size, node',
    'my-hbm/index.ts: my-hbm: samples.0.params: size: "1MiB": below the smallest size 2MiB',
  ])
})

test('a type that was not made with defineDeviceType is told how', () => {
  expect(problems(`export default { id: 'x' }`)[0]).toBe('my-hbm/index.ts: x: default export: not made with defineDeviceType; write "export default defineDeviceType({ … })"')
  expect(problems(`export default 42`)).toEqual(['my-hbm/index.ts: default export: 42: not a device type; write "export default defineDeviceType({ … })"'])
})

test('a folder of plugins: the broken ones are listed and the others work', async () => {
  const dir = emptyFolder()
  write(dir, {
    'a/plugin.json': manifest({ id: 'org.example.a' }), 'a/index.ts': typeModule().replace("id: 'my-hbm'", "id: 'a'"),
    'broken/plugin.json': '{', 'broken/index.ts': typeModule(),
    'newer/plugin.json': manifest({ id: 'org.example.newer', apiVersion: 2 }), 'newer/index.ts': typeModule(),
    'takes/plugin.json': manifest({ id: 'org.example.takes' }), 'takes/index.ts': typeModule().replace("id: 'my-hbm'", "id: 'generic'"),
    'twin/plugin.json': manifest({ id: 'org.example.a' }), 'twin/index.ts': typeModule().replace("id: 'my-hbm'", "id: 'b'"),
    'notes/readme.txt': 'no plugin',
  })
  const h = await host(dir)
  const ours = h.plugins.filter((p) => !p.builtIn)
  expect(ours.map((p) => [p.id, p.enabled])).toEqual([['org.example.a', true], ['broken', false], ['org.example.newer', false], ['org.example.takes', false], ['org.example.a', false]])
  expect(ours.flatMap((p) => p.problems).map((p) => p.replace(dir, 'DIR'))).toEqual([
    expect.stringMatching(/^broken\/plugin\.json.*: not JSON: /),
    'newer/plugin.json: apiVersion: 2: not served; this Zonelab serves 1, so port the plugin to one of them or take a Zonelab that serves it',
    'takes/index.ts: generic: id: "generic": another plugin\'s type has it; choose another, such as "example-generic"',
    'twin/plugin.json: id: "org.example.a": the plugin in DIR/a has it; remove one of them',
  ])
  expect(h.types.get('a')?.title).toBe('My HBM')
  expect(h.types.get('b')).toBeUndefined()
  expect(h.pluginOf('a')).toBe('org.example.a')
  expect(h.pluginOf('generic')).toBe('org.zonelab.generic')
})

test('a folder that is not there is a problem, not an end', async () => {
  const h = await host(join(emptyFolder(), 'nowhere'))
  expect(h.plugins.filter((p) => !p.builtIn)[0]?.problems[0]).toMatch(/nowhere: ENOENT; name a plugin's folder, or a folder of plugins/)
  expect(h.types.ids).toContain('generic')
})

test('reload takes what changed and leaves nothing of what was there', async () => {
  const dir = pluginFolder(typeModule())
  const h = await host(dir)
  const before = h.types.get('my-hbm')!
  expect(before.title).toBe('My HBM')
  write(dir, { 'index.ts': typeModule().replace("id: 'my-hbm'", "id: 'other'") })
  await h.reload()
  expect(h.types.ids.filter((id) => id === 'my-hbm' || id === 'other')).toEqual(['other'])
  expect(h.plugins.filter((p) => !p.builtIn).map((p) => p.types)).toEqual([['other']])
  // what somebody still holds of the old one answers no more
  expect(() => before.placement?.({ at: 0, size: 0, node: 0 })).toThrow('the plugin was unloaded')
})

test('links that lead out of the folder are not followed', () => {
  const dir = pluginFolder(`import x from './x.json'\nexport default x`)
  const outside = write(emptyFolder(), { 'x.json': '"secret"' })
  symlinkSync(join(outside, 'x.json'), join(dir, 'x.json'))
  expect(load(dir).info.problems[0]).toMatch(/imports ".\/x.json"/)
})

test('several folders may be given', () => {
  const all = loadFolders([pluginFolder(typeModule()), pluginFolder(typeModule().replace("id: 'my-hbm'", "id: 'second'"), { id: 'org.example.second' })], { zonelab: '0.1.0', taken: [] })
  open.push(...all)
  expect(all.map((p) => p.info.types)).toEqual([['my-hbm'], ['second']])
})
