/** Every order in which threads can take their steps: B1 of the mailing list, from the start screen to the step that breaks it. */
import { readFileSync } from 'node:fs'
import { AxeBuilder } from '@axe-core/playwright'
import type { Page } from '@playwright/test'
import { expect, test } from './lab.ts'

const B1 = 'races/B1-release-against-init'

const question = (page: Page) => page.getByRole('complementary', { name: 'Question' })
const kernels = (page: Page) => page.getByRole('listbox', { name: 'Kernels' })
const kernel = (page: Page, id: string) => kernels(page).getByRole('option', { name: new RegExp(`^${id.replaceAll('.', '\\.')}( |$)`) })
const trace = (page: Page) => page.getByRole('listbox', { name: 'Trace' })
const step = (page: Page) => page.getByRole('complementary', { name: 'Step' })
const map = (page: Page) => page.getByRole('region', { name: 'Map at this step' })
async function races(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Races', exact: true }).click()
  await expect(question(page)).toContainText('Other findings')
}

test('a question of the gallery opens where it is answered, under each of its kernels', async ({ openLab }) => {
  const page = await openLab('--empty')
  await page.getByRole('region', { name: 'Races' }).getByRole('button', { name: /Release while another thread still initialises/ }).click()
  await expect(page.getByRole('status').filter({ hasText: 'I1 broken' })).toBeVisible()
  await expect(question(page)).toContainText('May device memory be released')
  await expect(kernel(page, 'v7.2')).toHaveText(/holds/)
  await expect(kernel(page, 'v5.0')).toHaveText(/I3/)
  await expect(kernel(page, 'v4.18')).toHaveText(/holds/)
  const parted = question(page).getByRole('region', { name: 'What parts v5.3 from v3-2019-08' })
  await parted.getByRole('button', { name: 'Which of them?' }).click()
  await expect(parted).toContainText('devicePageInitalone does it')
  await kernel(page, 'v5.4').click()
  await expect(page.getByRole('status').filter({ hasText: 'holds' })).toBeVisible()
  await expect(trace(page)).toBeHidden()
})

test('stepping through the trace moves the map and the inspector', async ({ openLab }) => {
  const page = await openLab('--sample', B1)
  await races(page)
  await expect(step(page).getByRole('heading', { level: 2 })).toHaveText('memmap_init_zone_device')
  await expect(step(page).getByRole('region', { name: 'Conflict' }).getByRole('button')).toHaveCount(2)
  // the step that breaks it: pages outside the span
  await expect(map(page).getByRole('button', { name: /outside/ })).toBeVisible()
  await expect(map(page).getByRole('group', { name: 'Zone 0/Device spans 16384 pages' })).toBeVisible()
  // back to where the span is cut
  await step(page).getByRole('region', { name: 'Conflict' }).getByRole('button', { name: /^release read/ }).click()
  await expect(step(page)).toContainText('find_biggest_section_pfn')
  await expect(step(page).getByRole('region', { name: 'Held by release' })).toContainText('mem_hotplug_lock')
  await expect(map(page).getByRole('group', { name: 'Zone 0/Device spans 65536 pages' })).toBeVisible()
  for (let presses = 0; presses < 20 && !(await step(page).textContent())?.includes('write spanned_pages'); presses++) await page.keyboard.press('j')
  await expect(map(page).getByRole('group', { name: 'Zone 0/Device spans 16384 pages' })).toBeVisible()
  await expect(step(page).getByRole('region', { name: 'Written' })).toContainText('0x10000 → 0x4000')
  await page.keyboard.press('k')
  await expect(map(page).getByRole('group', { name: 'Zone 0/Device spans 65536 pages' })).toBeVisible()
  // what is clicked on the map is inspected at that step
  await map(page).getByRole('button', { name: '0/Device' }).click()
  await expect(step(page).getByRole('region', { name: 'What it is about' })).toContainText('spanned_pages65536')
})

test('folds open, all steps show, and there is a trace with the fewest steps', async ({ openLab }) => {
  const page = await openLab('--sample', B1)
  await races(page)
  await expect(trace(page).getByRole('option', { selected: true })).toHaveCount(1)
  const rows = await trace(page).getByRole('option').count()
  const fold = trace(page).getByRole('option', { name: /folded$/ }).first()
  await fold.click()
  await page.keyboard.press('Home')
  await trace(page).press('Enter')
  expect(await trace(page).getByRole('option').count()).toBeGreaterThan(rows)
  await page.getByRole('button', { name: 'all steps' }).click()
  await expect(trace(page).getByRole('option', { name: /folded$/ })).toHaveCount(0)
  await page.getByRole('radio', { name: 'fewest steps' }).click()
  await expect(page.getByText(/sought with the fewest steps/)).toBeVisible()
})

test('why it holds: the locks without which it would not', async ({ openLab }) => {
  const page = await openLab('--sample', 'races/two-drivers-one-range')
  await races(page)
  const why = page.getByRole('region', { name: 'Why it holds' })
  await why.getByRole('button', { name: 'Why does it hold?' }).click()
  await expect(why.getByRole('row', { name: /^resource_lock I/ })).toBeVisible()
})

test('a question of one\'s own on any machine: actions from what is there, problems with their line, nothing waits while it runs', async ({ openLab }) => {
  const page = await openLab('--sample', 'machines/one-node-1gib')
  await races(page)
  await question(page).getByRole('button', { name: 'write one' }).click()
  const text = page.getByRole('textbox', { name: 'Text of the question' })
  await text.fill('threads:\n  - name: a\n    do:\n      - offline: 5\n  - name: b\n    do:\n      - offlin: 5\n')
  await page.keyboard.press('Control+Enter')
  await expect(page.getByRole('alert', { name: 'Problems of the question' })).toContainText('question:7')
  await text.fill('threads:\n  - name: a\n    do:\n      - offline: 5\n  - name: b\n    do:')
  await page.getByRole('button', { name: '+ offline 7' }).click()
  await expect(text).toHaveValue(/do:\n {6}- offline: 7\n$/)
  await page.getByRole('button', { name: 'Explore', exact: true }).click()
  await expect(question(page).getByRole('region', { name: 'Threads' })).toContainText('offline 7')
  await expect(kernel(page, 'v6.1')).toHaveText(/holds/)
  // four devices that come and go: too much to wait for
  await question(page).getByRole('button', { name: 'write one' }).click()
  await text.fill(`threads:\n${['a', 'b', 'c', 'd'].map((n, i) => `  - {name: ${n}, do: [{map-pages: {at: ${10 + i}GiB, size: 128MiB}}, {unmap-pages: {at: ${10 + i}GiB}}]}\n`).join('')}`)
  await page.getByRole('button', { name: 'Explore', exact: true }).click()
  await question(page).getByRole('button', { name: 'give up' }).click()
  await expect(question(page).getByRole('button', { name: 'explore', exact: true })).toBeVisible()
})

test('the question as a Promela model', async ({ openLab }) => {
  const page = await openLab('--sample', B1)
  await races(page)
  const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: 'Export Promela' }).click()])
  expect(download.suggestedFilename()).toMatch(/v5\.3\.pml$/)
  expect(readFileSync(await download.path(), 'utf8')).toContain('proctype')
})

for (const theme of ['light', 'dark'] as const) {
  test(`nothing stands in the way of assistive technology, ${theme}`, async ({ openLab }) => {
    const page = await openLab('--sample', B1)
    await page.emulateMedia({ colorScheme: theme, reducedMotion: 'reduce' })
    const violations = async (): Promise<readonly string[]> =>
      (await new AxeBuilder({ page }).analyze()).violations.filter(({ impact }) => impact === 'serious' || impact === 'critical').map(({ id, nodes }) => `${id}: ${nodes[0]?.html ?? ''}`)
    await races(page)
    await expect(kernel(page, 'v7.2')).toHaveText(/holds/)
    await expect(map(page)).toBeVisible()
    expect(await violations(), 'a trace').toEqual([])
    await kernel(page, 'v6.1').click()
    await page.getByRole('button', { name: 'Why does it hold?' }).click()
    await expect(page.getByRole('region', { name: 'Why it holds' })).toContainText(/without/)
    expect(await violations(), 'an answer without a trace').toEqual([])
    await question(page).getByRole('button', { name: 'write one' }).click()
    expect(await violations(), 'a question being written').toEqual([])
  })
}
