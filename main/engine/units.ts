/**
 * Units. Every address, pfn and count in the engine carries its unit in its type; this file is the only place that
 * converts one into another. All are safe integers: the largest physical space modelled is 2^56 bytes, and addresses
 * are kept as page frame numbers wherever the kernel does.
 */

declare const unit: unique symbol
type Unit<Name extends string> = number & { readonly [unit]: Name }

/** A page frame number: physical address >> page shift. */
export type Pfn = Unit<'pfn'>
/** A number of pages. */
export type PageCount = Unit<'pages'>
/** A physical address or a size, in bytes. */
export type Bytes = Unit<'bytes'>
/** The number of a memory section: pfn >> (section shift - page shift). */
export type SectionNr = Unit<'section'>
/** The number of a sub-section, counted from physical address 0 (not within its section). */
export type SubsectionNr = Unit<'subsection'>
/** The number of a memory block, as in /sys/devices/system/memory/memoryN. */
export type BlockNr = Unit<'block'>
/** A node id. -1 is NUMA_NO_NODE. */
export type NodeId = Unit<'node'>

export const asPfn = (n: number): Pfn => n as Pfn
export const asPages = (n: number): PageCount => n as PageCount
export const asBytes = (n: number): Bytes => n as Bytes
export const asSection = (n: number): SectionNr => n as SectionNr
export const asSubsection = (n: number): SubsectionNr => n as SubsectionNr
export const asBlock = (n: number): BlockNr => n as BlockNr
export const asNode = (n: number): NodeId => n as NodeId

export const KiB = 2 ** 10
export const MiB = 2 ** 20
export const GiB = 2 ** 30
export const TiB = 2 ** 40

/** Largest address that is modelled exactly. */
export const MAX_ADDRESS = Number.MAX_SAFE_INTEGER

/** `value` rounded down to a multiple of `step` (any positive integers below 2^53; no 32-bit operators). */
export const alignDown = (value: number, step: number): number => value - (value % step)
/** `value` rounded up to a multiple of `step`. */
export const alignUp = (value: number, step: number): number => {
  const rest = value % step
  return rest === 0 ? value : value + (step - rest)
}
export const isAligned = (value: number, step: number): boolean => value % step === 0

/** An address as the kernel prints it in /proc/iomem and in log lines: lower-case hex without leading zeros. */
export const hex = (n: number): string => '0x' + n.toString(16)

/**
 * A size in binary units. Exact whenever three decimals can say it ("1007.875 MiB"); otherwise marked as rounded
 * ("≈ 1012 GiB").
 */
export function formatSize(bytes: number): string {
  const names = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'] as const
  let i = 0
  let n = bytes
  while (i < names.length - 1 && n >= 1024) {
    n /= 1024
    i++
  }
  if (Number.isInteger(n * 1000)) return `${n} ${names[i]}`
  // one unit down it may be exact and still short
  if (i > 0 && Number.isInteger(n * 1024) && n * 1024 < 1e5) return `${n * 1024} ${names[i - 1]}`
  return `≈ ${n >= 100 ? n.toFixed(0) : n >= 10 ? n.toFixed(1) : n.toFixed(2)} ${names[i]}`
}

/**
 * A size or an address as people and the kernel command line write it: `512M`, `1GiB`, `0x100000000`, `4096`, `1.5G`.
 * Returns bytes, or undefined when the text is not a size or is not a whole number of bytes below 2^53.
 */
export function parseSize(text: string): Bytes | undefined {
  const m = /^\s*(0x[0-9a-f]+|\d+(?:\.\d+)?)\s*(?:([kmgtpe])(?:i?b)?|b)?\s*$/i.exec(text)
  if (!m) return undefined
  const base = m[1]!.toLowerCase().startsWith('0x') ? Number.parseInt(m[1]!, 16) : Number(m[1])
  const shift = m[2] ? ' kmgtpe'.indexOf(m[2].toLowerCase()) * 10 : 0
  const n = base * 2 ** shift
  return Number.isSafeInteger(n) && n >= 0 ? asBytes(n) : undefined
}
