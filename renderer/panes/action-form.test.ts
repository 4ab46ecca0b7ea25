import { describe, expect, it } from 'vitest'
import type { Action } from '../../preload/contract.ts'
import { commandFrom } from './action-form.ts'

const add: Action = {
  id: 'add', label: 'add_memory', enabled: true, op: 'add_memory',
  form: [
    { name: 'node', label: 'node', kind: 'node', value: '0' },
    { name: 'start', label: 'start', kind: 'bytes', value: '0x140000000' },
    { name: 'size', label: 'size', kind: 'bytes', value: '128MiB' },
  ],
}

describe('the form of add_memory', () => {
  it('becomes the command', () => {
    expect(commandFrom(add, { node: '1', start: '0x140000000', size: '512M' })).toEqual({
      ok: true, command: { op: 'add_memory', node: 1, start: 0x140000000, size: 512 * 2 ** 20 },
    })
  })
  it('names each field that cannot be read', () => {
    const made = commandFrom(add, { node: 'first', start: '0x140000000', size: 'much' })
    expect(made.ok ? [] : Object.keys(made.wrong)).toEqual(['node', 'size'])
  })
  it('lets the kernel refuse what it would refuse: an unaligned size is a command', () => {
    expect(commandFrom(add, { node: '0', start: '4096', size: '4097' }).ok).toBe(true)
  })
})
