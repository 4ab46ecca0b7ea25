/** Device types for a command: those that ship, and with `--plugins DIR` those of folders. The sandbox is loaded for the latter only. */
import type { DeviceTypes } from '../engine/devices.ts'
import { knownTypes } from '../plugins/known-types.ts'
import type { Io } from './io.ts'

export const PLUGINS_OPTION = { plugins: { type: 'string', multiple: true } } as const

export interface TypesOfCommand { readonly types: DeviceTypes; dispose(): void }

/** Plugins that cannot be used are said on stderr, with all their problems, and the command goes on without them. */
export async function typesWith(folders: readonly string[], io: Io): Promise<TypesOfCommand> {
  if (folders.length === 0) return { types: knownTypes(), dispose: () => undefined }
  const { createPluginHost } = await import('../plugins/host.ts')
  const host = createPluginHost({ folders, print: (plugin, text) => io.err(`${plugin}: ${text}\n`) })
  await host.reload()
  for (const plugin of host.plugins) {
    if (plugin.enabled) continue
    io.err(`plugin ${plugin.id} is disabled:\n`)
    for (const problem of plugin.problems) io.err(`  ${problem}\n`)
  }
  return { types: host.types, dispose: () => host.dispose() }
}
