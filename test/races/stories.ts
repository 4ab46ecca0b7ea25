/** The questions that ship, read. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { formatInputError } from '../../main/engine/errors.ts'
import { loadScenario, type Scenario } from '../../main/engine/scenario/parse.ts'

const FOLDER = join(import.meta.dirname, '../../scenarios/races')

export const QUESTIONS: readonly (readonly [name: string, scenario: Scenario])[] = readdirSync(FOLDER)
  .filter((f) => f.endsWith('.zonelab.yaml'))
  .map((f) => {
    const read = loadScenario(readFileSync(join(FOLDER, f), 'utf8'), f)
    if (!read.ok) throw new Error(read.errors.map(formatInputError).join('\n'))
    return [f.replace('.zonelab.yaml', ''), read.value]
  })

export const question = (name: string): Scenario => {
  const found = QUESTIONS.find(([n]) => n.startsWith(name))
  if (!found) throw new Error(`no question ${name}`)
  return found[1]
}
