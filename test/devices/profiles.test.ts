/** Types that a profile's kernel does not have. */
import { expect, test } from 'vitest'
import { V3_2019_08, V5_0 } from '../../main/engine/profiles/profiles.ts'
import { GiB } from '../../main/engine/units.ts'
import { Machine } from './machine.ts'

test('HMM public memory left with v5.3: 6.1 refuses it and names what took its place', () => {
  const m = new Machine()
  const before = m.engine.snapshot()
  expect(m.add('gpu', 'hmm-public', { at: 5 * GiB })).toBe('EOPNOTSUPP')
  expect(m.reason).toBe('hmm-public: HMM public was there until v5.2, and Linux 6.1.192 no longer has it; HMM coherent (hmm-coherent, v6.0) took its place')
  expect(m.engine.snapshot()).toEqual(before)
})

test('a kernel that is too old for a type says so; a patch has what the release under it has', () => {
  const old = new Machine('{memory: 1GiB}', V5_0)
  expect(old.add('c', 'cxl-region', { window: 16 * GiB })).toBe('EOPNOTSUPP')
  expect(old.reason).toContain('CXL region came with v6.0, and Linux 5.0 does not have it yet')
  const patched = new Machine('{memory: 1GiB}', V3_2019_08)
  expect(patched.add('gpu', 'hmm-public', { at: 5 * GiB })).toBe('EOPNOTSUPP')
})
