/** Version ranges as package.json writes them, as far as manifests need: `*`, `1.2`, `1.x`, `^1.2.3`, `~1.2`, `>=1 <3`, `1 || 2`. */

type Version = readonly [number, number, number]

export const isVersion = (text: string): boolean => /^\d{1,9}\.\d{1,9}\.\d{1,9}(-[0-9A-Za-z.-]+)?$/.test(text)

/** One bound: at least `low`, below `high`. */
interface Interval { readonly low: Version; readonly high: Version | undefined }

/** Whether a version lies in a range; undefined when the range cannot be read. A pre-release counts as the release it leads to. */
export function inRange(version: string, range: string): boolean | undefined {
  const at = partsOf(version.replace(/[-+].*$/, ''))
  if (at?.length !== 3) return undefined
  let any = false
  for (const part of range.split('||')) {
    const words = part.trim().replace(/(>=|<=|>|<|\^|~|=)\s+/g, '$1').split(/\s+/)
    let all = true
    for (const word of words) {
      const interval = intervalOf(word)
      if (!interval) return undefined
      if (compare(at as unknown as Version, interval.low) < 0 || (interval.high && compare(at as unknown as Version, interval.high) >= 0)) all = false
    }
    any ||= all
  }
  return any
}

function intervalOf(word: string): Interval | undefined {
  const m = /^(>=|<=|>|<|\^|~|=)?v?(.*)$/.exec(word)
  const operator = m?.[1] ?? ''
  const text = m?.[2] ?? ''
  if (/^[*x]?$/i.test(text) && operator === '') return text === '' ? undefined : { low: [0, 0, 0], high: undefined }
  const parts = partsOf(text.replace(/(\.[*x])+$/i, ''))
  if (!parts) return undefined
  const [major, minor = 0, patch = 0] = parts as [number, number?, number?]
  const low: Version = [major, minor, patch]
  /** The first version behind all that begin with what was written. */
  const behind: Version = parts.length === 1 ? [major + 1, 0, 0] : parts.length === 2 ? [major, minor + 1, 0] : [major, minor, patch + 1]
  switch (operator) {
    case '>=': return { low, high: undefined }
    case '>': return { low: behind, high: undefined }
    case '<': return { low: [0, 0, 0], high: low }
    case '<=': return { low: [0, 0, 0], high: behind }
    case '~': return { low, high: parts.length === 1 ? [major + 1, 0, 0] : [major, minor + 1, 0] }
    case '^': return { low, high: major > 0 || parts.length === 1 ? [major + 1, 0, 0] : minor > 0 || parts.length === 2 ? [0, minor + 1, 0] : [0, 0, patch + 1] }
    default: return { low, high: behind }
  }
}

const partsOf = (text: string): number[] | undefined => (/^\d{1,9}(\.\d{1,9}){0,2}$/.test(text) ? text.split('.').map(Number) : undefined)

const compare = (a: Version, b: Version): number => a[0] - b[0] || a[1] - b[1] || a[2] - b[2]
