/** What a browser, not only our own checks, makes of the browser host's protection. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Page } from '@playwright/test'
import { expect, test } from '../lab.ts'

/** Opens a WebSocket to the lab from a page, as the lab's own page would; true when the lab lets it in. */
const canConnect = (page: Page, host: string, token: string): Promise<boolean> =>
  page.evaluate(([host, token]) => new Promise<boolean>((resolve) => {
    const socket = new WebSocket(`ws://${host}/lab`, ['zonelab.1', `key.${token}`])
    socket.onopen = () => (socket.close(), resolve(true))
    socket.onerror = () => resolve(false)
  }), [host, token] as const)

/** A page of another site on this computer, without any policy of its own. */
async function otherSite(use: (url: string) => Promise<void>): Promise<void> {
  const server = createServer((_request, response) => response.setHeader('Content-Type', 'text/html').end('<!doctype html><title>other</title>'))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  await use(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`)
  server.closeAllConnections()
  server.close()
}

test('the page opens the lab with its key and not with another', async ({ page, hostUrl }) => {
  const lab = new URL(await hostUrl('--empty'))
  await page.goto(lab.href)
  expect(await canConnect(page, lab.host, lab.hash.slice(1))).toBe(true)
  expect(await canConnect(page, lab.host, 'A'.repeat(32))).toBe(false)
})

test('a page of another site cannot reach the lab, even one that knows the key', async ({ page, hostUrl }) => {
  const lab = new URL(await hostUrl('--empty'))
  await otherSite(async (url) => {
    await page.goto(url)
    expect(await canConnect(page, lab.host, lab.hash.slice(1))).toBe(false)
    expect(await canConnect(page, lab.host.replace('127.0.0.1', 'localhost'), lab.hash.slice(1))).toBe(false)
    expect(await page.evaluate((lab) => fetch(lab).then(() => true, () => false), lab.origin)).toBe(false)
    expect(await page.evaluate((lab) => fetch(lab, { mode: 'no-cors' }).then(() => true, () => false), lab.origin)).toBe(false)
  })
})

test('a page of another site cannot frame the lab', async ({ page, hostUrl }) => {
  const lab = await hostUrl('--empty')
  await otherSite(async (url) => {
    await page.goto(url)
    await page.evaluate((lab) => new Promise((resolve) => {
      const frame = document.createElement('iframe')
      frame.src = lab
      frame.onload = resolve
      document.body.append(frame)
    }), lab)
    expect(page.frames().map((frame) => frame.url()).filter((url) => url.startsWith(new URL(lab).origin))).toEqual([])
  })
})

test('the page runs no script but its own and reaches nothing but its lab', async ({ page, hostUrl }) => {
  await page.goto(await hostUrl('--empty'))
  const outcome = await page.evaluate(async () => {
    const inline = document.createElement('script')
    inline.textContent = 'window.ranInline = true'
    document.body.append(inline)
    const image = (src: string): Promise<boolean> => new Promise((resolve) => {
      const element = new Image()
      element.onload = () => resolve(true)
      element.onerror = () => resolve(false)
      element.src = src
    })
    // In a task of its own: the debugger that carries page.evaluate may evaluate what the page may not.
    const evaluated = await new Promise<boolean>((resolve) => setTimeout(() => {
      try {
        new Function('return 1')()
        resolve(true)
      } catch {
        resolve(false)
      }
    }))
    return {
      inline: 'ranInline' in window,
      evaluated,
      fetched: await fetch('http://127.0.0.1:9/').then(() => 'loaded', (error: Error) => error.name),
      ownFile: await fetch('/index.html').then(() => 'loaded', (error: Error) => error.name),
      image: await image('http://127.0.0.1:9/x.png'),
    }
  })
  expect(outcome).toEqual({ inline: false, evaluated: false, fetched: 'TypeError', ownFile: 'TypeError', image: false })
})

test('the key never leaves the page: no request and no Referer carries it', async ({ page, hostUrl }) => {
  const url = await hostUrl('--empty')
  const token = new URL(url).hash.slice(1)
  const requests: string[] = []
  page.on('request', (request) => requests.push(request.url().split('#')[0] + JSON.stringify(request.headers())))
  await page.goto(url)
  await page.waitForLoadState('networkidle')
  expect(requests.length).toBeGreaterThan(0)
  expect(requests.filter((request) => request.includes(token))).toEqual([])
})
