import { beforeEach, expect, test } from 'vitest'
import type { LabSession } from '../transport/session.ts'
import { createLab } from './lab.ts'

/** v5.4 leaves the span of a zone alone until the memory is removed; v6.1 shrinks it at offline. */
const story = `zonelab: 1
title: Two kernels
machine: {memory: 1GiB, slots: 8, maxmem: 8GiB}
steps:
  - plug-dimm: {id: d0, size: 512MiB}
  - online_movable: 32-35
  - offline: 35
  - remove-memory: {at: 0x100000000, size: 128MiB}
`
let lab: LabSession
const open = async (text = story) => {
  const outcome = await lab.openTexts({ texts: [{ name: 'story.zonelab.yaml', text }] })
  if (!outcome.ok) throw new Error(outcome.problems.map((p) => p.text).join('\n'))
  return outcome.value
}
const boot = async (profile: Parameters<LabSession['setProfile']>[0]['profile']) => {
  const reply = await lab.setProfile({ profile })
  if (!reply.ok) throw new Error(reply.problems.map((p) => p.text).join('\n'))
  return reply.value
}
const spanned = async () => (await lab.axis({})).lanes.find((z) => z.zone === 'Movable')?.spanned

beforeEach(() => {
  lab = createLab({ host: 'browser' })
})

test('another kernel boots the same machine, does the history again and stays where one was', async () => {
  await open()
  await lab.goto({ position: 6 })
  expect(await spanned()).toBe(3 * 32768)
  const { document, replayed, from, to } = await boot({ id: 'v5.4' })
  expect([from, to, replayed]).toEqual(['v6.1', 'v5.4', 7])
  expect(document).toMatchObject({ profile: 'v5.4', profileTitle: 'Linux 5.4', position: 6, steps: 7, modified: true, undoes: 'profile v6.1 instead of v5.4' })
  expect(await spanned()).toBe(4 * 32768)
})

test('a change of kernel is one change: undo takes it back exactly, redo does it again', async () => {
  await open()
  const before = await lab.history({})
  await boot({ id: 'v5.4' })
  expect(await lab.undo({})).toMatchObject({ profile: 'v6.1', position: 7, redoes: 'profile v5.4 instead of v6.1' })
  expect(await lab.history({})).toEqual(before)
  expect(await lab.redo({})).toMatchObject({ profile: 'v5.4', position: 7 })
})

test('after a step of its own, undo takes back the step and not the kernel', async () => {
  await open()
  await boot({ id: 'v5.4' })
  await lab.run({ command: { op: 'block', block: 34, state: 'offline' } })
  const undone = await lab.undo({})
  expect(undone).toMatchObject({ profile: 'v5.4', position: 7 })
  expect(undone.undoes).toBeUndefined()
})

test('travelling goes between: undo is a step again elsewhere, and the kernel again where it was changed', async () => {
  await open()
  await boot({ id: 'v5.4' })
  await lab.goto({ position: 3 })
  expect(await lab.undo({})).toMatchObject({ profile: 'v5.4', position: 2 })
  await lab.goto({ position: 7 })
  expect(await lab.undo({})).toMatchObject({ profile: 'v6.1', position: 7 })
})

test('the history says what the kernel before had answered, where that was something else', async () => {
  await open(`zonelab: 1
title: Auto movable
machine: {memory: 1GiB, slots: 8, maxmem: 8GiB}
steps:
  - add-device: {name: gpu0, type: hmm-coherent, params: {at: 8GiB, size: 128MiB, node: 0}}
`)
  const { otherwise } = await boot({ id: 'v5.10' })
  expect(otherwise).toMatchObject([{ step: 1, text: 'add_device gpu0 (hmm-coherent)', before: 'ok', after: 'EOPNOTSUPP' }])
  expect((await lab.history({}))[1]).toMatchObject({ errno: 'EOPNOTSUPP', was: 'v6.1: ok' })
})

test('a release between two profiles is chosen by its name', async () => {
  await open()
  expect((await boot({ id: 'v5.14' })).document).toMatchObject({ profile: 'v5.14', profileTitle: 'Linux 5.14' })
  expect((await lab.profiles({})).between).toContain('v5.14')
})

test('an unknown kernel names the nearest and leaves the document as it is', async () => {
  await open()
  const reply = await lab.setProfile({ profile: { id: 'v5.l0' } })
  expect(reply.ok).toBe(false)
  if (!reply.ok) expect(reply.problems[0]?.text).toMatch(/"v5\.l0".*v5\.10/)
  expect(await lab.document({})).toMatchObject({ profile: 'v6.1', modified: false })
})

test('a kernel of one\'s own says what it differs in, goes out with the scenario and comes back with it', async () => {
  await open()
  const { document } = await boot({ from: 'v6.1', title: 'v6.1 shrinks late', decisions: { ramSpanShrinks: 'at-remove', poisonOnLeave: 'no' } })
  expect(document).toMatchObject({ profile: 'v6.1 shrinks late', profileChoice: { from: 'v6.1', title: 'v6.1 shrinks late' } })
  const machine = await lab.inspect({ selection: { kind: 'machine' } })
  expect(machine.groups.find((g) => g.title === 'kernel')?.fields.map((f) => `${f.name} ${f.raw}`)).toEqual(['profile v6.1 shrinks late', 'ramSpanShrinks at-remove', 'poisonOnLeave no'])
  const { text } = await lab.exportScenario({})
  expect(await open(text)).toMatchObject({ profile: 'v6.1 shrinks late' })
})

test('a profile as text that was mailed is read back to the same', async () => {
  const profile = { from: 'v5.5', title: 'Without span locks', decisions: { spanLocks: 'none' } }
  const text = await lab.profileText({ profile })
  if (!text.ok) throw new Error('refused')
  const read = await lab.readProfile({ name: 'mail', text: text.value.text })
  expect(read).toMatchObject({ ok: true, value: { id: 'Without span locks', kind: 'custom', parent: 'v5.5', changes: [{ name: 'spanLocks', from: 'node-and-zone', to: 'none' }] } })
})

test('a combination that makes no kernel is shown with the reason, and is not booted', async () => {
  await open()
  const profile = { from: 'v5.3', title: '', decisions: { earlySections: 'unmarked' } }
  const check = await lab.checkProfile({ profile })
  expect(check.illegal.map((i) => i.found)).toContain('pfnValid: subsection with earlySections: unmarked')
  expect(check.profile?.values['earlySections']).toBe('unmarked')
  expect((await lab.setProfile({ profile })).ok).toBe(false)
})
