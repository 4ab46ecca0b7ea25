/** The user's bad input as the window shows it. */
import type { InputProblem } from '../../preload/contract.ts'
import { formatInputError, type InputError } from '../engine/errors.ts'

export const inputProblem = (e: InputError): InputProblem => ({
  text: formatInputError(e), file: e.file, code: e.code, ...(e.line === undefined ? {} : { line: e.line }), ...(e.field === undefined ? {} : { field: e.field }),
})
