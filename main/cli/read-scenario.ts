/** Reads the scenario file that a command is given; also one whose machine is captured text beside it. */
import { InputErrors, type Checked } from '../engine/errors.ts'
import { parseScenario, resolveScenario, type Scenario } from '../engine/scenario/parse.ts'
import type { Io } from './io.ts'

export async function readScenario(file: string, io: Io): Promise<Checked<Scenario>> {
  let text: string
  try {
    text = io.read(file)
  } catch (e) {
    return { ok: false, errors: [{ code: 'ZL-FILE', file, found: (e as NodeJS.ErrnoException).code ?? String(e), expected: 'a scenario that can be read' }] }
  }
  const parsed = parseScenario(text, file)
  if (!parsed.ok) return parsed
  // the importers are not small; most scenarios need none of them
  const sources = parsed.value.form.machine.import === undefined ? undefined : (await import('../lab/open.ts')).importSources(file, true)
  return resolveScenario(parsed.value, sources)
}

/** The value, or its errors thrown. */
export const unwrap = <T>(checked: Checked<T>): T => {
  if (!checked.ok) throw new InputErrors(checked.errors)
  return checked.value
}
