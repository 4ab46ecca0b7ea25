/** The scenarios of this project against their own expectations, and the friendly machines against the real ones. */
import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { readRecording } from '../../main/conform/read.ts'
import { compare } from '../../main/conform/compare.ts'
import { modelAtBoot, modelPicture, recordedAtBoot, recordedPicture } from '../../main/conform/picture.ts'
import { bootEngine } from '../../main/engine/engine.ts'
import type { Profile } from '../../main/engine/profiles/profile.ts'
import { V6_1 } from '../../main/engine/profiles/profiles.ts'
import { knownTypes } from '../../main/plugins/known-types.ts'
import { formatInputError } from '../../main/engine/errors.ts'
import { toScenario } from '../../main/engine/scenario/export.ts'
import { loadScenario } from '../../main/engine/scenario/parse.ts'
import type { Scenario } from '../../main/engine/scenario/parse.ts'
import { inSet } from '../../main/engine/scenario/profile-set.ts'
import { runScenario } from '../../main/engine/scenario/run.ts'

const root = join(import.meta.dirname, '../..')
const load = (text: string, file: string): Scenario => {
  const read = loadScenario(text, file)
  if (!read.ok) throw new Error(read.errors.map(formatInputError).join('\n'))
  return read.value
}
const scenarioFiles = (folder: string): string[] => readdirSync(join(root, folder)).filter((name) => name.endsWith('.zonelab.yaml')).map((name) => `${folder}/${name}`)

const expectedResults = (scenario: Scenario, n: number, profile: Profile): readonly (string | undefined)[] => {
  const { expect: always, expectUnder = [] } = scenario.steps[n - 1] ?? {}
  return [always?.result, ...expectUnder.filter((under) => inSet(under.set, profile)).map((under) => under.expect.result)]
}

describe('scenarios hold', () => {
  for (const file of [...scenarioFiles('scenarios'), ...scenarioFiles('scenarios/machines')]) {
    const scenario = load(readFileSync(join(root, file), 'utf8'), file)
    for (const profile of scenario.profiles) {
      test(`${file} (${profile.id})`, () => {
        const { run } = runScenario(scenario, (description, kernel) => bootEngine(description, kernel, 'coarse', knownTypes()), { profile })
        expect(run.steps.flatMap((step) => step.expectations.failed.map((f) => `${file}:${f.line}: ${f.field}: ${f.found}, expected ${f.expected}`))).toEqual([])
        expect(run.checked).toBeGreaterThan(2)
        // what nobody expected to fail did not
        const surprises = run.steps.filter((step) => step.result !== 'ok' && !expectedResults(scenario, step.n, profile).includes(step.result))
        expect(surprises.map((step) => `${step.text}: ${step.result}`)).toEqual([])
      })
    }
  }
})

test('an exported scenario runs to the same machine', () => {
  for (const file of scenarioFiles('scenarios')) {
    const scenario = load(readFileSync(join(root, file), 'utf8'), file)
    const again = load(toScenario(scenario.description, scenario.steps.flatMap((step) => step.commands)), file)
    const end = (s: Scenario) => runScenario(s, (description) => bootEngine(description, V6_1, 'coarse', knownTypes())).engine.snapshot()
    expect(end(again)).toEqual(end(scenario))
  }
})

describe('the friendly machine boots to what a real guest of that size shows', () => {
  const machines: readonly (readonly [string, string])[] = [
    ['boot-1n-1g', '{memory: 1GiB, maxmem: 8GiB}'],
    ['boot-2n-2g', '{maxmem: 8GiB, nodes: [{memory: 1GiB, cpus: 1}, {memory: 1GiB}]}'],
    ['boot-4n-6g', '{maxmem: 12GiB, nodes: [{memory: 1GiB, cpus: 1}, {memory: 2GiB}, {memory: 1GiB}, {memory: 2GiB}]}'],
    ['boot-numa-fake-3', '{memory: 1GiB, maxmem: 8GiB, cmdline: numa=fake=3}'],
    ['dimm-memoryless-node', '{maxmem: 8GiB, nodes: [{memory: 1GiB, cpus: 1}, {}]}'],
    ['kernelcore-2g', '{memory: 2GiB, maxmem: 8GiB, cmdline: kernelcore=512M}'],
  ]
  for (const [id, machine] of machines) {
    test(`${id}: ${machine}`, () => {
      const recording = readRecording(join(root, 'test/recordings/6.1', id))
      const capture = recording.ok ? recording.value.steps[0]?.capture : undefined
      if (!capture) throw new Error(`no recording ${id}`)
      const snapshot = bootEngine(load(`{zonelab: 1, title: ${id}, machine: ${machine}}`, id).description).snapshot()
      const { differences } = compare(recordedPicture(capture, recordedAtBoot(capture)), modelPicture(snapshot, modelAtBoot(snapshot), { onlinePageTest: V6_1.decisions.onlinePageTest, offlineMarks: false }))
      // how much of boot memory is reserved differs from guest to guest; everything else does not
      expect(differences.filter((d) => !d.field.endsWith('struct pages'))).toEqual([])
    })
  }
})
