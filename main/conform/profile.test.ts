import { describe, expect, test } from 'vitest'
import { profileFor } from './profile.ts'
import type { Recording } from './recording.ts'

const of = (kernel: string): Recording => ({ dir: '', id: '', theme: '', title: '', kernel, cmdline: '', qemuArgs: [], steps: [], bootLog: '' })

describe('the profile of a recording', () => {
  test.each([
    ['Linux 5.10.0-46-amd64 #1 SMP Debian 5.10.262-1', 'v5.10'], ['Linux 6.1.0-56-amd64 #1', 'v6.1'], ['Linux 6.12.107+deb13-amd64 #1', 'v6.12'], ['Linux 7.2.13+deb14-amd64', 'v7.2'],
  ])('%s: %s', (kernel, id) => {
    expect(profileFor(of(kernel))).toEqual({ profile: expect.objectContaining({ id }) })
  })

  test('of a kernel without one it is the nearest older release, said so', () => {
    const choice = profileFor(of('Linux 6.6.30-amd64 #1'))
    expect([choice.profile.id, choice.note]).toEqual(['v6.1', 'no profile of 6.6.30-amd64: held against v6.1'])
    expect(profileFor(of('Linux 5.3.0')).profile.id).toBe('v5.3')
    expect(profileFor(of('Linux 4.4.0')).profile.id).toBe('v4.18')
    expect(profileFor(of('')).note).toContain('not told')
  })
})
