/** The two sides of a comparison: the open document under each kernel. They follow it: same steps, same position. */
import type { Side } from '../../../preload/contract.ts'
import type { Profile } from '../../engine/profiles/profile.ts'
import type { Document } from '../document.ts'

export class Sides {
  readonly a: Document
  readonly b: Document
  /** Throws InputErrors where a kernel cannot boot the machine. */
  constructor(readonly of: Document, a: Profile, b: Profile) {
    this.a = under(of, a)
    this.b = under(of, b)
  }

  /** Both sides as far as the document is now. */
  follow(): this {
    for (const side of new Set([this.a, this.b])) if (side !== this.of) side.follow(this.of)
    return this
  }
  side(side: Side): Document {
    return side === 'a' ? this.a : this.b
  }
}

const under = (of: Document, profile: Profile): Document => (of.engine.profile === profile ? of : of.rebooted(profile))
