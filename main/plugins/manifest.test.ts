import { expect, test } from 'vitest'
import { manifestJsonSchema, readManifest } from './manifest.ts'
import { inRange } from './version-range.ts'

const good = { id: 'org.example.my-hbm', version: '0.1.0', title: 'My HBM', engines: { zonelab: '>=0.1.0' }, apiVersion: 1, main: 'index.ts' }
const read = (value: unknown, version = '0.1.0') => readManifest(typeof value === 'string' ? value : JSON.stringify(value), 'my-hbm/plugin.json', version)
const problems = (value: unknown, version?: string) => {
  const r = read(value, version)
  return r.ok ? [] : r.problems
}

test('a good manifest is read', () => {
  expect(read(good)).toEqual({ ok: true, manifest: good })
})

test('all problems come at once, each with file, field, value, rule and fix', () => {
  expect(problems({ ...good, id: 'My HBM', version: '1', apiVersion: 7, engines: { zonelab: 'new' }, main: '../../etc/passwd', titel: 'x' })).toEqual([
    'my-hbm/plugin.json: id: "My HBM": not a reverse-domain name in lower case; write for example "org.example.my-hbm"',
    'my-hbm/plugin.json: version: "1": not a version; write three numbers such as "0.1.0"',
    'my-hbm/plugin.json: engines.zonelab: "new": not a version range; write for example ">=0.1.0", "^0.1" or "*"',
    'my-hbm/plugin.json: main: "../../etc/passwd": not a module inside the plugin\'s folder; write a relative path to a .ts or .js file, such as "index.ts"',
    'my-hbm/plugin.json: titel: unknown field; did you mean "title"?',
    'my-hbm/plugin.json: apiVersion: 7: not served; this Zonelab serves 1, so port the plugin to one of them or take a Zonelab that serves it',
  ])
})

test('what is missing is asked for', () => {
  expect(problems({})).toEqual([
    'my-hbm/plugin.json: id: needed; write a reverse-domain name such as "org.example.my-hbm"',
    'my-hbm/plugin.json: version: needed; write the plugin\'s own version such as "0.1.0"',
    'my-hbm/plugin.json: title: needed; write what people call it',
    'my-hbm/plugin.json: engines: needed; write {"zonelab": ">=0.1.0"}',
    'my-hbm/plugin.json: apiVersion: needed; write the major of the plugin API, a whole number such as 1',
    'my-hbm/plugin.json: main: needed; write the module\'s path such as "index.ts"',
  ])
})

test('text that is not JSON names its line, and JSON that is no object is said so', () => {
  expect(problems('{\n  "id": "a.b",\n  oops\n}')[0]).toMatch(/^my-hbm\/plugin\.json:3: not JSON: /)
  expect(problems([1])).toEqual(['my-hbm/plugin.json: [1]: not a manifest; a manifest is one JSON object with id, version, title, engines, apiVersion, main'])
})

test('a plugin for another Zonelab is refused with both versions', () => {
  expect(problems({ ...good, engines: { zonelab: '^2.0' } }, '0.1.0')).toEqual(['my-hbm/plugin.json: engines.zonelab: "^2.0": this is Zonelab 0.1.0, which is outside; widen the range if the plugin works with it'])
})

test.each([
  ['0.1.0', '*', true], ['0.1.0', '0.1', true], ['0.2.0', '0.1', false], ['0.1.5', '^0.1.2', true], ['0.2.0', '^0.1.2', false], ['1.9.0', '^1', true],
  ['0.0.3', '^0.0.3', true], ['0.0.4', '^0.0.3', false], ['1.2.9', '~1.2', true], ['1.3.0', '~1.2', false], ['2.5.0', '>=1 <3', true], ['3.0.0', '>=1 <3', false],
  ['2.0.0', '1 || 2', true], ['1.2.3', '<=1.2', true], ['1.3.0', '<=1.2', false], ['1.3.0', '>1.2', true], ['1.2.7', '>1.2', false], ['1.2.3', '1.x', true],
  ['0.1.0-rc.1', '>= 0.1.0', true], ['1.0.0', '', undefined], ['1.0.0', 'latest', undefined], ['1.0.0', '^', undefined],
])('version %s in range "%s": %s', (version, range, holds) => {
  expect(inRange(version, range)).toBe(holds)
})

test('the published JSON Schema is what the reader checks (vitest -u writes it anew)', async () => {
  await expect(`${JSON.stringify(manifestJsonSchema(), null, 2)}\n`).toMatchFileSnapshot('../../docs/plugin.schema.json')
})
