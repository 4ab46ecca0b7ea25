/** Costs that device types declare themselves, for what their hooks charge with `kernel.cost`. */
import type { DeviceTypes } from '../devices.ts'
import type { ChargedCost } from './costs.ts'

export function ownCosts(types: DeviceTypes): ReadonlyMap<string, ChargedCost> {
  const all = new Map<string, ChargedCost>()
  for (const id of types.ids)
    for (const [name, c] of Object.entries(types.get(id)?.costs ?? {}))
      all.set(name, { use: 'charged', kind: c.waits ? 'wait' : 'cpu', per: c.per ?? '', default: c.ns, min: c.min ?? 0, max: c.max ?? 1e12, doc: c.doc, source: `device type ${id}` })
  return all
}
