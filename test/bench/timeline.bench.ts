/** The timed executor: a large machine once, and many jittered runs of a smaller one. */
import { deviceTypes } from '../../main/engine/devices.ts'
import { bootEngine, type Engine } from '../../main/engine/engine.ts'
import type { CostValues } from '../../main/engine/timing/costs.ts'
import type { Plan } from '../../main/engine/timing/plan.ts'
import { spreadOf, timePlan } from '../../main/engine/timing/run-plan.ts'
import { GiB, TiB } from '../../main/engine/units.ts'
import { X86_64, X86_64_ZONES } from '../../main/engine/machine/description.ts'
import { V6_1 } from '../../main/engine/profiles/profiles.ts'
import { BUILT_IN } from '../../plugins/built-in.ts'
import { elapsed, median, type Figure } from './figure.ts'

const COSTS: CostValues = { 'device struct page init': 34, 'struct page init': 34 }

function machine(nodes: number): Engine {
  const ranges = [{ start: 0, end: 2 * GiB, node: 0 }, ...Array.from({ length: nodes }, (_, i) => ({ start: 4 * GiB + i * 64 * GiB, end: 4 * GiB + (i + 1) * 64 * GiB, node: i }))]
  return bootEngine({
    title: `${nodes} nodes`, arch: 'x86_64', constants: { ...X86_64, maxPhysmemBits: 52 }, zoneLimits: X86_64_ZONES, cmdline: '', resources: [], iomemEnd: 2 ** 52, hypervisor: false,
    firmware: ranges.map((r) => ({ start: r.start, end: r.end, type: 'usable' as const })), affinity: ranges, nodes: Array.from({ length: nodes }, (_, id) => ({ id, cpus: 24 })),
  }, V6_1, 'coarse', deviceTypes(BUILT_IN))
}

/** A thread a node that plugs persistent memory of `size`. */
const plan = (nodes: number, size: number): Plan => ({
  costs: COSTS, boot: undefined, bounds: undefined, jitter: undefined,
  threads: Array.from({ length: nodes }, (_, i) => ({
    name: `node ${i}`, node: i, cpu: -1, start: 0,
    commands: [{ text: `pmem${i}`, command: { op: 'add_device', name: `pmem${i}`, type: 'pmem', params: { at: 8 * TiB + i * size, size, node: i, mode: 'fsdax' } } }],
  })),
})

const large: Figure = {
  name: 'timeline-64-nodes-4tib', unit: 'ms', goal: '≤ 20',
  run: async () => {
    const engine = machine(64)
    const threads = plan(64, 4 * TiB)
    const times: number[] = []
    let events = 0
    const first = await elapsed(() => timePlan(engine, threads))
    // as in a running app
    for (let i = 0; i < 20; i++) timePlan(engine, threads)
    for (let i = 0; i < 9; i++) times.push(await elapsed(() => void (events = timePlan(engine, threads).events)))
    const value = median(times)
    return { value, holds: value <= 20, beside: `${events} events; the first run of a cold process ${first.toFixed(1)} ms` }
  },
}

const jittered: Figure = {
  name: 'timeline-1000-runs-4x3tib', unit: 's', goal: '≤ 2',
  run: async () => {
    const engine = machine(4)
    const threads = plan(4, 3 * TiB)
    const times: number[] = []
    let events = 0
    for (let i = 0; i < 3; i++) times.push((await elapsed(() => spreadOf(engine, threads, { percent: 5, seed: 1, runs: 1000 }, () => true))) / 1000)
    events = timePlan(engine, threads).events
    const value = median(times)
    return { value, holds: value <= 2, beside: `${events} events a run` }
  },
}

export default [large, jittered]
