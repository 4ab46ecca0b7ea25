import { expect, test } from 'vitest'
import { profilesDocument } from './document.ts'

test('docs/profiles.md says what the decisions say (vitest -u writes it anew)', async () => {
  await expect(profilesDocument()).toMatchFileSnapshot('../../docs/profiles.md')
})
