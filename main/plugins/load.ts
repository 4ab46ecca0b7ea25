/** Loads plugins from folders: manifest, module, declarations. Everything that is wrong with one is said of it, and the others load. */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { basename, join, resolve } from 'node:path'
import type { AnyDeviceType } from '../../plugins/sdk/index.ts'
import type { PluginInfo } from '../../preload/contract.ts'
import { HookError } from '../engine/devices.ts'
import { checkDeclarations } from './declarations.ts'
import { readManifest, type Manifest } from './manifest.ts'
import { recordOf, type Described } from './sandbox/describe-type.ts'
import { folderName, pluginModules } from './sandbox/modules.ts'
import type { Limits } from './sandbox/protocol.ts'
import { sandboxedType } from './sandbox/proxy.ts'
import { Sandbox } from './sandbox/sandbox.ts'

export interface LoadOptions {
  /** This program's version. */
  readonly zonelab: string
  /** Ids of device types that others have. */
  readonly taken: readonly string[]
  readonly limits?: Partial<Limits>
  readonly print?: (plugin: string, text: string) => void
}

export interface LoadedPlugin {
  readonly info: PluginInfo
  /** Empty when the plugin is disabled. */
  readonly types: readonly AnyDeviceType[]
  dispose(): void
}

/** Plugins of several folders; a folder without plugin.json is one of plugins. Ids and types that are taken already disable the later plugin. */
export function loadFolders(folders: readonly string[], options: LoadOptions): LoadedPlugin[] {
  const out: LoadedPlugin[] = []
  const taken = [...options.taken]
  for (const folder of folders.flatMap(pluginFolders)) {
    const plugin = 'problem' in folder ? disabled(folder.dir, [folder.problem]) : loadPlugin(folder.dir, { ...options, taken })
    const twin = out.find((p) => p.info.enabled && p.info.id === plugin.info.id)
    if (twin && plugin.info.enabled) {
      plugin.dispose()
      out.push(disabled(plugin.info.folder ?? '', [`${fileOf(plugin.info.folder ?? '', 'plugin.json')}: id: "${plugin.info.id}": the plugin in ${twin.info.folder ?? ''} has it; remove one of them`], plugin.info))
      continue
    }
    taken.push(...plugin.info.types)
    out.push(plugin)
  }
  return out
}

type Found = { readonly dir: string } | { readonly dir: string; readonly problem: string }

function pluginFolders(given: string): Found[] {
  const dir = resolve(given)
  if (existsSync(join(dir, 'plugin.json'))) return [{ dir }]
  try {
    const inner = readdirSync(dir, { withFileTypes: true }).filter((e) => !e.name.startsWith('.') && e.name !== 'node_modules').map((e) => join(dir, e.name)).filter((path) => existsSync(join(path, 'plugin.json')))
    return inner.sort().map((path) => ({ dir: path }))
  } catch (e) {
    return [{ dir, problem: `${given}: ${(e as NodeJS.ErrnoException).code ?? String(e)}; name a plugin's folder, or a folder of plugins` }]
  }
}

const fileOf = (dir: string, file: string): string => `${basename(dir)}/${file}`

const disabled = (dir: string, problems: readonly string[], info: Partial<PluginInfo> = {}): LoadedPlugin => ({
  info: { id: basename(dir), version: '', title: basename(dir), doc: '', ...info, types: [], builtIn: false, enabled: false, problems, folder: dir }, types: [], dispose: () => undefined,
})

/** Loads the plugin in a folder. Its types run in a sandbox of its own. */
export function loadPlugin(dir: string, options: LoadOptions): LoadedPlugin {
  let text: string
  try {
    const file = join(dir, 'plugin.json')
    if (statSync(file).size > 2 ** 20) return disabled(dir, [`${fileOf(dir, 'plugin.json')}: larger than 1 MiB; a manifest is a few lines`])
    text = readFileSync(file, 'utf8')
  } catch (e) {
    return disabled(dir, [`${fileOf(dir, 'plugin.json')}: ${(e as NodeJS.ErrnoException).code ?? String(e)}: needed; write one, or let "zonelab plugin new" do it`])
  }
  const read = readManifest(text, fileOf(dir, 'plugin.json'), options.zonelab)
  if (!read.ok) return disabled(dir, read.problems, read.id === undefined ? {} : { id: read.id })
  const { manifest } = read
  const info = { id: manifest.id, version: manifest.version, title: manifest.title, doc: manifest.doc ?? '' }
  try {
    return loadModule(dir, manifest, info, options)
  } catch (e) {
    // a folder that changes or goes while it is read
    if (e instanceof Error && 'code' in e) return disabled(dir, [`${basename(dir)}: ${String(e.code)}: cannot be read`], info)
    throw e
  }
}

function loadModule(dir: string, manifest: Manifest, info: Pick<PluginInfo, 'id' | 'version' | 'title' | 'doc'>, options: LoadOptions): LoadedPlugin {
  const name = folderName(dir)
  const main = `${name}/${manifest.main.replace(/^\.\//, '').replaceAll('\\', '/')}`
  const modules = pluginModules(dir)
  if (!Object.hasOwn(modules, main)) return disabled(dir, [`${fileOf(dir, 'plugin.json')}: main: "${manifest.main}": no such module in the folder; name the one that defines the device types`], info)
  const { print } = options
  const sandbox = new Sandbox({ plugin: manifest.id, modules, main, ...(options.limits ? { limits: options.limits } : {}), ...(print ? { print: (text: string) => print(manifest.id, text) } : {}) })
  const fail = (problems: readonly string[]): LoadedPlugin => {
    sandbox.dispose()
    return disabled(dir, problems, info)
  }
  let described: readonly Described[]
  try {
    described = sandbox.describe() as readonly Described[]
  } catch (e) {
    const place = e instanceof HookError ? e.place : undefined
    const message = e instanceof Error ? e.message : String(e)
    return fail([place !== undefined && message.startsWith(place) ? message : `${place ?? main}: ${message}`])
  }
  if (described.length === 0) return fail([`${main}: default export: needed; write "export default defineDeviceType({ … })", or a list of them`])
  const problems = described.flatMap((t) => checkDeclarations(t, main))
  const ids = described.flatMap((t) => { const id = recordOf(t)?.['id']; return typeof id === 'string' ? [id] : [] })
  for (const [i, id] of ids.entries()) {
    if (ids.indexOf(id) !== i) problems.push(`${main}: ${id}: id: ${JSON.stringify(id)}: two types of this module have it; give each its own`)
    else if (options.taken.includes(id)) problems.push(`${main}: ${id}: id: ${JSON.stringify(id)}: another plugin's type has it; choose another, such as "${manifest.id.split('.').at(-2) ?? 'my'}-${id}"`)
  }
  if (problems.length > 0) return fail(problems)
  return {
    info: { ...info, types: ids, builtIn: false, enabled: true, problems: [], folder: dir },
    types: described.map((t, i) => sandboxedType(sandbox, manifest.id, i, t)),
    dispose: () => sandbox.dispose(),
  }
}
