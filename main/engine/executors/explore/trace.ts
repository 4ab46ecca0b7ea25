/** A path told step by step: who does what in which function, with which locks, from which value to which. */
import type { Field, Lock } from '../../state/handles.ts'
import { StepKind } from '../step.ts'
import type { Broken, TraceKind, TraceStep } from './exploration.ts'
import type { Machine } from './machine.ts'
import { fieldName, placeName, valueName } from './names.ts'
import { Do, type Node } from './node.ts'
import { unitsOf } from './resolve.ts'
import { CHOICE } from './search.ts'

const KINDS: Readonly<Partial<Record<Do, TraceKind>>> = {
  [Do.Read]: 'read', [Do.Write]: 'write', [Do.Add]: 'add', [Do.Look]: 'read', [Do.Fill]: 'write', [Do.Map]: 'update', [Do.Update]: 'update',
  [Do.Lock]: 'lock', [Do.Unlock]: 'unlock', [Do.TryLock]: 'trylock', [Do.Choose]: 'choose', [Do.Wait]: 'wait', [Do.SeqBegin]: 'seq', [Do.SeqRetry]: 'seq',
  [Do.GraceBegin]: 'rcu', [Do.GraceEnd]: 'rcu',
}

/** Repeats a path from the beginning. Leaves the machine at its end. `onTold` is called with the machine as it is after each step that is told. */
export function tellTrace(machine: Machine, path: Int32Array, broken: Broken, onTold?: () => void): readonly TraceStep[] {
  machine.reset()
  const out: TraceStep[] = []
  const tell = (step: TraceStep): void => {
    out.push(step)
    onTold?.()
  }
  const begun = new Set<number>()
  // the two accesses of a race are pending where the path ends
  const racing = broken.race ? [broken.race.a.thread, broken.race.b.thread] : []
  for (const taken of [...path, ...racing]) {
    const t = taken % CHOICE
    const choice = Math.floor(taken / CHOICE)
    const node = machine.node(t)
    if (!begun.has(t)) {
      begun.add(t)
      tell(told(machine, t, node, 'begin', node.frames[0]!.operation))
    }
    const before = node.step ? describe(machine, t, node) : undefined
    const answer = machine.step(t, choice)
    if (before && (node.does !== Do.Constant || node.step?.kind === StepKind.Lock || node.step?.kind === StepKind.Unlock)) tell({ ...before(choice, answer), ...standing(machine, t) })
    for (const e of node.events.get(answer) ?? []) tell({ ...told(machine, t, node, e.kind, { name: e.function, source: e.source }), text: e.text })
    const now = machine.node(t)
    if (now.result?.kind === 'bug') tell({ ...told(machine, t, now, 'bug', now.operation), text: now.result.text })
  }
  if (!broken.race) return mark(out, broken)
  const pair = new Set(racing.map((t) => out.findLast((s) => s.thread === t && accesses(s))))
  return out.map((s) => (pair.has(s) ? { ...s, marked: true } : s))
}

const told = (machine: Machine, t: number, _node: Node, kind: TraceKind, { name, source }: { readonly name: string; readonly source: string }): TraceStep =>
  ({ thread: t, name: machine.programs[t]!.spec.name, function: name, source, kind, ...standing(machine, t) })

/** Locks held now, and who waits for them. */
function standing(machine: Machine, t: number): Pick<TraceStep, 'held' | 'waiting'> {
  const { held } = machine.node(t)
  const waiting: number[] = []
  for (let o = 0; o < machine.threads; o++) {
    const node = machine.node(o)
    if (o !== t && node.does === Do.Lock && held.some((h) => h.lock === node.step!.h) && !machine.enabled(o)) waiting.push(o)
  }
  return { held: held.filter((h) => h.mode !== 'seq').map((h) => h.lock.name), waiting }
}

/** What a step does, asked before it is taken; the answer is told once it was. */
function describe(machine: Machine, t: number, node: Node): (choice: number, answer: number) => TraceStep {
  const { world, layout, state } = machine
  const step = node.step!
  const place = node.place >= 0 ? layout.places[node.place] : undefined
  const kind = KINDS[node.does] ?? (step.kind === StepKind.Lock ? 'lock' : step.kind === StepKind.Unlock ? 'unlock' : 'read')
  const base = told(machine, t, node, kind, node.operation)
  const value = (code: number): string => valueName(world, place, step.h, code)
  switch (node.does) {
    case Do.Read: {
      const cell = step.kind === StepKind.Get ? fieldName(step.h as Field, step.a, step.a + 1) : placeName(place!)
      return (_c, answer) => ({ ...base, cell, ...(step.kind === StepKind.Get ? { start: step.a, end: step.a + 1 } : {}), to: value(answer) })
    }
    case Do.Write: case Do.Add: case Do.Update: {
      const from = value(state[node.place]!)
      return () => ({ ...base, cell: placeName(place!), from, to: value(state[node.place]!) })
    }
    case Do.Wait: return (_c) => ({ ...base, cell: placeName(place!), to: value(node.code) })
    case Do.Look: {
      const fields = step.x as readonly Field[]
      const [start, end] = step.kind === StepKind.Scan && step.c < 0 ? [step.b, step.a + 1] : [step.a, step.b]
      return (_c, answer) => {
        const n = world.values.number(answer)
        return { ...base, cell: `${fields.map((f) => f.name).join(', ')} pfn 0x${start.toString(16)}-0x${(end - 1).toString(16)}`, start, end, to: step.kind === StepKind.Scan ? (n < 0 ? 'none' : `pfn 0x${n.toString(16)}`) : String(n) }
      }
    }
    case Do.Fill: case Do.Map: {
      const h = step.h as Field
      const [from, to] = unitsOf(world, node, step)
      const says = (): string => [...new Set(node.places.map((p) => valueName(world, layout.places[p], h, state[p]!)))].join('; ')
      const before = says()
      return () => ({ ...base, cell: fieldName(h, from * h.unit, to * h.unit), start: from * h.unit, end: to * h.unit, from: before, to: says(), ...(node.pieces > 1 ? { text: `part ${node.piece + 1} of ${node.pieces}` } : {}) })
    }
    case Do.Lock: case Do.TryLock: case Do.Unlock: case Do.SeqBegin: case Do.SeqRetry: case Do.GraceBegin: case Do.GraceEnd: case Do.Constant: {
      const lock = step.h as Lock | undefined
      const how = node.does === Do.SeqRetry ? (a: number) => (a === 1 ? 'again' : 'unchanged') : node.does === Do.TryLock ? (a: number) => (a === 1 ? 'taken' : 'not free') : undefined
      const phase = node.does === Do.GraceBegin ? 'synchronize_rcu() begins' : node.does === Do.GraceEnd ? 'synchronize_rcu() ends' : undefined
      return (_c, answer) => ({
        ...base, ...(lock ? { lock: lock.name } : {}), ...(step.text === 'read' || step.text === 'write' ? { mode: step.text } : {}),
        ...(how ? { text: how(answer) } : phase === undefined ? {} : { text: phase }),
      })
    }
    case Do.Choose: return (choice) => ({ ...base, cell: step.h!.name, to: String(choice) })
    case Do.Done: return () => base
  }
}

const accesses = (s: TraceStep): boolean => s.kind === 'read' || s.kind === 'write' || s.kind === 'add' || s.kind === 'update'

/**
 * Marks what it is about: for a reader's answer the last read and write of one place; else the last write, or what a deadlock waits for, and the last access of another thread to the same place; the two need
 * not both be writes.
 */
function mark(steps: readonly TraceStep[], broken: Broken): readonly TraceStep[] {
  if (broken.kind === 'outcome') {
    // what a reader was told is broken: the last place that was read and written in an order
    const end = steps.findLastIndex((s, i) => accesses(s) && steps.some((o, j) => j < i && disagrees(o, s)))
    const begin = end < 0 ? -1 : steps.findLastIndex((o, j) => j < end && disagrees(o, steps[end]!))
    return steps.map((s, i) => (i === end || (i === begin && i >= 0) ? { ...s, marked: true } : s))
  }
  const last = steps.findLastIndex((s) => (broken.kind === 'invariant' ? accesses(s) && s.kind !== 'read' : accesses(s) || s.lock !== undefined || s.kind === 'bug'))
  if (last < 0) return steps
  const end = steps[last]!
  const meets = (s: TraceStep): boolean =>
    s.cell !== undefined && (s.cell === end.cell || (s.start !== undefined && end.start !== undefined && s.start < end.end! && end.start < s.end! && sharesField(s.cell, end.cell!)))
  const conflicts = (s: TraceStep): boolean => s.thread !== end.thread && accesses(s) && meets(s) && (s.kind !== 'read' || end.kind !== 'read')
  const latest = broken.kind === 'deadlock' ? -1 : steps.findLastIndex((s, i) => i < last && conflicts(s))
  // the first one of that turn decided it
  const turn = latest < 0 ? 0 : steps.findLastIndex((s, i) => i < latest && s.thread !== steps[latest]!.thread) + 1
  const other = latest < 0 ? -1 : steps.findIndex((s, i) => i >= turn && conflicts(s))
  return steps.map((s, i) => (i === last || i === other ? { ...s, marked: true } : s))
}

/** Two threads at one place, one of them changing it. */
const disagrees = (a: TraceStep, b: TraceStep): boolean =>
  a.thread !== b.thread && accesses(a) && a.cell === b.cell && ((a.kind !== 'read' && a.from !== a.to) || (b.kind !== 'read' && b.from !== b.to))

const sharesField = (a: string, b: string): boolean => {
  const fields = (text: string): readonly string[] => text.replace(/ pfn .*/, '').split(', ')
  return fields(a).some((f) => fields(b).includes(f))
}

