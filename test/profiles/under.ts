/** What holds under which kernel, as tables whose keys are sets of profiles ("v5.0 … v5.2, rfc-2018-08"). */
import type { Profile } from '../../main/engine/profiles/profile.ts'
import { PROFILES } from '../../main/engine/profiles/profiles.ts'
import { inSet, readProfileSet } from '../../main/engine/scenario/profile-set.ts'

/** Every named profile with what the table says of it. Throws for a profile that is in two sets, and for a set that is none. */
export function under<T>(table: Readonly<Record<string, T>>): readonly (readonly [id: string, profile: Profile, value: T])[] {
  const sets = Object.entries(table).map(([text, value]) => {
    const read = readProfileSet(text)
    if (!read.ok) throw new Error(`${text}: ${read.found}, expected ${read.expected}`)
    return { set: read.value, value }
  })
  return [...PROFILES.values()].flatMap((profile) => {
    const mine = sets.filter(({ set }) => inSet(set, profile))
    if (mine.length > 1) throw new Error(`${profile.id} is in two sets of the table`)
    return mine.map(({ value }) => [profile.id, profile, value] as const)
  })
}

/** The same, for a table that has to say something of every profile. */
export function underAll<T>(table: Readonly<Record<string, T>>): readonly (readonly [id: string, profile: Profile, value: T])[] {
  const rows = under(table)
  const missing = [...PROFILES.keys()].filter((id) => !rows.some(([known]) => known === id))
  if (missing.length > 0) throw new Error(`the table says nothing of ${missing.join(', ')}`)
  return rows
}

/** Kernels that map device memory by whole sections, and those that map sub-sections. */
export const BY_SECTION = 'v4.18 … v5.2, rfc-2018-08, blind-2018-09'
export const BY_SUBSECTION = 'v5.3 on, v3-2019-08'
