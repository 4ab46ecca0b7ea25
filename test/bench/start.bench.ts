/** How long a user waits for the command line and for the window. */
import { spawn, spawnSync } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { chromium } from '@playwright/test'
import { findChromium, quietFlags } from '../../scripts/chromium.mjs'
import { elapsed, median } from './figure.ts'
import type { Figure } from './figure.ts'

const SCENARIO = `zonelab: 1
title: A DIMM
machine: {memory: 1GiB}
steps:
  - plug-dimm: {id: d0, size: 512MiB, at: 0x100000000, node: 0}
  - online_movable: 32
  - offline: 32
`
const ROUNDS = 15

/** What npx starts, against a Node that does nothing; taken in turn, so that both meet the same machine. */
const cliColdStart: Figure = {
  name: 'cli-cold-start',
  unit: 'x empty node',
  goal: '≤ 3',
  async run() {
    const folder = mkdtempSync(join(tmpdir(), 'zonelab-bench-'))
    const [scenario, empty] = [join(folder, 'dimm.zonelab.yaml'), join(folder, 'empty.mjs')]
    writeFileSync(scenario, SCENARIO)
    writeFileSync(empty, '')
    const node = (...args: string[]): void => {
      const { status, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' })
      if (status !== 0) throw new Error(stderr)
    }
    const times = { empty: [] as number[], run: [] as number[] }
    for (let i = 0; i < ROUNDS; i++) {
      times.empty.push(await elapsed(() => node(empty)))
      times.run.push(await elapsed(() => node('scripts/zonelab.mjs', 'run', scenario)))
    }
    const npx = await elapsed(() => spawnSync('npx', ['zonelab', 'run', scenario], { shell: process.platform === 'win32' }))
    rmSync(folder, { recursive: true })
    const [run, alone] = [median(times.run), median(times.empty)]
    return { value: run / alone, holds: run / alone <= 3, beside: `zonelab run ${ms(run)}, empty node ${ms(alone)}, with npx itself ${ms(npx)}` }
  },
}

/** From typing `npm start` to a window that takes input: npm, host, a browser started for it, page. */
const windowInteractive: Figure = {
  name: 'window-interactive',
  unit: 'ms',
  goal: '≤ 1500',
  async run() {
    const executablePath = findChromium()
    if (!executablePath) throw new Error('no Chromium found')
    const rounds: { host: number; browser: number; page: number }[] = []
    for (let i = 0; i < 5; i++) rounds.push(await openOnce(executablePath))
    const part = (name: 'host' | 'browser' | 'page'): number => median(rounds.map((round) => round[name]))
    const value = median(rounds.map(({ host, browser, page }) => host + browser + page))
    return { value, holds: value <= 1500, beside: `npm start to URL ${ms(part('host'))}, Chromium start ${ms(part('browser'))}, page ${ms(part('page'))}` }
  },
}

async function openOnce(executablePath: string): Promise<{ host: number; browser: number; page: number }> {
  let url = ''
  const child = spawn('npm', ['start', '--', '--no-open'], { stdio: ['ignore', 'pipe', 'inherit'], detached: true, shell: process.platform === 'win32' })
  const ended = new Promise((resolve) => child.once('exit', resolve))
  try {
    const host = await elapsed(async () => (url = await printedUrl(child)))
    const before = performance.now()
    const browser = await chromium.launch({ executablePath, args: [...quietFlags] })
    const page = await browser.newPage()
    const started = performance.now()
    await page.goto(url)
    await page.locator('[data-ready]').waitFor({ state: 'attached' })
    const ready = performance.now()
    await browser.close()
    return { host, browser: started - before, page: ready - started }
  } finally {
    // The whole group, as Ctrl-C does.
    if (child.pid) process.kill(-child.pid, 'SIGINT')
    await ended
  }
}

const printedUrl = (child: ChildProcess): Promise<string> =>
  new Promise((resolve, reject) => {
    let output = ''
    child.stdout?.on('data', (chunk: Buffer) => {
      output += chunk.toString()
      const found = /http:\S+/.exec(output)
      if (found) resolve(found[0])
    })
    child.once('exit', () => reject(new Error(`npm start ended: ${output}`)))
  })

const ms = (value: number): string => `${value.toFixed(0)} ms`

export default [cliColdStart, windowInteractive]
