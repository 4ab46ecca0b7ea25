/** The explorer: how fast it searches, what a state costs, how soon it can be cancelled; and each beside SPIN on the same automata, where SPIN is installed. */
import { explore, exploration, exploring, type Exploration, type Explored, type Question } from '../../main/engine/executors/explore/explore.ts'
import { promela } from '../../main/engine/executors/explore/promela.ts'
import { contended, disjoint, SMALL } from '../explore/questions.ts'
import { askSpin, spinMissing, type SpinAnswer } from '../explore/spin.ts'
import { median, type Figure, type Measured } from './figure.ts'

const ROUNDS = 5

interface Timed { readonly exploration: Exploration; readonly ms: number }

/** Milliseconds of this process's own time: one thread, whatever else the machine does. */
const cpu = (from = { user: 0, system: 0 }): number => {
  const { user, system } = process.cpuUsage(from)
  return (user + system) / 1000
}

const timed = (question: Question): Timed => {
  const [before, wall] = [process.cpuUsage(), performance.now()]
  const exploration = explore(question)!
  // the collector's threads count in CPU time, waiting for a core counts in the other
  return { exploration, ms: Math.min(cpu(before), performance.now() - wall) }
}

const full = (question: Question): Question => ({ ...question, options: { ...question.options, reduce: 'off' } })

const exported = (question: Question): string => {
  const run = exploration({ ...question, options: { ...question.options, all: true, recordValues: true, traceStates: 0 } })
  for (;;) {
    const { value, done } = run.next()
    if (done) return promela(value as Explored)
  }
}

/** SPIN's and our times in turns; without SPIN the goal cannot be judged. */
function against(question: () => Question, ours: (q: Question) => number, theirs: (answer: SpinAnswer) => number, limit: number): Measured {
  const missing = spinMissing()
  const q = question()
  // as in an app that has been running for a while
  for (let i = 0, spent = 0; i < 20 && spent < 1000; i++) spent += ours(q)
  const model = missing === undefined ? exported(q) : ''
  const [mine, spin]: [number[], number[]] = [[], []]
  let states = 0
  for (let i = 0; i < ROUNDS; i++) {
    mine.push(ours(q))
    if (missing === undefined) {
      const answer = askSpin(model)
      spin.push(theirs(answer))
      states = answer.states
    }
  }
  const us = median(mine)
  if (missing !== undefined) return { value: NaN, holds: false, beside: `${us.toPrecision(3)} ms; ${missing}` }
  const them = median(spin)
  return { value: us / them, holds: us / them <= limit, beside: `${us.toPrecision(3)} ms against ${them.toPrecision(3)} ms (${states} states)` }
}

const rate: Figure = {
  name: 'explore-rate', unit: 'M states/s', goal: '≥ 1',
  run: async () => {
    const runs = Array.from({ length: ROUNDS }, () => timed(full(contended(4, 3))))
    const value = median(runs.map((r) => r.exploration.states / r.ms / 1000))
    const transitions = median(runs.map((r) => r.exploration.transitions / r.ms / 1000))
    return { value, holds: value >= 1 && transitions >= 2.5, beside: `${transitions.toPrecision(3)} M transitions/s (goal 2.5), races on, ${runs[0]!.exploration.states} states` }
  },
}

const size: Figure = {
  name: 'explore-state-size', unit: 'bytes a state', goal: '≤ 32',
  run: async () => {
    const { exploration: e } = timed(full(contended(4, 3)))
    return { value: e.bytes / e.states, holds: e.bytes / e.states <= 32, beside: `${e.states} states` }
  },
}

const cancel: Figure = {
  name: 'explore-cancel', unit: 'ms at most', goal: '≤ 50',
  run: async () => {
    const slices: number[] = []
    for (const question of [full(contended(4, 3)), contended(4, 3), ...Object.values(SMALL).map((q) => q())]) {
      const run = exploring(question)
      let done = false
      while (!done) {
        const [before, wall] = [process.cpuUsage(), performance.now()]
        done = run.next().done === true
        slices.push(Math.min(cpu(before), performance.now() - wall))
      }
    }
    const value = Math.max(...slices)
    return { value, holds: value <= 50, beside: `median ${median(slices).toPrecision(2)} ms of ${slices.length} slices` }
  },
}

const small: readonly Figure[] = Object.entries(SMALL).map(([name, question]) => ({
  name: `explore-small: ${name}`, unit: 'of SPIN in all', goal: '≤ 1/50',
  run: async () => against(question, (q) => timed(q).ms, (a) => a.compiling + a.searching, 1 / 50),
}))

const disjointInit: Figure = {
  name: 'explore-disjoint', unit: 'of pan alone', goal: '≤ 1/50',
  run: async () => against(() => disjoint(4, 24), (q) => timed(q).ms, (a) => a.searching, 1 / 50),
}

const contendedGrowth: Figure = {
  name: 'explore-contended', unit: 'of pan alone', goal: '≤ 1/2',
  run: async () => against(() => contended(4, 3), (q) => timed(q).ms, (a) => a.searching, 1 / 2),
}

export default [rate, size, cancel, ...small, disjointInit, contendedGrowth]
