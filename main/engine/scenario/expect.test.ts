import { expect, test } from 'vitest'
import { bootEngine } from '../engine.ts'
import { loadScenario } from './parse.ts'
import { runScenario } from './run.ts'

/** 1 GiB and a DIMM; block 32 is in Movable, block 33 in Normal with a page that cannot move. The expectations stand after its refusal. */
const run = (expectations: string) => {
  const text = `zonelab: 1
title: T
machine: {nodes: [{memory: 1GiB}, {}]}
steps:
  - plug-dimm: {id: d0, size: 256MiB, at: 0x100000000}
  - online_movable: 32
  - online_kernel: 33
  - mark: {at: 0x108000000, size: 4KiB, as: unmovable}
  - offline: 33
    expect:
${expectations.replace(/^/gm, '      ')}
`
  const read = loadScenario(text, 't.zonelab.yaml')
  if (!read.ok) throw new Error(JSON.stringify(read.errors))
  return runScenario(read.value, (description) => bootEngine(description)).run
}

test('expectations that hold are counted', () => {
  const { checked, failed } = run(`result: EBUSY
reason: unmovable page
log: ["page dumped because: unmovable page"]
zones: {0/Movable: {start_pfn: 0x100000, spanned: 32768, present: 32768, managed: 32768, present_early: 0, contiguous: false}}
nodes: {0: {online: true, has_memory: true, present: 327550}, 1: {online: false}, 9: {online: false}}
blocks: {32: {state: online, valid_zones: Movable, nodes: [0]}, 34: {state: absent}}
sections: {32: {flags: "present,valid,online", subsections: full}}
iomem: ["100000000-10fffffff : System RAM"]
not-in-iomem: ["108000000-10fffffff : System RAM"]
masks: {possible: 0-1, online: 0, has_memory: 0, has_normal_memory: 0, has_cpu: 0}
max_pfn: 0x110000
highest_present_section: 33
auto_online_blocks: offline`)
  expect({ checked, failed }).toEqual({ checked: 30, failed: 0 })
})

test('those that do not hold say their line, what was expected and what was found', () => {
  const { steps, failed } = run(`result: ok
reason: holes
log: [multizone]
zones: {0/Movable: {start_pfn: 1, spanned: 1}, 3/Normal: {present: 0}}
blocks:
  32: {state: offline}
  34: {valid_zones: Normal}
iomem: ["0-1 : nowhere"]
not-in-iomem: ["100000000-10fffffff : System RAM"]
masks: {online: 0-1}`)
  const text = steps.at(-1)?.expectations.failed.map((f) => `${f.line} ${f.field}: ${f.found}, expected ${f.expected}`)
  expect(text?.map((line) => (line.startsWith('13 log') ? '13 log' : line))).toEqual([
    '11 result: EBUSY, expected ok',
    expect.stringMatching(/^12 reason: .*unmovable page.*, expected a reason with 'holes'$/),
    '13 log',
    '14 zones.0/Movable.start_pfn: 0x100000, expected 0x1',
    '14 zones.0/Movable.spanned: 32768, expected 1',
    '14 zones.3/Normal.present: nothing, expected 0',
    '16 blocks.32.state: online, expected offline',
    '17 blocks.34.valid_zones: nothing, expected Normal',
    '18 iomem.0: no such line, expected 0-1 : nowhere',
    "19 not-in-iomem.0: 100000000-10fffffff : System RAM, expected no line '100000000-10fffffff : System RAM'",
    '20 masks.online: 0, expected 0-1',
  ])
  expect(failed).toBe(11)
})

test('a run stops where it is told, and the step of several blocks goes on after a refusal', () => {
  const read = loadScenario('{zonelab: 1, title: T, machine: {memory: 1GiB}, steps: [{plug-dimm: {id: d0, size: 256MiB}}, {online: [99, 32, 33]}, {offline: 33}]}', 't')
  if (!read.ok) throw new Error(JSON.stringify(read.errors))
  const { run: two, engine } = runScenario(read.value, (description) => bootEngine(description), { until: 2 })
  expect(two.steps.map((step) => `${step.n} ${step.text}: ${step.result}`)).toEqual(['0 boot: ok', '1 plug-dimm d0, 256 MiB at 0x100000000, node 0: ok', '2 online 99, 32, 33: ENOENT'])
  expect(engine.snapshot().blocks.filter((b) => b.first >= 32).map((b) => b.state)).toEqual(['online'])
})
