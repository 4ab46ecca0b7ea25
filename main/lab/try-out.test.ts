import { expect, test } from 'vitest'
import { GiB, MiB } from '../engine/units.ts'
import type { LabSession } from '../transport/session.ts'
import { createLab } from './lab.ts'

const story = `zonelab: 1
title: Devices
machine: {memory: 1GiB, physical-bits: 40}
steps:
  - add-device: {name: a, type: generic, params: {at: 5GiB, size: 32MiB, node: 0}}
`
async function opened(): Promise<LabSession> {
  const lab = createLab({ host: 'browser' })
  const outcome = await lab.openTexts({ texts: [{ name: 'devices.zonelab.yaml', text: story }] })
  if (!outcome.ok) throw new Error(outcome.problems.map((p) => p.text).join('\n'))
  return lab
}
const generic = (params: Record<string, string | number | boolean>) => ({ op: 'add_device', name: 'b', type: 'generic', params }) as const

test('a form learns what the kernel would answer, and nothing changes', async () => {
  const lab = await opened()
  const before = await lab.document({})
  expect(await lab.tryOut({ command: generic({ at: 6 * GiB, size: 32 * MiB }) })).toEqual({ ret: 0 })
  expect(await lab.tryOut({ command: generic({ at: 5 * GiB, size: 64 * MiB }) })).toMatchObject({ ret: -16, errno: 'EBUSY' })
  expect(await lab.document({})).toEqual(before)
})

test('every wrong parameter is named by its field, with the rule that it breaks', async () => {
  const lab = await opened()
  expect(await lab.tryOut({ command: generic({ size: 1024, shift: 40 }) })).toMatchObject({
    errno: 'EINVAL', wrong: { 'params.size': '1024: below the smallest size 4KiB', 'params.shift': '40: above 30' },
  })
})

test('parameters that are rarely needed are marked in the form', async () => {
  const types = await (await opened()).deviceTypes({})
  const form = types.find((t) => t.id === 'generic')?.add.form ?? []
  expect(form.filter((f) => f.advanced).map((f) => f.label)).toEqual(['release', 'region', 'reserve', 'free', 'base', 'shift'])
  expect(form.filter((f) => !f.advanced).map((f) => f.label)).toEqual(['name', 'size', 'memory', 'at', 'node', 'claim'])
})
