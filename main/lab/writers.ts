/** Who wrote a field last: looked up in the journal, newest entry first. */
import type { Cell, Field, Ref } from '../engine/state/handles.ts'
import type { Document } from './document.ts'

export interface Writer {
  /** History position; 0 when nothing has written it since boot. */
  readonly step: number
  readonly fn: string | undefined
  readonly failed: boolean
}

/** What to look for: a scalar, a reference, a part of what a reference holds (unchanged parts are the same value), or a field over a pfn range. */
export type Watched = Cell | Ref<unknown> | PartOfRef | { readonly field: Field; readonly start: number; readonly end: number }
interface PartOfRef { readonly ref: Ref<unknown>; readonly part: (value: unknown) => unknown }

/** A part of what a reference holds: one device of the list of devices. */
export const partOf = <V>(ref: Ref<V>, part: (value: V) => unknown): PartOfRef => ({ ref: ref as Ref<unknown>, part: part as (value: unknown) => unknown })

/** Last writers of several things in one walk over the journal. */
export function lastWriters(doc: Document, watched: readonly (Watched | undefined)[]): (Writer | undefined)[] {
  const out: (Writer | undefined)[] = watched.map((w) => (w === undefined ? undefined : { step: 0, fn: undefined, failed: false }))
  const open = new Map<unknown, { index: number; start: number; end: number; part?: PartOfRef['part'] }[]>()
  watched.forEach((w, index) => {
    if (w === undefined) return
    const key = 'field' in w ? w.field : 'ref' in w ? w.ref : w
    const unit = 'field' in w ? w.field.unit : 1
    const entry = { index, start: 'field' in w ? Math.floor(w.start / unit) : 0, end: 'field' in w ? Math.ceil(w.end / unit) : 1, ...('ref' in w ? { part: w.part } : {}) }
    const list = open.get(key)
    if (list) list.push(entry)
    else open.set(key, [entry])
  })
  const { journal } = doc.store
  for (let i = journal.applied - 1; i >= 0 && open.size > 0; i--) {
    const e = journal.entries[i]!
    if (e.kind === 'log') continue
    const list = open.get(e.h)
    if (!list) continue
    const rest = list.filter((w) => {
      if (e.kind === 'field' && (e.end <= w.start || e.start >= w.end)) return true
      if (e.kind === 'ref' && w.part && w.part(e.before) === w.part(e.after)) return true
      const step = doc.stepOf(i)
      out[w.index] = { step, fn: doc.executor.functions.name(e.fn), failed: step > 0 && (doc.steps[step - 1]?.result.ret ?? 0) < 0 }
      return false
    })
    if (rest.length) open.set(e.h, rest)
    else open.delete(e.h)
  }
  return out
}
