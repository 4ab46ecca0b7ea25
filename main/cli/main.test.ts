import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { Io } from './io.ts'
import { PROFILES } from '../engine/profiles/profiles.ts'
import { main } from './main.ts'

const root = join(import.meta.dirname, '../..')

/** Runs the command; `files` stand in for files of the disk, the rest is read from the project. */
async function zonelab(args: string[], files: Record<string, string> = {}): Promise<{ exit: number; out: string; err: string; written: Record<string, string> }> {
  let out = ''
  let err = ''
  const written: Record<string, string> = {}
  const io: Io = {
    out: (text) => void (out += text),
    err: (text) => void (err += text),
    read: (path) => files[path] ?? readFileSync(join(root, path), 'utf8'),
    write: (path, text) => void (written[path] = text),
  }
  const exit = await main(args, io)
  return { exit, out, err, written }
}

const growing = `zonelab: 1
title: A zone grows
machine: {memory: 1GiB}
steps:
  - plug-dimm: {id: d0, size: 512MiB}
  - online_movable: [32, 34]
    expect:
      zones: {0/Movable: {spanned: 98304, present: 65536}}
  - offline: 0
`

describe('run', () => {
  test('prints each step, what it answered and how many expectations held', async () => {
    expect(await zonelab(['run', 'a.yaml'], { 'a.yaml': growing })).toEqual({
      exit: 0,
      out: `a.yaml: A zone grows (v6.1)
  0 boot: ok
  1 plug-dimm d0, 512 MiB at 0x100000000, node 0: ok
  2 online_movable 32, 34: ok  ✓ 2
  3 offline 0: -EINVAL (the block spans several zones or nodes (block.zone is NULL) [memory_block_offline])
  2 expectations, all hold
`,
      err: '',
      written: {},
    })
  })

  test('an expectation that fails: its line, exit status 1', async () => {
    const { exit, out } = await zonelab(['run', 'a.yaml'], { 'a.yaml': growing.replace('65536', '65537') })
    expect(exit).toBe(1)
    expect(out).toContain('✗ a.yaml:8: zones.0/Movable.present: 65536, expected 65537')
    expect(out).toContain('2 expectations, 1 failed')
  })

  test('--json is stable', async () => {
    const { exit, out } = await zonelab(['run', 'a.yaml', '--json', '--until', '2'], { 'a.yaml': growing.replace('65536', '65537') })
    expect(exit).toBe(1)
    expect(JSON.parse(out)).toEqual({
      version: 1,
      problems: [],
      runs: [
        {
          file: 'a.yaml', title: 'A zone grows', profile: 'v6.1', checked: 2, failed: 1, warnings: [],
          steps: [
            { n: 0, line: 3, text: 'boot', result: 'ok', commands: [], expectations: { checked: 0, failed: [] } },
            {
              n: 1, line: 5, text: 'plug-dimm d0, 512 MiB at 0x100000000, node 0', result: 'ok',
              commands: [{ command: { op: 'plug_dimm', id: 'd0', start: 0x100000000, size: 0x20000000, node: 0 }, ret: 0, log: [] }],
              expectations: { checked: 0, failed: [] },
            },
            {
              n: 2, line: 6, text: 'online_movable 32, 34', result: 'ok',
              commands: [32, 34].map((block) => ({ command: { op: 'block', block, state: 'online_movable' }, ret: 0, log: expect.any(Array) })),
              expectations: { checked: 2, failed: [{ line: 8, field: 'zones.0/Movable.present', expected: '65537', found: '65536' }] },
            },
          ],
        },
      ],
    })
  })

  test('--print gives the text alone; --until stops', async () => {
    const { out } = await zonelab(['run', 'a.yaml', '--print', 'iomem', '--until', '0'], { 'a.yaml': growing })
    expect(out.split('\n')[0]).toBe('00000000-00000fff : Reserved')
    expect(out).not.toContain('100000000-')
    const two = await zonelab(['run', 'a.yaml', '--print', 'zoneinfo,log'], { 'a.yaml': growing })
    expect(two.out).toMatch(/^==> a.yaml: zoneinfo <==\nNode 0, zone +DMA\n/)
    expect(two.out).toContain('==> a.yaml: log <==\n')
  })

  test('bad input: file, line and field on stderr, exit status 2, the other files still run', async () => {
    const { exit, out, err } = await zonelab(['run', 'bad.yaml', 'a.yaml', 'none.yaml'], { 'a.yaml': growing, 'bad.yaml': growing.replace('size: 512MiB', 'size: many') })
    expect(exit).toBe(2)
    expect(err).toBe(
      "bad.yaml:5: steps[0].plug-dimm.size: 'many', expected a size or an address in bytes, such as 512MiB, 0x100000000 or 4096 [ZL-SCENARIO-VALUE]\n" +
        'none.yaml: ENOENT, expected a scenario that can be read [ZL-FILE]\n',
    )
    expect(out).toContain('2 expectations, all hold')
  })

  test('what boot cannot read is a warning', async () => {
    const { exit, err } = await zonelab(['run', 'a.yaml'], { 'a.yaml': growing.replace('{memory: 1GiB}', '{memory: 1GiB, cmdline: kernelcore=much}') })
    expect(exit).toBe(0)
    expect(err).toBe('a.yaml: warning: command line: "kernelcore=much" cannot be read and is ignored\n')
  })

  test('a machine that cannot boot and a kernel that nobody knows are bad input', async () => {
    const noRam = await zonelab(['run', 'a.yaml'], { 'a.yaml': 'zonelab: 1\ntitle: T\nmachine:\n  memory: 1GiB\n  cmdline: mem=1K\n' })
    expect(noRam.exit).toBe(2)
    expect(noRam.err).toMatch(/^a\.yaml:\d+: firmware: no usable memory after mem= and memmap=, expected/)
    const profile = await zonelab(['run', 'a.yaml'], { 'a.yaml': `${growing}profile: v9.9\n` })
    expect(profile.err).toMatch(/^a\.yaml:10: profile: 'v9\.9', expected .*v6\.1.*, or a release from v4\.18 to v7\.2 \[ZL-SCENARIO-PROFILE\]\n$/)
  })
})

describe('run --profile', () => {
  const both = `profiles: [v5.5, v6.1]\n${growing.replace('  - offline: 0\n', '    expect-under: {v5.5: {max_pfn: 1}}\n')}`

  test('all: each profile that the scenario is for, with what is expected under it', async () => {
    const { exit, out } = await zonelab(['run', 'a.yaml', '--profile', 'all'], { 'a.yaml': both })
    expect(exit).toBe(1)
    expect(out).toMatch(/^a\.yaml: A zone grows \(v5\.5\)\n[^]*✗ a\.yaml:10: max_pfn: [^]*3 expectations, 1 failed\na\.yaml: A zone grows \(v6\.1\)\n[^]*2 expectations, all hold\n$/)
  })

  test('a release in between, a file with a custom profile, the custom profile of the scenario', async () => {
    expect((await zonelab(['run', 'a.yaml', '--profile', 'v5.14'], { 'a.yaml': growing })).out).toContain('a.yaml: A zone grows (v5.14)\n')
    const custom = 'profile:\n  from: v6.1\n  id: mine\n  decisions: {spanLocks: node-and-zone, numaFake: from-first-ram}\n'
    const file = await zonelab(['run', 'a.yaml', '--profile', 'mine.yaml'], { 'a.yaml': growing, 'mine.yaml': custom })
    expect(file.out).toContain('a.yaml: A zone grows (mine)\n')
    expect(file.err).toBe('a.yaml: warning: profile mine: numaFake cannot apply: the machine is booted without numa=fake=\n')
    expect((await zonelab(['run', 'a.yaml', '--profile', 'mine'], { 'a.yaml': growing + custom })).exit).toBe(0)
  })

  test('what is no profile: exit status 2', async () => {
    const unknown = await zonelab(['run', 'a.yaml', '--profile', 'v6.12x'], { 'a.yaml': growing })
    expect(unknown).toMatchObject({ exit: 2, out: '' })
    expect(unknown.err).toContain("a.yaml: --profile: 'v6.12x', expected v6.12 (the nearest)")
    const broken = await zonelab(['run', 'a.yaml', '--profile', 'mine.yaml'], { 'a.yaml': growing, 'mine.yaml': 'from: v6.1\ndecisions:\n  spanLocks: 7yards\n' })
    expect(broken).toMatchObject({ exit: 2, err: "mine.yaml:3: decisions.spanLocks: '7yards', expected one of node-and-zone, none [ZL-SCENARIO-PROFILE]\n" })
  })
})

describe('compare', () => {
  const story = `zonelab: 1
title: The mail
profile: v5.4
machine: {nodes: [{memory: 1GiB}, {}]}
steps:
  - plug-dimm: {id: d0, size: 512MiB, at: 0x140000000, node: 1}
  - online_movable: [41, 43]
  - offline: 43
`
  const custom = 'from: v5.4\nid: mine\ntitle: 5.4 that shrinks at offline\ndecisions: {ramSpanShrinks: at-offline}\n'
  const files = { 'a.yaml': story, 'mine.yaml': custom }

  test('two kernels: where they part and why; exit status 1', async () => {
    expect(await zonelab(['compare', 'a.yaml', '--profile', 'v5.4', '--profile', 'mine.yaml'], files)).toEqual({
      exit: 1, err: '', written: {},
      out: `a.yaml: The mail
  A v5.4: Linux 5.4
  B mine: 5.4 that shrinks at offline
  1 decision differs
  0 boot: ok
  1 plug-dimm d0, 512 MiB at 0x140000000, node 1: ok
  2 online_movable 41, 43: ok
  3 offline 43: ok
    because of ramSpanShrinks: at-remove -> at-offline
      node 1 node_spanned_pages: A 98304, B 32768
      zone 1/Movable spanned_pages: A 98304, B 32768
      zone 1/Movable contiguous: A false, B true
      blocks 42-43 valid_zones: A Movable Normal, B Normal Movable
`,
    })
  })

  test('of one --profile the other is the scenario\'s own; the same: exit status 0', async () => {
    expect((await zonelab(['compare', 'a.yaml', '--profile', 'mine.yaml', '--until', '2'], files)).out).toContain('  nothing differs in 2 steps\n')
    expect(await zonelab(['compare', 'a.yaml', '--profile', 'v5.4'], files)).toMatchObject({ exit: 0, out: 'a.yaml: The mail\n  A v5.4: Linux 5.4\n  B v5.4: Linux 5.4\n  no decision differs\n  nothing differs in 3 steps\n' })
  })

  test('--print: unified diffs where a text changed', async () => {
    const { out } = await zonelab(['compare', 'a.yaml', '--profile', 'mine.yaml', '--print', 'zoneinfo,iomem'], files)
    expect(out).toMatch(/^==> 3 offline 43: zoneinfo <==\n--- v5\.4\n\+\+\+ mine\n@@ [^]*\n-        spanned  98304\n\+        spanned  32768\n/)
    expect(out).not.toContain('iomem')
  })

  test('--json: outline, what began at each step and why', async () => {
    const { exit, out } = await zonelab(['compare', 'a.yaml', '--profile', 'mine.yaml', '--json'], files)
    expect(exit).toBe(1)
    const json = JSON.parse(out) as { steps: { n: number; state: string; began: unknown[] }[] }
    expect(json).toMatchObject({ version: 1, file: 'a.yaml', a: { id: 'v5.4' }, b: { id: 'mine' }, decisions: [{ name: 'ramSpanShrinks', from: 'at-remove', to: 'at-offline' }], differs: true, firstDifference: 3 })
    expect(json.steps.map((s) => `${s.n} ${s.state} ${s.began.length}`)).toEqual(['0 same 0', '1 same 0', '2 same 0', '3 parts 4'])
    expect(json.steps[3]!.began[1]).toEqual({
      part: 'zone', path: 'zone 1/Movable spanned_pages', field: 'zone 1/Movable spanned_pages', a: '98304', b: '32768', pfns: { start: 0x148000, end: 0x160000 }, since: 3,
      explanation: { kind: 'alone', causes: [{ decision: 'ramSpanShrinks', title: 'RAM leaves the zone span', from: 'at-remove', to: 'at-offline', certain: true }] },
    })
  })

  test('all: a matrix of steps and kernels, equal columns together', async () => {
    const three = await zonelab(['compare', 'a.yaml', '--profile', 'v5.3', '--profile', 'v5.4', '--profile', 'v5.5'], files)
    expect(three.exit).toBe(1)
    expect(three.out).toMatch(/^a\.yaml: The mail, under 3 kernels\n {2}A = v5\.3, v5\.4\n {2}B = v5\.5\n {5}A {3}B\n {2}0 {2}ok {2}ok=A {2}boot\n[^]*\n {2}3 {2}ok {2}ok {4}offline 43\n {2}B parts from A at step 3:\n/)
    const all = await zonelab(['compare', 'a.yaml', '--profile', 'all', '--json'], files)
    const json = JSON.parse(all.out) as { profiles: { id: string }[]; groups: { profiles: string[] }[] }
    expect(json.profiles.map((p) => p.id)).toEqual([...PROFILES.keys()])
    expect(json.groups.flatMap((g) => g.profiles).toSorted()).toEqual([...PROFILES.keys()].toSorted())
  })

  test('misuse and bad input: exit status 2', async () => {
    expect(await zonelab(['compare', 'a.yaml'], files)).toMatchObject({ exit: 2, out: '', err: expect.stringContaining('no kernel is named') })
    expect(await zonelab(['compare', 'a.yaml', 'mine.yaml', '--profile', 'v5.4'], files)).toMatchObject({ exit: 2, err: expect.stringContaining('one scenario at a time') })
    expect(await zonelab(['compare', 'a.yaml', '--profile', 'all', '--print', 'iomem'], files)).toMatchObject({ exit: 2, err: expect.stringContaining('--print is for two kernels') })
    expect(await zonelab(['compare', 'a.yaml', '--profile', 'v5.44'], files)).toMatchObject({ exit: 2, out: '', err: expect.stringContaining("a.yaml: --profile: 'v5.44', expected v5.4 (the nearest)") })
    expect(await zonelab(['compare', 'none.yaml', '--profile', 'v5.4'], files)).toMatchObject({ exit: 2, err: expect.stringContaining('ZL-FILE') })
  })
})

describe('import', () => {
  const boot = 'test/recordings/6.1/boot-4n-6g/steps/00-boot'

  test('a boot log becomes a machine; --json says what is known and nothing else', async () => {
    const { exit, out } = await zonelab(['import', '--json', `${boot}/dmesg.txt`])
    expect(exit).toBe(0)
    const report = JSON.parse(out) as { nodes: { id: number; spanned: number; zones: { name: string; managed?: number }[] }[]; blocks: unknown[]; resources?: unknown }
    expect(report.nodes.map((node) => [node.id, node.spanned])).toEqual([[0, 262143], [1, 1048576], [2, 262144], [3, 524288]])
    expect(report.nodes[1]?.zones.find((zone) => zone.name === 'Normal')).not.toHaveProperty('managed')
    expect(report.blocks).toHaveLength(48)
    expect(report).not.toHaveProperty('resources')
  })

  test('--print and --out: the machine as text, and as a scenario that runs to the same text', async () => {
    const imported = await zonelab(['import', `${boot}/dmesg.txt`, `${boot}/iomem.txt`, '--print', 'iomem', '--out', 'm.zonelab.yaml'])
    expect(imported.out).toBe(readFileSync(join(root, boot, 'iomem.txt'), 'utf8'))
    const again = await zonelab(['run', 'm.zonelab.yaml', '--print', 'iomem'], imported.written)
    expect(again).toMatchObject({ exit: 0, out: imported.out })
  })

  test('a scenario may import: paths are relative to its file', async () => {
    const text = `zonelab: 1\ntitle: T\nmachine: {import: [../${boot}/dmesg.txt]}\nexpect: {zones: {3/Normal: {spanned: 524288}}}\n`
    const file = join(root, 'scenarios/imported.zonelab.yaml')
    expect(await zonelab(['run', file], { [file]: text })).toMatchObject({ exit: 0 })
  })

  test('what is no text of a machine: exit status 2, nothing written', async () => {
    const { exit, err, written } = await zonelab(['import', 'poem.txt', '--out', 'x.yaml'], { 'poem.txt': 'The fog comes\non little cat feet.\n' })
    expect(exit).toBe(2)
    expect(err).toMatch(/^poem\.txt:1: "The fog comes", expected a boot log/)
    expect(written).toEqual({})
  })
})

describe('conform', () => {
  test('one line a recording, a summary by theme, exit status 0 when nothing differs', async () => {
    const { exit, out } = await zonelab(['conform', join(root, 'test/recordings/6.1/dimm-512m-in-order'), join(root, 'test/recordings/6.1/probe-overlap')])
    expect(exit).toBe(0)
    expect(out.split('\n')[0]).toBe(
      'dimm-512m-in-order: 14 steps, 1976 facts, 0 differences; 2 refusals taken from the recording (block 32 in 08-offline-32, block 32 in 10-unplug-d0); ' +
        '2 steps refused by the emulator (11-plug-d0b, 13-unplug-d0b)',
    )
    expect(out).toContain('probe-overlap: 13 steps, 1631 facts, 0 differences\n')
    expect(out).toContain('theme dimm: 1 of 1 recording the same, 14 steps, 1976 facts, 0 differences, 2 refusals taken from recordings\n')
    expect(out).toContain('theme device: 1 of 1 recording the same, 13 steps, 1631 facts, 0 differences\n')
  })

  test('--json', async () => {
    const { exit, out } = await zonelab(['conform', '--json', join(root, 'test/recordings/6.1/boot-1n-1g')])
    expect(exit).toBe(0)
    expect(JSON.parse(out)).toMatchObject({
      version: 1, profile: 'v6.1',
      recordings: [{ id: 'boot-1n-1g', theme: 'boot', kernel: '6.1.0-56-amd64', status: 'same', steps: 1, differences: [], refusals: [], unmodelled: [] }],
      themes: [{ theme: 'boot', recordings: 1, same: 1, differences: 0 }],
    })
  })

  test('a folder that holds no recording', async () => {
    expect(await zonelab(['conform', 'nowhere'])).toMatchObject({
      exit: 2, out: '', err: 'nowhere: no recording, expected a folder with scenario.json, or a folder of such folders [ZL-CONFORM-FOLDER]\n',
    })
  })
})

describe('usage', () => {
  test('help and version', async () => {
    expect((await zonelab(['--help'])).out).toContain('Usage: zonelab <command>')
    expect((await zonelab(['run', '--help'])).out).toContain('Usage: zonelab run FILE…')
    expect((await zonelab(['help', 'conform'])).out).toContain('Usage: zonelab conform DIR…')
    expect((await zonelab(['--version'])).out).toMatch(/^zonelab \d+\.\d+\.\d+\n$/)
    expect(await zonelab([])).toMatchObject({ exit: 2, out: '' })
  })

  test('the nearest name of a mistyped command, option or form', async () => {
    expect((await zonelab(['improt', 'x'])).err).toBe('zonelab: unknown command improt, expected import (the nearest)\n')
    expect(await zonelab(['run', '--jsno', 'x'])).toMatchObject({ exit: 2, err: 'zonelab run: unknown option --jsno, expected --json (the nearest)\nTry: zonelab run --help\n' })
    expect((await zonelab(['run', '--frobnicate', 'x'])).err).toContain('unknown option --frobnicate, expected one of --help, --json, --profile, --until, --print')
    expect((await zonelab(['run', '--print', 'lsmen', 'x'])).err).toContain('--print lsmen: expected lsmem (the nearest)')
    expect((await zonelab(['run', '--until', 'two', 'x'])).err).toContain('--until two: expected the number of a step')
    expect((await zonelab(['run', '--until'])).err).toContain('--until needs a value')
    expect((await zonelab(['conform', '--json=yes', 'x'])).err).toContain('--json takes no value')
    expect(await zonelab(['run'])).toMatchObject({ exit: 2, err: 'zonelab run: no scenario is named\nTry: zonelab run --help\n' })
  })
})
