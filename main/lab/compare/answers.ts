/** What `engine/compare` found, in the contract's words. */
import type { ComparedAnswer, ComparedOutline } from '../../../preload/contract.ts'
import { differingDecisions } from '../../engine/profiles/profile.ts'
import { answerOf, type Document } from '../document.ts'
import { opText, targetText } from '../history-text.ts'
import { plainReason } from '../plain-reason.ts'
import { profileInfo } from '../profiles.ts'
import type { Sides } from './sides.ts'

export function comparedOutline({ a, b }: Sides): ComparedOutline {
  return {
    a: profileInfo(a.engine.profile), b: profileInfo(b.engine.profile), decisions: differingDecisions(a.engine.profile.decisions, b.engine.profile.decisions),
    steps: [
      { n: 0, text: 'boot', a: { result: 'ok', log: 0 }, b: { result: 'ok', log: 0 }, sameOutcome: true, state: 'same' },
      ...a.steps.map((step, i) => {
        const [x, y] = [answer(a, i), answer(b, i)]
        return { n: i + 1, text: `${opText(step.command)} ${targetText(step.command)}`, a: x, b: y, sameOutcome: x.result === y.result, state: 'same' as const }
      }),
    ],
  }
}

function answer(doc: Document, i: number): ComparedAnswer {
  const { result } = doc.steps[i]!
  return { result: answerOf(result), ...(result.reason ? { reason: plainReason(result.reason) } : {}), log: result.log.length }
}
