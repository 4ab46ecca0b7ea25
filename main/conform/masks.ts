/** Leaves out of two pictures what a step without a command did to the kernel (known.ts says why). */
import type { Picture } from './picture.ts'

export class Masks {
  readonly #changed = new Set<string>()

  /** Everything that the kernel changed in a step without a command is left out from here on. */
  changedBy(before: Picture, after: Picture): void {
    for (const field of new Set([...before.keys(), ...after.keys()])) if (before.get(field) !== after.get(field)) this.#changed.add(field)
  }

  /** Takes them out of both pictures; answers how many facts were left out. */
  apply(recorded: Picture, model: Picture): number {
    let out = 0
    for (const field of this.#changed) {
      if (recorded.delete(field)) out++
      model.delete(field)
    }
    return out
  }
}
