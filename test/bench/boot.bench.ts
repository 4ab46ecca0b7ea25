/** Boot of a large machine, and what the state of machines of any size takes. */
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { bootEngine, type Engine } from '../../main/engine/engine.ts'
import { X86_64 } from '../../main/engine/machine/description.ts'
import { formatSize, GiB, TiB } from '../../main/engine/units.ts'
import { median, type Figure } from './figure.ts'
import { BLOCK, nodesOf } from './large-machine.ts'

const PiB = 1024 * TiB

const boot: Figure = {
  name: 'boot-16x4TiB', unit: 'ms', goal: '≤ 50',
  run: async () => {
    const description = nodesOf(16, 4 * TiB)
    const times = Array.from({ length: 12 }, () => {
      const before = performance.now()
      bootEngine(description)
      return performance.now() - before
    })
    const value = median(times.slice(2))
    const first = performance.now()
    bootEngine(nodesOf(1, GiB))
    return { value, holds: value <= 50, beside: `the first of them ${times[0]!.toPrecision(2)} ms, 1 GiB ${(performance.now() - first).toPrecision(2)} ms` }
  },
}

/** Live bytes after a full collection. */
function heapUsed(): number {
  setFlagsFromString('--expose-gc')
  const gc = runInNewContext('gc') as () => void
  gc()
  return process.memoryUsage().heapUsed
}

/** Four DIMMs as large as all of boot memory together, two of them online in alternate zones: the same picture at any size. */
function machine(size: number): Engine {
  const constants = { ...X86_64, maxPhysmemBits: 52 }
  const engine = bootEngine(nodesOf(1, size / 2, constants, Math.max(BLOCK, size / 4096)))
  const dimm = size / 8
  for (const i of [0, 1, 2, 3]) {
    engine.execute({ op: 'policy', name: 'auto_online_blocks', value: ['online_movable', 'offline', 'online_kernel', 'offline'][i]! })
    const result = engine.execute({ op: 'plug_dimm', id: `d${i}`, start: Math.max(size / 2, 4 * GiB) + i * dimm, size: dimm, node: 0 })
    if (result.ret !== 0) throw new Error(result.reason ?? 'no DIMM')
  }
  return engine
}

const stateSize: Figure = {
  name: 'state-size-4PiB', unit: 'x 1 GiB', goal: '≤ 1.5',
  run: async () => {
    machine(GiB)
    const rows = [GiB, 64 * GiB, TiB, 64 * TiB, PiB, 4 * PiB].map((size) => {
      const before = heapUsed()
      const engines = Array.from({ length: 20 }, () => machine(size))
      const bytes = (heapUsed() - before) / engines.length
      return { size, bytes, runs: engines[0]!.booted.store.runCount }
    })
    const value = rows[rows.length - 1]!.bytes / rows[0]!.bytes
    return { value, holds: value <= 1.5, beside: rows.map((r) => `${formatSize(r.size)}: ${r.runs} runs ${formatSize(r.bytes)}`).join(', ') }
  },
}

export default [boot, stateSize]
