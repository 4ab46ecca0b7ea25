/** The `machine:` part of a scenario as the description that boot takes. Three ways to write it: `memory`, `firmware`, `import`. */
import type { Checked, InputError } from '../errors.ts'
import { GiB, MiB, formatSize, hex } from '../units.ts'
import type { MachineConstants, MachineDescription, ObservedAtBoot, Adopted } from '../machine/description.ts'
import { X86_64, X86_64_ZONES } from '../machine/description.ts'
import type { InputText } from '../machine/facts.ts'
import { q35 } from './q35.ts'
import type { FriendlyNode } from './q35.ts'
import type { Path } from './read-yaml.ts'
import type { MachineForm } from './schema.ts'

/** What only the caller can do: read captured text, and make a machine of it. */
export interface ImportSources {
  /** The text at a path relative to the scenario file, or why it cannot be read. */
  read(path: string): { readonly ok: true; readonly text: string } | { readonly ok: false; readonly reason: string }
  describe(texts: readonly InputText[]): Checked<MachineDescription>
}

export interface FormContext {
  readonly file: string
  /** Title of the scenario, for a machine that has none of its own. */
  readonly title: string
  lineOf(path: Path): number
  readonly sources?: ImportSources
}

type Way = 'memory' | 'firmware' | 'import'

/** Keys that belong to one way of writing a machine only. */
const only: Readonly<Record<string, readonly Way[]>> = {
  memory: ['memory'], slots: ['memory'], maxmem: ['memory'], 'physical-bits': ['memory', 'firmware'],
  firmware: ['firmware'], affinity: ['firmware'], import: ['import'],
}

export function machineOf(form: MachineForm, context: FormContext): Checked<MachineDescription> {
  const errors: InputError[] = []
  const wrong = (path: Path, found: string, expected: string, code = 'ZL-SCENARIO-MACHINE'): void => {
    const field = ['machine', ...path].reduce<string>((s, k) => (typeof k === 'number' ? `${s}[${k}]` : s === '' ? String(k) : `${s}.${k}`), '')
    errors.push({ code, file: context.file, line: context.lineOf(['machine', ...path]), field, found, expected })
  }
  const way = wayOf(form)
  if (way === undefined) {
    wrong([], 'a machine without memory', 'memory: 1GiB, or nodes with memory, or firmware ranges, or import')
    return { ok: false, errors }
  }
  for (const [key, ways] of Object.entries(only)) {
    if (form[key as keyof MachineForm] !== undefined && !ways.includes(way)) wrong([key], `${key} beside ${way}`, `one way to give the machine's memory`)
  }
  if (form['physical-bits'] !== undefined && (form['physical-bits'] < 32 || form['physical-bits'] > 52)) {
    wrong(['physical-bits'], `${form['physical-bits']}`, 'between 32 and 52 address bits')
  }
  form.firmware?.forEach((r, i) => {
    if (r.end <= r.start) wrong(['firmware', i, 'end'], `end ${hex(r.end)}`, `an end above the start ${hex(r.start)}`)
  })
  form.affinity?.forEach((r, i) => {
    if (r.end <= r.start) wrong(['affinity', i, 'end'], `end ${hex(r.end)}`, `an end above the start ${hex(r.start)}`)
  })
  const ids = new Set<number>()
  form.nodes?.forEach((node, i) => {
    const id = node.id ?? i
    if (id < 0) wrong(['nodes', i, 'id'], `${id}`, 'a node id from 0')
    if (ids.has(id)) wrong(['nodes', i], `a second node ${id}`, 'each node once')
    ids.add(id)
    if (way !== 'memory' && node.memory !== undefined) wrong(['nodes', i, 'memory'], `memory beside ${way}`, 'affinity ranges for the memory of nodes')
  })
  if (errors.length > 0) return { ok: false, errors }

  switch (way) {
    case 'import':
      return imported(form, context, wrong, errors)
    case 'firmware':
      return { ok: true, value: described(form, context.title) }
    case 'memory':
      break
  }
  const nodes = friendlyNodes(form)
  const sum = nodes.reduce((total, node) => total + node.memory, 0)
  if (form.memory !== undefined && form.memory !== sum) {
    wrong(['nodes'], `nodes of ${formatSize(sum)} together`, `the machine's ${formatSize(form.memory)}`)
  }
  if (sum < 16 * MiB) wrong(form.memory === undefined ? ['nodes'] : ['memory'], formatSize(sum), 'at least 16 MiB, or firmware ranges for a smaller machine')
  if (form.maxmem !== undefined && form.maxmem < sum) wrong(['maxmem'], formatSize(form.maxmem), `at least the memory, ${formatSize(sum)}`)
  if (sum + (form.maxmem ?? sum + 32 * GiB) > 2 ** 52) wrong(form.memory === undefined ? ['nodes'] : ['memory'], formatSize(sum), 'at most 2 PiB')
  if (errors.length > 0) return { ok: false, errors }
  const machine = q35({
    title: form.title ?? context.title,
    nodes,
    slots: form.slots ?? 8,
    maxmem: form.maxmem,
    physicalBits: form['physical-bits'],
    cmdline: form.cmdline ?? '',
  })
  return { ok: true, value: overridden(machine, form) }
}

function wayOf(form: MachineForm): Way | undefined {
  if (form.import !== undefined) return 'import'
  if (form.firmware !== undefined) return 'firmware'
  return form.memory !== undefined || form.nodes?.some((node) => node.memory !== undefined) ? 'memory' : undefined
}

function friendlyNodes(form: MachineForm): FriendlyNode[] {
  const written = form.nodes ?? [{ memory: form.memory ?? 0 }]
  const total = written.some((node) => node.memory !== undefined) ? undefined : form.memory
  const anyCpu = written.some((node) => (node.cpus ?? 0) > 0)
  return written.map((node, i) => ({
    id: node.id ?? i,
    // nodes without sizes share nothing: all memory is the first one's
    memory: node.memory ?? (i === 0 ? (total ?? 0) : 0),
    cpus: node.cpus ?? (i === 0 && !anyCpu ? 1 : 0),
  }))
}

function imported(
  form: MachineForm, context: FormContext, wrong: (path: Path, found: string, expected: string, code?: string) => void, errors: InputError[],
): Checked<MachineDescription> {
  const texts: InputText[] = []
  for (const [i, path] of (form.import ?? []).entries()) {
    const got = context.sources?.read(path) ?? { ok: false as const, reason: 'no files are read here' }
    if (got.ok) texts.push({ name: path, text: got.text })
    else wrong(['import', i], `${path}: ${got.reason}`, 'a file of captured text', 'ZL-SCENARIO-IMPORT')
  }
  if (form.import?.length === 0) wrong(['import'], 'an empty list', 'a list of paths of captured text')
  if (errors.length > 0 || context.sources === undefined) return { ok: false, errors }
  const machine = context.sources.describe(texts)
  return machine.ok ? { ok: true, value: overridden(form.title === undefined ? machine.value : { ...machine.value, title: form.title }, form) } : machine
}

/** The explicit form: what is not written takes the defaults of x86-64. */
function described(form: MachineForm, title: string): MachineDescription {
  const end = Math.max(0, ...(form.firmware ?? []).map((range) => range.end))
  const bits = form['physical-bits'] ?? (end <= 2 ** 40 ? 40 : end <= 2 ** 46 ? 46 : 52)
  return overridden(
    {
      title: form.title ?? title,
      arch: form.arch ?? 'x86_64',
      constants: bits > X86_64.maxPhysmemBits ? { ...X86_64, maxPhysmemBits: 52 } : X86_64,
      zoneLimits: X86_64_ZONES,
      firmware: form.firmware ?? [],
      affinity: form.affinity ?? [],
      nodes: (form.nodes ?? []).map((node, i) => ({ id: node.id ?? i, cpus: node.cpus ?? 0 })),
      cmdline: form.cmdline ?? '',
      resources: [],
      iomemEnd: 2 ** bits,
    },
    form,
  )
}

/** Parts that any way of writing a machine may set. */
function overridden(machine: MachineDescription, form: MachineForm): MachineDescription {
  return {
    ...machine,
    ...(form.arch === undefined ? {} : { arch: form.arch }),
    ...(form.cmdline === undefined ? {} : { cmdline: form.cmdline }),
    ...(form.constants === undefined ? {} : { constants: { ...machine.constants, ...constantsOf(form.constants) } }),
    ...(form['zone-limits'] === undefined ? {} : { zoneLimits: form['zone-limits'] }),
    ...(form.resources === undefined ? {} : { resources: form.resources }),
    ...(form['iomem-end'] === undefined ? {} : { iomemEnd: form['iomem-end'] }),
    ...(form.hypervisor === undefined ? {} : { hypervisor: form.hypervisor }),
    ...(form['block-size'] === undefined ? {} : { blockSize: form['block-size'] }),
    ...(form.observed === undefined ? {} : { observed: form.observed satisfies ObservedAtBoot }),
    ...(form.devices === undefined ? {} : { devices: form.devices.map((d) => ({ name: d.name, type: d.type, params: d.params ?? {} })) }),
    ...(form.adopted === undefined ? {} : { adopted: adoptedOf(form.adopted) }),
  }
}

const CONSTANT_KEYS = {
  'page-shift': 'pageShift', 'section-shift': 'sectionShift', 'subsection-shift': 'subsectionShift', 'pageblock-order': 'pageblockOrder',
  'max-order': 'maxOrder', 'max-physmem-bits': 'maxPhysmemBits', 'struct-page-size': 'structPageSize',
} as const satisfies Record<keyof NonNullable<MachineForm['constants']>, keyof MachineConstants>
export const constantKeys = Object.entries(CONSTANT_KEYS) as readonly (readonly [keyof typeof CONSTANT_KEYS, keyof MachineConstants])[]

const constantsOf = (form: NonNullable<MachineForm['constants']>): Partial<MachineConstants> =>
  Object.fromEntries(constantKeys.flatMap(([key, name]) => (form[key] === undefined ? [] : [[name, form[key]]])))

const adoptedOf = (form: NonNullable<MachineForm['adopted']>): Adopted => ({
  ...(form.zones === undefined ? {} : { zones: form.zones.map(({ start_pfn, ...zone }) => ({ ...zone, startPfn: start_pfn })) }),
  ...(form.blocks === undefined ? {} : { blocks: form.blocks }),
})
