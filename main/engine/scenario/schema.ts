/**
 * The scenario file, version 1, as it is written. Convention: the `error` of each schema is the text after "expected" in
 * a problem's message (problems.ts). docs/scenario.schema.json is generated from `ScenarioFile`.
 */
import { z } from 'zod'
import { raceForm } from './race-form.ts'
import { timelineForm } from './timeline-form.ts'
import { bytes, count, flag, keys, list, nodeId, oneOf, pages, pfn, text, word } from './schema-parts.ts'

/** The version that is written. Older ones are brought up by upgrade.ts. */
export const SCENARIO_VERSION = 1

/** Zone of a block; none: it lies in several. */
const zoneOrNone = oneOf('DMA', 'DMA32', 'Normal', 'HighMem', 'Movable', 'Device', 'none')
const zoneName = oneOf('DMA', 'DMA32', 'Normal', 'HighMem', 'Movable', 'Device')
const blockState = oneOf('online', 'offline', 'going-offline')

// ------------------------------------------------------------------------------------------------------------ machine

const firmwareRange = keys({
  start: bytes,
  end: bytes.meta({ description: 'Exclusive.' }),
  type: oneOf('usable', 'reserved', 'acpi-data', 'acpi-nvs', 'unusable', 'persistent', 'persistent-legacy', 'soft-reserved'),
})
const affinityRange = keys({ start: bytes, end: bytes, node: nodeId, hotplug: flag.optional() })

const resource = keys({
  start: bytes,
  end: bytes,
  name: word('the name of a resource'),
  busy: flag.optional(),
  get children() {
    return list(resource, 'a list of resources').optional()
  },
}).meta({ id: 'resource' })

const node = keys({
  id: nodeId.optional().meta({ description: 'Default: its place in the list.' }),
  memory: bytes.optional().meta({ description: 'Boot memory of the node; none makes it a memoryless node.' }),
  cpus: count('a number of CPUs').optional().meta({ description: 'Default 0; node 0 gets one when no node has any.' }),
})

/** Values of a device type's parameters; the type checks them when the device is plugged. */
const deviceParams = z.record(z.string(), z.union([z.string(), z.number(), z.boolean()]), { error: 'parameters by name' })
const bootDevice = keys({ name: word('a name'), type: word('the id of a device type'), params: deviceParams.optional() })

const constants = keys({
  'page-shift': count('a power of two').optional(),
  'section-shift': count('a power of two').optional(),
  'subsection-shift': count('a power of two').optional(),
  'pageblock-order': count('an order').optional(),
  'max-order': count('an order').optional(),
  'max-physmem-bits': count('a number of bits').optional(),
  'struct-page-size': count('a number of bytes').optional(),
})

const observed = keys({
  managed: list(keys({ node: nodeId, zone: zoneName, pages }), 'a list of {node, zone, pages}').optional(),
  reserved: list(keys({ start: bytes, end: bytes }), 'a list of {start, end}').optional(),
})

const adopted = keys({
  zones: list(
    keys({ node: nodeId, zone: zoneName, start_pfn: pfn, spanned: pages, present: pages, managed: pages }),
    'a list of {node, zone, start_pfn, spanned, present, managed}',
  ).optional(),
  blocks: list(
    keys({ block: count('a block number'), state: blockState, node: nodeId.optional(), nodes: list(nodeId, 'a list of node ids').optional(), zone: zoneOrNone.optional() }),
    'a list of {block, state, node, zone}',
  ).optional(),
})

export const Machine = keys({
  title: text('the title of the machine').optional(),
  memory: bytes.optional().meta({ description: 'RAM of a PC laid out as QEMU q35 does. Default: the sum of the nodes.' }),
  nodes: list(node, 'a list of nodes, such as {memory: 1GiB, cpus: 1}').optional(),
  slots: count('a number of DIMM slots').optional().meta({ description: 'Default 8. With maxmem: the size of the range kept for DIMMs.' }),
  maxmem: bytes.optional().meta({ description: 'Most memory, DIMMs included. Default: memory + 32 GiB.' }),
  'physical-bits': count('a number of address bits').optional().meta({ description: 'Of the CPU: /proc/iomem ends at 2^bits. Default 40, more when the memory needs it.' }),
  firmware: list(firmwareRange, 'a list of ranges {start, end, type}').optional().meta({ description: 'The memory map, instead of `memory`.' }),
  affinity: list(affinityRange, 'a list of ranges {start, end, node}').optional().meta({ description: 'The memory ranges of the SRAT, with `firmware`.' }),
  import: list(word('the path of captured text'), 'a list of paths of captured text').optional().meta({
    description: 'Captured text of one machine (boot log, /proc/zoneinfo, /proc/iomem, lsmem ...), relative to this file, instead of `memory`.',
  }),
  cmdline: text('a kernel command line').optional(),
  arch: word('the name of an architecture').optional(),
  constants: constants.optional(),
  'zone-limits': keys({ dma: bytes.optional(), dma32: bytes.optional() }).optional(),
  resources: list(resource, 'a list of resources {start, end, name}').optional(),
  'iomem-end': bytes.optional().meta({ description: 'End of /proc/iomem, exclusive.' }),
  hypervisor: flag.optional().meta({ description: 'The hypervisor bit of the CPU (rule for the memory block size). Default true.' }),
  'block-size': bytes.optional(),
  observed: observed.optional().meta({ description: 'What boot cannot derive: how much the kernel and firmware took.' }),
  devices: list(bootDevice, 'a list of devices {name, type, params}').optional().meta({ description: 'Devices right after boot. Default: those that device types find by themselves, such as legacy pmem of memmap=nn!ss.' }),
  adopted: adopted.optional().meta({ description: 'Zones and blocks of a running machine, taken as they were seen.' }),
})
export type MachineForm = z.output<typeof Machine>

// -------------------------------------------------------------------------------------------------------------- expect

const zoneKey = z.string().regex(/^\d+\/(DMA|DMA32|Normal|HighMem|Movable|Device)$/, { error: 'NODE/ZONE, such as 0/Movable' })
const numberKey = (what: string) => z.string().regex(/^\d+$/, { error: what })

const zoneExpect = keys({
  start_pfn: pfn.optional(),
  spanned: pages.optional(),
  present: pages.optional(),
  present_early: pages.optional(),
  managed: pages.optional(),
  contiguous: flag.optional(),
})
const nodeExpect = keys({
  online: flag.optional(),
  start_pfn: pfn.optional(),
  spanned: pages.optional(),
  present: pages.optional(),
  has_cpu: flag.optional(),
  has_memory: flag.optional(),
  has_normal_memory: flag.optional(),
})
const blockExpect = keys({
  state: oneOf('online', 'offline', 'going-offline', 'absent').optional(),
  valid_zones: text('the text of valid_zones').optional(),
  nodes: list(nodeId, 'a list of node ids').optional(),
})
const sectionExpect = keys({
  flags: text('section flags, such as present,valid,online').optional(),
  subsections: text('full, empty, or the sub-section map in hex').optional(),
})
const deviceExpect = keys({
  there: flag.optional(),
  page_maps: count('a number of page maps').optional().meta({ description: 'Live ones. The fields below are those of the first.' }),
  memory: oneOf('private', 'public', 'coherent', 'fs-dax', 'generic', 'pci-p2pdma').optional(),
  node: nodeId.optional(),
  start_pfn: pfn.optional(),
  pages: pages.optional().meta({ description: 'Pages that its range has, those in front of the data included.' }),
  device_pages: pages.optional().meta({ description: 'Pages that the driver gets: without those that an altmap keeps or stores the memmap in.' }),
  altmap: keys({ reserve: pages.optional(), free: pages.optional(), align: pages.optional(), alloc: pages.optional() }).optional(),
})
const pageExpect = keys({
  state: oneOf('absent', 'garbage', 'poisoned', 'initialised', 'online', 'device', 'offline').optional(),
  node: nodeId.optional(),
  zone: text('the name of a zone').optional(),
  reserved: flag.optional(),
  device: text('the name of a device, or none').optional().meta({ description: 'Whose live page map the struct page points to; none where it points to none.' }),
  mapped: flag.optional().meta({ description: "Whether the kernel's linear map covers the page." }),
})
/** A node mask as sysfs prints it: "0-1,3", "" or a single number. */
const mask = z.union([z.number(), z.string()], { error: 'a node mask as sysfs prints it, such as 0-1,3' }).transform(String)

const lines = (what: string) => list(word(what), `a list of ${what}`)

const invariantIds = list(z.string().regex(/^I\d+$/, { error: 'the id of an invariant, such as I3' }), 'a list of ids of invariants, such as I3')

const RESULT = 'ok, the name of an errno such as EBUSY, BUG (the operation ended in one) or HANGS (it waits for ever)'
const result = z.union([z.string(), z.number()], { error: RESULT }).transform((written, ctx) => {
  if (written === 'ok' || written === 0) return 'ok'
  if (typeof written === 'string' && (/^E[A-Z0-9]+$/.test(written) || written === 'BUG' || written === 'HANGS')) return written
  ctx.issues.push({ code: 'custom', message: RESULT, input: written })
  return z.NEVER
})

export const Expect = keys({
  result: result.optional(),
  reason: text('words of the rule that refused').optional(),
  log: lines('text of a kernel log line').optional().meta({ description: 'Each must be part of a line that the step printed.' }),
  zones: z.record(zoneKey, zoneExpect, { error: 'a map of NODE/ZONE to its fields' }).optional(),
  nodes: z.record(numberKey('a node id'), nodeExpect, { error: 'a map of node id to its fields' }).optional(),
  blocks: z.record(numberKey('a block number'), blockExpect, { error: 'a map of block number to its fields' }).optional(),
  sections: z.record(numberKey('a section number'), sectionExpect, { error: 'a map of section number to its fields' }).optional(),
  devices: z.record(z.string(), deviceExpect, { error: 'a map of device name to its fields' }).optional(),
  pages: z.record(z.string().regex(/^(?:0x[0-9a-f]+|\d+)$/i, { error: 'a page frame number' }), pageExpect, { error: 'a map of page frame number to what its struct page says' }).optional(),
  iomem: lines('a line of /proc/iomem').optional().meta({ description: 'Lines that /proc/iomem has; leading blanks do not count.' }),
  'not-in-iomem': lines('a line of /proc/iomem').optional(),
  masks: keys({
    possible: mask.optional(),
    online: mask.optional(),
    has_cpu: mask.optional(),
    has_memory: mask.optional(),
    has_normal_memory: mask.optional(),
  }).optional(),
  max_pfn: pfn.optional(),
  highest_present_section: count('a section number').optional(),
  auto_online_blocks: oneOf('offline', 'online', 'online_kernel', 'online_movable').optional(),
  zoneinfo: text('lines of /proc/zoneinfo').optional().meta({ description: 'Lines of /proc/zoneinfo as a mail quotes them: the zones that are there have to have these lines; … stands for lines left out.' }),
  'locks-held': lines('the name of a lock').optional().meta({ description: 'Exactly the locks that nobody will ever drop, because a BUG ended their holder.' }),
  invariants: keys({
    broken: invariantIds.optional(),
    held: z.union([z.literal('all'), invariantIds], { error: 'a list of ids of invariants, or all' }).optional().meta({ description: 'all: every one but those named as broken.' }),
  }).optional().meta({ description: 'Invariants of kernel behaviour, judged after the step.' }),
}).meta({ id: 'expect' })
export type ExpectForm = z.output<typeof Expect>

/** Expectations by the profiles that they hold under: `{v4.18: {result: BUG}, 'v5.5 on': {result: ok}}`. */
const ExpectUnder = z.record(z.string(), Expect, { error: 'a map of profiles to what is expected under them' }).meta({
  description: "By profile: ids, ranges of releases ('v5.0 … v5.3', 'v5.5 on', 'until v5.4'), with commas between them. No profile twice.",
})
export type ExpectUnderForm = z.output<typeof ExpectUnder>

// ------------------------------------------------------------------------------------------------------------ profiles

const profileId = word('the name of a kernel profile, such as v6.1')

/** A kernel or patch with some decisions changed. Which decisions there are is for profiles/custom.ts to say. */
export const CustomProfile = keys({
  from: profileId,
  id: word('an id').optional().meta({ description: 'What expect-under and --profile call it. Default: custom.' }),
  title: text('a title').optional(),
  decisions: z.record(z.string(), text('the value of a decision'), { error: 'a map of decisions to their values' }).optional().meta({ description: 'Changed decisions by name (docs/profiles.md).' }),
}).meta({ id: 'profile' })

// --------------------------------------------------------------------------------------------------------------- steps

const BLOCKS = 'a block number, a list of them, or a range such as 32-39'
const blockNr = count(BLOCKS)
const blocks = z
  .union([z.number(), z.string(), z.array(blockNr)], { error: BLOCKS })
  .transform((written, ctx): readonly number[] => {
    if (Array.isArray(written) && written.length > 0) return written
    if (typeof written === 'number' && Number.isSafeInteger(written) && written >= 0) return [written]
    const range = typeof written === 'string' ? /^(\d+)-(\d+)$/.exec(written) : null
    const first = Number(range?.[1])
    const last = Number(range?.[2])
    if (range && first <= last && last - first < 65536) return Array.from({ length: last - first + 1 }, (_, i) => first + i)
    ctx.issues.push({ code: 'custom', message: BLOCKS, input: written })
    return z.NEVER
  })
  .meta({ id: 'blocks', description: 'Memory blocks, written to in this order.' })

const dimmId = word('the id of a DIMM')
const range = { at: bytes, size: bytes }
const name = word('a name')

/** The ways to write a step, by key. Each entry of `steps` has exactly one of these, and `note`, `expect` and `expect-under`. */
export const stepShapes = {
  'plug-dimm': keys({
    id: dimmId,
    size: bytes,
    at: bytes.optional().meta({ description: 'Default: above all RAM and all DIMMs of earlier steps.' }),
    node: nodeId.optional().meta({ description: 'Default 0.' }),
  }),
  'unplug-dimm': dimmId,
  online: blocks,
  online_kernel: blocks,
  online_movable: blocks,
  offline: blocks,
  'write-state': keys({
    block: blockNr,
    word: text('the word to write'),
    signal: flag.optional().meta({ description: 'A signal ends it if it would never end by itself.' }),
    file: oneOf('online').optional().meta({ description: 'Writes a truth value (1, 0) to memoryN/online instead of a word to memoryN/state.' }),
  }),
  'add-memory': keys({
    ...range, node: nodeId.optional().meta({ description: 'Default 0.' }),
    merge: z.boolean().optional().meta({ description: 'MHP_MERGE_RESOURCE: joins neighbouring ranges in /proc/iomem that were added so too.' }),
    'memmap-on-memory': z.boolean().optional().meta({ description: 'MHP_MEMMAP_ON_MEMORY: the block holds its own struct pages.' }),
  }),
  'remove-memory': keys(range),
  'offline-and-remove-memory': keys(range),
  mark: keys({ ...range, as: oneOf('unmovable', 'pinned', 'hwpoison', 'none') }),
  policy: keys({
    auto_online_blocks: text('a word').optional(),
    online_policy: text('a word').optional(),
    auto_movable_ratio: z.union([z.number(), z.string()], { error: 'a percentage' }).transform(String).optional(),
    uninitialised_pages: z.enum(['zone-0', 'device', 'wild'], { error: 'one of zone-0, device, wild' }).optional(),
    auto_movable_numa_aware: z.union([z.boolean(), z.string()], { error: 'Y or N' }).transform((v) => (v === true ? 'Y' : v === false ? 'N' : v)).optional(),
  }).check(({ value, issues }) => {
    const n = Object.keys(value).length
    if (n !== 1) issues.push({ code: 'custom', message: 'one policy', input: value, params: { found: `${n} of them` } })
  }),
  'add-device': keys({
    name, type: word('the id of a device type'),
    params: deviceParams.optional().meta({ description: 'As the type declares them; sizes and addresses as text or numbers.' }),
  }),
  'remove-device': name,
  'device-action': keys({ name, action: word('an action of its type'), params: deviceParams.optional() }),
  'request-region': keys({ ...range, name }),
  'release-region': keys(range),
  notifier: keys({ name, event: oneOf('MEM_GOING_ONLINE', 'MEM_GOING_OFFLINE', 'MEM_PREPARE_ONLINE', 'NODE_ADDING_FIRST_MEMORY', 'NODE_REMOVING_LAST_MEMORY'), answer: oneOf('veto', 'allow') }),
} as const
export type StepKey = keyof typeof stepShapes
export const STEP_KEYS = Object.keys(stepShapes) as readonly StepKey[]

const optional = <Shape extends Record<string, z.ZodType>>(shape: Shape) =>
  Object.fromEntries(Object.entries(shape).map(([key, schema]) => [key, schema.optional()])) as { [K in keyof Shape]: z.ZodOptional<Shape[K]> }

export const Step = keys({ ...optional(stepShapes), note: text('text').optional(), expect: Expect.optional(), 'expect-under': ExpectUnder.optional() })
  .check(({ value, issues }) => {
    const used = STEP_KEYS.filter((key) => value[key] !== undefined)
    if (used.length === 1) return
    issues.push({
      code: 'custom',
      message: `one of ${STEP_KEYS.join(', ')}`,
      input: value,
      params: { found: used.length === 0 ? 'a step that does nothing' : `${used.join(' and ')} in one step` },
    })
  })
  .meta({ id: 'step', oneOf: STEP_KEYS.map((key) => ({ required: [key] })) })
export type StepForm = z.output<typeof Step>

export const ScenarioFile = keys({
  zonelab: z.literal(SCENARIO_VERSION, { error: `${SCENARIO_VERSION}, the version of the format` }),
  title: word('a title'),
  notes: text('text').optional(),
  profile: z.union([profileId, CustomProfile], { error: 'the name of a kernel profile, such as v6.1, or {from, title, decisions}' }).optional(),
  profiles: z.union([word('profiles'), list(profileId, 'a list of profiles')], { error: 'all, or a list of profiles' }).optional().meta({
    description: 'The profiles that the scenario is for: all, or a list of ids and ranges. Default: its own.',
  }),
  machine: Machine,
  expect: Expect.optional().meta({ description: 'What holds after boot.' }),
  'expect-under': ExpectUnder.optional(),
  steps: list(Step, 'a list of steps').optional(),
  race: raceForm(stepShapes).optional().meta({ description: 'Threads whose every interleaving is explored after the steps: `zonelab explore`.' }),
  timeline: timelineForm(Step).optional().meta({ description: 'What runs at once after the steps, and what it costs: `zonelab time`.' }),
})
export type ScenarioForm = z.output<typeof ScenarioFile>
export type RaceForm = NonNullable<ScenarioForm['race']>
