/** What the Electron window and its page may do. Decisions only; main/index.ts hands them to Electron. */
import type { BrowserWindowConstructorOptions, WebPreferences } from 'electron'
import { APP_ORIGIN } from '../../preload/handover.ts'

/** The page's own address; every other is refused. */
export const PAGE_URL = `${APP_ORIGIN}/index.html`

export const webPreferences = (preload: string): WebPreferences => ({
  preload,
  sandbox: true,
  contextIsolation: true,
  nodeIntegration: false,
  nodeIntegrationInWorker: false,
  nodeIntegrationInSubFrames: false,
  webSecurity: true,
  allowRunningInsecureContent: false,
  experimentalFeatures: false,
  webviewTag: false,
  navigateOnDragDrop: false,
  spellcheck: false,
})

export const windowOptions = (preload: string): BrowserWindowConstructorOptions => ({
  width: 1440, height: 900, minWidth: 900, minHeight: 600, title: 'Zonelab', show: false, autoHideMenuBar: true,
  webPreferences: webPreferences(preload),
})

/** Whether a URL is a file of our page. (URL.origin is "null" for schemes that Node does not know.) */
export function isOwnUrl(text: string): boolean {
  if (!URL.canParse(text)) return false
  const url = new URL(text)
  return `${url.protocol}//${url.host}` === APP_ORIGIN && url.username === '' && url.password === ''
}

/** What the page may load: its own files, blobs that it made, and the developer tools' own parts. No network. */
export const mayLoad = (url: string): boolean =>
  isOwnUrl(url) || url.startsWith(`blob:${APP_ORIGIN}/`) || url.startsWith('data:') || url.startsWith('devtools://')

/** The one permission that our page gets: putting text it was told to copy on the clipboard. */
export const mayUse = (permission: string, requestingUrl: string): boolean =>
  permission === 'clipboard-sanitized-write' && isOwnUrl(requestingUrl)

/** What is asked of the sender of an IPC message. */
interface Frame { readonly url: string; readonly parent: unknown }

/** Whether an IPC message comes from the top frame of our own page. A frame that is gone by then is null. */
export const mayAskForPort = (frame: Frame | null): boolean => frame !== null && frame.parent === null && isOwnUrl(frame.url)
