/** Which node each piece of memory belongs to: the SRAT where a log has it, else what the texts show. */
import type { AffinityRange, FirmwareRange } from './description.ts'
import type { MachineFacts } from './facts.ts'

/** Empty for a machine of one node that is node 0: boot gives it all memory. */
export function affinityOf(facts: MachineFacts, firmware: readonly FirmwareRange[], pageSize: number, warn: (text: string) => void): AffinityRange[] {
  // fake nodes are cut by boot from the command line; what the texts show of them is not the firmware's
  if (!facts.affinity && /\bnuma=fake=/.test(facts.cmdline ?? '')) return []
  const ranges = facts.affinity ? [...facts.affinity] : facts.earlyRanges ? joined(facts.earlyRanges) : fromBlocks(facts) ?? fromZones(facts, pageSize, warn)
  const ids = new Set(ranges.map((r) => r.node))
  if (ranges.length === 0 || (ids.size === 1 && ids.has(0) && !facts.affinity)) return []
  return facts.affinity ? ranges : covering(ranges, firmware)
}

function fromBlocks(facts: MachineFacts): AffinityRange[] | undefined {
  const known = facts.blocks?.filter((b) => b.node !== undefined)
  if (!facts.blocks || !known || known.length === 0) return undefined
  // a block of two nodes has its border somewhere inside; the lower node's is taken to hold all of it
  return joined(facts.blocks.flatMap((b) => {
    const node = b.node ?? b.nodes?.[0]
    return node === undefined ? [] : [{ start: b.start, end: b.start + b.size, node }]
  }))
}

/** Spans of nodes may overlap; the smaller span is taken to be the one inside the other's hole. */
function fromZones(facts: MachineFacts, pageSize: number, warn: (text: string) => void): AffinityRange[] {
  const spans = (facts.nodes ?? []).flatMap((n) =>
    n.zones.flatMap((z) => (z.startPfn !== undefined && z.spanned && z.present ? [{ node: n.id, start: z.startPfn * pageSize, end: (z.startPfn + z.spanned) * pageSize }] : [])),
  )
  spans.sort((a, b) => a.end - a.start - (b.end - b.start))
  const placed: AffinityRange[] = []
  let overlap = false
  for (const s of spans) {
    let free = [{ start: s.start, end: s.end }]
    for (const p of placed) {
      if (p.node !== s.node && p.start < s.end && p.end > s.start) overlap = true
      free = free.flatMap((g) => [{ start: g.start, end: Math.min(g.end, p.start) }, { start: Math.max(g.start, p.end), end: g.end }].filter((x) => x.end > x.start))
    }
    placed.push(...free.map((g) => ({ ...g, node: s.node })))
  }
  if (overlap) warn('the spans of two nodes overlap and nothing tells which memory is whose; the smaller span is taken to lie in a hole of the larger')
  return joined(placed)
}

function joined(ranges: readonly AffinityRange[]): AffinityRange[] {
  const out: AffinityRange[] = []
  for (const { start, end, node } of [...ranges].sort((a, b) => a.start - b.start)) {
    const last = out.at(-1)
    if (last && last.node === node && last.end === start) out[out.length - 1] = { ...last, end }
    else out.push({ start, end, node })
  }
  return out
}

/**
 * The kernel does not believe a table that leaves 1 MiB of RAM without a node, so usable memory between two ranges of one
 * node, or before the first, is that node's.
 */
function covering(ranges: readonly AffinityRange[], firmware: readonly FirmwareRange[]): AffinityRange[] {
  const out = ranges.map((r) => ({ ...r }))
  for (const ram of firmware) {
    if (ram.type !== 'usable') continue
    let at = ram.start
    for (let i = 0; i < out.length && at < ram.end; i++) {
      const r = out[i]!
      if (r.end <= at) continue
      if (r.start >= ram.end) break
      if (r.start > at) r.start = at
      at = Math.max(at, r.end)
    }
    if (at >= ram.end) continue
    const below = out.findLastIndex((r) => r.end <= at)
    if (below >= 0 && out[below]!.end === at) out[below]!.end = ram.end
    // memory that no text gives to a node: the nearest below it has it
    else out.splice(below + 1, 0, { start: at, end: ram.end, node: out[Math.max(below, 0)]!.node })
  }
  return out
}
