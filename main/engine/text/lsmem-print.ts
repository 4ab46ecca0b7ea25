/** lsmem's output from a snapshot, laid out as util-linux 2.38 does with --output-all. */
import type { BlockRun, Snapshot } from '../snapshot-types.ts'
import { humanSize } from './sizes.ts'

export interface LsmemOptions {
  /** -a: each memory block on its own. */
  readonly all?: boolean
  /** -b: sizes in bytes. */
  readonly bytes?: boolean
}

interface Row {
  readonly first: number
  readonly last: number
  readonly state: string
  /** Absent for offline memory, as in lsmem since 2.34. */
  readonly removable?: boolean
  readonly node?: number
  readonly zones: string
}

const STATE = { online: 'online', offline: 'offline', 'going-offline': 'on->off' } as const

/** A block of several nodes is listed under the one that its folder lists first; that is taken to be the lowest. */
const rowOf = (run: BlockRun, first: number, last: number): Row => ({
  first, last, state: STATE[run.state],
  ...(run.state === 'online' ? { removable: true } : {}),
  ...(run.nodes.length === 0 ? {} : { node: Math.min(...run.nodes) }),
  zones: run.validZones === 'none' ? 'None' : run.validZones.split(' ').join('/'),
})

function rowsOf(snapshot: Snapshot, all: boolean): Row[] {
  const rows: Row[] = []
  for (const run of snapshot.blocks) {
    if (all) for (let n = run.first; n <= run.last; n++) rows.push(rowOf(run, n, n))
    else {
      const row = rowOf(run, run.first, run.last)
      const last = rows.at(-1)
      const same = last && last.last + 1 === row.first && last.state === row.state && last.removable === row.removable && last.node === row.node && last.zones === row.zones
      if (same) rows[rows.length - 1] = { ...last, last: row.last }
      else rows.push(row)
    }
  }
  return rows
}

const address = (n: number): string => '0x' + n.toString(16).padStart(16, '0')
const blockText = (row: Row): string => (row.first === row.last ? String(row.first) : `${row.first}-${row.last}`)
const rangeText = (row: Row, size: number): string => `${address(row.first * size)}-${address((row.last + 1) * size - 1)}`

export function printLsmem(snapshot: Snapshot, options: LsmemOptions = {}): string {
  const size = snapshot.constants.blockSize
  const sizeText = (bytes: number): string => (options.bytes ? String(bytes) : humanSize(bytes))
  const rows = rowsOf(snapshot, options.all ?? false)
  const table = [
    ['RANGE', 'SIZE', 'STATE', 'REMOVABLE', 'BLOCK', 'NODE', 'ZONES'],
    ...rows.map((r) => [
      rangeText(r, size), sizeText((r.last - r.first + 1) * size), r.state, r.removable === undefined ? '' : r.removable ? 'yes' : 'no',
      blockText(r), r.node === undefined ? '' : String(r.node), r.zones,
    ]),
  ]
  const widths = table[0]!.map((_, i) => Math.max(...table.map((row) => row[i]!.length)))
  // lsmem reserves five places for a size
  widths[1] = Math.max(widths[1]!, 5)
  const lines = table.map((row) => row.map((cell, i) => (i === 0 ? cell.padEnd(widths[0]!) : cell.padStart(widths[i]!))).join(' ').trimEnd())
  const total = (online: boolean): number => rows.filter((r) => (r.state === 'online') === online).reduce((sum, r) => sum + (r.last - r.first + 1) * size, 0)
  const width = options.bytes ? 15 : 5
  const summary = (['Memory block size:', 'Total online memory:', 'Total offline memory:'] as const).map(
    (name, i) => `${name.padEnd(23)} ${sizeText([size, total(true), total(false)][i]!).padStart(width)}`,
  )
  return [...(rows.length > 0 ? [...lines, ''] : []), ...summary].map((l) => l + '\n').join('')
}

/** lsmem -J --output-all. */
export function printLsmemJson(snapshot: Snapshot, options: LsmemOptions = {}): string {
  const size = snapshot.constants.blockSize
  const entries = rowsOf(snapshot, options.all ?? false).map((r) => {
    const bytes = (r.last - r.first + 1) * size
    const fields: readonly (readonly [string, string | number | boolean | null])[] = [
      ['range', rangeText(r, size)], ['size', options.bytes ? bytes : humanSize(bytes)], ['state', r.state], ['removable', r.removable ?? null],
      ['block', blockText(r)], ['node', r.node ?? null], ['zones', r.zones],
    ]
    return `{\n${fields.map(([k, v]) => `         "${k}": ${JSON.stringify(v)}`).join(',\n')}\n      }`
  })
  return `{\n   "memory": [\n      ${entries.join(',')}\n   ]\n}\n`
}
