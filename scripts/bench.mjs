// npm run bench [-- --json] [name …]: measures the figures of test/bench and prints each with its goal.
import { readdirSync, rmSync } from 'node:fs'
import { basename, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { parseArgs } from 'node:util'
import { build, isStale, root } from './build.mjs'

const folder = join(root, 'test', 'bench')
const out = join(root, 'out', 'bench')

/** The bench modules as the product is built: bundled, compiled for this Node, nothing transformed while measuring. */
async function bundled() {
  const { build: bundle } = await import('vite')
  const files = readdirSync(folder).filter((name) => name.endsWith('.bench.ts'))
  rmSync(out, { recursive: true, force: true })
  await bundle({
    root,
    configFile: false,
    logLevel: 'warn',
    ssr: { noExternal: ['yaml', 'zod'] },
    build: {
      ssr: true, target: 'node20', outDir: out, emptyOutDir: true,
      rolldownOptions: { input: Object.fromEntries(files.map((file) => [basename(file, '.ts'), join(folder, file)])) },
    },
  })
  const modules = await Promise.all(files.map((file) => import(pathToFileURL(join(out, `${basename(file, '.ts')}.js`)).href)))
  return modules.flatMap((module) => module.default)
}

async function measure(figure) {
  const { name, unit, goal } = figure
  try {
    const { value, holds, beside } = await figure.run()
    return { name, unit, value, goal, holds, ...(beside && { beside }) }
  } catch (error) {
    process.exitCode = 1
    return { name, unit, value: null, goal, holds: false, beside: `could not be measured: ${error.message}` }
  }
}

const { values, positionals: wanted } = parseArgs({ options: { json: { type: 'boolean' } }, allowPositionals: true })
process.chdir(root)
process.env.NODE_ENV = 'production'
if (isStale()) {
  console.error('Building …')
  await build()
}
const figures = (await bundled()).filter(({ name }) => wanted.length === 0 || wanted.some((part) => name.includes(part)))
if (figures.length === 0) {
  console.error(`no figure is named so: ${wanted.join(', ')}`)
  process.exitCode = 1
}

const rounded = (value) => (value === null ? '-' : Number(value.toPrecision(3)).toString())
const results = []
const width = Math.max(4, ...figures.map(({ name }) => name.length))
const row = (name, value, unit, goal, holds, beside) =>
  console.log(`${name.padEnd(width)}  ${value.padStart(8)} ${unit.padEnd(16)}  ${goal.padEnd(10)}  ${holds.padEnd(5)}  ${beside}`.trimEnd())

if (!values.json) row('name', 'value', 'unit', 'goal', 'holds', 'beside')
for (const figure of figures) {
  const result = await measure(figure)
  results.push(result)
  if (!values.json) row(result.name, rounded(result.value), result.unit, result.goal, result.holds ? 'yes' : 'NO', result.beside ?? '')
}
if (values.json) console.log(JSON.stringify(results, null, 2))
