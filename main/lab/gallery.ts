/** The gallery: the scenarios that ship with Zonelab; those without steps are sample machines. */
import { readFileSync, readdirSync, existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { GalleryEntry } from '../../preload/contract.ts'
import { bootEngine } from '../engine/engine.ts'
import { PROFILES } from '../engine/profiles/v6-1.ts'
import { knownTypes } from '../plugins/known-types.ts'
import type { Scenario } from '../engine/scenario/parse.ts'
import { openScenarioText } from './open.ts'
import { roundedRam } from './summary.ts'
import { strip } from './strip.ts'

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

/** Paths below scenarios/, machines first, in the order of their names. */
function files(): string[] {
  const root = join(projectRoot(), 'scenarios')
  const list = (dir: string): string[] => (existsSync(dir) ? readdirSync(dir).filter((f) => f.endsWith('.zonelab.yaml')).sort().map((f) => join(dir, f)) : [])
  return [...list(join(root, 'machines')), ...list(root)]
}

const cache = new Map<string, { readonly entry: GalleryEntry; readonly scenario: Scenario }>()

function load(path: string): { readonly entry: GalleryEntry; readonly scenario: Scenario } | undefined {
  const known = cache.get(path)
  if (known) return known
  const id = path.slice(join(projectRoot(), 'scenarios').length + 1).replace(/\.zonelab\.yaml$/, '')
  const opened = openScenarioText(path, readFileSync(path, 'utf8'))
  if (!opened.ok) return undefined
  const scenario = opened.value
  const engine = bootEngine(scenario.description, PROFILES.get(scenario.profile), 'coarse', knownTypes())
  const { kernel: k, store } = engine.booted
  const ram = store.ref(k.iomem).children.reduce((n, r) => n + (r.sysram ? r.end - r.start : 0), 0)
  const nodes = k.nodeIds.length
  const commands = scenario.steps.flatMap((s) => s.commands)
  const failing = commands.filter((c) => engine.execute(c).ret < 0).length
  let blocks = 0
  store.eachRun([k.blockState], 0, k.pluggableEnd / k.pageSize, (s, e, state) => {
    if (state) blocks += (e - s) / k.pagesPerBlock
  })
  const entry: GalleryEntry = {
    id, kind: commands.length ? 'scenario' : 'machine', title: scenario.title, subtitle: (scenario.notes ?? '').trim().split(/\n|(?<=\.)\s/)[0] ?? '',
    memory: nodes > 1 ? `${nodes} nodes · ${roundedRam(ram)}` : roundedRam(ram), blocks, steps: commands.length, failing, strip: strip(engine),
  }
  const loaded = { entry, scenario }
  cache.set(path, loaded)
  return loaded
}

/** Scenarios that cannot be read are left out here; the test of scenarios/ fails for them. */
export const gallery = (): GalleryEntry[] => files().flatMap((f) => load(f)?.entry ?? [])

export const galleryScenario = (id: string): Scenario | undefined => files().map(load).find((g) => g?.entry.id === id)?.scenario
