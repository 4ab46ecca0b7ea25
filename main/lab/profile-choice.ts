/** What to send to get a profile again. */
import type { ProfileChoice } from '../../preload/contract.ts'
import { customForm, isCustom } from '../engine/profiles/custom.ts'
import type { Profile } from '../engine/profiles/profile.ts'

export function choiceOf(p: Profile): ProfileChoice {
  if (!isCustom(p)) return { id: p.id }
  const { from, id, decisions } = customForm(p)
  return { from, ...(id === undefined ? {} : { id }), title: p.title, decisions: { ...decisions } }
}
