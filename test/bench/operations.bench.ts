/**
 * Single operations on a machine of 64 TiB, 524,288 sections in as many memory blocks: as smooth as it is after boot, and cut into
 * thousands of runs by blocks that are online in alternate zones. Each is undone and done again; undoing is measured too.
 */
import type { Command } from '../../main/engine/command.ts'
import { bootEngine, type Engine } from '../../main/engine/engine.ts'
import { TiB } from '../../main/engine/units.ts'
import { median, type Figure } from './figure.ts'
import { BLOCK, roomFor62TiB } from './large-machine.ts'

const GOAL = 16
const HOT = 2 * TiB
const DIMM: Command = { op: 'plug_dimm', id: 'd0', start: HOT, size: 62 * TiB, node: 0 }

const ok = (engine: Engine, command: Command): void => {
  const result = engine.execute(command)
  if (result.ret !== 0) throw new Error(`${JSON.stringify(command)}: ${result.errno ?? result.ret} ${result.reason ?? ''}`)
}
const word = (index: number, state: string): Command => ({ op: 'block', block: (HOT + index * BLOCK) / BLOCK, state })

/** 62 TiB in one DIMM, all offline. */
function smooth(): Engine {
  const engine = bootEngine(roomFor62TiB())
  ok(engine, DIMM)
  return engine
}
/** The same with every eighth of the first 16,000 blocks online, alternately in Normal and Movable. */
function cut(): Engine {
  const engine = smooth()
  for (let i = 0; i < 16000; i += 8) ok(engine, word(i, i % 16 ? 'online_movable' : 'online_kernel'))
  return engine
}
const machines: { smooth?: Engine; cut?: Engine } = {}
const machineOf = (name: 'smooth' | 'cut'): Engine => (machines[name] ??= name === 'smooth' ? smooth() : cut())

/** Median time of the last of some commands, and of undoing it; those before it prepare. */
function operation(name: string, on: 'bare' | 'smooth' | 'cut', ...commands: readonly Command[]): Figure {
  return {
    name, unit: 'ms', goal: `≤ ${GOAL}`,
    run: async () => {
      const engine = on === 'bare' ? bootEngine(roomFor62TiB()) : machineOf(on)
      const start = engine.position()
      const [times, undos]: [number[], number[]] = [[], []]
      for (let i = 0; i < 15; i++) {
        for (const command of commands.slice(0, -1)) ok(engine, command)
        const position = engine.position()
        const before = performance.now()
        ok(engine, commands[commands.length - 1]!)
        times.push(performance.now() - before)
        const undo = performance.now()
        engine.travel(position)
        undos.push(performance.now() - undo)
        engine.travel(start)
      }
      const value = median(times.slice(3))
      return { value, holds: value <= GOAL, beside: `undo ${median(undos.slice(3)).toPrecision(2)} ms, ${engine.booted.store.runCount} runs` }
    },
  }
}

const last = 62 * TiB / BLOCK - 1
const figures: readonly Figure[] = [
  operation('op-add_memory-62TiB', 'bare', { op: 'add_memory', node: 0, start: HOT, size: 62 * TiB }),
  operation('op-plug_dimm-62TiB', 'bare', DIMM),
  operation('op-unplug_dimm-62TiB', 'smooth', { op: 'unplug_dimm', id: 'd0' }),
  operation('op-online-first', 'smooth', word(0, 'online')),
  operation('op-online-last', 'smooth', word(last, 'online_movable')),
  operation('op-offline', 'smooth', word(0, 'online_movable'), word(last, 'online_movable'), word(last, 'offline')),
  operation('op-remove_memory-block', 'smooth', { op: 'remove_memory', start: HOT + 1000 * BLOCK, size: BLOCK }),
  operation('op-offline_and_remove-block', 'smooth', word(5, 'online'), { op: 'offline_and_remove_memory', start: HOT + 5 * BLOCK, size: BLOCK }),
  operation('op-offline_and_remove-62TiB', 'smooth', { op: 'offline_and_remove_memory', start: HOT, size: 62 * TiB }),
  operation('op-online-cut', 'cut', word(15999, 'online_movable')),
  operation('op-offline-cut-inside', 'cut', word(8, 'offline')),
  operation('op-offline-cut-end', 'cut', word(15992, 'offline')),
  operation('op-offline-cut-start', 'cut', word(8, 'offline'), word(24, 'offline')),
  operation('op-offline_and_remove-cut', 'cut', { op: 'offline_and_remove_memory', start: HOT + 16 * BLOCK, size: BLOCK }),
  operation('op-auto-online-62TiB', 'bare', { op: 'policy', name: 'auto_online_blocks', value: 'online_movable' }, DIMM),
  operation('op-unplug-online-62TiB', 'bare', { op: 'policy', name: 'auto_online_blocks', value: 'online_movable' }, DIMM, { op: 'unplug_dimm', id: 'd0' }),
]

/** What has no goal: the operations that touch thousands of runs one after another, and what a window asks for after each step. */
const plain = (name: string, unit: string, run: () => { value: number; beside: string }): Figure => ({ name, unit, goal: 'none', run: async () => ({ ...run(), holds: true }) })
const once = (body: () => unknown): number => {
  const before = performance.now()
  body()
  return performance.now() - before
}

export default [
  ...figures,
  plain('op-unplug-cut-62TiB', 'ms', () => {
    const engine = machineOf('cut')
    const position = engine.position()
    const value = once(() => ok(engine, { op: 'unplug_dimm', id: 'd0' }))
    const undo = once(() => engine.travel(position))
    return { value, beside: `2,000 blocks that are online go offline one by one; undo ${undo.toPrecision(2)} ms` }
  }),
  plain('op-auto-movable-8TiB', 'ms', () => {
    const engine = bootEngine(roomFor62TiB())
    ok(engine, { op: 'policy', name: 'auto_online_blocks', value: 'online' })
    ok(engine, { op: 'policy', name: 'online_policy', value: 'auto-movable' })
    const value = once(() => ok(engine, { op: 'plug_dimm', id: 'd0', start: HOT, size: 8 * TiB, node: 0 }))
    return { value, beside: '65,536 blocks, each asked for its zone by the ratio' }
  }),
  plain('snapshot-cut', 'ms', () => {
    const engine = machineOf('cut')
    const times = Array.from({ length: 9 }, () => once(() => engine.snapshot()))
    return { value: median(times), beside: `${engine.booted.store.runCount} runs` }
  }),
  plain('invariants-cut', 'ms', () => {
    const engine = machineOf('cut')
    const times = Array.from({ length: 9 }, () => once(() => engine.invariants()))
    const broken = engine.invariants().filter((i) => !i.holds).map((i) => i.id)
    return { value: median(times), beside: broken.length ? `broken: ${broken.join(' ')}` : 'all hold' }
  }),
] satisfies readonly Figure[]
