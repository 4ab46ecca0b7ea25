/**
 * Nodes and zones that a boot log tells: kernel-behaviour 3h, steps 4 to 6, on the log's own zone ranges and memory node
 * ranges. Nothing else of the machine is needed, so this holds for any architecture and any kernel that prints them.
 */
import type { ZoneName } from './description.ts'
import type { MachineFacts, NodeFacts, ZoneFacts } from './facts.ts'
import { zoneIndex } from '../text/zone-names.ts'

type LogFacts = Pick<MachineFacts, 'earlyRanges' | 'zoneRanges' | 'movableStarts' | 'initmem' | 'constants' | 'cmdline'>
interface Span { readonly start: number; readonly end: number }

/** Undefined when the log does not hold the lines that are needed, or the page size is not known. */
export function nodesOfLog(facts: LogFacts): readonly NodeFacts[] | undefined {
  const { earlyRanges, zoneRanges } = facts
  const { pageShift } = facts.constants
  if (!earlyRanges || !zoneRanges || pageShift === undefined) return undefined
  // with mirrored memory zones interleave by an attribute of the ranges that the log does not print
  if (/\bkernelcore=mirror\b/.test(facts.cmdline ?? '')) return undefined
  const pages = (bytes: number): number => Math.floor(bytes / 2 ** pageShift)
  const ids = new Set([...earlyRanges.map((r) => r.node), ...(facts.initmem ?? []).map((r) => r.node)])
  return [...ids].sort((a, b) => a - b).map((id) => {
    const memory = earlyRanges.filter((r) => r.node === id)
    const zones = zonesOfNode(id, memory, facts).map(({ name, start, end }): ZoneFacts => {
      const spanned = pages(end) - pages(start)
      if (spanned === 0) return { name, startPfn: 0, spanned: 0, present: 0, managed: 0 }
      const present = memory.reduce((sum, r) => sum + Math.max(0, pages(Math.min(r.end, end)) - pages(Math.max(r.start, start))), 0)
      return { name, startPfn: pages(start), spanned, present }
    })
    const sum = (field: 'spanned' | 'present'): number => zones.reduce((total, z) => total + (z[field] ?? 0), 0)
    return {
      id, zones,
      startPfn: memory.length === 0 ? 0 : pages(Math.min(...memory.map((r) => r.start))),
      spanned: sum('spanned'),
      present: sum('present'),
    }
  })
}

function zonesOfNode(id: number, memory: readonly Span[], facts: LogFacts): (Span & { name: ZoneName })[] {
  const ranges = (facts.zoneRanges ?? []).filter((z) => z.zone !== 'Movable')
  // the zone that ZONE_MOVABLE is carved out of: the highest that is not empty
  const highest = ranges.filter((z) => z.zone !== 'Device' && z.end > z.start).reduce((top, z) => (z.end > top ? z.end : top), 0)
  const node = { start: Math.min(...memory.map((r) => r.start)), end: Math.max(...memory.map((r) => r.end)) }
  const movable = facts.movableStarts?.find((m) => m.node === id)?.start
  const clamped = (low: number, high: number): Span => {
    const start = Math.max(low, Math.min(high, node.start))
    const end = Math.max(low, Math.min(high, node.end))
    return end > start ? { start, end } : NOTHING
  }
  const zones = ranges.map((z) => {
    if (memory.length === 0 || z.zone === 'Device') return { name: z.zone, ...NOTHING }
    const { start, end } = clamped(z.start, z.end)
    return { name: z.zone, ...(movable === undefined || end <= movable ? { start, end } : start >= movable ? NOTHING : { start, end: movable }) }
  })
  const movableSpan = movable === undefined || memory.length === 0 ? NOTHING : { start: movable, end: Math.max(movable, Math.min(node.end, highest)) }
  return [...zones, { name: 'Movable' as const, ...movableSpan }].sort((a, b) => zoneIndex(a.name) - zoneIndex(b.name))
}

const NOTHING: Span = { start: 0, end: 0 }
