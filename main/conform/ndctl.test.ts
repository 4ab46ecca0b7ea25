import { describe, expect, test } from 'vitest'
import { blockRefused, didNothing } from './ndctl.ts'
import { readShell } from './shell.ts'

const actions = (line: string) => {
  const reading = readShell(line)
  return reading.kind === 'writes' ? reading.commands : reading.kind
}
const act = (name: string, action: string, params: object = {}) => ({ op: 'device_action', name, action, params })

describe('ndctl and daxctl as actions of the region that they are about', () => {
  test.each([
    ['ndctl create-namespace -f -e namespace0.0 -m fsdax --map=dev', act('region0', 'create-namespace', { mode: 'fsdax', map: 'dev', align: '', force: true })],
    ['ndctl create-namespace --reconfig=namespace1.0 --mode=devdax -M mem -a 2M', act('region1', 'create-namespace', { mode: 'devdax', map: 'mem', align: '2M', force: false })],
    ['ndctl create-namespace -fe namespace0.0 -m raw', act('region0', 'create-namespace', { mode: 'raw', map: '', align: '', force: true })],
    ['ndctl create-namespace -e namespace0.0 -m memory -f', act('region0', 'create-namespace', { mode: 'fsdax', map: '', align: '', force: true })],
    ['ndctl destroy-namespace namespace12.0 --force', act('region12', 'destroy-namespace', { force: true })],
    ['ndctl disable-region region3', act('region3', 'disable-region')],
    ['daxctl reconfigure-device --mode=system-ram --no-online dax0.0', act('region0', 'reconfigure-device', { mode: 'system-ram', online: false, movable: true, force: false })],
    ['daxctl reconfigure-device -m devdax -f -u dax0.0', act('region0', 'reconfigure-device', { mode: 'devdax', online: true, movable: true, force: true })],
    ['daxctl online-memory --no-movable dax1.0', act('region1', 'online-memory', { movable: false })],
    ['echo dax0.0 > /sys/bus/dax/drivers/kmem/unbind', act('region0', 'unbind')],
    ['echo -n dax0.0 > /sys/bus/dax/drivers/kmem/new_id', act('region0', 'bind', { driver: 'kmem' })],
    ['echo namespace0.0 > /sys/bus/nd/drivers/nd_pmem/unbind', act('region0', 'disable-namespace')],
  ])('%s', (line, action) => expect(actions(line)).toEqual([action]))

  test('what only reads is nothing, alone or behind an action', () => {
    expect(actions('ndctl list -NRDu; cat /sys/bus/nd/devices/region0/size')).toBe('reads')
    expect(actions('ndctl destroy-namespace -f namespace0.0; daxctl list -u')).toHaveLength(1)
    expect(actions('modprobe kmem')).toBe('reads')
  })
  test('what is not understood is said to be so: several namespaces, other modes, options of unknown effect, pipes', () => {
    for (const line of ['ndctl destroy-namespace all -f', 'ndctl create-namespace -m fsdax -r region0', 'ndctl create-namespace -e namespace0.0 -m sector', 'ndctl create-namespace -f -e namespace0.0 -m fsdax -s 64M',
      'ndctl disable-namespace namespace0.1', 'daxctl reconfigure-device -m system-ram --strange dax0.0', 'modprobe nd_pmem', 'ndctl zero-labels nmem0', 'daxctl offline-memory dax0.0 | tee x']) expect(actions(line), line).toBe('unknown')
  })
})

test('what the tools say of refusals', () => {
  expect(blockRefused('libdaxctl: offline_one_memblock: dax0.0: Failed to offline /sys/devices/system/node/node0/memory35/state: Device or resource busy')).toBe(35)
  expect(blockRefused('offlined memory for 1 device')).toBeUndefined()
  expect(didNothing('disabled 0 regions')).toBe(true)
  expect(didNothing('disabled 10 regions')).toBe(false)
})
