/** Values as 32-bit codes: small integers as they are, large ones and references by the place where they were first seen. */

/** Codes below this stand for numbers that do not fit. */
const SMALLEST = -0x40000000
const LARGEST = 0x7fffffff
const FIRST_LARGE = -0x7fffffff

export class Values {
  private readonly large: number[] = []
  private readonly largeIds = new Map<number, number>()
  private readonly refs: unknown[] = []
  private readonly refIds = new Map<string, number>()
  private readonly known = new WeakMap<object, number>()

  code(value: number): number {
    if (value >= SMALLEST && value <= LARGEST && Number.isInteger(value)) return value
    let id = this.largeIds.get(value)
    if (id === undefined) {
      id = this.large.push(value) - 1
      this.largeIds.set(value, id)
    }
    return FIRST_LARGE + id
  }

  number(code: number): number {
    return code >= SMALLEST ? code : this.large[code - FIRST_LARGE]!
  }

  /** Two references are one value when they say the same. */
  refCode(value: unknown): number {
    const object = typeof value === 'object' && value !== null ? value : undefined
    const before = object && this.known.get(object)
    if (before !== undefined) return before
    const text = JSON.stringify(value) ?? 'undefined'
    let id = this.refIds.get(text)
    if (id === undefined) {
      id = this.refs.push(value) - 1
      this.refIds.set(text, id)
    }
    if (object) this.known.set(object, id)
    return id
  }

  ref(code: number): unknown {
    return this.refs[code]
  }
}
