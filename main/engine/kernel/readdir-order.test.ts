import { expect, test } from 'vitest'
import { readdirOrder } from './readdir-order.ts'

test('a node\'s folder lists its blocks by hash: 35 before 33 and 34, which is why daxctl met block 35 first', () => {
  expect(readdirOrder([33, 34, 35], (n) => `memory${n}`)).toEqual([35, 33, 34])
})
test('the order of the entries given does not matter', () => {
  const names = Array.from({ length: 200 }, (_, i) => `memory${i}`)
  expect(readdirOrder([...names].reverse(), (n) => n)).toEqual(readdirOrder(names, (n) => n))
})
