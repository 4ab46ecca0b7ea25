/**
 * Undo of a change of profile. Such a change makes another document of the same machine; the one before is kept as it was, so going
 * back is exact. It is what undo takes back for as long as nothing was done since and the position is where it happened.
 */
import type { Document } from './document.ts'
import { kernelName } from './profiles.ts'

interface Kept {
  readonly document: Document
  /** Where the open document must be for this to be the last thing that happened. */
  readonly at: { readonly position: number; readonly edits: number }
}

const MOST = 8
const placeOf = (d: Document): Kept['at'] => ({ position: d.position, edits: d.edits })
const isAt = (d: Document, at: Kept['at']): boolean => d.position === at.position && d.edits === at.edits

export class ProfileUndo {
  private before: Kept[] = []
  private after: Kept[] = []

  /** A document took the place of another. */
  changed(from: Document, to: Document): void {
    this.before = [...this.before.slice(1 - MOST), { document: from, at: placeOf(to) }]
    this.after = []
  }
  clear(): void {
    this.before = []
    this.after = []
  }

  /** What to open instead; undefined when the last thing was a step. */
  undo(open: Document): Document | undefined {
    return this.swap(open, this.before, this.after)
  }
  redo(open: Document): Document | undefined {
    return this.swap(open, this.after, this.before)
  }
  undoes(open: Document): string | undefined {
    return words(open, this.before)
  }
  redoes(open: Document): string | undefined {
    return words(open, this.after)
  }

  private swap(open: Document, from: Kept[], to: Kept[]): Document | undefined {
    const last = from.at(-1)
    if (!last || !isAt(open, last.at)) return undefined
    from.pop()
    to.push({ document: open, at: placeOf(last.document) })
    last.document.revision = open.revision + 1
    return last.document
  }
}

const words = (open: Document, kept: readonly Kept[]): string | undefined => {
  const last = kept.at(-1)
  return last && isAt(open, last.at) ? `profile ${kernelName(last.document.engine.profile)} instead of ${kernelName(open.engine.profile)}` : undefined
}
