/**
 * The contract between a window and the main process: every request, reply and event. Main validates each request with
 * these schemas; the renderer gets the types. The window holds no machine: it asks for the small answers below.
 *
 * Units: addresses and sizes are bytes (safe integers), pfns and counts are pages; `end` is exclusive.
 */
import { z } from 'zod'
import { CompareRequests } from './contract-compare.ts'
import type { CompareReplies } from './contract-compare.ts'
import { Selection, TrackId } from './contract-map.ts'
import { ProfileRequests } from './contract-profiles.ts'
import type { ProfileChoice, ProfileReplies, StuckLock } from './contract-profiles.ts'
import { RaceRequests } from './contract-races.ts'
import type { RaceEvents, RaceReplies } from './contract-races.ts'
import { TimelineRequests } from './contract-timeline.ts'
import type { TimelineEvents, TimelineReplies } from './contract-timeline.ts'

export { MAP_STATES, PROTOCOL, ZONE_KEYS } from './contract-constants.ts'
export { Selection, TrackId } from './contract-map.ts'
export { ProfileChoice } from './contract-profiles.ts'
export type * from './contract-compare.ts'
export type * from './contract-profiles.ts'
export type * from './contract-races.ts'
export type * from './contract-timeline.ts'

const address = z.number().int().min(0).max(Number.MAX_SAFE_INTEGER)
const range = z.object({ start: address, end: address })

// ----------------------------------------------------------------------------------------------------------- commands

/** Parameters of a device type, by the names that it declares. */
const deviceParams = z.record(z.string(), z.union([z.string().max(256), z.number(), z.boolean()]))

/** The user's commands; the same shapes as `Command` in main/engine/command.ts (checked by a type test). */
export const Command = z.discriminatedUnion('op', [
  z.object({ op: z.literal('add_memory'), node: z.number().int(), start: address, size: address, merge: z.boolean().optional(), memmapOnMemory: z.boolean().optional() }),
  z.object({ op: z.literal('block'), block: z.number().int().min(0), state: z.string(), signal: z.boolean().optional() }),
  z.object({ op: z.literal('remove_memory'), start: address, size: address }),
  z.object({ op: z.literal('offline_and_remove_memory'), start: address, size: address }),
  z.object({ op: z.literal('plug_dimm'), id: z.string().min(1).max(64), start: address, size: address, node: z.number().int() }),
  z.object({ op: z.literal('unplug_dimm'), id: z.string() }),
  z.object({ op: z.literal('mark'), start: address, size: address, as: z.enum(['unmovable', 'pinned', 'hwpoison', 'none']) }),
  z.object({
    op: z.literal('policy'),
    name: z.enum(['auto_online_blocks', 'online_policy', 'auto_movable_ratio', 'auto_movable_numa_aware', 'uninitialised_pages']),
    value: z.string(),
  }),
  z.object({ op: z.literal('add_device'), name: z.string().min(1).max(64), type: z.string().min(1).max(64), params: deviceParams }),
  z.object({ op: z.literal('remove_device'), name: z.string() }),
  z.object({ op: z.literal('device_action'), name: z.string(), action: z.string(), params: deviceParams }),
  z.object({ op: z.literal('request_region'), start: address, size: address, name: z.string().min(1).max(64) }),
  z.object({ op: z.literal('release_region'), start: address, size: address }),
  z.object({
    op: z.literal('notifier'), name: z.string().min(1).max(64),
    event: z.enum(['MEM_GOING_ONLINE', 'MEM_GOING_OFFLINE', 'MEM_PREPARE_ONLINE', 'NODE_ADDING_FIRST_MEMORY', 'NODE_REMOVING_LAST_MEMORY']), answer: z.enum(['veto', 'allow']),
  }),
])
export type Command = z.infer<typeof Command>

// ------------------------------------------------------------------------------------------------------------- replies

/** Bad input, ready to show: `text` is `file:line: field: found, expected`. */
export interface InputProblem { readonly text: string; readonly file: string; readonly line?: number; readonly field?: string; readonly code: string }

/** A folded strip of a machine for lists: weights are widths in equal units; a fold hides `hidden` bytes. */
export type StripPart =
  | { readonly kind: 'run'; readonly zone: ZoneKey; readonly state: 'online' | 'offline' | 'reserved'; readonly weight: number; readonly blocks: number }
  | { readonly kind: 'fold'; readonly hidden: number }
export type ZoneKey = 'DMA' | 'DMA32' | 'Normal' | 'HighMem' | 'Movable' | 'Device' | 'several' | 'none'

export interface GalleryEntry {
  readonly id: string
  /** `race`: asks a question about interleavings. */
  readonly kind: 'machine' | 'scenario' | 'race'
  readonly title: string
  readonly subtitle: string
  /** "1 GiB", "2 nodes" … */
  readonly memory: string
  readonly blocks: number
  readonly steps: number
  readonly failing: number
  readonly strip: readonly StripPart[]
}

export interface ThisComputer {
  readonly available: boolean
  /** "2 nodes, 2 GiB RAM, 16 memory blocks of 128 MiB", or why it cannot be read. */
  readonly summary: string
  readonly sources: readonly { readonly path: string; readonly ok: boolean; readonly text: string }[]
  readonly strip: readonly StripPart[]
}

export interface DocumentInfo {
  readonly name: string
  /** What its kernel is called: "v6.1", or the title of a profile of the user's own. */
  readonly profile: string
  /** The same in full: "Linux 6.1.192", and since when it is there. */
  readonly profileTitle: string
  readonly profileDate: string
  /** What to send to get this kernel again. */
  readonly profileChoice: ProfileChoice
  /** Locks that a BUG left held: whoever needs one waits for ever. */
  readonly stuck: readonly StuckLock[]
  /** What the next undo or redo does where it is not a step: "profile v4.18 instead of v6.1". */
  readonly undoes?: string
  readonly redoes?: string
  /** "1 node · 1 GiB RAM · 1 GiB DIMM" */
  readonly summary: string
  /** Position in the history: 0 = after boot. */
  readonly position: number
  readonly steps: number
  /** Grows with every change of document or position. */
  readonly revision: number
  readonly modified: boolean
  readonly canUndo: boolean
  readonly canRedo: boolean
  /** What import could not tell or found contradictory. */
  readonly warnings: readonly string[]
}

export interface OutlineNode {
  readonly id: number
  readonly online: boolean
  readonly present: number
  readonly hasCpu: boolean
  readonly zones: readonly { readonly name: ZoneKey; readonly spanned: number; readonly present: number }[]
}
export interface Outline {
  readonly nodes: readonly OutlineNode[]
  readonly dimms: readonly { readonly id: string; readonly start: number; readonly size: number; readonly node: number }[]
  /** Devices that were added through a device type, in the order in which they came. */
  readonly devices: readonly OutlineDevice[]
  /** Equal neighbours joined. */
  readonly blocks: readonly { readonly first: number; readonly last: number; readonly state: string; readonly zone: ZoneKey }[]
  readonly blockCount: number
  readonly blockSize: number
  readonly sectionSize: number
  readonly subsectionSize: number
  readonly pageSize: number
}

export interface OutlineDevice {
  readonly name: string
  /** Id of its type ("hmm-private") and the type's title ("HMM private"; the id again where the type is not there). */
  readonly type: string
  readonly title: string
  /** Hull of all that it holds: page maps, claimed regions, RAM. Both 0 when it holds no address. */
  readonly start: number
  readonly size: number
  readonly node: number
}

export interface Field {
  /** The kernel's own name. */
  readonly name: string
  readonly raw: string
  /** Human value, when it says more than the raw one. */
  readonly human?: string
  /** One line on hover. */
  readonly doc?: string
  /** History position whose step last wrote it; undefined when unknown. */
  readonly step?: number
  /** That step failed. */
  readonly failed?: boolean
  /** Kernel function that wrote it. */
  readonly fn?: string
  /** Written by the step at the current position. */
  readonly changed?: boolean
}
export interface InspectorGroup { readonly title: string; readonly fields: readonly Field[] }

/**
 * A field of an action's form. `name` is a key of the command, or "params.NAME" for a device type's parameter; an empty optional
 * field is left out of the command.
 */
export interface FormField {
  readonly name: string
  readonly label: string
  readonly kind: 'bytes' | 'optional-bytes' | 'node' | 'text' | 'choice'
  readonly value: string
  readonly choices?: readonly string[]
  readonly doc?: string
  /** May be left empty; it is left out of the command then. */
  readonly optional?: boolean
  /** Rarely needed: a form shows it on demand. */
  readonly advanced?: boolean
}

export interface Action {
  readonly id: string
  /** The kernel's word: "online", "online_movable", "offline", "remove". */
  readonly label: string
  readonly enabled: boolean
  /** Ready to send with `run`; absent when the action needs a form first. */
  readonly command?: Command
  /** Instead of one command, several to be done in order with `runAll`: every block of a selection. */
  readonly commands?: readonly Command[]
  /** errno name the kernel would return. An enabled action may carry one: it would fail, and may be tried. */
  readonly errno?: string
  /** One line beside the button. */
  readonly reason?: string
  /** Field names of `command` that the form asks for (add_memory, plug_dimm, mark, add_device). */
  readonly form?: readonly FormField[]
  readonly op?: Command['op']
  /** What a filled form starts from, where it has more than the form's fields (a device's name, an action). */
  readonly base?: Command
  /** Heading under which alike actions are shown together: "add device". */
  readonly group?: string
  /** What it does, in a sentence or two: a device type's own description. */
  readonly doc?: string
}

/** Something that stops an address from being removed, or that removal will leave behind. `selection` leads to what stops it. */
export interface Blocker {
  /** "generic0: page map 1 (generic) is live; remove the device first" */
  readonly text: string
  /** Removal is refused or cannot end while this is so; otherwise it goes through and leaves something. */
  readonly refuses: boolean
  readonly selection?: Selection
}

export interface Inspection {
  readonly selection: Selection
  /** "Node 0 › Normal › section 0x22" */
  readonly path: string
  readonly title: string
  readonly range?: { readonly start: number; readonly end: number }
  readonly groups: readonly InspectorGroup[]
  /** "Why" sentences: contiguous is 0 since step 13: … */
  readonly notes: readonly string[]
  /**
   * "What stops me from removing it", for what has an address (page, sub-section, section, block, range, device); absent for the
   * rest. Empty: nothing does. Who owns the address is the group "who owns this address".
   */
  readonly blockers?: readonly Blocker[]
  readonly actions: readonly Action[]
  /** 64 cells for a section; 512 (pages) for a sub-section. */
  readonly cells?: readonly InspectorCell[]
}

export interface InspectorCell {
  /** Sub-sections of the section, or pages of the sub-section; `last` inclusive. */
  readonly first: number
  readonly last: number
  readonly zone: ZoneKey
  readonly state: MapState
  readonly label: string
  /** Who owns its struct pages: "System RAM", a device's name, several joined by " + ", or "nobody" where they exist without an owner. */
  readonly owner?: string
  /** The device that owns it, where it is one: for selecting it and for telling neighbours apart. */
  readonly device?: string
}

/** How a thing is drawn; the pattern, never the colour. */
export type MapState =
  | 'none' | 'span' | 'present' | 'online' | 'offline' | 'initialised' | 'reserved' | 'poisoned' | 'garbage' | 'device'
  | 'altmap' | 'mapped' | 'busy' | 'free' | 'going-offline'

/**
 * The axis: what of the physical space there is to show, in order. Everything between two segments is empty and may be
 * folded. Segment edges are multiples of the section size.
 */
export interface AxisSegment { readonly start: number; readonly end: number }
export interface Axis {
  readonly segments: readonly AxisSegment[]
  /** The end of /proc/iomem, exclusive. */
  readonly spaceEnd: number
  /** Lanes of the zone track, top to bottom: every zone that ever had a span, in node and index order. */
  readonly lanes: readonly { readonly node: number; readonly zone: ZoneKey; readonly spanned: number; readonly present: number; readonly startPfn: number }[]
  readonly nodes: readonly { readonly node: number; readonly spanned: number; readonly present: number; readonly startPfn: number }[]
  /** Nesting levels of the resource track that are in use. */
  readonly resourceLevels: number
  readonly counts: { readonly blocks: number; readonly sections: number; readonly pages: number; readonly mapped: number; readonly pageMaps: number }
}

/** One exact thing on a track. `lane` is the resource level, the index in `Axis.nodes` or the index in `Axis.lanes`. */
export interface MapItem {
  readonly start: number
  readonly end: number
  readonly lane: number
  readonly zone: ZoneKey
  readonly state: MapState
  readonly label: string
  /** Second line: block state, section flags as five letters "PMO··", … */
  readonly detail?: string
  /** Number of equal things merged into this item (blocks, sections); 1 when it is one. */
  readonly count: number
  /** Number of the first block/section/sub-section where that applies; id of the dev_pagemap on the page-map track. */
  readonly nr?: number
  /** Device that it belongs to (page maps, device struct pages, claimed regions): selects { kind: 'device', name }. */
  readonly device?: string
}
/**
 * The page-map track has one lane: for each dev_pagemap the part that the driver gets (state "device"), and in front of it, where there is an
 * altmap, the pages that it keeps and stores the memmap in (state "altmap"). They touch and never overlap.
 *
 * Items of a track inside a range, or a packed summary per column when there are more than `limit`. */
export interface TrackItems { readonly track: TrackId; readonly items: readonly MapItem[] }

/**
 * One packed summary per column. `cells[lane * columns + column]` is
 * bits 0-2 zone key index (ZONE_KEYS), bits 4-18 set of map states (bit 4+i = MAP_STATES[i]), bit 20 set: more than one item.
 */
export interface TrackColumns { readonly track: TrackId; readonly lanes: number; readonly columns: number; readonly cells: Uint32Array }
/** For each requested track: exact items where at most `limit` fall into the range, else columns. */
export interface MapReply { readonly revision: number; readonly tracks: readonly (TrackItems | TrackColumns)[] }

export interface HistoryEntry {
  /** 0 is boot. */
  readonly n: number
  /** "online_movable" */
  readonly op: string
  /** "block 34" */
  readonly target: string
  /** What changed, or the errno and the reason: "Movable present +32768", "-EBUSY failure to isolate range". */
  readonly effect: string
  readonly errno?: string
  /** What it answered under the kernel that the document had before, where that was something else: "v6.1: ok". */
  readonly was?: string
  readonly log: number
  /** Byte range the command was about, for selecting it. */
  readonly selection?: Selection
}

export interface LogEntry { readonly step: number; readonly level: number; readonly text: string; readonly fn: string; readonly splat?: 'WARN' | 'BUG' }

export interface InvariantResult { readonly id: string; readonly title: string; readonly holds: boolean; readonly detail?: string; readonly byDesign?: string; readonly modelled: boolean }

export const TextFormat = z.enum(['zoneinfo', 'iomem', 'lsmem', 'blocks'])
export type TextFormat = z.infer<typeof TextFormat>
export interface TextView {
  readonly format: TextFormat
  readonly lines: readonly { readonly text: string; readonly change?: 'added' | 'changed' | 'removed'; readonly before?: string; readonly selection?: Selection }[]
}

export interface FindResult { readonly label: string; readonly detail: string; readonly selection: Selection; readonly range: { readonly start: number; readonly end: number } }

// ------------------------------------------------------------------------------------------------- devices and plugins

/** A plugin: a folder with a manifest and a module of device types. */
export interface PluginInfo {
  /** Reverse-domain id of its manifest; the folder's name where the manifest cannot be read. */
  readonly id: string
  readonly version: string
  readonly title: string
  readonly doc: string
  /** Ids of the device types that it defines. */
  readonly types: readonly string[]
  /** Ships with Zonelab and runs natively; others run in a sandbox. */
  readonly builtIn: boolean
  /** False: it could not be loaded, for `problems`. Its types are not offered. */
  readonly enabled: boolean
  /** All that is wrong with it, each "plugin.json: field: value: rule; fix". A plugin that is enabled has none. */
  readonly problems: readonly string[]
  /** Folder that it was loaded from; absent for those that ship with Zonelab. */
  readonly folder?: string
}

/** A device type that can be added. */
export interface DeviceTypeInfo {
  readonly id: string
  readonly title: string
  readonly doc: string
  /** Id of the plugin that defines it. */
  readonly plugin: string
  /** First and last kernel that has it, as profile ids. */
  readonly since?: string
  readonly until?: string
  /** Smallest unit of start and size. */
  readonly granularity: string
  /** The profile of the open document has it. */
  readonly available: boolean
  /** Why not. */
  readonly reason?: string
  /** Form and base of add_device, as on a selection of the machine. */
  readonly add: Action
}

/** A stretch of the history: from the position whose step began it to the one whose step ended it; no `to`: it never ended. */
export interface LifeSpan { readonly from: number; readonly to?: number }

/**
 * The two lives of a device: that of its claim on the resource tree and that of its struct pages. They begin and end by
 * different steps, which is the question of the 2018 thread. Positions cover the whole history, undone steps included.
 */
export interface Lifetime {
  /** Device, or the holder's name of a region that request_region claimed. */
  readonly name: string
  /** Id of the device type; absent for a region that no device holds. */
  readonly type?: string
  readonly title: string
  /** Hull of all that it ever held, in bytes. */
  readonly start: number
  readonly end: number
  /** Release policy of its region: keep, release, sysram-only, refcount, device-managed-flag, driver. */
  readonly release?: string
  /** When the device itself was there. */
  readonly device: readonly LifeSpan[]
  /** When its region stood in the resource tree. */
  readonly resource: readonly LifeSpan[]
  /** When it had struct pages: a page map, or blocks of RAM. */
  readonly pages: readonly LifeSpan[]
  /** What the two lives mean for each other, where they part: "the resource outlives the struct pages since step 4". */
  readonly notes: readonly string[]
}

/** Every reply of a request that may be refused for its content. */
export type Outcome<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly problems: readonly InputProblem[] }

export interface TryOutReply {
  readonly ret: number
  readonly errno?: string
  readonly reason?: string
  /** What is wrong with a form's fields, by FormField name ("params.size": "…: below the smallest size 4KiB"); the rest of the reply follows from it. */
  readonly wrong?: Readonly<Record<string, string>>
}

export interface RunReply { readonly ret: number; readonly errno?: string; readonly reason?: string; readonly document: DocumentInfo }

// ------------------------------------------------------------------------------------------------------------ requests

const inputText = z.object({ name: z.string().max(4096), text: z.string().max(64 * 2 ** 20) })

/** Parameters of each request. */
export const Requests = {
  hello: z.object({ protocol: z.number().int() }),
  gallery: z.object({}),
  thisComputer: z.object({}),
  /** Opens a gallery entry. */
  openGallery: z.object({ id: z.string() }),
  /** Opens this computer's /proc and /sys. */
  openThisComputer: z.object({}),
  /** Opens text: a scenario (one text), or captured text of one machine (several). */
  openTexts: z.object({ texts: z.array(inputText).min(1).max(64) }),
  /** Closes the document; the window shows the start screen. */
  close: z.object({}),
  document: z.object({}),
  outline: z.object({}),
  axis: z.object({}),
  /** `columns` is the width of the range in device columns; see MapReply. */
  map: z.object({ range, columns: z.number().int().min(1).max(8192), tracks: z.array(TrackId), limit: z.number().int().min(0).max(5000) }),
  /** Columns of several disjoint ranges in one go (one per visible axis segment). */
  maps: z.object({
    parts: z.array(z.object({ range, columns: z.number().int().min(1).max(8192) })).max(256),
    tracks: z.array(TrackId), limit: z.number().int().min(0).max(5000),
  }),
  inspect: z.object({ selection: Selection }),
  history: z.object({}),
  log: z.object({}),
  invariants: z.object({}),
  text: z.object({ format: TextFormat }),
  find: z.object({ query: z.string().max(200) }),
  run: z.object({ command: Command }),
  /** What the kernel would answer to a command now; nothing changes. For forms, while they are filled in. */
  tryOut: z.object({ command: Command }),
  /** Several commands in order, each an entry of the history; a failure does not stop the next. */
  runAll: z.object({ commands: z.array(Command).min(1).max(65536) }),
  /** Time travel to a position of the history; nothing is lost. */
  goto: z.object({ position: z.number().int().min(0) }),
  undo: z.object({}),
  redo: z.object({}),
  /** The document as a scenario file (YAML). */
  exportScenario: z.object({}),
  /** Plugins that were found, those with problems included. Needs no document. */
  plugins: z.object({}),
  /** Reads the folders of third-party plugins anew; the open document sees the new types at once. */
  reloadPlugins: z.object({}),
  /** Device types with their forms for the open document. */
  deviceTypes: z.object({}),
  /** Resource and struct-page life of every device of the history, in the order in which they came. */
  lifetimes: z.object({}),
  rename: z.object({ name: z.string().min(1).max(200) }),
  ...ProfileRequests,
  ...CompareRequests,
  ...TimelineRequests,
  ...RaceRequests,
} as const
export type RequestName = keyof typeof Requests
export type Params<R extends RequestName> = z.infer<(typeof Requests)[R]>

export interface Replies extends ProfileReplies, CompareReplies, TimelineReplies, RaceReplies {
  hello: { readonly protocol: number; readonly version: string; readonly host: 'electron' | 'browser' }
  gallery: readonly GalleryEntry[]
  thisComputer: ThisComputer
  openGallery: Outcome<DocumentInfo>
  openThisComputer: Outcome<DocumentInfo>
  openTexts: Outcome<DocumentInfo>
  close: null
  document: DocumentInfo | null
  outline: Outline
  axis: Axis
  map: MapReply
  maps: readonly MapReply[]
  inspect: Inspection
  history: readonly HistoryEntry[]
  log: readonly LogEntry[]
  invariants: readonly InvariantResult[]
  text: TextView
  find: readonly FindResult[]
  run: Outcome<RunReply>
  tryOut: TryOutReply
  runAll: Outcome<{ readonly done: number; readonly failed: number; readonly document: DocumentInfo }>
  goto: DocumentInfo
  undo: DocumentInfo
  redo: DocumentInfo
  plugins: readonly PluginInfo[]
  reloadPlugins: readonly PluginInfo[]
  deviceTypes: readonly DeviceTypeInfo[]
  lifetimes: readonly Lifetime[]
  exportScenario: { readonly name: string; readonly text: string }
  rename: DocumentInfo
}

/** Events that main sends to the window. */
export interface Events extends TimelineEvents, RaceEvents {
  /** The document or its position changed; ask again for what is shown. */
  changed: { readonly document: DocumentInfo | null }
}
export type EventName = keyof Events

/** A request that named no document although one is needed, or broke the schema, rejects with this. */
export interface RpcFailure { readonly code: 'bad-request' | 'no-document' | 'internal'; readonly message: string }

/** What the lab implements and the transport serves: one method a request, already validated parameters. */
export type Handlers = { readonly [R in RequestName]: (params: Params<R>) => Replies[R] | Promise<Replies[R]> }
