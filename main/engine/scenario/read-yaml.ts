/** YAML (or JSON, which is YAML) read to plain data, with the line of every value and key kept for messages. */
import { LineCounter, isMap, isNode, isScalar, isSeq, parseDocument } from 'yaml'
import type { Checked, InputError } from '../errors.ts'

export type Path = readonly (string | number)[]

export interface ReadText {
  readonly data: unknown
  /** Line (from 1) of the value at `path`, or of the nearest thing around it that is written down. */
  lineOf(path: Path): number
  /** Line of the key itself. */
  lineOfKey(path: Path): number
}

/** Deepest nesting that is read; deeper text is a mistake or an attack, and would overflow the stack further on. */
const DEEPEST = 100

/** Reads `text`; `file` is what errors call it. */
export function readYaml(text: string, file: string): Checked<ReadText> {
  const counter = new LineCounter()
  const doc = parseDocument(text, { lineCounter: counter, prettyErrors: false, uniqueKeys: true, strict: true })
  const lineAt = (offset: number): number => counter.linePos(offset).line
  if (doc.errors.length > 0) return { ok: false, errors: doc.errors.map((e) => yamlError(e.message, file, lineAt(e.pos[0]))) }
  if (doc.contents === null || (isScalar(doc.contents) && doc.contents.value === null)) {
    return { ok: false, errors: [yamlError('an empty file', file, 1)] }
  }
  if (deeperThan(doc.contents, DEEPEST)) return { ok: false, errors: [yamlError(`nesting deeper than ${DEEPEST} levels`, file, 1)] }
  let data: unknown
  try {
    data = doc.toJS({ maxAliasCount: 100 })
  } catch (e) {
    return { ok: false, errors: [yamlError(e instanceof Error ? e.message : 'aliases that do not resolve', file, 1)] }
  }

  const lineOfNode = (node: unknown): number | undefined => {
    const offset = isNode(node) ? node.range?.[0] : undefined
    return offset === undefined ? undefined : lineAt(offset)
  }
  const nodeAt = (path: Path): unknown => path.reduce<unknown>(childOf, doc.contents)
  const lineOf = (path: Path): number => {
    for (let n = path.length; n > 0; n--) {
      const line = lineOfNode(nodeAt(path.slice(0, n))) ?? keyLine(path.slice(0, n))
      if (line !== undefined) return line
    }
    return lineOfNode(doc.contents) ?? 1
  }
  const keyLine = (path: Path): number | undefined => {
    const parent = nodeAt(path.slice(0, -1))
    if (!isMap(parent)) return undefined
    const wanted = String(path.at(-1))
    const pair = parent.items.find((item) => isScalar(item.key) && String(item.key.value) === wanted)
    return pair ? lineOfNode(pair.key) : undefined
  }
  return { ok: true, value: { data, lineOf, lineOfKey: (path) => keyLine(path) ?? lineOf(path) } }
}

const yamlError = (found: string, file: string, line: number): InputError => ({
  code: 'ZL-SCENARIO-YAML', file, line, found: found.replace(/\s+/g, ' ').trim(), expected: 'a YAML 1.2 or JSON document',
})

/** The child of a YAML node by its key. Keys of the data are strings, those of the text may be numbers (`blocks: {32: …}`). */
function childOf(node: unknown, key: string | number): unknown {
  if (isMap(node)) return node.items.find((item) => isScalar(item.key) && String(item.key.value) === String(key))?.value
  if (isSeq(node)) return node.items[Number(key)]
  return undefined
}

function deeperThan(root: unknown, levels: number): boolean {
  let level: unknown[] = [root]
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > levels) return true
    level = level.flatMap((node) => {
      if (!isNode(node) || !('items' in node) || !Array.isArray(node.items)) return []
      return (node.items as unknown[]).map((item) => (isMap(node) ? (item as { value: unknown }).value : item))
    })
  }
  return false
}
