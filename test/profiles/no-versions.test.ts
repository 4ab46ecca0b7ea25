/** Operations branch on decisions only: nothing that runs as the kernel reads which kernel it is. */
import { readFileSync, readdirSync } from 'node:fs'
import { join, relative } from 'node:path'
import { expect, test } from 'vitest'

const root = join(import.meta.dirname, '../..')
const FOLDERS = ['kernel', 'boot', 'state', 'checks', 'executors'].map((name) => join(root, 'main/engine', name))
const files = FOLDERS.flatMap((folder) => readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((name) => join(folder, name))).filter((f) => f.endsWith('.ts') && !f.endsWith('.test.ts'))

/** Code without comments, and without the source that an operation names (`op('name', 'file, versions', …)`). */
function codeOf(file: string): readonly { readonly line: number; readonly text: string }[] {
  const blank = (text: string): string => text.replace(/[^\n]/g, ' ')
  const text = readFileSync(file, 'utf8')
    .replace(/\/\*[^]*?\*\//g, blank)
    .replace(/(^|[^:'"`])\/\/.*$/gm, blank)
    .replace(/\bop\(\s*'[^']*',\s*'(?:[^'\\]|\\.)*'/g, blank)
  return text.split('\n').map((line, i) => ({ line: i + 1, text: line }))
}

/** A version, which profile it is, and the profiles themselves. A title may be said in a message. */
const READS: readonly (readonly [what: string, pattern: RegExp])[] = [
  ['the id of a profile', /\bprofile\.id\b|\bprofile\??\.(?:date|parent|source)\b/],
  ['the release of a profile', /\bprofile\??\.release\b|\breleaseNumber\b/],
  ['a version', /\bv\d+\.\d+/],
  ['a patch by its name', /\b(?:rfc|blind|v3)-20\d\d-\d\d\b/],
  ['the profiles by name', /profiles\/(?:profiles|names|custom)\.ts/],
]

const found = (text: string): readonly string[] => READS.filter(([, pattern]) => pattern.test(text)).map(([what]) => what)

test('no operation reads a version, a release or the id of a profile', () => {
  expect(files.length).toBeGreaterThan(60)
  const reads = files.flatMap((file) => codeOf(file).flatMap(({ line, text }) => found(text).map((what) => `${relative(root, file)}:${line}: ${what}: ${text.trim()}`)))
  expect(reads).toEqual([])
})

test('it would be noticed', () => {
  expect(found("if (k.profile.release === 'v5.3') return 0")).toEqual(['the release of a profile', 'a version'])
  expect(found("  const old = k.profile.id.startsWith('rfc')")).toEqual(['the id of a profile'])
  expect(found("  if (name === 'rfc-2018-08') return 0")).toEqual(['a patch by its name'])
  expect(found("import { V6_1 } from '../profiles/profiles.ts'")).toEqual(['the profiles by name'])
  expect(found("  return k.profile.decisions.spanLocks === 'none'")).toEqual([])
})

test('operations do ask for decisions', () => {
  const asks = new Set(files.flatMap((file) => codeOf(file).flatMap(({ text }) => [...text.matchAll(/\bdecisions\.(\w+)/g)].map((m) => m[1]!))))
  expect(asks.size).toBeGreaterThan(30)
})
