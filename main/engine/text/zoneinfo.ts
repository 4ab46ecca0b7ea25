/**
 * /proc/zoneinfo. All layouts since 3.9: watermarks, per-node stats and pagesets differ and are not read; `spanned`,
 * `present`, `managed` and `start_pfn` have kept their names. A zone without present pages prints no start_pfn since 4.12.
 */
import type { Checked } from '../errors.ts'
import type { ZoneName } from '../machine/description.ts'
import type { Warning } from '../machine/facts.ts'
import type { Snapshot } from '../snapshot-types.ts'
import { findings, forEachLine, parseCount, quoted } from './reading.ts'
import { isZoneName, ZONE_NAMES } from './zone-names.ts'

export interface ZoneinfoZone {
  readonly name: ZoneName
  readonly line: number
  readonly startPfn?: number
  readonly spanned?: number
  readonly present?: number
  readonly managed?: number
}
export interface ZoneinfoNode { readonly id: number; readonly line: number; readonly zones: readonly ZoneinfoZone[] }
export interface ZoneinfoText { readonly file: string; readonly nodes: readonly ZoneinfoNode[]; readonly warnings: readonly Warning[] }

/** Zones of Android kernels that no mainline kernel has. */
const FOREIGN_ZONES = ['NoSplit', 'NoMerge', 'NonMovable']

const HEADER = /^\s*Node\s+(\S+?),\s*zone\s+(\S+)\s*$/
const FIELDS = [['spanned', 'spanned'], ['present', 'present'], ['managed', 'managed'], ['start_pfn:', 'startPfn']] as const
type Field = (typeof FIELDS)[number][1]

export function parseZoneinfo(text: string, file: string): Checked<ZoneinfoText> {
  const f = findings(file)
  const nodes = new Map<number, { id: number; line: number; zones: ZoneinfoZone[] }>()
  let zone: { name: ZoneName; line: number } & Partial<Record<Field, number>> | undefined

  forEachLine(text, (line, number) => {
    const word = line.trimStart()
    if (word.startsWith('Node')) {
      const m = HEADER.exec(line)
      zone = undefined
      if (!m) {
        if (/^Node\s+\S+?,/.test(word)) f.error('ZL-ZONEINFO-HEADER', number, 'zone header', quoted(line), '"Node N, zone NAME"')
        return
      }
      const id = parseCount(m[1]!)
      if (id === undefined) return f.error('ZL-ZONEINFO-HEADER', number, 'node', quoted(m[1]!), 'a node number')
      const name = m[2]!
      if (!isZoneName(name)) {
        if (FOREIGN_ZONES.includes(name)) f.warn(number, `zone ${name} of an Android kernel is left out`)
        else f.error('ZL-ZONEINFO-ZONE', number, 'zone', quoted(name), `one of ${ZONE_NAMES.join(', ')}`)
        return
      }
      let node = nodes.get(id)
      if (!node) nodes.set(id, (node = { id, line: number, zones: [] }))
      const twin = node.zones.find((z) => z.name === name)
      if (twin) return f.error('ZL-ZONEINFO-TWICE', number, `Node ${id}, zone ${name}`, `a second one (the first is on line ${twin.line})`, 'each zone once')
      zone = { name, line: number }
      node.zones.push(zone)
      return
    }
    if (!zone) return
    for (const [word0, field] of FIELDS) {
      if (!word.startsWith(word0)) continue
      const value = word.slice(word0.length).trim()
      if (value !== '' && !/^\s/.test(word.slice(word0.length))) return
      const n = parseCount(value)
      if (n === undefined) f.error('ZL-IMPORT-NUMBER', number, word0.replace(':', ''), quoted(value), 'a number of pages')
      else zone[field] = n
      return
    }
  })

  const list = [...nodes.values()]
  for (const node of list) {
    for (const z of node.zones) {
      const name = `Node ${node.id}, zone ${z.name}`
      if (z.spanned === undefined) f.warn(z.line, `${name}: no "spanned"; its span stays unknown`)
      if (z.present === undefined) f.warn(z.line, `${name}: no "present"; its pages stay unknown`)
      if (z.present !== undefined && z.spanned !== undefined && z.present > z.spanned) f.warn(z.line, `${name}: present ${z.present} is more than spanned ${z.spanned}`)
    }
  }
  if (list.length === 0 && !f.failed()) f.error('ZL-ZONEINFO-EMPTY', undefined, 'zones', 'no "Node N, zone NAME" line', 'the text of /proc/zoneinfo')
  return f.settle(() => ({ file, nodes: list, warnings: f.warnings }))
}

/**
 * /proc/zoneinfo of a snapshot, in the layout of 6.1, with the lines that the model knows: free pages, watermarks and
 * statistics are none of its business. Nodes that are not online are not printed, as in the kernel.
 */
export function printZoneinfo(snapshot: Snapshot): string {
  const lines: string[] = []
  for (const node of snapshot.nodes) {
    if (!node.online) continue
    for (const zone of node.zones) {
      lines.push(`Node ${node.id}, zone ${zone.name.padStart(8)}`)
      lines.push(`        spanned  ${zone.spanned}`, `        present  ${zone.present}`, `        managed  ${zone.managed}`)
      if (zone.present !== 0) lines.push(`  start_pfn:           ${zone.startPfn}`)
    }
  }
  return lines.map((l) => l + '\n').join('')
}
