/** The profile of a scenario, the profiles that it is for, and the sets of profiles of its `expect-under`. */
import type { Checked, InputError } from '../errors.ts'
import { expectedProfile, profileNamed } from '../profiles/names.ts'
import type { Profile } from '../profiles/profile.ts'
import { PROFILES, V6_1 } from '../profiles/profiles.ts'
import { profileOf } from '../profiles/text.ts'
import type { ExpectUnder, ParsedScenario } from './parse.ts'
import { commonTo, inSet, profilesOf, readProfileSet } from './profile-set.ts'
import type { ExpectUnderForm } from './schema.ts'

export interface ScenarioProfiles {
  readonly kernel: Profile
  readonly profiles: readonly Profile[]
  /** `expect-under` of boot and of each step. */
  readonly boot: readonly ExpectUnder[] | undefined
  readonly under: readonly (readonly ExpectUnder[] | undefined)[]
}

export function profilesOfForm({ form, file, lineOf }: ParsedScenario): Checked<ScenarioProfiles> {
  const own = ownProfile({ form, file, lineOf })
  if (!own.ok) return own
  const kernel = own.value
  const custom = PROFILES.has(kernel.id) ? [] : [kernel]
  const others = custom.map((p) => p.id)
  const errors: InputError[] = []
  const problem = (path: readonly (string | number)[], found: string, expected: string): void => void errors.push({
    code: 'ZL-SCENARIO-PROFILE', file, line: lineOf(path), field: path.map((key, i) => (typeof key === 'number' ? `[${key}]` : i === 0 ? key : `.${key}`)).join(''), found, expected,
  })

  const all = [...PROFILES.values(), ...custom]
  const wanted = new Set<Profile>()
  const { profiles } = form
  if (profiles === undefined) wanted.add(kernel)
  else if (profiles === 'all') for (const p of all) wanted.add(p)
  else for (const [i, text] of (typeof profiles === 'string' ? [profiles] : profiles).entries()) {
    const set = text === 'all' ? undefined : readProfileSet(text, others)
    if (set && !set.ok) problem(typeof profiles === 'string' ? ['profiles'] : ['profiles', i], set.found, set.expected)
    else for (const p of set ? profilesOf(set.value, custom) : all) wanted.add(p)
  }

  const underOf = (written: ExpectUnderForm | undefined, at: readonly (string | number)[]): readonly ExpectUnder[] | undefined => {
    if (written === undefined) return undefined
    const sets: ExpectUnder[] = []
    for (const [key, expect] of Object.entries(written)) {
      const set = readProfileSet(key, others)
      if (!set.ok) {
        problem([...at, key], set.found, set.expected)
        continue
      }
      const twice = sets.map((other) => ({ other, common: commonTo(other.set, set.value) })).find(({ common }) => common !== undefined)
      if (twice) problem([...at, key], `'${key}' and '${twice.other.written}', both with ${twice.common}`, 'each profile once a step')
      // an expectation that no run holds would never fail
      if (profiles !== undefined && ![...wanted].some((p) => inSet(set.value, p))) problem([...at, key], `'${key}', for which the scenario is not`, 'one of the scenario\'s `profiles`')
      sets.push({ written: key, set: set.value, expect })
    }
    return sets
  }
  const boot = underOf(form['expect-under'], ['expect-under'])
  const under = (form.steps ?? []).map((step, i) => underOf(step['expect-under'], ['steps', i, 'expect-under']))
  return errors.length > 0 ? { ok: false, errors } : { ok: true, value: { kernel, profiles: [...wanted], boot, under } }
}

function ownProfile({ form, file, lineOf }: ParsedScenario): Checked<Profile> {
  const { profile } = form
  if (profile === undefined) return { ok: true, value: V6_1 }
  if (typeof profile !== 'string') return profileOf(profile, file, lineOf, ['profile'])
  const named = profileNamed(profile)
  return named ? { ok: true, value: named } : { ok: false, errors: [{ code: 'ZL-SCENARIO-PROFILE', file, line: lineOf(['profile']), field: 'profile', found: `'${profile}'`, expected: expectedProfile(profile) }] }
}
