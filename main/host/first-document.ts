/** What a new window shows first: a sample from the gallery, files named at the start, or the start screen. */
import { readFileSync } from 'node:fs'
import { z } from 'zod'
import type { LabSession } from '../transport/session.ts'

export const FirstDocument = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('start-screen') }),
  /** A gallery entry; without an id its first machine. */
  z.object({ kind: z.literal('sample'), id: z.string().optional() }),
  /** A scenario, or captured texts of one machine. */
  z.object({ kind: z.literal('files'), paths: z.array(z.string()).min(1) }),
])
export type FirstDocument = z.infer<typeof FirstDocument>

/** Opens it in a new session. Returns what is wrong with it, a line each; empty when it is open. */
export async function openFirst(session: LabSession, first: FirstDocument): Promise<readonly string[]> {
  switch (first.kind) {
    case 'start-screen':
      return []
    case 'sample': {
      const gallery = await session.gallery({})
      const entry = gallery.find(({ id, kind }) => (first.id === undefined ? kind === 'machine' : id === first.id))
      if (!entry) return [`no sample ${first.id ?? ''}; there are: ${gallery.map(({ id }) => id).join(', ')}`]
      return problemsOf(await session.openGallery({ id: entry.id }))
    }
    case 'files': {
      const texts: { name: string; text: string }[] = []
      for (const path of first.paths) {
        try {
          texts.push({ name: path, text: readFileSync(path, 'utf8') })
        } catch (error) {
          return [`${path}: ${(error as NodeJS.ErrnoException).code ?? String(error)}: cannot be read`]
        }
      }
      return problemsOf(await session.openTexts({ texts }))
    }
  }
}

const problemsOf = (outcome: Awaited<ReturnType<LabSession['openTexts']>>): readonly string[] =>
  outcome.ok ? [] : outcome.problems.map((problem) => problem.text)
