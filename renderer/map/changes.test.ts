import { expect, it } from 'vitest'
import { changedStretches } from './changes.ts'
import type { DrawItem, TrackData } from './items.ts'

const block = (nr: number, state: DrawItem['state']): DrawItem =>
  ({ start: nr * 10, end: nr * 10 + 10, lane: 0, zone: 'Normal', state, label: String(nr), count: 1, packed: false, cut: false })
const blocks = (...items: DrawItem[]): TrackData => new Map([['blocks', items]])

it('offlining two neighbouring blocks changes one stretch of the block track', () => {
  const before = blocks(block(1, 'online'), block(2, 'online'), block(3, 'online'), block(7, 'online'))
  const after = blocks(block(1, 'online'), block(2, 'offline'), block(3, 'offline'), block(7, 'online'))
  expect(changedStretches(before, after)).toEqual([{ track: 'blocks', lane: 0, start: 20, end: 40 }])
})
it('what disappears changed too, and what is equal did not', () => {
  expect(changedStretches(blocks(block(1, 'online'), block(4, 'offline')), blocks(block(1, 'online')))).toEqual([
    { track: 'blocks', lane: 0, start: 40, end: 50 },
  ])
  expect(changedStretches(blocks(block(1, 'online')), blocks(block(1, 'online')))).toEqual([])
})
it('a track that was not asked for before did not change', () => {
  expect(changedStretches(new Map(), blocks(block(1, 'online')))).toEqual([])
})
