/** Scenarios of this project as stories to run under any kernel, and what can be seen of a run. */
import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { bootEngine } from '../../main/engine/engine.ts'
import { formatInputError } from '../../main/engine/errors.ts'
import type { Profile } from '../../main/engine/profiles/profile.ts'
import { loadScenario, type Scenario } from '../../main/engine/scenario/parse.ts'
import { knownTypes } from '../../main/plugins/known-types.ts'

const FOLDER = join(import.meta.dirname, '../../scenarios')
const types = knownTypes()

export const stories: readonly Scenario[] = readdirSync(FOLDER).filter((f) => f.endsWith('.zonelab.yaml')).sort().map((file) => {
  const read = loadScenario(readFileSync(join(FOLDER, file), 'utf8'), file)
  if (!read.ok) throw new Error(read.errors.map(formatInputError).join('\n'))
  return read.value
})

/** What a user sees of each moment: results, log lines, the whole snapshot. One text a moment; the first is boot. */
export function traceOf(story: Scenario, profile: Profile): readonly string[] {
  const engine = bootEngine(story.description, profile, 'coarse', types)
  const seen = [JSON.stringify(engine.snapshot())]
  for (const step of story.steps) {
    const results = step.commands.map((command) => {
      const { ret, errno, log } = engine.execute(command)
      return [ret, errno, log.map((l) => l.text)]
    })
    seen.push(JSON.stringify([results, engine.snapshot()]))
  }
  return seen
}

/** The first moment at which two traces differ; -1 when they are equal. */
export const firstDifference = (a: readonly string[], b: readonly string[]): number => a.findIndex((moment, i) => moment !== b[i])
