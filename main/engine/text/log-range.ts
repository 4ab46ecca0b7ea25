/** Ranges as a boot log prints them. */
import { quoted, readRange } from './reading.ts'
import type { Findings } from './reading.ts'

export interface Placed { readonly line: number }
/** Bytes; `end` exclusive. */
export interface LogRange extends Placed { readonly start: number; readonly end: number }
/** As printed: bytes, or pfns in the wording before 3.5. */
export interface PrintedRange extends LogRange { readonly pfns: boolean }

/** "[mem 0xA-0xB]" (bytes, B included), "0xA -> 0xB" and "A -> B" (pfns, B not included). */
export function readLogRange(text: string, field: string, line: number, f: Findings): PrintedRange | undefined {
  const bytes = /^\s*\[mem (\S+?)-(\S+?)\]/.exec(text)
  if (bytes) {
    const range = readRange(f, line, field, bytes[1]!, bytes[2]!, true)
    return range && { ...range, pfns: false, line }
  }
  const pfns = /^\s*(0x)?([0-9a-f]+)\s+->\s+(?:0x)?([0-9a-f]+)\s*$/i.exec(text)
  if (!pfns) {
    f.error('ZL-BOOTLOG-RANGE', line, field, quoted(text), '"[mem 0xSTART-0xEND]"')
    return undefined
  }
  const [start, end] = [pfns[2]!, pfns[3]!].map((n) => (pfns[1] ? Number.parseInt(n, 16) : Number(n)))
  if (start === undefined || end === undefined || !Number.isSafeInteger(start) || !Number.isSafeInteger(end) || end < start) {
    f.error('ZL-IMPORT-RANGE', line, field, quoted(text), 'page frame numbers, the end at or above the start')
    return undefined
  }
  return { start, end, pfns: true, line }
}
