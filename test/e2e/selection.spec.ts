/** One selection in the map, the outline, the inspector, the history and the text files; and what a step changes in them. */
import { Desk } from './desk.ts'
import { expect, test } from './lab.ts'

const DIMM = `machine: {memory: 1GiB}
steps:
  - plug-dimm: {id: d0, size: 1GiB, at: 4GiB}
  - online_movable: 34
  - online_kernel: 32
`

test('what is clicked on the map is selected everywhere', async ({ openLab }) => {
  const page = await openLab('--empty')
  const desk = new Desk(page)
  await desk.openScenario('Linked', DIMM)
  const { x, y } = await desk.pointAt('Memory blocks', 'Memory block 34 · online')
  await page.mouse.click(x, y)
  await desk.title('Memory block 34')
  await expect(desk.treeItem(/^34\s/)).toHaveAttribute('aria-selected', 'true')
  await expect(desk.step(2)).toHaveAccessibleDescription('about what is selected')
  await expect(desk.step(3)).not.toHaveAccessibleDescription('about what is selected')
  await page.getByRole('button', { name: 'Text', exact: true }).click()
  await page.getByRole('tab', { name: 'memory blocks' }).click()
  await expect(page.getByRole('region', { name: 'Text views' }).locator('[aria-selected="true"][role="option"]')).toContainText('memory34')
})

test('what is selected in the outline, the history or a text file is selected on the map', async ({ openLab }) => {
  const page = await openLab('--empty')
  const desk = new Desk(page)
  await desk.openScenario('Linked back', DIMM)
  await desk.zone('Movable').click()
  await expect(desk.drawn(/^Zone 0\/Movable · present/).first()).toHaveAttribute('aria-selected', 'true')
  await desk.step(3).click()
  await expect(desk.drawn(/^Memory block 32 · online/).first()).toHaveAttribute('aria-selected', 'true')
  await page.getByRole('button', { name: 'Text', exact: true }).click()
  await page.getByRole('tab', { name: '/proc/zoneinfo' }).click()
  await page.getByRole('option', { name: /Node 0, zone\s+DMA32/ }).click()
  await desk.title('Zone 0/DMA32')
  await page.getByRole('button', { name: 'Map', exact: true }).click()
  await expect(desk.drawn(/^Zone 0\/DMA32 · present/).first()).toHaveAttribute('aria-selected', 'true')
})

test('text files mark what a step changed, with the value before', async ({ openLab }) => {
  const page = await openLab('--empty')
  const desk = new Desk(page)
  await desk.openScenario('Marked', DIMM)
  await page.getByRole('button', { name: 'Text', exact: true }).click()
  const text = page.getByRole('region', { name: 'Text views' })
  await page.getByRole('tab', { name: 'memory blocks' }).click()
  await expect(text).toContainText('2 lines changed by step 3')
  await expect(text.locator('.changed')).toContainText(['memory32/state:online', 'memory32/valid_zones:Normal'])
  await expect(text.locator('.changed s')).toContainText(['offline', 'Normal Movable'])
  await page.getByRole('tab', { name: '/proc/iomem' }).click()
  await expect(text).toContainText('no change by this step')
  await desk.step(1).click()
  await expect(text.locator('.added')).toContainText('100000000-13fffffff : System RAM')
})

test('folds open and close, and the whole space fits again', async ({ openLab }) => {
  const page = await openLab('--empty')
  const desk = new Desk(page)
  await desk.openScenario('Folded', DIMM)
  const { x, y } = await desk.pointAt('Direct map', '3 GiB folded away')
  await page.mouse.click(x, y)
  await page.mouse.move(x, y + 1)
  await expect(desk.map.getByText('folded away')).toHaveCount(0)
  await page.keyboard.press('0')
  await desk.pointAt('Memory blocks', 'Memory block 39')
})
