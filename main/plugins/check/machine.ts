/** The machine that types are checked on: 1 GiB, room above, and a second node without memory. */
import { bootEngine, type Engine } from '../../engine/engine.ts'
import type { DeviceTypes } from '../../engine/devices.ts'
import { V6_1 } from '../../engine/profiles/profiles.ts'
import { loadScenario } from '../../engine/scenario/parse.ts'
import type { Profile } from '../../engine/profiles/profile.ts'

/** As it stands in a scenario. */
export const CHECK_MACHINE = 'machine: {maxmem: 64GiB, nodes: [{memory: 1GiB, cpus: 1}, {}]}'

export function bootCheckMachine(types: DeviceTypes, profile: Profile = V6_1): Engine {
  const scenario = loadScenario(`zonelab: 1\ntitle: plugin check\n${CHECK_MACHINE}\n`, 'plugin check')
  if (!scenario.ok) throw new Error(`the machine of plugin check does not load: ${JSON.stringify(scenario.errors)}`)
  return bootEngine(scenario.value.description, profile, 'coarse', types)
}
