/**
 * Runs inside the sandbox before anything else: takes away what would tell one run from another. The same hook with the same
 * input must always do the same.
 */
declare const hostPrint: (text: string) => void

{
  let seed = 1
  /** Starts the sequence of Math.random anew, as each hook does. */
  Object.defineProperty(globalThis, 'zonelabReseed', { value: () => void (seed = 1) })
  // mulberry32
  Math.random = () => {
    seed = (seed + 0x6d2b79f5) | 0
    let t = Math.imul(seed ^ (seed >>> 15), 1 | seed)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296
  }

  /** There is no clock: it always is the first second of 1970, UTC. */
  const RealDate = Date
  class FixedDate extends RealDate {
    constructor(...args: readonly unknown[]) {
      super(...((args.length === 0 ? [0] : args) as [number]))
    }
    static override now(): number {
      return 0
    }
    override getTimezoneOffset(): number {
      return 0
    }
  }
  Object.defineProperty(globalThis, 'Date', { value: FixedDate, writable: true, configurable: true })
  RealDate.prototype.constructor = FixedDate

  // when garbage is collected is nobody's business
  for (const name of ['WeakRef', 'FinalizationRegistry', 'SharedArrayBuffer', 'Atomics']) Reflect.deleteProperty(globalThis, name)

  const line = (...args: readonly unknown[]): void => hostPrint(args.map((a) => (typeof a === 'string' ? a : (JSON.stringify(a) ?? String(a)))).join(' ').slice(0, 2000))
  Object.defineProperty(globalThis, 'console', { value: Object.freeze({ log: line, info: line, warn: line, error: line, debug: line }) })
}
