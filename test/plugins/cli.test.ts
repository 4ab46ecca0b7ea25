import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { main } from '../../main/cli/main.ts'
import { emptyFolder, manifest, pluginFolder, typeModule, write } from './folder.ts'

const root = join(import.meta.dirname, '../..')
const sample = (name: string): string => join(root, 'plugins/samples', name)

async function zonelab(...args: string[]): Promise<{ exit: number; out: string; err: string }> {
  let out = ''
  let err = ''
  const exit = await main(args, { out: (t) => void (out += t), err: (t) => void (err += t), read: (path) => readFileSync(path, 'utf8'), write: () => undefined })
  return { exit, out, err }
}
const json = async (...args: string[]) => {
  const { out, exit } = await zonelab(...args, '--json')
  return { exit, value: JSON.parse(out) as { plugins: { enabled: boolean; problems: string[]; types: { runs: number; laws: { law: string; holds: boolean; detail?: string; scenario?: string }[] }[] }[] } }
}

describe('samples', () => {
  test('the teaching sample obeys every law, and its scenarios hold', async () => {
    const { exit, value } = await json('plugin', 'check', sample('banked-hbm'))
    expect(exit).toBe(0)
    expect(value.plugins[0]?.types[0]).toMatchObject({ runs: 500 })
    expect(value.plugins[0]?.types[0]?.laws.every((l) => l.holds)).toBe(true)
    expect(await zonelab('plugin', 'test', sample('banked-hbm'))).toMatchObject({ exit: 0, err: '' })
  })

  test('the faulty sample: which law it breaks, and the shortest way there as a scenario that runs', async () => {
    const { exit, value } = await json('plugin', 'check', sample('early-release'))
    expect(exit).toBe(1)
    const laws = value.plugins[0]?.types[0]?.laws.filter((l) => !l.holds) ?? []
    expect(laws.map((l) => l.law)).toEqual(['invariants'])
    expect(laws[0]?.detail).toMatch(/^I11, a physical range has one owner/)
    expect(laws[0]?.scenario?.split('\n').slice(3)).toEqual([
      'steps:', '  - add-device: {name: d0, type: early-release, params: {at: 0x200000000}}', '  - device-action: {name: d0, action: suspend}',
    ])
    const file = write(emptyFolder(), { 'short.zonelab.yaml': laws[0]?.scenario ?? '' })
    expect(await zonelab('run', '--plugins', sample('early-release'), join(file, 'short.zonelab.yaml'))).toMatchObject({ exit: 0 })
    expect(await zonelab('plugin', 'test', sample('early-release'))).toMatchObject({ exit: 0 })
  })

  test('the same seed finds the same', async () => {
    const once = await json('plugin', 'check', sample('early-release'), '--runs', '60', '--seed', '7')
    expect(await json('plugin', 'check', sample('early-release'), '--runs', '60', '--seed', '7')).toEqual(once)
  })

  test('every sample is run by the tests above', () => {
    expect(readdirSync(join(root, 'plugins/samples')).filter((name) => name !== 'README.md')).toEqual(['banked-hbm', 'early-release'])
  })
})

describe('plugin check', () => {
  test('a plugin with problems: all of them, exit status 2', async () => {
    const { exit, out } = await zonelab('plugin', 'check', pluginFolder(typeModule().replace("'subsection'", "'512K'"), {}))
    expect(exit).toBe(2)
    expect(out).toMatch(/✗ my-hbm\/index\.ts: my-hbm: granularity: "512K": is below the sub-section size 2M; use "2M" or "subsection"\n/)
    expect((await zonelab('plugin', 'check', join(emptyFolder(), 'nowhere'))).out).toMatch(/plugin\.json: ENOENT: needed; write one, or let "zonelab plugin new" do it/)
  })

  test.each(readdirSync(join(root, 'plugins')).filter((name) => !['sdk', 'samples', 'README.md', 'built-in.ts'].includes(name)))('the built-in %s obeys in the sandbox as a third party would', async (name) => {
    const { exit, value } = await json('plugin', 'check', join(root, 'plugins', name), '--runs', '25')
    expect(value.plugins[0]?.problems).toEqual([])
    expect(exit).toBe(0)
  })
})

describe('plugin new', () => {
  test('what it writes passes its own check and its own test, and editors understand it', async () => {
    const dir = join(emptyFolder(), 'my-hbm')
    expect(await zonelab('plugin', 'new', dir)).toEqual({ exit: 0, out: `${dir}: plugin.json, index.ts, example.zonelab.yaml, tsconfig.json, README.md\nNext: zonelab plugin check ${dir}\n      zonelab plugin test ${dir}\n`, err: '' })
    expect(JSON.parse(readFileSync(join(dir, 'plugin.json'), 'utf8'))).toMatchObject({ id: 'org.example.my-hbm', title: 'My Hbm' })
    expect(await json('plugin', 'check', dir, '--runs', '50')).toMatchObject({ exit: 0 })
    expect(await zonelab('plugin', 'test', dir)).toMatchObject({ exit: 0, err: '' })
    const ts = await import('typescript')
    const config = ts.parseJsonConfigFileContent(JSON.parse(readFileSync(join(dir, 'tsconfig.json'), 'utf8')), ts.sys, dir)
    const found = ts.getPreEmitDiagnostics(ts.createProgram(config.fileNames, config.options))
    expect(found.map((d) => ts.flattenDiagnosticMessageText(d.messageText, '\n'))).toEqual([])
  })

  test('it never writes over anything', async () => {
    const dir = write(emptyFolder(), { 'notes.txt': 'mine' })
    expect(await zonelab('plugin', 'new', dir)).toMatchObject({ exit: 2, err: `zonelab plugin new: ${dir}: is there and not empty; name a new folder\n` })
    expect(readdirSync(dir)).toEqual(['notes.txt'])
    expect((await zonelab('plugin', 'new', join(dir, 'x'), '--id', 'My Id')).err).toMatch(/--id My Id: expected a reverse-domain name/)
  })
})

describe('run --plugins', () => {
  const story = 'zonelab: 1\ntitle: t\nmachine: {memory: 1GiB}\nsteps:\n  - add-device: {name: d, type: my-hbm, params: {at: 8GiB}}\n    expect: {result: ok}\n'

  test('a scenario with a type of a folder, which may be one plugin or a folder of them', async () => {
    const plugin = pluginFolder(typeModule())
    const file = join(write(emptyFolder(), { 's.yaml': story }), 's.yaml')
    for (const dir of [plugin, join(plugin, '..')]) expect(await zonelab('run', '--plugins', dir, file)).toMatchObject({ exit: 0, err: '' })
    const without = await zonelab('run', file)
    expect(without.exit).toBe(1)
    expect(without.out).toMatch(/no device type "my-hbm"; there are pmem/)
  })

  test('a broken plugin is said, and stops nothing', async () => {
    const dir = emptyFolder()
    write(dir, { 'good/plugin.json': manifest(), 'good/index.ts': typeModule(), 'bad/plugin.json': '{}', 'bad/index.ts': '', 's.yaml': story })
    const { exit, err } = await zonelab('run', '--plugins', dir, join(dir, 's.yaml'))
    expect(exit).toBe(0)
    expect(err).toMatch(/^plugin bad is disabled:\n {2}bad\/plugin\.json: id: needed; write a reverse-domain name/)
  })
})

test('misuse is told with what is expected', async () => {
  expect((await zonelab('plugin')).err).toMatch(/nothing to do, expected one of new, check, test/)
  expect((await zonelab('plugin', 'chekc', 'x')).err).toMatch(/unknown word chekc, expected check \(the nearest\)/)
  expect((await zonelab('plugin', 'check')).err).toMatch(/no folder is named/)
  expect((await zonelab('plugin', 'check', 'x', '--runs', 'many')).err).toMatch(/--runs many: expected a whole number above 0/)
  expect((await zonelab('plugin', 'test', emptyFolder())).err).toMatch(/no \*\.zonelab\.yaml in it/)
  expect((await zonelab('plugin', '--help')).out).toMatch(/^Usage: zonelab plugin new DIR/)
})
