/** What the kernel of a recording was built with, as far as its kind tells and the model asks. */
import type { Profile } from '../engine/profiles/profile.ts'
import type { Recording } from './recording.ts'

/** The distribution's 6.1 has no CONFIG_DEVICE_PRIVATE; that is what the small build of the same source is for. */
export const profileOf = (recording: Recording, profile: Profile): Profile => ({
  ...profile,
  decisions: { ...profile.decisions, devicePrivate: recording.kernelKind !== 'debian' },
})
