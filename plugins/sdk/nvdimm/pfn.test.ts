import { describe, expect, test } from 'vitest'
import type { MachineView } from '../device-type.ts'
import { infoBlockReserve, pfnInit, setupPfn, supportedAlignments } from './pfn.ts'

const KiB = 2 ** 10
const MiB = 2 ** 20
const GiB = 2 ** 30
const pages = (size: number) => ({ pageSize: size, subsectionSize: 2 * MiB }) as MachineView
const x86 = pages(4 * KiB)
const ns = (start: number, size: number) => ({ start, end: start + size, name: 'namespace0.0' })
const offset = (size: number, map: 'mem' | 'dev', align = 2 * MiB, start = 4 * GiB) => {
  const info = pfnInit(ns(start, size), 'pfn', map, align, x86)
  return 'errno' in info ? info.errno : info.dataoff
}

describe('where the data of a namespace begins', () => {
  test('struct pages in RAM: behind the info block of 8 KiB, at the next 2 MiB', () => {
    expect(offset(512 * MiB, 'mem')).toBe(2 * MiB)
    expect(offset(128 * GiB, 'mem')).toBe(2 * MiB)
  })
  test('struct pages on the device: 64 bytes a page behind the info block, as ndctl showed for real namespaces', () => {
    // 536870912 - 526385152, 268435456 - 262144000, 402653184 - 394264576, 33554432 - 31457280
    expect(offset(512 * MiB, 'dev')).toBe(10 * MiB)
    expect(offset(256 * MiB, 'dev')).toBe(6 * MiB)
    expect(offset(384 * MiB, 'dev')).toBe(8 * MiB)
    expect(offset(32 * MiB, 'dev')).toBe(2 * MiB)
  })
  test('an alignment of 4 KiB counts as a sub-section, since memory is added by sub-sections', () => {
    expect(offset(256 * MiB, 'dev', 4 * KiB)).toBe(6 * MiB)
    expect(offset(256 * MiB, 'mem', 4 * KiB)).toBe(2 * MiB)
  })
  test('an alignment of 1 GiB is counted from address 0, not from the start of the namespace', () => {
    expect(offset(8 * GiB, 'mem', GiB)).toBe(GiB)
    expect(offset(8 * GiB, 'mem', GiB, 4 * GiB + 512 * MiB)).toBe(512 * MiB)
  })
})

test('G5: a 128 GiB namespace with its struct pages inside', () => {
  const range = ns(64 * GiB, 128 * GiB)
  const info = pfnInit(range, 'pfn', 'dev', 2 * MiB, x86)
  if ('errno' in info) throw new Error(info.reason)
  expect(info).toEqual({ kind: 'pfn', map: 'dev', align: 2 * MiB, dataoff: 2149580800, endTrunc: 0 })
  expect(setupPfn(range, info, x86)).toEqual({ start: 64 * GiB, end: 192 * GiB, altmap: { reserve: 2, free: 524798 } })
})

test('an end that is not aligned is cut off', () => {
  const range = ns(4 * GiB, 512 * MiB + 4 * KiB)
  const info = pfnInit(range, 'dax', 'mem', 2 * MiB, x86)
  expect(info).toMatchObject({ endTrunc: 4 * KiB })
  if ('errno' in info) throw new Error(info.reason)
  expect(setupPfn(range, info, x86)).toEqual({ start: 4 * GiB, end: 4 * GiB + 512 * MiB, altmap: undefined })
})

test('refused: a start within a sub-section, and data that would begin behind the end', () => {
  expect(pfnInit(ns(4 * GiB + MiB, 512 * MiB), 'pfn', 'mem', 2 * MiB, x86)).toMatchObject({ errno: 22, log: 'namespace0.0: start 0x0000000100100000 misaligned to 0x200000' })
  expect(pfnInit(ns(4 * GiB, 512 * MiB), 'pfn', 'mem', GiB, x86)).toMatchObject({ errno: 6, log: 'namespace0.0 unable to satisfy requested alignment' })
})

test('other page sizes: the info block takes whole pages, and alignments are page, PMD and PUD', () => {
  expect(infoBlockReserve(pages(64 * KiB))).toBe(64 * KiB)
  expect(supportedAlignments(x86)).toEqual([4 * KiB, 2 * MiB, GiB])
  expect(supportedAlignments(pages(64 * KiB))).toEqual([64 * KiB, 512 * MiB, 4096 * GiB])
})
