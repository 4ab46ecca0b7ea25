/** Who waits for whom: the argument of 2019-08-29 as a picture. */
import { readFileSync } from 'node:fs'
import { AxeBuilder } from '@axe-core/playwright'
import type { Page } from '@playwright/test'
import { expect, test } from './lab.ts'

const ARGUMENT = 'timeline/pmem-4x3tib'

async function timeline(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Time', exact: true }).click()
  await expect(result(page)).toContainText('All threads done after')
}
const result = (page: Page) => page.getByRole('complementary', { name: 'What it comes to' })
const picture = (page: Page) => page.getByRole('img', { name: /threads/ })
const locks = (page: Page) => page.getByRole('region', { name: 'Locks' })

test('four nodes: two minutes under the lock, half a minute outside it, and who waits for whom', async ({ openLab }) => {
  const page = await openLab('--sample', ARGUMENT)
  await timeline(page)
  await expect(picture(page)).toHaveAttribute('aria-label', /^v3-2019-08: 109\.7 s, 4 threads, 27\.44 s without waits for locks; v6\.1: 28\.87 s, 4 threads/)
  await expect(result(page)).toContainText('÷ 3.80')
  const row = locks(page).getByRole('row', { name: /^mem_hotplug_lock, write v3-2019-08/ })
  await expect(row).toContainText('164.6 s')
  await expect(row).toContainText('82.29 s')

  // the second thread of the first run waits
  const box = (await picture(page).boundingBox())!
  await page.mouse.move(box.x + 240, box.y + 32 + 26 + 12)
  const tip = page.getByRole('tooltip')
  await expect(tip).toContainText('node 1 probe waits 27.43 s for mem_hotplug_lock')
  await expect(tip).toContainText('node 0 probe let it go on')
})

test('a slider moves the result; one run, or one of the scenario\'s others', async ({ openLab }) => {
  const page = await openLab('--sample', ARGUMENT)
  await timeline(page)
  const workers = page.getByLabel('device init workers, typed')
  await workers.fill('8')
  await workers.press('Enter')
  await expect(result(page)).toContainText('5.285 s')
  await result(page).getByRole('button', { name: 'reset' }).click()
  await expect(result(page)).toContainText('28.87 s')
  const slider = page.getByRole('slider', { name: 'device struct page init', exact: true })
  await slider.focus()
  await slider.press('Home')
  await expect(slider).toHaveAttribute('aria-valuetext', '0.1 ns/page')
  await expect(result(page)).not.toContainText('28.87 s')
  // what is out of range is not taken
  await workers.fill('-3')
  await workers.press('Enter')
  await expect(workers).toHaveValue('1')

  await page.getByLabel("A run of the scenario's, below").selectOption('v4.18')
  await expect(picture(page)).toHaveAttribute('aria-label', /; v4\.18: 129\.5 s/)
  await page.getByRole('button', { name: 'one only' }).click()
  await expect(picture(page)).not.toHaveAttribute('aria-label', /;/)
})

test('zoom and pan with wheel and keys, and back', async ({ openLab }) => {
  const page = await openLab('--sample', ARGUMENT)
  await timeline(page)
  const fit = page.getByRole('button', { name: 'fit', exact: true })
  await expect(fit).toBeDisabled()
  const box = (await picture(page).boundingBox())!
  await page.mouse.move(box.x + 300, box.y + 60)
  await page.mouse.wheel(0, -600)
  await expect(fit).toBeEnabled()
  await page.keyboard.press('0')
  await expect(fit).toBeDisabled()
  await page.keyboard.press('w')
  await page.keyboard.press('d')
  await expect(fit).toBeEnabled()
  await fit.click()
  await expect(fit).toBeDisabled()
})

test('many runs say how far they are, and can be given up', async ({ openLab }) => {
  const page = await openLab('--sample', ARGUMENT)
  await timeline(page)
  const many = page.getByRole('region', { name: 'Many runs' })
  await many.getByLabel('Number of runs').fill('50000')
  await many.getByRole('button', { name: 'run', exact: true }).click()
  await expect(many.getByRole('progressbar')).toBeVisible()
  await expect(many).toContainText(/[1-9]\d* of 50000/)
  await many.getByRole('button', { name: 'give up' }).click()
  await expect(many.getByRole('progressbar')).toBeHidden()
  await many.getByLabel('Number of runs').fill('60')
  await many.getByRole('button', { name: 'run', exact: true }).click()
  await expect(many).toContainText('half below')
})

test('the run as Chrome trace, SVG and PNG', async ({ openLab }) => {
  const page = await openLab('--sample', ARGUMENT)
  await timeline(page)
  const saved = async (button: string): Promise<{ name: string; bytes: Buffer }> => {
    const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: button, exact: true }).click()])
    return { name: download.suggestedFilename(), bytes: readFileSync(await download.path()) }
  }
  const trace = await saved('trace v3-2019-08')
  expect(trace.name).toMatch(/v3-2019-08\.trace\.json$/)
  const { traceEvents } = JSON.parse(trace.bytes.toString()) as { traceEvents: { name: string; ph: string }[] }
  expect(traceEvents.filter((e) => e.ph === 'X' && e.name === 'waits for mem_hotplug_lock')).toHaveLength(3)
  const svg = (await saved('SVG')).bytes.toString()
  expect(svg).toContain('waits 82.29 s')
  expect(svg).toContain('held by node 3 probe')
  const png = await saved('PNG')
  expect([...png.bytes.subarray(0, 4)]).toEqual([0x89, 0x50, 0x4e, 0x47])
})

test('any machine: its boot in time', async ({ openLab }) => {
  const page = await openLab('--sample', 'machines/four-nodes-6gib')
  await timeline(page)
  await expect(picture(page)).toHaveAttribute('aria-label', /^v6\.1: .*, 5 threads/)
  await page.getByLabel('What runs').selectOption('boot-at-once')
  await expect(picture(page)).toHaveAttribute('aria-label', /^v6\.1: .*, 1 threads/)
})

for (const theme of ['light', 'dark'] as const) {
  test(`nothing stands in the way of assistive technology, ${theme}`, async ({ openLab }) => {
    const page = await openLab('--sample', ARGUMENT)
    await page.emulateMedia({ colorScheme: theme, reducedMotion: 'reduce' })
    await timeline(page)
    const { violations } = await new AxeBuilder({ page }).analyze()
    expect(violations.filter(({ impact }) => impact === 'serious' || impact === 'critical').map(({ id, nodes }) => `${id}: ${nodes[0]?.html ?? ''}`)).toEqual([])
  })
}

