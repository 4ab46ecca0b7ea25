/**
 * The import report: what the texts tell of nodes, zones, blocks and resources, and nothing else. A member that no text
 * tells is absent. A boot log tells spans and pages by the rules of boot (kernel-behaviour 3h), and the blocks it made.
 */
import type { MachineFacts, NodeFacts, Warning } from './facts.ts'
import type { ResourceDescription } from './description.ts'
import { bootDisagreements } from './boot-disagreements.ts'
import { nodesOfLog } from './log-zones.ts'
import type { Snapshot } from '../snapshot-types.ts'
import { hex } from '../units.ts'

export interface ReportZone {
  readonly name: string
  readonly startPfn?: number
  readonly spanned?: number
  readonly present?: number
  readonly managed?: number
}
export interface ReportNode {
  readonly id: number
  /** Memory of the node; addresses as hex, `end` exclusive. */
  readonly ranges?: readonly { readonly start: string; readonly end: string }[]
  readonly spanned?: number
  readonly present?: number
  readonly zones?: readonly ReportZone[]
}
export interface ReportBlock {
  readonly block: number
  readonly start: string
  /** Bytes. */
  readonly size: number
  readonly state?: string
  readonly node?: number
  /** An online block's zone, an offline one's possible zones with the default first; empty when it spans several. */
  readonly zones?: readonly string[]
}
export interface ReportResource {
  readonly start: string
  readonly end: string
  readonly name: string
  readonly children: readonly ReportResource[]
}
export interface ImportReport {
  readonly nodes?: readonly ReportNode[]
  readonly blocks?: readonly ReportBlock[]
  readonly resources?: readonly ReportResource[]
  readonly warnings: readonly Warning[]
}

/** `snapshot`: the machine booted from these facts; fills in what a boot log implies and does not print. */
export function importReport(facts: MachineFacts, snapshot?: Snapshot): ImportReport {
  const nodes = nodesOf(facts, snapshot)
  const blocks = blocksOf(facts, snapshot)
  return {
    ...(nodes.length > 0 ? { nodes } : {}),
    ...(blocks ? { blocks } : {}),
    ...(facts.resources ? { resources: facts.resources.map(resource) } : {}),
    warnings: [...facts.warnings, ...(snapshot ? bootDisagreements(facts, snapshot) : [])],
  }
}

function nodesOf(facts: MachineFacts, snapshot: Snapshot | undefined): ReportNode[] {
  const counted = countedNodes(facts, snapshot)
  const ranges = rangesOf(facts)
  const ids = new Set([...counted.map((n) => n.id), ...ranges.keys()])
  return [...ids].sort((a, b) => a - b).map((id) => {
    const own = ranges.get(id) ?? (facts.earlyRanges ? [] : undefined)
    const node = counted.find((n) => n.id === id)
    return {
      id,
      ...(own ? { ranges: own.map((r) => ({ start: hex(r.start), end: hex(r.end) })) } : {}),
      ...(node?.spanned === undefined ? {} : { spanned: node.spanned }),
      ...(node?.present === undefined ? {} : { present: node.present }),
      ...(node ? { zones: node.zones.map(({ name, startPfn, spanned, present, managed }) => ({ name, startPfn, spanned, present, managed })) } : {}),
    }
  })
}

/** Counts from the running machine, else from what the boot log printed, else from what its memory map gives. */
function countedNodes(facts: MachineFacts, snapshot: Snapshot | undefined): readonly NodeFacts[] {
  if (facts.nodes) return facts.nodes
  const printed = nodesOfLog(facts)
  if (printed) return printed
  if (!facts.firmware || !snapshot) return []
  return snapshot.nodes.map((n) => ({
    id: n.id, spanned: n.spanned, present: n.present,
    zones: n.zones.map(({ name, startPfn, spanned, present }) => ({ name, startPfn, spanned, present, ...(spanned === 0 ? { managed: 0 } : {}) })),
  }))
}

interface Span { readonly start: number; readonly end: number }

/** The log's memory ranges of each node as printed, and memory blocks that hold none of them: those were added later. */
function rangesOf(facts: MachineFacts): Map<number, Span[]> {
  const ranges = new Map<number, Span[]>()
  const early = [...(facts.earlyRanges ?? [])].sort((a, b) => a.start - b.start)
  const add = (node: number, range: Span): void => {
    const list = ranges.get(node)
    if (!list) ranges.set(node, [range])
    else list.push(range)
  }
  for (const { node, start, end } of early) add(node, { start, end })
  let next = 0
  const added = new Map<number, Span>()
  for (const b of facts.blocks ?? []) {
    if (b.node === undefined) continue
    const end = b.start + b.size
    while (next < early.length && early[next]!.end <= b.start) next++
    if (next < early.length && early[next]!.start < end) continue
    const last = added.get(b.node)
    if (last && last.end === b.start) {
      const grown = { start: last.start, end }
      ranges.get(b.node)!.pop()
      add(b.node, grown)
      added.set(b.node, grown)
    } else {
      add(b.node, { start: b.start, end })
      added.set(b.node, { start: b.start, end })
    }
  }
  return ranges
}

function blocksOf(facts: MachineFacts, snapshot: Snapshot | undefined): ReportBlock[] | undefined {
  if (facts.blocks) {
    return facts.blocks.map(({ block, start, size, state, node, zones }) => ({
      block, start: hex(start), size,
      ...(state === undefined ? {} : { state }), ...(node === undefined ? {} : { node }), ...(zones ? { zones } : {}),
    }))
  }
  // blocks right after boot; what happened since no text tells
  const booted = facts.earlyRanges ?? facts.firmware
  if (!booted || facts.nodes || !snapshot || !blockSizeIsTold(facts)) return undefined
  const { blockSize } = snapshot.constants
  return snapshot.blocks.flatMap((run) =>
    Array.from({ length: run.last - run.first + 1 }, (_, i): ReportBlock => ({
      block: run.first + i, start: hex((run.first + i) * blockSize), size: blockSize, state: run.state,
      ...(run.nodes.length === 1 ? { node: run.nodes[0]! } : {}),
      zones: run.validZones === 'none' ? [] : run.validZones.split(' '),
    })),
  )
}

/** By the log, or by a rule of the architecture that needs nothing else (powerpc and s390 take it from firmware). */
const blockSizeIsTold = (facts: MachineFacts): boolean =>
  facts.blockSize !== undefined || facts.arch === 'arm64' || facts.arch === 'riscv64' || (facts.arch === 'x86_64' && (facts.hypervisor !== undefined || (facts.maxPfn ?? 0) < 2 ** 24))

const resource = (r: ResourceDescription): ReportResource => ({ start: hex(r.start), end: hex(r.end), name: r.name, children: (r.children ?? []).map(resource) })
