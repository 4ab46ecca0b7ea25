/** The firmware's memory map as x86 prints it, in the three wordings it has had, and what the kernel says it changed in it. */
import type { FirmwareRange, FirmwareType } from '../machine/description.ts'
import { quoted, readRange } from './reading.ts'
import type { Findings } from './reading.ts'

/** Tables by who printed them: what the firmware gave, what mem= and memmap= made of it, what quirks made of that. */
export type TableOwner = 'firmware' | 'user' | 'modified' | 'extended'

const OWNERS: Readonly<Record<string, TableOwner>> = {
  'BIOS-e820': 'firmware', 'BIOS-e801': 'firmware', 'BIOS-88': 'firmware', Xen: 'firmware', user: 'user', modified: 'modified', 'reserve setup_data': 'extended', extended: 'extended',
}
const ENTRY = /^\s*(BIOS-e820|BIOS-e801|BIOS-88|Xen|user|modified|reserve setup_data|extended):\s*(\[mem .*|\[gap .*|[0-9a-fA-F]{8,16}\s+-.*)$/
const BRACKETS = /^\[mem (\S+?)-(\S+?)\]\s*(.*)$/
const DASHED = /^([0-9a-f]+)\s+-\s+([0-9a-f]+)\s*(.*)$/i
const EDIT = /^\s*e820:? (update|remove)(?: range:)? (.*)$/

/** The owner of the table whose heading this line is. */
export function tableHeading(message: string): TableOwner | undefined {
  const m = /^\s*(?:e820: )?(\S+) physical RAM map:/.exec(message)
  if (!m) return undefined
  return m[1] === 'user-defined' ? 'user' : m[1] === 'modified' ? 'modified' : m[1] === 'extended' ? 'extended' : 'firmware'
}

/** An entry of a table; 'nothing' for a line of a table that describes no memory; undefined when it is no table line. */
export function readEntry(message: string, line: number, f: Findings): { owner: TableOwner; range: FirmwareRange } | 'nothing' | undefined {
  const m = ENTRY.exec(message)
  if (!m) {
    const broken = /^\s*(BIOS-e820|BIOS-e801|BIOS-88):\s*(.*)$/.exec(message)
    if (!broken) return undefined
    f.error('ZL-BOOTLOG-E820', line, broken[1]!, quoted(broken[2]!), '"[mem 0xSTART-0xEND] TYPE"')
    return 'nothing'
  }
  const owner = OWNERS[m[1]!]!
  if (/^\[gap /i.test(m[2]!)) return 'nothing'
  const range = readTyped(m[2]!, m[1]!, line, f)
  return range ? { owner, range } : 'nothing'
}

function readTyped(text: string, field: string, line: number, f: Findings): FirmwareRange | undefined {
  const brackets = BRACKETS.exec(text)
  const m = brackets ?? DASHED.exec(text)
  if (!m) {
    f.error('ZL-BOOTLOG-E820', line, field, quoted(text), '"[mem 0xSTART-0xEND] TYPE"')
    return undefined
  }
  const range = readRange(f, line, field, m[1]!, m[2]!, brackets !== null)
  const type = typeOf(m[3]!)
  if (type === undefined) f.error('ZL-BOOTLOG-TYPE', line, `${field} type`, quoted(m[3]!), 'usable, reserved, soft reserved, ACPI data, ACPI NVS, unusable, persistent or type N')
  return range && type !== undefined && range.end > range.start ? { ...range, type } : undefined
}

/** Numbers that the e820 interface gives to types (and the kernel's own for RAM it keeps and for soft-reserved memory). */
const NUMBERS: Readonly<Record<string, FirmwareType>> = {
  1: 'usable', 2: 'reserved', 3: 'acpi-data', 4: 'acpi-nvs', 5: 'unusable', 7: 'persistent', 12: 'persistent-legacy', 128: 'usable', 4026531839: 'soft-reserved',
}

function typeOf(text: string): FirmwareType | undefined {
  const t = text.trim().replace(/^\((.*)\)$/, '$1').trim().toLowerCase()
  switch (t) {
    case 'usable': case 'system ram': return 'usable'
    case 'reserved': case 'device reserved': return 'reserved'
    case 'soft reserved': return 'soft-reserved'
    case 'acpi data': return 'acpi-data'
    case 'acpi nvs': return 'acpi-nvs'
    case 'unusable': return 'unusable'
  }
  const numbered = /^(persistent(?: ram)? )?\(?type (\d+)\)?$/.exec(t)
  if (numbered) return NUMBERS[numbered[2]!] ?? (numbered[1] ? 'persistent' : 'reserved')
  return undefined
}

export interface E820Edit { readonly start: number; readonly end: number; readonly from: FirmwareType; readonly to?: FirmwareType }

/** "e820: update [mem …] usable ==> reserved", "e820: remove [mem …] usable" and their older wording. */
export function readEdit(message: string, line: number, f: Findings): E820Edit | undefined {
  const m = EDIT.exec(message)
  if (!m) return undefined
  const [before, after] = m[2]!.split('==>')
  const parts = BRACKETS.exec(before!.trim()) ?? DASHED.exec(before!.trim())
  const from = parts ? typeOf(parts[3]!) : undefined
  // an edit names any range up to the end of the address space; what cannot be read changes nothing that matters here
  const range = parts && from !== undefined ? readRange(f, line, 'e820', parts[1]!, clip(parts[2]!), before!.includes('[')) : undefined
  if (!range || from === undefined) return undefined
  const to = after === undefined ? undefined : typeOf(after)
  return { ...range, from, ...(to === undefined ? {} : { to }) }
}

const clip = (hex: string): string => (hex.replace(/^0x/, '').replace(/^0+/, '').length > 13 ? 'fffffffffffff' : hex)

/** What boot does to every map by itself: the first page and the legacy hole below 1 MiB. */
export const isRoutineEdit = (e: E820Edit): boolean => (e.start === 0 && e.end === 0x1000) || (e.start === 0xa0000 && e.end === 0x100000)

/** A map after an edit: pieces of the old type inside the range take the new one, or go. */
export function applyEdit(map: readonly FirmwareRange[], edit: E820Edit): FirmwareRange[] {
  return map.flatMap((r) => {
    const start = Math.max(r.start, edit.start)
    const end = Math.min(r.end, edit.end)
    if (r.type !== edit.from || start >= end) return [r]
    return [
      ...(r.start < start ? [{ ...r, end: start }] : []),
      ...(edit.to === undefined ? [] : [{ start, end, type: edit.to }]),
      ...(end < r.end ? [{ ...r, start: end }] : []),
    ]
  })
}

/** Where firmware entries overlap the kernel lets the type with the higher number win. */
const RANK: readonly FirmwareType[] = ['usable', 'reserved', 'acpi-data', 'acpi-nvs', 'unusable', 'persistent', 'persistent-legacy', 'soft-reserved']

/** The map sorted and without overlaps. `overlaps` is called for each pair that does. */
export function sanitized(map: readonly FirmwareRange[], overlaps: (a: FirmwareRange, b: FirmwareRange) => void): FirmwareRange[] {
  const sorted = [...map].sort((a, b) => a.start - b.start || a.end - b.end)
  let clean = true
  for (let i = 1, last = sorted[0]; i < sorted.length; i++) {
    const r = sorted[i]!
    if (last && r.start < last.end) {
      clean = false
      overlaps(last, r)
    }
    if (!last || r.end > last.end) last = r
  }
  if (clean) return sorted
  const cuts = [...new Set(sorted.flatMap((r) => [r.start, r.end]))].sort((a, b) => a - b)
  const out: FirmwareRange[] = []
  for (let i = 0; i + 1 < cuts.length; i++) {
    const start = cuts[i]!
    const end = cuts[i + 1]!
    const over = sorted.filter((r) => r.start <= start && r.end >= end)
    const top = over.reduce<FirmwareRange | undefined>((best, r) => (best && RANK.indexOf(best.type) >= RANK.indexOf(r.type) ? best : r), undefined)
    if (!top) continue
    const last = out.at(-1)
    if (last && last.end === start && last.type === top.type) out[out.length - 1] = { ...last, end }
    else out.push({ start, end, type: top.type })
  }
  return out
}
