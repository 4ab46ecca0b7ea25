/** An answer's machine as a document whose history is the trace: position 0 is before the threads start, position n after step n of the trace. */
import type { Answer } from '../../engine/races/ask.ts'
import { Document } from '../document.ts'
import { noteOccupied } from '../occupied.ts'

export class TraceDocument extends Document {
  /** Journal positions: before the first step, and after each. */
  private readonly ends: number[]

  constructor(name: string, answer: Answer) {
    const { engine, told, exploration: { trace } } = answer
    super(name, engine.description, [], undefined, engine.profile, engine.types, engine)
    const { store, executor } = engine.booted
    this.ends = [store.journal.applied]
    for (let step = 0; step < told.steps; step++) {
      store.fn = executor.functions.id(trace[step]!.function)
      const before = store.journal.applied
      told.apply(step, store)
      if (store.journal.applied > before) noteOccupied(this)
      this.ends.push(store.journal.applied)
    }
    this.position = told.steps
  }

  override goto(position: number): void {
    this.position = Math.max(0, Math.min(position, this.ends.length - 1))
    this.engine.travel(this.ends[this.position]!)
  }

  override stepOf(entry: number): number {
    return entry < this.ends[0]! ? 0 : this.ends.findIndex((end) => end > entry)
  }
}
