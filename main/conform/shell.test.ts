import { expect, test } from 'vitest'
import { readShell } from './shell.ts'

const writes = (line: string): unknown => {
  const reading = readShell(line)
  return reading.kind === 'writes' ? reading.commands : reading.kind
}

test('a write to a block, ended by a signal when timeout is in front', () => {
  expect(writes("timeout 8 sh -c 'echo offline > /sys/devices/system/memory/memory33/state'; echo exit $?; cat /sys/devices/system/memory/memory33/state")).toEqual([
    { op: 'block', block: 33, state: 'offline', signal: true },
  ])
  expect(writes('timeout -s KILL 6 sh -c "echo offline > /sys/devices/system/memory/memory7/state"')).toEqual([{ op: 'block', block: 7, state: 'offline', signal: true }])
})

test('policies, several in one line', () => {
  expect(writes('echo online_kernel > /sys/devices/system/memory/auto_online_blocks; cat /sys/devices/system/memory/auto_online_blocks')).toEqual([
    { op: 'policy', name: 'auto_online_blocks', value: 'online_kernel' },
  ])
  expect(writes('echo auto-movable > /sys/module/memory_hotplug/parameters/online_policy && echo 150 >/sys/module/memory_hotplug/parameters/auto_movable_ratio')).toEqual([
    { op: 'policy', name: 'online_policy', value: 'auto-movable' },
    { op: 'policy', name: 'auto_movable_ratio', value: '150' },
  ])
})

test('a loop over blocks', () => {
  expect(writes('for b in 32 33; do echo online > /sys/devices/system/memory/memory$b/state; done; ls')).toEqual([
    { op: 'block', block: 32, state: 'online' },
    { op: 'block', block: 33, state: 'online' },
  ])
})

test('the online file of a block', () => {
  expect(writes('echo 0 > /sys/devices/system/memory/memory9/online')).toEqual([{ op: 'block', block: 9, state: 'offline' }])
})

test('what only reads is nothing', () => {
  expect(writes('ls /sys/devices/system/memory; cat /proc/zoneinfo | grep spanned 2>/dev/null')).toBe('reads')
})

test('what is not understood is said, not guessed', () => {
  expect(writes('modprobe something')).toBe('unknown')
  expect(writes('echo 1 > /proc/sys/vm/drop_caches')).toBe('unknown')
  expect(writes('cat /proc/iomem > saved.txt')).toBe('unknown')
  expect(writes('for b in $(seq 32 35); do echo online > /sys/devices/system/memory/memory$b/state; done')).toBe('unknown')
})
