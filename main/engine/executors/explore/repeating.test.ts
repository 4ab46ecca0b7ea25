import { describe, expect, test } from 'vitest'
import { BLOCK, Rig, smallGuest } from '../../../../test/golden/machine.ts'
import type { Engine } from '../../engine.ts'
import { errnoName } from '../../errors.ts'
import { memremapPages, memunmapPages, type PgmapRequest } from '../../kernel/memremap-pages.ts'
import { GiB, MiB } from '../../units.ts'
import { call, op, write } from '../step.ts'
import type { ThreadSpec } from './question.ts'
import { repeating, repeats } from './repeating.ts'

const round = op('worker_fn', 'test', function* (k, worker: number, request: PgmapRequest) {
  yield write(k.lastPgmap, worker)
  const id = yield call(memremapPages, request)
  const answer = id < 0 ? id : yield call(memunmapPages, id)
  yield write(k.lastPgmap, 0)
  return answer
})
const AT = 8 * GiB
/** A thread that maps and unmaps [AT + from, AT + to) again and again, without claiming it. */
const worker = (i: number, from: number, to: number): ThreadSpec =>
  repeats(`worker ${i}`, round, i, { type: 'generic', node: 0, owner: `worker ${i}`, ranges: [{ start: (AT + from) / 4096, end: (AT + to) / 4096 }] })
const two = (first: readonly [number, number], second: readonly [number, number]): readonly ThreadSpec[] => [worker(0, ...first), worker(1, ...second)]
const names = (answers: ReadonlySet<number>): string[] => [...answers].map((a) => (a === 0 ? 'ok' : String(errnoName(a)))).sort()
/** What each thread may be answered, and the sections above the boot memory at each possible end. */
const possible = (engine: Engine, threads: readonly ThreadSpec[]) => {
  const base = engine.position()
  const { answers, ends, complete } = repeating(engine.booted, threads, 1_000_000)
  const left = ends.map(({ apply }) => {
    apply(engine.booted.store)
    const text = engine.snapshot().sections.filter((s) => s.first >= AT / BLOCK).map((s) => `${s.first - AT / BLOCK}:${s.subsections}`).join(' ')
    engine.travel(base)
    return text
  })
  return { answers: answers.map(names), left: [...new Set(left)].sort(), complete }
}

describe('two threads that map device memory without claiming it', () => {
  test('disjoint ranges always succeed, in one section too, and end in one state', () => {
    for (const pair of [two([0, 32 * MiB], [32 * MiB, 64 * MiB]), two([0, 256 * MiB], [512 * MiB, 768 * MiB])]) {
      const { engine } = new Rig(smallGuest())
      const before = engine.snapshot()
      expect(possible(engine, pair)).toEqual({ answers: [['ok'], ['ok']], left: [''], complete: true })
      expect(engine.snapshot()).toEqual(before)
    }
  })

  test('the same range gives a mix of ok, ENOMEM and EEXIST, and nothing is left', () => {
    const { engine } = new Rig(smallGuest())
    const all = ['EEXIST', 'ENOMEM', 'ok']
    expect(possible(engine, two([0, 64 * MiB], [0, 64 * MiB]))).toEqual({ answers: [all, all], left: [''], complete: true })
  })

  test('ranges that overlap partly may leave sections that nobody owns: the part that was added before the conflict', () => {
    const { engine } = new Rig(smallGuest())
    // the first covers sections 0 and 1, the second the end of section 1 and section 2: only the first can get stuck half way
    expect(possible(engine, two([0, 256 * MiB], [192 * MiB, 384 * MiB]))).toMatchObject({ left: ['', '0:full'], complete: true })
  })
})
