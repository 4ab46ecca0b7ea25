/** One row of lsmem, from its cells. */
import type { BlockFacts } from '../machine/facts.ts'
import { quoted, readRange } from './reading.ts'
import type { Findings } from './reading.ts'
import { readNumberList, readSize } from './sizes.ts'
import { zoneNameOf } from './zone-names.ts'

export type Column = 'RANGE' | 'SIZE' | 'STATE' | 'REMOVABLE' | 'BLOCK' | 'NODE' | 'ZONES'
export type Cells = Partial<Record<Column, string>>

export interface LsmemRow {
  readonly line?: number
  readonly start?: number
  /** Exclusive. */
  readonly end?: number
  readonly size?: number
  readonly sizeSlack?: number
  readonly state?: NonNullable<BlockFacts['state']>
  /** lsmem itself could not tell the state ("?"). */
  readonly stateUnknown?: boolean
  readonly removable?: boolean
  readonly blocks?: readonly { readonly first: number; readonly last: number }[]
  readonly node?: number
  /** Zones by name; empty for "None": the block is in several zones. */
  readonly zones?: readonly string[]
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] }

const STATES: Readonly<Record<string, NonNullable<BlockFacts['state']>>> = {
  online: 'online', offline: 'offline', 'going-offline': 'going-offline', 'on->off': 'going-offline',
}

/** Undefined when a cell is wrong; the error is then among the findings. */
export function readCells(cells: Cells, line: number | undefined, f: Findings): LsmemRow | undefined {
  const row: Mutable<LsmemRow> = line === undefined ? {} : { line }
  let good = true
  const wrong = (column: Column, code: string, expected: string): void => {
    good = false
    f.error(code, line, column, quoted(cells[column] ?? ''), expected)
  }
  if (cells.RANGE !== undefined) {
    const m = /^([^-\s]+)-([^-\s]+)$/.exec(cells.RANGE)
    const range = m && readRange(f, line ?? 0, 'RANGE', m[1]!, m[2]!, true)
    if (!m) wrong('RANGE', 'ZL-IMPORT-HEX', '0xSTART-0xEND')
    if (!range) return undefined
    row.start = range.start
    // s390-tools before 1.35 printed an end one too small
    row.end = range.end % 2 === 1 ? range.end + 1 : range.end
  }
  if (cells.SIZE !== undefined) {
    const size = readSize(cells.SIZE)
    if (size === undefined) wrong('SIZE', 'ZL-IMPORT-SIZE', 'a size such as 1.5G, 128M or 134217728')
    else {
      row.size = size.bytes
      row.sizeSlack = size.slack
    }
  }
  if (cells.STATE === '?') row.stateUnknown = true
  else if (cells.STATE !== undefined) {
    const state = STATES[cells.STATE]
    if (state === undefined) wrong('STATE', 'ZL-IMPORT-STATE', 'online, offline or on->off')
    else row.state = state
  }
  if (cells.REMOVABLE !== undefined && cells.REMOVABLE !== '-') {
    if (/^(yes|1)$/.test(cells.REMOVABLE)) row.removable = true
    else if (/^(no|0)$/.test(cells.REMOVABLE)) row.removable = false
    else wrong('REMOVABLE', 'ZL-LSMEM-ROW', 'yes, no or -')
  }
  if (cells.BLOCK !== undefined && cells.BLOCK !== '-') {
    const blocks = readNumberList(cells.BLOCK)
    if (blocks === undefined) wrong('BLOCK', 'ZL-IMPORT-NUMBER', 'block numbers such as 32, 0-7 or 0-7,32')
    else row.blocks = blocks
  }
  if (cells.NODE !== undefined && cells.NODE !== '-' && cells.NODE !== '-1') {
    if (/^\d{1,9}$/.test(cells.NODE)) row.node = Number(cells.NODE)
    else wrong('NODE', 'ZL-IMPORT-NUMBER', 'a node number')
  }
  if (cells.ZONES !== undefined && cells.ZONES !== '-') {
    const names = cells.ZONES.split('/')
    if (/^none$/i.test(cells.ZONES)) row.zones = []
    else if (names.every((n) => /^unknown$/i.test(n))) row.zones = undefined
    else {
      const zones = names.map((n) => zoneNameOf(n))
      if (zones.some((z) => z === undefined)) wrong('ZONES', 'ZL-LSMEM-ZONES', 'zone names such as Normal or Normal/Movable, or None')
      else row.zones = zones.filter((z) => z !== undefined)
    }
  }
  return good ? row : undefined
}
