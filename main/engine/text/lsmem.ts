/**
 * lsmem of util-linux, in each of its forms: table (with any columns in any order, with or without heading, grouped or
 * -a, human sizes or -b), -r, -P and -J; and the older table of s390-tools. A row says what a range of memory blocks has
 * in common; columns that were not printed stay unknown. `lsmem-rows.ts` reads the cells, this file the forms.
 */
import type { Checked } from '../errors.ts'
import type { Warning } from '../machine/facts.ts'
import { readCells } from './lsmem-rows.ts'
import type { Cells, Column, LsmemRow } from './lsmem-rows.ts'
import { findings, forEachLine, quoted } from './reading.ts'
import type { Findings } from './reading.ts'
import { readSize } from './sizes.ts'

export type { LsmemRow } from './lsmem-rows.ts'
export { printLsmem, printLsmemJson } from './lsmem-print.ts'
export type { LsmemOptions } from './lsmem-print.ts'

export interface LsmemText {
  readonly file: string
  /** From the summary, or from a row that tells both its size and its number of blocks. */
  readonly blockSize?: number
  readonly blockSizeLine?: number
  readonly rows: readonly LsmemRow[]
  readonly warnings: readonly Warning[]
}

const COLUMNS: readonly Column[] = ['RANGE', 'SIZE', 'STATE', 'REMOVABLE', 'BLOCK', 'NODE', 'ZONES']
const HEADING = /^[A-Z][A-Z0-9_-]*$/
const isHeading = (words: readonly string[]): boolean =>
  words.length > 0 && words.every((w) => HEADING.test(w)) && words.some((w) => (COLUMNS as readonly string[]).includes(w))

export function parseLsmem(text: string, file: string): Checked<LsmemText> {
  const f = findings(file)
  const rows: LsmemRow[] = []
  const summary: Summary = {}
  const add = (cells: Cells, line: number | undefined): void => {
    const row = readCells(cells, line, f)
    if (row) rows.push(row)
  }
  if (/^[\s\uFEFF]*(?:\{|\[\s*\{)/.test(text)) readJson(text, f, add)
  else readLines(text, f, add, summary)

  if (rows.length === 0 && summary.blockSize === undefined && !f.failed()) {
    f.error('ZL-LSMEM-EMPTY', undefined, 'rows', 'no row that lsmem would print', 'the output of lsmem with a RANGE or a BLOCK column')
  }
  const blockSize = summary.blockSize ?? blockSizeOfRows(rows)
  checkRows(rows, blockSize, f)
  checkTotals(rows, summary, f)
  return f.settle(() => ({
    file,
    ...(blockSize === undefined ? {} : { blockSize }),
    ...(summary.line === undefined ? {} : { blockSizeLine: summary.line }),
    rows: withKnownState(rows, summary),
    warnings: f.warnings,
  }))
}

// ----------------------------------------------------------------------------------------------------------- the forms

interface Summary {
  blockSize?: number
  line?: number
  online?: { bytes: number; slack: number; line: number }
  offline?: { bytes: number; slack: number; line: number }
}

type Add = (cells: Cells, line: number | undefined) => void

function readLines(text: string, f: Findings, add: Add, summary: Summary): void {
  let heading: readonly string[] | undefined
  let spans: readonly Span[] = []
  let megabytes = false
  forEachLine(text, (line, number) => {
    const trimmed = line.trim()
    if (trimmed === '' || /^=+$/.test(trimmed)) return
    if (readSummary(trimmed, number, f, summary)) return
    if (/^[A-Z][A-Z_-]*="/.test(trimmed)) {
      const cells: Cells = {}
      for (const m of trimmed.matchAll(/([A-Z][A-Z_-]*)="([^"]*)"/g)) setCell(cells, m[1]!, m[2]!)
      return add(cells, number)
    }
    if (/^Address Range\s+Size \(MB\)\s+State\s+Removable\s+Device$/i.test(trimmed)) {
      heading = ['RANGE', 'SIZE', 'STATE', 'REMOVABLE', 'DEVICE']
      spans = []
      megabytes = true
      return
    }
    const words = trimmed.split(/\s+/)
    if (isHeading(words)) {
      heading = words
      spans = spansOf(line)
      return
    }
    if (!heading && !/^0x[0-9a-f]+-/i.test(trimmed)) return // a prompt, or the command line itself
    const cells = rowCells(line, heading ?? COLUMNS, spans)
    if (cells === undefined) return f.error('ZL-LSMEM-ROW', number, 'row', quoted(line), `cells for ${(heading ?? COLUMNS).join(', ')}`)
    if (megabytes && cells.SIZE !== undefined) cells.SIZE += 'M'
    add(cells, number)
  })
}

function readSummary(text: string, line: number, f: Findings, summary: Summary): boolean {
  const m = /^(Memory block size|Total online memory|Total offline memory)\s*:\s*(.*)$/.exec(text)
  if (!m) return /^(Memory device size|Memmap on memory parameter)\s*:/.test(text)
  const size = readSize(m[2]!)
  if (size === undefined) {
    f.error('ZL-IMPORT-SIZE', line, m[1]!, quoted(m[2]!), 'a size such as 128M or 134217728')
    return true
  }
  if (m[1] === 'Total online memory') summary.online = { ...size, line }
  else if (m[1] === 'Total offline memory') summary.offline = { ...size, line }
  else if (!isPowerOfTwo(size.bytes) || size.bytes < MIN_BLOCK) {
    f.error('ZL-LSMEM-BLOCKSIZE', line, 'Memory block size', quoted(m[2]!), 'a power of two from 1M')
  } else {
    summary.blockSize = size.bytes
    summary.line = line
  }
  return true
}

interface Span { readonly text: string; readonly start: number; readonly end: number }
const spansOf = (line: string): Span[] => [...line.matchAll(/\S+/g)].map((m) => ({ text: m[0], start: m.index, end: m.index + m[0].length }))

/**
 * The cells of a row. Empty cells (an offline range has no REMOVABLE) are found by -r's single blanks, by where the
 * heading stands above, or, where neither helps, by what a column can hold.
 */
function rowCells(line: string, heading: readonly string[], headingSpans: readonly Span[]): Cells | undefined {
  const words = spansOf(line)
  const cells: Cells = {}
  if (words.length === heading.length) {
    heading.forEach((name, i) => setCell(cells, name, words[i]!.text))
    return cells
  }
  const raw = line.replace(/[ \t]+$/, '').split(' ')
  if (words.length < heading.length && raw.length <= heading.length && raw.includes('') && raw[0] !== '') {
    heading.forEach((name, i) => setCell(cells, name, raw[i] ?? ''))
    return cells
  }
  let next = 0
  for (const word of words) {
    let column = headingSpans.findIndex((h, i) => i >= next && (h.end === word.end || h.start === word.start))
    if (column === -1) column = heading.findIndex((name, i) => i >= next && couldHold(name, word.text))
    if (column === -1) return undefined
    setCell(cells, heading[column]!, word.text)
    next = column + 1
  }
  return cells
}

const PATTERNS: Record<Column, RegExp> = {
  RANGE: /^0x[0-9a-f]+-0x[0-9a-f]+$/i,
  SIZE: /^\d+([.,]\d+)?[BKMGTPE]?$/i,
  STATE: /^(online|offline|going-offline|on->off|\?)$/,
  REMOVABLE: /^(yes|no|-)$/,
  BLOCK: /^\d+(-\d+)?(,\d+(-\d+)?)*$/,
  NODE: /^-?\d+$/,
  ZONES: /^[A-Za-z][A-Za-z0-9/]*$/,
}
const couldHold = (name: string, text: string): boolean => name in PATTERNS && PATTERNS[name as Column].test(text)

const setCell = (cells: Cells, name: string, text: string): void => {
  const column = COLUMNS.find((c) => c === name.toUpperCase())
  if (column !== undefined && text.trim() !== '') cells[column] = text.trim()
}

function readJson(text: string, f: Findings, add: Add): void {
  let data: unknown
  try {
    data = JSON.parse(text.replace(/^\uFEFF/, ''))
  } catch (e) {
    f.error('ZL-LSMEM-JSON', undefined, 'JSON', e instanceof Error ? e.message : String(e), 'the output of lsmem -J')
    return
  }
  const list = Array.isArray(data) ? data : isRecord(data) ? data['memory'] : undefined
  if (!Array.isArray(list)) {
    f.error('ZL-LSMEM-JSON', 1, 'memory', 'no list', '{ "memory": [ … ] } as lsmem -J prints it')
    return
  }
  const lines = objectLines(text, Array.isArray(data) ? 1 : 2)
  list.forEach((entry: unknown, i) => {
    if (!isRecord(entry)) return f.error('ZL-LSMEM-JSON', lines[i], `memory[${i}]`, quoted(JSON.stringify(entry)), 'an object')
    const cells: Cells = {}
    for (const [key, value] of Object.entries(entry)) {
      if (value === null) continue
      if (typeof value === 'object') f.error('ZL-LSMEM-JSON', lines[i], key, 'an object', 'a text or a number')
      else setCell(cells, key, typeof value === 'boolean' ? (value ? 'yes' : 'no') : String(value))
    }
    add(cells, lines[i])
  })
}

/** The line of each object at a nesting depth, in order. */
function objectLines(text: string, depth: number): number[] {
  const lines: number[] = []
  let line = 1
  let level = 0
  for (const m of text.matchAll(/"(?:[^"\\]|\\.)*"|[{}[\]]|\n/g)) {
    if (m[0] === '\n') line++
    else if (m[0] === '{' || m[0] === '[') {
      if (m[0] === '{' && level === depth) lines.push(line)
      level++
    } else if (m[0] === '}' || m[0] === ']') level--
  }
  return lines
}

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value)

// ------------------------------------------------------------------------------------------------------------- checking

const MIN_BLOCK = 2 ** 20
const isPowerOfTwo = (n: number): boolean => n > 0 && Number.isInteger(Math.log2(n))

/** A row of n blocks that tells its range, or its size in bytes, tells the block size. */
function blockSizeOfRows(rows: readonly LsmemRow[]): number | undefined {
  for (const row of rows) {
    const count = row.blocks?.reduce((sum, b) => sum + b.last - b.first + 1, 0)
    const total = row.start !== undefined && row.end !== undefined ? row.end - row.start : row.size !== undefined && row.sizeSlack === 0 ? row.size : undefined
    if (count !== undefined && total !== undefined && isPowerOfTwo(total / count) && total / count >= MIN_BLOCK) return total / count
    if (count === 1 && row.size !== undefined && isPowerOfTwo(row.size) && row.size >= MIN_BLOCK) return row.size
  }
  return undefined
}

function checkRows(rows: readonly LsmemRow[], blockSize: number | undefined, f: Findings): void {
  const placed: { start: number; end: number; line: number | undefined }[] = []
  for (const row of rows) {
    const { line, start, end, blocks } = row
    if (start !== undefined && end !== undefined) {
      placed.push({ start, end, line })
      const length = end - start
      if (row.size !== undefined && Math.abs(row.size - length) > (row.sizeSlack ?? 0)) {
        f.warn(line, `SIZE says ${row.size} bytes, RANGE ${length}; the range is used`)
      }
      if (blockSize !== undefined && (start % blockSize !== 0 || length % blockSize !== 0)) {
        f.error('ZL-LSMEM-ALIGN', line, 'RANGE', `0x${start.toString(16)}-0x${(end - 1).toString(16)}`, `whole memory blocks of ${blockSize} bytes`)
      } else if (blockSize !== undefined && blocks !== undefined) {
        const first = blocks[0]!.first
        const last = blocks.at(-1)!.last
        if (first !== start / blockSize || last !== end / blockSize - 1) {
          f.error('ZL-LSMEM-BLOCK', line, 'BLOCK', first === last ? String(first) : `${first}-${last}`, `${start / blockSize}-${end / blockSize - 1}, where a range at 0x${start.toString(16)} lies in blocks of ${blockSize} bytes`)
        }
      }
    } else if (blocks !== undefined && blockSize !== undefined) {
      for (const b of blocks) placed.push({ start: b.first * blockSize, end: (b.last + 1) * blockSize, line })
    } else if (blocks === undefined) {
      f.error('ZL-LSMEM-ROW', line, 'row', 'neither RANGE nor BLOCK', 'a column that says which memory a row is about')
    }
  }
  placed.sort((a, b) => a.start - b.start)
  placed.forEach((p, i) => {
    const before = placed[i - 1]
    if (before && p.start < before.end) {
      f.error('ZL-LSMEM-OVERLAP', p.line, 'RANGE', `0x${p.start.toString(16)}-0x${(p.end - 1).toString(16)}`, `memory that line ${before.line ?? '?'} does not list already`)
    }
  })
}

/** Held against the rows where these tell everything: a truncated paste shows here. */
function checkTotals(rows: readonly LsmemRow[], summary: Summary, f: Findings): void {
  if (rows.length === 0 || rows.some((r) => r.start === undefined || r.end === undefined)) return
  const total = summary.online && summary.offline ? summary.online.bytes + summary.offline.bytes : undefined
  if (total === undefined || !summary.online || !summary.offline) return
  const listed = rows.reduce((sum, r) => sum + (r.end ?? 0) - (r.start ?? 0), 0)
  if (Math.abs(listed - total) > summary.online.slack + summary.offline.slack) {
    f.warn(summary.online.line, `the totals say ${total} bytes, the rows list ${listed}; rows may be missing`)
  }
}

/** Rows without STATE (`-o RANGE,SIZE`) are known to be online when the summary says that nothing is offline. */
function withKnownState(rows: readonly LsmemRow[], summary: Summary): readonly LsmemRow[] {
  const all = summary.offline?.bytes === 0 ? 'online' : summary.online?.bytes === 0 && summary.offline ? 'offline' : undefined
  return all === undefined ? rows : rows.map((r) => (r.state === undefined && !r.stateUnknown ? { ...r, state: all } : r))
}
