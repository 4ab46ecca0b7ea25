/** The Electron host: one window, the page from app://, a MessagePort to the lab. What is allowed is decided in host/. */
import { join } from 'node:path'
import { app, BrowserWindow, ipcMain, Menu, MessageChannelMain, protocol, session } from 'electron'
import { APP_SCHEME, IPC_CHANNEL } from '../preload/handover.ts'
import { answerAppRequest } from './host/app-protocol.ts'
import { FirstDocument, prepareFirst } from './host/first-document.ts'
import { pluginFolders } from './host/plugin-folders.ts'
import { mayAskForPort, mayLoad, mayUse, PAGE_URL, windowOptions } from './host/window-policy.ts'
import { createLab } from './lab/lab.ts'
import { createPluginHost, type PluginHost } from './plugins/host.ts'
import { assetsIn } from './transport/assets.ts'
import { messagePort } from './transport/message-port.ts'
import { serve } from './transport/serve.ts'
import type { LabSession } from './transport/session.ts'

const OUT = join(import.meta.dirname, '..')
const FIRST = '--first='

/** scripts/start.mjs passes the first document as JSON. */
function firstDocument(): FirstDocument {
  const argument = process.argv.find((text) => text.startsWith(FIRST))
  return argument === undefined ? { kind: 'start-screen' } : FirstDocument.parse(JSON.parse(argument.slice(FIRST.length)))
}

function restrictSession(): void {
  const page = session.defaultSession
  const assets = assetsIn(join(OUT, 'renderer'))
  page.protocol.handle(APP_SCHEME, (request) => answerAppRequest(request, assets))
  page.setPermissionRequestHandler((_contents, permission, answer, details) => answer(mayUse(permission, details.requestingUrl)))
  page.setPermissionCheckHandler((_contents, permission, origin) => mayUse(permission, origin))
  page.setDevicePermissionHandler(() => false)
  page.webRequest.onBeforeRequest(({ url }, answer) => answer({ cancel: !mayLoad(url) }))
}

/** Holds for every page that could ever exist in this process. */
function restrictContents(): void {
  app.on('web-contents-created', (_event, contents) => {
    contents.on('will-navigate', (event) => event.preventDefault())
    contents.on('will-frame-navigate', (event) => event.preventDefault())
    contents.on('will-redirect', (event) => event.preventDefault())
    contents.on('will-attach-webview', (event) => event.preventDefault())
    contents.setWindowOpenHandler(() => ({ action: 'deny' }))
  })
}

function handOverPorts(openFirst: (lab: LabSession) => void, plugins: PluginHost): void {
  ipcMain.on(IPC_CHANNEL, (event) => {
    if (!mayAskForPort(event.senderFrame)) return
    const { port1, port2 } = new MessageChannelMain()
    const lab = createLab({ host: 'electron', plugins })
    openFirst(lab)
    serve(messagePort(port1), lab, (request, error) => console.error(`zonelab: ${request}:`, error))
    event.sender.postMessage(IPC_CHANNEL, null, [port2])
  })
}

function openWindow(): void {
  const window = new BrowserWindow(windowOptions(join(OUT, 'preload', 'index.cjs')))
  window.once('ready-to-show', () => window.show())
  void window.loadURL(PAGE_URL)
}

const menu = (): Menu =>
  Menu.buildFromTemplate([
    ...(process.platform === 'darwin' ? [{ role: 'appMenu' as const }] : []),
    { label: 'File', submenu: [{ role: 'close' }, { role: 'quit' }] },
    { role: 'editMenu' },
    { label: 'View', submenu: [{ role: 'reload' }, { role: 'toggleDevTools' }, { type: 'separator' }, { role: 'resetZoom' }, { role: 'zoomIn' }, { role: 'zoomOut' }, { role: 'togglefullscreen' }] },
  ])

async function main(): Promise<void> {
  const plugins = createPluginHost({ folders: pluginFolders() })
  await plugins.reload()
  const prepared = await prepareFirst(firstDocument(), createLab({ host: 'electron', plugins }))
  if ('problems' in prepared) {
    for (const problem of prepared.problems) console.error(problem)
    app.exit(2)
    return
  }
  await app.whenReady()
  restrictSession()
  handOverPorts(prepared.open, plugins)
  Menu.setApplicationMenu(menu())
  openWindow()
}

app.enableSandbox()
// 'secure' gives the page a secure context, 'standard' an origin of its own.
protocol.registerSchemesAsPrivileged([{ scheme: APP_SCHEME, privileges: { standard: true, secure: true, supportFetchAPI: true, codeCache: true } }])
app.on('window-all-closed', () => app.quit())
restrictContents()
void main()
