import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Command } from '../command.ts'
import { formatInputError } from '../errors.ts'
import type { MachineDescription, ResourceDescription } from '../machine/description.ts'
import { X86_64 } from '../machine/description.ts'
import { toScenario } from './export.ts'
import { loadScenario } from './parse.ts'
import type { Scenario } from './parse.ts'

const load = (text: string): Scenario => {
  const read = loadScenario(text, 'exported.zonelab.yaml')
  if (!read.ok) throw new Error(`${read.errors.map(formatInputError).join('\n')}\n${text}`)
  return read.value
}

const address = fc.oneof(fc.nat({ max: 2 ** 24 }).map((n) => n * 2 ** 27), fc.maxSafeNat())
const node = fc.integer({ min: 0, max: 1023 })
const zone = fc.constantFrom('DMA', 'DMA32', 'Normal', 'HighMem', 'Movable', 'Device')
const ranges = fc.tuple(fc.nat({ max: 2 ** 40 }), fc.integer({ min: 1, max: 2 ** 40 })).map(([start, size]) => ({ start, end: start + size }))
const name = fc.string({ minLength: 1 })

const command: fc.Arbitrary<Command> = fc.oneof(
  fc.record({ op: fc.constant('add_memory' as const), node: fc.integer({ min: -1, max: 1023 }), start: address, size: address }),
  fc.record(
    { op: fc.constant('block' as const), block: fc.nat(), state: fc.oneof(fc.constantFrom('online', 'offline', 'online_kernel', 'online_movable'), fc.string()), signal: fc.boolean() },
    { requiredKeys: ['op', 'block', 'state'] },
  ),
  fc.record({ op: fc.constantFrom('remove_memory' as const, 'offline_and_remove_memory' as const), start: address, size: address }),
  fc.record({ op: fc.constant('plug_dimm' as const), id: name, start: address, size: address, node }),
  fc.record({ op: fc.constant('unplug_dimm' as const), id: name }),
  fc.record({ op: fc.constant('mark' as const), start: address, size: address, as: fc.constantFrom('unmovable' as const, 'pinned' as const, 'none' as const) }),
  fc.record({
    op: fc.constant('policy' as const),
    name: fc.constantFrom('auto_online_blocks' as const, 'online_policy' as const, 'auto_movable_ratio' as const, 'auto_movable_numa_aware' as const),
    value: fc.string(),
  }),
  fc.record({
    op: fc.constant('notifier' as const), name, event: fc.constantFrom('MEM_GOING_ONLINE' as const, 'MEM_GOING_OFFLINE' as const),
    answer: fc.constantFrom('veto' as const, 'allow' as const),
  }),
)

const resource: fc.Arbitrary<ResourceDescription> = fc.letrec<{ entry: ResourceDescription }>((tie) => ({
  entry: fc
    .tuple(ranges, name, fc.option(fc.boolean(), { nil: undefined }), fc.option(fc.array(tie('entry'), { maxLength: 2 }), { nil: undefined }))
    .map(([range, title, busy, children]) => ({ ...range, name: title, ...(busy === undefined ? {} : { busy }), ...(children ? { children } : {}) })),
})).entry

const description: fc.Arbitrary<MachineDescription> = fc.record(
  {
    title: fc.string(),
    arch: fc.constantFrom('x86_64', 'arm64', 'ppc64le'),
    constants: fc.oneof(fc.constant(X86_64), fc.record({
      pageShift: fc.constantFrom(12, 14, 16), sectionShift: fc.nat(40), subsectionShift: fc.nat(40), pageblockOrder: fc.nat(20), maxOrder: fc.nat(20),
      maxPhysmemBits: fc.nat(52), structPageSize: fc.constantFrom(32, 56, 64),
    })),
    zoneLimits: fc.constantFrom({}, { dma32: 2 ** 32 }, { dma: 2 ** 24, dma32: 2 ** 32 }),
    firmware: fc.array(fc.tuple(ranges, fc.constantFrom('usable' as const, 'reserved' as const, 'persistent' as const)).map(([r, type]) => ({ ...r, type })), { maxLength: 5 }),
    affinity: fc.array(fc.tuple(ranges, node, fc.option(fc.boolean(), { nil: undefined })).map(([r, n, hotplug]) => ({ ...r, node: n, ...(hotplug === undefined ? {} : { hotplug }) })), { maxLength: 5 }),
    nodes: fc.uniqueArray(fc.record({ id: node, cpus: fc.nat(512) }), { selector: (n) => n.id, maxLength: 5 }),
    cmdline: fc.string(),
    resources: fc.array(resource, { maxLength: 3 }),
    iomemEnd: address,
    hypervisor: fc.boolean(),
    blockSize: address,
    observed: fc.record(
      { managed: fc.array(fc.record({ node, zone, pages: fc.nat() }), { maxLength: 2 }), reserved: fc.array(ranges, { maxLength: 2 }) },
      { requiredKeys: [] },
    ),
    adopted: fc.record(
      {
        zones: fc.array(fc.record({ node, zone, startPfn: fc.nat(), spanned: fc.nat(), present: fc.nat(), managed: fc.nat() }), { maxLength: 2 }),
        blocks: fc.array(fc.record({ block: fc.nat(), state: fc.constantFrom('online' as const, 'offline' as const), node, zone }, { requiredKeys: ['block', 'state'] }), { maxLength: 2 }),
      },
      { requiredKeys: [] },
    ),
  },
  { requiredKeys: ['title', 'arch', 'constants', 'zoneLimits', 'firmware', 'affinity', 'nodes', 'cmdline', 'resources', 'iomemEnd'] },
) as fc.Arbitrary<MachineDescription>

test('what is exported parses to the same machine and the same commands', () => {
  fc.assert(
    fc.property(description, fc.array(command, { maxLength: 6 }), fc.option(fc.string(), { nil: undefined }), (machine, commands, notes) => {
      const scenario = load(toScenario(machine, commands, notes === undefined ? {} : { notes }))
      expect(scenario.description).toEqual(machine)
      expect(scenario.steps.flatMap((step) => step.commands)).toEqual(commands)
      expect(scenario.notes).toBe(notes)
    }),
    { numRuns: 300 },
  )
})

const story = `zonelab: 1
title: A zone that grows
notes: |
  First line.
  Second line.
machine: {memory: 1GiB, nodes: [{memory: 1GiB, cpus: 1}, {}]}
expect: {zones: {0/Normal: {present: 0}}}
steps:
  - plug-dimm: {id: d0, size: 512MiB, node: 1}
  - online_movable: [32, 33]
    note: both
    expect: {blocks: {32: {state: online}}, masks: {online: 0-1, has_memory: 0}}
  - offline: 33
`

test('an opened scenario keeps its machine, notes and expectations, and gains what was done after it', () => {
  const from = load(story)
  const done: Command[] = [...from.steps.flatMap((step) => step.commands), { op: 'unplug_dimm', id: 'd0' }]
  expect(toScenario(from.description, done, { from })).toMatchInlineSnapshot(`
    "zonelab: 1
    title: A zone that grows
    notes: |
      First line.
      Second line.
    profile: v6.1

    machine:
      memory: 1GiB
      nodes:
        - {memory: 1GiB, cpus: 1}
        - {}

    expect:
      zones:
        0/Normal: {present: 0}

    steps:
      - plug-dimm: {id: d0, size: 512MiB, node: 1, at: 0x100000000}
      - online_movable: 32-33
        note: both
        expect:
          blocks:
            32: {state: online}
          masks: {online: 0-1, has_memory: "0"}
      - offline: 33
      - unplug-dimm: d0
    "
  `)
  const again = load(toScenario(from.description, done, { from }))
  expect(again.description).toEqual(from.description)
  expect(again.steps.flatMap((step) => step.commands)).toEqual(done)
  expect(again.steps[1]?.expect).toEqual(from.steps[1]?.expect)
})

test('from where the history leaves the scenario, its steps and expectations are dropped', () => {
  const from = load(story)
  const text = toScenario(from.description, [{ op: 'block', block: 1, state: 'offline' }], { from, title: 'Another' })
  expect(text).toMatchInlineSnapshot(`
    "zonelab: 1
    title: Another
    notes: |
      First line.
      Second line.
    profile: v6.1

    machine:
      memory: 1GiB
      nodes:
        - {memory: 1GiB, cpus: 1}
        - {}
      title: A zone that grows

    expect:
      zones:
        0/Normal: {present: 0}

    steps:
      - offline: 1
    "
  `)
})
