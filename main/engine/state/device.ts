/** A device that somebody added through a device type: what it holds, so that it can be taken away again. */

/** When the resource of a device is given back; kernel-behaviour 3f.3 and seed S2. */
export type ReleasePolicy =
  /** The driver keeps it beyond the struct pages, until its own release. */
  | 'driver'
  /** Never given back by unplug: device managed, for as long as the device is bound. */
  | 'keep'
  /** Together with the struct pages, whoever asked for it. */
  | 'release'
  /** Only if it is System RAM (the check that was merged in v5.0). */
  | 'sysram-only'
  /** When the last of those who hold it lets go. */
  | 'refcount'
  /** Unless it is marked device managed. */
  | 'device-managed-flag'

export interface HeldRegion {
  /** Bytes, `end` exclusive. */
  readonly start: number
  readonly end: number
  readonly name: string
  readonly release: ReleasePolicy
}

export interface Device {
  readonly name: string
  /** Id of the device type. */
  readonly type: string
  /** Parameters as checked and completed with their defaults. */
  readonly params: Readonly<Record<string, string | number | boolean>>
  readonly node: number
  /** Regions that the device holds in the resource tree. */
  readonly regions: readonly HeldRegion[]
  /** Ids of its live page maps. */
  readonly pgmaps: readonly number[]
  /** RAM blocks that it turned into System RAM, bytes; `end` exclusive. */
  readonly ram: readonly { readonly start: number; readonly end: number }[]
  /** What the type itself wants to remember: plain data. */
  readonly data: Readonly<Record<string, string | number | boolean>>
}
