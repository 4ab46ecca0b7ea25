/** The comparison of a window: two kernels on the open document, made anew when the document is another one. */
import type { ProfileChoice } from '../../../preload/contract.ts'
import type { Checked } from '../../engine/errors.ts'
import { chosenProfile } from '../choose-profile.ts'
import type { Document } from '../document.ts'
import { guarded } from '../open.ts'
import { Sides } from './sides.ts'

export class Comparison {
  private constructor(readonly choice: { readonly a: ProfileChoice; readonly b: ProfileChoice }, private readonly sides: Sides) {}

  static begin(document: Document, choice: Comparison['choice']): Checked<Comparison> {
    const a = chosenProfile(choice.a)
    if (!a.ok) return a
    const b = chosenProfile(choice.b)
    if (!b.ok) return b
    const sides = guarded(document.name, () => new Sides(document, a.value, b.value))
    return sides.ok ? { ok: true, value: new Comparison(choice, sides.value) } : sides
  }

  /** Both documents, as far as the open one is now. */
  now(): Sides {
    return this.sides.follow()
  }
  isOf(document: Document): boolean {
    return this.sides.of === document
  }
}
