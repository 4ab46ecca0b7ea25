import fc from 'fast-check'
import { expect, test } from 'vitest'
import { bootEngine } from '../../main/engine/engine.ts'
import { V6_1 } from '../../main/engine/profiles/profiles.ts'
import type { Profile } from '../../main/engine/profiles/profile.ts'
import { anyMachine, commandOf, intents } from './arbitrary.ts'
import { during, expectInvariants } from './play.ts'
import { replayable } from './replay.ts'
import { describe as told, stateOf } from './state.ts'

/** With CONFIG_DEBUG_VM struct pages are poisoned instead of left as they are. */
const debugVm: Profile = { ...V6_1, decisions: { ...V6_1.decisions, debugVm: 'on' } }

test('the finest and the coarsest grain answer alike and end in the same state, command by command', () => {
  const met = new Set<string>()
  fc.assert(
    fc.property(anyMachine, intents(14), fc.boolean(), (description, list, debug) => {
      const profile = debug ? debugVm : V6_1
      const coarse = bootEngine(description, profile, 'coarse')
      const fine = bootEngine(description, profile, 'fine')
      for (const intent of list) {
        const command = commandOf(coarse, intent)
        during(JSON.stringify(command), () => {
          expect(commandOf(fine, intent)).toEqual(command)
          const [a, b] = [coarse.execute(command), fine.execute(command)]
          expect({ ...b, steps: 0 }).toEqual({ ...a, steps: 0 })
          expect(told(coarse, stateOf(coarse), stateOf(fine))).toBe('')
          expect(fine.snapshot()).toEqual(coarse.snapshot())
          expectInvariants(coarse)
          met.add(`${command.op} ${a.ret === 0 ? 'ok' : 'refused'}`)
        })
      }
    }),
    replayable(1000),
  )
  for (const op of ['add_memory', 'block', 'remove_memory', 'offline_and_remove_memory', 'plug_dimm', 'unplug_dimm']) expect([...met]).toEqual(expect.arrayContaining([`${op} ok`, `${op} refused`]))
})
