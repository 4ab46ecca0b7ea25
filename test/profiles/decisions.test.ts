/** Every decision is shown by a scenario: flipped alone in some kernel, something that a user can see comes out otherwise. */
import { describe, expect, test } from 'vitest'
import { DECISION_NAMES, decisionOf, type DecisionName, type Decisions } from '../../main/engine/profiles/decisions.ts'
import { contradictions } from '../../main/engine/profiles/legal.ts'
import { changed, type Profile } from '../../main/engine/profiles/profile.ts'
import { PROFILES } from '../../main/engine/profiles/profiles.ts'
import type { Scenario } from '../../main/engine/scenario/parse.ts'
import { UNSEEN } from './unseen.ts'
import { firstDifference, stories, traceOf } from './stories.ts'

type Pair = readonly [a: string, b: string]

/** Values that follow each other in mainline, and what a patch changed. */
function pairsOf(name: DecisionName): readonly Pair[] {
  const pairs = new Map<string, Pair>()
  const add = (a: string, b: string): void => {
    if (a !== b) pairs.set([a, b].sort().join(), [a, b])
  }
  const { history, values } = decisionOf(name)
  history.forEach(([, value], i) => add(history[Math.max(0, i - 1)]![1], value))
  for (const p of PROFILES.values()) if (p.parent !== undefined) add(PROFILES.get(p.parent)!.decisions[name], p.decisions[name])
  // configuration: no release decides it
  if (pairs.size === 0) for (const value of Object.keys(values)) add(history[0]![1], value)
  return [...pairs.values()]
}

const withValue = (p: Profile, name: DecisionName, value: string): Profile =>
  changed(p, { id: `${p.id} with ${name}: ${value}`, title: p.title, date: p.date }, { [name]: value } as Partial<Decisions>)

/** Named kernels; those with CONFIG_DEBUG_VM too, for what shows in poisoned struct pages only. */
const kernels: readonly Profile[] = [...PROFILES.values(), ...[...PROFILES.values()].map((p) => withValue(p, 'debugVm', 'on'))]

const known = new Map<string, readonly string[]>()
function baseTrace(story: Scenario, profile: Profile): readonly string[] {
  const key = `${story.file} ${profile.id}`
  let trace = known.get(key)
  if (!trace) known.set(key, (trace = traceOf(story, profile)))
  return trace
}

interface Flip { readonly base: Profile; readonly flipped: Profile }

/** Kernels with one of both values, and the same with the other: those first between which it changed. */
function flipsOf(name: DecisionName, [a, b]: Pair): { readonly atTheChange: readonly Flip[]; readonly elsewhere: readonly Flip[] } {
  const changes = new Set([...PROFILES.values()].flatMap((p) => {
    const parent = p.parent === undefined ? undefined : PROFILES.get(p.parent)!
    return parent && parent.decisions[name] !== p.decisions[name] ? [parent, p] : []
  }))
  const flips = kernels.flatMap((base): Flip[] => {
    const other = base.decisions[name] === a ? b : base.decisions[name] === b ? a : undefined
    const flipped = other === undefined ? undefined : withValue(base, name, other)
    return flipped && contradictions(flipped.decisions).length === 0 ? [{ base, flipped }] : []
  })
  return { atTheChange: flips.filter(({ base }) => changes.has(base)), elsewhere: flips.filter(({ base }) => !changes.has(base)) }
}

/** Where flips show first: "FILE, step N, under PROFILE". */
function shownBy(flips: readonly Flip[]): string | undefined {
  for (const { base, flipped } of flips)
    for (const story of stories) {
      const at = firstDifference(baseTrace(story, base), traceOf(story, flipped))
      if (at >= 0) return `${story.file}, step ${at}, under ${base.id}`
    }
  return undefined
}

describe('flipped alone', () => {
  for (const name of DECISION_NAMES)
    for (const pair of pairsOf(name)) {
      const key = `${name}: ${pair[0]} / ${pair[1]}`
      const { atTheChange, elsewhere } = flipsOf(name, pair)
      if (UNSEEN[key] === undefined) test(`${key} shows in a scenario`, () => expect(shownBy([...atTheChange, ...elsewhere])).toBeDefined())
      else test(`${key} shows in none: ${UNSEEN[key]}`, () => expect(shownBy(atTheChange.length > 0 ? atTheChange : elsewhere)).toBeUndefined())
    }
})

test('what is said to show in no scenario is a pair that there is', () => {
  const pairs = DECISION_NAMES.flatMap((name) => pairsOf(name).map((pair) => `${name}: ${pair[0]} / ${pair[1]}`))
  expect(Object.keys(UNSEEN).filter((key) => !pairs.includes(key))).toEqual([])
})
