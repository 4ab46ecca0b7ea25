/** The kernel of the document: choosing another, one of one's own, and what a BUG leaves. */
import { Desk } from './desk.ts'
import { expect, test } from './lab.ts'

const DIMM = `machine: {memory: 1GiB, slots: 8, maxmem: 8GiB}
steps:
  - plug-dimm: {id: d0, size: 512MiB}
  - online_movable: 32-35
  - offline: 35
`

test('another kernel boots the machine again, says what it answers otherwise, and is taken back', async ({ openLab }) => {
  const page = await openLab('--empty')
  const desk = new Desk(page)
  await desk.openScenario('Another kernel', `machine: {memory: 1GiB, physical-bits: 40}
steps:
  - add-device: {name: gpu0, type: hmm-coherent, params: {at: 8GiB, size: 256MiB, node: 0}}
`)
  await page.getByRole('button', { name: 'Profile v6.1' }).click()
  const menu = page.getByRole('dialog', { name: /^Profile/ })
  await menu.getByLabel('Find a kernel').fill('v5.10')
  await menu.getByRole('option', { name: /^v5\.10/ }).click()
  await expect(menu.getByRole('region', { name: 'Decisions that differ' })).toContainText('releaseNoMatch')
  await menu.getByRole('button', { name: 'Boot as v5.10' }).click()
  const notice = page.getByRole('status', { name: 'Booted again' })
  await expect(notice).toContainText('v5.10 instead of v6.1')
  await expect(notice.getByRole('listitem')).toContainText(['ok → -EOPNOTSUPP'])
  await expect(desk.step(1)).toContainText('v6.1: ok')
  await expect(desk.step(1).getByLabel('failed')).toBeVisible()

  await page.keyboard.press('ControlOrMeta+z')
  await expect(page.getByRole('button', { name: 'Profile v6.1' })).toBeVisible()
  await expect(desk.treeItem(/^gpu0/)).toBeVisible()
})

test('a release between is found by its name and shows its difference to this machine', async ({ openLab }) => {
  const page = await openLab('--empty')
  const desk = new Desk(page)
  await desk.openScenario('Between', DIMM)
  await page.getByRole('button', { name: 'Profile v6.1' }).click()
  const menu = page.getByRole('dialog', { name: /^Profile/ })
  await menu.getByLabel('Find a kernel').fill('v5.13')
  await menu.getByRole('option', { name: 'v5.13' }).click()
  await menu.getByRole('radio', { name: /this machine/ }).click()
  await expect(menu.getByRole('region', { name: 'Decisions that differ' })).toContainText('spanLocks')
  await page.keyboard.press('Escape')
  await expect(menu).toHaveCount(0)
})

test('a kernel of one\'s own: decisions changed, an illegal one refused with the reason, text that reads back', async ({ openLab }) => {
  const page = await openLab('--empty')
  const desk = new Desk(page)
  await desk.openScenario('Of my own', DIMM)
  await page.keyboard.press('ControlOrMeta+k')
  await page.keyboard.type('change decisions')
  await page.keyboard.press('Enter')
  const editor = page.getByRole('dialog', { name: 'A kernel of your own' })
  await editor.getByLabel('Title').fill('v6.1 shrinks late')
  await editor.getByLabel('Find a decision').fill('RAM leaves the zone span')
  await editor.getByRole('radio', { name: /^at-remove/ }).check()
  await expect(editor.getByRole('region', { name: 'Why this makes no kernel' }).or(editor.getByRole('alert', { name: 'Why this makes no kernel' }))).toContainText('nothing left to poison')
  await expect(editor.getByRole('button', { name: 'Boot as this kernel' })).toBeDisabled()
  await editor.getByLabel('Find a decision').fill('poisonOnLeave')
  await editor.getByRole('radio', { name: /^no/ }).check()
  await expect(editor.getByRole('list', { name: 'Changed decisions' }).getByRole('listitem')).toHaveText([/at-offline → at-remove/, /yes → no/])

  const text = `profile:\n  from: v6.1\n  title: Read from a mail\n  decisions:\n    ramSpanShrinks: at-remove\n    poisonOnLeave: "no"\n`
  await editor.getByRole('button', { name: 'Paste text…' }).click()
  await editor.getByLabel('Text of a profile').fill(text.replace('at-remove', 'at-remov'))
  await editor.getByRole('button', { name: 'Read it' }).click()
  await expect(editor.getByRole('alert', { name: 'Problems of the text' })).toContainText('at-remove (the nearest)')
  await editor.getByLabel('Text of a profile').fill(text)
  await editor.getByRole('button', { name: 'Read it' }).click()
  await expect(editor.getByLabel('Title')).toHaveValue('Read from a mail')

  await editor.getByRole('button', { name: 'Boot as this kernel' }).click()
  await expect(page.getByRole('button', { name: 'Profile Read from a mail' })).toBeVisible()
  await desk.zone('Movable').click()
  await expect(desk.field('spanned_pages')).toContainText('131072')
})

test('a profile that was mailed opens in the editor when it is dropped, and is compared with what it is a change of', async ({ openLab }) => {
  const page = await openLab('--empty')
  const desk = new Desk(page)
  await desk.openScenario('By mail', DIMM)
  await desk.drop({ name: 'late.profile.yaml', text: 'profile:\n  from: v6.1\n  title: Late\n  decisions:\n    ramSpanShrinks: at-remove\n    poisonOnLeave: "no"\n' })
  const editor = page.getByRole('dialog', { name: 'A kernel of your own' })
  await expect(editor.getByLabel('Title')).toHaveValue('Late')
  await editor.getByRole('button', { name: 'Boot as this kernel' }).click()
  await expect(page.getByRole('button', { name: 'Profile Late' })).toBeVisible()
  await page.getByRole('button', { name: 'Diff', exact: true }).click()
  await expect(page.getByRole('region', { name: 'Two maps' }).getByRole('heading', { level: 2 })).toHaveText(['v6.1', 'Late'])
  await expect(page.getByRole('option', { name: /zone 0\/Movable spanned_pages/ })).toContainText('131072 · 512 MiB')
})

test('a device type that the kernel does not have is shown as such', async ({ openLab }) => {
  const page = await openLab('--empty')
  const desk = new Desk(page)
  await desk.openScenario('Old', 'profile: v5.2\nmachine: {memory: 1GiB}\n')
  await desk.outline.getByRole('button', { name: 'Add a device' }).click()
  const coherent = page.getByRole('menuitem', { name: /^HMM coherent/ })
  await expect(coherent).toBeDisabled()
  await expect(coherent).toContainText('came with v6.0')
  await expect(page.getByRole('menuitem', { name: /^HMM public/ })).toBeEnabled()
})

test('a BUG is an answer; its locks stay held, and who needs one waits for ever', async ({ openLab }) => {
  const page = await openLab('--empty')
  const desk = new Desk(page)
  await desk.openScenario('A BUG', `profile: v4.18
machine: {memory: 1GiB, physical-bits: 40}
steps:
  - plug-dimm: {id: d0, size: 512MiB, at: 4GiB}
  - online: 32-35
  - remove-memory: {at: 4GiB, size: 128MiB}
  - offline: 34
`)
  await expect(desk.step(6)).toContainText('BUG')
  await expect(desk.step(7)).toContainText('HANGS waits for ever for mem_hotplug_lock')
  const held = page.getByRole('button', { name: /^held for ever/ })
  await expect(held).toContainText('mem_hotplug_lock')
  await desk.zone('Normal').click()
  await held.click()
  await expect(desk.field('mem_hotplug_lock')).toContainText('remove_memory')
  await page.keyboard.press('[')
  await expect(desk.log.getByText('kernel BUG at')).toBeVisible()
  await desk.form('uninitialised_pages')
  await desk.actions.getByLabel('says').focus()
  await expect(desk.actions.getByRole('form', { name: 'uninitialised_pages' })).toContainText('zone 0 of the right node')
})
