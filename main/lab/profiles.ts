/** Kernels as the window sees them: which can be chosen, and what they differ in. */
import type { DecisionGroup, ProfileInfo, ProfileList } from '../../preload/contract.ts'
import { changesOf, CUSTOM, isCustom, parentOf } from '../engine/profiles/custom.ts'
import { heldIn, releaseNumber } from '../engine/profiles/decision.ts'
import { DECISION_GROUPS, decisionOf, type DecisionName } from '../engine/profiles/decisions.ts'
import { isRelease } from '../engine/profiles/names.ts'
import type { Profile } from '../engine/profiles/profile.ts'
import { PROFILES } from '../engine/profiles/profiles.ts'
import { choiceOf } from './profile-choice.ts'

export function profileList(): ProfileList {
  return { named: [...PROFILES.values()].map(profileInfo), between: releasesBetween(), groups: decisionGroups() }
}

function decisionGroups(): DecisionGroup[] {
  return Object.entries(DECISION_GROUPS).map(([id, group]) => ({
    id, title: group.title,
    decisions: (Object.keys(group.decisions) as DecisionName[]).map((name) => {
      const d = decisionOf(name)
      return { name, title: d.title, doc: d.doc, source: d.source, values: Object.entries(d.values).map(([value, doc]) => ({ name: value, doc, held: heldIn(d, value) })) }
    }),
  }))
}

/** Releases of mainline that are no named profile. */
function releasesBetween(): string[] {
  const all = [4, 5, 6, 7].flatMap((major) => Array.from({ length: 21 }, (_, minor) => `v${major}.${minor}`))
  return all.filter((id) => isRelease(id) && !PROFILES.has(id))
}

/** What a kernel is called on screen: its id; of the user's own its title, unless it was given an id. */
export const kernelName = (p: Profile): string => (p.id === CUSTOM ? p.title : p.id)

export function profileInfo(p: Profile): ProfileInfo {
  const custom = isCustom(p)
  const parent = custom ? parentOf(p).id : p.parent
  return {
    id: kernelName(p), title: p.title, date: custom ? '' : p.date, release: p.release,
    kind: custom ? 'custom' : !PROFILES.has(p.id) ? 'between' : releaseNumber(p.id) === undefined ? 'patch' : 'release',
    ...(p.source === undefined ? {} : { source: p.source }), ...(parent === undefined ? {} : { parent }),
    changes: parent === undefined ? [] : changesOf(p), choice: choiceOf(p), values: p.decisions,
  }
}
