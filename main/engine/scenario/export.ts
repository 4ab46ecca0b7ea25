/**
 * A machine and what was done to it, written as a scenario file. What is written parses to the same description and the
 * same commands. Addresses are written in hex, sizes with their unit, small maps on one line.
 */
import { Document, Scalar, isScalar, isSeq, visit } from 'yaml'
import type { Command } from '../command.ts'
import type { MachineDescription } from '../machine/description.ts'
import { X86_64, X86_64_ZONES } from '../machine/description.ts'
import { customForm, isCustom } from '../profiles/custom.ts'
import type { Profile } from '../profiles/profile.ts'
import { GiB, KiB, MiB, TiB } from '../units.ts'
import { constantKeys } from './machine-form.ts'
import { DEFAULT_PROFILE } from './parse.ts'
import type { Scenario } from './parse.ts'
import { SCENARIO_VERSION } from './schema.ts'
import type { MachineForm, RaceForm, StepForm } from './schema.ts'
import { isBlockWord, stepOf } from './steps.ts'
import { writtenTimeline } from './timeline-form.ts'

export interface ExportExtras {
  readonly title?: string
  readonly notes?: string
  /** The kernel: by id, or a custom one. Default: that of `from`. */
  readonly profile?: string | Profile
  /** The scenario that this began as: its machine stays as it was written, as do the leading steps that are the same. */
  readonly from?: Scenario
}

/** The text of a `*.zonelab.yaml` file. */
export function toScenario(description: MachineDescription, commands: readonly Command[], extras: ExportExtras = {}): string {
  const { from } = extras
  const title = extras.title ?? from?.title ?? (description.title === '' ? 'Untitled' : description.title)
  const notes = extras.notes ?? from?.notes
  // paths of captured text are relative to the file they stood in, so such a machine is written out
  const sameMachine = from !== undefined && from.form.machine.import === undefined && equal(from.description, description)
  const machine: MachineForm = sameMachine ? from.form.machine : explicitMachine(description)
  const kept = from === undefined ? { steps: [], commands: 0 } : sameSteps(from, commands)
  const steps: unknown[] = [
    ...kept.steps,
    ...commands.slice(kept.commands).map((command) => {
      const { key, value } = stepOf(command)
      return { [key]: value }
    }),
  ]
  return write({
    zonelab: SCENARIO_VERSION,
    title,
    ...(notes === undefined ? {} : { notes }),
    profile: profileForm(extras.profile, from),
    ...(from?.form.profiles === undefined ? {} : { profiles: from.form.profiles }),
    machine: (machine.title ?? title) === description.title ? machine : { ...machine, title: description.title },
    ...(sameMachine && from.expect ? { expect: from.expect } : {}),
    ...(sameMachine && from.form['expect-under'] ? { 'expect-under': from.form['expect-under'] } : {}),
    steps,
    ...(from?.form.timeline ? { timeline: writtenTimeline(from.form.timeline) } : {}),
    ...(from?.form.race ? { race: writtenRace(from.form.race) } : {}),
  })
}

/** A question about interleavings alone, as the value of `race:`. */
export const raceText = (form: RaceForm): string => write(writtenRace(form))

/** What was read, with blocks as people write them. */
const writtenRace = (form: RaceForm): object => ({ ...form, threads: form.threads.map((t) => ({ ...t, do: t.do.map(withShortBlocks) })) })

/** A custom profile is written out; one that is the scenario's own stays as it was written. */
function profileForm(profile: string | Profile | undefined, from: Scenario | undefined): unknown {
  const kernel = typeof profile === 'string' ? (profile === from?.profile ? from.kernel : undefined) : (profile ?? from?.kernel)
  if (kernel === undefined) return profile ?? DEFAULT_PROFILE
  if (kernel === from?.kernel && from.form.profile !== undefined) return from.form.profile
  return isCustom(kernel) ? customForm(kernel) : kernel.id
}

/** Leading steps of `from` whose commands are what was done, with their notes and expectations. */
function sameSteps(from: Scenario, commands: readonly Command[]): { readonly steps: readonly unknown[]; readonly commands: number } {
  const steps: unknown[] = []
  let done = 0
  for (const [i, step] of from.steps.entries()) {
    const form = from.form.steps?.[i]
    if (form === undefined || !equal(step.commands, commands.slice(done, done + step.commands.length))) break
    // a DIMM whose address is a default keeps it, whatever comes before it one day
    const [first] = step.commands
    steps.push(form['plug-dimm'] && first?.op === 'plug_dimm' ? { ...form, 'plug-dimm': { ...form['plug-dimm'], at: first.start } } : withShortBlocks(form))
    done += step.commands.length
  }
  return { steps, commands: done }
}

/** Block lists as short as they can be written: `34`, `32-39`, `[35, 34]`. */
function withShortBlocks(form: StepForm | RaceForm['threads'][number]['do'][number]): unknown {
  const short = (blocks: readonly number[]): unknown => {
    const [first] = blocks
    if (first === undefined || blocks.length === 1) return first
    return blocks.every((block, i) => block === first + i) ? `${first}-${first + blocks.length - 1}` : blocks
  }
  return Object.fromEntries(Object.entries(form).map(([key, value]) => [key, isBlockWord(key) ? short(value as readonly number[]) : value]))
}

function explicitMachine(machine: MachineDescription): MachineForm {
  const end = Math.max(0, ...machine.firmware.map((range) => range.end))
  const usual = equal(machine.constants, X86_64) && end <= 2 ** X86_64.maxPhysmemBits
  return {
    ...(machine.arch === 'x86_64' ? {} : { arch: machine.arch }),
    ...(usual ? {} : { constants: Object.fromEntries(constantKeys.map(([key, name]) => [key, machine.constants[name]])) }),
    ...(equal(machine.zoneLimits, X86_64_ZONES) ? {} : { 'zone-limits': machine.zoneLimits }),
    cmdline: machine.cmdline,
    firmware: [...machine.firmware],
    affinity: [...machine.affinity],
    nodes: [...machine.nodes],
    resources: machine.resources as NonNullable<MachineForm['resources']>,
    'iomem-end': machine.iomemEnd,
    ...(machine.hypervisor === undefined ? {} : { hypervisor: machine.hypervisor }),
    ...(machine.blockSize === undefined ? {} : { 'block-size': machine.blockSize }),
    ...(machine.observed === undefined ? {} : { observed: machine.observed as NonNullable<MachineForm['observed']> }),
    ...(machine.devices === undefined ? {} : { devices: machine.devices as NonNullable<MachineForm['devices']> }),
    ...(machine.adopted === undefined ? {} : { adopted: adoptedForm(machine.adopted) }),
  }
}

const adoptedForm = (adopted: NonNullable<MachineDescription['adopted']>): NonNullable<MachineForm['adopted']> => ({
  ...(adopted.zones === undefined ? {} : { zones: adopted.zones.map(({ startPfn, ...zone }) => ({ ...zone, start_pfn: startPfn })) }),
  ...(adopted.blocks === undefined ? {} : { blocks: adopted.blocks.map(({ nodes, ...block }) => ({ ...block, ...(nodes ? { nodes: [...nodes] } : {}) })) }),
})

// --------------------------------------------------------------------------------------------------------------- text

const SIZES = new Set(['size', 'memory', 'maxmem', 'block-size', 'dma', 'dma32'])
const ADDRESSES = new Set(['at', 'start', 'end', 'iomem-end', 'start_pfn', 'max_pfn'])

/** Exact: `512MiB` where a unit divides it, else the number of bytes. */
export function sizeText(bytes: number): string | number {
  for (const [unit, name] of [[TiB, 'TiB'], [GiB, 'GiB'], [MiB, 'MiB'], [KiB, 'KiB']] as const) {
    if (bytes > 0 && bytes % unit === 0) return `${bytes / unit}${name}`
  }
  return bytes
}

function write(data: unknown): string {
  const doc = new Document(data, { aliasDuplicateObjects: false })
  visit(doc, {
    Pair(_, pair) {
      const key = isScalar(pair.key) ? String(pair.key.value) : ''
      // numbers of blocks, sections and nodes are keys; they need no quotes
      if (/^(?:0|[1-9]\d{0,14})$/.test(key)) pair.key = new Scalar(Number(key))
      const value = pair.value
      if (!isScalar(value)) return
      if (typeof value.value === 'string' && value.value.includes('\n')) value.type = key === 'notes' || key === 'note' ? 'BLOCK_LITERAL' : 'QUOTE_DOUBLE'
      if (typeof value.value !== 'number') return
      if (SIZES.has(key)) pair.value = new Scalar(sizeText(value.value))
      else if (ADDRESSES.has(key)) value.format = 'HEX'
    },
    Map(_, map, path) {
      // the file, its machine and each step are blocks; what is inside them is on one line
      if (path.length > 4 && map.items.every((item) => isScalar(item.value) || isShortList(item.value))) map.flow = true
    },
    Seq(_, seq) {
      if (isShortList(seq)) seq.flow = true
    },
  })
  const text = doc.toString({ lineWidth: 0, flowCollectionPadding: false })
  return spaced(text, ['expect', 'machine', 'steps', 'timeline', 'race'])
}

/** A list of numbers, such as the blocks of a step. */
const isShortList = (node: unknown): boolean => isSeq(node) && node.items.length > 0 && node.items.every((item) => isScalar(item) && typeof item.value === 'number')

/** An empty line before each of the top-level keys, so that the parts of the file stand apart. */
const spaced = (text: string, keys: readonly string[]): string => text.replace(new RegExp(`^(${keys.join('|')}):`, 'gm'), '\n$1:')

/** Same plain data; keys in any order, an undefined value counts as absent. */
export function equal(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null || Array.isArray(a) !== Array.isArray(b)) return false
  const keysOf = (o: object): string[] => Object.keys(o).filter((key) => (o as Record<string, unknown>)[key] !== undefined)
  const keys = keysOf(a)
  return (
    keys.length === keysOf(b).length &&
    keys.every((key) => Object.hasOwn(b, key) && equal((a as Record<string, unknown>)[key], (b as Record<string, unknown>)[key]))
  )
}
