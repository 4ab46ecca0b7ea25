/** Random small machines and random commands on them, good and bad. */
import fc from 'fast-check'
import type { Command, OnlineWord } from '../../main/engine/command.ts'
import type { Engine } from '../../main/engine/engine.ts'
import type { MachineDescription, NodeDescription } from '../../main/engine/machine/description.ts'
import { GiB, KiB, MiB } from '../../main/engine/units.ts'
import { MEM } from '../../main/engine/state/block.ts'
import { machine, type Ram } from '../golden/machine.ts'

/** All memory of these machines, hot-added memory included, is below this. */
export const TOP = 9 * GiB

const piece = fc.record({
  /** Distance from the end of the piece below. */
  gap: fc.oneof({ weight: 3, arbitrary: fc.constant(0) }, { weight: 2, arbitrary: fc.nat(6).map((n) => n * 64 * MiB) }, { weight: 1, arbitrary: fc.nat(300).map((n) => n * MiB) }),
  size: fc.oneof(
    { weight: 5, arbitrary: fc.integer({ min: 1, max: 8 }).map((n) => n * 128 * MiB) },
    { weight: 2, arbitrary: fc.integer({ min: 1, max: 40 }).map((n) => n * 16 * MiB) },
    { weight: 1, arbitrary: fc.integer({ min: 1, max: 60000 }).map((n) => n * 4 * KiB) },
  ),
  node: fc.nat(3),
  hotplug: fc.boolean(),
})

const cmdline: fc.Arbitrary<string> = fc
  .tuple(
    fc.oneof(
      { weight: 4, arbitrary: fc.constant('') },
      { weight: 1, arbitrary: fc.integer({ min: 1, max: 40 }).map((n) => `kernelcore=${n * 48}M`) },
      { weight: 1, arbitrary: fc.integer({ min: 1, max: 40 }).map((n) => `movablecore=${n * 48}M`) },
      { weight: 1, arbitrary: fc.integer({ min: 1, max: 100 }).map((n) => `kernelcore=${n}%`) },
      // not kernelcore=mirror: RAM around the start of Movable is present in no zone then, in the kernel too
      { weight: 1, arbitrary: fc.constant('movable_node') },
    ),
    fc.oneof(
      { weight: 6, arbitrary: fc.constant('') },
      { weight: 1, arbitrary: fc.integer({ min: 1, max: 4 }).map((n) => `numa=fake=${n}`) },
      { weight: 1, arbitrary: fc.integer({ min: 1, max: 20 }).map((n) => `numa=fake=${n * 48}M`) },
      { weight: 1, arbitrary: fc.integer({ min: 1, max: 3 }).map((n) => `numa=fake=${n}U`) },
      { weight: 1, arbitrary: fc.constant('numa=off') },
    ),
    fc.constantFrom('', '', '', 'mem=1600M', 'mem=5G', 'memmap=200M$600M', 'memmap=64M!1G'),
    fc.constantFrom('', '', '', 'memhp_default_state=online', 'memhp_default_state=online_movable', 'memhp_default_state=online_kernel'),
    fc.constantFrom('', '', '', 'memory_hotplug.online_policy=auto-movable', 'memory_hotplug.online_policy=auto-movable memory_hotplug.auto_movable_ratio=100'),
    fc.constantFrom('', '', 'memory_hotplug.memmap_on_memory=1'),
  )
  .map((words) => words.filter((w) => w !== '').join(' '))

/** 1 to 4 nodes, with holes, memoryless nodes with and without a CPU, RAM below and above 4 GiB, aligned to anything. */
export const anyMachine: fc.Arbitrary<MachineDescription> = fc
  .record({
    first: fc.constantFrom(0, 0, 0, 16 * MiB, 256 * MiB),
    low: fc.array(piece, { minLength: 1, maxLength: 3 }),
    high: fc.array(piece, { maxLength: 3 }),
    highBase: fc.constantFrom(4 * GiB, 4 * GiB, 3.5 * GiB, 4.125 * GiB),
    memoryless: fc.array(fc.record({ id: fc.nat(5), cpus: fc.nat(1) }), { maxLength: 2 }),
    cpus: fc.array(fc.nat(1), { minLength: 4, maxLength: 4 }),
    nodeCount: fc.integer({ min: 1, max: 4 }),
    blockSize: fc.oneof({ weight: 3, arbitrary: fc.constant(undefined) }, { weight: 2, arbitrary: fc.constantFrom(256 * MiB, 512 * MiB) }),
    cmdline,
  })
  .map((c) => {
    const ram: Ram[] = []
    const lay = (from: number, limit: number, pieces: typeof c.low): void => {
      let at = from
      for (const p of pieces) {
        // the first range is always there, whatever the command line takes away
        const sole = ram.length === 0
        const start = at + (sole ? 0 : p.gap)
        const end = Math.min(start + Math.max(p.size, sole ? 64 * MiB : 0), limit)
        if (end <= start) break
        ram.push({ start, end, node: p.node % c.nodeCount, hotplug: p.hotplug })
        at = end
      }
    }
    lay(c.first, 3 * GiB, c.low)
    lay(c.highBase, 8 * GiB, c.high)
    const ids = [...new Set(ram.map((r) => r.node ?? 0))].sort((a, b) => a - b)
    const nodes: NodeDescription[] = ids.map((id) => ({ id, cpus: c.cpus[id] ?? 0 }))
    for (const m of c.memoryless) if (!nodes.some((n) => n.id === m.id)) nodes.push(m)
    return machine({ ram, nodes: nodes.sort((a, b) => a.id - b.id), cmdline: c.cmdline, blockSize: c.blockSize })
  })

/** A command whose numbers are picks among what the machine has when its turn comes. */
export type Intent =
  | { readonly do: 'add' | 'dimm'; readonly at: number; readonly blocks: number; readonly skew: number; readonly size: number; readonly node: number; readonly id: number }
  | { readonly do: 'state'; readonly pick: number; readonly word: string; readonly signal: boolean }
  /** Brings an offline block online, or an online one offline; counts from the highest block down, where hot-added memory is. */
  | { readonly do: 'flip'; readonly pick: number; readonly word: OnlineWord }
  | { readonly do: 'remove' | 'take'; readonly pick: number; readonly blocks: number; readonly skew: number }
  | { readonly do: 'unplug'; readonly id: number }
  | { readonly do: 'mark'; readonly pick: number; readonly offset: number; readonly pages: number; readonly as: 'unmovable' | 'pinned' | 'none' }
  | { readonly do: 'other'; readonly command: Command }

const word: fc.Arbitrary<string> = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom<OnlineWord>('online', 'online_kernel', 'online_movable') },
  { weight: 5, arbitrary: fc.constant('offline') },
  { weight: 1, arbitrary: fc.constantFrom('Online', '', 'on', 'offline ', 'online\n') },
)
const skew = fc.oneof({ weight: 12, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.constantFrom(MiB, 2 * MiB, 4 * KiB, 64 * MiB, 100) })

const intent: fc.Arbitrary<Intent> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constantFrom('add' as const, 'dimm' as const), at: fc.nat(60), blocks: fc.integer({ min: 1, max: 4 }), skew, id: fc.nat(2),
      size: fc.oneof({ weight: 10, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.constantFrom(-1, 2 ** 46, 127 * MiB, 2 ** 52) }),
      node: fc.oneof({ weight: 8, arbitrary: fc.nat(3) }, { weight: 1, arbitrary: fc.constantFrom(-1, 17) }),
    }),
  },
  { weight: 12, arbitrary: fc.record({ do: fc.constant('flip' as const), pick: fc.nat(12), word: fc.constantFrom<OnlineWord>('online', 'online_kernel', 'online_movable') }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('state' as const), pick: fc.nat(63), word, signal: fc.oneof({ weight: 9, arbitrary: fc.constant(false) }, { weight: 1, arbitrary: fc.constant(true) }) }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constantFrom('remove' as const, 'take' as const), pick: fc.nat(63), blocks: fc.integer({ min: 0, max: 4 }), skew }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('unplug' as const), id: fc.nat(3) }) },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('mark' as const), pick: fc.nat(63), offset: fc.nat(40000), pages: fc.integer({ min: 1, max: 70000 }),
      as: fc.constantFrom('unmovable' as const, 'pinned' as const, 'none' as const),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.oneof(
      fc.record({ op: fc.constant('policy' as const), name: fc.constant('auto_online_blocks' as const), value: fc.constantFrom('offline', 'online', 'online_movable', 'online_kernel', 'nonsense') }),
      fc.record({ op: fc.constant('policy' as const), name: fc.constant('online_policy' as const), value: fc.constantFrom('contig-zones', 'auto-movable', 'auto') }),
      fc.record({ op: fc.constant('policy' as const), name: fc.constant('auto_movable_ratio' as const), value: fc.constantFrom('0', '100', '301', '-1', 'x') }),
      fc.record({ op: fc.constant('policy' as const), name: fc.constant('auto_movable_numa_aware' as const), value: fc.constantFrom('Y', 'N', '', 'maybe') }),
      fc.record({
        op: fc.constant('notifier' as const), name: fc.constantFrom('ksm', 'slab'), event: fc.constantFrom('MEM_GOING_ONLINE' as const, 'MEM_GOING_OFFLINE' as const),
        answer: fc.constantFrom('veto' as const, 'allow' as const, 'allow' as const),
      }),
    ).map((command) => ({ do: 'other' as const, command })),
  },
)

export const intents = (max: number): fc.Arbitrary<readonly Intent[]> => fc.array(intent, { minLength: 1, maxLength: max, size: 'max' })

/** The numbers of the memory blocks that exist now, and one that does not. */
function blockNumbers(engine: Engine): number[] {
  const { kernel: k, store } = engine.booted
  const out: number[] = []
  store.eachRun([k.blockState], 0, TOP / k.pageSize, (start, end, state) => {
    if (state) for (let pfn = start; pfn < end; pfn += k.pagesPerBlock) out.push(pfn / k.pagesPerBlock)
  })
  out.push(Math.floor(TOP / k.blockBytes) - 1)
  return out
}

/** The command that an intent means on the machine as it is now. */
export function commandOf(engine: Engine, intended: Intent): Command {
  const { kernel: k } = engine.booted
  const picked = (pick: number): number => {
    const blocks = blockNumbers(engine)
    return blocks[pick % blocks.length]!
  }
  switch (intended.do) {
    case 'add':
    case 'dimm': {
      const slots = Math.floor((TOP - 4 * k.blockBytes) / k.blockBytes)
      const start = (intended.at % slots) * k.blockBytes + intended.skew
      const size = intended.size < 0 ? 0 : intended.size || intended.blocks * k.blockBytes
      const node = intended.node < 0 || intended.node > 3 ? intended.node : (k.nodeIds[intended.node % k.nodeIds.length] ?? 0)
      return intended.do === 'add' ? { op: 'add_memory', node, start, size } : { op: 'plug_dimm', id: `dimm${intended.id}`, start, size, node }
    }
    case 'state': return { op: 'block', block: picked(intended.pick), state: intended.word, signal: intended.signal }
    case 'flip': {
      const { kernel: k, store } = engine.booted
      const blocks = blockNumbers(engine).slice(0, -1)
      const block = blocks[blocks.length - 1 - (intended.pick % blocks.length)] ?? 0
      return { op: 'block', block, state: store.at(k.blockState, block * k.pagesPerBlock) === MEM.online ? 'offline' : intended.word }
    }
    case 'remove':
    case 'take':
      return { op: intended.do === 'remove' ? 'remove_memory' : 'offline_and_remove_memory', start: picked(intended.pick) * k.blockBytes + intended.skew, size: intended.blocks * k.blockBytes }
    case 'unplug': {
      const plugged = engine.booted.store.ref(k.dimms)
      return { op: 'unplug_dimm', id: plugged[intended.id % (plugged.length + 1)]?.id ?? 'none' }
    }
    case 'mark': return { op: 'mark', start: picked(intended.pick) * k.blockBytes + intended.offset * k.pageSize, size: intended.pages * k.pageSize, as: intended.as }
    case 'other': return intended.command
  }
}
