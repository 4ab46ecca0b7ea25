/**
 * Two threads that add and remove device memory, against every interleaving that the model allows. Compared are: what each thread was
 * ever answered (each answer must be a possible one), and the state of the machine afterwards (it must be one of the possible ones). Not
 * compared: how often each answer came, and the lines that were logged on the way. Where the guest died of it, one interleaving has to end in that BUG.
 */
import type { Booted } from '../engine/boot/boot.ts'
import { errnoName } from '../engine/errors.ts'
import { follow, interleavings, repeat } from '../engine/executors/interleave.ts'
import type { Repeated, Threads } from '../engine/executors/interleave.ts'
import { call, op, write } from '../engine/executors/step.ts'
import { memremapPages, memunmapPages } from '../engine/kernel/memremap-pages.ts'
import type { PgmapRequest } from '../engine/kernel/memremap-pages.ts'
import type { Snapshot } from '../engine/snapshot-types.ts'
import type { Difference } from './compare.ts'
import { plainLines } from './log.ts'
import type { StressWorker } from './translate.ts'

/** One round of a worker of the probe: nothing is claimed. It takes the same id in each round, so that rounds do not differ by it. */
const workerFn = op('worker_fn', "the recordings' probe", function* (k, worker: number, request: PgmapRequest) {
  yield write(k.lastPgmap, worker)
  const id = yield call(memremapPages, request)
  const answer = id < 0 ? id : yield call(memunmapPages, id)
  yield write(k.lastPgmap, 0)
  return answer
})

export interface Stressed { readonly facts: number; readonly differences: readonly Difference[] }

/**
 * Runs what the model allows and leaves the machine in the possible end that `distance` likes best (0: the same as the recorded one).
 */
export function stressed(booted: Booted, snapshot: () => Snapshot, workers: readonly StressWorker[], distance: (snapshot: Snapshot) => number, dying: readonly string[] = []): Stressed {
  const { kernel: k, store } = booted
  const [first, second] = workers
  if (!first || !second) return { facts: 0, differences: [] }
  const operation = (worker: StressWorker, i: number): Repeated =>
    repeat(workerFn, i, { type: worker.memory, node: worker.node, owner: 'zoneprobe', ranges: [{ start: worker.start / k.pageSize, end: (worker.start + worker.size) / k.pageSize }] })
  // what these do themselves concerns a page map and struct pages of their own
  const threads: Threads = { operations: [operation(first, 0), operation(second, 1)], quiet: new Set(['memremap_pages', 'memunmap_pages', 'pageunmap_range', 'memmap_init_zone_device']) }
  const base = store.journal.applied
  const lastPgmap = store.cell(k.lastPgmap)
  const { ends, answers, bugs, complete } = interleavings(booted, threads)

  let best: { readonly schedule: (typeof ends)[number]['schedule']; readonly distance: number } | undefined
  for (const { schedule } of ends) {
    follow(booted, threads, schedule)
    const found = distance(snapshot())
    store.travel(base)
    store.journal.entries.length = base
    if (best === undefined || found < best.distance) best = { schedule, distance: found }
    if (found === 0) break
  }
  if (best) follow(booted, threads, best.schedule)
  store.setCell(k.lastPgmap, lastPgmap)

  const differences: Difference[] = complete ? [] : [{ field: 'interleavings', kernel: 'nothing', model: 'too many to try them all' }]
  let facts = 0
  if (workers.some((worker) => worker.lost)) {
    // the guest died of it: one interleaving at least has to end so, in the kernel's words
    facts++
    const possible = plainLines([...bugs])
    const said = dying.filter((line) => line.startsWith('BUG: '))
    if (!possible.some((line) => said.includes(line))) differences.push({ field: 'log', kernel: said[0] ?? 'the guest was gone', model: possible.join(' or ') || 'no interleaving ends a thread' })
    return { facts, differences }
  }
  for (const [i, worker] of workers.entries()) {
    const possible = answers[i === 0 ? 0 : 1]
    const names = [...possible].map(nameOf).sort()
    for (const [errno, times] of [[0, worker.ok] as const, ...Object.entries(worker.errors).map(([e, n]) => [Number(e), n] as const)]) {
      if (times === 0) continue
      facts++
      if (![...possible].some((answer) => (errno === 0 ? answer >= 0 : answer === -errno))) differences.push({ field: `answers of worker ${i}`, kernel: nameOf(-errno), model: names.join(', ') })
    }
  }
  return { facts, differences }
}

const nameOf = (answer: number): string => (answer >= 0 ? 'ok' : (errnoName(answer) ?? String(answer)))
