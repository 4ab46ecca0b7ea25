import { describe, expect, it } from 'vitest'
import { stripLogPrefix } from './log-prefix.ts'

describe('what stands before a kernel message', () => {
  const message = '  node   0: [mem 0x0000000000001000-0x000000000009efff]'
  it.each([
    '[    0.000000] ', '[    0.000000][    T0] ', '<6>[    0.000000] ', '<6>', '[Mon Nov 21 04:00:00 2022] ', '[Nov21 04:00] ', '[  +0.000000] ', '[    0.000000 <    0.000000>] ',
    'kern  :info  : [    0.000000] ', 'Nov 21 04:00:00 host kernel: ', '      Sep 05 22:22:30 ubuntu2204 kernel[26262]: ', 'Nov  1 04:00:00 host kernel: [    0.000000] ', '2022-11-21T04:00:00.123456+00:00 host kernel: ',
    '2022-11-21T04:00:00,123456+00:00 ', '[    0.109238] localhost kernel: ', '6,0,0,-;', '> > [    0.041190] ', 'console: [    0.000000] ', '[2022-03-20 00:46:33]\t', '\x1b[32m[    0.000000] \x1b[0m', '',
  ])('%j is taken off, the message keeps its blanks', (prefix) => expect(stripLogPrefix(prefix + message)).toBe(message))

  it('leaves a message that begins with a bracket alone', () => {
    expect(stripLogPrefix('[mem 0xc0000000-0xfed1bfff] available for PCI devices')).toBe('[mem 0xc0000000-0xfed1bfff] available for PCI devices')
    expect(stripLogPrefix('[    0.000000] [mem 0xc0000000-0xfed1bfff] available')).toBe('[mem 0xc0000000-0xfed1bfff] available')
  })
})
