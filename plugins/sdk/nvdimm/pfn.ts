/**
 * The info block of a pmem namespace and what it comes to: where the data begins, where the struct pages live. drivers/nvdimm/pfn_devs.c,
 * v6.1 (info block version 1.4). Bytes; ends exclusive.
 */
import type { MachineView } from '../device-type.ts'
import { ERRNO, type AltmapPages } from '../steps.ts'

const SZ_8K = 8192
/** MAX_STRUCT_PAGE_SIZE: what an info block sets aside for each page, so that it fits kernels of any configuration. */
const MAX_STRUCT_PAGE_SIZE = 64

const alignUp = (n: number, to: number): number => Math.ceil(n / to) * to
const alignDown = (n: number, to: number): number => Math.floor(n / to) * to

/** struct nd_pfn_sb as far as it decides anything. `start_pad` is deprecated and always 0. */
export interface InfoBlock {
  /** Which signature: fsdax (a pfn device) or devdax (a dax device). */
  readonly kind: 'pfn' | 'dax'
  /** Where the struct pages live: PFN_MODE_RAM or PFN_MODE_PMEM. */
  readonly map: 'mem' | 'dev'
  readonly align: number
  /** Where the data begins, from the start of the namespace. */
  readonly dataoff: number
  /** Cut off at the end, so that the end is aligned. */
  readonly endTrunc: number
}

/** What the kernel refuses: an errno, its own line in the log, and the rule. */
export interface PfnRefusal { readonly errno: number; readonly log: string; readonly reason: string }

/** nd_info_block_reserve(): the 8 KiB of the info block, in whole pages. */
export const infoBlockReserve = (machine: MachineView): number => alignUp(SZ_8K, machine.pageSize)

/** memremap_compat_align(): a sub-section. */
const compatAlign = (machine: MachineView): number => machine.subsectionSize

/** nd_pfn_supported_alignments(): a page, a PMD (2 MiB), a PUD (1 GiB). */
export const supportedAlignments = (machine: MachineView): readonly number[] => {
  const entries = machine.pageSize / 8
  return [machine.pageSize, machine.pageSize * entries, machine.pageSize * entries * entries]
}

/** nd_pfn_init(): the info block for a namespace that has none. */
export function pfnInit(ndns: { readonly start: number; readonly end: number; readonly name: string }, kind: InfoBlock['kind'], map: InfoBlock['map'], align: number, machine: MachineView): InfoBlock | PfnRefusal {
  const size = ndns.end - ndns.start
  const step = Math.max(align, compatAlign(machine))
  if (ndns.start % compatAlign(machine) !== 0) {
    const to = `0x${compatAlign(machine).toString(16)}`
    return { errno: ERRNO.EINVAL, log: `${ndns.name}: start 0x${ndns.start.toString(16).padStart(16, '0')} misaligned to ${to}`, reason: `the namespace must start at a multiple of ${to}` }
  }
  const npfns = Math.floor((size - SZ_8K) / machine.pageSize)
  const endTrunc = ndns.end - alignDown(ndns.end, step)
  const memmap = map === 'dev' ? MAX_STRUCT_PAGE_SIZE * npfns : 0
  const dataoff = alignUp(ndns.start + SZ_8K + memmap, step) - ndns.start
  if (dataoff >= size)
    return { errno: ERRNO.ENXIO, log: `${ndns.name} unable to satisfy requested alignment`, reason: `the data would begin 0x${dataoff.toString(16)} bytes into a namespace of 0x${size.toString(16)}` }
  return { kind, map, align, dataoff, endTrunc }
}

/** __nvdimm_setup_pfn(): what the page map covers, and its altmap. The info area is mapped with the rest. */
export function setupPfn(ndns: { readonly start: number; readonly end: number }, info: InfoBlock, machine: MachineView): { readonly start: number; readonly end: number; readonly altmap: AltmapPages | undefined } {
  const { pageSize, subsectionSize } = machine
  const end = ndns.end - info.endTrunc
  if (info.map === 'mem') return { start: ndns.start, end, altmap: undefined }
  const reserve = infoBlockReserve(machine)
  // memory is added by sub-sections: the reserved part begins at a sub-section's start
  const base = alignDown(ndns.start, subsectionSize)
  return {
    start: ndns.start, end,
    altmap: { reserve: (reserve + ndns.start - base) / pageSize, free: (info.dataoff - reserve) / pageSize, ...(base === ndns.start ? {} : { base: base / pageSize }) },
  }
}
