/** Custom profiles: a kernel or patch with some decisions changed. Made of names as people write them; refused with the reason. */
import { decisionOf, type DecisionName, type Decisions } from './decisions.ts'
import { contradictions } from './legal.ts'
import { expectedDecision, expectedProfile, expectedValue, isDecision, profileNamed } from './names.ts'
import { changed, differingDecisions, type DecisionChange, type Profile } from './profile.ts'
import { DEFAULT_PROFILE } from './profiles.ts'

/** A custom profile as it is written. */
export interface CustomForm {
  /** Id of a profile, or a release of mainline. */
  readonly from: string
  /** What `expect-under` and options call it; "custom" when it has none. */
  readonly id?: string | undefined
  readonly title?: string | undefined
  readonly decisions?: Readonly<Record<string, string>> | undefined
}

/** What is wrong with a custom profile. `path` leads to it inside the form. */
export interface CustomProblem { readonly path: readonly string[]; readonly found: string; readonly expected: string }

export type CustomResult = { readonly ok: true; readonly value: Profile } | { readonly ok: false; readonly problems: readonly CustomProblem[] }

export const CUSTOM = 'custom'

export function customProfile(form: CustomForm): CustomResult {
  const problems: CustomProblem[] = []
  const parent = profileNamed(form.from)
  if (!parent) problems.push({ path: ['from'], found: `'${form.from}'`, expected: expectedProfile(form.from) })
  const id = form.id ?? CUSTOM
  if (profileNamed(id)) problems.push({ path: ['id'], found: `'${id}'`, expected: 'an id that is not that of another kernel' })
  else if (!/^[A-Za-z][\w.-]*$/.test(id) || id === 'all') problems.push({ path: ['id'], found: `'${id}'`, expected: 'an id of letters, digits, points and dashes' })
  const values: Partial<Record<DecisionName, string>> = {}
  for (const [name, value] of Object.entries(form.decisions ?? {})) {
    if (!isDecision(name)) problems.push({ path: ['decisions', name], found: `unknown decision '${name}'`, expected: expectedDecision(name) })
    else if (!Object.hasOwn(decisionOf(name).values, value)) problems.push({ path: ['decisions', name], found: `'${value}'`, expected: expectedValue(name, value) })
    else values[name] = value
  }
  if (!parent || problems.length > 0) return { ok: false, problems }
  const title = form.title ?? (Object.keys(values).length === 0 ? parent.title : `${parent.title}, changed`)
  const { source: _source, ...base } = parent
  const profile = changed(base, { id, title, date: parent.date }, values as Partial<Decisions>)
  for (const illegal of contradictions(profile.decisions)) {
    const at = illegal.decisions.find((name) => values[name] !== undefined) ?? illegal.decisions[0]!
    problems.push({ path: ['decisions', at], found: illegal.found, expected: `another combination: ${illegal.reason}` })
  }
  return problems.length > 0 ? { ok: false, problems } : { ok: true, value: profile }
}

/** The profile that another is written as a change of: its parent when that is known by name, else its release. */
export function parentOf(profile: Profile): Profile {
  const named = profile.parent === undefined ? undefined : profileNamed(profile.parent)
  return named ?? profileNamed(profile.release) ?? DEFAULT_PROFILE
}

/** True of a profile that its id does not tell. */
export const isCustom = (profile: Profile): boolean => !profileNamed(profile.id)

/** In what a profile differs from its parent, in the order of the groups. */
export const changesOf = (profile: Profile): readonly DecisionChange[] => differingDecisions(parentOf(profile).decisions, profile.decisions)

/** The form that makes a profile again. */
export function customForm(profile: Profile): CustomForm {
  const decisions = Object.fromEntries(changesOf(profile).map(({ name, to }) => [name, to]))
  return {
    from: parentOf(profile).id, ...(profile.id === CUSTOM ? {} : { id: profile.id }), title: profile.title,
    ...(Object.keys(decisions).length === 0 ? {} : { decisions }),
  }
}

