import fc from 'fast-check'
import { expect, test } from 'vitest'
import { bootEngine } from '../../main/engine/engine.ts'
import { anyMachine, commandOf, intents } from './arbitrary.ts'
import { NaiveKernel } from './naive-kernel.ts'
import { during, expectInvariants } from './play.ts'
import { replayable } from './replay.ts'

test('a model with an array element a page, and loops as in C, comes to the same zones, nodes, blocks and errnos', () => {
  fc.assert(
    fc.property(anyMachine, intents(14), (description, list) => {
      const engine = bootEngine(description)
      const naive = new NaiveKernel(engine)
      expect(naive.view()).toEqual(NaiveKernel.view(engine.snapshot()))
      for (const intent of list) {
        const command = commandOf(engine, intent)
        during(JSON.stringify(command), () => {
          const expected = naive.execute(command)
          expect(engine.execute(command).ret).toBe(expected)
          expect(NaiveKernel.view(engine.snapshot())).toEqual(naive.view())
          expectInvariants(engine)
        })
      }
    }),
    replayable(1000),
  )
})
