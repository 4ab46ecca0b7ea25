import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { Io } from './io.ts'
import { main } from './main.ts'

const root = join(import.meta.dirname, '../..')

async function explore(args: readonly string[], files: Record<string, string> = {}): Promise<{ exit: number; out: string; err: string }> {
  let out = ''
  let err = ''
  const io: Io = {
    out: (text) => void (out += text), err: (text) => void (err += text), write: () => undefined,
    read: (path) => files[path] ?? readFileSync(join(root, path), 'utf8'),
  }
  return { exit: await main(['explore', ...args], io), out, err }
}

const SPANS = 'scenarios/races/B2-two-adds-into-an-empty-zone.zonelab.yaml'

/** Two onlines of one block; what is expected is given. */
const twice = (race: string): Record<string, string> => ({
  'q.yaml': `zonelab: 1
title: Twice
machine: {memory: 1GiB}
steps:
  - plug-dimm: {id: d0, size: 256MiB, at: 0x100000000}
race:
${race.replace(/^/gm, '  ')}
`,
})
const threads = `threads:
  - {name: a, do: [{online: 32}]}
  - {name: b, do: [{online: 32}]}
`

describe('an answer', () => {
  test('broken as expected: what breaks, its bound, a lane a thread, what conflicts; exit status 0', async () => {
    const { exit, out, err } = await explore([SPANS])
    expect({ exit, err }).toEqual({ exit: 0, err: '' })
    expect(out).toMatch(/broken: I1: .*Device, which spans/)
    expect(out).toMatch(/2 threads, \d+ sections, \d+ states/)
    expect(out).toContain('init_currently_empty_zone')
    expect(out).toMatch(/^> /m)
    expect(out).toContain('expected broken: I1 or I2 or I12: yes')
  })

  test('JSON has the fields that are promised', async () => {
    const { exit, out } = await explore([SPANS, '--profile', 'v6.1', '--json'])
    const json = JSON.parse(out) as Record<string, unknown>
    expect(exit).toBe(0)
    expect(json).toMatchObject({ version: 1, profile: 'v6.1', verdict: 'holds', complete: true, trace: [], expected: 'holds', met: true })
    const broken = JSON.parse((await explore([SPANS, '--json'])).out) as { readonly trace: readonly Record<string, unknown>[] }
    expect(broken).toMatchObject({ verdict: 'broken', invariant: 'I1' })
    expect(broken.trace).toContainEqual(expect.objectContaining({ thread: 'high', function: 'resize_zone_range', step: 'write', cell: 'zone 0/Device spanned_pages', from: '0x8000', to: '0x8000' }))
  })

  test('the same by whole states as by hashes', async () => {
    const [hashed, exact] = await Promise.all([explore([SPANS, '--profile', 'v5.0', '--json']), explore([SPANS, '--profile', 'v5.0', '--json', '--exact'])])
    const [a, b] = [JSON.parse(hashed.out) as { states: number }, JSON.parse(exact.out) as { states: number; bound: string }]
    expect(b.states).toBe(a.states)
    expect(b.bound).not.toContain('hash')
  })

  test('other than expected: file, line and what was found; exit status 1', async () => {
    const { exit, err } = await explore(['q.yaml'], twice(`${threads}expect: {broken: I2}`))
    expect({ exit, err }).toEqual({ exit: 1, err: 'q.yaml:10: race under v6.1: holds, expected broken: I2\n' })
  })

  test('without an expectation, what breaks is exit status 1; one that stopped early is no "holds"', async () => {
    expect((await explore(['q.yaml'], twice(`${threads}without: [device_hotplug_lock, memory block device lock, mem_hotplug_lock]`))).exit).toBe(1)
    const { exit, out } = await explore(['q.yaml'], twice(`${threads}states: 3`))
    expect(exit).toBe(1)
    expect(out).toMatch(/incomplete/)
  })

  test('--why names the lock that protects', async () => {
    const { out } = await explore([SPANS, '--profile', 'v6.1', '--why'])
    expect(out).toContain('why it holds:\n  without mem_hotplug_lock: broken: ')
  })

  test('all kernels: a matrix', async () => {
    const { exit, out } = await explore([SPANS, '--profile', 'all'])
    expect(exit).toBe(0)
    const [head, row] = out.split('\n').map((line) => line.trim().split(/  +/))
    const verdict = (id: string): string | undefined => row?.[(head?.indexOf(id) ?? -2) + 1]
    expect([verdict('v4.18-without'), verdict('v4.18'), verdict('blind-2018-09'), verdict('v7.2')]).toEqual(['I1', 'holds', 'holds', 'holds'])
  })

  test('a model for SPIN', async () => {
    const { exit, out } = await explore([SPANS, '--profile', 'v6.1', '--promela'])
    expect(exit).toBe(0)
    expect(out).toMatch(/active proctype|proctype/)
  })
})

test('a machine of captured text can be asked about and timed, as it can be run', async () => {
  const text = `zonelab: 1
title: Captured
machine: {import: [../test/recordings/6.1/boot-1n-1g/steps/00-boot/dmesg.txt]}
race:
  threads:
    - {name: a, do: [{map-pages: {at: 0x280000000, size: 128MiB}}]}
    - {name: b, do: [{map-pages: {at: 0x290000000, size: 128MiB}}]}
  expect: holds
timeline:
  threads: [{name: probe, node: 0, steps: [{add-memory: {at: 0x280000000, size: 128MiB}}]}]
`
  expect(await explore(['scenarios/captured.yaml'], { 'scenarios/captured.yaml': text })).toMatchObject({ exit: 0, err: '' })
  const io: Io = { out: () => undefined, err: (said) => { throw new Error(said) }, write: () => undefined, read: () => text }
  expect(await main(['time', 'scenarios/captured.yaml'], io)).toBe(0)
})

describe('a question that cannot be asked', () => {
  const problem = async (race: string): Promise<string> => {
    const { exit, err } = await explore(['q.yaml'], twice(race))
    expect(exit).toBe(2)
    return err
  }
  test('names field, value and limit', async () => {
    expect(await problem('threads: [{name: a, do: [{online: 32}]}]')).toMatch(/race\.threads: .*expected 2 to 4 threads/)
    expect(await problem(`threads: [${'{name: a, do: [{online: 32}]}, '.repeat(5)}]`)).toMatch(/race\.threads: .*expected 2 to 4 threads/)
    expect(await problem(threads.replace('online: 32', 'onlin: 32'))).toMatch(/q\.yaml:8: race\.threads\[0\]\.do\[0\]\.onlin: unknown key 'onlin', expected online \(the nearest\)/)
    expect(await problem(threads.replace('name: b', 'name: a'))).toMatch(/threads\[1\]\.name: 'a' again, expected a name of its own/)
    expect(await problem(threads.replace('online: 32', 'online: 99'))).toMatch(/race\.threads\[0\]\.do\[0\]: an action that the kernel never hears of: memory block 99 does not exist/)
    expect(await problem(`${threads}invariants: [I99]`)).toMatch(/race\.invariants\[0\]: 'I99', expected one of I1, /)
    expect(await problem(`${threads}invariants: [I1@never]`)).toMatch(/'I1@never', expected I1, or I1 at other moments: I1@any, /)
    expect(await problem(`${threads}without: [big_kernel_lock]`)).toMatch(/race\.without: 'big_kernel_lock', expected a lock: device_hotplug_lock, /)
    expect(await problem(`${threads}expect-under: {v9.9: holds}`)).toMatch(/race\.expect-under\.v9\.9: 'v9\.9'/)
    expect((await explore(['q.yaml'], { 'q.yaml': 'zonelab: 1\ntitle: T\nmachine: {memory: 1GiB}\n' })).err).toMatch(/race: nothing, expected threads to explore/)
  })
})
