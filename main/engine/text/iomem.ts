/**
 * /proc/iomem: the resource tree, one resource a line, nested by two spaces a level. The kernel indents at most five
 * levels (MAX_IORES_LEVEL), so what lies deeper is nested by where its addresses lie.
 */
import type { Checked } from '../errors.ts'
import type { ResourceDescription } from '../machine/description.ts'
import type { Warning } from '../machine/facts.ts'
import type { ResourceSnapshot, Snapshot } from '../snapshot-types.ts'
import { ADDRESS_LIMIT, findings, forEachLine, quoted, readRange } from './reading.ts'
import type { Findings } from './reading.ts'

export interface IomemText {
  readonly file: string
  /** Absent when all addresses were hidden from the reader. */
  readonly resources?: readonly ResourceDescription[]
  readonly hidden: boolean
  /** Lines of top-level resources, by their start: where a warning points to. */
  readonly lineOf: ReadonlyMap<number, number>
  readonly warnings: readonly Warning[]
}

const MAX_LEVEL = 5
const LINE = /^(\s*)([^\s-]+)-([^\s:]+)\s*:\s?(.*)$/
/** What cannot be anything else than a line of iomem, however broken. */
const LOOKS_MEANT = /^\s*[0-9a-f]+\s*-|\s:\s/i

interface Open { start: number; end: number; name: string; line: number; children: Open[] }

export function parseIomem(text: string, file: string): Checked<IomemText> {
  const f = findings(file)
  const roots: Open[] = []
  const stack: Open[] = []
  const levelOf = levels(text)
  let entries = 0
  let zeros = 0

  forEachLine(text, (line, number) => {
    if (line.trim() === '') return
    const m = LINE.exec(line)
    if (!m) {
      if (LOOKS_MEANT.test(line)) f.error('ZL-IOMEM-LINE', number, 'resource', quoted(line), '"START-END : NAME" with hexadecimal addresses')
      return
    }
    const name = m[4]!.trim()
    entries++
    if (/^0+$/.test(m[2]!) && /^0+$/.test(m[3]!)) zeros++
    if (name === '') f.error('ZL-IOMEM-LINE', number, 'resource', 'no name', '"START-END : NAME"')
    const range = readRange(f, number, 'resource', m[2]!, m[3]!, true)
    const level = levelOf(m[1]!)
    if (level === undefined || level > stack.length) {
      f.error('ZL-IOMEM-INDENT', number, 'resource', `an indentation of ${m[1]!.length}`, `at most ${2 * stack.length}: one level below the line before`)
      return
    }
    // a range that is left out still takes its place, so that its children find a parent
    const entry: Open = { ...(range ?? { start: 0, end: ADDRESS_LIMIT }), name, line: number, children: [] }
    stack.length = level === MAX_LEVEL ? deepest(stack, entry) : level
    if (range) (stack.at(-1)?.children ?? roots).push(entry)
    stack.push(entry)
  })

  if (entries === 0 && !f.failed()) f.error('ZL-IOMEM-EMPTY', undefined, 'resources', 'no "START-END : NAME" line', 'the text of /proc/iomem')
  const hidden = entries > 0 && zeros === entries
  if (hidden) f.warn(1, 'all addresses are 0: the kernel hides them from a reader without CAP_SYS_ADMIN; read /proc/iomem as root')
  else checkTree(roots, undefined, f)
  return f.settle(() => ({
    file,
    hidden,
    ...(hidden ? {} : { resources: roots.map(closed) }),
    lineOf: new Map(roots.map((r) => [r.start, r.line])),
    warnings: f.warnings,
  }))
}

/**
 * The nesting level of an indentation. Text that went through an editor may have tabs: one a level when no line mixes
 * them with spaces, else as a terminal shows them.
 */
function levels(text: string): (indent: string) => number | undefined {
  const tabsOnly = /^\t+\S/m.test(text) && !/^\t* /m.test(text)
  return (indent) => {
    if (tabsOnly) return Math.min(indent.length, MAX_LEVEL)
    let width = 0
    for (const c of indent) width = c === '\t' ? width + 8 - (width % 8) : width + 1
    return width % 2 === 0 ? Math.min(width / 2, MAX_LEVEL) : undefined
  }
}

/** At the deepest printed level a line may be a sibling or a child of the one before: its addresses tell. */
function deepest(stack: readonly Open[], entry: Open): number {
  let depth = stack.length
  while (depth > MAX_LEVEL) {
    const parent = stack[depth - 1]
    if (parent && entry.start >= parent.start && entry.end <= parent.end) break
    depth--
  }
  return depth
}

function checkTree(siblings: Open[], parent: Open | undefined, f: Findings): void {
  let previous: Open | undefined
  for (const entry of siblings) {
    if (parent && (entry.start < parent.start || entry.end > parent.end)) {
      f.error('ZL-IOMEM-NEST', entry.line, 'resource', `${show(entry)}, outside its parent`, `a range within ${show(parent)} of line ${parent.line}`)
    }
    if (previous && entry.start < previous.end && entry.end > previous.start) {
      f.error('ZL-IOMEM-OVERLAP', entry.line, 'resource', `${show(entry)}, which overlaps ${show(previous)} of line ${previous.line}`, 'siblings that do not overlap')
    } else if (previous && entry.start < previous.start) {
      f.warn(entry.line, `${show(entry)} comes after ${show(previous)} of line ${previous.line}, although it lies below`)
    }
    checkTree(entry.children, entry, f)
    previous = entry
  }
  siblings.sort((a, b) => a.start - b.start)
}

const show = (r: { start: number; end: number; name: string }): string => `${r.name} 0x${r.start.toString(16)}-0x${(r.end - 1).toString(16)}`

const closed = (r: Open): ResourceDescription => ({
  start: r.start, end: r.end, name: r.name,
  ...(r.children.length === 0 ? {} : { children: r.children.map(closed) }),
})

/** /proc/iomem of a snapshot, as a privileged reader sees it. */
export function printIomem(snapshot: Snapshot): string {
  const lines: string[] = []
  const address = (n: number): string => n.toString(16).padStart(8, '0')
  const walk = (resources: readonly ResourceSnapshot[], level: number): void => {
    for (const r of resources) {
      lines.push(`${'  '.repeat(Math.min(level, MAX_LEVEL))}${address(r.start)}-${address(r.end - 1)} : ${r.name}\n`)
      walk(r.children, level + 1)
    }
  }
  walk(snapshot.iomem, 0)
  return lines.join('')
}
