/** Where a command reads and writes, and how it ends. Tests hand in their own. */
export interface Io {
  out(text: string): void
  err(text: string): void
  /** Text of a file; `-` is standard input. */
  read(path: string): string
  write(path: string, text: string): void
}

export const EXIT = { holds: 0, fails: 1, usage: 2, broken: 3 } as const
export type Exit = (typeof EXIT)[keyof typeof EXIT]

/** The worse of two ends: bad input outweighs expectations that failed. */
export const worse = (a: Exit, b: Exit): Exit => (a > b ? a : b)
