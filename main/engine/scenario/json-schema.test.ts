import { expect, test } from 'vitest'
import { scenarioJsonSchema } from './json-schema.ts'

test('the published JSON Schema is what the reader checks (vitest -u writes it anew)', async () => {
  await expect(`${JSON.stringify(scenarioJsonSchema(), null, 2)}\n`).toMatchFileSnapshot('../../../docs/scenario.schema.json')
})
