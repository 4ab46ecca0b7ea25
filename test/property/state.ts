/** The whole state behind an engine as comparable data: every cell, reference and field run, and the length of the log. */
import type { Engine } from '../../main/engine/engine.ts'

export interface State {
  readonly cells: readonly number[]
  readonly refs: readonly string[]
  /** Flat runs, one text a field. */
  readonly fields: readonly string[]
  readonly log: number
}

const refTexts = new WeakMap<object, string>()
function refText(value: unknown): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  let text = refTexts.get(value)
  if (text === undefined) refTexts.set(value, (text = JSON.stringify(value)))
  return text
}

export function stateOf(engine: Engine): State {
  const { store } = engine.booted
  return {
    cells: [...store.cells],
    refs: store.refs.map(refText),
    fields: store.fields.map((f) => f.runs(0, Infinity).join()),
    log: store.log.length,
  }
}

/** What differs between two states of machines with the same handles, by the handles' names; empty when they are equal. */
export function differences(engine: Engine, a: State, b: State): string[] {
  const { kernel } = engine.booted
  return [
    ...kernel.allCells.filter((c) => a.cells[c.id] !== b.cells[c.id]).map((c) => c.name),
    ...kernel.allRefs.filter((r) => a.refs[r.id] !== b.refs[r.id]).map((r) => r.name),
    ...kernel.allFields.filter((f) => a.fields[f.id] !== b.fields[f.id]).map((f) => f.name),
    ...(a.log === b.log ? [] : ['log']),
  ]
}

/** The values that differ, for a failure's message. */
export function describe(engine: Engine, a: State, b: State): string {
  const { kernel } = engine.booted
  const lines = [
    ...kernel.allCells.filter((c) => a.cells[c.id] !== b.cells[c.id]).map((c) => `${c.name}: ${a.cells[c.id]} / ${b.cells[c.id]}`),
    ...kernel.allRefs.filter((r) => a.refs[r.id] !== b.refs[r.id]).map((r) => `${r.name}: ${a.refs[r.id]} / ${b.refs[r.id]}`),
    ...kernel.allFields.filter((f) => a.fields[f.id] !== b.fields[f.id]).map((f) => `${f.name}: ${a.fields[f.id]} / ${b.fields[f.id]}`),
    ...(a.log === b.log ? [] : [`log: ${a.log} / ${b.log} lines`]),
  ]
  return lines.join('\n')
}
