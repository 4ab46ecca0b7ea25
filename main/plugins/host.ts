/**
 * The plugin host: finds plugins, holds each against manifest and declarations, and gives their device types to whoever boots an engine. Types
 * that ship run natively; those of a folder run in a sandbox, which is loaded only when there is such a folder. A plugin with problems
 * is listed with all of them and stops nothing.
 */
import { BUILT_IN } from '../../plugins/built-in.ts'
import type { AnyDeviceType } from '../../plugins/sdk/index.ts'
import type { PluginInfo } from '../../preload/contract.ts'
import type { DeviceTypes } from '../engine/devices.ts'
import { version as zonelab } from '../../package.json'
import type { LoadedPlugin } from './load.ts'

export interface PluginHost {
  /** Types of all plugins that can be used, as of now: what a reload changes shows here at once. */
  readonly types: DeviceTypes
  /** All plugins that were found, those with problems included. */
  readonly plugins: readonly PluginInfo[]
  /** Id of the plugin that defines a type; the type's own id when none does. */
  pluginOf(type: string): string
  /** Reads the folders anew. What was loaded before goes, with everything that it had. */
  reload(): Promise<void>
  /** Ends all sandboxes. */
  dispose(): void
}

export interface HostOptions {
  /** Folders of third-party plugins: each a plugin, or a folder of plugins. */
  readonly folders?: readonly string[]
  /** What a plugin writes to its console. */
  readonly print?: (plugin: string, text: string) => void
}

/** The manifests of what ships, by folder name. */
const MANIFESTS = import.meta.glob(['../../plugins/*/plugin.json'], { query: '?raw', import: 'default', eager: true })

/** What ships with Zonelab; its manifests and declarations are held against the rules by a test, not at every start. */
export function builtInPlugins(): readonly PluginInfo[] {
  return BUILT_IN.map((type): PluginInfo => {
    const manifest = Object.entries(MANIFESTS).find(([path]) => path.endsWith(`/${type.id}/plugin.json`))?.[1]
    const said = JSON.parse(manifest ?? '{}') as { readonly id?: string; readonly version?: string; readonly title?: string; readonly doc?: string }
    return {
      id: said.id ?? `org.zonelab.${type.id}`, version: said.version ?? zonelab, title: said.title ?? type.title, doc: said.doc ?? type.doc,
      types: [type.id], builtIn: true, enabled: true, problems: [],
    }
  })
}

/** A host with what ships, and with the plugins of the folders once `reload` has run. */
export function createPluginHost(options: HostOptions = {}): PluginHost {
  const shipped = builtInPlugins()
  let loaded: readonly LoadedPlugin[] = []
  let byId = new Map<string, AnyDeviceType>(BUILT_IN.map((t) => [t.id, t]))
  const refresh = (): void => {
    byId = new Map([...BUILT_IN, ...loaded.flatMap((p) => p.types)].map((t) => [t.id, t]))
  }
  const end = (): void => {
    for (const p of loaded) p.dispose()
    loaded = []
    refresh()
  }
  return {
    types: {
      get: (id) => byId.get(id),
      get ids() {
        return [...byId.keys()]
      },
    },
    get plugins() {
      return [...shipped, ...loaded.map((p) => p.info)]
    },
    pluginOf: (type) => [...shipped, ...loaded.map((p) => p.info)].find((p) => p.enabled && p.types.includes(type))?.id ?? type,
    async reload() {
      end()
      if (!options.folders || options.folders.length === 0) return
      const { loadFolders } = await import('./load.ts')
      loaded = loadFolders(options.folders, { zonelab, taken: BUILT_IN.map((t) => t.id), ...(options.print ? { print: options.print } : {}) })
      refresh()
    },
    dispose: end,
  }
}
