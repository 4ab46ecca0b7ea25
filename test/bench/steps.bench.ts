/** What one step of a modelled function costs, six calls deep, beside the same work in plain functions. */
import { bootEngine } from '../../main/engine/engine.ts'
import { call, op, read, write, type Operation } from '../../main/engine/executors/step.ts'
import { GiB } from '../../main/engine/units.ts'
import { median, type Figure } from './figure.ts'
import { nodesOf } from './large-machine.ts'

const DEPTH = 6
const LOOPS = 200_000

const perStep: Figure = {
  name: 'step-depth-6', unit: 'ns a step', goal: '≤ 100',
  run: async () => {
    const { kernel, executor, store } = bootEngine(nodesOf(1, GiB)).booted
    // the innermost of six functions reads and writes fields, as the kernel's loops do; a write of what is there already is not journaled
    const innermost = op('innermost', 'bench', function* (k, n: number) {
      let sum = 0
      for (let i = 0; i < n; i++) {
        sum += yield read(k.maxPfn)
        yield write(k.signalPending, 0)
      }
      return sum % 1000
    })
    let nested: Operation<[number]> = innermost
    for (let depth = 1; depth < DEPTH; depth++) {
      const callee = nested
      nested = op(`depth ${depth}`, 'bench', function* (_k, n: number) {
        return yield call(callee, n)
      })
    }
    // calls and returns at that depth: six functions that each call the next
    const manyCalls = op('many calls', 'bench', function* (_k, n: number) {
      let sum = 0
      for (let i = 0; i < n; i++) sum += yield call(nested, 1)
      return sum
    })

    const inner = (n: number): number => {
      let sum = 0
      for (let i = 0; i < n; i++) {
        sum += store.cell(kernel.maxPfn)
        store.setCell(kernel.signalPending, 0)
      }
      return sum % 1000
    }
    let plain = inner
    for (let depth = 1; depth < DEPTH; depth++) {
      const callee = plain
      plain = (n) => callee(n)
    }

    const [steps, calls, functions]: [number[], number[], number[]] = [[], [], []]
    const timed = (into: number[], body: () => number): void => {
      const before = performance.now()
      const units = body()
      into.push(((performance.now() - before) * 1e6) / units)
    }
    for (let i = 0; i < 9; i++) {
      timed(steps, () => executor.run(nested, LOOPS).steps)
      timed(calls, () => executor.run(manyCalls, LOOPS / 20).steps)
      timed(functions, () => (plain(LOOPS) < 0 ? 1 : 2 * LOOPS))
    }
    const value = median(steps.slice(2))
    return { value, holds: value <= 100, beside: `plain functions ${median(functions.slice(2)).toPrecision(2)} ns, with six calls for every two steps ${median(calls.slice(2)).toPrecision(3)} ns a step` }
  },
}

export default perStep
