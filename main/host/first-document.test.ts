import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { smallLab } from '../transport/small-lab.ts'
import type { LabSession } from '../transport/session.ts'
import { openFirst } from './first-document.ts'

const folder = mkdtempSync(join(tmpdir(), 'zonelab-first-'))
afterAll(() => rmSync(folder, { recursive: true }))

/** A lab with two gallery entries that remembers what was opened. */
function galleryLab(): LabSession & { readonly opened: string[] } {
  const opened: string[] = []
  const entry = { title: '', subtitle: '', memory: '', blocks: 0, steps: 0, failing: 0, strip: [] }
  const lab = smallLab()
  return {
    ...lab,
    opened,
    gallery: () => [{ ...entry, id: 'a-story', kind: 'scenario' }, { ...entry, id: 'one-node', kind: 'machine' }],
    openGallery: async ({ id }) => {
      opened.push(id)
      return { ok: true, value: (await lab.document({}))! }
    },
    openTexts: ({ texts }) => {
      opened.push(...texts.map(({ text }) => text))
      return { ok: false, problems: [{ text: `${texts[0]?.name}:1: zonelab: found 2, expected 1`, file: '', code: 'X' }] }
    },
  }
}

describe('the first document of a window', () => {
  it('is the first sample machine unless one is named', async () => {
    const lab = galleryLab()
    expect(await openFirst(lab, { kind: 'sample' })).toEqual([])
    expect(await openFirst(lab, { kind: 'sample', id: 'a-story' })).toEqual([])
    expect(lab.opened).toEqual(['one-node', 'a-story'])
  })

  it('that does not exist is named with those that do', async () => {
    expect(await openFirst(galleryLab(), { kind: 'sample', id: 'nothing' })).toEqual(['no sample nothing; there are: a-story, one-node'])
  })

  it('may be files; their problems come back as lines', async () => {
    const lab = galleryLab()
    const file = join(folder, 'x.zonelab.yaml')
    writeFileSync(file, 'zonelab: 2\n')
    expect(await openFirst(lab, { kind: 'files', paths: [file] })).toEqual([`${file}:1: zonelab: found 2, expected 1`])
    expect(lab.opened).toEqual(['zonelab: 2\n'])
  })

  it('that cannot be read opens nothing', async () => {
    const lab = galleryLab()
    const missing = join(folder, 'missing')
    expect(await openFirst(lab, { kind: 'files', paths: [missing] })).toEqual([`${missing}: ENOENT: cannot be read`])
    expect(lab.opened).toEqual([])
  })

  it('may be the start screen', async () => {
    const lab = galleryLab()
    expect(await openFirst(lab, { kind: 'start-screen' })).toEqual([])
    expect(lab.opened).toEqual([])
  })
})
