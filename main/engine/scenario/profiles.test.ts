import { expect, test } from 'vitest'
import { bootEngine } from '../engine.ts'
import { formatInputError } from '../errors.ts'
import { PROFILES } from '../profiles/profiles.ts'
import { profileNamed } from '../profiles/names.ts'
import { toScenario } from './export.ts'
import { loadScenario, type Scenario } from './parse.ts'
import { runScenario } from './run.ts'

const load = (text: string): Scenario => {
  const read = loadScenario(text, 't.zonelab.yaml')
  if (!read.ok) throw new Error(read.errors.map(formatInputError).join('\n'))
  return read.value
}
const problemsOf = (text: string): string[] => {
  const read = loadScenario(text, 't.zonelab.yaml')
  return read.ok ? [] : read.errors.map(formatInputError)
}
const head = (profile: string) => `zonelab: 1\ntitle: T\n${profile}machine: {nodes: [{memory: 1GiB}, {}]}\n`
const steps = `steps:
  - plug-dimm: {id: d0, size: 512MiB, at: 0x140000000, node: 1}
  - online_movable: [41, 43]
    expect: {zones: {1/Movable: {spanned: 98304}}}
`

test('a profile is named, is a release in between, or is written out', () => {
  expect(load(head('')).kernel).toBe(PROFILES.get('v6.1'))
  expect(load(head('profile: v5.4\n')).kernel).toBe(PROFILES.get('v5.4'))
  expect(load(head('profile: v5.14\n')).kernel).toMatchObject({ id: 'v5.14', release: 'v5.14', parent: 'v5.10', decisions: { spanLocks: 'none', memmapOnMemory: 'one-block', autoMovable: 'none' } })
  const { kernel } = load(head('profile: {from: v6.1, title: With locks, decisions: {spanLocks: node-and-zone}}\n'))
  expect(kernel).toEqual({ ...PROFILES.get('v6.1'), id: 'custom', title: 'With locks', parent: 'v6.1', decisions: { ...PROFILES.get('v6.1')!.decisions, spanLocks: 'node-and-zone' } })
})

test('unknown profiles, decisions and values, with the nearest; contradictions, with the reason', () => {
  const at = (profile: string) => problemsOf(head(profile))
  expect(at('profile: v9.9\n')[0]).toMatch(/^t\.zonelab\.yaml:3: profile: 'v9\.9', expected .*or a release from v4\.18 to v7\.2 \[ZL-SCENARIO-PROFILE\]$/)
  expect(at('profile: blind-2018-9\n')[0]).toContain("'blind-2018-9', expected blind-2018-09 (the nearest)")
  expect(at('profile: v4.21\n')[0]).toContain("'v4.21', expected v4.20 (the nearest)")
  expect(at('profile:\n  from: v6.1\n  decisions:\n    devicePageInt: twice\n    spanLocks: nonne\n')).toEqual([
    "t.zonelab.yaml:6: profile.decisions.devicePageInt: unknown decision 'devicePageInt', expected devicePageInit (the nearest), or another decision of docs/profiles.md [ZL-SCENARIO-PROFILE]",
    "t.zonelab.yaml:7: profile.decisions.spanLocks: 'nonne', expected none (the nearest), or another of node-and-zone, none [ZL-SCENARIO-PROFILE]",
  ])
  expect(at('profile: {from: v6.1, decisions: {deviceGrowth: after-hotplug-lock}}\n')).toEqual([
    't.zonelab.yaml:3: profile.decisions.deviceGrowth: deviceGrowth: after-hotplug-lock with devicePageInit: altmap-inside, expected another combination: struct pages get their zone ' +
      'when the range enters it: nothing can be initialised under mem_hotplug_lock when the growth comes after it (devicePageInit: outside) [ZL-SCENARIO-PROFILE]',
  ])
  expect(at('profile: {from: v6.1, id: v5.4}\n')[0]).toContain("profile.id: 'v5.4', expected an id that is not that of another kernel")
})

test('the profiles that a scenario is for: ranges over releases, patches by name', () => {
  const ids = (profiles: string) => load(head(`profiles: ${profiles}\n`)).profiles.map((p) => p.id)
  expect(load(head('profile: v5.4\n')).profiles.map((p) => p.id)).toEqual(['v5.4'])
  expect(ids('all')).toEqual([...PROFILES.keys()])
  expect(ids('[v5.0 … v5.3, rfc-2018-08]')).toEqual(['v5.0', 'v5.2', 'v5.3', 'rfc-2018-08'])
  expect(ids("'until v5.0'")).toEqual(['v4.18', 'v4.20', 'v5.0'])
  expect(ids("'v5.10 on, v5.7'")).toEqual(['v5.10', 'v6.1', 'v6.12', 'v7.2', 'v5.7'])
  expect(problemsOf(head('profiles: [v5.0 … rfc-2018-08]\n'))[0]).toContain("profiles[0]: 'v5.0 … rfc-2018-08', expected a range of releases; a patch is named by itself")
  expect(problemsOf(head('profiles: [v5.3 … v5.0]\n'))[0]).toContain('expected the older release first')
  expect(problemsOf(head('profiles: [v5.0 and v5.3]\n'))[0]).toContain("'v5.0 and v5.3', expected profile ids, ranges such as")
})

test('what is expected under a profile is held under that profile only', () => {
  const scenario = load(`${head('profiles: all\n')}${steps}    expect-under:
      v5.0, rfc-2018-08: {zones: {1/Movable: {present: 1}}}
      v5.5 on: {zones: {1/Movable: {present: 65536}}, invariants: {held: all}, locks-held: []}
`)
  const failures = (id: string) => {
    const { run } = runScenario(scenario, bootEngine, { profile: profileNamed(id)! })
    return [run.profile, run.checked, run.steps.flatMap((s) => s.expectations.failed.map((f) => `${f.line} ${f.field}: ${f.found}, expected ${f.expected}`))]
  }
  expect(failures('v5.0')).toEqual(['v5.0', 2, ['10 zones.1/Movable.present: 65536, expected 1']])
  expect(failures('v5.2')).toEqual(['v5.2', 1, []])
  const [, checked, failed] = failures('v5.14')
  expect(failed).toEqual([])
  expect(checked).toBeGreaterThan(10)
})

test('no profile twice in a step, none that the scenario is not for', () => {
  expect(problemsOf(`${head('profiles: all\n')}${steps}    expect-under: {v5.0 … v5.10: {result: ok}, 'v5.10 on, v4.18': {result: ok}}\n`)).toEqual([
    "t.zonelab.yaml:9: steps[1].expect-under.v5.10 on, v4.18: 'v5.10 on, v4.18' and 'v5.0 … v5.10', both with v5.10, expected each profile once a step [ZL-SCENARIO-PROFILE]",
  ])
  expect(problemsOf(`${head('profiles: [v5.4, v5.5]\n')}${steps}    expect-under: {v4.18: {result: ok}}\n`)[0]).toContain("'v4.18', for which the scenario is not, expected one of the scenario's `profiles`")
  expect(problemsOf(`${head('')}${steps}    expect-under: {v4.88: {result: ok}}\n`)[0]).toContain("steps[1].expect-under.v4.88: 'v4.88', expected v4.18 (the nearest)")
})

test('quoted zoneinfo: the lines that a mail has, whatever their blanks', () => {
  const scenario = load(`${head('')}${steps}      zoneinfo: |
        Node 1, zone  Movable
          ...
                spanned  98304
                present  65536
        Node 1, zone Normal
                present 7
        Node 2, zone Normal
                present 7
`.replace('expect: {zones: {1/Movable: {spanned: 98304}}}\n', 'expect:\n'))
  const { run } = runScenario(scenario, bootEngine)
  expect(run.checked).toBe(7)
  expect(run.steps.flatMap((s) => s.expectations.failed.map((f) => `${f.line} ${f.found}, expected ${f.expected}`))).toEqual([
    '8 present 0, expected Node 1, zone Normal: present 7', '8 no such zone, expected Node 2, zone Normal', "8 no line 'present', expected Node 2, zone Normal: present 7",
  ])
})

test('an exported scenario keeps its profile, the profiles that it is for, and what is expected under each', () => {
  const text = `${head('profile: {from: v6.1, id: locks, title: With locks, decisions: {spanLocks: node-and-zone}}\nprofiles: [locks, v6.1]\n')}expect-under: {locks: {max_pfn: 0x3ffe0}}\n${steps}    expect-under: {v6.1: {result: ok}}\n`
  const from = load(text)
  const commands = from.steps.flatMap((s) => s.commands)
  const again = load(toScenario(from.description, commands, { from, profile: from.kernel }))
  expect({ ...again, form: undefined, lineOf: undefined, steps: again.steps.map((s) => ({ ...s, line: 0 })) }).toEqual({ ...from, form: undefined, lineOf: undefined, steps: from.steps.map((s) => ({ ...s, line: 0 })) })
  // another custom profile is written out in place of the scenario's own
  const other = load(head('profile: {from: v5.4, id: locks, decisions: {spanLocks: none}}\n')).kernel
  expect(load(toScenario(from.description, [], { profile: other })).kernel).toEqual(other)
})
