/** What two texts of one machine say differently. Nothing is corrected here: each difference is a warning with both places. */
import type { MachineFacts, Warning } from './facts.ts'
import type { ParsedTexts } from './parsed-texts.ts'
import { nodesOfLog } from './log-zones.ts'
import { systemRam } from './page-size.ts'
import { hex } from '../units.ts'

type Warn = (w: Warning) => void

export function contradictions(parsed: ParsedTexts, facts: MachineFacts, warn: Warn): void {
  secondCopies(parsed, warn)
  logAgainstZoneinfo(parsed, facts, warn)
  blocksAgainstZoneinfo(parsed, facts, warn)
  blocksAgainstIomem(parsed, facts, warn)
  logAgainstIomem(parsed, facts, warn)
}

/** Two texts of the same form: the first is used. */
function secondCopies(parsed: ParsedTexts, warn: Warn): void {
  const [zones, ...moreZones] = parsed.zoneinfo
  for (const other of moreZones) {
    for (const node of other.nodes) {
      for (const zone of node.zones) {
        const first = zones?.nodes.find((n) => n.id === node.id)?.zones.find((z) => z.name === zone.name)
        const name = `Node ${node.id}, zone ${zone.name}`
        if (!first) warn({ file: other.file, line: zone.line, text: `${name} is not in ${zones?.file ?? ''}` })
        else for (const field of ['startPfn', 'spanned', 'present', 'managed'] as const) {
          if (first[field] === zone[field]) continue
          warn({ file: other.file, line: zone.line, text: `${name}: ${field} ${zone[field] ?? 'unknown'} here, ${first[field] ?? 'unknown'} at ${zones?.file}:${first.line}; the latter is used` })
          break
        }
      }
    }
    for (const node of zones?.nodes ?? []) {
      if (!other.nodes.some((n) => n.id === node.id)) warn({ file: zones?.file ?? '', line: node.line, text: `node ${node.id} is not in ${other.file}` })
    }
  }
  const readable = parsed.iomem.filter((t) => t.resources)
  const [iomem, ...moreIomem] = readable
  for (const other of moreIomem) {
    if (JSON.stringify(other.resources) !== JSON.stringify(iomem?.resources)) warn({ file: other.file, line: 1, text: `the resources differ from those of ${iomem?.file}:1; the latter are used` })
  }
  const kernels = parsed.logs.flatMap((l) => (l.kernel ? [{ file: l.file, ...l.kernel }] : []))
  for (const other of kernels.slice(1)) {
    if (other.text !== kernels[0]!.text) warn({ file: other.file, line: other.line, text: `another kernel than at ${kernels[0]!.file}:${kernels[0]!.line}; the latter is used where both logs tell a thing` })
  }
  const commands = parsed.logs.flatMap((l) => (l.cmdline ? [{ file: l.file, ...l.cmdline }] : []))
  for (const other of commands.slice(1)) {
    if (squeezed(other.text) !== squeezed(commands[0]!.text)) warn({ file: other.file, line: other.line, text: `another command line than at ${commands[0]!.file}:${commands[0]!.line}; the latter is used` })
  }
}
const squeezed = (text: string): string => text.trim().replace(/\s+/g, ' ')

/** A machine that has run since may have gained or lost memory; the running state is used, and the difference is said. */
function logAgainstZoneinfo(parsed: ParsedTexts, facts: MachineFacts, warn: Warn): void {
  const zoneinfo = parsed.zoneinfo[0]
  const log = parsed.logs.find((l) => l.earlyRanges)
  const booted = nodesOfLog(facts)
  if (!zoneinfo || !log || !booted) return
  for (const node of zoneinfo.nodes) {
    const early = log.earlyRanges?.find((r) => r.node === node.id) ?? log.earlyRanges?.[0]
    const from = booted.find((n) => n.id === node.id)
    if (!from) {
      warn({ file: zoneinfo.file, line: node.line, text: `node ${node.id} is unknown to the boot log (${log.file}:${early?.line})` })
      continue
    }
    for (const zone of node.zones) {
      const then = from.zones.find((z) => z.name === zone.name)
      if (!then) continue
      const differs = (['startPfn', 'spanned', 'present'] as const).filter((k) => zone[k] !== undefined && then[k] !== undefined && zone[k] !== then[k])
      if (differs.length === 0) continue
      const now = differs.map((k) => `${k} ${zone[k]}`).join(', ')
      const was = differs.map((k) => `${k} ${then[k]}`).join(', ')
      warn({ file: zoneinfo.file, line: zone.line, text: `Node ${node.id}, zone ${zone.name}: ${now} here, ${was} by the boot log (${log.file}:${early?.line}); memory changed since boot, or the texts are of two machines. What is here is used` })
    }
  }
  for (const node of booted) {
    if ((node.present ?? 0) > 0 && !zoneinfo.nodes.some((n) => n.id === node.id)) {
      const early = log.earlyRanges?.find((r) => r.node === node.id)
      warn({ file: log.file, line: early?.line, text: `node ${node.id} has memory here and is not in ${zoneinfo.file}:1` })
    }
  }
}

/** Present pages are online pages: no node can have more than its online blocks hold. */
function blocksAgainstZoneinfo(parsed: ParsedTexts, facts: MachineFacts, warn: Warn): void {
  const zoneinfo = parsed.zoneinfo[0]
  const source = parsed.blocks[0] ?? parsed.lsmem[0]
  const { pageShift } = facts.constants
  const blocks = facts.blocks
  if (!zoneinfo || !source || !blocks || pageShift === undefined || blocks.some((b) => b.state === undefined)) return
  const line = 'rows' in source ? source.rows[0]?.line : source.blocks[0]?.line
  const at = line === undefined ? source.file : `${source.file}:${line}`
  const online = blocks.filter((b) => b.state !== 'offline')
  const total = online.reduce((sum, b) => sum + b.size, 0) / 2 ** pageShift
  const present = zoneinfo.nodes.map((n) => ({ id: n.id, line: n.line, pages: n.zones.reduce((sum, z) => sum + (z.present ?? 0), 0) }))
  const sum = present.reduce((s, n) => s + n.pages, 0)
  if (sum > total) warn({ file: zoneinfo.file, line: zoneinfo.nodes[0]?.line, text: `${sum} pages are present, but the online memory blocks at ${at} hold ${total}` })
  if (!blocks.every((b) => b.node !== undefined || b.nodes)) return
  for (const node of present) {
    const own = online.filter((b) => b.node === node.id || b.nodes?.includes(node.id)).reduce((s, b) => s + b.size, 0) / 2 ** pageShift
    if (node.pages > own && sum <= total) warn({ file: zoneinfo.file, line: node.line, text: `node ${node.id} has ${node.pages} pages present, but its online memory blocks at ${at} hold ${own}` })
  }
}

/** Every block is made of memory that iomem calls System RAM, online or not. */
function blocksAgainstIomem(parsed: ParsedTexts, facts: MachineFacts, warn: Warn): void {
  const iomem = parsed.iomem.find((t) => t.resources)
  const source = parsed.blocks[0] ?? parsed.lsmem[0]
  if (!iomem?.resources || !facts.blocks || !source) return
  const ram = systemRam(iomem.resources)
  const first = facts.blocks.find((b) => !ram.some((r) => r.start < b.start + b.size && r.end > b.start))
  const line = 'rows' in source ? source.rows[0]?.line : source.blocks.find((b) => b.block === first?.block)?.line
  if (first) warn({ file: source.file, line, text: `memory block ${first.block} (${hex(first.start)}) has no System RAM in ${iomem.file}:1` })
  const bare = facts.blocks.length === 0 ? undefined : ram.find((r) => !facts.blocks?.some((b) => r.start < b.start + b.size && r.end > b.start))
  if (bare) warn({ file: iomem.file, line: iomem.lineOf.get(bare.start) ?? 1, text: `System RAM at ${hex(bare.start)} lies in no memory block of ${source.file}:${line ?? 1}` })
}

/** Memory that the log saw at boot and iomem does not know, on x86, where both come from the same map. */
function logAgainstIomem(parsed: ParsedTexts, facts: MachineFacts, warn: Warn): void {
  const iomem = parsed.iomem.find((t) => t.resources)
  const log = parsed.logs.find((l) => l.earlyRanges)
  if (!iomem?.resources || !log?.earlyRanges || facts.arch !== 'x86_64') return
  const ram = systemRam(iomem.resources)
  const missing = log.earlyRanges.find((e) => !ram.some((r) => r.start < e.end && r.end > e.start))
  if (missing) warn({ file: log.file, line: missing.line, text: `memory at ${hex(missing.start)} of node ${missing.node} is not System RAM in ${iomem.file}:1` })
}
