/** Memory blocks from lsmem and from sysfs listings, as one list, with what the two say differently. */
import type { BlockFacts, Source, Warning } from './facts.ts'
import type { ParsedTexts } from './parsed-texts.ts'
import { formatSize } from '../units.ts'

/** A machine with more blocks than this is not taken apart block by block. */
export const MAX_BLOCKS = 2 ** 21

interface Sized extends Source { readonly size: number }
interface Listed { readonly facts: BlockFacts; readonly source: { readonly file: string; readonly line?: number } }

export interface MergedBlocks { readonly blockSize?: number; readonly blocks?: readonly BlockFacts[] }

export function mergeBlocks(parsed: ParsedTexts, warn: (w: Warning) => void): MergedBlocks {
  const sizes: Sized[] = [
    ...parsed.blocks.flatMap((t) => (t.blockSize === undefined ? [] : [{ size: t.blockSize, file: t.file, line: t.blockSizeLine ?? 1 }])),
    ...parsed.lsmem.flatMap((t) => (t.blockSize === undefined ? [] : [{ size: t.blockSize, file: t.file, line: t.blockSizeLine ?? t.rows[0]?.line ?? 1 }])),
    ...parsed.logs.flatMap((t) => (t.blockSize === undefined ? [] : [{ size: t.blockSize.bytes, file: t.file, line: t.blockSize.line }])),
  ]
  const chosen = sizes[0]
  for (const other of sizes.slice(1)) {
    if (chosen && other.size !== chosen.size) {
      warn({ file: other.file, line: other.line, text: `memory block size ${formatSize(other.size)} here, ${formatSize(chosen.size)} at ${place(chosen)}; the latter is used` })
    }
  }
  const size = chosen?.size
  const lists: Listed[][] = []
  for (const t of parsed.blocks) {
    if (t.blocks.length === 0) continue
    if (size === undefined) warn({ file: t.file, line: t.blocks[0]!.line, text: 'memory blocks without their size: block_size_bytes is missing, and nothing else tells it' })
    else lists.push(t.blocks.map((b) => ({ facts: factsOf(b, size), source: { file: t.file, line: b.line } })))
    for (const b of t.blocks) if (b.nodes.length > 1) warn({ file: t.file, line: b.line, text: `memory block ${b.block} belongs to nodes ${b.nodes.join(' and ')}` })
  }
  for (const t of parsed.lsmem) {
    if (t.rows.length === 0) continue
    if (size === undefined) warn({ file: t.file, line: t.rows[0]!.line, text: 'the size of a memory block is not told (no summary, no BLOCK column); the ranges cannot be split into blocks' })
    else if (t.blockSize !== undefined && t.blockSize !== size) warn({ file: t.file, line: t.rows[0]!.line, text: `the rows are left out: their blocks have another size than ${formatSize(size)}` })
    else lists.push(rowBlocks(t, size, warn))
  }
  const [first, ...others] = lists.filter((l) => l.length > 0)
  if (!first) return size === undefined ? {} : { blockSize: size }
  const merged = new Map(first.map((b) => [b.facts.block, b]))
  for (const list of others) mergeInto(merged, list, warn)
  return {
    ...(size === undefined ? {} : { blockSize: size }),
    blocks: [...merged.values()].map((b) => b.facts).sort((a, b) => a.block - b.block),
  }
}

const place = (s: { readonly file: string; readonly line?: number }): string => (s.line === undefined ? s.file : `${s.file}:${s.line}`)

function factsOf(b: ParsedTexts['blocks'][number]['blocks'][number], size: number): BlockFacts {
  return {
    block: b.block, start: b.block * size, size,
    ...(b.state === undefined ? {} : { state: b.state }),
    ...(b.nodes.length === 1 ? { node: b.nodes[0]! } : b.nodes.length > 1 ? { nodes: b.nodes } : {}),
    ...(b.zones === undefined ? {} : { zones: b.zones }),
    ...(b.removable === undefined ? {} : { removable: b.removable }),
  }
}

function rowBlocks(t: ParsedTexts['lsmem'][number], size: number, warn: (w: Warning) => void): Listed[] {
  const list: Listed[] = []
  for (const row of t.rows) {
    const { state, node, zones, removable, line } = row
    const shared = {
      ...(state === undefined ? {} : { state }), ...(node === undefined ? {} : { node }),
      ...(zones === undefined ? {} : { zones }), ...(removable === undefined ? {} : { removable }),
    }
    const runs =
      row.blocks ?? (row.start !== undefined && row.end !== undefined && row.start % size === 0 && row.end % size === 0
        ? [{ first: row.start / size, last: row.end / size - 1 }] : [])
    if (runs.length === 0) warn({ file: t.file, line, text: `the range is not made of blocks of ${formatSize(size)}; it is left out` })
    for (const run of runs) {
      if (list.length + run.last - run.first >= MAX_BLOCKS) {
        warn({ file: t.file, line, text: `more than ${MAX_BLOCKS} memory blocks; the rest is left out` })
        return list
      }
      for (let block = run.first; block <= run.last; block++) list.push({ facts: { block, start: block * size, size, ...shared }, source: { file: t.file, ...(line === undefined ? {} : { line }) } })
    }
  }
  return list
}

/** What differs, once a run of neighbouring blocks. */
function mergeInto(merged: Map<number, Listed>, list: readonly Listed[], warn: (w: Warning) => void): void {
  let run: { what: string; here: Listed; there: Listed; first: number; last: number } | undefined
  const flush = (): void => {
    if (!run) return
    const blocks = run.first === run.last ? `memory block ${run.first}` : `memory blocks ${run.first}-${run.last}`
    warn({ ...run.here.source, text: `${blocks}: ${run.what} at ${place(run.there.source)}; the latter is used` })
    run = undefined
  }
  const known = [...merged.values()]
  const seen = new Set<number>()
  for (const here of list) {
    seen.add(here.facts.block)
    const there = merged.get(here.facts.block)
    if (!there) {
      merged.set(here.facts.block, here)
      continue
    }
    const what = difference(here.facts, there.facts)
    if (run && (what !== run.what || here.facts.block !== run.last + 1)) flush()
    if (what !== undefined) run = run ? { ...run, last: here.facts.block } : { what, here, there, first: here.facts.block, last: here.facts.block }
    merged.set(here.facts.block, { source: there.source, facts: { ...here.facts, ...there.facts } })
  }
  flush()
  const file = list[0]?.source.file ?? ''
  const oneSided = (blocks: readonly Listed[], text: (runs: string) => string): void => {
    if (blocks.length > 0) warn({ ...blocks[0]!.source, text: text(runs(blocks.map((b) => b.facts.block))) })
  }
  const before = new Set(known.map((b) => b.facts.block))
  oneSided(known.filter((b) => !seen.has(b.facts.block)), (r) => `memory block ${r} is not listed in ${file}`)
  oneSided(list.filter((b) => !before.has(b.facts.block)), (r) => `memory block ${r} is not listed in ${known[0]?.source.file ?? ''}`)
}

function difference(here: BlockFacts, there: BlockFacts): string | undefined {
  if (here.state !== undefined && there.state !== undefined && here.state !== there.state) return `state ${here.state} here, ${there.state}`
  if (here.node !== undefined && there.node !== undefined && here.node !== there.node) return `node ${here.node} here, ${there.node}`
  if (here.node !== undefined && there.nodes && !there.nodes.includes(here.node)) return `node ${here.node} here, nodes ${there.nodes.join(' and ')}`
  if (here.zones && there.zones && here.zones.join() !== there.zones.join()) return `zones ${zoneText(here)} here, ${zoneText(there)}`
  return undefined
}
const zoneText = (b: BlockFacts): string => (b.zones?.length ? b.zones.join('/') : 'none')

const runs = (numbers: readonly number[]): string => {
  const out: string[] = []
  const sorted = [...numbers].sort((a, b) => a - b)
  for (let i = 0; i < sorted.length;) {
    let j = i
    while (j + 1 < sorted.length && sorted[j + 1] === sorted[j]! + 1) j++
    out.push(i === j ? String(sorted[i]) : `${sorted[i]}-${sorted[j]}`)
    i = j + 1
  }
  return out.length > 8 ? `${out.slice(0, 8).join(', ')}, …` : out.join(', ')
}
