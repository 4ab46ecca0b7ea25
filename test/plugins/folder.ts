/** Plugins written into a folder of their own, for the tests of the plugin host. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll } from 'vitest'

const made: string[] = []
afterAll(() => {
  for (const dir of made) rmSync(dir, { recursive: true, force: true })
})

/** An empty folder that goes after the tests of the file. */
export function emptyFolder(): string {
  const dir = mkdtempSync(join(tmpdir(), 'zonelab-plugins-'))
  made.push(dir)
  return dir
}

/** Writes files below a folder. */
export function write(dir: string, files: Readonly<Record<string, string>>): string {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(dir, path)), { recursive: true })
    writeFileSync(join(dir, path), text)
  }
  return dir
}

export const manifest = (members: Readonly<Record<string, unknown>> = {}): string =>
  JSON.stringify({ id: 'org.example.my-hbm', version: '0.1.0', title: 'My HBM', engines: { zonelab: '*' }, apiVersion: 1, main: 'index.ts', ...members })

/** A module with one type, its members written as they stand. */
export const typeModule = (members = ''): string => `import { defineDeviceType, ERRNO, kernel, param } from 'zonelab'
export default defineDeviceType({
  id: 'my-hbm', title: 'My HBM', doc: 'Memory of a device that does not exist.',
  params: { at: param.address({ doc: 'Where it starts.' }), size: param.bytes({ default: '128MiB', min: '2MiB', doc: 'Size.' }), node: param.node() },
  placement: ({ at, size }) => ({ at: 'fixed', start: at, size }),
  memory: 'generic', mapping: 'linear', granularity: 'subsection',
  resource: { name: (name) => name, release: 'driver' },
${members}
})
`
/** A folder with one plugin, "my-hbm". */
export const pluginFolder = (module: string, members: Readonly<Record<string, unknown>> = {}): string => {
  const dir = emptyFolder()
  write(join(dir, 'my-hbm'), { 'plugin.json': manifest(members), 'index.ts': module })
  return join(dir, 'my-hbm')
}
