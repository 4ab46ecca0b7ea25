/**
 * The kernel parameters that decide a machine's memory layout. Everything else on the command line is ignored; a value
 * that the kernel could not read is ignored as well, as the kernel does, and named in `ignored`.
 */
import { MMOP, ONLINE_TYPE_TEXT } from '../state/block.ts'

export interface BootParameters {
  /** What mem= and memmap= do to the firmware's map, in their order on the command line. */
  readonly memoryMap: readonly MemoryMapEdit[]
  /** Text after numa=fake= */
  readonly numaFake?: string
  readonly numaOff: boolean
  /** Bytes or percent. */
  readonly kernelcore?: CoreSize | 'mirror'
  readonly movablecore?: CoreSize
  readonly movableNode: boolean
  /** MMOP.* of memhp_default_state= */
  readonly defaultOnline: number
  readonly memmapOnMemory: boolean
  /** memmap_on_memory=force, of kernels that know it: what does not fill pageblocks is padded. */
  readonly memmapOnMemoryForce: boolean
  readonly autoMovable: boolean
  readonly autoMovableRatio?: number
  readonly autoMovableNumaAware: boolean
  /** False with clearcpuid=3 or clearcpuid=pse: struct pages of boot memory lie in base pages. */
  readonly pse: boolean
  readonly ignored: readonly string[]
}

export type MemoryMapEdit =
  /** mem=N and memmap=N: RAM above N goes. */
  | { readonly edit: 'limit'; readonly at: number }
  /** memmap=nn@ss, nn#ss, nn$ss, nn!ss */
  | { readonly edit: 'add'; readonly start: number; readonly end: number; readonly type: 'usable' | 'acpi-data' | 'reserved' | 'persistent-legacy' }
  /** memmap=exactmap: all that was there so far goes. */
  | { readonly edit: 'clear' }

export type CoreSize = { readonly bytes: number } | { readonly percent: number }

/** memparse(): a number (0x, 0 or decimal) with an optional K, M, G, T, P or E; the rest of the text is left over. */
export function memparse(text: string): { readonly value: number; readonly rest: string } | undefined {
  const m = /^(0x[0-9a-f]+|\d+)([kmgtpe]?)/i.exec(text)
  if (!m) return undefined
  const digits = m[1]!
  const base = /^0x/i.test(digits) ? Number.parseInt(digits, 16) : digits.startsWith('0') ? Number.parseInt(digits, 8) : Number.parseInt(digits, 10)
  const shift = m[2] ? (' kmgtpe'.indexOf(m[2].toLowerCase())) * 10 : 0
  const value = base * 2 ** shift
  return Number.isSafeInteger(value) ? { value, rest: text.slice(m[0].length) } : undefined
}

/** parse_memmap_one(); false for what it cannot read, and for the form with old and new types. */
function memmapEdit(part: string, edits: MemoryMapEdit[]): boolean {
  if (part.startsWith('exactmap')) {
    edits.push({ edit: 'clear' })
    return true
  }
  const size = memparse(part)
  if (!size || size.rest.startsWith('%')) return false
  const type = ({ '@': 'usable', '#': 'acpi-data', '$': 'reserved', '!': 'persistent-legacy' } as const)[size.rest[0] ?? '']
  if (type === undefined) edits.push({ edit: 'limit', at: size.value })
  else {
    const start = memparse(size.rest.slice(1))?.value ?? 0
    edits.push({ edit: 'add', start, end: start + size.value, type })
  }
  return true
}

const boolean = (value: string): boolean | undefined =>
  /^(y|1|on|t|true|yes|)$/i.test(value) ? true : /^(n|0|off|f|false|no)$/i.test(value) ? false : undefined

export function parseCmdline(cmdline: string): BootParameters {
  const p: { -readonly [K in keyof BootParameters]: BootParameters[K] } = {
    memoryMap: [], numaOff: false, movableNode: false, defaultOnline: MMOP.offline, memmapOnMemory: false, memmapOnMemoryForce: false,
    autoMovable: false, autoMovableNumaAware: true, pse: true, ignored: [],
  }
  const ignored: string[] = []
  const memoryMap: MemoryMapEdit[] = []
  const size = (word: string, value: string): number | undefined => {
    const n = memparse(value)
    if (!n) ignored.push(word)
    return n?.value
  }
  const core = (word: string, value: string): CoreSize | undefined => {
    const percent = /^(\d+)%$/.exec(value)
    if (percent) return { percent: Number(percent[1]) }
    const bytes = size(word, value)
    return bytes === undefined ? undefined : { bytes }
  }
  for (const word of cmdline.split(/\s+/).filter((w) => w !== '')) {
    const eq = word.indexOf('=')
    const name = (eq < 0 ? word : word.slice(0, eq)).replaceAll('-', '_')
    const value = eq < 0 ? '' : word.slice(eq + 1)
    switch (name) {
      case 'mem': {
        const n = size(word, value)
        if (n !== undefined && n !== 0) memoryMap.push({ edit: 'limit', at: n })
        break
      }
      case 'memmap':
        for (const part of value.split(',')) if (!memmapEdit(part, memoryMap)) ignored.push(word)
        break
      case 'numa':
        if (value === 'off') p.numaOff = true
        else if (value.startsWith('fake=')) p.numaFake = value.slice(5)
        break
      case 'kernelcore':
        if (value === 'mirror') p.kernelcore = 'mirror'
        else p.kernelcore = core(word, value) ?? p.kernelcore
        break
      case 'movablecore': p.movablecore = core(word, value) ?? p.movablecore; break
      case 'movable_node': p.movableNode = true; break
      case 'memhp_default_state': {
        const type = ONLINE_TYPE_TEXT.indexOf(value as (typeof ONLINE_TYPE_TEXT)[number])
        if (type >= 0) p.defaultOnline = type
        else ignored.push(word)
        break
      }
      case 'memory_hotplug.memmap_on_memory':
        if (/^(?:force|FORCE)$/.test(value)) p.memmapOnMemoryForce = true
        else {
          p.memmapOnMemory = boolean(value) ?? p.memmapOnMemory
          p.memmapOnMemoryForce = false
        }
        break
      case 'memory_hotplug.online_policy':
        if (value === 'auto-movable') p.autoMovable = true
        else if (value === 'contig-zones') p.autoMovable = false
        else ignored.push(word)
        break
      case 'memory_hotplug.auto_movable_ratio':
        if (/^\d+$/.test(value)) p.autoMovableRatio = Number(value)
        else ignored.push(word)
        break
      case 'memory_hotplug.auto_movable_numa_aware': p.autoMovableNumaAware = boolean(value) ?? p.autoMovableNumaAware; break
      // X86_FEATURE_PSE is bit 3 of word 0
      case 'clearcpuid': if (value.split(',').some((bit) => bit === 'pse' || bit === '3')) p.pse = false; break
    }
  }
  p.memoryMap = memoryMap
  p.ignored = ignored
  return p
}
