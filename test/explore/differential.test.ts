import { expect, test } from 'vitest'
import { boot } from '../../main/engine/boot/boot.ts'
import { explore, type Exploration, type Question } from '../../main/engine/executors/explore/explore.ts'
import { V6_1 } from '../../main/engine/profiles/profiles.ts'
import { smallGuest } from '../golden/machine.ts'
import { groundOf, randomQuestion } from './random-program.ts'

/** What two explorations of one question must agree on. */
function essence(e: Exploration) {
  return {
    verdict: e.verdict, complete: e.complete,
    broken: [...new Set(e.findings.map((f) => `${f.kind} ${f.id}${f.kind === 'invariant' ? '' : ` ${f.text}`}`))].sort(),
    terminals: e.terminals.map((t) => JSON.stringify(t)).sort(), terminalCount: e.terminalCount,
    races: e.races.map((r) => JSON.stringify(r)).sort(), cycles: e.lockCycles.map((c) => [...c].sort().join()).sort(), results: e.results,
  }
}

const PROGRAMS = Number(process.env['ZONELAB_EXPLORE_PROGRAMS'] ?? 20_000)
const FROM = Number(process.env['ZONELAB_EXPLORE_FROM'] ?? 0)

test(`${PROGRAMS} random programs: reduced and full exploration agree on verdict, terminal states and races`, () => {
  const ground = groundOf(boot(smallGuest(), V6_1))
  let reduced = 0
  let full = 0
  let broken = 0
  for (let seed = FROM; seed < FROM + PROGRAMS; seed++) {
    const question = randomQuestion(ground, seed)
    const run = (options: Question['options']): Exploration => explore({ ...question, options: { all: true, traceStates: 0, maxStates: 200_000, ...options } })!
    const plainly = run({ reduce: 'off' })
    const less = run({ reduce: 'on' })
    full += plainly.states
    reduced += less.states
    if (plainly.verdict === 'broken') broken++
    expect(essence(less), `seed ${seed}`).toEqual(essence(plainly))
    if (seed % 10 === 0) expect(essence(run({ reduce: 'off', exact: true, checkMerges: true })), `seed ${seed}, exactly`).toEqual(essence(plainly))
  }
  // neither all alike nor all trivial
  expect(broken).toBeGreaterThan(PROGRAMS / 20)
  expect(broken).toBeLessThan(PROGRAMS * 0.95)
  expect(reduced).toBeLessThan(full * 0.7)
}, 600_000)
