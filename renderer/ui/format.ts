/** Numbers as the window writes them: exact, in the kernel's spelling. Bytes are plain numbers here, as in the contract. */

export const KiB = 2 ** 10
export const MiB = 2 ** 20
export const GiB = 2 ** 30
export const TiB = 2 ** 40
const UNITS = [
  [2 ** 50, 'PiB', 'P'], [TiB, 'TiB', 'T'], [GiB, 'GiB', 'G'], [MiB, 'MiB', 'M'], [KiB, 'KiB', 'K'], [1, 'B', 'B'],
] as const

/** The largest unit in which the size has at most three decimals, so that nothing is rounded away. */
function split(bytes: number): { value: string; unit: string; short: string } {
  for (const [size, unit, short] of UNITS) {
    if (bytes < size) continue
    const thousandths = (bytes / size) * 1000
    if (Number.isInteger(thousandths)) return { value: String(thousandths / 1000), unit, short }
  }
  return { value: String(bytes), unit: 'B', short: 'B' }
}

/** `1006.375 GiB`, `15992 KiB`: always the exact size. */
export function exactSize(bytes: number): string {
  const { value, unit } = split(bytes)
  return `${value} ${unit}`
}

/** `128M`, `1.5G`: the same number with a one-letter unit, for narrow places. */
export function shortSize(bytes: number): string {
  const { value, short } = split(bytes)
  return value + short
}

/** How many hex digits every address of this machine is written with: those of the last byte of its space. */
export function addressDigits(spaceEnd: number): number {
  let digits = 1
  for (let n = Math.max(0, spaceEnd - 1); n >= 16; n = Math.floor(n / 16)) digits++
  return Math.max(8, digits)
}

/** An address with its full width: `0x0110000000`. */
export const hexAddress = (address: number, digits: number): string => '0x' + address.toString(16).padStart(digits, '0')
export const hex = (n: number): string => '0x' + n.toString(16)

/** A range as the kernel prints it, the end inclusive: `0x0110000000–0x0117ffffff`. */
export const hexRange = (range: { readonly start: number; readonly end: number }, digits: number): string =>
  `${hexAddress(range.start, digits)}–${hexAddress(Math.max(range.start, range.end - 1), digits)}`

/**
 * A size or address as people write it (`512M`, `0x100000000`, `1.5 GiB`); undefined when it is none or not a whole
 * number of bytes below 2^53.
 */
export function parseBytes(text: string): number | undefined {
  const match = /^\s*(0x[0-9a-f]+|\d+(?:\.\d+)?)\s*(?:([kmgtpe])(?:i?b)?|b)?\s*$/i.exec(text)
  const digits = match?.[1]
  if (digits === undefined) return undefined
  const shift = match?.[2] ? ' kmgtpe'.indexOf(match[2].toLowerCase()) * 10 : 0
  const bytes = Number(digits) * 2 ** shift
  return Number.isSafeInteger(bytes) ? bytes : undefined
}

/** What a command answered: `-EBUSY`; BUG and HANGS are no errnos, the operation never returned. */
export const errnoWord = (errno: string): string => (errno === 'BUG' || errno === 'HANGS' || errno.startsWith('-') ? errno : `-${errno}`)

/** What stands before `errnoWord` where the command would only be tried: `would return -EBUSY`, `would end in BUG`. */
export const wouldWords = (errno: string): string => (errno === 'BUG' ? 'would end in' : errno === 'HANGS' ? 'would wait for ever:' : 'would return')

export const plural = (n: number, one: string, many = `${one}s`): string => `${n} ${n === 1 ? one : many}`
