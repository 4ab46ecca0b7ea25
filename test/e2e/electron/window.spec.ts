/** What the Electron window lets its page do. The decisions are tested in main/host; here Electron carries them out. */
import { expect, test } from '../lab.ts'

test('the page comes from app:// and has neither Node nor Electron', async ({ openLab }) => {
  const page = await openLab('--empty')
  expect(page.url()).toBe('app://zonelab/index.html')
  expect(await page.evaluate(() => ['require', 'process', 'module', 'Buffer', 'electron', 'ipcRenderer'].filter((name) => name in window))).toEqual([])
})

test('the page opens the lab over its port', async ({ openLab }) => {
  const page = await openLab('--empty')
  await page.locator('[data-ready]').waitFor({ state: 'attached' })
})

test('the page can neither leave nor open another window', async ({ openLab }) => {
  const page = await openLab('--empty')
  expect(await page.evaluate(() => window.open('https://example.org/') === null)).toBe(true)
  await page.evaluate(() => {
    const link = document.createElement('a')
    link.href = 'https://example.org/'
    document.body.append(link)
    link.click()
  })
  await page.waitForTimeout(200)
  expect(page.url()).toBe('app://zonelab/index.html')
})

test('the page gets no permission but writing the clipboard', async ({ openLab }) => {
  const page = await openLab('--empty')
  const states = await page.evaluate(async () => {
    const names = ['geolocation', 'notifications', 'camera', 'microphone', 'midi'] as PermissionName[]
    return Promise.all(names.map(async (name) => (await navigator.permissions.query({ name })).state))
  })
  expect(states).not.toContain('granted')
})
