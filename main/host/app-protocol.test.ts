import { describe, expect, it } from 'vitest'
import { answerAppRequest } from './app-protocol.ts'

const assets = (path: string) => (path === '/index.html' ? { type: 'text/html; charset=utf-8', body: Buffer.from('<!doctype html>') } : undefined)
const ask = (url: string, method = 'GET') => answerAppRequest({ url, method }, assets)

describe('app://', () => {
  it('answers with the page and what it may do', async () => {
    const response = ask('app://zonelab/index.html?x=1#y')
    expect(response.status).toBe(200)
    expect(await response.text()).toBe('<!doctype html>')
    expect(response.headers.get('Content-Type')).toBe('text/html; charset=utf-8')
    expect(response.headers.get('X-Content-Type-Options')).toBe('nosniff')
    const policy = response.headers.get('Content-Security-Policy')
    expect(policy).toContain("default-src 'none'")
    expect(policy).toContain("connect-src 'none'")
    expect(policy).not.toContain('unsafe')
  })

  it.each([
    ['app://zonelab/../secret', 404], ['app://zonelab/%2e%2e/secret', 404], ['app://zonelab/__proto__', 404], ['app://zonelab/', 404],
    ['app://other/index.html', 403], ['https://zonelab/index.html', 403],
  ])('refuses %s with %d', (url, status) => {
    const response = ask(url)
    expect(response.status).toBe(status)
    expect(response.headers.get('Content-Security-Policy')).toContain("default-src 'none'")
  })

  it('can only be read', () => {
    expect(ask('app://zonelab/index.html', 'POST').status).toBe(405)
  })
})
