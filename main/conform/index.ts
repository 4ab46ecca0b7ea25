/** Conformance as the command line and the tests ask for it: folders in, entries out. */
import { bootEngine } from '../engine/engine.ts'
import type { Profile } from '../engine/profiles/profile.ts'
import { knownTypes } from '../plugins/known-types.ts'
import { conform } from './conform.ts'
import type { RecordingReport } from './conform.ts'
import { profileFor, profileOf } from './profile.ts'
import { readRecording } from './read.ts'
import type { Recording } from './recording.ts'
import { entryOf, isModelled, notModelled, unreadable } from './report.ts'
import type { ConformEntry } from './report.ts'

export { recordingFolders } from './read.ts'
export { entryText, summaryText, themesOf } from './report.ts'
export type { ConformEntry, ThemeSummary } from './report.ts'

/** A recording, replayed on a profile with the device types that there are. */
export const replay = (recording: Recording, profile: Profile): RecordingReport =>
  conform(recording, (description) => bootEngine(description, profileOf(recording, profile), 'coarse', knownTypes()))

/** One recording folder, replayed on the profile of its own kernel, or on another one. */
export function conformFolder(dir: string, profile?: Profile): ConformEntry {
  const recording = readRecording(dir)
  if (!recording.ok) return unreadable(dir, recording.errors)
  if (!isModelled(recording.value)) return notModelled(recording.value)
  const choice = profile ? { profile } : profileFor(recording.value)
  return entryOf(recording.value, replay(recording.value, choice.profile), choice)
}
