/** The errno quick list of the behaviour sheet under every kernel and patch. */
import { describe, expect, test } from 'vitest'
import type { Command } from '../../main/engine/command.ts'
import type { Profile } from '../../main/engine/profiles/profile.ts'
import { PROFILES } from '../../main/engine/profiles/profiles.ts'
import { GiB, MiB } from '../../main/engine/units.ts'
import { knownTypes } from '../../main/plugins/known-types.ts'
import { BLOCK, machine, Rig, smallGuest } from '../golden/machine.ts'
import { BY_SECTION, BY_SUBSECTION, underAll } from './under.ts'

const types = knownTypes()
const DIMM = 8 * GiB
const ALWAYS = 'v4.18 on, rfc-2018-08, blind-2018-09, v3-2019-08'

interface Case {
  readonly what: string
  /** Errno by set of profiles; every profile is in one. */
  readonly errno: Readonly<Record<string, string>>
  readonly machine?: ReturnType<typeof machine>
  readonly before?: readonly Command[]
  readonly command: Command
}

const add = (start: number, size: number, node = 0): Command => ({ op: 'add_memory', node, start, size })
const word = (at: number, state: string): Command => ({ op: 'block', block: at / BLOCK, state })
const generic = (name: string, at: number, size: number, more: Readonly<Record<string, string | number | boolean>> = {}): Command => ({ op: 'add_device', name, type: 'generic', params: { at, size, node: 0, ...more } })
const veto = (event: 'MEM_GOING_ONLINE' | 'MEM_GOING_OFFLINE'): Command => ({ op: 'notifier', name: 'slab', event, answer: 'veto' })
const window = { start: 9 * GiB, end: 10 * GiB, name: 'PCI Bus 0000:00' }

const CASES: readonly Case[] = [
  // -EINVAL
  { what: 'RAM that is no number of blocks', errno: { [ALWAYS]: 'EINVAL' }, command: add(DIMM, 100 * MiB) },
  { what: 'RAM between blocks', errno: { [ALWAYS]: 'EINVAL' }, command: add(DIMM + 64 * MiB, BLOCK) },
  { what: 'a node that is not possible', errno: { [ALWAYS]: 'EINVAL' }, command: add(DIMM, BLOCK, 3) },
  { what: 'a word that is none', errno: { [ALWAYS]: 'EINVAL' }, before: [add(DIMM, BLOCK)], command: word(DIMM, 'on') },
  { what: 'online of an online block', errno: { [ALWAYS]: 'EINVAL' }, before: [add(DIMM, BLOCK), word(DIMM, 'online')], command: word(DIMM, 'online_movable') },
  { what: 'offline of an offline block', errno: { [ALWAYS]: 'EINVAL' }, before: [add(DIMM, BLOCK)], command: word(DIMM, 'offline') },
  { what: 'offline of a block with a hole', errno: { 'v4.18 … v4.20, rfc-2018-08, blind-2018-09': 'EBUSY', 'v5.0 on, v3-2019-08': 'EINVAL' }, machine: machine({ ram: [{ start: 0, end: 1000 * MiB }] }), command: word(896 * MiB, 'offline') },
  { what: 'offline of a block in two zones', errno: { [ALWAYS]: 'EINVAL' }, command: word(0, 'offline') },
  { what: 'a device with an altmap that does not fit', errno: { [ALWAYS]: 'EINVAL' }, command: generic('d', DIMM, BLOCK, { reserve: 0, free: 40000 }) },
  { what: 'a device whose altmap begins elsewhere', errno: { [ALWAYS]: 'EINVAL' }, command: generic('d', DIMM, BLOCK, { reserve: 0, free: 1024, base: 1 }) },
  { what: 'a device of 127 MiB', errno: { [BY_SECTION]: 'ok', [BY_SUBSECTION]: 'EINVAL' }, command: generic('d', DIMM, 127 * MiB) },
  // -EBUSY
  { what: 'offline of a block with an unmovable page', errno: { [ALWAYS]: 'EBUSY' }, before: [add(DIMM, BLOCK), word(DIMM, 'online_kernel'), { op: 'mark', start: DIMM, size: 4096, as: 'unmovable' }], command: word(DIMM, 'offline') },
  { what: 'removal of an online block', errno: { 'v4.18 … v5.2, rfc-2018-08, blind-2018-09': 'BUG', 'v5.3 on, v3-2019-08': 'EBUSY' }, before: [add(DIMM, BLOCK), word(DIMM, 'online')], command: { op: 'remove_memory', start: DIMM, size: BLOCK } },
  { what: 'a device over a claimed range', errno: { [ALWAYS]: 'EBUSY' }, before: [{ op: 'request_region', start: DIMM, size: BLOCK, name: 'claimed' }], command: generic('d', DIMM, BLOCK) },
  // -EEXIST
  { what: 'RAM over RAM', errno: { [ALWAYS]: 'EEXIST' }, before: [add(DIMM, 2 * BLOCK)], command: add(DIMM + BLOCK, BLOCK) },
  { what: 'RAM over a claimed range', errno: { [ALWAYS]: 'EEXIST' }, before: [{ op: 'request_region', start: DIMM, size: 4096, name: 'claimed' }], command: add(DIMM, BLOCK) },
  { what: 'RAM inside a window that nobody claimed', errno: { 'v4.18 … v5.0, rfc-2018-08, blind-2018-09': 'EEXIST', 'v5.2 on, v3-2019-08': 'ok' }, machine: smallGuest({ resources: [window] }), command: add(9 * GiB, BLOCK) },
  { what: 'RAM over an unclaimed device', errno: { [BY_SECTION]: 'ok', [BY_SUBSECTION]: 'EEXIST' }, before: [generic('d', DIMM, BLOCK, { claim: false })], command: add(DIMM, BLOCK) },
  { what: 'a device around another, unclaimed', errno: { 'v4.18 … v4.20, rfc-2018-08, blind-2018-09': 'EEXIST', 'v5.0 … v5.2': 'ok', [BY_SUBSECTION]: 'EEXIST' }, before: [generic('d', DIMM + BLOCK, BLOCK, { claim: false })], command: generic('e', DIMM, 3 * BLOCK, { claim: false }) },
  // -ENOMEM
  { what: 'a device over the end of another, unclaimed', errno: { [ALWAYS]: 'ENOMEM' }, before: [generic('d', DIMM, BLOCK, { claim: false })], command: generic('e', DIMM, 2 * BLOCK, { claim: false }) },
  { what: 'an altmap without room for the memmap', errno: { [ALWAYS]: 'ENOMEM' }, command: generic('d', DIMM, 2 * BLOCK, { reserve: 0, free: 100 }) },
  // -ENXIO
  { what: 'a device over RAM', errno: { 'v4.18 … v4.20, rfc-2018-08, blind-2018-09': 'ok', 'v5.0 on, v3-2019-08': 'ENXIO' }, before: [add(DIMM, BLOCK)], command: generic('d', DIMM, BLOCK, { claim: false }) },
  { what: 'a device over RAM and a hole', errno: { 'v4.18 … v4.20, rfc-2018-08, blind-2018-09': 'ok', 'v5.0 on, v3-2019-08': 'ENXIO' }, before: [add(DIMM, BLOCK)], command: generic('d', DIMM, 2 * BLOCK, { claim: false }) },
  { what: 'a device over RAM and somebody else', errno: { [ALWAYS]: 'ENXIO' }, before: [add(DIMM, BLOCK), { op: 'request_region', start: DIMM + BLOCK, size: 4096, name: 'claimed' }], command: generic('d', DIMM, 2 * BLOCK, { claim: false }) },
  { what: 'a device beside RAM in a section', errno: { [BY_SECTION]: 'ENXIO', [BY_SUBSECTION]: 'ok' }, machine: machine({ ram: [{ start: 0, end: 1000 * MiB }] }), command: generic('d', 1008 * MiB, 8 * MiB) },
  // -E2BIG: -EEXIST where the resource is asked for first, which /proc/iomem does not reach
  { what: 'RAM of no size', errno: { 'v4.18 … v5.10, rfc-2018-08, blind-2018-09, v3-2019-08': 'EEXIST', 'v6.1 on': 'E2BIG' }, command: add(DIMM, 0) },
  { what: 'RAM beyond 46 bits', errno: { 'v4.18 … v5.10, rfc-2018-08, blind-2018-09, v3-2019-08': 'EEXIST', 'v6.1 on': 'E2BIG' }, command: add(2 ** 46, BLOCK) },
  // -EPERM
  { what: 'a veto of an online', errno: { [ALWAYS]: 'EPERM' }, before: [add(DIMM, BLOCK), veto('MEM_GOING_ONLINE')], command: word(DIMM, 'online') },
  { what: 'a veto of an offline', errno: { [ALWAYS]: 'EPERM' }, before: [add(DIMM, BLOCK), word(DIMM, 'online'), veto('MEM_GOING_OFFLINE')], command: word(DIMM, 'offline') },
  // -EINTR
  { what: 'offline of a pinned page, ended by a signal', errno: { [ALWAYS]: 'EINTR' }, before: [add(DIMM, BLOCK), word(DIMM, 'online_movable'), { op: 'mark', start: DIMM, size: 4096, as: 'pinned' }], command: { op: 'block', block: DIMM / BLOCK, state: 'offline', signal: true } },
]

function answers(profile: Profile, { machine: description = smallGuest(), before = [], command }: Case): string {
  const rig = new Rig(description, types, profile)
  for (const c of before) rig.ok(c)
  return rig.run(command).errno ?? 'ok'
}

describe('what a kernel answers', () => {
  test.each(CASES.map((c) => [c.what, c] as const))('%s', (_what, c) => {
    const found = [...PROFILES.values()].map((p) => [p.id, answers(p, c)])
    expect(found).toEqual(underAll(c.errno).map(([id, , errno]) => [id, errno]))
  })

  test('-ERANGE: a free region for device memory when there is none', () => {
    const description = machine({ ram: [{ start: 0, end: 512 * MiB }], iomemEnd: GiB })
    const found = [...PROFILES.values()].map((p) => [p.id, answers(p, { what: '', errno: {}, machine: description, command: { op: 'add_device', name: 'gpu', type: 'hmm-private', params: { size: '2GiB', node: 0 } } })])
    expect(found).toEqual(underAll({ [ALWAYS]: 'ERANGE' }).map(([id, , errno]) => [id, errno]))
  })
})
