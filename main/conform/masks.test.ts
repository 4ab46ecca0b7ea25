import { expect, test } from 'vitest'
import { Masks } from './masks.ts'

const facts = (lines: Record<string, string>): Map<string, string> => new Map(Object.entries(lines))

test('what a step without a command changed is left out of both sides from there on, and nothing else', () => {
  const masks = new Masks()
  masks.changedBy(facts({ 'node 0 spanned': '1', max_pfn: '0x10' }), facts({ 'node 0 spanned': '2', max_pfn: '0x10', 'dev 1': 'there' }))
  const recorded = facts({ 'node 0 spanned': '2', max_pfn: '0x10', 'dev 1': 'there' })
  const model = facts({ 'node 0 spanned': '1', max_pfn: '0x11' })
  expect(masks.apply(recorded, model)).toBe(2)
  expect([...recorded]).toEqual([['max_pfn', '0x10']])
  expect([...model]).toEqual([['max_pfn', '0x11']])
})
