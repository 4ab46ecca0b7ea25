/** What drivers do to the resource tree beyond claiming: windows that grow, free places inside one, flags of their own. */
import { describe, expect, test } from 'vitest'
import { findFreeRegionAscending, findResource, insertResource, insertResourceExpandToFit, iomemRoot, resourceAround, setResourceFlags, type Resource } from './resource-tree.ts'

const res = (start: number, end: number, name: string, busy = false): Resource => ({ start, end, name, busy, sysram: false, children: [] })
const tree = (...all: Resource[]): Resource => all.reduce((root, r) => insertResource(root, r) ?? root, iomemRoot(1000))
const text = (r: Resource): string => r.children.map((c) => `${c.name} ${c.start}-${c.end}${c.children.length > 0 ? ` (${text(c)})` : ''}`).join(', ')

describe('insert_resource_expand_to_fit', () => {
  test('grows over what it partly overlaps, at either end and again', () => {
    expect(text(insertResourceExpandToFit(tree(res(50, 150, 'a'), res(190, 300, 'b')), res(100, 200, 'window')))).toBe('window 50-300 (a 50-150, b 190-300)')
    // what the growth meets in its turn
    expect(text(insertResourceExpandToFit(tree(res(50, 150, 'a'), res(10, 60, 'outside'), res(200, 210, 'apart')), res(100, 160, 'window')))).toBe('window 50-160 (a 50-150), apart 200-210')
  })
  test('inside a larger resource it grows no further than that', () => {
    expect(text(insertResourceExpandToFit(tree(res(0, 500, 'bus'), res(90, 110, 'a')), res(100, 200, 'window')))).toBe('bus 0-500 (window 90-200 (a 90-110))')
  })
})

test('insert_resource of the kernel puts a resource around one with the same bounds', () => {
  const root = tree(res(0, 500, 'window'), res(100, 200, 'region0'))
  expect(text(insertResource(root, res(100, 200, 'Persistent Memory'), 'around') ?? root)).toBe('window 0-500 (Persistent Memory 100-200 (region0 100-200))')
  expect(text(insertResource(root, res(100, 200, 'Persistent Memory')) ?? root)).toBe('window 0-500 (region0 100-200 (Persistent Memory 100-200))')
})

test('alloc_free_mem_region goes upwards in steps of the size, not of the alignment (until v6.6)', () => {
  const window = findResource(tree(res(100, 500, 'window'), res(160, 200, 'taken')), 100, 500, 'window')
  expect(window && findFreeRegionAscending(window, 40, 20, 40)).toBe(100)
  expect(window && findFreeRegionAscending(window, 80, 20, 80)).toBe(260)
  expect(window && findFreeRegionAscending(window, 300, 20, 300)).toBeUndefined()
  // 150-200 and 200-... : the second step begins in what is taken
  expect(window && findFreeRegionAscending({ ...window, start: 110 }, 50, 100, 50)).toBe(200)
})

test('an owner changes flags of its resource only', () => {
  const root = tree(res(0, 500, 'range'), res(100, 200, 'dax0.0', true))
  const next = setResourceFlags(root, 100, 200, 'dax0.0', { busy: false, sysram: true })
  expect(findResource(next, 100, 200, 'dax0.0')).toMatchObject({ busy: false, sysram: true })
  expect(findResource(next, 0, 500, 'range')).toMatchObject({ busy: false, sysram: false })
  expect(setResourceFlags(root, 100, 201, 'dax0.0', { busy: false, sysram: true })).toBe(root)
})

test('the resource of a name around an address is found at any depth', () => {
  const root = tree(res(0, 500, 'bus'), res(100, 300, 'window'), res(120, 140, 'a'))
  expect(resourceAround(root, 130, 'window')).toMatchObject({ start: 100, end: 300 })
  expect(resourceAround(root, 130, 'bus')).toMatchObject({ start: 0 })
  expect(resourceAround(root, 400, 'window')).toBeUndefined()
})
