/**
 * The comparison of a window: two kernels on the open document. The sides follow the document; what differs and why is found by
 * `engine/compare`, which plays the history by itself and is made anew when the history is another one.
 */
import type { ProfileChoice } from '../../../preload/contract.ts'
import { compareKernels, type KernelComparison } from '../../engine/compare/compare.ts'
import type { ComparedStory, Matrix } from '../../engine/compare/comparison.ts'
import { compareMany } from '../../engine/compare/matrix.ts'
import type { Checked } from '../../engine/errors.ts'
import type { Profile } from '../../engine/profiles/profile.ts'
import { PROFILES } from '../../engine/profiles/profiles.ts'
import { chosenProfile } from '../choose-profile.ts'
import type { Document } from '../document.ts'
import { opText, targetText } from '../history-text.ts'
import { guarded } from '../open.ts'
import { kernelName } from '../profiles.ts'
import { Sides } from './sides.ts'

type Choice = { readonly a: ProfileChoice; readonly b: ProfileChoice }

export class Comparison {
  private found: { readonly edits: number; readonly by: KernelComparison } | undefined
  private many: { readonly edits: number; readonly by: Matrix } | undefined

  private constructor(readonly choice: Choice, private readonly sides: Sides, private readonly a: Profile, private readonly b: Profile) {}

  static begin(document: Document, choice: Choice): Checked<Comparison> {
    const a = chosenProfile(choice.a)
    if (!a.ok) return a
    const b = chosenProfile(choice.b)
    if (!b.ok) return b
    const sides = guarded(document.name, () => new Sides(document, a.value, b.value))
    return sides.ok ? { ok: true, value: new Comparison(choice, sides.value, a.value, b.value) } : sides
  }

  isOf(document: Document, choice: Choice = this.choice): boolean {
    return this.sides.of === document && JSON.stringify(choice) === JSON.stringify(this.choice)
  }

  /** Both documents, as far as the open one is now. */
  now(): Sides {
    return this.sides.follow()
  }

  /** What differs at every step of the history, undone steps included. */
  answers(): KernelComparison {
    const { of } = this.sides
    if (this.found?.edits !== of.edits) this.found = { edits: of.edits, by: compareKernels(storyOf(of), this.a, this.b, { types: of.engine.types }) }
    return this.found.by
  }

  /** The history under every kernel known by name, and those of the two that are none. */
  matrix(): Matrix {
    const { of } = this.sides
    if (this.many?.edits !== of.edits) {
      const own = [this.a, this.b].filter((p) => PROFILES.get(p.id) !== p).map((p) => ({ ...p, id: kernelName(p) }))
      this.many = { edits: of.edits, by: compareMany(storyOf(of), [...PROFILES.values(), ...own], { types: of.engine.types }) }
    }
    return this.many.by
  }
}

const storyOf = (of: Document): ComparedStory => ({
  title: of.name, description: of.description, steps: of.steps.map(({ command }) => ({ text: `${opText(command)} ${targetText(command)}`, commands: [command] })),
})
