/**
 * The invariants of a machine (checks/), as an exploration judges them: each at the moments for which kernel-behaviour 8 states it. Those that
 * are about steps come from the explorer itself: I13 and I14 as a question asks for them, I15 (sleeping) and I23 (lock order) always.
 */
import { checkOf } from '../../checks/invariants.ts'
import { QuestionError, type InvariantScope, type StateInvariant } from './question.ts'

/** When each must hold. What is checked "at rest" beside the invariant's own words makes some wait for quiescence. */
const SCOPES: Readonly<Record<string, InvariantScope>> = {
  I1: 'unlocked', I2: 'unlocked', I3: 'unlocked', I4: 'any', I5: 'unlocked', I6: 'quiescent', I7: 'quiescent', I8: 'unlocked', I9: 'unlocked', I10: 'quiescent',
  I11: 'quiescent', I12: 'unlocked', I16: 'quiescent', I19: 'unlocked', I20: 'quiescent', I21: 'quiescent', I24: 'quiescent', I25: 'quiescent', I26: 'quiescent',
  I27: 'any', I28: 'quiescent',
}

/** Ids that a question may ask for. */
export const STATE_INVARIANTS: readonly string[] = Object.keys(SCOPES)

/** One invariant by its id; `scope` where a question wants it at other moments. */
export function stateInvariant(id: string, scope?: InvariantScope): StateInvariant {
  const found = checkOf(id)
  const usual = SCOPES[id]
  if (!found || !usual) throw new QuestionError('invariants', `"${id}"`, `one of ${STATE_INVARIANTS.join(', ')}`)
  return { id, title: found.title, scope: scope ?? usual, judge: (k, reader) => found.check(k, reader).broken }
}

export const stateInvariants = (ids: readonly string[] = STATE_INVARIANTS): readonly StateInvariant[] => ids.map((id) => stateInvariant(id))
