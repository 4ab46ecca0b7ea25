/** `--profile`: a kernel by name, a release of mainline, a file with a custom profile, or a scenario's own custom one. */
import type { Checked } from '../engine/errors.ts'
import { expectedProfile, profileNamed } from '../engine/profiles/names.ts'
import type { Profile } from '../engine/profiles/profile.ts'
import type { Scenario } from '../engine/scenario/parse.ts'
import type { Io } from './io.ts'

export const ALL = 'all'

const FILE = /\.(?:ya?ml|json)$|[\\/]/

/** What an option names. `name` is found in the scenario only: its own custom profile has an id. */
export type ProfileOption = { readonly kind: 'profile'; readonly profile: Profile } | { readonly kind: 'name'; readonly name: string }

/** Reads the option; a file that cannot be read or is no profile is the user's error. */
export async function profileOption(text: string, io: Io): Promise<Checked<ProfileOption>> {
  const named = profileNamed(text)
  if (named) return { ok: true, value: { kind: 'profile', profile: named } }
  if (!FILE.test(text)) return { ok: true, value: { kind: 'name', name: text } }
  let content: string
  try {
    content = io.read(text)
  } catch (e) {
    return { ok: false, errors: [{ code: 'ZL-FILE', file: text, found: (e as NodeJS.ErrnoException).code ?? String(e), expected: 'a custom profile that can be read' }] }
  }
  const { readProfileText } = await import('../engine/profiles/text.ts')
  const read = readProfileText(content, text)
  return read.ok ? { ok: true, value: { kind: 'profile', profile: read.value } } : read
}

/** The profile for a scenario. */
export function profileFor(option: ProfileOption, scenario: Scenario): Profile | undefined {
  if (option.kind === 'profile') return option.profile
  return scenario.kernel.id === option.name ? scenario.kernel : undefined
}

/** What was expected instead of a name that neither the lab nor the scenario knows. */
export const expectedName = (name: string, scenario: Scenario): string => expectedProfile(name, profileNamed(scenario.kernel.id) ? [] : [scenario.kernel.id])
