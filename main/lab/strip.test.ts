import { expect, test } from 'vitest'
import { bootEngine } from '../engine/engine.ts'
import { PROFILES } from '../engine/profiles/profiles.ts'
import { knownTypes } from '../plugins/known-types.ts'
import { openScenarioText } from './open.ts'
import { strip, stripTells } from './strip.ts'

function machine(text: string) {
  const opened = openScenarioText('strip.zonelab.yaml', `zonelab: 1\ntitle: Strip\n${text}`)
  if (!opened.ok) throw new Error('not a scenario')
  const engine = bootEngine(opened.value.description, PROFILES.get(opened.value.profile), 'coarse', knownTypes())
  for (const command of opened.value.steps.flatMap((s) => s.commands)) engine.execute(command)
  return engine
}

test('a strip shows blocks by zone and folds what is empty', () => {
  const engine = machine('machine: {memory: 1GiB}\nsteps:\n  - plug-dimm: {id: d0, size: 256MiB, at: 4GiB}\n  - online_movable: 32\n')
  expect(strip(engine)).toEqual([
    { kind: 'run', zone: 'DMA32', state: 'online', weight: 1, blocks: 1 }, { kind: 'run', zone: 'DMA32', state: 'online', weight: 7, blocks: 7 },
    { kind: 'fold', hidden: 3 * 2 ** 30 },
    { kind: 'run', zone: 'Movable', state: 'online', weight: 1, blocks: 1 }, { kind: 'run', zone: 'none', state: 'offline', weight: 1, blocks: 1 },
  ])
})

test('a device between the RAM of one block is a part of its own', () => {
  const engine = machine('machine: {memory: 2GiB, cmdline: "memmap=32M!1G"}\n')
  const parts = strip(engine)
  expect(parts.map((part) => (part.kind === 'run' ? `${part.zone} ${part.state} ${part.weight}` : 'fold'))).toEqual([
    'DMA32 online 1', 'DMA32 online 7', 'Device reserved 0.25', 'DMA32 online 7.75',
  ])
})

test('of equal machines the more varied one tells more', () => {
  const one = machine('machine: {memory: 1GiB}\n')
  const other = machine('machine: {memory: 1GiB}\nsteps: [{offline: 3}]\n')
  expect(stripTells(strip(other))).toBeGreaterThan(stripTells(strip(one)))
})
