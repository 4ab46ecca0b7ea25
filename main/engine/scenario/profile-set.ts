/**
 * Sets of profiles as scenarios write them: `v4.18`, `rfc-2018-08`, `v5.0 … v5.3`, `v5.5 on`, `until v5.4`, and several with commas.
 * Ranges go over releases of mainline, also those that have no name of their own; patches are in a set by name only.
 */
import { releaseNumber } from '../profiles/decision.ts'
import { expectedProfile, isRelease, profileNamed } from '../profiles/names.ts'
import type { Profile } from '../profiles/profile.ts'
import { PROFILES } from '../profiles/profiles.ts'

export interface ProfileSet {
  /** Ids of patches and custom profiles. */
  readonly ids: readonly string[]
  /** Releases as numbers that sort, both ends inclusive. */
  readonly spans: readonly (readonly [first: number, last: number])[]
}

export type ReadSet = { readonly ok: true; readonly value: ProfileSet } | { readonly ok: false; readonly found: string; readonly expected: string }

const FORMS = "profile ids, ranges such as 'v5.0 … v5.3', 'v5.5 on' or 'until v5.4', with commas between them"

/** Reads a set. `others` are ids known beside the named profiles: the scenario's own. */
export function readProfileSet(text: string, others: readonly string[] = []): ReadSet {
  const ids: string[] = []
  const spans: [number, number][] = []
  for (const part of text.split(',').map((t) => t.trim())) {
    if (part === '') return { ok: false, found: `'${text}'`, expected: FORMS }
    const range = /^(\S+)\s*(?:…|\.\.\.?)\s*(\S+)$/.exec(part) ?? /^(\S+)\s+on$/.exec(part) ?? /^until\s+(\S+)$/.exec(part)
    if (!range) {
      const profile = profileNamed(part)
      if (!profile && !others.includes(part)) return { ok: false, found: `'${part}'`, expected: /\s/.test(part) ? FORMS : expectedProfile(part, others) }
      if (profile && profile.id === profile.release) spans.push([releaseNumber(part)!, releaseNumber(part)!])
      else ids.push(part)
      continue
    }
    const ends = range.slice(1)
    const wrong = ends.find((end) => !isRelease(end))
    if (wrong !== undefined) return { ok: false, found: `'${part}'`, expected: PROFILES.has(wrong) ? 'a range of releases; a patch is named by itself' : expectedProfile(wrong) }
    const [a, b] = ends.map((end) => releaseNumber(end)!) as [number, number?]
    const span: [number, number] = b !== undefined ? [a, b] : part.startsWith('until') ? [0, a] : [a, Infinity]
    if (span[0] > span[1]) return { ok: false, found: `'${part}'`, expected: 'the older release first' }
    spans.push(span)
  }
  return { ok: true, value: { ids, spans } }
}

/** True when a set has a profile. A custom profile is in it by its own id only. */
export function inSet(set: ProfileSet, profile: Profile): boolean {
  if (profile.id !== profile.release) return set.ids.includes(profile.id)
  const n = releaseNumber(profile.id)!
  return set.spans.some(([first, last]) => first <= n && n <= last)
}

/** A profile, or a release, that two sets both have; in words. */
export function commonTo(a: ProfileSet, b: ProfileSet): string | undefined {
  const id = a.ids.find((i) => b.ids.includes(i))
  if (id !== undefined) return id
  for (const [first, last] of a.spans)
    for (const [otherFirst, otherLast] of b.spans) {
      const start = Math.max(first, otherFirst)
      if (start <= Math.min(last, otherLast)) return `v${Math.floor(start / 1000)}.${start % 1000}`
    }
  return undefined
}

/** The named profiles of a set, and those of `others`, in the order of the kernels. Releases that are not in the list are named by themselves only. */
export function profilesOf(set: ProfileSet, others: readonly Profile[] = []): readonly Profile[] {
  const single = set.spans.flatMap(([first, last]) => (first === last ? [profileNamed(`v${Math.floor(first / 1000)}.${first % 1000}`)] : [])).filter((p) => p !== undefined)
  const named = [...PROFILES.values(), ...others].filter((p) => inSet(set, p))
  return [...named, ...single.filter((p) => !PROFILES.has(p.id))]
}
