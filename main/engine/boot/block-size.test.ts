import { describe, expect, test } from 'vitest'
import { machine, Rig } from '../../../test/golden/machine.ts'
import { InputErrors } from '../errors.ts'
import type { MachineDescription } from '../machine/description.ts'
import { X86_64 } from '../machine/description.ts'
import { PROFILES } from '../profiles/profiles.ts'
import { GiB, MiB } from '../units.ts'
import { memoryBlockSize } from './block-size.ts'

const ending = (end: number, rest: Partial<MachineDescription> = {}, profile = 'v6.1'): number => memoryBlockSize(machine({ ram: [], ...rest }), end / 4096, PROFILES.get(profile)!.decisions) / MiB

describe('G10: the size of a memory block', () => {
  test('is one section while boot memory ends below 64 GiB, on a guest and on bare metal', () => {
    expect([ending(63 * GiB), ending(64 * GiB - 4096), ending(63 * GiB, { hypervisor: false })]).toEqual([128, 128, 128])
  })
  test('on a guest is the largest power of two up to 2 GiB that divides the end of boot memory', () => {
    expect([ending(64 * GiB), ending(66 * GiB), ending(65 * GiB), ending(64.5 * GiB), ending(64.25 * GiB), ending(64 * GiB + 128 * MiB), ending(64 * GiB + 4096)]).toEqual([2048, 2048, 1024, 512, 256, 128, 128])
  })
  test('on bare metal is 2 GiB from 64 GiB on, whatever the end, since v5.9', () => {
    expect([ending(96 * GiB, { hypervisor: false }), ending(64 * GiB + 4096, { hypervisor: false })]).toEqual([2048, 2048])
  })
  test('on bare metal is that of a guest until v5.8', () => {
    const ends = [63 * GiB, 64 * GiB, 65 * GiB, 64.5 * GiB, 64 * GiB + 4096]
    for (const profile of ['v4.18', 'v5.5']) expect(ends.map((end) => ending(end, { hypervisor: false }, profile))).toEqual([128, 2048, 1024, 512, 128])
    expect(ends.map((end) => ending(end, { hypervisor: false }, 'v5.10'))).toEqual([128, 2048, 2048, 2048, 2048])
  })
  test('goes by the end of boot memory, not by its amount', () => {
    const rig = new Rig(machine({ ram: [{ start: 0, end: GiB }, { start: 127 * GiB, end: 128 * GiB }] }))
    expect(rig.engine.snapshot().constants.blockSize).toBe(2 * GiB)
  })
  test('goes by what mem= leaves of it', () => {
    const rig = new Rig(machine({ ram: [{ start: 0, end: 128 * GiB }], cmdline: 'mem=32G' }))
    expect(rig.engine.snapshot().constants.blockSize).toBe(128 * MiB)
  })
  test('is what the source says where it says it, and a section on architectures whose rule is not known', () => {
    expect(ending(128 * GiB, { blockSize: 512 * MiB })).toBe(512)
    expect(ending(128 * GiB, { arch: 'aarch64', constants: { ...X86_64, sectionShift: 30 } })).toBe(1024)
  })
  test('that is no power of two, or less than a section, is no machine', () => {
    for (const blockSize of [192 * MiB, 64 * MiB, 0]) expect(() => new Rig(machine({ ram: [{ start: 0, end: GiB }], blockSize }))).toThrow(InputErrors)
  })
})
