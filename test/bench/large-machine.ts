/** Machines for the benches of the engine. */
import type { MachineConstants, MachineDescription } from '../../main/engine/machine/description.ts'
import { X86_64, X86_64_ZONES } from '../../main/engine/machine/description.ts'
import { GiB, MiB, TiB } from '../../main/engine/units.ts'

export const BLOCK = 128 * MiB

/** A PC whose nodes have `perNode` bytes each, one after the other from 0, with the hole between 3 and 4 GiB in the first. */
export function nodesOf(count: number, perNode: number, constants: MachineConstants = X86_64, blockSize?: number): MachineDescription {
  const affinity = Array.from({ length: count }, (_, node) => ({ start: node * perNode, end: (node + 1) * perNode, node }))
  const end = count * perNode
  return {
    title: `${count} nodes`, arch: 'x86_64', constants, zoneLimits: X86_64_ZONES, affinity, cmdline: '', resources: [], iomemEnd: 2 ** constants.maxPhysmemBits, blockSize,
    nodes: affinity.map(({ node }) => ({ id: node, cpus: 4 })),
    firmware: end > 4 * GiB ? [{ start: 0, end: 3 * GiB, type: 'usable' }, { start: 3 * GiB, end: 4 * GiB, type: 'reserved' }, { start: 4 * GiB, end, type: 'usable' }] : [{ start: 0, end, type: 'usable' }],
  }
}

/** 2 TiB of boot memory in blocks of one section, room for 62 TiB more: 524,288 sections when all is there. */
export const roomFor62TiB = (): MachineDescription => nodesOf(1, 2 * TiB, X86_64, BLOCK)
