import { describe, expect, test } from 'vitest'
import { GiB, MiB } from '../../main/engine/units.ts'
import { Machine } from './machine.ts'

const AT = 4 * GiB
const devdax = (form?: string): Machine => {
  const m = new Machine(form)
  expect(m.add('nv0', 'pmem', { at: AT, size: '512MiB', node: 0, mode: 'devdax', map: 'mem' })).toBe('ok')
  return m
}

describe('daxctl reconfigure-device', () => {
  test('only whole blocks inside the device become RAM, in a memory group of their own', () => {
    const m = devdax()
    expect(m.act('nv0', 'reconfigure-device', { mode: 'system-ram', online: false })).toBe('ok')
    expect([32, 33, 34, 35, 36].map((b) => m.blockState(b))).toEqual(['absent', 'offline', 'offline', 'offline', 'absent'])
    expect(m.iomem(AT, 5 * GiB)).toEqual(['100000000-11fffffff : Persistent Memory', '  100000000-1001fffff : namespace0.0', '  108000000-11fffffff : dax0.0', '    108000000-11fffffff : System RAM (kmem)'])
    const region = m.engine.snapshot().iomem.find((r) => r.name === 'Persistent Memory')?.children[1]
    // busy is only the RAM: add_memory() had to find room below
    expect(region).toMatchObject({ busy: false, sysram: true, children: [{ busy: true, sysram: true }] })
    expect(m.data('nv0')['mgid']).toBeGreaterThan(0)
  })
  test('the way back is refused while a block is online, and --force offlines first', () => {
    const m = devdax()
    m.act('nv0', 'reconfigure-device', { mode: 'system-ram' })
    expect(m.act('nv0', 'reconfigure-device', { mode: 'devdax' })).toBe('EBUSY')
    expect(m.act('nv0', 'destroy-namespace')).toBe('EBUSY')
    expect(m.act('nv0', 'disable-region')).toBe('EBUSY')
    expect(m.remove('nv0')).toBe('EBUSY')
    expect(m.act('nv0', 'reconfigure-device', { mode: 'devdax', force: true })).toBe('ok')
    expect(m.pgmap('nv0')?.type).toBe('generic')
    expect(m.engine.booted.store.ref(m.engine.booted.kernel.groups)).toEqual([])
  })
  test('the namespace can be destroyed while its RAM is offline: the RAM goes with it', () => {
    const m = devdax()
    m.act('nv0', 'reconfigure-device', { mode: 'system-ram', online: false })
    expect(m.act('nv0', 'destroy-namespace')).toBe('ok')
    expect(m.blockState(33)).toBe('absent')
    expect(m.iomem(AT, 5 * GiB)).toEqual(['100000000-11fffffff : Persistent Memory'])
  })
  test('blocks that the kernel onlines by itself come as the policy says; daxctl gives up first', () => {
    const m = devdax('{memory: 1GiB, cmdline: memhp_default_state=online_kernel}')
    expect(m.act('nv0', 'reconfigure-device', { mode: 'system-ram' })).toBe('EBUSY')
    expect(m.pgmap('nv0')?.type).toBe('generic')
    expect(m.act('nv0', 'reconfigure-device', { mode: 'system-ram', force: true })).toBe('ok')
    expect(m.zone(0, 'Normal')).toMatchObject({ present: 98304 })
  })
  test('nothing left to do is told as such', () => {
    const m = devdax()
    expect(m.act('nv0', 'online-memory')).toBe('ENXIO')
    m.act('nv0', 'reconfigure-device', { mode: 'system-ram' })
    expect(m.act('nv0', 'online-memory')).toBe('EALREADY')
    m.act('nv0', 'offline-memory')
    expect(m.act('nv0', 'offline-memory')).toBe('EALREADY')
    expect(m.act('nv0', 'reconfigure-device', { mode: 'system-ram', online: false })).toBe('ok')
    expect(m.act('nv0', 'disable-device')).toBe('ENXIO')
  })
  test('a device without a whole block is no RAM', () => {
    const m = new Machine()
    m.add('nv0', 'pmem', { at: AT, size: '128MiB', mode: 'devdax', map: 'mem' })
    expect(m.act('nv0', 'reconfigure-device', { mode: 'system-ram' })).toBe('EINVAL')
    expect(m.log).toContain('kmem dax0.0: rejecting DAX region without any memory after alignment')
    // daxctl had unbound device_dax already
    expect(m.pgmap('nv0')).toBeUndefined()
    expect(m.act('nv0', 'enable-device')).toBe('ok')
  })
})

describe('unbinding kmem by hand', () => {
  test('RAM that is online stays until the next boot: nobody can take it, its region or its device away', () => {
    const m = devdax()
    m.act('nv0', 'reconfigure-device', { mode: 'system-ram' })
    expect(m.act('nv0', 'unbind')).toBe('ok')
    expect(m.log.at(-1)).toBe('kmem dax0.0: mapping0: 0x108000000-0x11fffffff cannot be hotremoved until the next reboot')
    expect(m.blockState(33)).toBe('online')
    expect(m.act('nv0', 'bind', { driver: 'kmem' })).toBe('EBUSY')
    expect(m.act('nv0', 'bind', { driver: 'device_dax' })).toBe('EBUSY')
    expect(m.remove('nv0')).toBe('EBUSY')
    expect(m.iomem(AT, 5 * GiB)).toContain('    108000000-11fffffff : System RAM (kmem)')
    // ndctl sees no memory any more, and lets the namespace go; the RAM is still there
    expect(m.act('nv0', 'destroy-namespace')).toBe('ok')
    expect(m.iomem(AT, 5 * GiB)).toEqual(['100000000-11fffffff : Persistent Memory', '  108000000-11fffffff : dax0.0', '    108000000-11fffffff : System RAM (kmem)'])
  })
  test('RAM that is offline goes', () => {
    const m = devdax()
    m.act('nv0', 'reconfigure-device', { mode: 'system-ram', online: false })
    expect(m.act('nv0', 'unbind')).toBe('ok')
    expect(m.iomem(AT, 5 * GiB)).toEqual(['100000000-11fffffff : Persistent Memory', '  100000000-1001fffff : namespace0.0'])
    expect(m.act('nv0', 'bind', { driver: 'kmem' })).toBe('ok')
    expect(m.blockState(33)).toBe('offline')
  })
})

describe('soft-reserved memory', () => {
  const form = '{firmware: [{start: 0x100000, end: 0x40000000, type: usable}, {start: 0x100000000, end: 0x140000000, type: soft-reserved}]}'
  test('is a device-dax instance after boot, and RAM when somebody says so', () => {
    const m = new Machine(form)
    expect(m.engine.snapshot().devices).toMatchObject([{ name: 'hmem0', type: 'dax-kmem' }])
    expect(m.iomem(AT, 6 * GiB)).toEqual(['100000000-13fffffff : Soft Reserved', '  100000000-13fffffff : dax0.0'])
    expect(m.act('hmem0', 'reconfigure-device', { mode: 'system-ram', online: false })).toBe('EINVAL')
    expect(m.log.at(-1)).toBe('kmem dax0.0: rejecting DAX region with invalid node: -1')
  })
  test('where firmware has none, the type sets a range aside itself, and gives it back', () => {
    const m = new Machine()
    expect(m.add('hbm', 'dax-kmem', { at: AT + 32 * MiB, size: '1GiB', node: 0, online: true })).toBe('ok')
    expect(m.iomem(AT, 6 * GiB)).toEqual(['102000000-141ffffff : Soft Reserved', '  108000000-13fffffff : dax0.0', '    108000000-13fffffff : System RAM (kmem)'])
    expect(m.zone(0, 'Movable')).toMatchObject({ present: 7 * 32768 })
    expect(m.remove('hbm')).toBe('EBUSY')
    expect(m.act('hbm', 'offline-memory')).toBe('ok')
    expect(m.remove('hbm')).toBe('ok')
    expect(m.iomem(AT, 6 * GiB)).toEqual([])
  })
  test('a plug that fails leaves nothing behind', () => {
    const m = new Machine()
    const before = m.engine.snapshot().iomem
    expect(m.add('hbm', 'dax-kmem', { at: AT, size: '64MiB', node: 0 })).toBe('EINVAL')
    expect(m.add('hbm', 'dax-kmem', { at: AT + MiB, size: '64MiB', node: 0 })).toBe('ENOMEM')
    expect(m.add('hbm', 'dax-kmem')).toBe('ENXIO')
    expect(m.engine.snapshot().iomem).toEqual(before)
  })
})
