import { expect, test } from 'vitest'
import type { CommandResult } from '../command.ts'
import type { MachineDescription } from '../machine/description.ts'
import type { Snapshot } from '../snapshot-types.ts'
import { loadScenario } from './parse.ts'
import { runScenario } from './run.ts'

const zone = (name: 'Normal' | 'Movable', spanned: number) => ({
  name, index: name === 'Normal' ? 2 : 3, startPfn: 0x100000, spanned, present: spanned, presentEarly: 0, managed: spanned, contiguous: false, initialized: true,
})
const snapshot: Snapshot = {
  arch: 'x86_64',
  constants: { pageSize: 4096, sectionSize: 2 ** 27, subsectionSize: 2 ** 21, blockSize: 2 ** 27 },
  maxPfn: 0x108000,
  highestPresentSection: 32,
  autoOnline: 'offline',
  nodes: [
    { id: 0, online: true, hasCpu: true, hasMemory: true, hasNormalMemory: true, startPfn: 1, spanned: 1081343, present: 32768, zones: [zone('Normal', 0), zone('Movable', 32768)] },
    { id: 1, online: false, hasCpu: false, hasMemory: false, hasNormalMemory: false, startPfn: 0, spanned: 0, present: 0, zones: [] },
  ],
  sections: [{ first: 32, last: 32, flags: 7, node: 0, subsections: 'full' }],
  pages: [],
  blocks: [{ first: 32, last: 32, state: 'online', nodes: [0], zone: 'Movable', validZones: 'Movable', onlineType: 'online_movable', vmemmapPages: 0 }],
  iomem: [{ start: 0x100000000, end: 0x108000000, name: 'System RAM', busy: true, sysram: true, children: [] }],
}
/** Any machine whose kernel answers -EBUSY with one line: what is held here is the reading of expectations, not a kernel. */
const stillMachine = (_: MachineDescription) => ({
  execute: (): CommandResult => ({ ret: -16, errno: 'EBUSY', reason: 'unmovable page in has_unmovable_pages()', log: [{ level: 4, text: 'page dumped because: unmovable page', fn: '__dump_page' }], steps: 1 }),
  snapshot: () => snapshot,
})

const run = (expectations: string) => {
  const text = `zonelab: 1\ntitle: T\nmachine: {memory: 1GiB}\nsteps:\n  - offline: 32\n    expect:\n${expectations.replace(/^/gm, '      ')}\n`
  const read = loadScenario(text, 't.zonelab.yaml')
  if (!read.ok) throw new Error(JSON.stringify(read.errors))
  return runScenario(read.value, stillMachine).run
}

test('expectations that hold are counted', () => {
  const { checked, failed } = run(`result: EBUSY
reason: unmovable page
log: [unmovable page]
zones: {0/Movable: {start_pfn: 0x100000, spanned: 32768, present: 32768, managed: 32768, present_early: 0, contiguous: false}}
nodes: {0: {online: true, has_memory: true, present: 32768}, 1: {online: false}, 9: {online: false}}
blocks: {32: {state: online, valid_zones: Movable, nodes: [0]}, 33: {state: absent}}
sections: {32: {flags: "present,valid,online", subsections: full}}
iomem: ["100000000-107ffffff : System RAM"]
not-in-iomem: ["108000000-10fffffff : System RAM"]
masks: {possible: 0-1, online: 0, has_memory: 0, has_normal_memory: 0, has_cpu: 0}
max_pfn: 0x108000
highest_present_section: 32
auto_online_blocks: offline`)
  expect({ checked, failed }).toEqual({ checked: 30, failed: 0 })
})

test('those that do not hold say their line, what was expected and what was found', () => {
  const { steps, failed } = run(`result: ok
reason: isolate
log: [hole]
zones: {0/Movable: {spanned: 1}, 3/Normal: {present: 0}}
blocks:
  32: {state: offline}
  34: {valid_zones: Normal}
iomem: ["0-1 : nowhere"]
not-in-iomem: ["100000000-107ffffff : System RAM"]
masks: {online: 0-1}`)
  expect(steps[1]?.expectations.failed.map((f) => `${f.line} ${f.field}: ${f.found}, expected ${f.expected}`)).toEqual([
    '7 result: EBUSY, expected ok',
    "8 reason: unmovable page in has_unmovable_pages(), expected a reason with 'isolate'",
    "9 log.0: page dumped because: unmovable page, expected a log line with 'hole'",
    '10 zones.0/Movable.spanned: 32768, expected 1',
    '10 zones.3/Normal.present: nothing, expected 0',
    '12 blocks.32.state: online, expected offline',
    '13 blocks.34.valid_zones: nothing, expected Normal',
    '14 iomem.0: no such line, expected 0-1 : nowhere',
    "15 not-in-iomem.0: 100000000-107ffffff : System RAM, expected no line '100000000-107ffffff : System RAM'",
    '16 masks.online: 0, expected 0-1',
  ])
  expect(failed).toBe(10)
})
