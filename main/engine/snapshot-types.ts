/**
 * A snapshot: the whole modelled machine as plain data at one moment, compact in runs. Text views, conformance, import
 * and expectations read snapshots and nothing else, so they hold for any machine however it came about.
 */
import type { ZoneName } from './machine/description.ts'
import type { DeviceMemoryType } from './state/pgmap.ts'

export interface ZoneSnapshot {
  readonly name: ZoneName
  readonly index: number
  readonly startPfn: number
  readonly spanned: number
  readonly present: number
  readonly presentEarly: number
  readonly managed: number
  readonly contiguous: boolean
  readonly initialized: boolean
}

export interface NodeSnapshot {
  readonly id: number
  /** Its structures (pglist_data, zones) are there; until then all that follows is 0, and nobody can read it. */
  readonly hasData: boolean
  readonly online: boolean
  readonly hasCpu: boolean
  readonly hasMemory: boolean
  readonly hasNormalMemory: boolean
  readonly startPfn: number
  readonly spanned: number
  readonly present: number
  /** In the kernel's index order, all zones of the architecture, empty ones included. */
  readonly zones: readonly ZoneSnapshot[]
}

/** Section flags, the low bits of section_mem_map, 0 for a section of which there are only sub-section bits: 1 present, 2 valid (has memmap), 4 online, 8 early, 16 tainted by device. */
export interface SectionRun {
  readonly first: number
  readonly last: number
  readonly flags: number
  readonly node: number
  /** The 64-bit sub-section map when it is neither full nor empty (then one section a run), as 0x-hex; 'full' or 'empty'. */
  readonly subsections: string
}

/** State of struct pages; kernel-behaviour 2.8. */
export type PageState = 'absent' | 'garbage' | 'poisoned' | 'initialised' | 'online' | 'device' | 'offline'

/** Neighbouring struct pages that say the same. pfns; `end` is exclusive. */
export interface PageRun {
  readonly start: number
  readonly end: number
  readonly state: PageState
  /** -1 where the struct page does not say (absent, garbage, poisoned). */
  readonly node: number
  readonly zone: ZoneName | 'none'
  readonly reserved: boolean
  /** Id of the page map that the struct page points to, live or gone; 0 for none. */
  readonly pgmap: number
  /** page_ref_count(), where no allocation decides it: 0 for idle private and coherent pages, 1 for others that were initialised. */
  readonly refcount: number | undefined
}

/** A live dev_pagemap. pfns and pages; `end` is exclusive. */
export interface PgmapSnapshot {
  readonly id: number
  readonly type: DeviceMemoryType
  readonly ranges: readonly { readonly start: number; readonly end: number }[]
  readonly node: number
  readonly altmap: { readonly basePfn: number; readonly reserve: number; readonly free: number; readonly align: number; readonly alloc: number } | undefined
  /** log2 of pages in a compound device page. */
  readonly vmemmapShift: number
  /** Name of the device. */
  readonly owner: string
}

/** Neighbouring pfns for which the kernel's table of device ranges lists the same live page map. */
export interface ListedRun { readonly start: number; readonly end: number; readonly pgmap: number }

/** A device that was added through a device type. */
export interface DeviceSnapshot {
  readonly name: string
  readonly type: string
  readonly node: number
  readonly params: Readonly<Record<string, string | number | boolean>>
  /** Ids of its live page maps. */
  readonly pgmaps: readonly number[]
  /** The type's own notes. */
  readonly data: Readonly<Record<string, string | number | boolean>>
}

/** Neighbouring memory blocks that are alike. */
export interface BlockRun {
  readonly first: number
  readonly last: number
  readonly state: 'online' | 'offline' | 'going-offline'
  /** Nodes the block's sysfs folder links to. */
  readonly nodes: readonly number[]
  /** The zone an online block is in; 'none' when it spans several (block.zone == NULL); undefined while offline. */
  readonly zone: ZoneName | 'none' | undefined
  /** Text of valid_zones: "Normal", "none", "Normal Movable", … */
  readonly validZones: string
  /** Word last used to bring it online. */
  readonly onlineType: string
  /** Pages of the block that hold its own memmap (memmap_on_memory). */
  readonly vmemmapPages: number
}

export interface ResourceSnapshot {
  readonly start: number
  /** Exclusive. */
  readonly end: number
  readonly name: string
  readonly busy: boolean
  readonly sysram: boolean
  readonly children: readonly ResourceSnapshot[]
}

/** A lock whose holder is gone: a BUG ended its thread, or it waits for such a lock itself. `by` is the operation it ran. */
export interface HeldLock {
  readonly lock: string
  readonly mode: 'read' | 'write'
  readonly by: string
}

export interface Snapshot {
  readonly arch: string
  readonly constants: {
    readonly pageSize: number
    readonly sectionSize: number
    readonly subsectionSize: number
    readonly blockSize: number
  }
  readonly maxPfn: number
  readonly highestPresentSection: number
  readonly autoOnline: string
  /** Locks that nobody will ever drop; whoever needs one waits for ever. */
  readonly heldForEver: readonly HeldLock[]
  readonly nodes: readonly NodeSnapshot[]
  readonly sections: readonly SectionRun[]
  readonly pages: readonly PageRun[]
  readonly blocks: readonly BlockRun[]
  readonly iomem: readonly ResourceSnapshot[]
  readonly pgmaps: readonly PgmapSnapshot[]
  /** What get_dev_pagemap() finds. */
  readonly listed: readonly ListedRun[]
  readonly devices: readonly DeviceSnapshot[]
  /** pfns that the kernel's linear map covers; of boot memory only what is RAM. */
  readonly directMap: readonly { readonly start: number; readonly end: number }[]
}
