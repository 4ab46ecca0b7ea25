import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { root } from './build.mjs'

/** A small tree of wrong imports; each line names the rule that has to catch it. */
const WRONG: readonly (readonly [from: string, to: string, rule: string, kind?: 'type'])[] = [
  ['main/engine/zone.ts', 'node:fs', 'engine-is-pure'],
  ['main/engine/node.ts', '../../preload/port.ts', 'engine-is-pure', 'type'],
  ['main/engine/text/iomem.ts', '../../lab/history.ts', 'engine-is-pure'],
  ['main/engine/device.ts', '../../plugins/sdk/device.ts', 'engine-takes-types-from-the-sdk'],
  ['main/engine/zone.test.ts', '../lab/history.ts', 'engine-tests-stay-in-the-engine'],
  ['renderer/map.ts', '../main/engine/units.ts', 'renderer-reaches-main-by-the-contract', 'type'],
  ['renderer/files.ts', 'node:fs', 'renderer-has-no-node'],
  ['renderer/schema.ts', '../preload/contract.ts', 'pages-carry-no-schemas'],
  ['preload/contract.ts', '../main/engine/units.ts', 'preload-imports-nothing-of-ours', 'type'],
  ['main/lab/page.ts', '../../preload/page/open-lab.ts', 'main-leaves-the-page-alone'],
  ['main/transport/lab.ts', '../lab/history.ts', 'transport-knows-no-memory', 'type'],
  ['main/lab/host.ts', '../transport/serve.ts', 'lab-and-conform-know-no-host'],
  ['plugins/pmem/index.ts', '../../main/engine/units.ts', 'plugins-see-the-sdk-only', 'type'],
  ['plugins/hmm/index.ts', '../pmem/shared.ts', 'plugins-do-not-see-each-other'],
  ['main/lab/plugins.ts', '../plugins/load.ts', 'sandbox-on-demand'],
  ['main/lab/entry.ts', '../serve.ts', 'entries-are-ends'],
  ['main/lab/one.ts', './other.ts', 'no-cycles'],
  ['main/lab/lost.ts', './nowhere.ts', 'resolvable'],
]
const RIGHT: readonly (readonly [from: string, to: string, kind?: 'type'])[] = [
  ['main/engine/kernel/op.ts', '../units.ts'],
  ['main/engine/sdk.ts', '../../plugins/sdk/device.ts', 'type'],
  ['main/engine/units.test.ts', 'node:fs'],
  ['main/lab/session.ts', '../transport/session.ts', 'type'],
  ['main/serve.ts', './lab/history.ts'],
  ['renderer/lab.ts', '../preload/page/open-lab.ts'],
  ['plugins/pmem/shared.ts', '../sdk/device.ts'],
]
const TARGETS = [
  'main/engine/units.ts', 'main/lab/history.ts', 'main/transport/serve.ts', 'main/transport/session.ts', 'preload/port.ts', 'preload/page/open-lab.ts',
  'plugins/sdk/device.ts', 'main/plugins/load.ts',
]

const folder = mkdtempSync(join(tmpdir(), 'zonelab-layers-'))
afterAll(() => rmSync(folder, { recursive: true }))

function write(file: string, text: string): void {
  mkdirSync(dirname(join(folder, file)), { recursive: true })
  writeFileSync(join(folder, file), text)
}

interface Violation { readonly from: string; readonly to: string; readonly rule: { readonly name: string } }

function violations(): readonly Violation[] {
  for (const file of TARGETS) write(file, 'export const x = 1\nexport type X = number\n')
  for (const [from, to, , kind] of WRONG) write(from, importing(to, kind))
  for (const [from, to, kind] of RIGHT) write(from, importing(to, kind))
  write('main/lab/other.ts', importing('./one.ts'))
  write('tsconfig.renderer.json', '{ "compilerOptions": { "module": "ESNext", "moduleResolution": "Bundler" } }')
  const depcruise = join(root, 'node_modules', 'dependency-cruiser', 'bin', 'dependency-cruise.mjs')
  const { stdout, stderr } = spawnSync(process.execPath, [depcruise, '--config', join(root, '.dependency-cruiser.cjs'), '--output-type', 'json', 'main', 'preload', 'renderer', 'plugins'],
    { cwd: folder, encoding: 'utf8', maxBuffer: 2 ** 26 })
  if (stdout === '') throw new Error(stderr)
  return (JSON.parse(stdout) as { summary: { violations: readonly Violation[] } }).summary.violations
}

const importing = (to: string, kind?: 'type'): string => `import ${kind ?? ''} { x as ${kind ? 'T' : 'y'} } from '${to}'\nexport ${kind ? 'type U = T' : 'const x = y'}\n`

describe('the layer rules', () => {
  const found = violations()

  it.each(WRONG)('catch %s importing %s: %s', (from, _to, rule) => {
    expect(found.filter((violation) => violation.from === from).map((violation) => violation.rule.name)).toContain(rule)
  })

  it('let the right imports pass', () => {
    const right = RIGHT.map(([from]) => from)
    expect(found.filter(({ from }) => right.includes(from))).toEqual([])
  })
})
