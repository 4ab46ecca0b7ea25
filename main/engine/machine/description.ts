/**
 * The machine as firmware and command line describe it: all that `boot()` needs. Plain data, no behaviour; scenarios
 * carry it inline, importers make it from text. Addresses are bytes; `end` is exclusive everywhere.
 */

/** Constants of an architecture and its configuration. Sources: kernel-behaviour 1.1, 1.4. */
export interface MachineConstants {
  /** log2 of the page size: 12, 14 or 16. */
  readonly pageShift: number
  /** log2 of the section size (SECTION_SIZE_BITS). */
  readonly sectionShift: number
  /** log2 of the sub-section size (SUBSECTION_SHIFT, 21 with any page size). */
  readonly subsectionShift: number
  /** log2 of pages in a pageblock (9 on x86-64 with huge pages). */
  readonly pageblockOrder: number
  /** Largest buddy order + 1 (MAX_ORDER in the meaning of 6.1: 11). */
  readonly maxOrder: number
  /** MAX_PHYSMEM_BITS: 46 on x86-64 without 5-level paging. */
  readonly maxPhysmemBits: number
  /** sizeof(struct page) in bytes. */
  readonly structPageSize: number
}

/** What an e820 entry (or another firmware's memory map) says of a range. */
export type FirmwareType =
  | 'usable' | 'reserved' | 'acpi-data' | 'acpi-nvs' | 'unusable' | 'persistent' | 'persistent-legacy' | 'soft-reserved'

export interface FirmwareRange { readonly start: number; readonly end: number; readonly type: FirmwareType }

/** A memory affinity range of the SRAT (or its equivalent), in firmware order. */
export interface AffinityRange { readonly start: number; readonly end: number; readonly node: number; readonly hotplug?: boolean }

/** A node that firmware names. Nodes named only by affinity ranges need no entry; memoryless and CPU-less ones do. */
export interface NodeDescription { readonly id: number; readonly cpus: number }

/** A node of the resource tree, as /proc/iomem nests them. `busy` defaults to what the kernel does for that name. */
export interface ResourceDescription {
  readonly start: number
  readonly end: number
  readonly name: string
  readonly busy?: boolean
  readonly children?: readonly ResourceDescription[]
}

/** What boot cannot derive (how much the kernel and firmware took). Each is used as given and named in reports. */
export interface ObservedAtBoot {
  /** managed pages of a zone. */
  readonly managed?: readonly { readonly node: number; readonly zone: ZoneName; readonly pages: number }[]
  /** Runs of reserved struct pages in boot memory, byte ranges. */
  readonly reserved?: readonly { readonly start: number; readonly end: number }[]
}

/** A zone of a running machine, taken as it was seen instead of derived by boot. */
export interface AdoptedZone {
  readonly node: number
  readonly zone: ZoneName
  readonly startPfn: number
  readonly spanned: number
  readonly present: number
  readonly managed: number
}
/** A memory block of a running machine. `zone` is absent where the source does not tell; 'none' lies in several. */
export interface AdoptedBlock {
  readonly block: number
  readonly state: 'online' | 'offline' | 'going-offline'
  readonly node?: number
  /** Nodes of a block that belongs to several. */
  readonly nodes?: readonly number[]
  readonly zone?: ZoneName | 'none'
}

/**
 * A machine that was already running when it was seen: its zones and blocks are taken over instead of derived. Each part
 * that is absent is derived by boot as far as the rest allows.
 */
export interface Adopted {
  readonly zones?: readonly AdoptedZone[]
  readonly blocks?: readonly AdoptedBlock[]
}

/** A device that is there after boot: firmware describes it and its driver binds by itself. As add_device takes it. */
export interface BootDevice {
  readonly name: string
  /** Id of the device type. */
  readonly type: string
  readonly params: Readonly<Record<string, string | number | boolean>>
}

export type ZoneName = 'DMA' | 'DMA32' | 'Normal' | 'HighMem' | 'Movable' | 'Device'

/** Upper limits of the kernel zones, in bytes; absent zones do not exist on the architecture. */
export interface ZoneLimits { readonly dma?: number; readonly dma32?: number }

export interface MachineDescription {
  readonly title: string
  readonly arch: string
  readonly constants: MachineConstants
  readonly zoneLimits: ZoneLimits
  readonly firmware: readonly FirmwareRange[]
  readonly affinity: readonly AffinityRange[]
  readonly nodes: readonly NodeDescription[]
  /** Kernel command line; the parameters that matter are read by boot, the rest is kept as text. */
  readonly cmdline: string
  /** Entries of /proc/iomem that boot does not derive from the memory map: PCI windows, kernel image, devices. */
  readonly resources: readonly ResourceDescription[]
  /** Last address that /proc/iomem covers, exclusive (iomem_resource.end + 1): 2^(bits of the CPU). */
  readonly iomemEnd: number
  /** True when the hypervisor bit is set (memory block size rule). Default true. */
  readonly hypervisor?: boolean
  /** Block size in bytes where the source says it; otherwise the rule of the architecture decides. */
  readonly blockSize?: number
  /** Guest-physical memory behind hot-added ranges is not checked; this is the range that hotplug accepts. */
  readonly observed?: ObservedAtBoot
  readonly adopted?: Adopted
  /** Devices right after boot, in the order in which they are plugged. Absent: those that the device types find by themselves. */
  readonly devices?: readonly BootDevice[]
}

/** x86-64 with 4-level paging; kernel-behaviour 1.1. */
export const X86_64: MachineConstants = {
  pageShift: 12, sectionShift: 27, subsectionShift: 21, pageblockOrder: 9, maxOrder: 11, maxPhysmemBits: 46, structPageSize: 64,
}
/** ZONE_DMA and ZONE_DMA32 limits of x86-64. */
export const X86_64_ZONES: ZoneLimits = { dma: 16 * 2 ** 20, dma32: 4 * 2 ** 30 }
