/**
 * Older versions of the scenario file, brought up one version at a time to the one that schema.ts describes. The list is
 * short now; its place is here so that a file of today still opens when the format has moved on.
 */
import type { InputError } from '../errors.ts'
import type { Checked } from '../errors.ts'
import type { ReadText } from './read-yaml.ts'
import { SCENARIO_VERSION } from './schema.ts'

type Data = Readonly<Record<string, unknown>>

/** upgraders[n] turns the data of version n into version n + 1. */
const upgraders: Readonly<Record<number, (data: Data) => Data>> = {}

/** The data at the current version, or what is wrong with its version. */
export function upgrade(read: ReadText, file: string): Checked<unknown> {
  const data = read.data
  const problem = (code: string, line: number, found: string, expected: string): Checked<unknown> => {
    const error: InputError = { code, file, line, field: 'zonelab', found, expected }
    return { ok: false, errors: [error] }
  }
  if (typeof data !== 'object' || data === null || Array.isArray(data)) {
    return { ok: false, errors: [{ code: 'ZL-SCENARIO-TYPE', file, line: 1, found: 'no map at the top', expected: 'zonelab, title, machine and steps' }] }
  }
  const version = (data as Data)['zonelab']
  if (version === undefined) return problem('ZL-SCENARIO-VERSION', 1, 'nothing', `the version of the format, zonelab: ${SCENARIO_VERSION}`)
  if (typeof version !== 'number' || !Number.isInteger(version) || version < 1) {
    return problem('ZL-SCENARIO-VERSION', read.lineOf(['zonelab']), `${String(version)}`, `a version number up to ${SCENARIO_VERSION}`)
  }
  if (version > SCENARIO_VERSION) {
    return problem('ZL-SCENARIO-VERSION', read.lineOf(['zonelab']), `version ${version}`, `a version up to ${SCENARIO_VERSION}; a newer zonelab wrote this file`)
  }
  let upgraded = data as Data
  for (let v = version; v < SCENARIO_VERSION; v++) upgraded = { ...(upgraders[v]?.(upgraded) ?? upgraded), zonelab: v + 1 }
  return { ok: true, value: upgraded }
}
