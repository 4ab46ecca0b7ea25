/** Modules for the sandbox: the SDK, the guest, and those of a plugin's folder, as JavaScript that keeps its line numbers. */
import { readdirSync, readFileSync, realpathSync, statSync } from 'node:fs'
import { basename, join, sep } from 'node:path'
import { transform } from 'sucrase'
import type { Modules } from './protocol.ts'

const SDK = '../../../plugins/sdk/'
const SDK_SOURCES = import.meta.glob(['../../../plugins/sdk/**/*.ts', '!**/*.test.ts', '!**/*.test-d.ts'], { query: '?raw', import: 'default', eager: true })
const OURS = import.meta.glob(['./guest.ts', './describe-type.ts', './prelude.ts', './worker.ts'], { query: '?raw', import: 'default', eager: true })

/** Name of the module that answers the host. */
export const GUEST = 'zonelab:guest/guest.ts'

const javaScript = (source: string, file: string): string => transform(source, { transforms: ['typescript'], disableESTransforms: true, preserveDynamicImport: true, filePath: file }).code

/** Sources of the SDK by path below its folder ("index.ts", "dax/index.ts"): what an author's editor gets. */
export const sdkSources = (): Readonly<Record<string, string>> =>
  Object.fromEntries(Object.entries(SDK_SOURCES).map(([path, text]) => [path.slice(path.indexOf(SDK) + SDK.length), text]))

const own = (file: string): string => javaScript(OURS[`./${file}`] ?? '', file)

let ours: Modules | undefined
/** The modules that every sandbox has. */
export const ownModules = (): Modules => (ours ??= Object.fromEntries([
  ...Object.entries(sdkSources()).map(([file, text]) => [`zonelab:sdk/${file}`, { code: javaScript(text, file) }] as const),
  ['zonelab:prelude', { code: own('prelude.ts') }], [GUEST, { code: own('guest.ts') }], ['zonelab:guest/describe-type.ts', { code: own('describe-type.ts') }],
]))

let thread: string | undefined
/** The program of the sandbox's thread. */
export const workerProgram = (): string => (thread ??= own('worker.ts'))

const MOST_FILES = 200
const MOST_BYTES = 2 * 2 ** 20

/** A plugin's folder as its modules are named in errors: the last part of its path. */
export const folderName = (dir: string): string => basename(realpathSync(dir)).replace(/[^\w.@-]/g, '_') || 'plugin'

/**
 * The modules of a plugin's folder by name ("my-hbm/index.ts"). One that cannot be read or has a syntax error is said to have one;
 * it matters only if it is imported. Neither hidden folders, node_modules nor what links lead out to are read.
 */
export function pluginModules(dir: string): Modules {
  const root = realpathSync(dir)
  const name = folderName(dir)
  const out: Record<string, { readonly code: string } | { readonly error: string }> = {}
  let files = 0
  let bytes = 0
  const visit = (folder: string, path: string): void => {
    for (const entry of readdirSync(folder).sort()) {
      if (entry.startsWith('.') || entry === 'node_modules') continue
      const full = join(folder, entry)
      const real = realOf(full)
      if (real === undefined || (real !== root && !real.startsWith(root + sep))) continue
      const stat = statSync(real)
      if (stat.isDirectory()) {
        if (path.split('/').length < 8) visit(full, `${path}/${entry}`)
        continue
      }
      if (!stat.isFile() || !/\.(ts|mts|js|mjs|json)$/.test(entry) || /\.(test|test-d|d)\.m?ts$/.test(entry)) continue
      const module = `${path}/${entry}`
      files++
      bytes += stat.size
      if (files > MOST_FILES || bytes > MOST_BYTES) {
        out[module] = { error: `${module}: the folder has more than ${MOST_FILES} modules or ${MOST_BYTES / 2 ** 20} MiB of them` }
        continue
      }
      out[module] = readModule(full, module)
    }
  }
  visit(root, name)
  return out
}

function readModule(file: string, module: string): { readonly code: string } | { readonly error: string } {
  try {
    const text = readFileSync(file, 'utf8')
    if (module.endsWith('.json')) {
      JSON.parse(text)
      return { code: `export default ${text.trim()}` }
    }
    return { code: javaScript(text, module) }
  } catch (e) {
    // sucrase: "Error transforming my-hbm/index.ts: Unexpected token (3:7)"
    const message = e instanceof Error ? e.message : String(e)
    const at = / \((\d+):\d+\)$/.exec(message)
    const said = message.replace(/^Error transforming [^:]*: /, '').replace(/ \(\d+:\d+\)$/, '')
    return { error: `${module}${at ? `:${at[1]}` : ''}: ${said}` }
  }
}

function realOf(path: string): string | undefined {
  try {
    return realpathSync(path)
  } catch {
    return undefined
  }
}
