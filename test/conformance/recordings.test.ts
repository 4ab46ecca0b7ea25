/** Every recording of a real kernel, replayed: one test each. A theme that is not modelled yet is skipped by name. */
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { conformFolder, recordingFolders } from '../../main/conform/index.ts'
import { V6_1 } from '../../main/engine/profiles/profiles.ts'

const folders = recordingFolders([join(import.meta.dirname, '../recordings/6.1')])
if (!folders.ok) throw new Error('no recordings')

describe('Linux 6.1', () => {
  for (const dir of folders.value) {
    const id = dir.split(/[\\/]/).at(-1) ?? dir
    test(id, (context) => {
      const entry = conformFolder(dir, V6_1)
      if (entry.status === 'not-modelled') {
        context.skip(`not yet modelled: ${entry.why}`)
        return
      }
      expect(entry.differences).toEqual([])
      expect(entry.status).toBe('same')
      expect(entry.facts).toBeGreaterThan(100)
    })
  }
})
