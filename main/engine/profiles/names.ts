/** Profiles and decisions by name, and what was probably meant by a name that is none. */
import { nearest } from '../scenario/nearest.ts'
import { releaseNumber, type Release } from './decision.ts'
import { DECISION_NAMES, decisionOf, type DecisionName } from './decisions.ts'
import { decisionsIn, type Profile } from './profile.ts'
import { PROFILES } from './profiles.ts'

/** Last release of each series of mainline. */
const LAST_MINOR: Readonly<Record<number, number>> = { 4: 20, 5: 19, 6: 19 }

/** Releases among the profiles, oldest first. */
const RELEASES: readonly Profile[] = [...PROFILES.values()].filter((p) => p.id === p.release)
const FIRST = RELEASES[0]!
const LAST = RELEASES[RELEASES.length - 1]!

/** True of a release of mainline from the first to the last that is a profile. */
export function isRelease(text: string): text is Release {
  const n = releaseNumber(text)
  if (n === undefined || n < releaseNumber(FIRST.id)! || n > releaseNumber(LAST.id)!) return false
  return n % 1000 <= (LAST_MINOR[Math.floor(n / 1000)] ?? 999)
}

/** A kernel or patch by its id; also a release of mainline between two of them ("v5.14"), as it came out. */
export function profileNamed(id: string): Profile | undefined {
  const named = PROFILES.get(id)
  if (named || !isRelease(id)) return named
  const before = RELEASES.findLast((p) => releaseNumber(p.id)! < releaseNumber(id)!)!
  return { id, title: `Linux ${id.slice(1)}`, release: id, date: '', parent: before.id, decisions: decisionsIn(id) }
}

const meant = (word: string, known: readonly string[], all: string): string => {
  const near = nearest(word, known)
  return near === undefined ? `one of ${all}` : `${near} (the nearest), or another of ${all}`
}

/** What was expected instead of the name of a profile. `others` are names known beside the profiles. */
export const expectedProfile = (wrong: string, others: readonly string[] = []): string => {
  const names = [...PROFILES.keys(), ...others]
  return `${meant(wrong, names, names.join(', '))}, or a release from ${FIRST.id} to ${LAST.id}`
}

/** What was expected instead of the name of a decision. */
export function expectedDecision(wrong: string): string {
  const near = nearest(wrong, DECISION_NAMES)
  if (near !== undefined) return `${near} (the nearest), or another decision of docs/profiles.md`
  // more often a decision is called by a part of its name than mistyped
  const parts = DECISION_NAMES.filter((name) => words(wrong).some((w) => words(name).includes(w)))
  return parts.length > 0 ? `one of ${parts.join(', ')}, or another decision of docs/profiles.md` : `one of ${DECISION_NAMES.join(', ')}`
}
const words = (name: string): readonly string[] => name.split(/(?=[A-Z])|[^a-zA-Z]+/).map((w) => w.toLowerCase()).filter((w) => w.length > 3)

/** What was expected instead of a value of a decision. */
export const expectedValue = (name: DecisionName, wrong: string): string => {
  const values = Object.keys(decisionOf(name).values)
  return meant(wrong, values, values.join(', '))
}

export const isDecision = (name: string): name is DecisionName => (DECISION_NAMES as readonly string[]).includes(name)
