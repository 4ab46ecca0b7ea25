/**
 * The browser host: loopback HTTP for the page's files, a WebSocket for each window. Files hold nothing secret; the lab is
 * reached only through a WebSocket from our own page that knows the key. The key stands in the URL's fragment, which a
 * browser never sends.
 */
import { createServer, STATUS_CODES } from 'node:http'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Duplex } from 'node:stream'
import { WebSocketServer } from 'ws'
import { SUBPROTOCOL } from '../../preload/subprotocol.ts'
import type { Assets } from './assets.ts'
import { pageHeaders } from './page-policy.ts'
import { hostNames, newToken, refuseHttp, refuseUpgrade } from './request-guard.ts'
import type { Refusal } from './request-guard.ts'
import { serve } from './serve.ts'
import type { OnBug } from './serve.ts'
import type { OpenSession } from './session.ts'
import { webSocketPort } from './web-socket-port.ts'

/** Two of the largest texts that a window may send (contract.ts, openTexts), with their frame. */
const MAX_MESSAGE = 130 * 2 ** 20

export interface BrowserHostOptions {
  readonly assets: Assets
  readonly openSession: OpenSession
  readonly onBug: OnBug
  /** 0 or absent: a free port. */
  readonly port?: number
}

export interface BrowserHost {
  /** Where a browser opens the lab, key included. */
  readonly url: string
  /** Ends every window's connection and stops listening. */
  close(): Promise<void>
}

/** Starts listening on 127.0.0.1. Rejects when the port is taken. */
export async function startBrowserHost({ assets, openSession, onBug, port = 0 }: BrowserHostOptions): Promise<BrowserHost> {
  const token = newToken()
  const sockets = new WebSocketServer({
    noServer: true,
    maxPayload: MAX_MESSAGE,
    perMessageDeflate: false,
    clientTracking: true,
    // The key is among the offered subprotocols; it is never the one that is chosen and sent back.
    handleProtocols: () => SUBPROTOCOL,
  })
  const server = createServer((request, response) => respond(request, response))
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen({ host: '127.0.0.1', port }, resolve)
  })
  const listening = (server.address() as AddressInfo).port
  const headers = pageHeaders(hostNames(listening).map((name) => `ws://${name}`))

  function respond(request: IncomingMessage, response: ServerResponse): void {
    const refusal = refuseHttp(request.method, request.headers, listening)
    const asset = refusal ? undefined : assets(pathOf(request.url))
    if (refusal || !asset) return send(response, refusal ?? { status: 404, reason: 'no such file' })
    response.writeHead(200, { ...headers, 'Content-Type': asset.type, 'Content-Length': asset.body.byteLength })
    response.end(request.method === 'HEAD' ? undefined : asset.body)
  }

  function send(response: ServerResponse, { status, reason }: Refusal): void {
    response.writeHead(status, { ...headers, 'Content-Type': 'text/plain; charset=utf-8' })
    response.end(reason + '\n')
  }

  server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    const refusal = refuseUpgrade(request.url, request.headers, listening, token)
    if (refusal) return refuseSocket(socket, refusal)
    sockets.handleUpgrade(request, socket, head, (webSocket) => serve(webSocketPort(webSocket), openSession(), onBug))
  })

  return {
    url: `http://127.0.0.1:${listening}/#${token}`,
    close() {
      for (const client of sockets.clients) client.terminate()
      server.closeAllConnections()
      return new Promise((resolve) => server.close(() => resolve()))
    },
  }
}

/** The path of a request target without its query; not decoded, because no file of ours has a name that needs it. */
const pathOf = (url: string | undefined): string => (url ?? '').split('?', 1)[0] ?? ''

function refuseSocket(socket: Duplex, { status, reason }: Refusal): void {
  socket.on('error', () => undefined)
  socket.end(`HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nConnection: close\r\nContent-Length: ${reason.length + 1}\r\n\r\n${reason}\n`)
}
