/**
 * Firmware's memory map as boot changes it, and memblock.memory made of it. arch/x86/kernel/e820.c and setup.c, v6.1. All
 * bytes, `end` exclusive.
 */
import type { FirmwareRange, FirmwareType, MachineDescription } from '../machine/description.ts'
import type { BootParameters } from './cmdline.ts'

/** Precedence where entries overlap: a higher e820 type number wins (e820__update_table). */
const E820_NUMBER: Record<FirmwareType, number> = {
  usable: 1, reserved: 2, 'acpi-data': 3, 'acpi-nvs': 4, unusable: 5, persistent: 7, 'persistent-legacy': 12, 'soft-reserved': 0xefffffff,
}

/** e820_nomerge(): types whose borders tell devices apart. */
const KEEPS_BORDERS: ReadonlySet<FirmwareType> = new Set(['persistent-legacy', 'soft-reserved'])

/** e820__update_table(): sorted, without overlaps, equal neighbours joined. */
export function updateTable(ranges: readonly FirmwareRange[]): FirmwareRange[] {
  const edges = [...new Set(ranges.flatMap((r) => [r.start, r.end]))].sort((a, b) => a - b)
  const sorted = [...ranges].sort((a, b) => a.start - b.start)
  const out: FirmwareRange[] = []
  const active: FirmwareRange[] = []
  let next = 0
  for (let i = 0; i + 1 < edges.length; i++) {
    const start = edges[i]!
    const end = edges[i + 1]!
    while (next < sorted.length && sorted[next]!.start <= start) active.push(sorted[next++]!)
    let type: FirmwareType | undefined
    for (let a = active.length - 1; a >= 0; a--) {
      if (active[a]!.end <= start) active.splice(a, 1)
      else if (type === undefined || E820_NUMBER[active[a]!.type] > E820_NUMBER[type]) type = active[a]!.type
    }
    if (type === undefined) continue
    const last = out[out.length - 1]
    if (last && last.end === start && last.type === type && !KEEPS_BORDERS.has(type)) out[out.length - 1] = { ...last, end }
    else out.push({ start, end, type })
  }
  return out
}

/** e820__range_remove() for one type. */
const removeRange = (ranges: readonly FirmwareRange[], start: number, end: number, type: FirmwareType): FirmwareRange[] =>
  ranges.flatMap((r) => {
    if (r.type !== type || r.end <= start || r.start >= end) return [r]
    const pieces: FirmwareRange[] = []
    if (r.start < start) pieces.push({ ...r, end: start })
    if (r.end > end) pieces.push({ ...r, start: end })
    return pieces
  })

/** e820__range_update(): what was `from` in the range becomes `to`. */
const retype = (ranges: readonly FirmwareRange[], start: number, end: number, from: FirmwareType, to: FirmwareType): FirmwareRange[] =>
  ranges.flatMap((r) => {
    if (r.type !== from || r.end <= start || r.start >= end) return [r]
    const s = Math.max(r.start, start)
    const e = Math.min(r.end, end)
    const pieces: FirmwareRange[] = [{ start: s, end: e, type: to }]
    if (r.start < s) pieces.unshift({ ...r, end: s })
    if (r.end > e) pieces.push({ ...r, start: e })
    return pieces
  })

/** The map after memmap=, mem= and trim_bios_range(): the first page reserved, 640K-1M not RAM (x86 only). */
export function bootMemoryMap(description: MachineDescription, p: BootParameters): readonly FirmwareRange[] {
  let map: FirmwareRange[] = [...description.firmware]
  for (const e of p.memoryMap)
    switch (e.edit) {
      case 'clear': map = []; break
      case 'limit': map = removeRange(map, e.at, Infinity, 'usable'); break
      // e820__range_add(): where it overlaps others, the table's precedence decides
      case 'add': map.push({ start: e.start, end: e.end, type: e.type })
    }
  map = updateTable(map)
  if (description.arch === 'x86_64') {
    map = retype(map, 0, 2 ** description.constants.pageShift, 'usable', 'reserved')
    map = removeRange(map, 0xa0000, 0x100000, 'usable')
  }
  return updateTable(map)
}

/** A piece of memblock.memory in pfns, with the node it was given. */
export interface MemRange { readonly start: number; readonly end: number; readonly node: number; readonly hotplug: boolean }

/** memblock.memory from the map: usable entries, trimmed to whole pages, neighbours joined; node not known yet. */
export function memblockOf(map: readonly FirmwareRange[], pageSize: number): { start: number; end: number }[] {
  const out: { start: number; end: number }[] = []
  for (const r of map) {
    if (r.type !== 'usable') continue
    const start = Math.ceil(r.start / pageSize)
    const end = Math.floor(r.end / pageSize)
    if (end <= start) continue
    const last = out[out.length - 1]
    if (last && last.end === start) last.end = end
    else out.push({ start, end })
  }
  return out
}

/** Pages of [start, end) that are in none of the sorted ranges. */
export function absentPages(ranges: readonly { readonly start: number; readonly end: number }[], start: number, end: number): number {
  let absent = end - start
  for (const r of ranges) {
    const s = Math.max(r.start, start)
    const e = Math.min(r.end, end)
    if (e > s) absent -= e - s
  }
  return absent
}
