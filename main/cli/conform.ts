/** `zonelab conform`: recordings of a real kernel against the model. */
import { conformFolder, entryText, recordingFolders, summaryText, themesOf } from '../conform/index.ts'
import type { ConformEntry } from '../conform/index.ts'
import { formatInputError } from '../engine/errors.ts'
import { PROFILES } from '../engine/profiles/profiles.ts'
import { EXIT } from './io.ts'
import type { Exit, Io } from './io.ts'
import type { Parsed } from './options.ts'

export const CONFORM_OPTIONS = { profile: { type: 'string' } } as const

/** The version of the `--json` output. */
const CONFORM_JSON = 1

export function conformCommand(options: Parsed, io: Io, misuse: (problem: string) => Exit): Exit {
  if (options.files.length === 0) return misuse('no folder is named')
  const [id] = options.values('profile')
  const profile = id === undefined ? undefined : PROFILES.get(id)
  if (id !== undefined && !profile) return misuse(`--profile ${id}: expected one of ${[...PROFILES.keys()].join(', ')}`)
  const folders = recordingFolders(options.files)
  if (!folders.ok) {
    for (const error of folders.errors) io.err(`${formatInputError(error)}\n`)
    return EXIT.usage
  }
  const json = options.flag('json')
  const entries = folders.value.map((dir): ConformEntry => {
    const entry = conformFolder(dir, profile)
    if (entry.status === 'unreadable') io.err(`${entry.why ?? dir}\n`)
    if (!json) io.out(entryText(entry))
    return entry
  })
  const profiles = [...new Set(entries.flatMap((entry) => entry.profile ?? []))]
  if (json) io.out(`${JSON.stringify({ version: CONFORM_JSON, profile: profile?.id ?? profiles.join(', '), recordings: entries, themes: themesOf(entries) }, null, 2)}\n`)
  else io.out(summaryText(entries))
  if (entries.some((entry) => entry.status === 'unreadable')) return EXIT.usage
  return entries.every((entry) => entry.status === 'same' || entry.status === 'not-modelled') ? EXIT.holds : EXIT.fails
}
