import { describe, expect, test } from 'vitest'
import { boot } from '../../main/engine/boot/boot.ts'
import type { Question } from '../../main/engine/executors/explore/explore.ts'
import { exploration, type Explored } from '../../main/engine/executors/explore/exploration-run.ts'
import { promela } from '../../main/engine/executors/explore/promela.ts'
import { V6_1 } from '../../main/engine/profiles/profiles.ts'
import { smallGuest } from '../golden/machine.ts'
import { contended, disjoint, SMALL } from './questions.ts'
import { groundOf, randomQuestion } from './random-program.ts'
import { askSpin, spinMissing } from './spin.ts'

const missing = spinMissing()
if (missing !== undefined) console.warn(`SPIN is not asked: ${missing}`)

function explored(question: Question): Explored {
  const run = exploration({ ...question, options: { ...question.options, all: true, recordValues: true, traceStates: 0 } })
  for (;;) {
    const { value, done } = run.next()
    if (done) return value
  }
}

/** What SPIN can see of a finding. */
const visible = (e: Explored): boolean => e.exploration.findings.some((f) => f.kind !== 'lock-order' || !f.text.includes('->'))

describe.skipIf(missing !== undefined)('SPIN says of the exported model what the explorer says', () => {
  test.each(Object.entries({ ...SMALL, 'disjoint sections': () => disjoint(3, 4), 'contended growth': () => contended(3, 2) }))('%s', (_name, question) => {
    const e = explored(question())
    const answer = askSpin(promela(e))
    expect({ broken: answer.errors > 0, what: answer.what }).toMatchObject({ broken: visible(e) })
  })

  test('a dozen random programs', () => {
    const ground = groundOf(boot(smallGuest(), V6_1))
    const verdicts = { holds: 0, broken: 0 }
    for (let seed = 0; verdicts.holds + verdicts.broken < 12; seed++) {
      const { outcome, ...question } = randomQuestion(ground, seed)
      if (outcome) continue
      const e = explored(question)
      const answer = askSpin(promela(e))
      expect(answer.errors > 0, `seed ${seed}: ${answer.what}`).toBe(visible(e))
      verdicts[visible(e) ? 'broken' : 'holds']++
    }
    expect(Math.min(verdicts.holds, verdicts.broken)).toBeGreaterThan(1)
  }, 300_000)
}, 300_000)
