/** Brings a store, which is at one state of an exploration (its base when not said), to another. Locks are nobody's affair there. */
import type { RangeStore } from '../../state/range-store.ts'
import type { Machine } from './machine.ts'

export function applyState(machine: Machine, state: Int32Array, store: RangeStore, before: Int32Array = machine.layout.initial): void {
  const { layout, world: { values } } = machine
  layout.places.forEach((place, i) => {
    const code = state[i]!
    if (code === before[i]) return
    switch (place.kind) {
      case 'cell': store.setCell(place.h, values.number(code)); break
      case 'ref': store.setRef(place.h, values.ref(code)); break
      case 'field': store.setField(place.h, place.start * place.h.unit, place.end * place.h.unit, values.number(code)); break
      case 'lock': case 'sequence': case 'grace': break
    }
  })
}
