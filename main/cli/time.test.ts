import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { Io } from './io.ts'
import { main } from './main.ts'

const root = join(import.meta.dirname, '../..')

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
  const exit = await main(['time', ...args], io)
  return { exit, out, err, written }
}

/** Two threads that want the same lock for a second each: 2^25 pages at 30 ns. */
const two = `zonelab: 1
title: Two DIMMs
profile: v6.1
profiles: [v5.5, v6.1]
machine: {nodes: [{memory: 1GiB, cpus: 2}], physical-bits: 46}
steps:
  - policy: {auto_online_blocks: offline}
timeline:
  costs: {memmap-allocation: 30ns, section-add: 0, percpu-rwsem-write: 0, build-all-zonelists: 0}
  threads:
    - {name: first, steps: [{add-memory: {at: 0x10000000000, size: 128GiB}}]}
    - {name: second, steps: [{add-memory: {at: 0x20000000000, size: 128GiB}}]}
  total: {at-least: 2s, at-most: 2100ms}
  variants:
    - {name: twice as slow, costs: {memmap-allocation: 60ns, section-add: 0, percpu-rwsem-write: 0}, total: {at-most: 3s}}
`

describe('zonelab time', () => {
  test('prints total, threads, locks and critical path, and what a variant breaks', async () => {
    const { exit, out, err } = await zonelab(['a.yaml'], { 'a.yaml': two })
    expect(exit).toBe(1)
    expect(out).toMatch(/^Two DIMMs\nv6\.1: 2\.013 s, 1\.007 s without waits for locks \(2\.00 times as long\)\n/)
    expect(out).toMatch(/\n {2}second +0 +1\.007 s +0 +1\.007 s +1\.007 s +2\.013 s\n/)
    expect(out).toMatch(/\n {2}device_hotplug_lock, write +2 +2\.013 s +1\.007 s +1\.007 s +1\.007 s +1 +100\.0 %\n/)
    expect(out).toContain('second: memmap allocation')
    expect(err).toBe('a.yaml: twice as slow: total: 4.027 s, expected 0 ns … 3 s\n')
  })

  test('--json: the shape of each run, in seconds; variants are others', async () => {
    const { out } = await zonelab(['a.yaml', '--json'], { 'a.yaml': two })
    const r = JSON.parse(out) as { version: number; profile: string; total: number; ideal: number; criticalPath: { from: number; to: number }[]; locks: { name: string; held: number; waited: number; longestWait: number }[]; threads: { name: string; waited: number }[]; others: { name: string; total: number }[] }
    expect([r.version, r.profile, r.total.toFixed(2), r.ideal.toFixed(2)]).toEqual([1, 'v6.1', '2.01', '1.01'])
    expect(r.locks.find((l) => l.name === 'device_hotplug_lock')).toMatchObject({ held: expect.closeTo(2.013, 2) as number, waited: expect.closeTo(1.007, 2) as number, longestWait: expect.closeTo(1.007, 2) as number })
    expect(r.criticalPath.reduce((n, p) => n + p.to - p.from, 0)).toBeCloseTo(r.total, 6)
    expect(r.others.map((o) => [o.name, o.total.toFixed(2)])).toEqual([['twice as slow', '4.03']])
  })

  test('--profile: one kernel, or each that the scenario is for; the variants stay out', async () => {
    expect((await zonelab(['a.yaml', '--profile', 'v5.5'], { 'a.yaml': two })).out).toMatch(/^Two DIMMs\nv5\.5: /)
    const all = await zonelab(['a.yaml', '--profile', 'all'], { 'a.yaml': two })
    expect(all.out.match(/^v\d\.\d: /gm)).toEqual(['v5.5: ', 'v6.1: '])
    expect(await zonelab(['a.yaml', '--profile', 'v9'], { 'a.yaml': two })).toMatchObject({ exit: 2, out: '' })
  })

  test('--set, with blanks or hyphens; what is wrong with it', async () => {
    expect((await zonelab(['a.yaml', '--profile', 'v6.1', '--set', 'memmap allocation=3', '--set', 'percpu_rwsem write = 0'], { 'a.yaml': two })).out).toContain('v6.1: 201.3 ms')
    const wrong = await zonelab(['a.yaml', '--set', 'memmap-allocation=-3', '--set', 'memmap=3', '--set', 'what'], { 'a.yaml': two })
    expect(wrong.exit).toBe(2)
    expect(wrong.err.split('\n').map((line) => line.slice(0, 72).trimEnd())).toEqual([
      "--set: memmap-allocation: '-3', expected 0 … 1000 ns/page [ZL-TIME-COST]", "--set: memmap: unknown cost 'memmap', expected one of device struct page",
      "--set: what: 'what', expected name=value, such as device-struct-page-ini", '',
    ])
  })

  test('--trace writes what Perfetto opens, a file a run', async () => {
    const { written } = await zonelab(['a.yaml', '--trace', 'out.json'], { 'a.yaml': two })
    expect(Object.keys(written)).toEqual(['out.v6.1.json', 'out.twice-as-slow.json'])
    const trace = JSON.parse(written['out.v6.1.json']!) as { traceEvents: { ph: string; name: string }[] }
    expect(trace.traceEvents.filter((e) => e.name === 'waits for device_hotplug_lock')).toHaveLength(1)
    expect(Object.keys((await zonelab(['a.yaml', '--profile', 'v6.1', '--trace', 'out.json'], { 'a.yaml': two })).written)).toEqual(['out.json'])
  })

  test('--jitter: percentiles, the same for the same seed', async () => {
    const run = (seed: string) => zonelab(['a.yaml', '--profile', 'v6.1', '--jitter', '5', '--runs', '40', '--seed', seed], { 'a.yaml': two })
    const [a, b, c] = [await run('1'), await run('1'), await run('2')]
    expect(a.out).toMatch(/40 runs that vary by 5 %: 5 % below /)
    expect([a.out === b.out, a.out === c.out]).toEqual([true, false])
  })

  test('bad input names the field, the value and what was expected', async () => {
    expect((await zonelab([])).err).toContain('no scenario is named')
    expect((await zonelab(['a.yaml', '--runs', '0'], { 'a.yaml': two })).err).toContain('--runs 0: expected a number from 1 to 100000')
    expect((await zonelab(['none.yaml'])).err).toMatch(/^none\.yaml: ENOENT/)
    const plain = await zonelab(['a.yaml'], { 'a.yaml': two.slice(0, two.indexOf('timeline:')) })
    expect(plain).toMatchObject({ exit: 2, err: 'a.yaml: timeline: nothing, expected a timeline with threads or boot, such as {threads: [{name: probe, steps: [...]}]} [ZL-TIME]\n' })
    const cpuless = await zonelab(['a.yaml'], { 'a.yaml': two.replace('- {name: first, ', '- {name: first, node: 3, ') })
    expect(cpuless).toMatchObject({ exit: 2, err: 'a.yaml:11: timeline.threads[0].node: node 3, which is not there, expected a node with CPUs: 0 [ZL-TIME-NODE]\n' })
  })

  test('--calibration: every figure with its verdict', async () => {
    const { exit, out } = await zonelab(['--calibration'])
    expect(exit).toBe(0)
    expect(out).toMatch(/\n {2}74 published figures: \d+ met within 20 %, \d+ not met, \d+ not computed\.\n$/)
    const json = JSON.parse((await zonelab(['--calibration', '--json'])).out) as { rows: { verdict: string }[] }
    expect(json.rows).toHaveLength(74)
  })
})
