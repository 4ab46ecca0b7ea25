/** What was measured, as something that can be run: a machine, the operations, and which time of the run is the figure. */
import { boot, type Booted } from '../../boot/boot.ts'
import { runTimed } from '../../executors/time/timed-executor.ts'
import type { TimedRun } from '../../executors/time/timed-run.ts'
import type { ThreadSpec } from '../../executors/time/timed-thread.ts'
import { addMemory } from '../../kernel/add-memory.ts'
import { memremapPages } from '../../kernel/memremap-pages.ts'
import { stateStore } from '../../kernel/memory-block.ts'
import { X86_64, X86_64_ZONES, type MachineDescription } from '../../machine/description.ts'
import { bind, type Bound } from '../../operation-of.ts'
import { PROFILES } from '../../profiles/profiles.ts'
import { GiB, MiB, TiB } from '../../units.ts'
import { bootThreads, deferStructPages } from '../boot-threads.ts'
import { parameterOf, type CostValues } from '../costs.ts'

/** A time of a run, in ns; or a ratio of two. */
export type Experiment =
  /** Struct pages of device memory, one range of `pages` a node, all added at once. */
  | { readonly does: 'device'; readonly profile: string; readonly pages: number; readonly nodes?: number
      /** Struct pages on the device; otherwise in RAM. */
      readonly altmap?: boolean
      /** The thread of node n runs on node n + 1. */
      readonly remote?: boolean
      readonly vmemmapShift?: number
      /** Of the thread: all of it, or one cost alone. Of several threads the last to end counts. */
      readonly measure: 'total' | 'device struct page init' | 'device struct page second pass' }
  /** Deferred struct pages at boot, `pages` on each of `nodes` nodes: time of the slowest node thread. */
  | { readonly does: 'boot'; readonly profile: string; readonly pages: number; readonly nodes?: number; readonly cpus: number; readonly threads?: number }
  /** What deferring saves: boot without it minus boot with it. */
  | { readonly does: 'boot saved'; readonly profile: string; readonly pages: number; readonly nodes: number; readonly cpus: number }
  /** add_memory() of a range; `online` brings its blocks online too. */
  | { readonly does: 'hot-add'; readonly profile: string; readonly bytes: number; readonly online: boolean; readonly measure: 'total' | 'struct page init' }
  /** A ratio of two others. */
  | { readonly does: 'ratio'; readonly of: Experiment; readonly to: Experiment }
  /** 1 - the ratio. */
  | { readonly does: 'gain'; readonly of: Experiment; readonly to: Experiment }

const machines = new Map<string, Booted>()

function machine(key: string, profile: string, description: () => MachineDescription): Booted {
  const full = `${profile} ${key}`
  let booted = machines.get(full)
  if (!booted) machines.set(full, (booted = boot(description(), PROFILES.get(profile)!)))
  return booted
}

/** Nodes of equal size, the first with 2 GiB below 4 GiB as well; `bytes` above 4 GiB each. */
function description(nodes: number, bytes: number, cpus: number): MachineDescription {
  const ranges = [{ start: 0, end: 2 * GiB, node: 0 }, ...Array.from({ length: nodes }, (_, i) => ({ start: 4 * GiB + i * bytes, end: 4 * GiB + (i + 1) * bytes, node: i }))]
  return {
    title: 'a published machine', arch: 'x86_64', constants: { ...X86_64, maxPhysmemBits: 52 }, zoneLimits: X86_64_ZONES, cmdline: '', resources: [], iomemEnd: 2 ** 52, hypervisor: false,
    firmware: ranges.map((r) => ({ start: r.start, end: r.end, type: 'usable' as const })), affinity: ranges, nodes: Array.from({ length: nodes }, (_, id) => ({ id, cpus })),
  }
}

const thread = (name: string, node: number, ...operations: readonly Bound[]): ThreadSpec => {
  let i = 0
  return { name, node, cpu: -1, start: 0, next: () => operations[i] && { text: name, bound: operations[i++]! } }
}

function timed(booted: Booted, threads: readonly ThreadSpec[], costs: CostValues, prepare?: () => void): TimedRun {
  const { kernel, store, executor } = booted
  try {
    prepare?.()
    return runTimed({
      kernel, store, functions: executor.functions, threads, costs,
      costOf: (name) => {
        const p = parameterOf(name)
        return p?.use === 'charged' ? p : undefined
      },
    })
  } finally {
    store.travel(0)
    store.journal.entries.length = 0
  }
}

/** ns, or a bare number for ratios. */
export function measure(e: Experiment, costs: CostValues): number {
  switch (e.does) {
    case 'ratio': return measure(e.of, costs) / measure(e.to, costs)
    case 'gain': return 1 - measure(e.of, costs) / measure(e.to, costs)
    case 'device': return device(e, costs)
    case 'boot': return bootTime(e, costs)
    case 'boot saved': {
      const run = (deferred: boolean): number => {
        const booted = bootMachine(e.profile, e.nodes, e.pages, e.cpus)
        return timed(booted, bootThreads(booted, deferred), costs, deferred ? () => deferStructPages(booted) : undefined).total
      }
      return run(false) - run(true)
    }
    case 'hot-add': return hotAdd(e, costs)
  }
}

function device(e: Extract<Experiment, { does: 'device' }>, costs: CostValues): number {
  const nodes = e.nodes ?? (e.remote ? 2 : 1)
  const booted = machine(`device ${nodes}`, e.profile, () => description(nodes, 64 * GiB, 24))
  // whole sections of 128 MiB
  const step = Math.ceil(e.pages / 32768) * 32768
  // 2 pages of info block, then 64 bytes a page, as a namespace has it
  const free = Math.ceil((e.pages * 64) / (2 * MiB)) * 512 + 510
  const added = e.remote ? 1 : nodes
  const threads = Array.from({ length: added }, (_, i) => {
    const start = (16 * TiB) / 4096 + i * step
    return thread(`node ${i}`, e.remote ? 1 : i, bind(memremapPages, {
      type: 'generic', ranges: [{ start, end: start + e.pages }], node: i, owner: `d${i}`, vmemmapShift: e.vmemmapShift ?? 0,
      ...(e.altmap ? { altmap: { basePfn: start, reserve: 2, free } } : {}),
    }))
  })
  const run = timed(booted, threads, costs)
  for (const t of run.threads) for (const c of t.commands) if (c.ret < 0) throw new Error(`${c.text}: ${c.reason ?? c.ret}`)
  if (e.measure === 'total') return run.total
  return Math.max(...run.threads.map((t) => t.pieces.reduce((n, p) => (p.kind === 'work' && p.cost === e.measure ? n + p.to - p.from : n), 0)))
}

/** Each node has a section in front of what is deferred: it is initialised at once. */
function bootMachine(profile: string, nodes: number, pages: number, cpus: number): Booted {
  return machine(`boot ${nodes} ${pages} ${cpus}`, profile, () => description(nodes, 128 * MiB + Math.ceil(pages / 32768) * 128 * MiB, cpus))
}

function bootTime(e: Extract<Experiment, { does: 'boot' }>, costs: CostValues): number {
  const booted = bootMachine(e.profile, e.nodes ?? 1, e.pages, e.cpus)
  const run = timed(booted, bootThreads(booted, true), { ...costs, ...(e.threads === undefined ? {} : { 'padata workers': e.threads }) }, () => deferStructPages(booted))
  // the machine is made of whole sections, the figure is for so many pages
  return (Math.max(...run.threads.slice(1).map((t) => t.worked)) * e.pages) / (Math.ceil(e.pages / 32768) * 32768)
}

function hotAdd(e: Extract<Experiment, { does: 'hot-add' }>, costs: CostValues): number {
  const booted = machine('hot-add', e.profile, () => description(1, 64 * GiB, 4))
  const start = TiB
  const { kernel: k } = booted
  const blocks = e.online ? Array.from({ length: Math.ceil(e.bytes / k.blockBytes) }, (_, i) => bind(stateStore, start / k.pageSize + i * k.pagesPerBlock, 'online_movable')) : []
  const bytes = Math.ceil(e.bytes / k.blockBytes) * k.blockBytes
  const run = timed(booted, [thread('hot-add', 0, bind(addMemory, 0, start, bytes, {}), ...blocks)], costs)
  for (const c of run.threads[0]!.commands) if (c.ret < 0) throw new Error(`${c.text}: ${c.reason ?? c.ret}`)
  const time = e.measure === 'total' ? run.total : (run.costs.find((c) => c.name === 'struct page init')?.time ?? 0)
  return (time * e.bytes) / bytes
}
