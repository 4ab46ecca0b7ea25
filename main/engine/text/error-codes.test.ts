import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url))

it('every error code of text and import is explained in docs/errors.md, and no other', () => {
  const sources = ['./', '../machine/'].flatMap((dir) => readdirSync(here(dir)).filter((f) => f.endsWith('.ts') && !f.endsWith('.test.ts')).map((f) => readFileSync(here(dir + f), 'utf8')))
  const used = new Set(sources.flatMap((s) => s.match(/ZL-[A-Z0-9-]+/g) ?? []))
  const families = new Set([...used].map((code) => code.split('-')[1]))
  const documented = readFileSync(here('../../../docs/errors.md'), 'utf8').match(/^\| `ZL-[A-Z0-9-]+`/gm)?.map((m) => m.slice(3, -1)) ?? []
  expect(documented.filter((code) => families.has(code.split('-')[1])).sort()).toEqual([...used].sort())
})
