// npm test: every check there is, in order, each under its heading. `npm test e2e`, `npm test unit lint`: only those.
import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { build, isStale, root } from './build.mjs'
import { findChromium } from './chromium.mjs'
import { findElectron } from './electron-binary.mjs'

const reports = mkdtempSync(join(tmpdir(), 'zonelab-test-'))
const total = { passed: 0, failed: 0 }
const notes = []

/** Runs a package's own command with this Node, its output passed through. True when it ends well. */
function run(command, args, env = {}) {
  const { status, error } = spawnSync(process.execPath, [commandFile(command), ...args], { cwd: root, stdio: ['ignore', 'inherit', 'inherit'], env: { ...process.env, ...env } })
  if (error) console.error(error.message)
  return status === 0
}

function commandFile(command) {
  const packages = { 'tsc': 'typescript', 'vue-tsc': 'vue-tsc', 'oxlint': 'oxlint', 'depcruise': 'dependency-cruiser', 'vitest': 'vitest', 'playwright': '@playwright/test' }
  const folder = join(root, 'node_modules', packages[command])
  const { bin } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
  return join(folder, typeof bin === 'string' ? bin : bin[command])
}

/** Counts a check that either holds or does not. */
const count = (holds) => void (holds ? total.passed++ : total.failed++)

/** Counts what a test runner reported; a runner that fails without a failed test failed itself. */
function countReport(file, ranWell, read) {
  if (!existsSync(file)) return count(false)
  const { passed, failed, skipped } = read(JSON.parse(readFileSync(file, 'utf8')))
  total.passed += passed
  total.failed += failed + (failed === 0 && !ranWell ? 1 : 0)
  if (skipped > 0) notes.push(`${skipped} tests were skipped`)
}

function unitTests() {
  const file = join(reports, 'unit.json')
  const ranWell = run('vitest', ['run', '--reporter=default', '--reporter=json', `--outputFile.json=${file}`])
  countReport(file, ranWell, (r) => ({ passed: r.numPassedTests, failed: r.numFailedTests, skipped: r.numPendingTests + r.numTodoTests }))
}

async function endToEndTests() {
  if (isStale()) {
    console.log('Building …')
    try {
      await build()
    } catch (error) {
      console.error(error)
      return count(false)
    }
  }
  const chromium = findChromium() ?? installChromium()
  if (!chromium) {
    console.error('The end-to-end tests need a Chromium: install one (Debian: apt install chromium), or name one in ZONELAB_CHROMIUM.')
    return count(false)
  }
  if (!findElectron()) notes.push('the end-to-end tests in Electron were skipped: its binary is not installed (npx install-electron)')
  const file = join(reports, 'e2e.json')
  const ranWell = run('playwright', ['test', '--reporter=list,json'], { PLAYWRIGHT_JSON_OUTPUT_NAME: file, ZONELAB_CHROMIUM: chromium })
  countReport(file, ranWell, ({ stats, errors }) => ({ passed: stats.expected, failed: stats.unexpected + stats.flaky + errors.length, skipped: stats.skipped }))
}

/** Debian's package, when we may install it. */
function installChromium() {
  const isDebian = existsSync('/etc/os-release') && /^ID=debian$/m.test(readFileSync('/etc/os-release', 'utf8'))
  if (!isDebian || process.getuid?.() !== 0) return undefined
  console.log('No Chromium found; installing the package chromium …')
  for (const args of [['update'], ['install', '--yes', '--no-install-recommends', 'chromium']]) {
    const { status } = spawnSync('apt-get', ['--quiet', ...args], { stdio: ['ignore', 'inherit', 'inherit'], env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' } })
    if (status !== 0) return undefined
  }
  return findChromium()
}

const CHECKS = {
  typecheck: ['Types', () => {
    count(run('tsc', ['-p', 'tsconfig.json', '--noEmit']))
    count(run('vue-tsc', ['-p', 'tsconfig.renderer.json', '--noEmit']))
    count(run('tsc', ['-p', 'tsconfig.e2e.json', '--noEmit']))
  }],
  lint: ['Lint', () => count(run('oxlint', []))],
  layers: ['Layers', () => count(run('depcruise', ['--config', '.dependency-cruiser.cjs', 'main', 'preload', 'renderer', 'plugins']))],
  unit: ['Unit, property and conformance tests', unitTests],
  e2e: ['End-to-end tests', endToEndTests],
}

async function main(names) {
  const unknown = names.filter((name) => !Object.hasOwn(CHECKS, name))
  if (unknown.length > 0) {
    console.error(`no such check: ${unknown.join(', ')}; there are: ${Object.keys(CHECKS).join(', ')}`)
    process.exitCode = 1
    return
  }
  for (const [name, [title, check]] of Object.entries(CHECKS)) {
    if (names.length > 0 && !names.includes(name)) continue
    console.log(`\n━━ ${title}`)
    await check()
  }
  console.log('')
  for (const note of notes) console.log(`Note: ${note}.`)
  console.log(`${total.passed} passed, ${total.failed} failed`)
  process.exitCode = total.failed === 0 ? 0 : 1
}

try {
  await main(process.argv.slice(2))
} finally {
  rmSync(reports, { recursive: true, force: true })
}
