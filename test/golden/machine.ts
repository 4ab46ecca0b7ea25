/** Machines for tests: a description from the few things that a case is about, and short ways to drive and read one. */
import type { Command, CommandResult } from '../../main/engine/command.ts'
import type { DeviceTypes } from '../../main/engine/devices.ts'
import { bootEngine, type Engine } from '../../main/engine/engine.ts'
import type { AffinityRange, FirmwareRange, MachineDescription, NodeDescription, ZoneName } from '../../main/engine/machine/description.ts'
import { X86_64, X86_64_ZONES } from '../../main/engine/machine/description.ts'
import type { Profile } from '../../main/engine/profiles/profile.ts'
import { V6_1 } from '../../main/engine/profiles/profiles.ts'
import type { BlockRun, NodeSnapshot, ZoneSnapshot } from '../../main/engine/snapshot-types.ts'
import { GiB, MiB, TiB } from '../../main/engine/units.ts'

export const BLOCK = 128 * MiB
export const SECTION_PAGES = 32768

/** [start, end) in bytes, and the node that the SRAT gives it to. */
export interface Ram { readonly start: number; readonly end: number; readonly node?: number; readonly hotplug?: boolean }

export interface MachineCase extends Partial<Omit<MachineDescription, 'nodes'>> {
  readonly ram: readonly Ram[]
  /** Possible nodes; those of `ram` with one CPU each when absent. */
  readonly nodes?: readonly NodeDescription[]
}

/** An x86-64 PC with 1 TiB of physical address space. RAM ranges go to firmware and to the SRAT as they are. */
export function machine({ ram, nodes, ...rest }: MachineCase): MachineDescription {
  const firmware: FirmwareRange[] = ram.map((r) => ({ start: r.start, end: r.end, type: 'usable' }))
  const affinity: AffinityRange[] = ram.map((r) => ({ start: r.start, end: r.end, node: r.node ?? 0, hotplug: r.hotplug ?? false }))
  const ids = [...new Set(affinity.map((a) => a.node))].sort((a, b) => a - b)
  return {
    title: 'test machine', arch: 'x86_64', constants: X86_64, zoneLimits: X86_64_ZONES, firmware, affinity,
    nodes: nodes ?? ids.map((id) => ({ id, cpus: 1 })), cmdline: '', resources: [], iomemEnd: TiB, hypervisor: true, ...rest,
  }
}

/** 2 GiB below 4 GiB and 2 GiB above it, one node: the usual small guest. */
export const smallGuest = (rest: Partial<MachineCase> = {}): MachineDescription =>
  machine({ ram: [{ start: 0, end: 2 * GiB }, { start: 4 * GiB, end: 6 * GiB }], ...rest })

/** A booted machine with short names for what the tests ask. */
export class Rig {
  readonly engine: Engine
  /** `types`: device types that can be added, those of firmware's memory at boot. */
  constructor(description: MachineDescription, types?: DeviceTypes, profile: Profile = V6_1) {
    this.engine = bootEngine(description, profile, 'coarse', types)
  }
  run(command: Command): CommandResult {
    return this.engine.execute(command)
  }
  /** Runs a command that must succeed. */
  ok(command: Command): CommandResult {
    const result = this.run(command)
    if (result.ret !== 0) throw new Error(`${JSON.stringify(command)}: ${result.errno ?? result.ret}: ${result.reason ?? ''}`)
    return result
  }
  add(start: number, size: number, node = 0): CommandResult {
    return this.run({ op: 'add_memory', node, start, size })
  }
  /** A word written to memoryN/state; `at` is the block's address. */
  block(at: number, state: string, signal = false): CommandResult {
    return this.run({ op: 'block', block: at / this.engine.booted.kernel.blockBytes, state, signal })
  }
  /** Brings [start, end) online or offline block by block; each must succeed. */
  each(start: number, end: number, state: string): void {
    const size = this.engine.booted.kernel.blockBytes
    for (let at = start; at < end; at += size) {
      const result = this.block(at, state)
      if (result.ret !== 0) throw new Error(`${state} of block at 0x${at.toString(16)}: ${result.errno ?? result.ret}: ${result.reason ?? ''}`)
    }
  }
  node(id = 0): NodeSnapshot {
    const node = this.engine.snapshot().nodes.find((n) => n.id === id)
    if (!node) throw new Error(`no node ${id}`)
    return node
  }
  zone(name: ZoneName, node = 0): ZoneSnapshot {
    const zone = this.node(node).zones.find((z) => z.name === name)
    if (!zone) throw new Error(`no zone ${name}`)
    return zone
  }
  /** Start, spanned, present: what most cases are about. */
  span(name: ZoneName, node = 0): readonly [start: number, spanned: number, present: number] {
    const z = this.zone(name, node)
    return [z.startPfn, z.spanned, z.present]
  }
  blockAt(at: number): BlockRun {
    const nr = at / this.engine.booted.kernel.blockBytes
    const run = this.engine.snapshot().blocks.find((b) => b.first <= nr && nr <= b.last)
    if (!run) throw new Error(`no block at 0x${at.toString(16)}`)
    return run
  }
  get breaches(): readonly string[] {
    return this.engine.invariants().filter((i) => !i.holds).map((i) => `${i.id}: ${i.detail ?? ''}`)
  }
}
