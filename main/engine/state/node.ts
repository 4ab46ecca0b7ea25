/** A node's handles: pglist_data of kernel-behaviour 2.1, and its bits in the node masks. */
import type { Cell, Lock } from './handles.ts'
import type { Zone } from './zone.ts'

/** first_deferred_pfn of a node without deferred struct pages. */
export const NO_DEFERRED = -1

export interface Node {
  readonly id: number
  /** 0 or 1: the node's pglist_data is there. */
  readonly hasData: Cell
  readonly startPfn: Cell
  readonly spanned: Cell
  readonly present: Cell
  readonly nrZones: Cell
  /** node_states: N_ONLINE, N_MEMORY, N_NORMAL_MEMORY; 0 or 1. */
  readonly online: Cell
  readonly hasMemory: Cell
  readonly hasNormalMemory: Cell
  /** node_size_lock, "pgdat resize lock": an irq-safe spinlock. */
  readonly sizeLock: Lock
  /** First pfn whose struct page is left for later at boot; NO_DEFERRED for none (ULONG_MAX in the kernel). */
  readonly firstDeferredPfn: Cell
  /** 1 once pgdatinitN, which initialises those, was started. */
  readonly pgdatInitStarted: Cell
  /** CPUs present on the node; they keep it online. */
  readonly cpus: number
  readonly zones: readonly Zone[]
}
