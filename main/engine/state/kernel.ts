/**
 * The modelled kernel: constants of the machine and the handles of all its state. Holds no values: those are in the
 * store of whichever executor runs (RangeStore: run and time).
 */
import type { NotifierEvent } from '../command.ts'
import type { MachineConstants, MachineDescription } from '../machine/description.ts'
import type { Profile } from '../profiles/profile.ts'
import { Cell, Field, Lock, Ref, type LockKind } from './handles.ts'
import type { Device } from './device.ts'
import { NO_DEFERRED, type Node } from './node.ts'
import type { Pgmap } from './pgmap.ts'
import { iomemRoot, type Resource } from './resource-tree.ts'
import { MAX_NR_ZONES, ZONE_NAMES, type Zone } from './zone.ts'

/** A memory group (drivers/base/memory.c): the blocks of one device, which share a fate under auto-movable. */
export interface MemoryGroup {
  readonly id: number
  readonly node: number
  /** s.max_pages of a static group, d.unit_pages of a dynamic one. */
  readonly maxPages: number
  readonly dynamic: boolean
  readonly presentKernel: number
  readonly presentMovable: number
}

/** An ACPI memory device. `enabled`: its add_memory succeeded, or failed with -EEXIST, so that the driver is bound. */
export interface Dimm {
  readonly id: string
  readonly start: number
  readonly size: number
  readonly node: number
  readonly group: number
  readonly enabled: boolean
}

/** A subscriber of the memory notifier chain that answers NOTIFY_BAD to one event. */
export interface Notifier { readonly name: string; readonly event: NotifierEvent }

/** A lock whose holder is gone: a BUG ended it, or it waits for such a lock itself. `by` is the operation it ran. */
export interface HeldForEver { readonly lock: Lock; readonly mode: 'read' | 'write'; readonly by: string }

/** What a struct page says that nobody initialised, where poison does not tell (kernel-behaviour 9.3). */
export const UNINITIALISED = ['zone-0', 'device', 'wild'] as const

/** Marks of the user's on pages: what sits there. */
export const MARK = { none: 0, unmovable: 1, pinned: 2, hwpoison: 3 } as const

/** Somebody uses the page: a poisoned one is used by nobody. */
export const inUse = (mark: number): boolean => mark === MARK.unmovable || mark === MARK.pinned

/** A sub-block of virtio-mem: backed by its device (as all other memory), not backed, or not backed and its driver is gone. */
export const SUBBLOCK = { plugged: 0, unplugged: 1, abandoned: 2 } as const

export const ONLINE_POLICY = { contigZones: 0, autoMovable: 1 } as const

export class Kernel {
  readonly constants: MachineConstants
  readonly pageSize: number
  readonly pagesPerSection: number
  readonly pagesPerSubsection: number
  readonly pageblockPages: number
  readonly maxOrderPages: number
  readonly pagesPerBlock: number
  readonly blockBytes: number
  /** Cell names and initial values, in id order; for stores to be made from. */
  readonly cellInit: number[] = []
  readonly refInit: unknown[] = []
  readonly allFields: Field[] = []
  readonly allCells: Cell[] = []
  readonly allRefs: Ref<unknown>[] = []
  private readonly allLocks: Lock[] = []

  readonly nodes = new Map<number, Node>()
  /** Node ids in ascending order: every possible node. */
  readonly nodeIds: readonly number[]

  // ---- sections: per section and per sub-section (mem_section, kernel-behaviour 2.3)
  readonly sectionFlags: Field
  /** Node of the section + 1. */
  readonly sectionNode: Field
  /** USAGE.* */
  readonly sectionUsage: Field
  /** 1 where the bit of subsection_map is set. */
  readonly subsectionMap: Field

  // ---- struct pages and the direct map
  readonly page: Field
  /** 1 where the kernel's linear map covers the page. */
  readonly directMap: Field
  /** 1 where boot's memblock.memory had RAM: tells RAM from holes inside early sections. Set at boot, never again. */
  readonly bootMemory: Field
  /** MARK.*: what the user says is allocated there. */
  readonly mark: Field

  /** SUBBLOCK.*: virtio-mem's account of what the device backs; PG_offline of pages in online blocks follows from it. */
  readonly subblock: Field

  // ---- device memory
  /** pgmap_array: id of the page map that the kernel's table lists for a pfn; 0 for none. */
  readonly pgmapIndex: Field
  /** Per section: where its memmap is stored. 0 = RAM, else the id of the page map whose altmap holds it. */
  readonly memmapHome: Field
  /** Per section: id of the page map for which HMM's own table (hmm_devmem_radix, v4.14 … v4.20) has an entry; 0 for none. */
  readonly hmmRadix: Field
  readonly pgmaps: Ref<readonly Pgmap[]>
  /** The completion that a driver waits for whose pages are still referenced: never 1. */
  readonly pagesIdle: Cell
  /** Id that was given last. */
  readonly lastPgmap: Cell
  readonly devices: Ref<readonly Device[]>

  // ---- memory blocks: per block (memory_block, kernel-behaviour 2.4)
  readonly blockState: Field
  /** zoneId of memory_block.zone; 0 = NULL. */
  readonly blockZone: Field
  /** memory_block.nid + 1; 0 = NUMA_NO_NODE. */
  readonly blockNode: Field
  /** Index into `nodeSets`: the nodes whose sysfs folders link the block. */
  readonly blockNodes: Field
  readonly blockOnlineType: Field
  readonly blockVmemmapPages: Field
  readonly blockGroup: Field

  // ---- the rest
  readonly iomem: Ref<Resource>
  readonly groups: Ref<readonly MemoryGroup[]>
  readonly dimms: Ref<readonly Dimm[]>
  readonly notifiers: Ref<readonly Notifier[]>
  readonly warnedOnce: Ref<readonly string[]>
  readonly maxPfn: Cell
  readonly highestPresentSection: Cell
  /** mhp_default_online_type, MMOP.* */
  readonly autoOnline: Cell
  readonly onlinePolicy: Cell
  /** auto_movable_ratio, percent. */
  readonly autoMovableRatio: Cell
  readonly autoMovableNumaAware: Cell
  /** Index into UNINITIALISED: for `choose`. */
  readonly uninitialised: Cell
  /** How often a run asked that, and which kernel function did last: what I9 forbids, though it leaves no other trace. */
  readonly uninitialisedReads: Ref<{ readonly times: number; readonly last: string }>
  /** Locks that nobody will ever drop. */
  readonly heldForEver: Ref<readonly HeldForEver[]>
  /** Ends an offline that loops: signal_pending(current). */
  readonly signalPending: Cell
  /** The static key of boot: 1 while struct pages may be left for later. */
  readonly deferredPages: Cell
  /** Node threads of boot that are not done. */
  readonly pgdatInitUndone: Cell
  /** Node sets in use; a block on a node border belongs to several. Index 0 is the empty set. Grows only at boot. */
  readonly nodeSets: (readonly number[])[] = [[]]

  // ---- locks, in legal order (kernel-behaviour 4.2)
  readonly deviceHotplugLock: Lock
  readonly deviceLock: Lock
  readonly cpuHotplugLock: Lock
  readonly memHotplugLock: Lock
  readonly memoryChain: Lock
  readonly nodeChain: Lock
  readonly resourceLock: Lock
  /** pgmap_lock and hmm_devmem_lock: of the radix trees of page maps, leaves both. */
  readonly pgmapLock: Lock
  readonly hmmDevmemLock: Lock
  /** rcu_read_lock(), for what is explored with readers. */
  readonly rcu: Lock
  /** Of the first versions of deferred growth only. */
  readonly deferredZoneGrowLock: Lock

  readonly movableNode: boolean
  /** memory_hotplug.memmap_on_memory; `force` pads what does not fill pageblocks. */
  readonly memmapOnMemory: 'off' | 'on' | 'force'
  /** The CPU maps memory by PMDs (X86_FEATURE_PSE); off with clearcpuid=pse. */
  readonly pse: boolean
  /** numa_meminfo, then numa_reserved_meminfo: bytes, `end` exclusive; the first range that contains an address names its node. */
  readonly meminfo: readonly { readonly start: number; readonly end: number; readonly node: number }[]
  /** First address that hotplug refuses (mhp_get_pluggable_range end + 1). */
  readonly pluggableEnd: number

  constructor(
    readonly description: MachineDescription,
    readonly profile: Profile,
    options: { readonly blockBytes: number; readonly nodes: readonly { readonly id: number; readonly cpus: number }[]; readonly meminfo?: Kernel['meminfo']; readonly movableNode: boolean; readonly memmapOnMemory: Kernel['memmapOnMemory']; readonly pse?: boolean },
  ) {
    const c = (this.constants = description.constants)
    this.pageSize = 2 ** c.pageShift
    this.pagesPerSection = 2 ** (c.sectionShift - c.pageShift)
    this.pagesPerSubsection = 2 ** (c.subsectionShift - c.pageShift)
    this.pageblockPages = 2 ** c.pageblockOrder
    this.maxOrderPages = 2 ** (c.maxOrder - 1)
    this.blockBytes = options.blockBytes
    this.pagesPerBlock = options.blockBytes / this.pageSize
    this.movableNode = options.movableNode
    this.memmapOnMemory = options.memmapOnMemory
    this.pse = options.pse ?? true
    this.meminfo = options.meminfo ?? []
    this.pluggableEnd = 2 ** c.maxPhysmemBits

    this.deviceHotplugLock = this.newLock('device_hotplug_lock', 'mutex', 1)
    this.cpuHotplugLock = this.newLock('cpu_hotplug_lock', 'percpu-rwsem', 3)
    this.memHotplugLock = this.newLock('mem_hotplug_lock', 'percpu-rwsem', 4)
    // where the caller takes mem_hotplug_lock, it does so before the device lock
    this.deviceLock = this.newLock('memory block device lock', 'mutex', profile.decisions.hotplugLockPlace === 'caller' ? 4.5 : 2)
    this.memoryChain = this.newLock('memory_chain', 'percpu-rwsem', 5)
    this.nodeChain = this.newLock('node_chain', 'percpu-rwsem', 5)
    this.resourceLock = this.newLock('resource_lock', 'rwlock', 8)
    this.pgmapLock = this.newLock('pgmap_lock', 'mutex', 9)
    this.hmmDevmemLock = this.newLock('hmm_devmem_lock', 'mutex', 9)
    this.rcu = this.newLock('rcu', 'rcu', 10)
    this.deferredZoneGrowLock = this.newLock('deferred_zone_grow_lock', 'spinlock', 6)

    for (const { id, cpus } of options.nodes) this.nodes.set(id, this.newNode(id, cpus))
    this.nodeIds = [...this.nodes.keys()].sort((a, b) => a - b)

    this.sectionFlags = this.field('section_mem_map flags', this.pagesPerSection)
    this.sectionNode = this.field('section nid', this.pagesPerSection)
    this.sectionUsage = this.field('section usage', this.pagesPerSection)
    this.subsectionMap = this.field('subsection_map', this.pagesPerSubsection)
    this.page = this.field('struct page', 1)
    this.directMap = this.field('direct map', 1)
    this.bootMemory = this.field('memblock.memory', 1)
    this.mark = this.field('user mark', 1)
    this.subblock = this.field('virtio-mem sub-block', 1)
    this.pgmapIndex = this.field('pgmap_array', 1)
    this.memmapHome = this.field('memmap home', this.pagesPerSection)
    this.hmmRadix = this.field('hmm_devmem_radix', this.pagesPerSection)
    this.blockState = this.field('memory_block.state', this.pagesPerBlock)
    this.blockZone = this.field('memory_block.zone', this.pagesPerBlock)
    this.blockNode = this.field('memory_block.nid', this.pagesPerBlock)
    this.blockNodes = this.field('node links', this.pagesPerBlock)
    this.blockOnlineType = this.field('memory_block.online_type', this.pagesPerBlock)
    this.blockVmemmapPages = this.field('memory_block.nr_vmemmap_pages', this.pagesPerBlock)
    this.blockGroup = this.field('memory_block.group', this.pagesPerBlock)

    this.iomem = this.ref<Resource>('iomem_resource', iomemRoot(description.iomemEnd))
    this.groups = this.ref<readonly MemoryGroup[]>('memory_groups', [])
    this.dimms = this.ref<readonly Dimm[]>('ACPI memory devices', [])
    this.pgmaps = this.ref<readonly Pgmap[]>('dev_pagemaps', [])
    this.devices = this.ref<readonly Device[]>('devices', [])
    this.notifiers = this.ref<readonly Notifier[]>('memory_chain subscribers', [])
    this.warnedOnce = this.ref<readonly string[]>('WARN_ON_ONCE flags', [])
    this.maxPfn = this.cell('max_pfn', 0)
    this.highestPresentSection = this.cell('__highest_present_section_nr', -1)
    this.autoOnline = this.cell('mhp_default_online_type', 0)
    this.onlinePolicy = this.cell('online_policy', ONLINE_POLICY.contigZones)
    this.autoMovableRatio = this.cell('auto_movable_ratio', 301)
    this.autoMovableNumaAware = this.cell('auto_movable_numa_aware', 1)
    this.lastPgmap = this.cell('last page map', 0)
    this.pagesIdle = this.cell('the completion of a page map', 0)
    this.uninitialised = this.cell('what uninitialised struct pages say', 0)
    this.uninitialisedReads = this.ref('reads of uninitialised struct pages', { times: 0, last: '' })
    this.heldForEver = this.ref<readonly HeldForEver[]>('locks held for ever', [])
    this.signalPending = this.cell('signal_pending', 0)
    this.deferredPages = this.cell('deferred_pages', 0)
    this.pgdatInitUndone = this.cell('pgdat_init_n_undone', 0)
  }

  private cell(name: string, value: number): Cell {
    const cell = new Cell(this.allCells.length, name)
    this.allCells.push(cell)
    this.cellInit.push(value)
    return cell
  }
  private ref<T>(name: string, value: T): Ref<T> {
    const ref = new Ref<T>(this.allRefs.length, name)
    this.allRefs.push(ref as Ref<unknown>)
    this.refInit.push(value)
    return ref
  }
  private field(name: string, unit: number): Field {
    const field = new Field(this.allFields.length, name, unit)
    this.allFields.push(field)
    return field
  }
  private newLock(name: string, kind: LockKind, rank: number): Lock {
    const l = new Lock(this.allLocks.length, name, kind, rank)
    this.allLocks.push(l)
    return l
  }

  /** Names of all locks, in the order in which they were made. */
  lockNames(): readonly string[] {
    return this.allLocks.map((l) => l.name)
  }

  private newNode(id: number, cpus: number): Node {
    const name = (field: string): string => `node ${id} ${field}`
    const zones: Zone[] = []
    const node: Node = {
      id,
      cpus,
      zones,
      hasData: this.cell(name('pglist_data'), 0),
      startPfn: this.cell(name('node_start_pfn'), 0),
      spanned: this.cell(name('node_spanned_pages'), 0),
      present: this.cell(name('node_present_pages'), 0),
      nrZones: this.cell(name('nr_zones'), 0),
      online: this.cell(name('N_ONLINE'), 0),
      hasMemory: this.cell(name('N_MEMORY'), 0),
      hasNormalMemory: this.cell(name('N_NORMAL_MEMORY'), 0),
      sizeLock: this.newLock(name('node_size_lock'), 'spinlock', 6),
      firstDeferredPfn: this.cell(name('first_deferred_pfn'), NO_DEFERRED),
      pgdatInitStarted: this.cell(name('pgdatinit started'), 0),
    }
    for (let index = 0; index < MAX_NR_ZONES; index++) {
      const zone = (field: string): string => `zone ${id}/${ZONE_NAMES[index]!} ${field}`
      zones.push({
        node, index, name: ZONE_NAMES[index]!,
        startPfn: this.cell(zone('zone_start_pfn'), 0),
        spanned: this.cell(zone('spanned_pages'), 0),
        present: this.cell(zone('present_pages'), 0),
        presentEarly: this.cell(zone('present_early_pages'), 0),
        managed: this.cell(zone('managed_pages'), 0),
        contiguous: this.cell(zone('contiguous'), 0),
        initialized: this.cell(zone('initialized'), 0),
        nrIsolatePageblock: this.cell(zone('nr_isolate_pageblock'), 0),
        spanSeqlock: this.newLock(zone('span_seqlock'), 'seqlock', 6.5),
        lock: this.newLock(`zone ${id}/${ZONE_NAMES[index]!} lock`, 'spinlock', 7),
      })
    }
    return node
  }

  private readonly pluginLocks = new Map<string, Lock>()
  /** A device type's own lock, by name. It nests outside the hotplug locks and inside nothing. */
  pluginLock(name: string): Lock {
    let l = this.pluginLocks.get(name)
    if (!l) this.pluginLocks.set(name, (l = this.newLock(name, 'mutex', this.pluginLocks.size / 1024)))
    return l
  }

  /** Device types' locks that were named so far. */
  get pluginLockNames(): readonly string[] {
    return [...this.pluginLocks.keys()]
  }

  /** A node that must exist. */
  node(id: number): Node {
    const node = this.nodes.get(id)
    if (!node) throw new Error(`node ${id} is not possible on this machine`)
    return node
  }
  zone(node: number, index: number): Zone {
    return this.node(node).zones[index]!
  }
  toPfn(bytes: number): number {
    return Math.floor(bytes / this.pageSize)
  }
  blockOf(pfn: number): number {
    return Math.floor(pfn / this.pagesPerBlock)
  }
  /** The index of a set of nodes in `nodeSets`, added when new. */
  nodeSet(ids: readonly number[]): number {
    const key = ids.join()
    const at = this.nodeSets.findIndex((s) => s.join() === key)
    return at >= 0 ? at : this.nodeSets.push([...ids]) - 1
  }
}
