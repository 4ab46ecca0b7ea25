/** `zonelab plugin check`: manifest, declarations, and the laws on samples and random sequences. */
import { knownTypes } from '../plugins/known-types.ts'
import { asScenario, checkType, type TypeReport } from '../plugins/check/check.ts'
import { loadPlugin } from '../plugins/load.ts'
import type { PluginInfo } from '../../preload/contract.ts'
import { version } from '../../package.json'
import { EXIT, worse, type Exit, type Io } from './io.ts'
import type { Parsed } from './options.ts'

/** The version of the `--json` output. */
const CHECK_JSON = 1

interface Checked { readonly dir: string; readonly plugin: PluginInfo; readonly types: readonly TypeReport[] }

export function pluginCheck(dirs: readonly string[], options: Parsed, io: Io): Exit {
  const number = (name: string): number | undefined => (options.values(name)[0] === undefined ? undefined : Number(options.values(name)[0]))
  const [runs, seed] = [number('runs'), number('seed')]
  let exit: Exit = EXIT.holds
  const all: Checked[] = []
  for (const dir of dirs) {
    const loaded = loadPlugin(dir, { zonelab: version, taken: [], print: (plugin, text) => io.err(`${plugin}: ${text}\n`) })
    try {
      const types = loaded.types.map((type) => checkType(type, knownTypes(), { ...(runs === undefined ? {} : { runs }), ...(seed === undefined ? {} : { seed }) }))
      const checked: Checked = { dir, plugin: loaded.info, types }
      all.push(checked)
      if (!loaded.info.enabled) exit = worse(exit, EXIT.usage)
      else if (types.some((t) => t.laws.some((l) => !l.holds))) exit = worse(exit, EXIT.fails)
      if (!options.flag('json')) io.out(text(checked))
    } finally {
      loaded.dispose()
    }
  }
  if (options.flag('json')) io.out(`${JSON.stringify({ version: CHECK_JSON, plugins: all.map(json) }, null, 2)}\n`)
  return exit
}

function text({ dir, plugin, types }: Checked): string {
  const lines = [`${dir}: ${plugin.title}${plugin.version === '' ? '' : ` ${plugin.version}`} (${plugin.id})`]
  if (!plugin.enabled) {
    lines.push(...plugin.problems.map((p) => `  ✗ ${p}`))
    return `${lines.join('\n')}\n`
  }
  lines.push(`  ✓ manifest and declarations; types: ${plugin.types.join(', ')}`)
  for (const t of types) {
    if (t.skipped !== undefined) {
      lines.push(`  ${t.type}: not played: ${t.skipped}`)
      continue
    }
    const left = t.unclaimed > 0 ? `, without ${t.unclaimed} adds that do not claim their range` : ''
    lines.push(t.kernel === undefined ? `  ${t.type}: ${t.runs} random sequences${left} (seed ${t.seed})` : `  ${t.type}: its samples, on ${t.kernel}`)
    for (const law of t.laws) {
      lines.push(`    ${law.holds ? '✓' : '✗'} ${law.law}: ${law.title}`)
      if (law.holds) continue
      lines.push(`      ${law.detail ?? 'broken'}`)
      if (law.trace) lines.push('      The shortest story; the last two commands below run at once:', '', ...law.trace.map((l) => `        ${l}`), '')
      if (law.commands) lines.push('      The shortest way there:', '', ...asScenario(`${t.type}: ${law.law}`, law.commands).split('\n').map((l) => `        ${l}`), '')
    }
  }
  return `${lines.join('\n')}\n`
}

const json = ({ dir, plugin, types }: Checked): unknown => ({
  dir, id: plugin.id, version: plugin.version, title: plugin.title, enabled: plugin.enabled, problems: plugin.problems,
  types: types.map((t) => ({ ...t, laws: t.laws.map((l) => ({ ...l, ...(l.commands ? { scenario: asScenario(`${t.type}: ${l.law}`, l.commands) } : {}) })) })),
})
