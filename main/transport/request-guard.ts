/** Who may talk to the browser host. Pure checks of a request's headers; each refusal is a status and a reason. */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'
import { SUBPROTOCOL, tokenIn } from '../../preload/subprotocol.ts'

export interface Refusal { readonly status: 400 | 401 | 403 | 404 | 405; readonly reason: string }

/** A key that cannot be guessed: 24 random bytes as base64url. */
export const newToken = (): string => randomBytes(24).toString('base64url')

/** Compares two tokens in a time that tells nothing of either. */
const sameToken = (a: string, b: string): boolean => timingSafeEqual(digest(a), digest(b))
const digest = (text: string): Buffer => createHash('sha256').update(text).digest()

/** The names under which this host may be addressed; any other in Host is another site's, resolved to us (DNS rebinding). */
export const hostNames = (port: number): readonly string[] => [`127.0.0.1:${port}`, `localhost:${port}`]

/** Refuses what no page of ours sends; undefined when the request may be answered with a file. */
export function refuseHttp(method: string | undefined, headers: IncomingHttpHeaders, port: number): Refusal | undefined {
  const wrongPlace = refusePlace(headers, port)
  if (wrongPlace) return wrongPlace
  if (method !== 'GET' && method !== 'HEAD') return { status: 405, reason: 'only GET and HEAD' }
  return undefined
}

/** Refuses a WebSocket that is not opened by our own page with the key. */
export function refuseUpgrade(url: string | undefined, headers: IncomingHttpHeaders, port: number, token: string): Refusal | undefined {
  const wrongPlace = refusePlace(headers, port)
  if (wrongPlace) return wrongPlace
  if (url !== '/lab') return { status: 404, reason: 'no WebSocket here' }
  if (headers.origin === undefined) return { status: 403, reason: 'a WebSocket needs an Origin' }
  const offered = (headers['sec-websocket-protocol'] ?? '').split(',').map((name) => name.trim())
  if (!offered.includes(SUBPROTOCOL)) return { status: 400, reason: `the subprotocol ${SUBPROTOCOL} is not offered` }
  if (!sameToken(tokenIn(offered) ?? '', token)) return { status: 401, reason: 'the key is not the one of this lab' }
  return undefined
}

function refusePlace(headers: IncomingHttpHeaders, port: number): Refusal | undefined {
  const host = headers.host
  if (host === undefined || !hostNames(port).includes(host)) return { status: 403, reason: 'the Host is not this lab' }
  if (headers.origin !== undefined && headers.origin !== `http://${host}`) return { status: 403, reason: 'the Origin is another site' }
  // A link to the lab may stand on any page; scripts, pictures and frames of other sites may not load ours.
  const site = headers['sec-fetch-site']
  const ownSite = site === undefined || site === 'same-origin' || site === 'none'
  if (!ownSite && headers['sec-fetch-dest'] !== 'document') return { status: 403, reason: 'the request comes from another site' }
  return undefined
}
