/** A scenario goes out as a file and comes back. */
import { readFileSync } from 'node:fs'
import { Desk } from '../desk.ts'
import { expect, test } from '../lab.ts'

test('what was done is exported as a scenario, which opens to the same machine and history', async ({ openLab }) => {
  const page = await openLab('--empty')
  const desk = new Desk(page)
  await desk.openScenario('Round trip', 'machine: {memory: 1GiB}\nsteps:\n  - plug-dimm: {id: d0, size: 512MiB, at: 4GiB}\n')
  await desk.find('block 33', /block 33/i)
  await desk.act('online_movable')
  await desk.isAt(2, 2)
  const download = page.waitForEvent('download')
  await page.keyboard.press('ControlOrMeta+s')
  const file = await download
  expect(file.suggestedFilename()).toMatch(/\.zonelab\.yaml$/)
  const text = readFileSync(await file.path(), 'utf8')
  expect(text).toContain('online_movable: 33')

  await desk.openScenario('Another', 'machine: {memory: 2GiB}\n')
  await desk.drop({ name: file.suggestedFilename(), text })
  await desk.title('Round trip')
  await desk.isAt(2, 2)
  await expect(desk.zone('Movable')).toContainText('32768')
})
