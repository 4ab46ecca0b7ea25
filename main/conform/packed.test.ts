import { cpSync, mkdtempSync, rmSync } from 'node:fs'
import { execFileSync } from 'node:child_process'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { unpack } from './packed.ts'
import { readRecording } from './read.ts'

const root = join(import.meta.dirname, '../..')
const dir = mkdtempSync(join(tmpdir(), 'zonelab-packed-'))
afterAll(() => rmSync(dir, { recursive: true }))

test('a packed recording says the same as the folder that it was made of', () => {
  cpSync(join(root, 'test/recordings/6.1/dimm-words'), join(dir, 'from/dimm-words'), { recursive: true })
  execFileSync(process.execPath, [join(root, 'scripts/pack-recording.mjs'), join(dir, 'from'), join(dir, 'to')])
  const [plain, packed] = ['from', 'to'].map((folder) => readRecording(join(dir, folder, 'dimm-words')))
  if (!plain?.ok || !packed?.ok) throw new Error('unreadable')
  expect({ ...packed.value, dir: '' }).toEqual({ ...plain.value, dir: '' })
  expect(plain.value.steps.length).toBeGreaterThan(5)
})

test('a file that is equal to an earlier one is only named', () => {
  expect([...unpack('=== steps/00-boot/iomem.txt\na\nb\n=== steps/00-boot/dmesg.txt\n=== steps/01-x/iomem.txt = steps/00-boot/iomem.txt\n')]).toEqual([
    ['steps/00-boot/iomem.txt', 'a\nb\n'], ['steps/00-boot/dmesg.txt', ''], ['steps/01-x/iomem.txt', 'a\nb\n'],
  ])
})
