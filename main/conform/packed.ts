/**
 * The files of a recording: a folder as it was made (steps/NN-name/FILE), or packed, where steps.txt holds them one after the other and a
 * file that is equal to an earlier one is only named (test/recordings/README.md). scripts/pack-recording.mjs packs.
 */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** Text of a file of a recording by its path in there; undefined when there is none. */
export type RecordingFiles = (path: string) => string | undefined

export function filesOf(dir: string): RecordingFiles {
  const packed = join(dir, 'steps.txt')
  if (existsSync(packed)) {
    const files = unpack(readFileSync(packed, 'utf8'))
    return (path) => files.get(path)
  }
  return (path) => (existsSync(join(dir, path)) ? readFileSync(join(dir, path), 'utf8') : undefined)
}

/** `=== PATH` and the file's lines, or `=== PATH = EARLIER` for a file that is equal to an earlier one. */
export function unpack(text: string): ReadonlyMap<string, string> {
  const files = new Map<string, string>()
  for (const part of text.split(/^=== /m).slice(1)) {
    const line = part.slice(0, part.indexOf('\n'))
    const [path = '', earlier] = line.split(' = ')
    files.set(path, earlier === undefined ? part.slice(line.length + 1) : (files.get(earlier) ?? ''))
  }
  return files
}
