/** The size of a memory block. probe_memory_block_size(), arch/x86/mm/init_64.c, v6.1 (the rule of the dividing size from v4.17). */
import type { MachineDescription } from '../machine/description.ts'
import type { Decisions } from '../profiles/decisions.ts'
import { GiB } from '../units.ts'

/** `maxPfn` is the end of boot memory. Bytes. */
export function memoryBlockSize(description: MachineDescription, maxPfn: number, { bareMetalBlocks }: Pick<Decisions, 'bareMetalBlocks'>): number {
  if (description.blockSize !== undefined) return description.blockSize
  const { pageShift, sectionShift } = description.constants
  const min = 2 ** sectionShift
  const end = maxPfn * 2 ** pageShift
  if (description.arch !== 'x86_64' || end < 64 * GiB) return min
  if (description.hypervisor === false && bareMetalBlocks === 'largest') return 2 * GiB
  for (let size = 2 * GiB; size > min; size /= 2) if (end % size === 0) return size
  return min
}
