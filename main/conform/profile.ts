/** What the kernel of a recording was built with, as far as its kind tells and the model asks. */
import type { Profile } from '../engine/profiles/profile.ts'
import { releaseOf } from './recording.ts'
import type { Recording } from './recording.ts'

/** The distribution's kernels have no CONFIG_DEVICE_PRIVATE up to 6.12; that is what the small build of the same source is for. */
const devicePrivate = (recording: Recording): 'on' | 'off' => (recording.kernelKind !== 'debian' || !/^[1-6]\./.test(releaseOf(recording)) ? 'on' : 'off')

export const profileOf = (recording: Recording, profile: Profile): Profile => ({
  ...profile,
  decisions: { ...profile.decisions, devicePrivate: devicePrivate(recording) },
})
