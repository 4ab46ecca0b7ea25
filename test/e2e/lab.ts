/** The fixtures of every story: a host with the wanted first document, and a window on it. */
import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { _electron, test as base } from '@playwright/test'
import type { ConsoleMessage, Page } from '@playwright/test'
import { findElectron } from '../../scripts/electron-binary.mjs'
import { quietFlags } from '../../scripts/chromium.mjs'

export { expect } from '@playwright/test'

const root = fileURLToPath(new URL('../..', import.meta.url))

/** `stop` ends the host as Ctrl-C does and gives its exit status. */
export interface Host { readonly url: string; stop(): Promise<number | null> }

/** Starts the browser host as a user does, with these options of `npm start`; resolves with the URL that it prints. */
export async function startHost(...options: string[]): Promise<Host> {
  const child = spawn(process.execPath, ['scripts/start.mjs', '--no-open', '--no-build', ...options], { cwd: root, stdio: ['ignore', 'pipe', 'inherit'] })
  return { url: await printedUrl(child), stop: () => stopped(child) }
}

function printedUrl(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let output = ''
    child.stdout?.on('data', (chunk: Buffer) => {
      output += chunk.toString()
      const url = /http:\S+/.exec(output)?.[0]
      if (url) resolve(url)
    })
    child.once('error', reject)
    child.once('exit', (code) => reject(new Error(`npm start ended with ${code} before it printed its URL: ${output}`)))
  })
}

function stopped(child: ChildProcess): Promise<number | null> {
  if (child.exitCode !== null) return Promise.resolve(child.exitCode)
  return new Promise((resolve) => {
    child.once('exit', (code) => resolve(code))
    child.kill('SIGINT')
  })
}

interface Fixtures {
  /** The host with these options of `npm start`; one process serves all stories of a worker that want the same. */
  readonly hostUrl: (...options: string[]) => Promise<string>
  /**
   * Opens a window: openLab('--sample', 'ID'), openLab('--open', FILE), openLab('--empty') for the start screen. A page that logs an error or throws fails its story.
   */
  readonly openLab: (...options: string[]) => Promise<Page>
}

interface WorkerFixtures { readonly hosts: Map<string, Promise<Host>> }

export const test = base.extend<Fixtures, WorkerFixtures>({
  hosts: [
    // eslint-disable-next-line no-empty-pattern
    async ({}, use) => {
      const hosts = new Map<string, Promise<Host>>()
      await use(hosts)
      for (const host of hosts.values()) await (await host).stop()
    },
    { scope: 'worker' },
  ],

  hostUrl: async ({ hosts }, use) => {
    await use(async (...options) => {
      const key = JSON.stringify(options)
      const host = hosts.get(key) ?? startHost(...options)
      hosts.set(key, host)
      return (await host).url
    })
  },

  openLab: async ({ context, hostUrl }, use, info) => {
    const complaints: string[] = []
    const closings: (() => Promise<void>)[] = []
    const watch = (page: Page): Page => {
      page.on('pageerror', (error) => complaints.push(error.stack ?? error.message))
      page.on('console', (message: ConsoleMessage) => {
        if (message.type() === 'error') complaints.push(message.text())
      })
      return page
    }

    await use(async (...options) => {
      if (info.project.name !== 'electron') {
        const page = watch(await context.newPage())
        await page.goto(await hostUrl(...options))
        return page
      }
      const electron = await _electron.launch({ executablePath: findElectron(), args: [...quietFlags, root, `--first=${firstDocument(options)}`] })
      closings.push(() => electron.close())
      return watch(await electron.firstWindow())
    })

    for (const close of closings) await close()
    base.expect(complaints, 'errors that the page logged').toEqual([])
  },
})

/** Options of npm start as the Electron entry takes them. */
function firstDocument(options: readonly string[]): string {
  const [name, value] = options
  switch (name) {
    case '--open': return JSON.stringify({ kind: 'files', paths: [value] })
    case '--empty': return JSON.stringify({ kind: 'start-screen' })
    case '--sample': return JSON.stringify({ kind: 'sample', id: value })
    default: throw new TypeError('in Electron a story names its first document')
  }
}
