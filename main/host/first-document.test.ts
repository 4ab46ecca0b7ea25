import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { smallLab } from '../transport/small-lab.ts'
import type { LabSession } from '../transport/session.ts'
import { prepareFirst } from './first-document.ts'
import type { FirstDocument } from './first-document.ts'

const folder = mkdtempSync(join(tmpdir(), 'zonelab-first-'))
afterAll(() => rmSync(folder, { recursive: true }))

/** A lab with one gallery entry that remembers what was opened. */
function galleryLab(): LabSession & { readonly opened: string[] } {
  const opened: string[] = []
  const lab = smallLab()
  return {
    ...lab,
    opened,
    openGallery: ({ id }) => {
      if (id !== 'one-node') return { ok: false, problems: [{ text: `${id}: no such entry`, file: id, code: 'X' }] }
      opened.push(id)
      return lab.openTexts({ texts: [] })
    },
    openTexts: ({ texts }) => {
      opened.push(...texts.map(({ text }) => text))
      const bad = texts.find(({ text }) => text !== 'zonelab: 1')
      return bad ? { ok: false, problems: [{ text: `${bad.name}:1: zonelab: found 2, expected 1`, file: bad.name, code: 'X' }] } : lab.openTexts({ texts })
    },
  }
}

/** What a window's session has opened before its first request, or the problems that keep the host from starting. */
async function firstOf(first: FirstDocument): Promise<readonly string[]> {
  const prepared = await prepareFirst(first, galleryLab())
  if ('problems' in prepared) return prepared.problems
  const session = galleryLab()
  prepared.open(session)
  return session.opened
}

describe('the first document of a window', () => {
  it('may be a sample', async () => {
    expect(await firstOf({ kind: 'sample', id: 'one-node' })).toEqual(['one-node'])
  })

  it('may be files', async () => {
    const file = join(folder, 'good.zonelab.yaml')
    writeFileSync(file, 'zonelab: 1')
    expect(await firstOf({ kind: 'files', paths: [file] })).toEqual(['zonelab: 1'])
  })

  it('may be nothing: the start screen', async () => {
    expect(await firstOf({ kind: 'start-screen' })).toEqual([])
  })

  it('that is wrong is told, not opened', async () => {
    const [bad, missing] = [join(folder, 'bad.zonelab.yaml'), join(folder, 'missing')]
    writeFileSync(bad, 'zonelab: 2')
    expect(await firstOf({ kind: 'sample', id: 'nothing' })).toEqual(['nothing: no such entry'])
    expect(await firstOf({ kind: 'files', paths: [bad] })).toEqual([`${bad}:1: zonelab: found 2, expected 1`])
    expect(await firstOf({ kind: 'files', paths: [bad, missing] })).toEqual([`${missing}: ENOENT: cannot be read`])
  })
})
