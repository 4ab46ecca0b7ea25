/** Kernels as the window sees them: which can be chosen, what they differ in, and what a choice comes to. */
import type { DecisionGroup, ProfileChoice, ProfileInfo, ProfileList } from '../../preload/contract.ts'
import { heldIn, releaseNumber } from '../engine/profiles/decision.ts'
import { DECISION_GROUPS, DECISION_NAMES, decisionOf, type DecisionName } from '../engine/profiles/decisions.ts'
import { differingDecisions, type Profile } from '../engine/profiles/profile.ts'
import { PROFILES } from '../engine/profiles/profiles.ts'

export function profileList(): ProfileList {
  return { named: [...PROFILES.values()].map((p) => profileInfo(p)), between: releasesBetween(), groups: decisionGroups() }
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

/** The last minor of each major release. */
const MAJORS: readonly (readonly [major: number, from: number, to: number])[] = [[4, 18, 20], [5, 0, 19], [6, 0, 19], [7, 0, 2]]

/** Releases of mainline that are no named profile. */
export function releasesBetween(): string[] {
  return MAJORS.flatMap(([major, from, to]) => Array.from({ length: to - from + 1 }, (_, i) => `v${major}.${from + i}`)).filter((id) => !PROFILES.has(id))
}

export function profileInfo(p: Profile): ProfileInfo {
  const parent = p.parent === undefined ? undefined : PROFILES.get(p.parent)
  const kind = profileKind(p)
  return {
    id: kind === 'custom' ? p.title : p.id, title: p.title, date: kind === 'custom' ? '' : p.date, release: p.release, kind,
    ...(p.source === undefined ? {} : { source: p.source }), ...(parent ? { parent: parent.id } : {}),
    changes: parent ? differingDecisions(parent.decisions, p.decisions) : [],
    choice: choiceOf(p), values: p.decisions,
  }
}

/** A release that is known well, another of mainline, a patch, the user's own. */
export function profileKind(p: Profile): ProfileInfo['kind'] {
  if (PROFILES.get(p.id) === p) return releaseNumber(p.id) === undefined ? 'patch' : 'release'
  return releaseNumber(p.id) === undefined ? 'custom' : 'between'
}

/** What to send to get a profile again. */
export function choiceOf(p: Profile): ProfileChoice {
  if (profileKind(p) !== 'custom') return { id: p.id }
  const parent = PROFILES.get(p.parent ?? '')
  const decisions = parent ? differingDecisions(parent.decisions, p.decisions) : DECISION_NAMES.map((name) => ({ name, to: p.decisions[name] }))
  return { from: p.parent ?? p.release, title: p.title, decisions: Object.fromEntries(decisions.map(({ name, to }) => [name, to])) }
}
