/** From a step to how it is carried out on the places of a layout. Writes outside the scope make it grow. */
import type { Cell, Field, Lock, Ref } from '../../state/handles.ts'
import type { FieldReader } from '../../state/field-reader.ts'
import { StepKind, type Predicate } from '../step.ts'
import { Do, type KeptStep, type Node } from './node.ts'
import { pieceBorders, type World } from './world.ts'
import { ScopeGrown } from './scope.ts'

export function resolve(world: World, node: Node): void {
  try {
    node.version = -1
    settle(world, node)
    node.version = world.layout.version
  } catch (e) {
    if (!(e instanceof ScopeGrown) || !world.lenient) throw e
  }
}

function settle(world: World, node: Node): void {
  const { base, layout, scope, values } = world
  const step = node.step!
  const grow = (add: () => void): never => {
    add()
    throw GROWN
  }
  const scalar = (h: Cell | Ref<unknown>): number => {
    const place = layout.of(h)
    if (place < 0) grow(() => (step.kind === StepKind.WriteRef || step.kind === StepKind.UpdateRef ? scope.addRef(h as Ref<unknown>) : scope.addCell(h as Cell)))
    return place
  }
  const lockPlace = (): number => {
    const lock = step.h as Lock
    const place = layout.of(lock)
    if (place < 0) grow(() => scope.addLock(lock))
    return place
  }
  const set = (does: Do, place: number, code = 0): void => {
    node.does = does
    node.place = place
    node.code = code
  }
  switch (step.kind) {
    case StepKind.Read: {
      const place = layout.of(step.h as Cell)
      return place < 0 ? set(Do.Constant, -1, values.code(base.cell(step.h as Cell))) : set(Do.Read, place)
    }
    case StepKind.ReadRef: {
      const place = layout.of(step.h as Ref<unknown>)
      return place < 0 ? set(Do.Constant, -1, values.refCode(base.ref(step.h as Ref<unknown>))) : set(Do.Read, place)
    }
    case StepKind.Get: {
      const h = step.h as Field
      const place = layout.at(h, Math.floor(step.a / h.unit))
      return place < 0 ? set(Do.Constant, -1, values.code(base.at(h, step.a))) : set(Do.Read, place)
    }
    case StepKind.Write: return set(Do.Write, scalar(step.h as Cell), values.code(step.a))
    case StepKind.WriteRef: return set(Do.Write, scalar(step.h as Ref<unknown>), values.refCode(step.x))
    case StepKind.UpdateRef: return set(Do.Update, scalar(step.h as Ref<unknown>))
    case StepKind.Add: return set(Do.Add, scalar(step.h as Cell), step.a)
    case StepKind.WaitUntil: {
      const place = layout.of(step.h as Cell)
      return set(Do.Wait, place < 0 ? scalar(step.h as Cell) : place, values.code(step.a))
    }
    case StepKind.Fill: case StepKind.Map: {
      const h = step.h as Field
      const [start, end] = unitsOf(world, node, step)
      if (end <= start) return set(Do.Constant, -1)
      const places = layout.exactly(h, start, end)
      if (!places) return grow(() => scope.addUnits(h, start, end))
      node.places = places
      return set(step.kind === StepKind.Fill ? Do.Fill : Do.Map, -1, step.kind === StepKind.Fill ? values.code(step.c) : 0)
    }
    case StepKind.Scan: case StepKind.Count: {
      node.places = lookedAt(world, step)
      return node.places.length === 0 ? set(Do.Constant, -1, values.code(look(base, step))) : set(Do.Look, -1)
    }
    // one unit at a time, as the kernel goes
    case StepKind.Extent: return set(Do.Constant, -1, values.code(Math.min(step.b, step.a + step.c)))
    case StepKind.Lock: case StepKind.Unlock: case StepKind.TryLock: {
      const nominal = world.without.has((step.h as Lock).name)
      return set(nominal ? Do.Constant : step.kind === StepKind.Lock ? Do.Lock : step.kind === StepKind.Unlock ? Do.Unlock : Do.TryLock, lockPlace(), nominal && step.kind === StepKind.TryLock ? 1 : 0)
    }
    case StepKind.SeqBegin: case StepKind.SeqRetry: {
      const nominal = world.without.has((step.h as Lock).name)
      return set(nominal ? Do.Constant : step.kind === StepKind.SeqBegin ? Do.SeqBegin : Do.SeqRetry, lockPlace())
    }
    case StepKind.Synchronize: {
      const nominal = world.without.has((step.h as Lock).name)
      return set(nominal ? Do.Constant : node.piece === 0 ? Do.GraceBegin : Do.GraceEnd, lockPlace())
    }
    case StepKind.Choose: return set(Do.Choose, -1, step.a)
    default: return set(Do.Constant, -1)
  }
}

/** What a scan or a count answers. */
export const look = (reader: FieldReader, { kind, x, y, a, b, c }: KeptStep): number =>
  kind === StepKind.Scan ? reader.scan(x as readonly Field[], a, b, c, y as Predicate) : reader.count(x as readonly Field[], a, b, y as Predicate)

/** One for all: where it was thrown does not matter. */
const GROWN = new ScopeGrown()

/** Units that a fill or a map, or the piece of it that the node is, covers. */
export function unitsOf(world: World, node: Node, step: KeptStep): readonly [start: number, end: number] {
  const h = step.h as Field
  if (node.pieces === 1) return step.b <= step.a ? [0, 0] : [Math.floor(step.a / h.unit), Math.ceil(step.b / h.unit)]
  const borders = pieceBorders(world, step.a, step.b)
  return [borders[node.piece]!, borders[node.piece + 1]!]
}

/** Places that a scan or a count may look at. */
function lookedAt(world: World, step: KeptStep): readonly number[] {
  const backwards = step.kind === StepKind.Scan && step.c < 0
  const start = backwards ? step.b : step.a
  const end = backwards ? step.a + 1 : step.b
  if (end <= start) return []
  const out = new Set<number>()
  for (const h of step.x as readonly Field[]) for (const place of world.layout.within(h, Math.floor(start / h.unit), Math.ceil(end / h.unit))) out.add(place)
  return [...out]
}
