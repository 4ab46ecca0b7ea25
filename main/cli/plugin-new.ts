/** `zonelab plugin new`: a small working plugin to change. */
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'
import { Manifest, readManifest } from '../plugins/manifest.ts'
import { sdkSources } from '../plugins/sandbox/modules.ts'
import { version } from '../../package.json'
import { EXIT, type Exit, type Io } from './io.ts'
import type { Parsed } from './options.ts'
import { template } from './plugin-template.ts'

export function pluginNew(dir: string, options: Parsed, io: Io): Exit {
  const name = basename(resolve(dir)).toLowerCase().replace(/[^a-z0-9]+/g, '-').replace(/^[^a-z]+|-+$/g, '') || 'my-device'
  const id = options.values('id')[0] ?? `org.example.${name}`
  if (!Manifest.shape.id.safeParse(id).success) {
    io.err(`zonelab plugin new: --id ${id}: expected a reverse-domain name in lower case, such as org.example.${name}\n`)
    return EXIT.usage
  }
  if (existsSync(dir) && readdirSync(dir).length > 0) {
    io.err(`zonelab plugin new: ${dir}: is there and not empty; name a new folder\n`)
    return EXIT.usage
  }
  const files = { ...template({ id, name, zonelab: version }), ...Object.fromEntries(Object.entries(sdkSources()).map(([path, text]) => [`.zonelab/sdk/${path}`, text])) }
  const manifest = readManifest(files['plugin.json'] ?? '', 'plugin.json', version)
  if (!manifest.ok) throw new Error(manifest.problems.join('\n'))
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(dir, path)), { recursive: true })
    writeFileSync(join(dir, path), text)
  }
  const shown = Object.keys(files).filter((f) => !f.startsWith('.zonelab/'))
  if (options.flag('json')) io.out(`${JSON.stringify({ version: 1, dir, id, files: shown }, null, 2)}\n`)
  else io.out(`${dir}: ${shown.join(', ')}\nNext: zonelab plugin check ${dir}\n      zonelab plugin test ${dir}\n`)
  return EXIT.holds
}
