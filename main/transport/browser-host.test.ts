import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { request } from 'node:http'
import { connect as connectTcp } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { PROTOCOL } from '../../preload/contract.ts'
import { connect } from '../../preload/rpc.ts'
import type { RpcClient } from '../../preload/rpc.ts'
import { SUBPROTOCOL, tokenProtocol } from '../../preload/subprotocol.ts'
import { assetsIn } from './assets.ts'
import { startBrowserHost } from './browser-host.ts'
import type { BrowserHost } from './browser-host.ts'
import { smallLab } from './small-lab.ts'
import { webSocketPort } from './web-socket-port.ts'

const SECRET = 'text of a file beside the page'
const folder = mkdtempSync(join(tmpdir(), 'zonelab-host-'))
let host: BrowserHost
let port: number
let token: string

beforeAll(async () => {
  const page = join(folder, 'page')
  mkdirSync(join(page, 'assets'), { recursive: true })
  writeFileSync(join(folder, 'secret.js'), SECRET)
  writeFileSync(join(page, 'index.html'), '<!doctype html><title>Zonelab</title>')
  writeFileSync(join(page, 'assets', 'index.js'), 'export {}')
  writeFileSync(join(page, 'assets', 'notes.txt'), SECRET)
  symlinkSync(join(folder, 'secret.js'), join(page, 'assets', 'link.js'))
  host = await startBrowserHost({ assets: assetsIn(page), openSession: smallLab, onBug: () => undefined })
  const url = new URL(host.url)
  port = Number(url.port)
  token = url.hash.slice(1)
})
afterAll(async () => {
  await host.close()
  rmSync(folder, { recursive: true })
})

interface Reply { readonly status: number; readonly headers: Record<string, unknown>; readonly body: string }

/** One request, its path sent exactly as written. */
function ask(path: string, { method = 'GET', headers = {} }: { method?: string; headers?: Record<string, string> } = {}): Promise<Reply> {
  return new Promise((resolve, reject) => {
    request({ host: '127.0.0.1', port, path, method, headers, agent: false }, (response) => {
      let body = ''
      response.on('data', (chunk: Buffer) => (body += chunk.toString()))
      response.on('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, body }))
    }).on('error', reject).end()
  })
}

interface Opening { readonly path?: string; readonly protocols?: string[]; readonly origin?: string | null; readonly hostHeader?: string }

const openings: WebSocket[] = []
const clients: RpcClient[] = []
afterEach(() => {
  for (const client of clients.splice(0)) client.close()
  for (const socket of openings.splice(0)) socket.terminate()
})

/** Opens a WebSocket as our page does, but for what `opening` changes. Gives the socket, or the status that refused it. */
function open({ path = '/lab', protocols = [SUBPROTOCOL, tokenProtocol(token)], origin = `http://127.0.0.1:${port}`, hostHeader }: Opening = {}): Promise<WebSocket | number> {
  const socket = new WebSocket(`ws://127.0.0.1:${port}${path}`, protocols, {
    ...(origin !== null && { origin }),
    headers: hostHeader === undefined ? {} : { host: hostHeader },
  })
  openings.push(socket)
  return new Promise((resolve, reject) => {
    socket.once('open', () => resolve(socket))
    socket.once('unexpected-response', (_request, response) => resolve(response.statusCode ?? 0))
    socket.once('error', reject)
  })
}

async function openClient(): Promise<RpcClient> {
  const socket = await open()
  if (typeof socket === 'number') throw new Error(`refused with ${socket}`)
  const client = connect(webSocketPort(socket))
  clients.push(client)
  return client
}

/** The code with which the host closes a socket after this message. */
async function closeCodeAfter(message: string | Uint8Array): Promise<number> {
  const socket = await open()
  if (typeof socket === 'number') throw new Error(`refused with ${socket}`)
  return new Promise((resolve) => {
    socket.once('close', (code) => resolve(code))
    socket.on('error', () => undefined)
    socket.send(message)
  })
}

describe('the lab over a WebSocket', () => {
  it('answers a window that has the key', async () => {
    const client = await openClient()
    expect(await client.request('hello', { protocol: PROTOCOL })).toMatchObject({ protocol: PROTOCOL, host: 'browser' })
  })

  it('sends columns as typed arrays', async () => {
    const client = await openClient()
    const map = await client.request('map', { range: { start: 0, end: 4096 }, columns: 1600, tracks: ['zones'], limit: 0 })
    expect(map.tracks[0]).toMatchObject({ cells: Uint32Array.from({ length: 1600 }, (_, i) => i) })
  })

  it('takes a boot log of 20 MiB', async () => {
    const client = await openClient()
    const text = 'BIOS-e820: [mem 0x0000000000000000-0x000000000009fbff] usable\n'.repeat(20 * 2 ** 14)
    expect(await client.request('openTexts', { texts: [{ name: 'dmesg', text }] })).toMatchObject({ value: { name: `1 texts of ${text.length}` } })
  })

  it('keeps the sessions of two windows apart', async () => {
    const [one, other] = await Promise.all([openClient(), openClient()])
    await one.request('goto', { position: 5 })
    expect((await other.request('document', {}))?.position).toBe(0)
  })

  it('tells its windows when it ends', async () => {
    const ending = await startBrowserHost({ assets: () => undefined, openSession: smallLab, onBug: () => undefined })
    const url = new URL(ending.url)
    const socket = new WebSocket(`ws://${url.host}/lab`, [SUBPROTOCOL, tokenProtocol(url.hash.slice(1))], { origin: url.origin })
    await new Promise((resolve) => socket.once('open', resolve))
    const client = connect(webSocketPort(socket))
    const closed = new Promise<void>((resolve) => client.onClose(resolve))
    await ending.close()
    await closed
    await expect(client.request('document', {})).rejects.toMatchObject({ code: 'closed' })
  })
})

describe('a WebSocket is refused', () => {
  it.each<[string, () => Opening, number]>([
    ['without a key', () => ({ protocols: [SUBPROTOCOL] }), 401],
    ['with an empty key', () => ({ protocols: [SUBPROTOCOL, 'key.'] }), 401],
    ['with another key of the same length', () => ({ protocols: [SUBPROTOCOL, tokenProtocol('A'.repeat(token.length))] }), 401],
    ['with the beginning of the key', () => ({ protocols: [SUBPROTOCOL, tokenProtocol(token.slice(0, -1))] }), 401],
    ['with more than the key', () => ({ protocols: [SUBPROTOCOL, tokenProtocol(token + 'A')] }), 401],
    ['without our subprotocol', () => ({ protocols: [tokenProtocol(token)] }), 400],
    ['from a page of another site', () => ({ origin: 'https://example.org' }), 403],
    ['from a page of another port', () => ({ origin: `http://127.0.0.1:${port + 1}` }), 403],
    ['from a sandboxed frame', () => ({ origin: 'null' }), 403],
    ['without an Origin', () => ({ origin: null }), 403],
    ['under another name (DNS rebinding)', () => ({ hostHeader: `rebound.example.org:${port}`, origin: `http://rebound.example.org:${port}` }), 403],
    ['at another path', () => ({ path: '/' }), 404],
    ['with the key in the path only', () => ({ path: `/lab?${token}`, protocols: [SUBPROTOCOL] }), 404],
  ])('%s', async (_what, opening, status) => {
    expect(await open(opening())).toBe(status)
  })

  it('and the key is never sent back', async () => {
    const socket = await open()
    expect((socket as WebSocket).protocol).toBe(SUBPROTOCOL)
  })
})

describe('a window that does not speak the protocol is cut off', () => {
  it('when it sends text', async () => expect(await closeCodeAfter('{"id":1,"request":"hello","params":{}}')).toBe(1003))
  it('when a frame is broken', async () => expect(await closeCodeAfter(new Uint8Array([255, 255, 255, 255, 0]))).toBe(1007))
  it('when a message is larger than any request', async () => expect(await closeCodeAfter(new Uint8Array(131 * 2 ** 20))).toBe(1009))
})

describe('the page\'s files', () => {
  it('are served with their types', async () => {
    expect(await ask('/')).toMatchObject({ status: 200, body: '<!doctype html><title>Zonelab</title>', headers: { 'content-type': 'text/html; charset=utf-8' } })
    expect(await ask('/assets/index.js?v=1')).toMatchObject({ status: 200, headers: { 'content-type': 'text/javascript; charset=utf-8' } })
    expect(await ask('/', { method: 'HEAD' })).toMatchObject({ status: 200, body: '' })
  })

  it('carry the policy of what the page may do, and so does every refusal', async () => {
    for (const reply of [await ask('/'), await ask('/nothing'), await ask('/', { headers: { host: 'example.org' } })]) {
      expect(reply.headers).toMatchObject({
        'x-content-type-options': 'nosniff', 'cache-control': 'no-store', 'referrer-policy': 'no-referrer', 'x-frame-options': 'DENY',
        'cross-origin-opener-policy': 'same-origin', 'cross-origin-resource-policy': 'same-origin', 'cross-origin-embedder-policy': 'require-corp',
      })
      const policy = String(reply.headers['content-security-policy'])
      expect(policy).toContain("default-src 'none'; script-src 'self'; style-src 'self'")
      expect(policy).toContain(`connect-src ws://127.0.0.1:${port} ws://localhost:${port};`)
      expect(policy).not.toContain('unsafe')
    }
  })

  it.each([
    '/../secret.js', '/assets/../../secret.js', '/%2e%2e/secret.js', '/..%2fsecret.js', '/..\\secret.js', '//secret.js', '/assets/link.js',
    '/assets/notes.txt', '/assets', '/assets/', '/assets/index.js%00', '/__proto__', '/constructor', '/etc/passwd', '/index.html/..', '*',
  ])('do not include %s', async (path) => {
    const reply = await ask(path)
    expect(reply.status).toBe(404)
    expect(reply.body).not.toContain(SECRET)
  })

  it.each([
    ['under another name (DNS rebinding)', { host: 'rebound.example.org' }],
    ['to another site\'s script', { 'origin': 'https://example.org' }],
    ['to another site\'s picture', { 'sec-fetch-site': 'cross-site', 'sec-fetch-dest': 'image' }],
  ])('are not served %s', async (_what, headers) => {
    expect((await ask('/', { headers })).status).toBe(403)
  })

  it('open from a link on another site, as a page of their own', async () => {
    expect((await ask('/', { headers: { 'sec-fetch-site': 'cross-site', 'sec-fetch-dest': 'document' } })).status).toBe(200)
  })

  it('can only be read', async () => {
    for (const method of ['POST', 'PUT', 'DELETE', 'OPTIONS', 'PATCH']) expect((await ask('/', { method })).status, method).toBe(405)
  })
})

describe('the address', () => {
  it('carries 24 random bytes in its fragment, others each time', async () => {
    expect(Buffer.from(token, 'base64url')).toHaveLength(24)
    const other = await startBrowserHost({ assets: () => undefined, openSession: smallLab, onBug: () => undefined })
    expect(new URL(other.url).hash.slice(1)).not.toBe(token)
    await other.close()
  })

  it('is on loopback only', async () => {
    const reached = await new Promise<boolean>((resolve) => {
      const socket = connectTcp({ host: '127.0.0.2', port })
      socket.once('connect', () => resolve(true)).once('error', () => resolve(false))
    })
    expect(reached).toBe(false)
  })

  it('that is taken rejects', async () => {
    await expect(startBrowserHost({ assets: () => undefined, openSession: smallLab, onBug: () => undefined, port })).rejects.toMatchObject({ code: 'EADDRINUSE' })
  })
})
