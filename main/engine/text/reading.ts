/** What all parsers share: lines with their numbers, numbers with their errors, and a place to collect what is wrong. */
import type { Checked, InputError } from '../errors.ts'
import { InputErrors } from '../errors.ts'
import type { Warning } from '../machine/facts.ts'

/** More than this many errors of one text help nobody; the rest is not listed. */
const MAX_ERRORS = 20
const MAX_WARNINGS = 200

/** Calls `visit` for each line, without its line end (\n, \r\n, \r\r\n). Line numbers count from 1. Linear, without copies. */
export function forEachLine(text: string, visit: (line: string, number: number) => void): void {
  let at = text.startsWith('\uFEFF') ? 1 : 0
  let number = 1
  while (at < text.length) {
    const next = text.indexOf('\n', at)
    let end = next === -1 ? text.length : next
    while (end > at && text.charCodeAt(end - 1) === 13) end--
    visit(text.slice(at, end), number++)
    if (next === -1) break
    at = next + 1
  }
}

/** Collects errors and warnings about one text; `settle` turns them into the parser's result. */
export interface Findings {
  readonly file: string
  readonly warnings: readonly Warning[]
  /** Whether there are errors. */
  failed(): boolean
  error(code: string, line: number | undefined, field: string, found: string, expected: string): void
  warn(line: number | undefined, text: string): void
  /** The value, or all errors found. `value` is not called when there are errors; it may leave with InputErrors. */
  settle<T>(value: () => T): Checked<T>
}

export function findings(file: string): Findings {
  const errors: InputError[] = []
  const warnings: Warning[] = []
  return {
    file,
    warnings,
    failed: () => errors.length > 0,
    error(code, line, field, found, expected) {
      if (errors.length < MAX_ERRORS) errors.push({ code, file, ...(line === undefined ? {} : { line }), field, found, expected })
    },
    warn(line, text) {
      if (warnings.length < MAX_WARNINGS) warnings.push({ file, ...(line === undefined ? {} : { line }), text })
      else if (warnings.length === MAX_WARNINGS) warnings.push({ file, text: 'more warnings were left out' })
    },
    settle(value) {
      if (errors.length > 0) return { ok: false, errors }
      try {
        return { ok: true, value: value() }
      } catch (e) {
        if (e instanceof InputErrors) return { ok: false, errors: e.errors }
        throw e
      }
    },
  }
}

/** Text as an error quotes it: in quotes, short. */
export const quoted = (text: string): string => {
  const t = text.trim()
  return t === '' ? 'nothing' : `"${t.length > 80 ? t.slice(0, 79) + '…' : t}"`
}

/** Ends above this are clipped to it: 2^52 is the largest MAX_PHYSMEM_BITS of any kernel, and exact in a number. */
export const ADDRESS_LIMIT = 2 ** 52

/** Hex digits (with or without 0x) as a number; 'beyond' above 2^53; undefined when they are not hex. */
export function parseHex(digits: string): number | 'beyond' | undefined {
  const m = /^(?:0x)?([0-9a-f]{1,32})$/i.exec(digits)
  if (!m) return undefined
  const n = Number.parseInt(m[1]!, 16)
  return Number.isSafeInteger(n) ? n : 'beyond'
}

/** Decimal digits as a safe integer. */
export function parseCount(digits: string): number | undefined {
  if (!/^\d{1,16}$/.test(digits)) return undefined
  const n = Number(digits)
  return Number.isSafeInteger(n) ? n : undefined
}

export interface ReadRange { readonly start: number; readonly end: number }

/**
 * A range of two hex numbers, as bytes with an exclusive end. What is not hex and an end below the start are errors; a range
 * beyond ADDRESS_LIMIT is clipped or (undefined) left out, with a warning. `last` says whether the text's end is the last
 * byte (as `[mem a-b]` has it) or the byte after it.
 */
export function readRange(f: Findings, line: number, field: string, startText: string, endText: string, last: boolean): ReadRange | undefined {
  const start = parseHex(startText)
  const end = parseHex(endText)
  if (start === undefined) f.error('ZL-IMPORT-HEX', line, `${field} start`, quoted(startText), 'a hexadecimal address')
  if (end === undefined) f.error('ZL-IMPORT-HEX', line, `${field} end`, quoted(endText), 'a hexadecimal address')
  if (start === undefined || end === undefined) return undefined
  if (start === 'beyond' || start >= ADDRESS_LIMIT) {
    f.warn(line, `${field}: start ${startText} lies above 2^52, the largest physical address; the range is left out`)
    return undefined
  }
  if (end === 'beyond' || end > ADDRESS_LIMIT) {
    f.warn(line, `${field}: end ${endText} lies above 2^52, the largest physical address; the range is clipped there`)
    return { start, end: ADDRESS_LIMIT }
  }
  const exclusive = last ? end + 1 : end
  if (exclusive < start || (last && end < start)) {
    f.error('ZL-IMPORT-RANGE', line, field, `end 0x${end.toString(16)} below its start 0x${start.toString(16)}`, 'an end at or above the start')
    return undefined
  }
  return { start, end: exclusive }
}

/** Whether the text has a visible character at all. */
export const isBlank = (text: string): boolean => !/\S/.test(text)
