// Finds an installed Chromium, and says how one is started here.
import { accessSync, constants, realpathSync } from 'node:fs'
import { homedir, tmpdir } from 'node:os'
import { delimiter, join, sep } from 'node:path'

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable', 'microsoft-edge', 'brave-browser']
const PLACES = {
  darwin: ['/Applications/Chromium.app/Contents/MacOS/Chromium', '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome', '/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge'],
  win32: ['PROGRAMFILES', 'PROGRAMFILES(X86)', 'LOCALAPPDATA'].flatMap((folder) => {
    const base = process.env[folder]
    return base ? [join(base, 'Google/Chrome/Application/chrome.exe'), join(base, 'Microsoft/Edge/Application/msedge.exe'), join(base, 'Chromium/Application/chrome.exe')] : []
  }),
}

/** The path of a Chromium: $ZONELAB_CHROMIUM, else the first that is installed; undefined when there is none. */
export function findChromium() {
  const onPath = (process.env.PATH ?? '').split(delimiter).filter(Boolean)
  const candidates = [
    process.env.ZONELAB_CHROMIUM,
    ...(process.platform === 'linux' ? NAMES.flatMap((name) => onPath.map((folder) => join(folder, name))) : []),
    ...(PLACES[process.platform] ?? []),
  ]
  return candidates.find((path) => path && isExecutable(path))
}

function isExecutable(path) {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}

const isRoot = process.getuid?.() === 0

/** A browser that shows one lab has nothing to fetch, update or report. Chromium's own sandbox does not work for root. */
export const quietFlags = [
  ...(isRoot ? ['--no-sandbox'] : []),
  '--disable-background-networking', '--disable-component-update', '--disable-sync', '--no-first-run', '--no-default-browser-check', '--disable-quic',
]

/** Where this Chromium can keep a profile: one from a snap sees neither our /tmp nor hidden folders. */
export function profileBase(chromium) {
  const real = realpathSync(chromium)
  const isSnap = real.startsWith('/snap/') || real === '/usr/bin/snap'
  return isSnap ? join(homedir(), 'snap', 'chromium', 'common') + sep : tmpdir() + sep
}

/** Whether a window could be seen. */
export const hasDisplay = () => process.platform !== 'linux' || Boolean(process.env.DISPLAY || process.env.WAYLAND_DISPLAY)
