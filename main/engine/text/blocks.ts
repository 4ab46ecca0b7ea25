/**
 * A listing of the memory blocks' sysfs folders, one file or link a line:
 *
 *     /sys/devices/system/memory/block_size_bytes:8000000
 *     /sys/devices/system/memory/memory32/state:online
 *     /sys/devices/system/memory/memory32/valid_zones:Movable
 *     /sys/devices/system/memory/memory32/node0
 *
 * as `grep -rH . /sys/devices/system/memory` and `ls -d` of the node links print it; the path may
 * be relative, and `head -v`'s `==> path <==` with the value below is understood too. Files of
 * /sys/devices/system/node (cpulist, memoryN links, online) may be among them, and two that tell the machine's constants:
 * /proc/sys/kernel/arch, and the KernelPageSize line of /proc/self/smaps. Other files are passed over.
 */
import type { Checked } from '../errors.ts'
import type { BlockFacts, Warning } from '../machine/facts.ts'
import type { BlockRun, Snapshot } from '../snapshot-types.ts'
import { findings, forEachLine, parseCount, parseHex, quoted } from './reading.ts'
import type { Findings } from './reading.ts'
import { archName } from './log-hints.ts'
import { readNumberList } from './sizes.ts'
import { zoneNameOf } from './zone-names.ts'

export interface ListedBlock {
  readonly block: number
  readonly line: number
  readonly state?: NonNullable<BlockFacts['state']>
  /** Words of valid_zones; empty for "none". */
  readonly zones?: readonly string[]
  readonly nodes: readonly number[]
  readonly removable?: boolean
}
export interface BlocksText {
  readonly file: string
  readonly blockSize?: number
  readonly blockSizeLine?: number
  readonly blocks: readonly ListedBlock[]
  /** Number of CPUs by node, where cpulist was listed. */
  readonly cpus: ReadonlyMap<number, number>
  /** Nodes that are online, where node/online was listed. */
  readonly onlineNodes?: readonly number[]
  /** Architecture, by the names that facts use. */
  readonly arch?: string
  readonly pageShift?: number
  readonly warnings: readonly Warning[]
}

interface OpenBlock {
  block: number
  line: number
  state?: NonNullable<BlockFacts['state']>
  zones?: readonly string[]
  nodes: Set<number>
  removable?: boolean
}
interface Listing {
  blockSize?: number
  blockSizeLine?: number
  onlineNodes?: readonly number[]
  arch?: string
  pageShift?: number
  readonly blocks: Map<number, OpenBlock>
  readonly cpus: Map<number, number>
}

const PATH = /^((?:[./~]|memory\d|node\d|[\w.-]+\/|block_size_bytes|auto_online_blocks)[^:\s]*)(?::(.*)|\s*(?:->.*)?)$/
const HEAD = /^==> (\S+) <==$/

/** Whether a line names something below a memory block's, a node's or the memory subsystem's folder. */
export const isBlockLine = (line: string): boolean =>
  /(?:^|\/|> )(?:memory\d+\/(?:state|valid_zones|phys_index|removable|online|phys_device|node\d+)|block_size_bytes|auto_online_blocks)\b/.test(line)

export function parseBlocks(text: string, file: string): Checked<BlocksText> {
  const f = findings(file)
  const listing: Listing = { blocks: new Map(), cpus: new Map() }
  if (/^[\s\uFEFF]*\{/.test(text)) readJson(text, f, listing)
  else {
    let pending: { path: string; line: number } | undefined
    forEachLine(text, (line, number) => {
      const trimmed = line.trim()
      if (trimmed === '') return
      const head = HEAD.exec(trimmed)
      if (head) {
        pending = { path: head[1]!, line: number }
        return
      }
      if (pending) {
        readPath(pending.path, trimmed, number, f, listing)
        pending = undefined
        return
      }
      const m = PATH.exec(trimmed)
      if (m) readPath(m[1]!, m[2]?.trim(), number, f, listing)
      else if (isBlockLine(trimmed)) f.error('ZL-BLOCKS-LINE', number, 'line', quoted(line), '"PATH:VALUE" as grep -H prints it')
    })
  }
  if (!f.failed() && listing.blocks.size === 0 && listing.blockSize === undefined && listing.cpus.size === 0 && !listing.onlineNodes && listing.arch === undefined) {
    f.error('ZL-BLOCKS-EMPTY', undefined, 'blocks', 'no memoryN/… line', 'files of /sys/devices/system/memory, as PATH:VALUE lines')
  }
  return f.settle(() => ({
    file,
    ...(listing.blockSize === undefined ? {} : { blockSize: listing.blockSize, blockSizeLine: listing.blockSizeLine }),
    blocks: [...listing.blocks.values()].sort((a, b) => a.block - b.block).map((b) => ({ ...b, nodes: [...b.nodes].sort((x, y) => x - y) })),
    cpus: listing.cpus,
    ...(listing.onlineNodes === undefined ? {} : { onlineNodes: listing.onlineNodes }),
    ...(listing.arch === undefined ? {} : { arch: listing.arch }),
    ...(listing.pageShift === undefined ? {} : { pageShift: listing.pageShift }),
    warnings: f.warnings,
  }))
}

const MEMORY = /^memory(\d{1,15})$/
const NODE = /^node(\d{1,9})$/

function readPath(path: string, value: string | undefined, line: number, f: Findings, listing: Listing): void {
  let block: number | undefined
  let node: number | undefined
  const segments = path.split('/').filter((s) => s !== '')
  for (const s of segments) {
    const m = MEMORY.exec(s)
    if (m) block = Number(m[1])
    const n = NODE.exec(s)
    if (n) node = Number(n[1])
  }
  const last = segments.at(-1) ?? ''
  if (block !== undefined) {
    let b = listing.blocks.get(block)
    if (!b) listing.blocks.set(block, (b = { block, line, nodes: new Set() }))
    if (node !== undefined) b.nodes.add(node)
    if (value !== undefined) readAttribute(b, last, value, line, f)
    return
  }
  if (value === undefined) return
  if (path.endsWith('/sys/kernel/arch')) listing.arch ??= archName(value)
  else if (last === 'smaps') {
    const m = /^KernelPageSize:\s*(\d+) kB/.exec(value)
    if (m && Number.isInteger(Math.log2(Number(m[1])))) listing.pageShift ??= Math.log2(Number(m[1])) + 10
  } else if (last === 'block_size_bytes') setBlockSize(listing, parseHex(value), value, line, f)
  else if (node !== undefined && last === 'cpulist') {
    const list = value === '' ? [] : readNumberList(value)
    if (list === undefined) f.error('ZL-IMPORT-NUMBER', line, `node${node}/cpulist`, quoted(value), 'CPU numbers such as 0-7,16')
    else listing.cpus.set(node, list.reduce((sum, r) => sum + r.last - r.first + 1, 0))
  } else if (last === 'online' && segments.at(-2) === 'node') {
    const list = readNumberList(value)
    if (list === undefined) f.error('ZL-IMPORT-NUMBER', line, 'node/online', quoted(value), 'node numbers such as 0-3')
    else listing.onlineNodes = list.flatMap((r) => Array.from({ length: Math.min(r.last - r.first + 1, 65536) }, (_, i) => r.first + i))
  }
}

function setBlockSize(listing: Listing, size: number | 'beyond' | undefined, text: string, line: number | undefined, f: Findings): void {
  if (size === undefined || size === 'beyond' || size < 2 ** 20 || !Number.isInteger(Math.log2(size))) {
    f.error('ZL-BLOCKS-SIZE', line, 'block_size_bytes', quoted(text), 'a power of two from 1 MiB, in hexadecimal')
    return
  }
  if (listing.blockSize !== undefined && listing.blockSize !== size) f.warn(line, `block_size_bytes is ${text} here and another on line ${listing.blockSizeLine}; the first is used`)
  else {
    listing.blockSize = size
    listing.blockSizeLine = line
  }
}

function readAttribute(b: OpenBlock, name: string, value: string, line: number, f: Findings): void {
  const field = `memory${b.block}/${name}`
  switch (name) {
    case 'state': {
      if (value !== 'online' && value !== 'offline' && value !== 'going-offline') return f.error('ZL-IMPORT-STATE', line, field, quoted(value), 'online, offline or going-offline')
      if (b.state !== undefined && b.state !== value) f.warn(line, `${field} is ${value} here and ${b.state} above; the first is used`)
      else b.state = value
      return
    }
    case 'valid_zones': {
      const zones = value === 'none' ? [] : value.split(/\s+/).filter((z) => z !== '')
      const wrong = zones.find((z) => zoneNameOf(z) === undefined)
      if (wrong !== undefined) return f.error('ZL-BLOCKS-ZONES', line, field, quoted(wrong), 'zone names, or none')
      b.zones = zones
      return
    }
    case 'removable':
      if (value !== '0' && value !== '1') return f.error('ZL-IMPORT-NUMBER', line, field, quoted(value), '0 or 1')
      b.removable = value === '1'
      return
    case 'phys_index': {
      const index = parseHex(value)
      if (index === undefined) return f.error('ZL-IMPORT-HEX', line, field, quoted(value), `${b.block.toString(16).padStart(8, '0')}`)
      if (index !== b.block) f.warn(line, `${field} is ${value}, which is not ${b.block} in hexadecimal`)
    }
  }
}

// --------------------------------------------------------------------------------------------------------------- JSON

/** The same as one JSON object: { block_size_bytes, blocks: [{ block, state, valid_zones, nodes }] }. */
function readJson(text: string, f: Findings, listing: Listing): void {
  let data: unknown
  try {
    data = JSON.parse(text.replace(/^\uFEFF/, ''))
  } catch (e) {
    return f.error('ZL-BLOCKS-JSON', undefined, 'JSON', e instanceof Error ? e.message : String(e), 'an object with block_size_bytes and blocks')
  }
  const { block_size_bytes: size, blocks } = isRecord(data) ? data : {}
  if (!Array.isArray(blocks)) return f.error('ZL-BLOCKS-JSON', 1, 'blocks', 'no list', '{ "block_size_bytes": …, "blocks": [ … ] }')
  if (size !== undefined) setBlockSize(listing, typeof size === 'number' ? size : parseHex(String(size)), String(size), undefined, f)
  blocks.forEach((entry: unknown, i) => {
    const block = isRecord(entry) ? parseCount(String(entry['block'])) : undefined
    if (!isRecord(entry) || block === undefined) return f.error('ZL-BLOCKS-JSON', undefined, `blocks[${i}].block`, quoted(JSON.stringify(entry)), 'an object with a block number')
    if (listing.blocks.has(block)) return f.error('ZL-BLOCKS-JSON', undefined, `blocks[${i}].block`, `a second block ${block}`, 'each block once')
    const b: OpenBlock = { block, line: 1, nodes: new Set() }
    listing.blocks.set(block, b)
    for (const name of ['state', 'valid_zones', 'removable', 'phys_index']) {
      const value = entry[name]
      if (typeof value === 'string' || typeof value === 'number') readAttribute(b, name, String(value), 1, f)
    }
    const nodes = entry['nodes']
    if (Array.isArray(nodes)) nodes.forEach((n: unknown) => (typeof n === 'number' ? b.nodes.add(n) : undefined))
  })
}

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value)

// ------------------------------------------------------------------------------------------------------------- printing

/** The memory blocks of a snapshot in the listing's form, with paths below /sys/devices/system/memory. */
export function printBlocks(snapshot: Snapshot): string {
  const lines = [`block_size_bytes:${snapshot.constants.blockSize.toString(16)}\n`, `auto_online_blocks:${snapshot.autoOnline}\n`]
  for (const run of snapshot.blocks) for (let n = run.first; n <= run.last; n++) lines.push(...blockLines(run, n))
  return lines.join('')
}

const blockLines = (run: BlockRun, n: number): string[] => [
  `memory${n}/state:${run.state}\n`,
  `memory${n}/valid_zones:${run.validZones}\n`,
  ...run.nodes.map((id) => `memory${n}/node${id}\n`),
]
