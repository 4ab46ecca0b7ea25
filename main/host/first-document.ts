/** What a new window shows first: a sample from the gallery, files named at the start, or the start screen. */
import { readFileSync } from 'node:fs'
import { z } from 'zod'
import type { LabSession } from '../transport/session.ts'

export const FirstDocument = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('start-screen') }),
  /** A gallery entry. */
  z.object({ kind: z.literal('sample'), id: z.string() }),
  /** A scenario, or captured texts of one machine. */
  z.object({ kind: z.literal('files'), paths: z.array(z.string()).min(1) }),
])
export type FirstDocument = z.infer<typeof FirstDocument>

/** Opens the first document in a new session, before that session gets any request; or what is wrong with it, a line each. */
export type PreparedFirst = { readonly open: (session: LabSession) => void } | { readonly problems: readonly string[] }

/** Finds, reads and tries out the first document, once for all windows; `trial` is a session that is used for nothing else. */
export async function prepareFirst(first: FirstDocument, trial: LabSession): Promise<PreparedFirst> {
  switch (first.kind) {
    case 'start-screen':
      return { open: () => undefined }
    case 'sample':
      return opening(trial, (session) => session.openGallery({ id: first.id }))
    case 'files': {
      const texts: { name: string; text: string }[] = []
      for (const path of first.paths) {
        try {
          texts.push({ name: path, text: readFileSync(path, 'utf8') })
        } catch (error) {
          return { problems: [`${path}: ${(error as NodeJS.ErrnoException).code ?? String(error)}: cannot be read`] }
        }
      }
      return opening(trial, (session) => session.openTexts({ texts }))
    }
  }
}

async function opening(trial: LabSession, open: (session: LabSession) => ReturnType<LabSession['openTexts']>): Promise<PreparedFirst> {
  const outcome = await open(trial)
  return outcome.ok ? { open: (session) => void open(session) } : { problems: outcome.problems.map((problem) => problem.text) }
}
