/** Sizes as lsmem prints them: bytes, or three digits and a letter ("15.6G", "128M", "0B"). */

const LETTERS = 'BKMGTPE'

export interface ReadSize {
  readonly bytes: number
  /** How far the true size may be from `bytes`: 0 for bytes and whole numbers of a unit that divide exactly, else half a digit. */
  readonly slack: number
}

/** Undefined when the text is not such a size. A comma as decimal point (some locales) is understood. */
export function readSize(text: string): ReadSize | undefined {
  const m = /^(\d+)(?:[.,](\d+))?\s*(?:([BKMGTPE])(?:i?B)?)?$/i.exec(text.trim())
  if (!m || (m[2] !== undefined && m[3] === undefined)) return undefined
  const unit = 2 ** (10 * LETTERS.indexOf((m[3] ?? 'B').toUpperCase()))
  const bytes = Number(`${m[1]}.${m[2] ?? 0}`) * unit
  if (!Number.isSafeInteger(Math.floor(bytes))) return undefined
  // lsmem rounds to one decimal and drops ".0", so "15G" may be 14.96G
  return { bytes: Math.round(bytes), slack: unit === 1 ? 0 : unit / 20 }
}

/** As util-linux prints sizes: one decimal at most, rounded half up, one letter. */
export function humanSize(bytes: number): string {
  let power = 0
  while (power < LETTERS.length - 1 && bytes >= 1024 ** (power + 1)) power++
  const unit = 1024 ** power
  let whole = Math.floor(bytes / unit)
  let tenth = Math.floor((Math.floor(((bytes % unit) / unit) * 1024) + 50) / 100)
  if (tenth === 10) {
    whole++
    tenth = 0
  }
  return `${whole}${tenth === 0 ? '' : `.${tenth}`}${LETTERS[power]}`
}

/** "0-7,32" as ranges of numbers, both ends included. Undefined when it is not such a list. */
export function readNumberList(text: string): { readonly first: number; readonly last: number }[] | undefined {
  const parts: { first: number; last: number }[] = []
  for (const part of text.trim().split(/\s*,\s*/)) {
    const m = /^(\d{1,15})(?:\s*-\s*(\d{1,15}))?$/.exec(part)
    if (!m) return undefined
    const first = Number(m[1])
    const last = m[2] === undefined ? first : Number(m[2])
    if (last < first) return undefined
    parts.push({ first, last })
  }
  return parts
}
