/** The machine after each step of a trace, for whoever wants to look at it then. */
import type { RangeStore } from '../../state/range-store.ts'
import { applyState } from './apply-state.ts'
import type { Machine } from './machine.ts'

export class ToldStates {
  constructor(private readonly machine: Machine, private readonly states: readonly Int32Array[]) {}

  get steps(): number {
    return this.states.length
  }

  /** Brings a store that is as it was before step `step` (the first is 0) to what it is after it. A store at the base of the exploration is as before step 0. */
  apply(step: number, store: RangeStore): void {
    applyState(this.machine, this.states[step]!, store, step === 0 ? this.machine.layout.initial : this.states[step - 1]!)
  }
}
