/** The gallery: the scenarios that ship with Zonelab; those without steps are sample machines. */
import { readFileSync, readdirSync, existsSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { GalleryEntry } from '../../preload/contract.ts'
import { bootEngine } from '../engine/engine.ts'
import { knownTypes } from '../plugins/known-types.ts'
import type { Scenario } from '../engine/scenario/parse.ts'
import { openScenarioText } from './open.ts'
import { roundedRam } from './summary.ts'
import { strip, stripTells } from './strip.ts'

/** The folder that holds package.json and scenarios/, from the sources as well as from the built bundle. */
export function projectRoot(): string {
  let dir = dirname(fileURLToPath(import.meta.url))
  while (!existsSync(join(dir, 'scenarios')) || !existsSync(join(dir, 'package.json'))) {
    const up = dirname(dir)
    if (up === dir) throw new Error('the scenarios folder is not beside this program')
    dir = up
  }
  return dir
}

/** Zonelab's own version. */
export const projectVersion = (): string => (JSON.parse(readFileSync(join(projectRoot(), 'package.json'), 'utf8')) as { version: string }).version

/** Of the many stories that differ from kernel to kernel: those to begin with, in this order. The others are opened as files. */
const FROM_KERNEL_TO_KERNEL = [
  'shrink-by-mail', 'removed-before-online', 'one-dimm-two-zones', 'rfc-2018-08-wrong-pfn', 'region-outlives-pages', 'device-span', 'failed-online', 'hmm-across-kernels', 'after-an-oops',
]

/** Paths below scenarios/, machines first, then what differs from kernel to kernel, timelines and races last. */
function files(): string[] {
  const root = join(projectRoot(), 'scenarios')
  const list = (dir: string): string[] => (existsSync(dir) ? readdirSync(dir).filter((f) => f.endsWith('.zonelab.yaml')).sort().map((f) => join(dir, f)) : [])
  const first = FROM_KERNEL_TO_KERNEL.map((name) => join(root, `${name}.zonelab.yaml`))
  return [...list(join(root, 'machines')), ...first, ...list(root).filter((f) => !first.includes(f)), ...list(join(root, 'timeline')), ...list(join(root, 'races'))]
}

/** The questions about interleavings. */
export const racePaths = (): { readonly id: string; readonly path: string }[] => files().map((path) => ({ id: idOf(path), path })).filter(({ id }) => id.startsWith('races/'))

const cache = new Map<string, GalleryEntry>()

function load(path: string): GalleryEntry | undefined {
  const known = cache.get(path)
  if (known) return known
  const id = idOf(path)
  const opened = openScenarioText(path, readFileSync(path, 'utf8'))
  if (!opened.ok) return undefined
  const scenario = opened.value
  if (scenario.form.profiles !== undefined && !scenario.form.race && !FROM_KERNEL_TO_KERNEL.includes(basename(path).replace('.zonelab.yaml', ''))) return undefined
  const engine = bootEngine(scenario.description, scenario.kernel, 'coarse', knownTypes())
  const { kernel: k, store } = engine.booted
  const ram = store.ref(k.iomem).children.reduce((n, r) => n + (r.sysram ? r.end - r.start : 0), 0)
  const nodes = k.nodeIds.length
  const commands = scenario.steps.flatMap((s) => s.commands)
  let failing = 0
  let shown = strip(engine)
  for (const command of commands) {
    if (engine.execute(command).ret < 0) failing++
    const now = strip(engine)
    if (stripTells(now) >= stripTells(shown)) shown = now
  }
  let blocks = 0
  store.eachRun([k.blockState], 0, k.pluggableEnd / k.pageSize, (s, e, state) => {
    if (state) blocks += (e - s) / k.pagesPerBlock
  })
  const entry: GalleryEntry = {
    id, kind: scenario.form.race ? 'race' : commands.length || scenario.form.timeline ? 'scenario' : 'machine', title: scenario.title, subtitle: scenario.form.race?.question ?? (scenario.notes ?? '').trim().split(/\n|(?<=\.)\s/)[0] ?? '',
    memory: nodes > 1 ? `${nodes} nodes · ${roundedRam(ram)}` : roundedRam(ram), blocks, steps: commands.length, failing, strip: shown,
  }
  cache.set(path, entry)
  return entry
}

/** Scenarios that cannot be read are left out here; the test of scenarios/ fails for them. */
export const gallery = (): GalleryEntry[] => files().flatMap((f) => load(f) ?? [])

/** The same, with a pause after each entry: whoever asks the lab for something else meanwhile does not wait for all of them. */
export async function galleryInTurns(): Promise<GalleryEntry[]> {
  const out: GalleryEntry[] = []
  for (const file of files()) {
    const entry = load(file)
    if (entry) out.push(entry)
    await new Promise<void>((resolve) => setImmediate(resolve))
  }
  return out
}

/** The scenario of one entry; only that file is read. */
export function galleryScenario(id: string): Scenario | undefined {
  const path = files().find((f) => idOf(f) === id)
  if (path === undefined) return undefined
  const opened = openScenarioText(path, readFileSync(path, 'utf8'))
  return opened.ok ? opened.value : undefined
}

/** "machines/one-node-1gib": the path below scenarios/ without its ending. */
const idOf = (path: string): string => path.slice(join(projectRoot(), 'scenarios').length + 1).replace(/\.zonelab\.yaml$/, '')
