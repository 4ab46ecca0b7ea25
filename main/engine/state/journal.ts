/**
 * The journal: every write of the run executor, in order. From it alone come undo and redo, time travel, "which command
 * last wrote this field" and the changes between two moments.
 */
import type { LogLine } from '../command.ts'
import type { Cell, Field, Ref } from './handles.ts'

export type JournalEntry =
  | { readonly kind: 'cell'; readonly h: Cell; readonly before: number; readonly after: number; readonly fn: number }
  | { readonly kind: 'ref'; readonly h: Ref<unknown>; readonly before: unknown; readonly after: unknown; readonly fn: number }
  /** [start, end) in units of the field; `before` is flat runs, `after` one value. */
  | { readonly kind: 'field'; readonly h: Field; readonly start: number; readonly end: number; readonly before: readonly number[]; readonly after: number; readonly fn: number }
  | { readonly kind: 'log'; readonly line: LogLine; readonly fn: number }

export class Journal {
  readonly entries: JournalEntry[] = []
  /** Entries below this are applied; those above were undone and can be redone. */
  applied = 0

  /** What had been undone when an observation began, once it had to make room (RangeStore.observe). */
  kept: { readonly from: number; later: JournalEntry[] | undefined } | undefined

  /** Records a write; forgets what had been undone. */
  push(entry: JournalEntry): void {
    this.forgetUndone()
    this.entries.push(entry)
    this.applied++
  }

  forgetUndone(): void {
    if (this.applied === this.entries.length) return
    if (this.kept) this.kept.later ??= this.entries.slice(this.kept.from)
    this.entries.length = this.applied
  }
}

/** Names of kernel functions, as small integers in journal entries. */
export class FunctionNames {
  private readonly byName = new Map<string, number>()
  private readonly names: string[] = []
  id(name: string): number {
    let n = this.byName.get(name)
    if (n === undefined) {
      n = this.names.length
      this.names.push(name)
      this.byName.set(name, n)
    }
    return n
  }
  name(id: number): string {
    return this.names[id] ?? 'unknown'
  }
}
