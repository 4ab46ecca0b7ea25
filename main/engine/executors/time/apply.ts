/** Steps that touch state and take no time: what a RangeStore answers. The other kinds are the executor's own. */
import type { Cell, Field, Ref } from '../../state/handles.ts'
import type { RangeStore } from '../../state/range-store.ts'
import { StepKind, type Predicate, type Step } from '../step.ts'

/** Answers what the step answers; undefined for a kind that is not about state. */
export function applyToStore(store: RangeStore, s: Step): number | undefined {
  switch (s.kind) {
    case StepKind.Read: return store.cells[(s.h as Cell).id]!
    case StepKind.Get: return store.at(s.h as Field, s.a)
    case StepKind.Scan: return store.scan(s.x as readonly Field[], s.a, s.b, s.c, s.y as Predicate)
    case StepKind.Count: return store.count(s.x as readonly Field[], s.a, s.b, s.y as Predicate)
    case StepKind.Extent: return store.extent(s.x as readonly Field[], s.a, s.b, s.c)
    case StepKind.ReadRef: return store.refs[(s.h as Ref<unknown>).id] as number
    case StepKind.Choose: return Math.min(store.cells[(s.h as Cell).id]!, s.a - 1)
    case StepKind.Add: {
      const cell = s.h as Cell
      const value = store.cells[cell.id]! + s.a
      store.setCell(cell, value)
      return value
    }
    case StepKind.Write: store.setCell(s.h as Cell, s.a); return 0
    case StepKind.Fill: store.setField(s.h as Field, s.a, s.b, s.c); return 0
    case StepKind.Map: store.mapField(s.h as Field, s.a, s.b, s.x as (value: number) => number); return 0
    case StepKind.WriteRef: store.setRef(s.h as Ref<unknown>, s.x); return 0
    case StepKind.UpdateRef: {
      const ref = s.h as Ref<unknown>
      store.setRef(ref, (s.x as (value: unknown) => unknown)(store.refs[ref.id]))
      return 0
    }
    // nobody else runs between two steps that take no time; a grace period is a cost that the operation charges where it waits for one
    case StepKind.SeqRetry: case StepKind.MightSleep: case StepKind.Synchronize: return 0
    default: return undefined
  }
}
