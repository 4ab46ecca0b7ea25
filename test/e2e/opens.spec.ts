import { expect, test } from './lab.ts'

test('a sample machine opens under the strict policy without a complaint', async ({ openLab }) => {
  const page = await openLab('--sample', 'machines/four-nodes-6gib')
  await page.locator('[data-ready]').waitFor({ state: 'attached' })
  await expect(page.locator('body')).toContainText('Four nodes, 6 GiB')
  await expect(page.locator('body')).toContainText('v6.1')
})

test('two windows of one host are two labs', async ({ openLab }) => {
  const [one, other] = [await openLab('--empty'), await openLab('--sample', 'machines/one-node-1gib')]
  await expect(other.locator('body')).toContainText('One node, 1 GiB')
  await expect(one.locator('body')).toContainText('no document')
})
