import fc from 'fast-check'
import { expect, test } from 'vitest'
import { bootEngine } from '../../main/engine/engine.ts'
import { anyMachine, commandOf, intents } from './arbitrary.ts'
import { during, expectInvariants, play } from './play.ts'
import { replayable } from './replay.ts'
import { describe as told, stateOf, type State } from './state.ts'

const jumps = fc.array(fc.nat(1000), { minLength: 1, maxLength: 12 })

test('any command of a history is reached from any other, exactly, however often one goes back and forth', () => {
  fc.assert(
    fc.property(anyMachine, intents(14), jumps, (description, list, targets) => {
      const engine = bootEngine(description)
      const moments: { position: number; state: State; shown: string }[] = []
      const keep = (): void => void moments.push({ position: engine.position(), state: stateOf(engine), shown: JSON.stringify(engine.snapshot()) })
      keep()
      play(engine, list, () => undefined, keep)
      for (const target of targets) {
        const moment = moments[target % moments.length]!
        engine.travel(moment.position)
        during(`at position ${moment.position}`, () => {
          expect(told(engine, moment.state, stateOf(engine))).toBe('')
          expect(JSON.stringify(engine.snapshot())).toBe(moment.shown)
          expectInvariants(engine)
        })
      }
    }),
    replayable(600),
  )
})

test('a command after an undo makes the history that it would have made without what was undone', () => {
  fc.assert(
    fc.property(anyMachine, intents(10), intents(6), fc.nat(1000), (description, list, other, cut) => {
      const keep = cut % (list.length + 1)
      const engine = bootEngine(description)
      const positions = [engine.position()]
      play(engine, list, () => undefined, () => void positions.push(engine.position()))
      engine.travel(positions[keep]!)
      play(engine, other, () => undefined, () => expectInvariants(engine))

      const straight = bootEngine(description)
      play(straight, [...list.slice(0, keep), ...other], () => undefined, () => undefined)
      expect(told(engine, stateOf(engine), stateOf(straight))).toBe('')
      expect(engine.position()).toBe(straight.position())
      // what was undone is gone for good once something was written
      if (engine.position() > positions[keep]!) expect(() => engine.travel(engine.position() + 1)).toThrow(/outside/)
    }),
    replayable(400),
  )
})

test('even half-way through a command every journal position is exact both ways', () => {
  fc.assert(
    fc.property(anyMachine, intents(5), (description, list) => {
      const engine = bootEngine(description)
      play(engine, list, () => undefined, () => undefined)
      const end = engine.position()
      const down: State[] = []
      const step = Math.max(1, Math.floor(end / 40))
      for (let at = end; at >= 0; at -= step) {
        engine.travel(at)
        down.push(stateOf(engine))
      }
      for (let i = down.length - 1; i >= 0; i--) {
        engine.travel(end - i * step)
        expect(told(engine, down[i]!, stateOf(engine))).toBe('')
      }
    }),
    replayable(100),
  )
})

test('trying a command out answers what it would answer, and leaves state, history and what can be redone as they are', () => {
  fc.assert(
    fc.property(anyMachine, intents(10), (description, list) => {
      const engine = bootEngine(description)
      for (const intent of list) {
        const command = commandOf(engine, intent)
        during(JSON.stringify(command), () => {
          const [state, position] = [stateOf(engine), engine.position()]
          const tried = engine.tryOut(command)
          expect([told(engine, state, stateOf(engine)), engine.position()]).toEqual(['', position])
          expect(engine.execute(command)).toEqual(tried)
          const [after, end] = [stateOf(engine), engine.position()]
          engine.travel(position)
          engine.tryOut(command)
          engine.travel(end)
          expect(told(engine, after, stateOf(engine))).toBe('')
        })
      }
    }),
    replayable(300),
  )
})
