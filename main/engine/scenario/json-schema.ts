/** The JSON Schema of the scenario file, published as docs/scenario.schema.json for editors. */
import { z } from 'zod'
import { SCENARIO_VERSION, ScenarioFile } from './schema.ts'

export function scenarioJsonSchema(): Record<string, unknown> {
  const schema = z.toJSONSchema(ScenarioFile, {
    io: 'input',
    override: ({ jsonSchema }) => {
      // every integer is bounded by what JavaScript can hold; saying so at each of them helps nobody
      if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum
    },
  })
  return { ...schema, title: `Zonelab scenario, version ${SCENARIO_VERSION}`, description: 'A machine, what is done to it, and what must come of it. See docs/scenario.md.' }
}
