// npm start: builds what is out of date, then opens the lab in Electron, else in a Chromium window, else prints its URL.
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { parseArgs } from 'node:util'
import { build, isStale, root } from './build.mjs'
import { findChromium, hasDisplay, profileBase, quietFlags } from './chromium.mjs'
import { findElectron } from './electron-binary.mjs'

/** A gallery entry that shows most of the map at a glance. */
const DEFAULT_SAMPLE = 'machines/four-nodes-6gib'

const HELP = `npm start -- [options]
  --sample ID     open a gallery entry (without options: ${DEFAULT_SAMPLE})
  --open FILE     open a scenario, or captured text of one machine (several --open)
  --empty         open the start screen
  --browser       use the browser host even where Electron is installed
  --no-open       browser host; print the URL and open no window
  --port N        browser host; listen on this port instead of a free one
  --no-build      start what is built, even if the sources have changed`

function options() {
  const { values } = parseArgs({
    options: {
      'sample': { type: 'string' }, 'open': { type: 'string', multiple: true }, 'empty': { type: 'boolean' }, 'browser': { type: 'boolean' },
      'no-open': { type: 'boolean' }, 'no-build': { type: 'boolean' }, 'port': { type: 'string' }, 'help': { type: 'boolean', short: 'h' },
    },
  })
  const port = Number(values.port ?? 0)
  if (!Number.isInteger(port) || port < 0 || port > 65535) throw new TypeError(`--port: found ${values.port}, expected a port number`)
  const named = [values.sample !== undefined, values.open !== undefined, values.empty === true].filter(Boolean).length
  if (named > 1) throw new TypeError('--sample, --open and --empty exclude each other')
  const first = values.empty ? { kind: 'start-screen' } : values.open ? { kind: 'files', paths: values.open.map((path) => resolve(process.env.INIT_CWD ?? '.', path)) } : { kind: 'sample', id: values.sample ?? DEFAULT_SAMPLE }
  return { first, port, help: values.help, noBuild: values['no-build'] === true, noOpen: values['no-open'] === true, browser: values.browser === true || values.port !== undefined }
}

const endings = []
let ending = false

/** Ends with `code` after undoing everything in reverse order. */
async function end(code) {
  if (ending) return
  ending = true
  for (const undo of endings.reverse()) await undo()
  process.exit(code)
}
// A second signal does not wait for the first one's endings.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => (ending ? process.exit(1) : void end(0)))

/** Starts a program that ends with us; we end when it does. */
function runWindow(program, args, { quiet }) {
  const child = spawn(program, args, { stdio: quiet ? 'ignore' : 'inherit' })
  const gone = new Promise((resolve) => child.once('close', resolve))
  endings.push(async () => {
    child.kill()
    await gone
  })
  child.once('error', (error) => {
    console.error(`${program}: ${error.message}`)
    void end(1)
  })
  child.once('exit', (code) => void end(code ?? 0))
}

function openElectron(electron, first) {
  const asRoot = process.platform === 'linux' && process.getuid?.() === 0 ? ['--no-sandbox'] : []
  runWindow(electron, [...asRoot, root, `--first=${JSON.stringify(first)}`], { quiet: false })
}

/**
 * An app-style window with a profile of its own. The URL reaches the browser in a file that only this user can read: in its
 * arguments every user of the computer would see the key.
 */
function openChromium(chromium, url) {
  const profile = mkdtempSync(profileBase(chromium) + 'zonelab-')
  endings.push(() => rmSync(profile, { recursive: true, force: true, maxRetries: 5 }))
  const page = join(profile, 'open.html')
  writeFileSync(page, `<!doctype html><title>Zonelab</title><script>location.replace(${JSON.stringify(url)})</script>\n`, { mode: 0o600 })
  runWindow(chromium, [...quietFlags, '--password-store=basic', `--user-data-dir=${profile}`, '--window-size=1440,900', `--app=${pathToFileURL(page).href}`], { quiet: true })
}

async function main() {
  const { first, port, help, noBuild, noOpen, browser } = options()
  if (help) return console.log(HELP)
  if (!noBuild && isStale()) {
    console.log('Building …')
    await build()
  }

  const electron = noOpen || browser || !hasDisplay() ? undefined : findElectron()
  if (electron) return openElectron(electron, first)

  const { serveLab } = await import('../out/main/serve.js')
  const served = await serveLab({ first, port })
  if (served.problems) {
    for (const problem of served.problems) console.error(problem)
    return end(2)
  }
  endings.push(() => served.host.close())
  const chromium = noOpen || !hasDisplay() ? undefined : findChromium()
  if (chromium) {
    console.log('Zonelab is open in a window of its own; Ctrl-C here, or closing the window, ends it.')
    openChromium(chromium, served.host.url)
  } else {
    console.log(`Zonelab: ${served.host.url}`)
  }
}

try {
  await main()
} catch (error) {
  console.error(error.code === 'EADDRINUSE' ? `port ${error.port} is taken` : error instanceof TypeError ? `${error.message}\n${HELP}` : error)
  await end(1)
}
