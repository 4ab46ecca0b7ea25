/**
 * The boot log: what firmware and the kernel say of memory while it boots, on any architecture and since 2.6. Unknown lines
 * are passed over; a line that begins like a known one and goes on wrongly is an error. A log with several boots (a
 * journal) is read to the last that tells anything of memory.
 */
import type { Checked } from '../errors.ts'
import type { FirmwareRange, ZoneName } from '../machine/description.ts'
import type { Warning } from '../machine/facts.ts'
import { applyEdit, isRoutineEdit, readEdit, readEntry, sanitized, tableHeading } from './e820.ts'
import type { E820Edit, TableOwner } from './e820.ts'
import { stripLogPrefix } from './log-prefix.ts'
import { archHint, pageShiftHint } from './log-hints.ts'
import type { ArchHint } from './log-hints.ts'
import { readLogRange } from './log-range.ts'
import type { LogRange, Placed, PrintedRange as Open } from './log-range.ts'
import { findings, forEachLine, parseCount, quoted, readRange } from './reading.ts'
import type { Findings } from './reading.ts'
import { readNumberList } from './sizes.ts'
import { isZoneName } from './zone-names.ts'

export type { LogRange } from './log-range.ts'

export interface BootLog {
  readonly file: string
  /** The line "Linux version …". */
  readonly kernel?: Placed & { readonly text: string }
  readonly version?: { readonly major: number; readonly minor: number }
  readonly arch?: string
  readonly cmdline?: Placed & { readonly text: string }
  /** Product name from DMI, or the device tree's machine model. */
  readonly product?: string
  readonly hypervisor?: boolean
  readonly firmware?: Placed & { readonly ranges: readonly FirmwareRange[] }
  readonly affinity: readonly (LogRange & { readonly node: number; readonly hotplug: boolean })[]
  readonly cpus: ReadonlyMap<number, number>
  readonly zoneRanges?: readonly (LogRange & { readonly zone: ZoneName })[]
  readonly movableStarts?: readonly (Placed & { readonly node: number; readonly start: number })[]
  readonly earlyRanges?: readonly (LogRange & { readonly node: number })[]
  /** "Initmem setup node"; start === end for a memoryless node. */
  readonly initmem: readonly (LogRange & { readonly node: number })[]
  /** "On node N totalpages: P". */
  readonly totals: readonly (Placed & { readonly node: number; readonly pages: number })[]
  readonly blockSize?: Placed & { readonly bytes: number }
  readonly pageShift?: number
  readonly maxPfn?: number
  /** CPUs brought up, over all nodes. */
  readonly cpuCount?: number
  readonly warnings: readonly Warning[]
}

interface Boot {
  readonly f: Findings
  readonly line: number
  kernel?: { text: string; line: number }
  hint?: ArchHint
  cmdline?: { text: string; line: number }
  /** The command line goes on in another line (6.19+ wraps long ones, with a backslash). */
  cmdlineOpen?: boolean
  product?: string
  hypervisor?: boolean
  bareMetal?: boolean
  readonly tables: Partial<Record<TableOwner, { ranges: FirmwareRange[]; line: number }>>
  edits: E820Edit[]
  readonly affinity: (LogRange & { node: number; hotplug: boolean })[]
  readonly cpus: Map<number, number>
  zones?: (Open & { zone: ZoneName })[]
  movable?: (Placed & { node: number; start: number; pfns: boolean })[]
  early?: (Open & { node: number })[]
  readonly initmem: (LogRange & { node: number })[]
  readonly totals: (Placed & { node: number; pages: number })[]
  totalPages?: number
  blockSize?: { bytes: number; line: number }
  pageShift?: number
  maxPfn?: number
  cpuCount?: number
}
type Section = 'zones' | 'movable' | 'early' | undefined

/** What a line must contain to be looked at outside a section. One test for the hundred thousands of others. */
const INTERESTING =
  /Linux version|ommand line: |BIOS-|Xen: |user: |modified: |RAM map:|e820|SRAT|SMBIOS|DMI: |Machine model|ypervisor|paravirtualized|Zone |zone start|node|emory block size|last_pfn|totalpages|Total pages|Embedded|Brought up|hash table entries|CPUs: |physical CPU|machine description|-mmu|running|SBI |SAL |PROMLIB|riscv/

export function parseBootLog(text: string, file: string): Checked<BootLog> {
  const boots: Boot[] = [newBoot(file, 1)]
  let section: Section
  let begun: { message: string; number: number } | undefined
  forEachLine(text, (line, at) => {
    if (section === undefined && !begun && !INTERESTING.test(line)) return
    let message = stripLogPrefix(line)
    let number = at
    if (begun) {
      // a mail wraps after "[mem"
      if (/^\s*0x/.test(message)) [message, number] = [`${begun.message} ${message.trimStart()}`, begun.number]
      begun = undefined
    } else if (/\[mem\s*$/.test(message)) {
      begun = { message: message.trimEnd(), number }
      return
    }
    if (section !== undefined && readSectionLine(section, message, number, boots.at(-1)!)) return
    section = undefined
    if (!INTERESTING.test(message)) return
    if (/^\s*Linux version \d/.test(message) && boots.at(-1)!.kernel) boots.push(newBoot(file, number))
    section = readLine(message, number, boots.at(-1)!)
  })
  const boot = boots.findLast((b) => tellsMemory(b)) ?? boots.findLast((b) => b.kernel ?? b.cmdline) ?? boots.at(-1)!
  const others = boots.filter((b) => b !== boot && tellsMemory(b))
  if (others.length > 0) {
    boot.f.warn(boot.line, `the log holds ${others.length + 1} boots; this one, the last, is read (the others begin on lines ${others.map((b) => b.line).join(', ')})`)
  }
  if (!boot.f.failed() && !tellsMemory(boot) && !boot.kernel && !boot.cmdline && boot.cpus.size === 0) {
    boot.f.error('ZL-BOOTLOG-EMPTY', undefined, 'log', 'no line of a boot log about memory', 'a boot log (dmesg) from its beginning')
  }
  return finish(boot)
}

const newBoot = (file: string, line: number): Boot => ({
  f: findings(file), line, tables: {}, edits: [], affinity: [], cpus: new Map(), initmem: [], totals: [],
})
const tellsMemory = (b: Boot): boolean =>
  (b.early?.length ?? 0) > 0 || (b.zones?.length ?? 0) > 0 || Object.keys(b.tables).length > 0 || b.affinity.length > 0 || b.initmem.length > 0

// ------------------------------------------------------------------------------------------------------------ sections

/** A line of an open section. False when the line is none, which closes the section. */
function readSectionLine(section: Exclude<Section, undefined>, message: string, line: number, boot: Boot): boolean {
  switch (section) {
    case 'zones': {
      const m = /^\s*([A-Z]\w*)\s+(?!zone )(.*)$/.exec(message)
      if (!m || !isZoneName(m[1]!)) return false
      const before = boot.zones!.at(-1)
      if (/^empty$/.test(m[2]!.trim())) {
        boot.zones!.push({ zone: m[1]!, start: before?.end ?? 0, end: before?.end ?? 0, pfns: before?.pfns ?? false, line })
        return true
      }
      const range = readLogRange(m[2]!, `zone ${m[1]!}`, line, boot.f)
      if (range) boot.zones!.push({ zone: m[1]!, ...range })
      return true
    }
    case 'movable': {
      const m = /^\s*Node (\S+): (.*)$/.exec(message)
      if (!m) return false
      const node = parseCount(m[1]!)
      const value = /^(0x[0-9a-f]+|\d+)\s*$/i.exec(m[2]!)
      if (node === undefined || !value) boot.f.error('ZL-BOOTLOG-MOVABLE', line, 'Movable zone start', quoted(message), '"Node N: 0xADDRESS"')
      else boot.movable!.push({ node, start: Number(value[1]), pfns: !value[1]!.startsWith('0x'), line })
      return true
    }
    case 'early':
      return readEarlyRange(message, line, boot)
  }
}

function readEarlyRange(message: string, line: number, boot: Boot): boolean {
  const m = /^\s*(?:node\s+)?(\d+):\s*(\[mem .*|(?:0x)?[0-9a-f]+\s+->.*)$/i.exec(message)
  if (!m) {
    const broken = /^\s*node\s+\S+:/.test(message)
    if (broken) boot.f.error('ZL-BOOTLOG-NODE', line, 'memory node range', quoted(message), '"node N: [mem 0xSTART-0xEND]"')
    return broken
  }
  const range = readLogRange(m[2]!, `node ${m[1]!}`, line, boot.f)
  if (range) (boot.early ??= []).push({ node: Number(m[1]), ...range })
  return true
}

// --------------------------------------------------------------------------------------------------------------- lines

/** A line outside sections; returns the section it opens. */
function readLine(message: string, line: number, boot: Boot): Section {
  const text = message.trimStart()
  const owner = tableHeading(message)
  if (owner !== undefined) {
    boot.tables[owner] = { ranges: [], line }
    if (owner !== 'extended') boot.edits = [] // what was changed before is in the table that follows
    return undefined
  }
  const entry = readEntry(message, line, boot.f)
  if (entry !== undefined) {
    if (entry !== 'nothing') (boot.tables[entry.owner] ??= { ranges: [], line }).ranges.push(entry.range)
    return undefined
  }
  const edit = readEdit(message, line, boot.f)
  if (edit) {
    if (!isRoutineEdit(edit)) boot.edits.push(edit)
    return undefined
  }
  if (/^Zone (?:PFN )?ranges:/.test(text)) {
    boot.zones = []
    return 'zones'
  }
  if (/^Movable zone start (?:PFN )?for each node/.test(text)) {
    boot.movable = []
    return 'movable'
  }
  if (/^(?:Early memory node ranges|early_node_map\[\d+\] active PFN ranges)/.test(text)) {
    boot.early = []
    return 'early'
  }
  if (/^node\s+\d+:\s*\[/.test(text) && readEarlyRange(message, line, boot)) return undefined
  if (!readNodeLine(text, line, boot)) readMachineLine(text, line, boot)
  return undefined
}

/** SRAT, "Initmem setup node", page totals, CPUs of nodes. */
function readNodeLine(text: string, line: number, boot: Boot): boolean {
  const srat = /^(?:ACPI: )?(?:NUMA: )?SRAT: Node (\S+) PXM \S+ (.*)$/.exec(text)
  if (srat) {
    readAffinity(srat[1]!, srat[2]!, line, boot)
    return true
  }
  const cpu = /^(?:ACPI: )?(?:NUMA: )?SRAT: PXM \d+ -> .*-> Node (\d+)\s*$/.exec(text)
  if (cpu) {
    boot.cpus.set(Number(cpu[1]), (boot.cpus.get(Number(cpu[1])) ?? 0) + 1)
    return true
  }
  const init = /^(?:numa: *)?(?:Initmem setup|Initializing) node (\S+) (.*)$/.exec(text)
  if (init) {
    const node = parseCount(init[1]!)
    if (node === undefined) boot.f.error('ZL-BOOTLOG-NODE', line, 'Initmem setup node', quoted(init[1]!), 'a node number')
    else if (init[2]!.startsWith('as memoryless') || /^\[mem 0x0+-0x0+\]/.test(init[2]!)) addInitmem(boot, { node, start: 0, end: 0, line })
    else if (init[2]!.startsWith('[mem')) {
      const range = readLogRange(init[2]!, `node ${node}`, line, boot.f)
      if (range) addInitmem(boot, { node, start: range.start, end: range.end, line })
    }
    return true
  }
  const total = /^On node (\d+) totalpages: (\d+)/.exec(text)
  if (total) boot.totals.push({ node: Number(total[1]), pages: Number(total[2]), line })
  const cpus = /^(?:numa: *)?Node (\d+) CPUs: ([\d,-]+)\s*$/.exec(text)
  if (cpus) boot.cpus.set(Number(cpus[1]), readNumberList(cpus[2]!)?.reduce((sum, r) => sum + r.last - r.first + 1, 0) ?? 0)
  return total !== null || cpus !== null
}

/** powerpc says it twice, once for itself. */
function addInitmem(boot: Boot, range: LogRange & { node: number }): void {
  if (!boot.initmem.some((r) => r.node === range.node && r.start === range.start && r.end === range.end)) boot.initmem.push(range)
}

function readAffinity(nodeText: string, rest: string, line: number, boot: Boot): void {
  const node = parseCount(nodeText)
  const brackets = /^\[mem (\S+?)-(\S+?)\](.*)$/.exec(rest)
  const dashed = brackets ?? /^([0-9a-f]+)-([0-9a-f]+)(.*)$/i.exec(rest)
  if (node === undefined || !dashed) {
    boot.f.error('ZL-BOOTLOG-SRAT', line, 'SRAT', quoted(`Node ${nodeText} ${rest}`), '"Node N PXM P [mem 0xSTART-0xEND]"')
    return
  }
  // without brackets the end was printed as the last byte at first, as the byte after it later
  const last = brackets !== null || /[13579bdf]$/i.test(dashed[2]!)
  const range = readRange(boot.f, line, 'SRAT', dashed[1]!, dashed[2]!, last)
  if (range && range.end > range.start) boot.affinity.push({ ...range, node, hotplug: /\bhotplug\b/.test(dashed[3]!), line })
}

const VIRTUAL = /QEMU|KVM|VMware|VirtualBox|Virtual Machine|HVM domU|Bochs|Xen|OpenStack|Google Compute|Amazon EC2 (?!\S*metal)|Parallels|Firecracker|cloud-hypervisor|oVirt|RHEV/i

function readMachineLine(text: string, line: number, boot: Boot): void {
  if (/^Linux version \d/.test(text)) boot.kernel ??= { text: text.trim(), line }
  const hint = archHint(text)
  if (hint && (!boot.hint || hint.weight > boot.hint.weight)) boot.hint = hint
  boot.pageShift ??= pageShiftHint(text)

  const command = /^(?:Kernel c|C)ommand line:(?: (.*))?$/.exec(text)
  if (command) readCommandLine(command[1] ?? '', line, boot)
  const product = /^(?:DMI: (.*?)(?:\/[^/,]*)?, BIOS .*|DMI: (.*)|(?:OF: fdt: )?Machine model: (.*))$/.exec(text)
  const name = product?.[1] ?? product?.[2] ?? product?.[3]
  if (name !== undefined && !/Memory slots populated|present\.?$/.test(name)) {
    boot.product ??= name.trim()
    if (VIRTUAL.test(name)) boot.hypervisor = true
  }
  if (/^Hypervisor detected: |^Booting paravirtualized kernel on (?!bare hardware)/.test(text)) boot.hypervisor = true
  if (text.startsWith('Booting paravirtualized kernel on bare hardware')) boot.bareMetal = true

  const block = /[Mm]emory block size *: *(\S+?) ?MB/.exec(text)
  if (block) {
    const mib = parseCount(block[1]!)
    if (mib === undefined || mib === 0 || !Number.isInteger(Math.log2(mib))) boot.f.error('ZL-IMPORT-SIZE', line, 'Memory block size', quoted(block[1]! + 'MB'), 'a power of two in MB')
    else boot.blockSize = { bytes: mib * 2 ** 20, line }
  }
  const pfn = /^last_pfn = 0x([0-9a-f]{1,13}) /i.exec(text)
  if (pfn) boot.maxPfn = Math.max(boot.maxPfn ?? 0, Number.parseInt(pfn[1]!, 16))
  const total = /^Built \d+ zonelists.*Total pages: (\d+)/.exec(text)
  if (total) boot.totalPages = Number(total[1])
  const brought = /^smp: Brought up (?:\d+ nodes?, )?(\d+) CPU/.exec(text)
  if (brought) boot.cpuCount = Number(brought[1])
}

/** x86 prints it twice, the second time perhaps in pieces. */
function readCommandLine(text: string, line: number, boot: Boot): void {
  const goesOn = /(?:^| )\\$/.test(text)
  const piece = text.replace(/(?:^| )\\$/, '').trim()
  if (boot.cmdline && boot.cmdlineOpen) boot.cmdline.text += ` ${piece}`
  else if (boot.cmdline) return
  else boot.cmdline = { text: piece, line }
  boot.cmdlineOpen = goesOn
}

// -------------------------------------------------------------------------------------------------------------- result

function finish(boot: Boot): Checked<BootLog> {
  const { f } = boot
  const firmware = finalMap(boot)
  const arch = boot.hint?.arch ?? (firmware ? 'x86_64' : undefined)
  const pageShift = boot.pageShift ?? pageShiftFromTotals(boot) ?? (arch === 'x86_64' || arch === 'i386' ? 12 : undefined)
  const unit = 2 ** (pageShift ?? 12)
  const bytes = <R extends Open>({ pfns, ...r }: R): Omit<R, 'pfns'> => (pfns ? { ...r, start: r.start * unit, end: r.end * unit } : r)
  const early = boot.early?.map(bytes)
  const zones = boot.zones?.map(bytes)
  const version = /Linux version (\d+)\.(\d+)/.exec(boot.kernel?.text ?? '')
  checkOrder(early, 'memory node range', f)
  checkOrder(zones, 'zone range', f)
  checkAffinity(boot)
  checkTotals(boot, early, pageShift)
  const hypervisor = boot.hypervisor ?? (boot.bareMetal ? false : undefined)
  return f.settle(() => ({
    file: f.file,
    ...(boot.kernel ? { kernel: boot.kernel } : {}),
    ...(version ? { version: { major: Number(version[1]), minor: Number(version[2]) } } : {}),
    ...(arch === undefined ? {} : { arch }),
    ...(boot.cmdline ? { cmdline: boot.cmdline } : {}),
    ...(boot.product === undefined ? {} : { product: boot.product }),
    ...(hypervisor === undefined ? {} : { hypervisor }),
    ...(firmware ? { firmware } : {}),
    affinity: boot.affinity,
    cpus: boot.cpus,
    ...(zones && zones.length > 0 ? { zoneRanges: zones } : {}),
    ...(boot.movable ? { movableStarts: boot.movable.map(({ pfns, ...m }) => ({ ...m, start: pfns ? m.start * unit : m.start })) } : {}),
    ...(early && early.length > 0 ? { earlyRanges: early } : {}),
    initmem: boot.initmem,
    totals: boot.totals,
    ...(boot.blockSize ? { blockSize: boot.blockSize } : {}),
    ...(pageShift === undefined ? {} : { pageShift }),
    ...(boot.maxPfn === undefined ? {} : { maxPfn: boot.maxPfn }),
    ...(boot.cpuCount === undefined ? {} : { cpuCount: boot.cpuCount }),
    warnings: f.warnings,
  }))
}

/**
 * The map that boot starts from: the firmware's, or the one that quirks made of it; mem= and memmap= are applied again by
 * boot, from the command line. Only where the command line is lost is the user-defined map taken.
 */
function finalMap(boot: Boot): BootLog['firmware'] {
  const { firmware, user, modified } = boot.tables
  const table = (boot.cmdline ? undefined : user) ?? modified ?? firmware ?? user
  if (!table || table.ranges.length === 0) return undefined
  const edited = boot.edits.reduce<readonly FirmwareRange[]>(applyEdit, table.ranges)
  const ranges = sanitized(edited, (a, b) =>
    boot.f.warn(table.line, `memory map: 0x${b.start.toString(16)}-0x${(b.end - 1).toString(16)} ${b.type} overlaps 0x${a.start.toString(16)}-0x${(a.end - 1).toString(16)} ${a.type}; the kernel lets the higher type number win`),
  )
  return { ranges, line: table.line }
}

const PAGE_SHIFTS = [12, 13, 14, 16]

/** Page size from counts of pages against ranges of bytes: exact per node, or roughly over all ("Total pages" leaves memmap out); or from a border. */
function pageShiftFromTotals(boot: Boot): number | undefined {
  const early = boot.early?.filter((r) => !r.pfns) ?? []
  for (const total of boot.totals) {
    const size = early.filter((r) => r.node === total.node).reduce((sum, r) => sum + r.end - r.start, 0)
    const shift = PAGE_SHIFTS.find((s) => total.pages > 0 && size === total.pages * 2 ** s)
    if (shift !== undefined) return shift
  }
  // every border is one of a page: one at an odd 4 KiB leaves no other size
  if (early.some((r) => r.start % 8192 !== 0 || r.end % 8192 !== 0)) return 12
  const all = early.reduce((sum, r) => sum + r.end - r.start, 0)
  return boot.totalPages ? PAGE_SHIFTS.find((s) => Math.abs(all / 2 ** s / boot.totalPages! - 1) < 0.1) : undefined
}

function checkOrder(ranges: readonly LogRange[] | undefined, field: string, f: Findings): void {
  const sorted = [...(ranges ?? [])].filter((r) => r.end > r.start).sort((a, b) => a.start - b.start)
  sorted.forEach((r, i) => {
    const before = sorted[i - 1]
    if (before && r.start < before.end) {
      f.error('ZL-BOOTLOG-OVERLAP', r.line, field, `0x${r.start.toString(16)}-0x${(r.end - 1).toString(16)}, which overlaps line ${before.line}`, 'ranges that do not overlap')
    }
  })
}

function checkAffinity(boot: Boot): void {
  const sorted = [...boot.affinity].sort((a, b) => a.start - b.start)
  sorted.forEach((r, i) => {
    const other = sorted.slice(Math.max(0, i - 8), i).find((o) => o.node !== r.node && o.end > r.start)
    if (other) boot.f.warn(r.line, `SRAT: the range of node ${r.node} overlaps that of node ${other.node} on line ${other.line}; the kernel drops such a table`)
  })
}

/** "On node N totalpages" counts the same memory as the early ranges do. */
function checkTotals(boot: Boot, early: BootLog['earlyRanges'], pageShift: number | undefined): void {
  if (!early || pageShift === undefined) return
  for (const total of boot.totals) {
    const pages = early.filter((r) => r.node === total.node).reduce((sum, r) => sum + r.end - r.start, 0) / 2 ** pageShift
    if (pages !== total.pages) boot.f.warn(total.line, `node ${total.node} has ${total.pages} pages here, its memory ranges (line ${early[0]!.line}) hold ${pages}`)
  }
}
