/** Opening: text to a document. A scenario alone, or captured texts of one machine together. */
import { existsSync, readFileSync } from 'node:fs'
import { dirname, isAbsolute, resolve, sep } from 'node:path'
import { InputErrors, type Checked, type InputError } from '../engine/errors.ts'
import type { InputText, Warning } from '../engine/machine/facts.ts'
import { describe } from '../engine/machine/describe.ts'
import { importTexts } from '../engine/machine/import-texts.ts'
import { loadScenario, looksLikeScenario, type Scenario } from '../engine/scenario/parse.ts'
import type { ImportSources } from '../engine/scenario/machine-form.ts'
import type { DeviceTypes } from '../engine/devices.ts'
import { knownTypes } from '../plugins/known-types.ts'
import { Document } from './document.ts'

/**
 * Captured text that a scenario refers to. For a window: files beside the scenario or below, and only when it is itself a file
 * (pasted text may have come from anywhere, and must not make the lab read this computer). On the command line `anywhere`: whoever names
 * a file there reads it with their own rights.
 */
export const importSources = (file: string, anywhere = false): ImportSources => ({
  read: (path) => {
    const folder = resolve(dirname(file))
    const wanted = resolve(folder, path)
    if (!anywhere && !existsSync(file)) return { ok: false, reason: 'this scenario is not a file, so nothing can be imported relative to it' }
    if (!anywhere && (isAbsolute(path) || (wanted !== folder && !wanted.startsWith(folder + sep)))) return { ok: false, reason: 'a path beside the scenario or below is expected' }
    try {
      return { ok: true, text: readFileSync(wanted, 'utf8') }
    } catch (e) {
      return { ok: false, reason: (e as NodeJS.ErrnoException).code ?? String(e) }
    }
  },
  describe: (texts) => {
    const facts = importTexts(texts)
    if (!facts.ok) return facts
    const described = describe(facts.value)
    return described.ok ? { ok: true, value: described.value.description } : described
  },
})

/** A scenario's text; `file` is its path, or a name when it has none (then nothing can be imported). */
export const openScenarioText = (file: string, text: string): Checked<Scenario> => loadScenario(text, file, importSources(file))

export const warningText = (w: Warning): string => `${w.file}${w.line === undefined ? '' : `:${w.line}`}: ${w.text}`

/** A document of a scenario, with its steps done. */
export function documentOfScenario(scenario: Scenario, types: DeviceTypes = knownTypes()): Checked<Document> {
  return guarded(scenario.file, () => {
    const doc = new Document(scenario.title, scenario.description, [], scenario, scenario.kernel, types)
    for (const step of scenario.steps) for (const command of step.commands) doc.run(command)
    doc.modified = false
    return doc
  })
}

/** A document of one scenario text or of captured texts of one machine. */
export function documentOfTexts(texts: readonly InputText[], types: DeviceTypes = knownTypes()): Checked<Document> {
  const [first] = texts
  if (texts.length === 1 && first && looksLikeScenario(first.text)) {
    const scenario = openScenarioText(first.name, first.text)
    return scenario.ok ? documentOfScenario(scenario.value, types) : scenario
  }
  const scenarioAmong = texts.find((t) => looksLikeScenario(t.text))
  if (scenarioAmong) return bad({ code: 'ZL-OPEN-MIXED', file: scenarioAmong.name, found: 'a scenario among captured texts', expected: 'one scenario alone, or captured texts of one machine' })
  const facts = importTexts(texts)
  if (!facts.ok) return facts
  const described = describe(facts.value)
  if (!described.ok) return described
  const { description, warnings } = described.value
  return guarded(first?.name ?? 'pasted text', () => new Document(description.title, description, [...facts.value.warnings, ...warnings].map(warningText), undefined, undefined, types))
}

const bad = (error: InputError): Checked<never> => ({ ok: false, errors: [error] })

/** Boot refuses an impossible machine by throwing the user's errors. */
export function guarded<T>(file: string, make: () => T): Checked<T> {
  try {
    return { ok: true, value: make() }
  } catch (e) {
    if (e instanceof InputErrors) return { ok: false, errors: e.errors.map((x) => ({ ...x, file })) }
    throw e
  }
}
