/** Tools that write to many blocks: runs of alike blocks at once, or one by one as readdir lists them, end in the same machine. */
import { expect, test } from 'vitest'
import type { Command } from '../../main/engine/command.ts'
import { readdirOrder } from '../../main/engine/kernel/readdir-order.ts'
import { GiB } from '../../main/engine/units.ts'
import { Machine } from './machine.ts'

const machine = (before: readonly Command[] = []): Machine => {
  const m = new Machine()
  expect(m.add('hbm', 'dax-kmem', { at: 8 * GiB, size: '4GiB', node: 0 })).toBe('ok')
  for (const c of before) m.run(c)
  return m
}
const blocks = readdirOrder(Array.from({ length: 32 }, (_, i) => 64 + i), (b) => `memory${b}`)
const state = (m: Machine) => {
  const { nodes, sections, blocks: runs, pages } = m.engine.snapshot()
  return { nodes, sections, runs, pages }
}

test.each<[string, Command[]]>([
  ['all alike', []],
  ['one is online already', [{ op: 'block', block: 70, state: 'online' }]],
  ['Movable lies across', [{ op: 'block', block: 66, state: 'online_movable' }, { op: 'block', block: 80, state: 'online_movable' }]],
  ['a DIMM beside it is Normal', [{ op: 'plug_dimm', id: 'd', start: 6 * GiB, size: GiB, node: 0 }, { op: 'block', block: 48, state: 'online_kernel' }]],
])('%s: online, online into Movable and offline', (_, before) => {
  for (const movable of [true, false]) {
    const [tool, byHand] = [machine(before), machine(before)]
    expect(tool.act('hbm', 'online-memory', { movable })).toBe('ok')
    for (const b of blocks) if (byHand.blockState(b) === 'offline') byHand.block(b, movable ? 'online_movable' : 'online')
    expect(state(tool)).toEqual(state(byHand))
    expect(tool.act('hbm', 'offline-memory')).toBe('ok')
    for (const b of blocks) byHand.block(b, 'offline')
    expect(state(tool)).toEqual(state(byHand))
  }
})

test('the first refusal in the folder\'s order ends it, and blocks before it stay taken', () => {
  const m = machine()
  m.act('hbm', 'online-memory')
  const stuck = blocks[5] ?? 0
  m.run({ op: 'mark', start: stuck * m.engine.booted.kernel.blockBytes, size: 4096, as: 'unmovable' })
  expect(m.act('hbm', 'offline-memory')).not.toBe('ok')
  expect(blocks.map((b) => m.blockState(b))).toEqual([...Array.from({ length: 5 }, () => 'offline'), ...Array.from({ length: 27 }, () => 'online')])
})

test('a veto keeps every block offline', () => {
  const m = machine([{ op: 'notifier', name: 'n', event: 'MEM_GOING_ONLINE', answer: 'veto' }])
  expect(m.act('hbm', 'online-memory')).toBe('EPERM')
  expect(blocks.every((b) => m.blockState(b) === 'offline')).toBe(true)
})

test('a block right behind the device, on its node, is counted with it as daxctl does', () => {
  const m = machine([{ op: 'plug_dimm', id: 'd', start: 12 * GiB, size: GiB, node: 0 }])
  expect(m.act('hbm', 'online-memory')).toBe('ok')
  expect([95, 96, 97].map((b) => m.blockState(b))).toEqual(['online', 'online', 'offline'])
})
