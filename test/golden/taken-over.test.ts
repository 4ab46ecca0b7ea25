/**
 * A machine that is taken over from what a running kernel says of itself: held against every step of the recordings of
 * ordinary RAM, from several sets of texts, and driven on to the next step.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { bootEngine, type Engine } from '../../main/engine/engine.ts'
import { formatInputError, type Checked } from '../../main/engine/errors.ts'
import { describe as toMachine } from '../../main/engine/machine/describe.ts'
import { importTexts } from '../../main/engine/machine/import-texts.ts'

const root = fileURLToPath(new URL('../recordings/6.1/', import.meta.url))
const THEMES = new Set(['boot', 'dimm', 'dimm-never-online', 'dimm-auto', 'offline-fail', 'ram-errors', 'memmap-on-memory', 'movablecore'])

interface Step { readonly dir: string; readonly op: string; readonly args: { readonly block?: number; readonly state?: string }; readonly result: { readonly ok: boolean; readonly output?: string } }
interface Recording { readonly theme: string; readonly cmdline: string; readonly steps: readonly Step[] }

const read = (path: string): string => readFileSync(`${root}${path}`, 'utf8')
const recordings = readdirSync(root).map((id) => ({ id, ...(JSON.parse(read(`${id}/scenario.json`)) as Recording) })).filter((r) => THEMES.has(r.theme))

function value<T>(checked: Checked<T>): T {
  if (!checked.ok) throw new Error(checked.errors.map(formatInputError).join('\n'))
  return checked.value
}
/** Boots what the named texts of a step tell; the command line too, as importing a boot log would. */
function takenOver(id: string, step: Step, cmdline: string, files: readonly string[]): Engine {
  const facts = value(importTexts(files.map((name) => ({ name, text: read(`${id}/${step.dir}/${name}`) }))))
  return bootEngine({ ...value(toMachine(facts)).description, cmdline })
}
/** Zones and blocks as the step's own texts have them. */
function told(id: string, step: Step): { zones: string[]; blocks: string[] } {
  const facts = value(importTexts([{ name: 'zoneinfo', text: read(`${id}/${step.dir}/zoneinfo.txt`) }]))
  const { blocks } = JSON.parse(read(`${id}/${step.dir}/memory_blocks.json`)) as { blocks: readonly { block: number; state: string; valid_zones: string; nodes: readonly number[] }[] }
  return {
    // the start of ZONE_DEVICE is not printed, as it has no present pages
    zones: (facts.nodes ?? []).flatMap((n) => n.zones.filter((z) => !z.spanned || z.startPfn !== undefined).map((z) => `${n.id}/${z.name} ${z.startPfn ?? 0}+${z.spanned ?? 0} present ${z.present ?? 0}`)),
    blocks: blocks.map((b) => `${b.block} ${b.state} ${b.valid_zones} [${b.nodes.join()}]`),
  }
}
function shown(engine: Engine, zones: readonly string[]): { zones: string[]; blocks: string[] } {
  const s = engine.snapshot()
  const known = new Set(zones.map((z) => z.split(' ')[0]))
  return {
    zones: s.nodes.flatMap((n) => n.zones.map((z) => `${n.id}/${z.name} ${z.startPfn}+${z.spanned} present ${z.present}`)).filter((z) => known.has(z.split(' ')[0])),
    blocks: s.blocks.flatMap((b) => Array.from({ length: b.last - b.first + 1 }, (_, i) => `${b.first + i} ${b.state} ${b.validZones} [${b.nodes.join()}]`)),
  }
}
const breaches = (engine: Engine): string[] => engine.invariants().filter((i) => !i.holds).map((i) => `${i.id}: ${i.detail ?? ''}`)

const ALL = ['zoneinfo.txt', 'iomem.txt', 'memory_blocks.json'] as const
const SETS: readonly (readonly string[])[] = [ALL, ['zoneinfo.txt', 'memory_blocks.json'], ['zoneinfo.txt', 'iomem.txt'], ['iomem.txt', 'memory_blocks.json'], ['memory_blocks.json'], ['zoneinfo.txt'], ['iomem.txt']]

describe.each(recordings.map((r) => [r.id, r] as const))('%s', (id, recording) => {
  test('whatever a step’s texts tell, and whatever they leave out, the invariants hold', () => {
    for (const step of recording.steps) for (const files of SETS) expect([step.dir, files, breaches(takenOver(id, step, '', files))]).toEqual([step.dir, files, []])
  })

  test('zones and blocks together are taken over exactly, valid_zones included, with and without /proc/iomem', () => {
    for (const step of recording.steps)
      for (const files of [ALL, SETS[1]!]) {
        const want = told(id, step)
        expect([step.dir, shown(takenOver(id, step, recording.cmdline, files), want.zones)]).toEqual([step.dir, want])
      }
  })

  test('from any step on, the next word written to a block does what it did', () => {
    for (const [i, step] of recording.steps.entries()) {
      const next = recording.steps[i + 1]
      if (next?.op !== 'block' || next.args.block === undefined || next.args.state === undefined) continue
      // which block holds an allocation is told by nothing but the refusal
      if (/busy/i.test(next.result.output ?? '')) continue
      const engine = takenOver(id, step, recording.cmdline, ALL)
      const result = engine.execute({ op: 'block', block: next.args.block, state: next.args.state })
      expect([next.dir, result.ret === 0]).toEqual([next.dir, next.result.ok])
      const want = told(id, next)
      expect([next.dir, shown(engine, want.zones), breaches(engine)]).toEqual([next.dir, want, []])
    }
  })
})
