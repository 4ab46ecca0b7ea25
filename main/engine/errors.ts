/** Errors of two kinds: the kernel's errnos (results, never thrown) and the user's bad input (values with a place). */

/** The errnos that the modelled operations return, by number as in include/uapi/asm-generic/errno-base.h and errno.h. */
export const ERRNO = {
  EPERM: 1, ENOENT: 2, EINTR: 4, EIO: 5, ENXIO: 6, E2BIG: 7, EAGAIN: 11, ENOMEM: 12, EFAULT: 14, EBUSY: 16,
  EEXIST: 17, ENODEV: 19, EINVAL: 22, ENOSPC: 28, ERANGE: 34, ENOSYS: 38, EOPNOTSUPP: 95, EALREADY: 114, EHWPOISON: 133,
} as const
export type ErrnoName = keyof typeof ERRNO

const nameOf = new Map<number, ErrnoName>(Object.entries(ERRNO).map(([k, v]) => [v, k as ErrnoName]))

/** The name of a kernel result: `errnoName(-16)` and `errnoName(16)` are "EBUSY"; 0 and unknown numbers give undefined. */
export const errnoName = (ret: number): ErrnoName | undefined => nameOf.get(Math.abs(ret))

/**
 * Bad input of the user's. Printed as `file:line: field: what was found, what was expected`. `line` counts from 1;
 * absent where the source has no lines. `code` is stable and documented (docs/errors.md).
 */
export interface InputError {
  readonly code: string
  readonly file: string
  readonly line?: number
  readonly field?: string
  readonly found: string
  readonly expected: string
}

export const formatInputError = (e: InputError): string =>
  [
    e.line === undefined ? `${e.file}:` : `${e.file}:${e.line}:`,
    e.field === undefined ? '' : `${e.field}:`,
    `${e.found}, expected ${e.expected}`,
    `[${e.code}]`,
  ]
    .filter((s) => s !== '')
    .join(' ')

/** Thrown only inside a parser or reader to leave it; its edge catches it and returns the errors as a value. */
export class InputErrors extends Error {
  constructor(readonly errors: readonly InputError[]) {
    super(errors.map(formatInputError).join('\n'))
    this.name = 'InputErrors'
  }
}

/** A result that is either a value or the user's errors. */
export type Checked<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly errors: readonly InputError[] }
