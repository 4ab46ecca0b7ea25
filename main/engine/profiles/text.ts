/**
 * A custom profile as text that can be mailed: YAML with its parent and its changes, each with what it means as a comment. The text
 * stands by itself as a file, and under `profile:` of a scenario.
 */
import type { Checked } from '../errors.ts'
import { problems as schemaProblems } from '../scenario/problems.ts'
import { readYaml, type ReadText } from '../scenario/read-yaml.ts'
import { CustomProfile } from '../scenario/schema.ts'
import { changesOf, customForm, customProfile, type CustomForm } from './custom.ts'
import { heldIn } from './decision.ts'
import { decisionOf } from './decisions.ts'
import type { Profile } from './profile.ts'

/** The text of a profile, with `profile:` on top. */
export function profileText(profile: Profile): string {
  const form = customForm(profile)
  const changes = changesOf(profile)
  return [
    'profile:',
    `  from: ${form.from}`,
    ...(form.id === undefined ? [] : [`  id: ${form.id}`]),
    `  title: ${JSON.stringify(profile.title)}`,
    ...(changes.length === 0 ? [] : ['  decisions:']),
    ...changes.flatMap(({ name, from, to }) => {
      const { title, doc, values } = decisionOf(name)
      return [
        ...comment(`${title}. ${doc}`),
        ...comment(`${form.from}: ${from}. ${values[from]}`),
        ...comment(`here: ${to} (${heldIn(decisionOf(name), to)}). ${values[to]}`),
        `    ${name}: ${to}`,
      ]
    }),
    '',
  ].join('\n')
}

/** Lines of a comment, broken where a mail would break them. */
function comment(text: string): string[] {
  const lines: string[] = []
  let line = ''
  for (const word of text.split(/\s+/)) {
    if (line !== '' && line.length + word.length > 74) {
      lines.push(line)
      line = '  '
    }
    line += line.trim() === '' ? word : ` ${word}`
  }
  return [...lines, line].map((l) => `    # ${l}`)
}

/** Reads a text of profileText(), or the same without `profile:` on top; `file` is what problems call it. */
export function readProfileText(text: string, file: string): Checked<Profile> {
  const read = readYaml(text, file)
  if (!read.ok) return read
  const { data } = read.value
  const inside = typeof data === 'object' && data !== null && Object.hasOwn(data, 'profile')
  if (inside && Object.keys(data).length > 1)
    return { ok: false, errors: [{ code: 'ZL-SCENARIO-PROFILE', file, line: 1, found: `profile beside ${Object.keys(data).filter((key) => key !== 'profile').join(', ')}`, expected: 'a profile alone' }] }
  const below = inside ? under(read.value, 'profile') : read.value
  const form = CustomProfile.safeParse(below.data)
  if (!form.success) return { ok: false, errors: schemaProblems(form.error.issues, below, file) }
  return profileOf(form.data, file, (path) => below.lineOf(path))
}

/** A form to a profile; problems name the line. `at` is where the form stands in the file. */
export function profileOf(form: CustomForm, file: string, lineOf: (path: readonly (string | number)[]) => number, at: readonly string[] = []): Checked<Profile> {
  const made = customProfile(form)
  if (made.ok) return made
  return {
    ok: false,
    errors: made.problems.map(({ path, found, expected }) => ({ code: 'ZL-SCENARIO-PROFILE', file, line: lineOf([...at, ...path]), field: [...at, ...path].join('.'), found, expected })),
  }
}

const under = (read: ReadText, key: string): ReadText => ({
  data: (read.data as Readonly<Record<string, unknown>>)[key],
  lineOf: (path) => read.lineOf([key, ...path]),
  lineOfKey: (path) => read.lineOfKey([key, ...path]),
})
