import { describe, expect, it } from 'vitest'
import type { Action } from '../../preload/contract.ts'
import { commandFrom, selectionOf } from './action-form.ts'

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
  it('gathers what a device type asks for; an optional field that is empty is left out', () => {
    const device: Action = {
      id: 'add-device', label: 'add device', enabled: true, op: 'add_device', base: { op: 'add_device', name: 'gpu0', type: 'hmm-private', params: {} },
      form: [
        { name: 'name', label: 'name', kind: 'text', value: 'gpu0' }, { name: 'params.size', label: 'size', kind: 'bytes', value: '1GiB' },
        { name: 'params.start', label: 'start', kind: 'optional-bytes', value: '' },
      ],
    }
    expect(commandFrom(device, { name: 'gpu1', 'params.size': '2M', 'params.start': '' })).toEqual({
      ok: true, command: { op: 'add_device', name: 'gpu1', type: 'hmm-private', params: { size: 2 * 2 ** 20 } },
    })
  })
  it('lets the kernel refuse what it would refuse: an unaligned size is a command', () => {
    expect(commandFrom(add, { node: '0', start: '4096', size: '4097' }).ok).toBe(true)
  })
  it('leaves an optional number out when nothing is given', () => {
    const action: Action = {
      id: 'a', label: 'a', enabled: true, op: 'add_device', base: { op: 'add_device', name: 'g', type: 'generic', params: {} },
      form: [{ name: 'params.size', label: 'size', kind: 'bytes', value: '', optional: true }, { name: 'params.reserve', label: 'reserve', kind: 'text', value: '', optional: true }],
    }
    expect(commandFrom(action, {})).toEqual({ ok: true, command: { op: 'add_device', name: 'g', type: 'generic', params: {} } })
    expect(commandFrom(action, { 'params.size': '2MiB', 'params.reserve': '2' })).toMatchObject({ command: { params: { size: 2097152, reserve: '2' } } })
  })
})

describe('what a command brings', () => {
  it('is selected once it is there', () => {
    expect(selectionOf({ op: 'plug_dimm', id: 'd0', start: 0, size: 1, node: 0 })).toEqual({ kind: 'dimm', id: 'd0' })
    expect(selectionOf({ op: 'add_device', name: 'gpu0', type: 'generic', params: {} })).toEqual({ kind: 'device', name: 'gpu0' })
    expect(selectionOf({ op: 'unplug_dimm', id: 'd0' })).toBeUndefined()
  })
})
