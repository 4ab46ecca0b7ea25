/** Devices: each type through its form and away again; who owns an address, what stops its removal, and the two lives. */
import { Desk } from './desk.ts'
import { expect, test } from './lab.ts'

/** What a form needs beside its defaults. Types that are not listed need nothing. */
const FILLED: Readonly<Record<string, Readonly<Record<string, string>>>> = { 'Device DAX as RAM (kmem)': { at: '0x180000000' } }

test('a device of each type is added through its form and removed', async ({ openLab }) => {
  const page = await openLab('--empty')
  const desk = new Desk(page)
  // the legacy type takes the range that boot set aside, once its first driver has let go of it
  await desk.openScenario('Every type', 'machine: {memory: 1GiB, physical-bits: 40, cmdline: "memmap=32M!512M"}\nsteps: [{remove-device: pmem0}]\n')
  await desk.outline.getByRole('button', { name: 'Add a device' }).click()
  const items = page.getByRole('menuitem')
  await expect(items.first()).toBeVisible()
  const types = await items.evaluateAll((all) => all.map((item) => ({ title: item.firstElementChild?.textContent ?? '', disabled: item.hasAttribute('data-disabled') })))
  await page.keyboard.press('Escape')
  expect(types.map((type) => type.title)).toEqual(expect.arrayContaining(['HMM private', 'HMM coherent', 'Generic (devm)', 'PCI peer-to-peer']))

  for (const { title, disabled } of types) {
    if (disabled) continue
    await test.step(title, async () => {
      const form = await desk.deviceForm(title)
      const name = await form.getByLabel('name').inputValue()
      for (const [label, value] of Object.entries(FILLED[title] ?? {})) await form.getByLabel(label, { exact: true }).fill(value)
      await form.getByRole('button', { name: 'add device' }).click()
      await desk.title(name)
      await expect(desk.treeItem(new RegExp(`^${name}\\s`))).toHaveAttribute('aria-selected', 'true')
      await desk.act(`unplug ${name}`)
      await expect(desk.treeItem(new RegExp(`^${name}\\s`))).toHaveCount(0)
      await expect(desk.steps.last()).toContainText('remove_device')
      await expect(desk.steps.last().getByLabel('failed')).toHaveCount(0)
    })
  }
})

test('a type that this kernel does not have is listed with the reason', async ({ openLab }) => {
  const page = await openLab('--empty')
  const desk = new Desk(page)
  await desk.openScenario('Too new', 'machine: {memory: 1GiB}\n')
  await desk.outline.getByRole('button', { name: 'Add a device' }).click()
  const item = page.getByRole('menuitem', { name: /^HMM public/ })
  await expect(item).toBeDisabled()
  await expect(item).toContainText('v5.2')
})

test('a form names each wrong parameter with its rule, and sends nothing', async ({ openLab }) => {
  const desk = new Desk(await openLab('--empty'))
  await desk.openScenario('Wrong parameters', 'machine: {memory: 1GiB}\n')
  const form = await desk.deviceForm('HMM private')
  await form.getByLabel('size').fill('1KiB')
  await form.getByRole('button', { name: /^\d+ more/ }).click()
  await form.getByLabel('shift').fill('40')
  await expect(form).toContainText('below the smallest size 4KiB')
  await expect(form).toContainText('above 30')
  await form.getByRole('button', { name: 'add device' }).click()
  await expect(form.getByLabel('size')).toBeFocused()
  await desk.isAt(0, 0)
})

const SHARED = `machine: {memory: 2GiB, physical-bits: 40, cmdline: "memmap=32M!1G memmap=32M!1088M"}
steps:
  - remove-device: pmem1
  - add-device: {name: dax1.0, type: generic, params: {at: 0x44000000, size: 32MiB, node: 0, reserve: 2, free: 510}}
`

test('a section of boot RAM and two devices says who owns each sub-section and what stops its removal', async ({ openLab }) => {
  const page = await openLab('--empty')
  const desk = new Desk(page)
  await desk.openScenario('Two in a section', SHARED)
  await desk.find('section 0x8', /section 0x8/i)
  await desk.title('Section 0x8')
  const cells = desk.inspector.getByRole('region', { name: '64 sub-sections' })
  await expect(cells.getByRole('listitem')).toContainText([/0–15.*pmem0/, /16–31.*System RAM/, /32.*altmap.*dax1\.0/, /33–47.*dax1\.0/, /48–63.*System RAM/])
  await expect(desk.inspector.getByRole('region', { name: 'What stops removal' })).toContainText('dax1.0: page map')
  await expect(desk.inspector.getByRole('region', { name: 'What removal leaves' })).toContainText('section 0x8 is early')

  // one sub-section further down, and the pages in it
  await cells.getByRole('listbox').focus()
  for (let i = 0; i < 4; i++) await page.keyboard.press('ArrowDown')
  await page.keyboard.press('Enter')
  await desk.title('Sub-section 32')
  await expect(desk.inspector.getByRole('region', { name: /^512 struct pages/ }).getByRole('listitem')).toContainText([/0–1.*altmap, reserve/, /2–511.*altmap, free/])
  await desk.inspector.getByRole('region', { name: 'who owns this address' }).getByRole('button', { name: /struct pages dax1\.0/ }).click()
  await desk.title('dax1.0')
  await expect(desk.field('reserve')).toContainText('2')
})

test('page maps stand on their own track, the altmap apart, and lead to their device', async ({ openLab }) => {
  const page = await openLab('--empty')
  const desk = new Desk(page)
  await desk.openScenario('Page maps', SHARED)
  await desk.find('section 0x8', /section 0x8/i)
  await desk.mapShows(/^vmem_altmap of dax1\.0, .*reserve 2, free 510/)
  const { x, y } = await desk.pointAt('Page maps', 'dax1.0 · generic')
  await page.mouse.click(x, y)
  await desk.title('dax1.0')
  await expect(desk.treeItem(/^dax1\.0/)).toHaveAttribute('aria-selected', 'true')
  await expect(desk.drawn(/^Page map \d+ · dax1\.0/)).toHaveAttribute('aria-selected', 'true')
})

test('the claim of a device and its struct pages end at different steps: two lives', async ({ openLab }) => {
  const desk = new Desk(await openLab('--empty'))
  await desk.openScenario('Two lives', `machine: {memory: 1GiB, physical-bits: 40}
steps:
  - add-device: {name: gpu0, type: generic, params: {at: 8GiB, size: 256MiB, node: 0}}
  - release-region: {at: 8GiB, size: 256MiB}
`)
  await desk.treeItem(/^gpu0/).click()
  const lives = desk.inspector.getByRole('region', { name: 'Two lives' })
  await expect(lives.getByRole('group', { name: 'resource: step 1 – 2' })).toBeVisible()
  await expect(lives.getByRole('group', { name: 'struct pages: step 1 –' })).toBeVisible()
  await expect(lives).toContainText('the struct pages are there without a claim since step 2')
  await desk.act('unplug gpu0')
  await expect(lives.getByRole('group', { name: 'struct pages: step 1 – 3' })).toBeVisible()
})

test('the plugins are listed with their versions and types, and lead to the form of a type', async ({ openLab }) => {
  const page = await openLab('--empty')
  const desk = new Desk(page)
  await desk.openScenario('Plugins', 'machine: {memory: 1GiB}\n')
  await page.getByRole('button', { name: 'Plug', exact: true }).click()
  const plugins = page.getByRole('region', { name: 'Plugins' })
  await expect(plugins).toContainText(/org\.zonelab\.hmm-private \d+\.\d+\.\d+/)
  await plugins.getByRole('button', { name: 'Add a device of type generic' }).click()
  await expect(desk.actions.getByRole('form', { name: 'Generic (devm)' }).getByLabel('name')).toBeFocused()
})
