import { expect, test } from 'vitest'
import { iomemRoot, type Resource } from './resource-tree.ts'
import { releaseMemRegionAdjustable, type AdjustableRules } from './resource-release.ts'

const leaf = (name: string, start: number, end: number, children: readonly Resource[] = [], flags: Partial<Resource> = {}): Resource =>
  ({ start, end, name, busy: true, sysram: name.startsWith('RAM'), children, ...flags })
const root = (...children: Resource[]): Resource => ({ ...iomemRoot(64), children })
const rules = (sysramOnly: boolean, splitChildren: AdjustableRules['splitChildren'] = 'first-half'): AdjustableRules => ({ sysramOnly, splitChildren })

test('G9: a busy region that is no System RAM is freed in v4.18; v5.0 to v6.2 return 0 and leave it', () => {
  const tree = root(leaf('device', 16, 32))
  expect(releaseMemRegionAdjustable(tree, 16, 32, rules(false))).toEqual({ root: root(), came: 'released' })
  expect(releaseMemRegionAdjustable(tree, 16, 32, rules(true))).toEqual({ root: tree, came: 'stopped' })
})

test('the test for System RAM comes before the descent: what a resource without it hides leaks', () => {
  const kmem = root(leaf('Soft Reserved', 8, 40, [leaf('RAM dax0.0', 16, 32, [leaf('RAM (kmem)', 16, 32)], { busy: false })], { busy: false }))
  expect(releaseMemRegionAdjustable(kmem, 16, 32, rules(true)).came).toBe('stopped')
  const { root: after, came } = releaseMemRegionAdjustable(kmem, 16, 32, rules(false))
  expect([came, after.children[0]?.children[0]?.children]).toEqual(['released', []])
})

test('a split leaves the children below the first half, or each below the half that it lies in (7.2)', () => {
  const tree = root(leaf('RAM', 0, 48, [leaf('code', 4, 8), leaf('crash', 40, 44)]))
  const halves = (split: AdjustableRules['splitChildren']) => releaseMemRegionAdjustable(tree, 16, 32, rules(false, split))
  // the crash kernel would stick out of the first half
  expect(halves('first-half')).toEqual({ root: tree, came: 'child' })
  expect(halves('by-address').root.children.map((r) => [r.start, r.end, r.children.map((c) => c.name)])).toEqual([[0, 16, ['code']], [32, 48, ['crash']]])
})

test('a range outside the tree, over two resources, or over none', () => {
  const tree = root(leaf('RAM', 0, 16), leaf('RAM', 16, 32))
  expect([[60, 70], [8, 24], [0, 32], [40, 48]].map(([s = 0, e = 0]) => releaseMemRegionAdjustable(tree, s, e).came)).toEqual(['outside', 'no-match', 'no-match', 'no-match'])
})
