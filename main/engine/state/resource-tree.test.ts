import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  eachResource, insertResource, iomemRoot, releaseRegion, releaseResource, removeResource, requestRegion, systemRamBytes, type Resource,
} from './resource-tree.ts'
import { GiB } from '../units.ts'
import { releaseMemRegionAdjustable } from './resource-release.ts'

/** A tree as nested lists: [name, start, end, …children], busy names in capitals. */
type Shape = readonly [name: string, start: number, end: number, ...children: Shape[]]
const shape = (r: Resource): Shape[] => r.children.map((c) => [c.name, c.start, c.end, ...shape(c)])
const leaf = (name: string, start: number, end: number, children: readonly Resource[] = []): Resource => ({
  start, end, name, busy: name === name.toUpperCase(), sysram: name.toLowerCase().startsWith('ram'), children,
})
const root = (...children: Resource[]): Resource => ({ ...iomemRoot(64), children })

/** struct resource with its pointers, and kernel/resource.c's walks over them; `end` is inclusive here as there. */
class CResource {
  parent: CResource | undefined
  sibling: CResource | undefined
  child: CResource | undefined
  constructor(public name: string, public start: number, public end: number, public busy: boolean) {}

  request(fresh: CResource): CResource | undefined {
    if (fresh.end < fresh.start || fresh.start < this.start || fresh.end > this.end) return this
    let before: CResource | undefined
    for (let at = this.child; ; at = at.sibling) {
      if (!at || at.start > fresh.end) {
        fresh.sibling = at
        fresh.parent = this
        if (before) before.sibling = fresh
        else this.child = fresh
        return undefined
      }
      if (at.end >= fresh.start) return at
      before = at
    }
  }

  /** __request_region(): false when refused. */
  requestRegion(start: number, end: number, name: string): boolean {
    const conflict = this.request(new CResource(name, start, end - 1, true))
    if (!conflict) return true
    return conflict !== this && !conflict.busy && conflict.requestRegion(start, end, name)
  }

  unlink(victim: CResource, ...by: CResource[]): void {
    const list: CResource[] = []
    for (let at = this.child; at; at = at.sibling) list.push(at)
    this.link(list.flatMap((c) => (c === victim ? by : [c])))
  }
  link(list: readonly CResource[]): void {
    this.child = list[0]
    for (const [i, c] of list.entries()) {
      c.parent = this
      c.sibling = list[i + 1]
    }
  }

  /** __adjust_resource(): false for -EBUSY. */
  adjust(start: number, end: number): boolean {
    for (let c = this.child; c; c = c.sibling) if (c.start < start || c.end > end) return false
    this.start = start
    this.end = end
    return true
  }

  releaseAdjustable(start: number, end: number): void {
    const last = end - 1
    let at = this.child
    while (at) {
      if (at.start >= last && at.start > start) return
      if (at.start > start || at.end < last) {
        at = at.sibling
        continue
      }
      if (!at.busy) {
        at = at.child
        continue
      }
      if (at.start === start && at.end === last) at.parent!.unlink(at)
      else if (at.start === start) at.adjust(last + 1, at.end)
      else if (at.end === last) at.adjust(at.start, start - 1)
      else {
        const high = new CResource(at.name, last + 1, at.end, at.busy)
        if (at.adjust(at.start, start - 1)) at.parent!.unlink(at, at, high)
      }
      return
    }
  }

  /** insert_resource(): false when something is in the way. Equal ranges nest the new one inside, as the trees here do. */
  insert(fresh: CResource): boolean {
    const first = this.request(fresh)
    if (!first) return true
    if (first === this) return false
    if (first.start <= fresh.start && first.end >= fresh.end) return first.insert(fresh)
    const below: CResource[] = []
    for (let next: CResource | undefined = first; next && next.start <= fresh.end; next = next.sibling) {
      if (next.start < fresh.start || next.end > fresh.end) return false
      below.push(next)
    }
    this.unlink(below[0]!, fresh)
    const list: CResource[] = []
    for (let at = this.child; at; at = at.sibling) if (!below.includes(at)) list.push(at)
    this.link(list)
    fresh.link(below)
    return true
  }

  releaseRegion(start: number, end: number): void {
    let at = this.child
    while (at) {
      if (at.start <= start && at.end >= end - 1) {
        if (!at.busy) {
          at = at.child
          continue
        }
        if (at.start === start && at.end === end - 1) at.parent!.unlink(at)
        return
      }
      at = at.sibling
    }
  }

  shape(): Shape[] {
    const out: Shape[] = []
    for (let c = this.child; c; c = c.sibling) out.push([c.name, c.start, c.end + 1, ...c.shape()])
    return out
  }
}

describe('held against struct resource and its pointers', () => {
  const range = fc.tuple(fc.nat(64), fc.nat(24)).map(([start, size]) => ({ start, end: start + size }))
  const action = fc.tuple(fc.constantFrom('request', 'adjustable', 'insert', 'release'), range, fc.boolean())

  test('requests, insertions and releases of any ranges leave the same tree', () => {
    let split = 0
    fc.assert(
      fc.property(fc.array(action, { minLength: 1, maxLength: 30 }), (actions) => {
        let tree = iomemRoot(64)
        const pointers = new CResource('PCI mem', 0, 63, false)
        for (const [i, [what, { start, end }, busy]] of actions.entries()) {
          const name = busy ? `R${i}` : `r${i}`
          if (what === 'request') {
            const { root: next } = requestRegion(tree, start, end, `R${i}`, false)
            expect(next !== undefined).toBe(pointers.requestRegion(start, end, `R${i}`))
            tree = next ?? tree
          } else if (what === 'insert') {
            if (end === start) continue
            const next = insertResource(tree, leaf(name, start, end))
            expect(next !== undefined).toBe(pointers.insert(new CResource(name, start, end - 1, busy)))
            tree = next ?? tree
          } else if (end > start && end <= 64) {
            const before = tree
            tree = what === 'adjustable' ? releaseMemRegionAdjustable(tree, start, end).root : releaseRegion(tree, start, end)
            if (what === 'adjustable') pointers.releaseAdjustable(start, end)
            else pointers.releaseRegion(start, end)
            if (what === 'adjustable' && tree !== before && tree.children.length > before.children.length) split++
          }
          expect(shape(tree)).toEqual(pointers.shape())
        }
      }),
      { numRuns: 3000 },
    )
    expect(split).toBeGreaterThan(100)
  })

  test('a refused operation answers the very tree that it was given, or none', () => {
    fc.assert(
      fc.property(fc.array(range, { maxLength: 12 }), range, (requests, asked) => {
        let tree = iomemRoot(64)
        for (const r of requests) tree = requestRegion(tree, r.start, r.end, 'R', true).root ?? tree
        const text = JSON.stringify(tree)
        const released = releaseMemRegionAdjustable(tree, asked.start, asked.end).root
        expect(JSON.stringify(released) === text).toBe(released === tree)
        expect(JSON.stringify(tree)).toBe(text)
      }),
      { numRuns: 500 },
    )
  })
})

describe('__request_region()', () => {
  const tree = root(leaf('RAM', 0, 16), leaf('window', 16, 32, [leaf('bus', 20, 28)]), leaf('RAM', 40, 48))

  test('puts a busy region in order among its neighbours, touching them', () => {
    expect(shape(requestRegion(tree, 32, 40, 'NEW', false).root!).map(([n, s]) => [n, s])).toEqual([['RAM', 0], ['window', 16], ['NEW', 32], ['RAM', 40]])
  })

  test('nests in a window that nobody claimed, as deep as it fits', () => {
    expect(shape(requestRegion(tree, 21, 24, 'NEW', false).root!)[1]).toEqual(['window', 16, 32, ['bus', 20, 28, ['NEW', 21, 24]]])
    expect(shape(requestRegion(tree, 16, 20, 'NEW', false).root!)[1]).toEqual(['window', 16, 32, ['NEW', 16, 20], ['bus', 20, 28]])
  })

  test('is refused by what is busy, by a window that it sticks out of, and outside the root', () => {
    const conflict = (start: number, end: number): string | undefined => {
      const asked = requestRegion(tree, start, end, 'NEW', false)
      expect(asked.root).toBeUndefined()
      return asked.conflict?.name
    }
    expect(conflict(12, 14)).toBe('RAM')
    expect(conflict(8, 20)).toBe('RAM')
    expect(conflict(24, 36)).toBe('window')
    expect(conflict(26, 30)).toBe('bus')
    expect(conflict(60, 65)).toBe('PCI mem')
    expect(conflict(50, 50)).toBe('PCI mem')
  })
})

describe('release_mem_region_adjustable()', () => {
  const ram = (children: readonly Resource[] = []): Resource => root(leaf('RAM', 16, 32, children))
  const after = (tree: Resource, start: number, end: number): Shape[] => shape(releaseMemRegionAdjustable(tree, start, end).root)

  test('takes a resource out, cuts its front or its tail, or splits it', () => {
    expect(after(ram(), 16, 32)).toEqual([])
    expect(after(ram(), 16, 20)).toEqual([['RAM', 20, 32]])
    expect(after(ram(), 28, 32)).toEqual([['RAM', 16, 28]])
    expect(after(ram(), 20, 24)).toEqual([['RAM', 16, 20], ['RAM', 24, 32]])
  })

  test('leaves the children with the low part of a split, and does nothing when one would stick out', () => {
    expect(after(ram([leaf('KERNEL', 17, 19)]), 20, 24)).toEqual([['RAM', 16, 20, ['KERNEL', 17, 19]], ['RAM', 24, 32]])
    for (const [start, end] of [[16, 18], [18, 20]] as const) {
      const tree = ram([leaf('KERNEL', 17, 19)])
      expect(releaseMemRegionAdjustable(tree, start, end).root).toBe(tree)
    }
    const tree = ram([leaf('KERNEL', 29, 31)])
    expect(releaseMemRegionAdjustable(tree, 20, 24).root).toBe(tree)
    expect(releaseMemRegionAdjustable(tree, 28, 32).root).toBe(tree)
  })

  test('goes down into what is not busy: the RAM inside a soft-reserved range', () => {
    expect(after(root(leaf('soft', 8, 40, [leaf('RAM', 16, 32)])), 16, 24)).toEqual([['soft', 8, 40, ['RAM', 24, 32]]])
  })

  test('releases nothing, and says nothing, over two resources or over none', () => {
    const tree = root(leaf('RAM', 0, 16), leaf('RAM', 16, 32), leaf('window', 40, 48))
    for (const [start, end] of [[8, 24], [0, 32], [32, 36], [36, 44], [42, 44]] as const) expect(releaseMemRegionAdjustable(tree, start, end).root).toBe(tree)
  })

  test('G7: RAM from 4 to 8 GiB without 5 to 6 GiB is two resources, the children with the first', () => {
    const tree: Resource = { ...iomemRoot(16 * GiB), children: [leaf('RAM', 4 * GiB, 8 * GiB, [leaf('KERNEL CODE', 4.25 * GiB, 4.5 * GiB)])] }
    expect(after(tree, 5 * GiB, 6 * GiB)).toEqual([['RAM', 4 * GiB, 5 * GiB, ['KERNEL CODE', 4.25 * GiB, 4.5 * GiB]], ['RAM', 6 * GiB, 8 * GiB]])
  })

  test('G8: 3 to 5 GiB of it releases nothing in 6.1', () => {
    const tree: Resource = { ...iomemRoot(16 * GiB), children: [leaf('RAM', 4 * GiB, 8 * GiB)] }
    expect(releaseMemRegionAdjustable(tree, 3 * GiB, 5 * GiB).root).toBe(tree)
  })

  test('G9: a busy region that is not System RAM is freed as well in 6.1.192', () => {
    const tree = root(leaf('DEVICE', 16, 32))
    expect(tree.children[0]).toMatchObject({ busy: true, sysram: false })
    expect(after(tree, 16, 32)).toEqual([])
  })
})

describe('the other ways out of the tree', () => {
  const tree = root(leaf('outer', 0, 32, [leaf('INNER', 4, 20, [leaf('LEAF', 6, 8)])]))

  test('release_resource() takes its children with it, remove_resource() leaves them in its place', () => {
    expect(shape(releaseResource(tree, 4, 20, 'INNER'))).toEqual([['outer', 0, 32]])
    expect(shape(removeResource(tree, 4, 20, 'INNER'))).toEqual([['outer', 0, 32, ['LEAF', 6, 8]]])
  })

  test('both know a resource by range and name', () => {
    expect(releaseResource(tree, 4, 20, 'OTHER')).toBe(tree)
    expect(releaseResource(tree, 4, 19, 'INNER')).toBe(tree)
    expect(removeResource(tree, 5, 20, 'INNER')).toBe(tree)
  })

  test('__release_region() wants the exact busy range', () => {
    expect(shape(releaseRegion(tree, 4, 20))).toEqual([['outer', 0, 32]])
    expect(releaseRegion(tree, 0, 32)).toBe(tree)
    expect(releaseRegion(tree, 4, 12)).toBe(tree)
    expect(releaseRegion(tree, 6, 8)).toBe(tree)
  })
})

describe('insert_resource()', () => {
  test('pushes what it contains below itself', () => {
    const tree = root(leaf('RAM', 4, 8), leaf('RAM', 10, 12), leaf('RAM', 40, 48))
    expect(shape(insertResource(tree, leaf('range', 0, 16))!)).toEqual([['range', 0, 16, ['RAM', 4, 8], ['RAM', 10, 12]], ['RAM', 40, 48]])
  })
  test('goes inside what contains it, and fails on a partial overlap or outside', () => {
    const tree = root(leaf('window', 0, 32))
    expect(shape(insertResource(tree, leaf('RAM', 8, 16))!)).toEqual([['window', 0, 32, ['RAM', 8, 16]]])
    expect(insertResource(tree, leaf('RAM', 24, 40))).toBeUndefined()
    expect(insertResource(tree, leaf('RAM', 60, 70))).toBeUndefined()
  })
})

describe('walk_system_ram_range()', () => {
  test('counts whole pages of busy System RAM, each piece rounded inwards', () => {
    const page = 4096
    const ram = (start: number, end: number, busy = true): Resource => ({ ...leaf('RAM', start, end), busy })
    const tree: Resource = { ...iomemRoot(GiB), children: [ram(100, 3 * page + 100), ram(4 * page, 6 * page), ram(8 * page, 9 * page, false)] }
    expect(systemRamBytes(tree, 0, 16 * page, page)).toBe(2 * page + 2 * page)
    expect(systemRamBytes(tree, 2 * page, 5 * page, page)).toBe(2 * page)
  })
  test('finds RAM inside what is not System RAM, and counts RAM with children once', () => {
    const tree = root(leaf('soft', 0, 32, [leaf('RAM', 4, 12, [leaf('KERNEL', 5, 6)])]))
    expect(systemRamBytes(tree, 0, 64, 1)).toBe(8)
  })
})

test('a visit meets parents before their children', () => {
  const names: string[] = []
  eachResource(root(leaf('a', 0, 8, [leaf('b', 1, 4, [leaf('c', 2, 3)])]), leaf('d', 8, 9)), (r, depth) => void names.push(`${depth}${r.name}`))
  expect(names).toEqual(['0a', '1b', '2c', '0d'])
})
