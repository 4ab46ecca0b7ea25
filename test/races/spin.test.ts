/** Questions that ship, exported as Promela: SPIN gives the same verdict. */
import { describe, expect, test } from 'vitest'
import { promelaOf } from '../../main/engine/races/promela.ts'
import { profileNamed } from '../../main/engine/profiles/names.ts'
import { knownTypes } from '../../main/plugins/known-types.ts'
import { askSpin, spinMissing } from '../explore/spin.ts'
import { question } from './stories.ts'

const missing = spinMissing()
if (missing !== undefined) console.warn(`SPIN is not asked: ${missing}`)

describe.skipIf(missing !== undefined)('SPIN answers as the explorer does', () => {
  test.each([
    ['B1', 'v6.1', false], ['B2', 'v4.18-without', true], ['B4c', 'v6.1', true], ['B14', 'v6.1', true],
  ])('%s under %s: broken %s', (name, profile, broken) => {
    const scenario = question(name)
    const answer = askSpin(promelaOf(scenario, profileNamed(profile) ?? scenario.kernel, knownTypes()))
    expect({ broken: answer.errors > 0, what: answer.what }).toMatchObject({ broken })
  }, 300_000)
})
