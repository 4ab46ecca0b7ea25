import { describe, expect, it } from 'vitest'
import { isOwnUrl, mayAskForPort, mayLoad, mayUse, PAGE_URL, webPreferences } from './window-policy.ts'

describe('the Electron window', () => {
  it('has a sandboxed, isolated page without Node', () => {
    expect(webPreferences('/preload.cjs')).toEqual({
      preload: '/preload.cjs', sandbox: true, contextIsolation: true, nodeIntegration: false, nodeIntegrationInWorker: false,
      nodeIntegrationInSubFrames: false, webSecurity: true, allowRunningInsecureContent: false, experimentalFeatures: false,
      webviewTag: false, navigateOnDragDrop: false, spellcheck: false,
    })
  })

  it.each([PAGE_URL, 'app://zonelab/assets/index.js', 'app://zonelab/'])('owns %s', (url) => {
    expect(isOwnUrl(url)).toBe(true)
    expect(mayLoad(url)).toBe(true)
  })

  it.each([
    'https://example.org/', 'http://127.0.0.1:8000/', 'file:///etc/passwd', 'app://other/index.html', 'app://zonelab.example.org/', 'app://user@zonelab/',
    'javascript:alert(1)', 'about:blank', 'apps://zonelab/', 'chrome://version', 'blob:https://example.org/1', 'not a url', '',
  ])('does not own and does not load %s', (url) => {
    expect(isOwnUrl(url)).toBe(false)
    expect(mayLoad(url)).toBe(false)
  })

  it('may load blobs that it made, never those of another origin', () => {
    expect(mayLoad('blob:app://zonelab/0b1c')).toBe(true)
    expect(mayLoad('blob:app://zonelab.example.org/0b1c')).toBe(false)
  })

  it('may write the clipboard and nothing else', () => {
    expect(mayUse('clipboard-sanitized-write', PAGE_URL)).toBe(true)
    expect(mayUse('clipboard-sanitized-write', 'https://example.org/')).toBe(false)
    for (const permission of ['clipboard-read', 'media', 'geolocation', 'notifications', 'midi', 'fullscreen', 'openExternal', 'fileSystem', 'usb', 'hid', 'serial']) {
      expect(mayUse(permission, PAGE_URL), permission).toBe(false)
    }
  })

  it('gets a port for its top frame only', () => {
    expect(mayAskForPort({ url: PAGE_URL, parent: null })).toBe(true)
    expect(mayAskForPort({ url: PAGE_URL, parent: { url: PAGE_URL } })).toBe(false)
    expect(mayAskForPort({ url: 'https://example.org/', parent: null })).toBe(false)
    expect(mayAskForPort(null)).toBe(false)
  })
})
