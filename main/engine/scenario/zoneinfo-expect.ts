/**
 * Lines of /proc/zoneinfo as an expectation: what a mail quotes. Each zone that is quoted has to be there with the quoted lines, in any
 * order and with any blanks; `…` stands for lines that were left out.
 */
import type { Snapshot } from '../snapshot-types.ts'
import { printZoneinfo } from '../text/zoneinfo.ts'

export interface QuotedLine { readonly line: string; readonly holds: boolean; readonly expected: string; readonly found: string }

/** One entry for each quoted line, the header of its zone first. */
export function checkZoneinfo(quoted: string, snapshot: Snapshot): readonly QuotedLine[] {
  const printed = zonesOf(printZoneinfo(snapshot))
  const out: QuotedLine[] = []
  for (const { header, lines } of zonesOf(quoted)) {
    const zone = printed.find((z) => z.header === header)
    if (header !== '') out.push({ line: header, holds: zone !== undefined, expected: header, found: zone === undefined ? 'no such zone' : header })
    const all = header === '' ? printed.flatMap((z) => z.lines) : (zone?.lines ?? [])
    for (const line of lines) {
      if (all.includes(line)) {
        out.push({ line, holds: true, expected: line, found: line })
        continue
      }
      const word = line.split(' ')[0]!
      const near = all.filter((l) => l.split(' ')[0] === word)
      out.push({ line, holds: false, expected: header === '' ? line : `${header}: ${line}`, found: near.length === 0 ? `no line '${word}'` : near.join(', ') })
    }
  }
  return out
}

interface QuotedZone { readonly header: string; readonly lines: readonly string[] }

/** Lines before the first header belong to a zone without one. */
function zonesOf(text: string): readonly QuotedZone[] {
  const zones: { header: string; lines: string[] }[] = [{ header: '', lines: [] }]
  for (const raw of text.split('\n')) {
    // "  pages free     0" has its own first word; blanks are the kernel's layout, which has changed
    const line = raw.trim().replace(/\s+/g, ' ').replace(/^(Node \d+), ?zone /, '$1, zone ')
    if (line === '' || /^(?:…|\.{2,}|\[(?:…|\.{2,})\])$/.test(line)) continue
    if (line.startsWith('Node ')) zones.push({ header: line, lines: [] })
    else zones[zones.length - 1]!.lines.push(line)
  }
  return zones.filter((z) => z.header !== '' || z.lines.length > 0)
}
