/** Machines nobody has at home: they open, draw and scroll like small ones. */
import { Desk } from './desk.ts'
import { expect, test } from './lab.ts'
import type { Page } from '@playwright/test'

/** How many pixels of the map have a colour. */
const pixels = (page: Page, colour: readonly [number, number, number]): Promise<number> =>
  page.evaluate(([r, g, b]) => {
    const canvas = document.querySelector('canvas')
    const data = canvas?.getContext('2d')?.getImageData(0, 0, canvas.width, canvas.height).data ?? new Uint8ClampedArray()
    let count = 0
    for (let i = 0; i < data.length; i += 4) if (data[i] === r && data[i + 1] === g && data[i + 2] === b) count++
    return count
  }, colour)
const NORMAL = [0x00, 0x72, 0xb2] as const

test('16 nodes and 64 TiB: blocks, sections and struct pages are in view at once', async ({ openLab }) => {
  const page = await openLab('--sample', 'machines/sixteen-nodes-64tib')
  const desk = new Desk(page)
  await desk.mapShows(/^Memory block 30721 – 32768 · online/)
  for (const track of ['Node 15', 'Memory blocks', 'Sections', 'Struct pages', 'Direct map']) await expect(desk.map.getByRole('button', { name: track, exact: true })).toBeInViewport()
  await expect.poll(() => pixels(page, NORMAL)).toBeGreaterThan(10_000)
})

test('64 TiB zoom to a page and back, pan, and open one node of sixteen', async ({ openLab }) => {
  const page = await openLab('--sample', 'machines/sixteen-nodes-64tib')
  const desk = new Desk(page)
  await desk.mapShows(/^Memory block 30721 – 32768 · online/)
  await desk.find('0x300000000000', /0x3/)
  await page.keyboard.press('f')
  for (let i = 0; i < 30; i++) await page.keyboard.press('w')
  await expect(desk.map).toContainText('px/page')
  for (let i = 0; i < 10; i++) await page.keyboard.press('d')
  await expect.poll(() => pixels(page, NORMAL)).toBeGreaterThan(1_000)
  await page.keyboard.press('0')
  await desk.mapShows(/^Memory block 30721 – 32768 · online/)

  await desk.map.getByRole('button', { name: 'Show Node 3' }).click()
  await expect(desk.map.getByRole('button', { name: 'Normal', exact: true })).toHaveCount(1)
  await desk.map.getByRole('button', { name: 'Collapse Node 3' }).click()
  await expect(desk.map.getByRole('button', { name: 'Normal', exact: true })).toHaveCount(0)
})

test('a DIMM on the sixteenth node of 64 TiB', async ({ openLab }) => {
  const page = await openLab('--sample', 'machines/sixteen-nodes-64tib')
  const desk = new Desk(page)
  await desk.treeItem(/^Node 15/).click()
  const form = await desk.form('plug DIMM')
  await form.getByLabel('size').fill('8GiB')
  await form.getByRole('button', { name: 'plug DIMM' }).click()
  await desk.act('online_movable 4 blocks')
  await desk.isAt(5, 5)
  await expect(desk.zone('Movable')).toContainText(String(2 ** 33 / 4096))
})
