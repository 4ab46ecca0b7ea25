/** Which kernel of ours a recording is held against, and what it was built with, as far as its kind tells and the model asks. */
import { releaseNumber, type Profile } from '../engine/profiles/profile.ts'
import { DEFAULT_PROFILE, PROFILES } from '../engine/profiles/profiles.ts'
import { releaseOf } from './recording.ts'
import type { Recording } from './recording.ts'

export interface ProfileChoice {
  readonly profile: Profile
  /** In words, where there is no profile of that very release. */
  readonly note?: string
}

/** Releases that have a profile, oldest first; a patch on top of one is not what a recording shows. */
const RELEASES = [...PROFILES.values()].filter((p) => p.id === p.release).sort((a, b) => releaseNumber(a.release)! - releaseNumber(b.release)!)

/** The profile of a recording's kernel; of a release without one the nearest older, or the oldest of all. */
export function profileFor(recording: Recording): ProfileChoice {
  const said = releaseOf(recording)
  const number = releaseNumber(`v${/^\d+\.\d+/.exec(said)?.[0] ?? ''}`)
  if (number === undefined) return { profile: DEFAULT_PROFILE, note: `its kernel is not told: held against ${DEFAULT_PROFILE.id}` }
  const profile = RELEASES.findLast((p) => releaseNumber(p.release)! <= number) ?? RELEASES[0]!
  return releaseNumber(profile.release) === number ? { profile } : { profile, note: `no profile of ${said}: held against ${profile.id}` }
}

/** The distribution's kernels have no CONFIG_DEVICE_PRIVATE up to 6.12; that is what the small build of the same source is for. */
const devicePrivate = (recording: Recording): 'on' | 'off' => (recording.kernelKind !== 'debian' || !/^[1-6]\./.test(releaseOf(recording)) ? 'on' : 'off')

/** A build of somebody's own that never warned may have been built without CONFIG_BUG; the distributions' have it. */
const bugMessages = (recording: Recording): 'on' | 'off' =>
  recording.kernelKind === undefined || recording.kernelKind === 'debian' || recording.steps.some((step) => step.capture?.dmesg.some((line) => line.includes('[ cut here ]'))) ? 'on' : 'off'

/** A profile as the kernel of a recording was configured. */
export const profileOf = (recording: Recording, profile: Profile): Profile => ({
  ...profile,
  decisions: { ...profile.decisions, devicePrivate: devicePrivate(recording), bugMessages: bugMessages(recording) },
})
