/** Linux 6.1.192, as the distribution of the recordings configures it. */
import type { Profile } from './profile.ts'

export const V6_1: Profile = {
  id: 'v6.1',
  title: 'Linux 6.1.192',
  date: '2026-11-16',
  decisions: { debugVm: false, devicePrivate: true },
}

/** Every profile by id. */
export const PROFILES: ReadonlyMap<string, Profile> = new Map([[V6_1.id, V6_1]])
