/** The set of states that were visited: open addressing, two 32-bit halves of a hash a state; or whole states, to be exact. */

export interface Visited {
  readonly size: number
  readonly bytes: number
  /** True when the state was not there yet. */
  add(a: number, b: number): boolean
}

/** In pieces by the first bits, so that none takes long to grow. */
export class HashedStates implements Visited {
  private readonly pieces: readonly Piece[]
  /** States for which each piece has room at first: a power of two. */
  constructor(room = 1 << 6) {
    this.pieces = Array.from({ length: PIECES }, () => new Piece(room))
  }

  get size(): number {
    return this.pieces.reduce((n, p) => n + p.size, 0)
  }

  get bytes(): number {
    return this.pieces.reduce((n, p) => n + p.slots.byteLength, 0)
  }

  add(a: number, b: number): boolean {
    return this.pieces[b >>> SHIFT]!.add(a, b)
  }
}

const PIECES = 16
const SHIFT = 28

class Piece {
  slots: Int32Array
  private mask: number
  size = 0
  constructor(room: number) {
    this.slots = new Int32Array(2 * room)
    this.mask = room - 1
  }

  add(a: number, b: number): boolean {
    // 0, 0 is an empty slot
    const high = a === 0 && b === 0 ? 1 : a
    const { slots, mask } = this
    let i = (high ^ Math.imul(b, 0x9e3779b1)) & mask
    for (;;) {
      const x = slots[2 * i]!
      const y = slots[2 * i + 1]!
      if (x === 0 && y === 0) break
      if (x === high && y === b) return false
      i = (i + 1) & mask
    }
    slots[2 * i] = high
    slots[2 * i + 1] = b
    this.size++
    if (this.size * 4 > (mask + 1) * 3) this.grow()
    return true
  }

  private grow(): void {
    const old = this.slots
    const capacity = (this.mask + 1) * 2
    this.slots = new Int32Array(capacity * 2)
    this.mask = capacity - 1
    for (let j = 0; j < old.length; j += 2) {
      const x = old[j]!
      const y = old[j + 1]!
      if (x === 0 && y === 0) continue
      let i = (x ^ Math.imul(y, 0x9e3779b1)) & this.mask
      while (this.slots[2 * i] !== 0 || this.slots[2 * i + 1] !== 0) i = (i + 1) & this.mask
      this.slots[2 * i] = x
      this.slots[2 * i + 1] = y
    }
  }
}

/** Keeps whole states, packed: two states with one hash stay two. */
export class ExactStates implements Visited {
  private readonly buckets = new Map<number, number[]>()
  private arena: Int32Array
  private used = 0
  size = 0
  constructor(private readonly width: number, private readonly pack: (into: Int32Array, at: number) => void) {
    this.arena = new Int32Array(width * 1024)
  }

  get bytes(): number {
    return this.arena.byteLength + this.size * 16
  }

  add(a: number): boolean {
    if (this.used + this.width > this.arena.length) {
      const longer = new Int32Array(this.arena.length * 2)
      longer.set(this.arena)
      this.arena = longer
    }
    const { arena, used, width } = this
    this.pack(arena, used)
    const bucket = this.buckets.get(a)
    for (const at of bucket ?? []) {
      let i = 0
      while (i < width && arena[at + i] === arena[used + i]) i++
      if (i === width) return false
    }
    if (bucket) bucket.push(used)
    else this.buckets.set(a, [used])
    this.used += width
    this.size++
    return true
  }
}
