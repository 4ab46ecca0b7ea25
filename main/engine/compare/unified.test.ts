import fc from 'fast-check'
import { expect, test } from 'vitest'
import { unifiedDiff } from './unified.ts'

test('hunks with their lines and numbers, as diff -u has them', () => {
  const a = 'a\nb\nc\nd\ne\nf\ng\nh\ni\nj\n'
  expect(unifiedDiff(a, a.replace('b\n', '').replace('i\n', 'i\nx\n'), 'A', 'B', 1)).toBe('--- A\n+++ B\n@@ -1,3 +1,2 @@\n a\n-b\n c\n@@ -9,2 +8,3 @@\n i\n+x\n j\n')
  expect(unifiedDiff('', 'x\n', 'A', 'B')).toBe('--- A\n+++ B\n@@ -0,0 +1 @@\n+x\n')
  expect(unifiedDiff('x\n', '', 'A', 'B')).toBe('--- A\n+++ B\n@@ -1 +0,0 @@\n-x\n')
  expect(unifiedDiff(a, a, 'A', 'B')).toBe('')
})

/** patch(1), strictly. */
function patched(a: string, diff: string): string {
  const from = a.split('\n').slice(0, -1)
  const out: string[] = []
  let at = 0
  for (const hunk of diff.split(/^(?=@@)/m).slice(1)) {
    const [head, ...lines] = hunk.split('\n').slice(0, -1)
    const [, start, count = '1', , countB = '1'] = /^@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@$/.exec(head!)!
    const first = Number(start) - (count === '0' ? 0 : 1)
    out.push(...from.slice(at, first))
    at = first
    expect([lines.filter((l) => l[0] !== '+').length, lines.filter((l) => l[0] !== '-').length]).toEqual([Number(count), Number(countB)])
    for (const line of lines) {
      if (line[0] !== '+') expect(from[at++]).toBe(line.slice(1))
      if (line[0] !== '-') out.push(line.slice(1))
    }
  }
  return [...out, ...from.slice(at), ''].join('\n')
}

test('a diff makes the one of the other, for any two texts', () => {
  const text = fc.array(fc.constantFrom('a', 'b', 'c', 'd'), { maxLength: 30 }).map((lines) => lines.map((l) => `${l}\n`).join(''))
  fc.assert(fc.property(text, text, fc.nat(4), (a, b, context) => {
    expect(patched(a, unifiedDiff(a, b, 'A', 'B', context))).toBe(b)
  }), { numRuns: 500 })
})
