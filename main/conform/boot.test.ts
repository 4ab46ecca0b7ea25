import { expect, test } from 'vitest'
import { emulatedNodes } from './boot.ts'

test('nodes and CPUs as the emulator was told', () => {
  expect(emulatedNodes(['-smp', '2', '-m', '1G'])).toEqual([{ id: 0, cpus: 2 }])
  expect(emulatedNodes(['-smp', '4', '-numa', 'node,nodeid=0,memdev=ram0,cpus=0-2', '-numa', 'node,nodeid=1,cpus=3', '-numa', 'node,nodeid=2', '-numa', 'dist,src=0,dst=1,val=20'])).toEqual([
    { id: 0, cpus: 3 }, { id: 1, cpus: 1 }, { id: 2, cpus: 0 },
  ])
  expect(emulatedNodes(['-smp', '3', '-numa', 'node,nodeid=0', '-numa', 'node,nodeid=1'])).toEqual([{ id: 0, cpus: 2 }, { id: 1, cpus: 1 }])
})
