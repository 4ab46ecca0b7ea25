import fc from 'fast-check'
import { expect, test } from 'vitest'
import { bootEngine } from '../../main/engine/engine.ts'
import { anyMachine, intents } from './arbitrary.ts'
import { during, expectInvariants, expectMasks, play } from './play.ts'
import { leftovers } from './refusals.ts'
import { replayable } from './replay.ts'
import { describe as told, differences, stateOf, type State } from './state.ts'

test('after every command all invariants hold, and undo and redo of it are exact', () => {
  fc.assert(
    fc.property(anyMachine, intents(14), (description, list) => {
      const engine = bootEngine(description)
      during('boot', () => expectInvariants(engine))
      let before = stateOf(engine)
      let position = engine.position()
      let shown = JSON.stringify(engine.snapshot())
      play(engine, list, () => undefined, () => {
        expectInvariants(engine)
        expectMasks(engine)
        const after = stateOf(engine)
        const then = engine.position()
        const showing = JSON.stringify(engine.snapshot())
        engine.travel(position)
        during('undo', () => expect(told(engine, before, stateOf(engine))).toBe(''))
        during('undo, as a snapshot', () => expect(JSON.stringify(engine.snapshot())).toBe(shown))
        engine.travel(then)
        during('redo', () => expect(told(engine, after, stateOf(engine))).toBe(''))
        during('redo, as a snapshot', () => expect(JSON.stringify(engine.snapshot())).toBe(showing))
        before = after
        position = then
        shown = showing
      })
    }),
    replayable(2000),
  )
})

test('a refused command changed nothing beyond what the kernel leaves', () => {
  const refused = new Map<string, number>()
  fc.assert(
    fc.property(anyMachine, intents(14), (description, list) => {
      const engine = bootEngine(description)
      let before: State = stateOf(engine)
      play(engine, list, () => (before = stateOf(engine)), ({ command, result }) => {
        if (result.ret === 0) return
        expect(result.errno).toBeDefined()
        expect(result.reason).toMatch(/\w/)
        const left = leftovers(command, result.errno ?? '')
        const after = stateOf(engine)
        const beyond = differences(engine, before, after).filter((name) => !left.some((l) => l.change.test(name)))
        expect([result.errno, beyond]).toEqual([result.errno, []])
        const key = `${command.op} ${result.errno}`
        refused.set(key, (refused.get(key) ?? 0) + 1)
      })
    }),
    replayable(1000),
  )
  // the sequences met every refusal that ordinary RAM knows
  expect([...refused.keys()].sort()).toEqual(expect.arrayContaining([
    'add_memory E2BIG', 'add_memory EEXIST', 'add_memory EINVAL', 'block EBUSY', 'block EINTR', 'block EINVAL', 'block ENOENT', 'block EPERM',
    'offline_and_remove_memory EBUSY', 'offline_and_remove_memory EINVAL', 'plug_dimm E2BIG', 'plug_dimm EEXIST', 'plug_dimm EINVAL', 'policy EINVAL',
    'remove_memory EBUSY', 'remove_memory EINVAL', 'unplug_dimm EBUSY', 'unplug_dimm ENODEV',
  ]))
})

test('a refused unplug, or a refused offline_and_remove_memory, that nobody vetoes has every block online again that was', () => {
  fc.assert(
    fc.property(anyMachine, intents(14), (description, list) => {
      const engine = bootEngine(description)
      const online = (): string => JSON.stringify(engine.snapshot().blocks.flatMap((b) => Array.from({ length: b.last - b.first + 1 }, (_, i) => [b.first + i, b.state])))
      let before = ''
      play(engine, list, () => (before = online()), ({ command, result }) => {
        if (command.op !== 'unplug_dimm' && command.op !== 'offline_and_remove_memory') return
        const vetoed = engine.booted.store.ref(engine.booted.kernel.notifiers).some((n) => n.event === 'MEM_GOING_ONLINE')
        const bug = result.reason?.startsWith('BUG') === true
        if (result.ret !== 0 && !vetoed && !bug) expect(online()).toBe(before)
      })
    }),
    replayable(500),
  )
})
