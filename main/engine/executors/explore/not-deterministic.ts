/** An operation that does not yield the same steps when it is told the same: it reads something that is not a step. */
export class NotDeterministic extends Error {
  constructor(readonly operation: string, readonly expected: string, readonly found: string) {
    super(`operation is not deterministic: ${operation}() was to yield ${expected}, and yielded ${found}`)
  }
}
