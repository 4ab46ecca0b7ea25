/** `zonelab plugin test`: runs the scenarios that lie in a plugin's folder, with its types. */
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { EXIT, worse, type Exit, type Io } from './io.ts'
import type { Parsed } from './options.ts'
import { run } from './run.ts'

export async function pluginTest(dirs: readonly string[], options: Parsed, io: Io, misuse: (problem: string) => Exit): Promise<Exit> {
  let exit: Exit = EXIT.holds
  const files: string[] = []
  for (const dir of dirs) {
    const found = scenariosIn(dir)
    if (found.length === 0) {
      io.err(`${dir}: no *.zonelab.yaml in it: write one with the steps that a user of the type would take\n`)
      exit = worse(exit, EXIT.usage)
    }
    files.push(...found)
  }
  if (files.length === 0) return exit
  return worse(exit, await run({ files, flag: options.flag, values: (name) => (name === 'plugins' ? dirs : []) }, io, misuse))
}

/** Scenarios of a folder and of the folders in it, by path. */
function scenariosIn(dir: string, depth = 0): string[] {
  let entries
  try {
    entries = readdirSync(dir, { withFileTypes: true })
  } catch {
    return []
  }
  return entries.sort((a, b) => (a.name < b.name ? -1 : 1)).flatMap((e) => {
    if (e.name.startsWith('.') || e.name === 'node_modules') return []
    const path = join(dir, e.name)
    return e.isDirectory() ? (depth < 4 ? scenariosIn(path, depth + 1) : []) : e.name.endsWith('.zonelab.yaml') ? [path] : []
  })
}
