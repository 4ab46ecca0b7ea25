/** Devices: operations among 512 of them on a machine of 64 TiB, and how often a second each type is added and removed. */
import type { Command } from '../../main/engine/command.ts'
import { deviceTypes } from '../../main/engine/devices.ts'
import { bootEngine, type Engine } from '../../main/engine/engine.ts'
import { X86_64, X86_64_ZONES } from '../../main/engine/machine/description.ts'
import { V6_1 } from '../../main/engine/profiles/profiles.ts'
import { GiB, MiB, TiB } from '../../main/engine/units.ts'
import { BUILT_IN } from '../../plugins/built-in.ts'
import { median, type Figure } from './figure.ts'

const types = deviceTypes(BUILT_IN)
const engineOf = (cmdline = ''): Engine =>
  bootEngine({
    title: '64 TiB', arch: 'x86_64', constants: X86_64, zoneLimits: X86_64_ZONES, cmdline, iomemEnd: 2 ** 46, resources: [], nodes: [{ id: 0, cpus: 1 }],
    firmware: [{ start: 0, end: 2 * GiB, type: 'usable' }, { start: 4 * GiB, end: 32 * TiB, type: 'usable' }], affinity: [],
  }, V6_1, 'coarse', types)

/** Sizes in sub-sections, so that many devices share their sections. */
const SIZES = [2, 6, 30, 34, 64, 126, 130, 320, 1026, 4096]
const FROM = 33 * TiB

function crowd(): { engine: Engine; end: number } {
  const engine = engineOf()
  let at = FROM
  for (let i = 0; i < 512; i++) {
    const size = SIZES[i % SIZES.length]! * MiB
    const type = ['generic', 'hmm-coherent', 'hmm-private', 'pci-p2pdma'][i % 4]!
    const r = engine.execute({ op: 'add_device', name: `d${i}`, type, params: { at, size, node: 0 } })
    if (r.ret < 0) throw new Error(`${type}: ${r.reason ?? ''}`)
    at += size
  }
  return { engine, end: at }
}

const among: Figure = {
  name: 'device-op-among-512', unit: 'ms', goal: '≤ 16',
  run: async () => {
    const { engine, end } = crowd()
    // by kind of operation and size: the median of each, so that what else the machine does stays out
    const times = new Map<string, number[]>()
    const timed = (kind: string, command: Command): void => {
      const before = performance.now()
      const r = engine.execute(command)
      const list = times.get(kind) ?? []
      list.push(performance.now() - before)
      times.set(kind, list)
      if (r.ret < 0) throw new Error(`${command.op}: ${r.reason ?? ''}`)
    }
    for (let i = 0; i < 200; i++) {
      const size = SIZES[i % SIZES.length]!
      timed(`add ${size} MiB`, { op: 'add_device', name: 'x', type: 'generic', params: { at: end, size: size * MiB, node: 0 } })
      timed(`remove ${size} MiB`, { op: 'remove_device', name: 'x' })
      timed('add in a free region', { op: 'add_device', name: 'y', type: 'hmm-private', params: { size: 2 * MiB, node: 0 } })
      timed('remove from a free region', { op: 'remove_device', name: 'y' })
    }
    const slowest = [...times].map(([kind, list]) => ({ kind, ms: median(list) })).sort((a, b) => b.ms - a.ms)[0]!
    return { value: slowest.ms, holds: slowest.ms <= 16, beside: `${slowest.kind}; slowest single one ${Math.max(...[...times.values()].flat()).toFixed(1)} ms` }
  },
}

/** Types and parameters that fit the machine; a type that this kernel or machine refuses is left out. */
const PARAMS: Readonly<Record<string, Record<string, string | number | boolean>>> = {
  generic: { at: FROM, size: '130MiB', node: 0 }, 'hmm-private': { size: '256MiB', node: 0 }, 'hmm-coherent': { size: '256MiB', node: 0 }, 'pci-p2pdma': { at: FROM, size: '2MiB', node: 0 },
  pmem: { at: FROM, size: '512MiB', node: 0, mode: 'fsdax' }, 'dax-kmem': { at: FROM, size: '8GiB', node: 0 }, 'cxl-region': { window: FROM, size: '512MiB' }, 'virtio-mem': { at: FROM, size: '8GiB' },
}

const perType: readonly Figure[] = Object.entries(PARAMS).map(([type, params]) => ({
  name: `device-rate-${type}`, unit: 'add+remove/s', goal: 'none',
  run: async () => {
    const engine = engineOf()
    const once = (): void => {
      for (const command of [{ op: 'add_device', name: 'x', type, params }, { op: 'remove_device', name: 'x' }] as const) {
        const r = engine.execute(command)
        if (r.ret < 0) throw new Error(`${type}, ${command.op}: ${r.reason ?? ''}`)
      }
      // the journal is history for the user; a rate needs none
      engine.travel(0)
    }
    for (let i = 0; i < 20; i++) once()
    const before = performance.now()
    let n = 0
    while (performance.now() - before < 200) {
      once()
      n++
    }
    return { value: n / ((performance.now() - before) / 1000), holds: true }
  },
}))

export default [among, ...perType]
