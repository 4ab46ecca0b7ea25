/**
 * Facts about one machine, gathered from text: what each source says, nothing derived. Several sources of one machine
 * combine into one value; what they contradict is reported, what none says stays undefined (unknown).
 * Addresses are bytes, `end` exclusive.
 */
import type { AffinityRange, FirmwareRange, MachineConstants, NodeDescription, ResourceDescription, ZoneName } from './description.ts'

/** Where a fact was read. */
export interface Source { readonly file: string; readonly line: number }

/** Something that the reader should know: a contradiction, a clipped value, an unprivileged reader's zeros. */
export interface Warning { readonly file: string; readonly line?: number; readonly text: string }

export interface ZoneFacts {
  readonly name: ZoneName
  readonly startPfn?: number
  readonly spanned?: number
  readonly present?: number
  readonly managed?: number
}

export interface NodeFacts {
  readonly id: number
  readonly zones: readonly ZoneFacts[]
  readonly startPfn?: number
  readonly spanned?: number
  readonly present?: number
}

export interface BlockFacts {
  readonly block: number
  readonly start: number
  readonly size: number
  /** Absent where the source lists the block without its state (lsmem -o RANGE,SIZE). */
  readonly state?: 'online' | 'offline' | 'going-offline'
  readonly node?: number
  /** All nodes of a block that belongs to several; `node` is then absent. */
  readonly nodes?: readonly number[]
  /** Zones the source names: one for an online block, the possible ones in order for an offline block. */
  readonly zones?: readonly string[]
  readonly removable?: boolean
}

export interface MachineFacts {
  readonly title?: string
  /** Release: "6.1.0-56-amd64". */
  readonly kernel?: string
  readonly kernelVersion?: { readonly major: number; readonly minor: number }
  readonly arch?: string
  readonly constants: Partial<MachineConstants>
  readonly blockSize?: number
  readonly hypervisor?: boolean
  readonly cmdline?: string
  /** Firmware's memory map (BIOS-e820, or what stands for it). */
  readonly firmware?: readonly FirmwareRange[]
  readonly affinity?: readonly AffinityRange[]
  /** "Early memory node ranges": memblock per node, after firmware, mem=, SRAT and numa=fake have been applied. */
  readonly earlyRanges?: readonly { readonly node: number; readonly start: number; readonly end: number }[]
  /** "Zone ranges" of the boot log; an empty zone has start === end. */
  readonly zoneRanges?: readonly { readonly zone: ZoneName; readonly start: number; readonly end: number }[]
  /** Where the boot log printed its zone ranges. */
  readonly zonesPrintedAt?: Source
  readonly movableStarts?: readonly { readonly node: number; readonly start: number }[]
  /** "Initmem setup node". */
  readonly initmem?: readonly { readonly node: number; readonly start: number; readonly end: number }[]
  readonly nodeCpus?: readonly NodeDescription[]
  readonly nodes?: readonly NodeFacts[]
  readonly blocks?: readonly BlockFacts[]
  readonly resources?: readonly ResourceDescription[]
  readonly iomemEnd?: number
  readonly maxPfn?: number
  readonly warnings: readonly Warning[]
}

/** One piece of text to import. `name` is what errors call it: a path, or "pasted text". */
export interface InputText { readonly name: string; readonly text: string }
