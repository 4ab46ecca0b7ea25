/** Device memory on a node that has no structures yet: kernels before 5.19 (recording device-on-absent-node of 5.10). */
import { describe, expect, test } from 'vitest'
import type { Profile } from '../../main/engine/profiles/profile.ts'
import { V5_10, V6_1 } from '../../main/engine/profiles/profiles.ts'
import { GiB, MiB } from '../../main/engine/units.ts'
import { knownTypes } from '../../main/plugins/known-types.ts'
import { Rig, smallGuest } from '../golden/machine.ts'

const plug = (rig: Rig, size: number, node: number) => rig.run({ op: 'plug_dimm', id: 'd0', start: 8 * GiB, size, node })

describe('a possible node without memory', () => {
  const guest = (profile: Profile): Rig => new Rig(smallGuest({ nodes: [{ id: 0, cpus: 1 }, { id: 1, cpus: 0 }] }), knownTypes(), profile)
  const device = { op: 'add_device', name: 'dev', type: 'generic', params: { at: 16 * GiB, size: 64 * MiB, node: 1 } } as const

  test('has structures from boot, v5.19 on; before, from its first memory on', () => {
    const has = (rig: Rig): boolean | undefined => rig.engine.snapshot().nodes[1]?.hasData
    expect([has(guest(V5_10)), has(guest(V6_1))]).toEqual([false, true])
    const rig = guest(V5_10)
    plug(rig, 128 * MiB, 1)
    expect(has(rig)).toBe(true)
    rig.ok({ op: 'unplug_dimm', id: 'd0' })
    expect([has(rig), rig.engine.snapshot().nodes[1]?.online]).toEqual([true, false])
    expect(rig.run(device).ret).toBe(0)
  })

  test('device memory on one without structures is a page fault with mem_hotplug_lock held: whoever adds memory then hangs', () => {
    const rig = guest(V5_10)
    const fault = rig.run(device)
    expect([fault.stopped, fault.log.at(-1)?.text]).toEqual(['bug', 'BUG: unable to handle page fault for address: (____ptrval____)'])
    const snapshot = rig.engine.snapshot()
    expect(snapshot.heldForEver.map((l) => l.lock)).toEqual(['cpu_hotplug_lock', 'mem_hotplug_lock'])
    // the bits of a section that never was
    expect(snapshot.sections.filter((s) => s.first === 128)).toEqual([{ first: 128, last: 128, flags: 0, node: -1, subsections: '0xffffffff' }])
    expect(plug(rig, 128 * MiB, 1)).toMatchObject({ errno: 'HANGS', stopped: 'hangs' })
    expect(guest(V6_1).run(device).ret).toBe(0)
  })
})
