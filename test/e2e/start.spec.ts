/** The first minute: the start screen, and every way from it to a machine. */
import { Desk, recorded } from './desk.ts'
import { expect, test } from './lab.ts'

test('the start screen offers this computer, pasted text, files and a gallery', async ({ openLab }) => {
  const page = await openLab('--empty')
  await expect(page.getByRole('region', { name: 'This computer' })).toContainText('/proc/zoneinfo')
  await expect(page.getByRole('textbox', { name: 'Text of a machine' })).toBeVisible()
  await expect(page.getByRole('button', { name: 'Open files…' })).toBeVisible()
  const gallery = page.getByRole('main', { name: 'Gallery' })
  await expect(gallery.getByRole('region', { name: 'Sample machines' }).getByRole('button').first()).toBeVisible()
  await expect(gallery.getByRole('region', { name: 'Scenarios' }).getByRole('button')).not.toHaveCount(0)
})

test('a scenario of the gallery opens after its last step, and closes to the start screen', async ({ openLab }) => {
  const page = await openLab('--empty')
  const desk = new Desk(page)
  await page.getByRole('button', { name: /A zone that grows and shrinks/ }).click()
  await desk.title('A zone that grows and shrinks')
  await expect(desk.steps.last()).toHaveAttribute('aria-current', 'step')
  await expect(desk.step(1)).toContainText('d0 512 MiB')
  await page.getByRole('button', { name: /A zone that grows and shrinks/ }).click()
  await page.getByRole('menuitem', { name: 'Close, to the start screen' }).click()
  await expect(page.getByRole('main', { name: 'Gallery' })).toBeVisible()
})

/** "spanned 1234" of one zone in a zoneinfo. */
const counted = (zoneinfo: string, zone: RegExp, field: string): string =>
  new RegExp(`${field}\\s+(\\d+)`).exec(zoneinfo.slice(zoneinfo.search(zone)))?.[1] ?? 'absent'

test('boot log, zoneinfo and iomem of one machine, pasted together, are that machine', async ({ openLab }) => {
  const page = await openLab('--empty')
  const desk = new Desk(page)
  const zoneinfo = recorded('boot-2n-2g', 'zoneinfo.txt')
  await page.getByRole('textbox', { name: 'Text of a machine' }).fill(recorded('boot-2n-2g', 'dmesg.txt') + '\n' + zoneinfo + '\n' + recorded('boot-2n-2g', 'iomem.txt'))
  await page.getByRole('button', { name: 'Open text' }).click()
  await desk.mapShows(/Zone 1\/DMA32 · present/)
  await expect(desk.zone('DMA')).toContainText(counted(zoneinfo, /Node 0, zone +DMA\n/, 'present'))
  await expect(desk.zone('DMA32', 1)).toContainText(counted(zoneinfo, /Node 1, zone +DMA32/, 'present'))
  await desk.zone('DMA32').click()
  await expect(desk.field('spanned_pages')).toContainText(counted(zoneinfo, /Node 0, zone +DMA32/, 'spanned'))
  await expect(desk.field('zone_start_pfn')).toContainText('0x1000')
})

test('the same files, dropped together, are the same machine', async ({ openLab }) => {
  const desk = new Desk(await openLab('--empty'))
  const zoneinfo = recorded('boot-2n-2g', 'zoneinfo.txt')
  await desk.drop(...['dmesg.txt', 'zoneinfo.txt', 'iomem.txt'].map((name) => ({ name, text: recorded('boot-2n-2g', name) })))
  await expect(desk.zone('DMA32', 1)).toContainText(counted(zoneinfo, /Node 1, zone +DMA32/, 'present'))
})

test('bad input names file, line and field, and leaves the document as it was', async ({ openLab }) => {
  const page = await openLab('--empty')
  const desk = new Desk(page)
  await desk.openScenario('Kept', 'machine: {memory: 1GiB}\nsteps: [{offline: 3}]\n')
  await desk.drop({ name: 'wrong.zonelab.yaml', text: 'zonelab: 1\ntitle: Wrong\nmachine: {memory: 1GiB}\nstepps: []\n' })
  const alert = page.getByRole('alert', { name: 'Problems of the input' })
  await expect(alert).toContainText('Nothing was changed')
  await expect(alert).toContainText(/wrong\.zonelab\.yaml:4: stepps: .*expected/)
  await desk.title('Kept')
  await desk.isAt(1, 1)
  await page.getByRole('button', { name: 'Dismiss the problems' }).click()
  await expect(alert).toBeHidden()
})

test('text that is no machine at all says so on the start screen', async ({ openLab }) => {
  const page = await openLab('--empty')
  await page.getByRole('textbox', { name: 'Text of a machine' }).fill('Dear all,\nplease find attached.\n')
  await page.getByRole('button', { name: 'Open text' }).click()
  await expect(page.getByRole('alert', { name: 'Problems of the input' })).toContainText('pasted text')
  await expect(page.getByRole('main', { name: 'Gallery' })).toBeVisible()
})
