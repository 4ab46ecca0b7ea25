/**
 * Commands: what a user, a scenario or a recording can make the modelled kernel do. One command is one entry of the
 * history. Plain data; addresses and sizes are bytes. `runCommand` (lab.ts of the engine) carries them out.
 */

export type OnlineWord = 'online' | 'online_kernel' | 'online_movable'
export type AutoOnline = 'offline' | OnlineWord
/** How the user marked pages: `unmovable` = a kernel allocation sits there; `pinned` = a long-term pin on a movable page;
 * `hwpoison` = memory_failure() took it out of use. */
export type PageMark = 'unmovable' | 'pinned' | 'hwpoison' | 'none'
/** The last three are of some kernels only: MEM_PREPARE_ONLINE v6.8 to v6.19, the node notifiers v6.17 on. */
export type NotifierEvent = 'MEM_GOING_ONLINE' | 'MEM_GOING_OFFLINE' | 'MEM_PREPARE_ONLINE' | 'NODE_ADDING_FIRST_MEMORY' | 'NODE_REMOVING_LAST_MEMORY'

/**
 * Files under sysfs and parameters of the memory_hotplug module; and `uninitialised_pages`, no file of the kernel's: what a struct
 * page says that nobody initialised, where the kernel reads one: `zone-0` of the right node, `device` of the right node, or `wild`.
 */
export type PolicyName = 'auto_online_blocks' | 'online_policy' | 'auto_movable_ratio' | 'auto_movable_numa_aware' | 'uninitialised_pages'

export type Command =
  /** add_memory(nid, start, size, flags), as a driver or the probe calls it: MHP_MERGE_RESOURCE, MHP_MEMMAP_ON_MEMORY. */
  | { readonly op: 'add_memory'; readonly node: number; readonly start: number; readonly size: number
      readonly merge?: boolean | undefined; readonly memmapOnMemory?: boolean | undefined }
  /** Writes a word to /sys/devices/system/memory/memoryN/state. Any text: what the kernel refuses is -EINVAL. */
  | { readonly op: 'block'; readonly block: number; readonly state: string
      /** Ends an offline that would never end by itself (a pinned page) with a signal, as timeout(1) does. */
      readonly signal?: boolean
      /** Another file of the block: `online`, which takes a truth value (drivers/base/core.c). */
      readonly file?: 'online' | undefined }
  | { readonly op: 'remove_memory'; readonly start: number; readonly size: number }
  | { readonly op: 'offline_and_remove_memory'; readonly start: number; readonly size: number }
  /** An ACPI memory device appears: add_memory with MHP_MEMMAP_ON_MEMORY allowed. */
  | { readonly op: 'plug_dimm'; readonly id: string; readonly start: number; readonly size: number; readonly node: number }
  /** ACPI eject: offlines what is online, removes; a refusal brings back what it had taken. */
  | { readonly op: 'unplug_dimm'; readonly id: string }
  /** Marks pages as the user's allocations: decides what offlining meets. */
  | { readonly op: 'mark'; readonly start: number; readonly size: number; readonly as: PageMark }
  /** Writes auto_online_blocks, or a parameter of the memory_hotplug module. */
  | { readonly op: 'policy'; readonly name: PolicyName; readonly value: string }
  /** Adds a device of a type; parameters as declared by the type, sizes as bytes or text ("512MiB"). */
  | { readonly op: 'add_device'; readonly name: string; readonly type: string; readonly params: Readonly<Record<string, string | number | boolean>> }
  | { readonly op: 'remove_device'; readonly name: string }
  /** Something else that a device's type can do: reconfigure, resize, give memory back. */
  | { readonly op: 'device_action'; readonly name: string; readonly action: string; readonly params: Readonly<Record<string, string | number | boolean>> }
  /** request_mem_region() / release_mem_region() by somebody who is no device here. */
  | { readonly op: 'request_region'; readonly start: number; readonly size: number; readonly name: string }
  | { readonly op: 'release_region'; readonly start: number; readonly size: number }
  /** Registers (veto) or removes (allow) a memory notifier that answers NOTIFY_BAD to an event. */
  | { readonly op: 'notifier'; readonly name: string; readonly event: NotifierEvent; readonly answer: 'veto' | 'allow' }

/** What came of a command. */
export interface CommandResult {
  /** 0 or a negative errno (or 1 = "already done" turned into what the writer sees). */
  readonly ret: number
  /** Name of the errno; BUG or HANGS when the operation did not return; absent on success. */
  readonly errno?: string
  /** The operation did not return: a BUG ended its thread, or it waits for ever for a lock of such a thread. `ret` is -1 then. */
  readonly stopped?: 'bug' | 'hangs'
  /** The rule that refused, one line, with the kernel function it sits in. */
  readonly reason?: string
  /** Kernel log lines printed, in order. */
  readonly log: readonly LogLine[]
  /** A device type's hook threw; what it had done was undone. */
  readonly hookError?: boolean
  /** Steps taken by the run executor. */
  readonly steps: number
}

export interface LogLine {
  /** Kernel log level: 3 err, 4 warn, 6 info, 7 debug. */
  readonly level: number
  readonly text: string
  /** The kernel function that printed it. */
  readonly fn: string
  /** Set on a WARN or BUG splat. */
  readonly splat?: 'WARN' | 'BUG'
}
