/** Whatever is done with ndctl and daxctl, in any order: what devices hold is what the kernel shows, and nothing is left when all of it has gone. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Command } from '../../main/engine/command.ts'
import type { ResourceSnapshot, Snapshot } from '../../main/engine/snapshot-types.ts'
import { GiB, MiB } from '../../main/engine/units.ts'
import { Machine } from './machine.ts'

const FORM = '{nodes: [{memory: 2GiB, cpus: 1}, {}], cmdline: "memmap=64M!1G"}'
const NAMES = ['nv0', 'nv1', 'pmem0', 'hbm', 'cxl0'] as const

const add = fc.constantFrom<Command>(
  ...(['raw', 'fsdax', 'devdax'] as const).map((mode): Command => ({ op: 'add_device', name: 'nv0', type: 'pmem', params: { at: 4 * GiB, size: '512MiB', node: 0, mode } })),
  { op: 'add_device', name: 'nv1', type: 'pmem', params: { at: 4 * GiB + 480 * MiB, size: '256MiB', node: 1 } },
  { op: 'add_device', name: 'nv1', type: 'pmem', params: { at: 4 * GiB + 512 * MiB, size: '384MiB', node: 1, mode: 'devdax', map: 'mem' } },
  { op: 'add_device', name: 'pmem0', type: 'e820-pmem', params: {} },
  { op: 'add_device', name: 'hbm', type: 'dax-kmem', params: { at: 8 * GiB, size: '512MiB', node: 1 } },
  { op: 'add_device', name: 'cxl0', type: 'cxl-region', params: { window: 16 * GiB, size: '512MiB' } },
)
const name = fc.constantFrom(...NAMES)
const action = fc.oneof(
  fc.record({ mode: fc.constantFrom('raw', 'fsdax', 'devdax', ''), map: fc.constantFrom('', 'mem', 'dev'), force: fc.boolean() }).map((params) => ({ action: 'create-namespace', params })),
  fc.record({ mode: fc.constantFrom('system-ram', 'devdax'), online: fc.boolean(), movable: fc.boolean(), force: fc.boolean() }).map((params) => ({ action: 'reconfigure-device', params })),
  fc.constantFrom('destroy-namespace', 'disable-namespace', 'enable-namespace', 'disable-region', 'enable-region', 'online-memory', 'offline-memory', 'disable-device', 'enable-device', 'bind').map((a) => ({ action: a, params: {} })),
)
const command: fc.Arbitrary<Command> = fc.oneof(
  { weight: 2, arbitrary: add },
  { weight: 1, arbitrary: name.map((n): Command => ({ op: 'remove_device', name: n })) },
  { weight: 6, arbitrary: fc.tuple(name, action).map(([n, a]): Command => ({ op: 'device_action', name: n, ...a })) },
  { weight: 1, arbitrary: fc.record({ op: fc.constant('block' as const), block: fc.integer({ min: 32, max: 40 }), state: fc.constantFrom('online', 'offline', 'online_movable') }) },
)

/** Children inside their parents, neighbours apart. */
function nested(tree: readonly ResourceSnapshot[], start: number, end: number): void {
  let at = start
  for (const r of tree) {
    expect(r.start).toBeGreaterThanOrEqual(at)
    expect(r.end).toBeLessThanOrEqual(end)
    nested(r.children, r.start, r.end)
    at = r.end
  }
}
const flat = (tree: readonly ResourceSnapshot[]): readonly ResourceSnapshot[] => tree.flatMap((r) => [r, ...flat(r.children)])

function consistent(m: Machine, s: Snapshot): void {
  nested(s.iomem, 0, 2 ** 52)
  const claims = flat(s.iomem)
  const { store, kernel } = m.engine.booted
  for (const d of store.ref(kernel.devices)) {
    for (const r of d.regions) expect(claims.filter((c) => c.start === r.start && c.end === r.end && c.name === r.name), `${d.name}: ${r.name}`).toHaveLength(1)
    for (const id of d.pgmaps) expect(s.pgmaps.find((p) => p.id === id)?.owner).toBe(d.name)
    for (const r of d.ram) expect(s.blocks.some((b) => b.first * kernel.blockBytes <= r.start && r.start < (b.last + 1) * kernel.blockBytes), `${d.name}: RAM`).toBe(true)
  }
  // nobody holds what no device knows of
  expect(s.pgmaps.map((p) => p.id).sort()).toEqual(s.devices.flatMap((d) => d.pgmaps).sort())
  expect(claims.filter((c) => /^(namespace|dax)\d/.test(c.name)).length).toBe(store.ref(kernel.devices).reduce((n, d) => n + d.regions.length, 0))
}

const broken = (m: Machine): readonly string[] => m.engine.invariants().filter((i) => !i.holds).map((i) => `${i.id}: ${i.detail ?? ''}`)

test('claims, page maps and RAM are what devices say; all gone leaves /proc/iomem as it was; undo is exact', () => {
  const boot = new Machine(FORM).engine.snapshot()
  fc.assert(fc.property(fc.array(command, { minLength: 5, maxLength: 40 }), (commands) => {
    const m = new Machine(FORM)
    for (const c of commands) {
      m.run(c)
      expect(m.last?.hookError, m.reason).toBeUndefined()
      consistent(m, m.engine.snapshot())
      expect(broken(m)).toEqual([])
    }
    for (const d of m.engine.snapshot().devices) {
      m.act(d.name, 'offline-memory')
      expect(m.remove(d.name), `${d.name}: ${m.reason}`).toBe('ok')
    }
    const end = m.engine.snapshot()
    expect(end.pgmaps).toEqual([])
    expect(end.blocks.some((b) => b.first >= 32)).toBe(false)
    expect(flat(end.iomem).map((r) => `${r.start}-${r.end} ${r.name}`)).toEqual(flat(boot.iomem).filter((r) => r.name !== 'namespace0.0').map((r) => `${r.start}-${r.end} ${r.name}`))
    m.engine.travel(0)
    expect(m.engine.snapshot()).toEqual(boot)
  }), { numRuns: 150 })
})

test('drivers that are unbound by hand break nothing, whatever they leave behind', () => {
  const unbind = name.map((n): Command => ({ op: 'device_action', name: n, action: 'unbind', params: {} }))
  fc.assert(fc.property(fc.array(fc.oneof({ weight: 5, arbitrary: command }, { weight: 2, arbitrary: unbind }), { minLength: 5, maxLength: 30 }), (commands) => {
    const m = new Machine(FORM)
    for (const c of commands) {
      m.run(c)
      expect(m.last?.hookError, m.reason).toBeUndefined()
      nested(m.engine.snapshot().iomem, 0, 2 ** 52)
      expect(broken(m)).toEqual([])
    }
  }), { numRuns: 100 })
})
