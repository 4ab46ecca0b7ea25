/**
 * A decision: one matter in which kernels or patches differ, with the values that it can have and the release in which
 * each came in. Values are names, not numbers: operations ask `k.profile.decisions.spanLocks === 'none'` and never read a version.
 */

/** A release as the kernel names it: "v5.3". */
export type Release = `v${number}.${number}`

export interface Decision<V extends string> {
  /** The matter in a few words: "RAM leaves the zone span". */
  readonly title: string
  readonly doc: string
  /** Where it can be looked up: commit, file and function, thread. "[mem]" marks what was not read again. */
  readonly source: string
  /** Each value with what the kernel does then. */
  readonly values: Readonly<Record<V, string>>
  /** Releases in ascending order; the first says what held before it as well. Values that only patches had are not in it. */
  readonly history: readonly (readonly [since: Release, value: NoInfer<V>])[]
}

/** Declares a decision; keeps its values as a union type. */
export const decision = <const V extends string>(d: Decision<V>): Decision<V> => d

/** "v5.3" as a number that sorts; undefined for anything else. */
export function releaseNumber(text: string | undefined): number | undefined {
  const m = /^v(\d+)\.(\d+)$/.exec(text ?? '')
  return m ? Number(m[1]) * 1000 + Number(m[2]) : undefined
}

/** What a decision was in a release. */
export function valueIn<V extends string>(d: Decision<V>, release: Release): V {
  const at = releaseNumber(release)!
  let value = d.history[0]![1]
  for (const [since, next] of d.history) if (releaseNumber(since)! <= at) value = next
  return value
}

/** The releases in which a value holds, as text: "until v5.2", "v5.3 … v5.4", "v5.5 on"; "patches only" where no release had it. */
export function heldIn<V extends string>(d: Decision<V>, value: V): string {
  const spans: string[] = []
  d.history.forEach(([since, v], i) => {
    if (v !== value) return
    const next = d.history[i + 1]?.[0]
    const before = next === undefined ? undefined : releaseBefore(next)
    spans.push(i === 0 ? (before === undefined ? 'always' : `until ${before}`) : before === undefined ? `${since} on` : before === since ? since : `${since} … ${before}`)
  })
  return spans.length === 0 ? 'patches only' : spans.join(', ')
}

const LAST_MINOR: Readonly<Record<number, number>> = { 3: 19, 4: 20, 5: 19, 6: 19 }
const releaseBefore = (release: Release): Release => {
  const n = releaseNumber(release)!
  const [major, minor] = [Math.floor(n / 1000), n % 1000]
  return minor > 0 ? `v${major}.${minor - 1}` : `v${major - 1}.${LAST_MINOR[major - 1] ?? 0}`
}
