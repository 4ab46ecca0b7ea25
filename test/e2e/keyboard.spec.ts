/** The whole path without a pointer. */
import { Desk } from './desk.ts'
import { expect, test } from './lab.ts'

test('a machine is opened, a DIMM plugged and onlined, and the history walked with the keyboard alone', async ({ openLab }) => {
  const page = await openLab('--empty')
  const desk = new Desk(page)
  const press = (key: string): Promise<void> => page.keyboard.press(key)
  const command = async (words: string): Promise<void> => {
    await press('ControlOrMeta+k')
    const dialog = page.getByRole('dialog', { name: 'Commands' })
    await dialog.locator('input').fill(words)
    await expect(dialog.getByRole('option').first()).toHaveAttribute('data-highlighted')
    await press('Enter')
    await expect(dialog).toBeHidden()
  }

  // the gallery: Tab reaches it, arrows walk it
  const entry = page.getByRole('region', { name: 'Sample machines' }).getByRole('button', { name: /One node, 1 GiB/ })
  await entry.waitFor()
  await page.getByRole('button', { name: 'Open files…' }).focus()
  await press('Tab')
  await expect(page.getByRole('region', { name: 'Sample machines' }).getByRole('button').first()).toBeFocused()
  for (let i = 0; i < 10 && !(await entry.evaluate((e) => e === document.activeElement)); i++) await press('ArrowDown')
  await press('Enter')
  await desk.title('One node, 1 GiB')

  await command('plug DIMM')
  const form = desk.actions.getByRole('form', { name: 'plug DIMM' })
  await expect(form.getByLabel('name')).toBeFocused()
  await press('Tab')
  await expect(form.getByLabel('size')).toBeFocused()
  await page.keyboard.type('256MiB')
  await press('Enter')
  await desk.title('dimm0')
  await command('online_movable 2 blocks')
  await desk.isAt(3, 3)

  // the outline is a tree, the tracks are lists
  await desk.outline.getByRole('tree').focus()
  await press('Home')
  await press('ArrowDown')
  await press('Enter')
  await desk.title('Node 0')
  await desk.mapShows(/^Memory block 33 · online/)
  await desk.map.getByRole('listbox', { name: 'Memory blocks' }).getByRole('option').first().focus()
  await press('End')
  await press('Enter')
  await desk.title('Memory block 33')

  await command('offline')
  await desk.isAt(4, 4)
  await press('[')
  await desk.isAt(3, 4)
  await press(']')
  await desk.isAt(4, 4)
  await press('2')
  await expect(page.getByRole('region', { name: 'Text views' })).toBeVisible()
  await press('3')
  await expect(page.getByRole('region', { name: 'Plugins' })).toBeVisible()
  await press('1')
  await expect(desk.map).toBeVisible()
  await press('?')
  await expect(page.getByRole('dialog', { name: 'Keys' })).toContainText('fit what is selected')
  await press('Escape')
  await expect(page.getByRole('dialog')).toHaveCount(0)
})
