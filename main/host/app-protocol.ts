/** Answers app:// requests with the page's files: the Electron host needs neither file:// nor a port. */
import { isOwnUrl } from './window-policy.ts'
import type { Assets } from '../transport/assets.ts'
import { pageHeaders } from '../transport/page-policy.ts'

/** The page speaks to main over a MessagePort, so it connects to nothing. */
const HEADERS = pageHeaders([])

export function answerAppRequest({ url, method }: { readonly url: string; readonly method: string }, assets: Assets): Response {
  if (!isOwnUrl(url)) return refuse(403)
  if (method !== 'GET') return refuse(405)
  const asset = assets(new URL(url).pathname)
  if (!asset) return refuse(404)
  return new Response(new Uint8Array(asset.body), { headers: { ...HEADERS, 'Content-Type': asset.type } })
}

const refuse = (status: number): Response => new Response(null, { status, headers: HEADERS })
