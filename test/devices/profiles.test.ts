/** Types that a profile's kernel does not have. */
import { expect, test } from 'vitest'
import { V6_1 } from '../../main/engine/profiles/v6-1.ts'
import { GiB } from '../../main/engine/units.ts'
import { Machine } from './machine.ts'

test('HMM public memory left with v5.3: 6.1 refuses it and names what took its place', () => {
  const m = new Machine()
  const before = m.engine.snapshot()
  expect(m.add('gpu', 'hmm-public', { at: 5 * GiB })).toBe('EOPNOTSUPP')
  expect(m.reason).toBe('hmm-public: HMM public was there until v5.2, and Linux 6.1.192 no longer has it; HMM coherent (hmm-coherent, v6.0) took its place')
  expect(m.engine.snapshot()).toEqual(before)
})

test('a kernel that is too old for a type says so; one that is no release at all has everything', () => {
  const old = new Machine('{memory: 1GiB}', { ...V6_1, id: 'v5.0', title: 'Linux 5.0' })
  expect(old.add('c', 'cxl-region', { window: 16 * GiB })).toBe('EOPNOTSUPP')
  expect(old.reason).toContain('CXL region came with v6.0, and Linux 5.0 does not have it yet')
  const patched = new Machine('{memory: 1GiB}', { ...V6_1, id: 'v3-2019-08', title: 'v5.3 with the series of 2019-08-29', release: 'v5.3' })
  expect(patched.add('gpu', 'hmm-public', { at: 5 * GiB })).toBe('EOPNOTSUPP')
  const unknown = new Machine('{memory: 1GiB}', { ...V6_1, id: 'blind', title: 'a blind shot' })
  expect(unknown.add('c', 'cxl-region', { window: 16 * GiB })).toBe('ok')
})
