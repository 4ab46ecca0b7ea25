import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { pluginFolders } from './plugin-folders.ts'

const home = mkdtempSync(join(tmpdir(), 'zonelab-home-'))
afterEach(() => rmSync(home, { recursive: true, force: true }))

test('the folders that ZONELAB_PLUGINS names; empty names none', () => {
  expect(pluginFolders({ ZONELAB_PLUGINS: ['/a', '/b'].join(delimiter) }, home)).toEqual(['/a', '/b'])
  expect(pluginFolders({ ZONELAB_PLUGINS: '' }, home)).toEqual([])
})

test("else the user's own, where there is one", () => {
  expect(pluginFolders({}, home)).toEqual([])
  const own = join(home, '.config', 'zonelab', 'plugins')
  mkdirSync(own, { recursive: true })
  expect(pluginFolders({}, home)).toEqual([own])
  expect(pluginFolders({ XDG_CONFIG_HOME: join(home, 'elsewhere') }, home)).toEqual([])
})
