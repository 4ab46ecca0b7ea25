/** Light and dark, and what assistive technology makes of each screen. */
import { AxeBuilder } from '@axe-core/playwright'
import type { Page } from '@playwright/test'
import { Desk } from './desk.ts'
import { expect, test } from './lab.ts'

const WITH_DEVICE = `machine: {memory: 1GiB, physical-bits: 40}
steps:
  - plug-dimm: {id: d0, size: 512MiB, at: 4GiB}
  - online_movable: 33
  - add-device: {name: gpu0, type: generic, params: {at: 8GiB, size: 256MiB, node: 0, reserve: 2, free: 2046}}
  - mark: {at: 0x108000000, size: 4KiB, as: unmovable}
  - offline: 33
`
const INSPECTOR = '[aria-label="Inspector"]'

/** Rules that the page, or a part of it, breaks seriously; with the first place of each. */
async function violations(page: Page, part = 'html'): Promise<readonly string[]> {
  const { violations } = await new AxeBuilder({ page }).include(part).analyze()
  return violations.filter(({ impact }) => impact === 'serious' || impact === 'critical').map(({ id, nodes }) => `${id}: ${nodes[0]?.html ?? ''}`)
}

for (const theme of ['light', 'dark'] as const) {
  test(`nothing stands in the way of assistive technology, ${theme}`, async ({ openLab }) => {
    const page = await openLab('--empty')
    const desk = new Desk(page)
    await page.emulateMedia({ colorScheme: theme, reducedMotion: 'reduce' })
    await expect(page.locator(':root')).toHaveAttribute('data-theme', theme)
    await expect(page.getByRole('region', { name: 'Scenarios' })).toBeVisible()
    expect(await violations(page), 'start screen').toEqual([])

    await desk.openScenario('Looked at', WITH_DEVICE)
    expect(await violations(page), 'desk').toEqual([])
    await desk.treeItem(/^gpu0/).click()
    await desk.title('gpu0')
    await expect(desk.inspector.getByRole('region', { name: 'Two lives' })).toBeVisible()
    expect(await violations(page, INSPECTOR), 'a device').toEqual([])
    await desk.find('section 0x40', /section 0x40/i)
    await desk.title('Section 0x40')
    expect(await violations(page, INSPECTOR), 'a section').toEqual([])
    await page.keyboard.press('Escape')
    await desk.deviceForm('Generic (devm)')
    expect(await violations(page, INSPECTOR), 'a form').toEqual([])
    await page.getByRole('button', { name: 'cancel' }).click()
    await page.getByRole('button', { name: 'Text', exact: true }).click()
    await expect(page.getByRole('region', { name: 'Text views' })).toContainText('Node 0')
    expect(await violations(page, '[aria-label="Text views"]'), 'text').toEqual([])
    await page.getByRole('button', { name: 'Plug', exact: true }).click()
    await expect(page.getByRole('region', { name: 'Plugins' })).toContainText('org.zonelab')
    expect(await violations(page, '[aria-label="Plugins"]'), 'plugins').toEqual([])
    await page.getByRole('button', { name: /^Profile/ }).click()
    await expect(page.getByRole('region', { name: 'Decisions that differ' })).toContainText('spanLocks')
    expect(await violations(page), 'kernels').toEqual([])
    await page.getByRole('button', { name: 'Change decisions…' }).click()
    await page.getByRole('radio', { name: /^at-remove/ }).first().check()
    await expect(page.getByRole('alert', { name: 'Why this makes no kernel' })).toBeVisible()
    expect(await violations(page), 'a kernel of one\'s own').toEqual([])
    await page.keyboard.press('Escape')
    await page.getByRole('button', { name: 'Diff', exact: true }).click()
    await page.getByLabel('Kernel above').selectOption('v5.0')
    await expect(page.getByRole('region', { name: 'Cause' })).toContainText('Caused')
    expect(await violations(page), 'two kernels').toEqual([])
    await page.getByRole('radio', { name: 'all kernels' }).click()
    await expect(page.getByRole('region', { name: 'All kernels' })).toContainText('v7.2')
    expect(await violations(page), 'all kernels').toEqual([])
  })
}

test('the theme follows the system until one is chosen, and the choice stays', async ({ openLab }) => {
  const page = await openLab('--empty')
  const root = page.locator(':root')
  await page.emulateMedia({ colorScheme: 'dark' })
  await expect(root).toHaveAttribute('data-theme', 'dark')
  await page.emulateMedia({ colorScheme: 'light' })
  await expect(root).toHaveAttribute('data-theme', 'light')
  await page.getByRole('button', { name: /^Theme: follows the system/ }).click()
  await expect(root).toHaveAttribute('data-theme', 'dark')
  await page.reload()
  await expect(root).toHaveAttribute('data-theme', 'dark')
})
