/** Two kernels on one history: where they part, and why. */
import { Desk } from './desk.ts'
import { expect, test } from './lab.ts'

const STORY = `profile: v6.1
machine: {memory: 1GiB, slots: 8, maxmem: 8GiB}
steps:
  - plug-dimm: {id: d0, size: 512MiB}
  - online_movable: 32-35
  - offline: 35
  - offline: 34
`

async function compared(desk: Desk, a: string, b: string): Promise<void> {
  const { page } = desk
  await page.getByRole('button', { name: 'Diff', exact: true }).click()
  await page.getByLabel('Kernel above').selectOption(a)
  await page.getByLabel('Kernel below').selectOption(b)
  const maps = page.getByRole('region', { name: 'Two maps' })
  await expect(maps.getByRole('heading', { level: 2 })).toHaveText([a, b])
}

test('two maps on one axis part where one kernel shrinks the span and the other does not', async ({ openLab }) => {
  const page = await openLab('--empty')
  const desk = new Desk(page)
  await desk.openScenario('Two kernels', STORY)
  await compared(desk, 'v5.4', 'v6.1')
  const panel = page.getByRole('complementary', { name: 'Differences' })
  await expect(panel).toContainText('After step 7: offline block 34')
  const spanned = panel.getByRole('option', { name: /zone 0\/Movable spanned_pages/ })
  await expect(spanned).toContainText('131072 · 512 MiB')
  await expect(spanned).toContainText('65536 · 256 MiB')
  await spanned.click()
  const cause = panel.getByRole('region', { name: 'Cause' })
  await expect(cause).toContainText('ramSpanShrinks = at-remove | at-offline')
  await expect(panel.getByRole('region', { name: 'Under both kernels' })).toContainText('spanned_pages')
  await expect(page.getByRole('list', { name: 'v5.4, Zone 0/Movable' })).toContainText('512 MiB')
  await expect(page.getByRole('list', { name: 'v6.1, Zone 0/Movable' })).toContainText('256 MiB')

  const texts = page.getByRole('region', { name: 'Texts of both' })
  await expect(texts).toContainText('1 of 23 lines differ')
  await expect(texts).toContainText('spanned  131072')

  // both step together
  await page.keyboard.press('[')
  await expect(panel).toContainText('After step 6: offline block 35')
  await expect(panel.getByRole('option', { name: /zone 0\/Movable spanned_pages/ })).toContainText('98304 · 384 MiB')
  await page.keyboard.press('[')
  await expect(panel).toContainText('After step 5')
  await expect(panel.getByRole('option', { name: /zone 0\/Movable spanned_pages/ })).toHaveCount(0)
  // through what differs here, then to the next step that makes a difference
  await expect(async () => {
    await page.keyboard.press('n')
    await expect(panel).toContainText('After step 6', { timeout: 1000 })
  }).toPass()
})

test('one decision of the other kernel makes a profile of one\'s own', async ({ openLab }) => {
  const page = await openLab('--empty')
  const desk = new Desk(page)
  await desk.openScenario('One alone', STORY)
  await compared(desk, 'v5.4', 'v6.1')
  const panel = page.getByRole('complementary', { name: 'Differences' })
  await panel.getByRole('option', { name: /zone 0\/Movable spanned_pages/ }).click()
  await panel.getByRole('button', { name: /^Make profile “v5\.4, but ramSpanShrinks: at-offline”/ }).click()
  const editor = page.getByRole('dialog', { name: 'A kernel of your own' })
  await expect(editor.getByLabel('Title')).toHaveValue('v5.4, but ramSpanShrinks: at-offline')
  await expect(editor.getByRole('list', { name: 'Changed decisions' }).getByRole('listitem')).toHaveText([/at-remove → at-offline/])
})

test('the history under all kernels, in classes of equals; a border between two leads to their comparison', async ({ openLab }) => {
  const page = await openLab('--empty')
  const desk = new Desk(page)
  await desk.openScenario('Matrix', STORY)
  await compared(desk, 'v5.4', 'v6.1')
  await page.getByRole('radio', { name: 'all kernels' }).click()
  const matrix = page.getByRole('region', { name: 'All kernels' })
  await expect(matrix.getByRole('columnheader', { name: /v6\.1/ })).toBeVisible()
  await expect(matrix.getByRole('row', { name: /offline block 35/ })).toContainText('ok ≠')
  await matrix.getByRole('button', { name: /^Compare .* with v5\.5$/ }).click()
  await expect(page.getByLabel('Kernel below')).toHaveValue('v5.5')
  await expect(page.getByRole('complementary', { name: 'Differences' })).not.toContainText('Both machines are alike')
})

test('what is done to the document is done on both sides', async ({ openLab }) => {
  const page = await openLab('--empty')
  const desk = new Desk(page)
  await desk.openScenario('Both sides', STORY)
  await page.getByRole('button', { name: 'Map', exact: true }).click()
  await desk.treeItem(/^32 – 33/).click()
  await desk.act('offline 2 blocks')
  await desk.isAt(9, 9)
  await compared(desk, 'v5.4', 'v6.1')
  await expect(page.getByRole('complementary', { name: 'Differences' }).getByRole('option', { name: /zone 0\/Movable spanned_pages/ })).toContainText('131072 · 512 MiB')
})
