/** `defineDeviceType`: a kind of device memory, declared first, with hooks only where its behaviour is its own. */
import type { Params, ValuesOf } from './params.ts'
import type { AltmapPages, DeviceMemo, DeviceMemoryType, ReleasePolicy, Steps } from './steps.ts'

/** Raised only when a member changes its meaning or goes away. */
export const API_VERSION = 1

/** The machine as a hook sees it: frozen, at the moment the hook starts. Bytes; `end` exclusive. */
export interface MachineView {
  /** Bytes of a page: 4096 on x86-64. PAGE_SIZE. */
  readonly pageSize: number
  /** Bytes of a section: 128 MiB on x86-64. SECTION_SIZE_BITS. */
  readonly sectionSize: number
  /** Bytes of a sub-section: 2 MiB, the smallest piece that struct pages are added and removed for. SUBSECTION_SHIFT. */
  readonly subsectionSize: number
  /** Bytes of a memory block, the unit of online and offline. memory_block_size_bytes(). */
  readonly blockSize: number
  /** Bytes of a pageblock, the unit of migration types. pageblock_order. */
  readonly pageblockSize: number
  /** Bytes of the smallest piece that alloc_contig_range() takes, and so of virtio-mem's sub-blocks: a pageblock, in older kernels the largest buddy. */
  readonly contigSize: number
  /** Bytes of one struct page: 64 as a rule. */
  readonly structPageSize: number
  /** End of /proc/iomem, exclusive. */
  readonly iomemEnd: number
  /** First address that cannot be mapped. */
  readonly pluggableEnd: number
  /** Word that hot-added blocks are onlined with by the kernel itself: auto_online_blocks. */
  readonly autoOnline: 'offline' | 'online' | 'online_kernel' | 'online_movable'
  /** All possible nodes by id; `online` as /sys/devices/system/node/online, `hasMemory` as has_memory, `hasCpu` as has_cpu. */
  readonly nodes: readonly { readonly id: number; readonly online: boolean; readonly hasMemory: boolean; readonly hasCpu: boolean }[]
  /** The top level of /proc/iomem, by address. */
  readonly resources: readonly ResourceView[]
  /** Devices there are, this one included once it is plugged. */
  readonly devices: readonly DeviceView[]
  /** phys_to_target_node(): the node that firmware names for an address; -1 (NUMA_NO_NODE) for none. */
  physToTargetNode(address: number): number
  /** States of the memory blocks that a range touches: "online", "offline", "none" for no block; in order. */
  blockStates(start: number, end: number): readonly ('online' | 'offline' | 'going-offline' | 'none')[]
}
/** A resource of /proc/iomem. include/linux/ioport.h */
export interface ResourceView {
  /** First byte. */
  readonly start: number
  /** Byte behind the last one: the kernel's `end` + 1. */
  readonly end: number
  /** As /proc/iomem prints it. */
  readonly name: string
  /** IORESOURCE_BUSY: a driver claims it; a request that meets it fails. What is not busy can be nested into. */
  readonly busy: boolean
  /** IORESOURCE_SYSTEM_RAM: System RAM, by whatever name. */
  readonly sysram: boolean
  /** What nests inside, by address. */
  readonly children: readonly ResourceView[]
}
/** A device that was added, with what is noted about it. */
export interface DeviceView extends DeviceMemo {
  /** Its name here. */
  readonly name: string
  /** Id of its type. */
  readonly type: string
  /** Its parameters, checked and completed with their defaults; bytes where a size or an address was declared. */
  readonly params: Readonly<Record<string, string | number | boolean>>
}

/** A size as people write it: "2M", "16MiB", "1G". */
export type SizeText = `${number}${'K' | 'M' | 'G' | 'T'}${'' | 'B' | 'iB'}`

/** Where the range of a device comes from. */
export type Placement =
  /** Where the parameters say. */
  | { readonly at: 'fixed'; readonly start: number; readonly size: number }
  /** The highest free region of the physical space, whole sections (request_free_mem_region). */
  | { readonly at: 'free-region'; readonly size: number }
  /** Inside a resource of this name that is not busy: at its start, or at `start`. */
  | { readonly at: 'within'; readonly resource: string; readonly start?: number; readonly size?: number }

/** An operation on a plugged device, beyond removing it: reconfigure a namespace, resize, give memory back. */
export interface DeviceAction<S extends Params, A extends Params = Params> {
  /** What the button says: the tool's or the driver's own words. */
  readonly title: string
  /** What it does, in a sentence or two, with the kernel's functions. */
  readonly doc: string
  /** What it asks for; {} for nothing. Values arrive as `args`. */
  readonly params: A
  /** The steps; answers 0 or a negative errno. */
  run(context: DeviceContext<S> & { readonly args: Readonly<Record<string, string | number | boolean | undefined>> }): Steps
}

/** A cost of a device type's own. Whoever runs a timeline may set another value. */
export interface DeclaredCost {
  /** Nanoseconds a unit. */
  readonly ns: number
  /** What is counted: "bank"; absent for something that happens once. */
  readonly per?: string
  /** Smallest and largest value that makes sense, ns; 0 and about a quarter of an hour when absent. */
  readonly min?: number
  /** See `min`. */
  readonly max?: number
  /** true: time passes while no CPU works, as in a wait for the device. */
  readonly waits?: boolean
  /** What takes the time, in a sentence. */
  readonly doc: string
}

/** What a hook that plugs a device gets. */
export interface PlugContext<S extends Params> {
  /** Name that the user gave it; no other device has it. */
  readonly name: string
  /** Values of the declared parameters, checked; sizes and addresses in bytes. */
  readonly params: ValuesOf<S>
  /** The machine at the moment the hook starts. */
  readonly machine: MachineView
}
/** What a hook of a plugged device gets. */
export interface DeviceContext<S extends Params> extends PlugContext<S> {
  /** The device as it was noted last. */
  readonly device: DeviceView
}

/**
 * A function of a device type. Its parameters are compared loosely, so that a type with parameters of its own is also an AnyDeviceType: whoever
 * calls it holds the values against the type's `params` first.
 */
export type Hook<A extends readonly unknown[], R> = { hook(...args: A): R }['hook']

/** What an author writes: declarations first, hooks only where they do not suffice. */
export interface DeviceTypeSpec<S extends Params> {
  /** Short and unique: "hmm-private". Lower case, digits, hyphens. */
  readonly id: string
  /** What people call it: "HMM private". */
  readonly title: string
  /** What it is in a sentence or two, with the kernel's driver or functions. */
  readonly doc: string
  /** First release that has it, as a profile id; the lab refuses it in older profiles. */
  readonly since?: string
  /** Last release that has it. */
  readonly until?: string
  /** What took its place after `until`, in words. */
  readonly successor?: string
  /** Its parameters by name, made with `param`; {} for none. One named `node` is the node of its struct pages. */
  readonly params: S
  /** Where the range comes from. */
  readonly placement?: Hook<[params: ValuesOf<NoInfer<S>>], Placement>
  /** Kind of device memory; 'none' has no struct pages. */
  readonly memory: DeviceMemoryType | 'none' | Hook<[params: ValuesOf<NoInfer<S>>], DeviceMemoryType | 'none'>
  /** Is it in the kernel's linear map? Follows from the memory type (private: no) and is checked against it. */
  readonly mapping: 'linear' | 'none'
  /**
   * Smallest unit of start and size, for forms and advice: a name, or a size such as "16MiB". The kernel itself asks for whole sub-sections (2 MiB)
   * wherever there are struct pages, so nothing smaller is taken there.
   */
  readonly granularity: 'page' | 'subsection' | 'section' | 'block' | SizeText
  /** Where its struct pages live: undefined for RAM. */
  readonly altmap?: Hook<[params: ValuesOf<NoInfer<S>>, range: { readonly start: number; readonly size: number }, machine: MachineView], AltmapPages | undefined>
  /** log2 of pages in a compound device page; 0 or absent for base pages. */
  readonly vmemmapShift?: Hook<[params: ValuesOf<NoInfer<S>>], number>
  /** Its region in the resource tree. */
  readonly resource: {
    /** As /proc/iomem shall print it; usually the device's own name. */
    readonly name: string | Hook<[name: string, params: ValuesOf<NoInfer<S>>], string>
    /** false: maps without claiming the range first, as no careful driver does. */
    readonly claim?: Hook<[params: ValuesOf<NoInfer<S>>], boolean>
    /** Who gives it back, and when. */
    readonly release: ReleasePolicy | Hook<[params: ValuesOf<NoInfer<S>>], ReleasePolicy>
  }
  /** Names of locks of its own, outermost first. */
  readonly locks?: readonly string[]
  /** What its hooks charge with `kernel.cost`, by name: how long one unit takes in the timeline. A name that nobody declared takes no time. */
  readonly costs?: Readonly<Record<string, DeclaredCost>>
  /** Replaces what `placement`, `memory`, `altmap` and `resource` make of plugging. Answers 0 or a negative errno. */
  readonly onPlug?: Hook<[context: PlugContext<NoInfer<S>>], Steps>
  /** Replaces what they make of unplugging. */
  readonly onUnplug?: Hook<[context: DeviceContext<NoInfer<S>>], Steps>
  /** Why the device may not go now: an errno and a sentence. Asked before onUnplug. */
  readonly mayUnplug?: Hook<[context: DeviceContext<NoInfer<S>>], { readonly errno: number; readonly reason: string } | undefined>
  /**
   * Work that the driver queues when somebody brings one of its memory blocks online (MEM_ONLINE): done when the write to memoryN/state has
   * returned. A block is a device's when one of its regions contains it. What it answers nobody sees.
   */
  readonly onOnline?: Hook<[context: DeviceContext<NoInfer<S>> & { readonly block: { readonly start: number; readonly end: number } }], Steps>
  /** Rows for the inspector. */
  readonly describe?: Hook<[context: DeviceContext<NoInfer<S>>], readonly { readonly name: string; readonly value: string; readonly doc?: string }[]>
  /** What can be done to a plugged device, by name ("create-namespace"). A type without onPlug and onUnplug also has unmap-pages, map-pages and release-region. */
  readonly actions?: Readonly<Record<string, DeviceAction<NoInfer<S>>>>
  /**
   * Devices of this type that are there right after boot, because firmware describes them and their driver binds by itself. Their names must not
   * be taken; they are plugged in this order. Asked once, with the machine as boot left it.
   */
  readonly atBoot?: (machine: MachineView) => readonly { readonly name: string; readonly params: Readonly<Record<string, string | number | boolean>> }[]
  /** Parameter sets that work on a machine of 1 GiB with room above; run by `zonelab plugin check`. */
  readonly samples?: readonly { readonly title: string; readonly params: Readonly<Partial<Record<keyof S, string | number | boolean>>> }[]
}

/** A device type with everything decided: what the engine runs. */
export interface DeviceType<S extends Params = Params> extends DeviceTypeSpec<S> {
  /** onPlug, or what the declarations come to. Answers 0 or a negative errno. */
  readonly plug: Hook<[context: PlugContext<S>], Steps>
  /** mayUnplug, then onUnplug or what the declarations come to. Answers 0 or a negative errno. */
  readonly unplug: Hook<[context: DeviceContext<S>], Steps>
}

/** A device type, whatever its parameters: what lists of types hold. */
export type AnyDeviceType = DeviceType<Params>
