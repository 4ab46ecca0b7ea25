/**
 * What a schema found wrong with a scenario, as `file:line: field: found, expected`. The schema's error text is the
 * "expected" part (see schema.ts); the "found" part is read from the data itself.
 */
import type { z } from 'zod'
import type { InputError } from '../errors.ts'
import { nearest } from './nearest.ts'
import type { Path, ReadText } from './read-yaml.ts'

type Issue = z.core.$ZodIssue

export function problems(issues: readonly Issue[], read: ReadText, file: string): InputError[] {
  // a mistyped key makes the rest of its map look wrong too: what was mistyped is enough
  const mistyped = new Set(issues.filter((issue) => issue.code === 'unrecognized_keys').map((issue) => issue.path.join('/')))
  return issues
    .filter((issue) => !(issue.code === 'custom' && mistyped.has(issue.path.join('/'))))
    .flatMap((issue) => problemsOf(issue, read, file))
    .sort((a, b) => (a.line ?? 0) - (b.line ?? 0))
}

function problemsOf(issue: Issue, read: ReadText, file: string): InputError[] {
  const path = issue.path.filter((key): key is string | number => typeof key !== 'symbol')
  const at = fieldText(path)
  if (issue.code === 'unrecognized_keys') {
    const known = issue.message.replace(/^one of /, '').split(', ')
    return issue.keys.map((key) => {
      const meant = nearest(key, known)
      return {
        code: 'ZL-SCENARIO-KEY', file, line: read.lineOfKey([...path, key]), field: fieldText([...path, key]),
        found: `unknown key '${key}'`,
        expected: meant === undefined ? issue.message : `${meant} (the nearest), or another ${issue.message}`,
      }
    })
  }
  if (issue.code === 'invalid_key') {
    const expected = issue.issues[0]?.message ?? issue.message
    return [{ code: 'ZL-SCENARIO-KEY', file, line: read.lineOfKey(path), field: at, found: `the key '${String(path.at(-1))}'`, expected }]
  }
  const value = valueAt(read.data, path)
  if (value === undefined) {
    return [{ code: 'ZL-SCENARIO-MISSING', file, line: read.lineOf(path.slice(0, -1)), field: at, found: 'nothing', expected: issue.message }]
  }
  const said = issue.code === 'custom' && typeof issue.params?.['found'] === 'string' ? issue.params['found'] : shown(value)
  const code = issue.code === 'invalid_type' || issue.code === 'invalid_union' ? 'ZL-SCENARIO-TYPE' : 'ZL-SCENARIO-VALUE'
  return [{ code, file, line: read.lineOf(path), ...(at === '' ? {} : { field: at }), found: said, expected: issue.message }]
}

/** `steps[3].plug-dimm.size` */
export const fieldText = (path: Path): string =>
  path.reduce<string>((text, key) => (typeof key === 'number' ? `${text}[${key}]` : text === '' ? key : `${text}.${key}`), '')

const valueAt = (data: unknown, path: Path): unknown =>
  path.reduce<unknown>((here, key) => (typeof here === 'object' && here !== null && Object.hasOwn(here, key) ? (here as Record<string | number, unknown>)[key] : undefined), data)

/** What was written, short enough for one line. */
function shown(value: unknown): string {
  if (Array.isArray(value)) return value.length === 0 ? 'an empty list' : `a list of ${value.length}`
  if (typeof value === 'object' && value !== null) {
    const names = Object.keys(value)
    return names.length === 0 ? 'an empty map' : `a map with ${names.slice(0, 4).join(', ')}${names.length > 4 ? ', …' : ''}`
  }
  const text = typeof value === 'string' ? `'${value}'` : String(value)
  return text.length > 60 ? `${text.slice(0, 57)}…` : text
}
