/** Simulated times as the pane writes them. */

const UNITS = [['s', 1e9], ['ms', 1e6], ['µs', 1e3], ['ns', 1]] as const

/** "27.38 s", "428 ms", "0": four digits at most, rounded. */
export function timeText(ns: number, digits = 4): string {
  // what is left over where two times cancel out
  if (Math.abs(ns) < 1e-3) return '0'
  const [unit, size] = UNITS.find(([, s]) => Math.abs(ns) >= s) ?? UNITS[3]
  return `${Number((ns / size).toPrecision(digits))} ${unit}`
}

export interface TimeTick { readonly at: number; readonly major: boolean; readonly label: string }

/** Ticks from `from` to `to` (ns) that are at least `room` px apart where they carry a label. All labels have one unit. */
export function timeTicks(from: number, to: number, width: number, room = 76): readonly TimeTick[] {
  const span = to - from
  if (!(span > 0) || width <= 0) return []
  const least = (span / width) * room
  const decade = 10 ** Math.floor(Math.log10(least))
  const step = [1, 2, 5, 10].map((n) => n * decade).find((n) => n >= least) ?? 10 * decade
  const minor = step / (Math.round(step / decade) === 2 ? 4 : 5)
  const [unit, size] = UNITS.find(([, s]) => to >= s) ?? UNITS[3]
  const decimals = Math.max(0, Math.ceil(-Math.log10(step / size) - 1e-9))
  const out: TimeTick[] = []
  const per = Math.round(step / minor)
  for (let i = Math.ceil(from / minor - 1e-9); i * minor <= to * (1 + 1e-12); i++) {
    const at = i * minor
    const major = i % per === 0
    out.push({ at, major, label: major ? `${(at / size).toFixed(decimals)} ${unit}` : '' })
  }
  return out
}

/** 805306368 → "805 306 368" */
export const countText = (n: number): string => String(Math.round(n)).replaceAll(/\B(?=(\d{3})+(?!\d))/g, ' ')
