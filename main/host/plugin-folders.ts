/**
 * Where the hosts look for third-party plugins: the folders that ZONELAB_PLUGINS names, else zonelab/plugins below the user's
 * configuration folder, where there is one.
 */
import { existsSync } from 'node:fs'
import { homedir } from 'node:os'
import { delimiter, join } from 'node:path'

export function pluginFolders(env: Readonly<Record<string, string | undefined>> = process.env, home: string = homedir()): readonly string[] {
  const named = env['ZONELAB_PLUGINS']
  // set and empty: none
  if (named !== undefined) return named.split(delimiter).filter((dir) => dir !== '')
  const config = env['XDG_CONFIG_HOME']
  const folder = join(config === undefined || config === '' ? join(home, '.config') : config, 'zonelab', 'plugins')
  return existsSync(folder) ? [folder] : []
}
