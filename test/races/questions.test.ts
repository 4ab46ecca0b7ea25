/** Every question that ships answers as it says, under every kernel that it is for; and running one thread after the other is one of its endings. */
import { describe, expect, test } from 'vitest'
import { ask } from '../../main/engine/races/ask.ts'
import { raceOf } from '../../main/engine/races/question.ts'
import { explore } from '../../main/engine/executors/explore/explore.ts'
import type { Profile } from '../../main/engine/profiles/profile.ts'
import type { Scenario } from '../../main/engine/scenario/parse.ts'
import { knownTypes } from '../../main/plugins/known-types.ts'
import { QUESTIONS } from './stories.ts'

const types = knownTypes()

describe.each(QUESTIONS)('%s', (_name, scenario) => {
  test.each(scenario.profiles.map((p) => [p.id, p] as const))('under %s', (_id, profile) => {
    const { expected, invariant, exploration } = ask(scenario, profile, types)
    const found = exploration.verdict === 'broken' ? `broken: ${invariant}: ${exploration.broken?.text}` : exploration.verdict
    expect(expected, 'says what it expects').toBeDefined()
    expect({ expected: expected?.text, met: expected?.met, found }).toEqual({ expected: expected?.text, met: true, found })
    if (exploration.verdict === 'broken') expect(exploration.trace.some((s) => s.marked)).toBe(true)
    else expect(exploration.complete).toBe(true)
  })
})

/** Threads that wait for each other have no order of one after the other; a lock that nobody waits for is none for the run executor. */
const sequential = (s: Scenario): boolean => s.form.race?.boot?.deferred !== true && s.form.race?.without === undefined

describe('one thread after the other', () => {
  test.each(QUESTIONS.filter(([, s]) => sequential(s)))('%s', (_name, scenario) => {
    for (const profile of ends(scenario.profiles)) {
      const seen = new Set((explore({ ...raceOf(scenario, profile, types, { all: true }).question })?.terminals ?? []).map((t) => JSON.stringify(t.results)))
      const n = raceOf(scenario, profile, types).question.threads.length
      for (const order of n === 2 ? [[0, 1], [1, 0]] : [[0, 1, 2], [2, 1, 0]]) {
        const { engine, question } = raceOf(scenario, profile, types)
        const results = order.map((t) => {
          const spec = question.threads[t]!
          const run = engine.booted.executor.run(spec.operation as never, ...(spec.args as readonly never[]))
          return { t, stopped: run.stopped, result: { kind: 'returned', value: run.ret } }
        })
        if (results.some((r) => r.stopped)) continue
        const answer = JSON.stringify(results.sort((a, b) => a.t - b.t).map((r) => r.result))
        expect([...seen], `${profile.id}, order ${order.join()}`).toContain(answer)
      }
    }
  })
})

const ends = (profiles: readonly Profile[]): readonly Profile[] => [...new Set([profiles[0]!, profiles.at(-1)!])]
